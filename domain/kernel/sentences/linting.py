"""What the linter objects to in a ruleset's parts: names, sources, items, groups and caps."""

LINTING = {
    # What a finding is about.
    "part": ("{kind} {id}", "{kind} {id}"),
    "part_item_named": ("项目 {code}（{name}）", "item {code} ({name})"),
    "part_revalued": ("{item}的新分值", "the new value of {item}"),
    "part_honour_named": ("荣誉 {id}（{name}）", "honour {id} ({name})"),
    "part_two_caps": (
        "封顶 {first} 和 {second}（同管项目 {codes}）",
        "caps {first} and {second} on item(s) {codes}",
    ),
    "part_item": ("项目", "item"),
    "part_cap": ("封顶", "cap"),
    "part_group": ("就高组", "group"),
    "part_exclusion": ("不重复计分", "exclusion"),
    "part_stage": ("评议层级", "stage"),
    "part_honour": ("荣誉", "honour"),
    "part_report": ("情况报送", "report"),
    "part_clause": ("条款", "clause"),
    "part_ruling": ("裁定", "ruling"),
    "part_support": ("帮扶名单（support）", "support"),
    # Names and references.
    "lint_identity_empty": (
        "{field}：是空的；请照原文填写，或写明原文没有",
        "{field}: it is empty; write the source's, or say that it names none",
    ),
    "lint_code_twice": (
        "{part}：几个项目用了同一个编号；请给每个项目各自的编号",
        "{part}: the code is given to several items; give each item its own code",
    ),
    "lint_code_spaces": (
        "{part}：编号不能是空的，也不能带空格；请去掉空格",
        "{part}: a code cannot be empty or hold spaces; write it without",
    ),
    "lint_code_reserved": (
        "{part}：这个编号是导入表格的列名；请换一个编号",
        "{part}: the code is a column of the import sheets; choose another code",
    ),
    "lint_name_empty": (
        "{part}：没有名称；请写原文里的项目名称",
        "{part}: the name is empty; write the source's name of the item",
    ),
    "lint_name_is_code": (
        "{part}：名称和另一个项目的编号相同，表格里分不清；请改这个名称或那个编号",
        "{part}: the name is another item's code, so that a sheet cannot tell them apart; change"
        " the name or that code",
    ),
    "lint_id_twice": (
        "{part}：几处用了同一个代号；请给每处（{kind}）各自的代号",
        "{part}: the id is given to several; give each {kind} its own id",
    ),
    "lint_id_empty": (
        "{kind}“”：代号是空的；请给每处（{kind}）一个代号",
        "{kind} “”: the id is empty; give each {kind} an id",
    ),
    "lint_source_unknown": (
        "{part}：出处“{source}”不是这套办法里的条款；请在 `clauses` 里引用那一条，或写"
        " `source: null` 并写明 `reason`",
        "{part}: source “{source}” is no clause of this ruleset; quote that clause under"
        " `clauses`, or write `source: null` with a `reason`",
    ),
    "lint_clause_empty": (
        "{part}：没有内容；请引用原文",
        "{part}: the text is empty; quote the source",
    ),
    "lint_clause_name": (
        "{part}：`executed_by` 里的“{name}”既不是这套办法的内容，也不是程序的功能；请更正名称，或在"
        " `people` 里写明由谁办",
        "{part}: “{name}” in `executed_by` is no part of this ruleset and no feature; correct the"
        " name, or say under `people` who does it",
    ),
    "lint_ruling_unknown": (
        "{part}：没有这条裁定；请写 1 至 {limit} 之间的编号",
        "{part}: there is no such ruling; write a number from 1 to {limit}",
    ),
    "lint_ruling_empty": (
        "{part}：没有内容；请用一句话写明怎么理解",
        "{part}: the text is empty; write the reading in one sentence",
    ),
    "lint_ruling_twice": ("{part}：写了两次；请只写一次", "{part}: it is repeated; write it once"),
    "lint_channels_none": (
        "申报途径（channels）：一种也没有写，谁也无法申报；请至少写一种",
        "channels: none is listed, so that no claim could be made; list at least one",
    ),
    "lint_channel_twice": (
        "申报途径（channels）：“{channel}”写了两次；请只写一次",
        "channels: “{channel}” is listed twice; list it once",
    ),
    "lint_channel_unlisted": (
        "{part}：途径“{channel}”不在这套办法的 `channels` 里；请加进去，或从这里删去",
        "{part}: channel “{channel}” is not among the ruleset's `channels`; add it there, or"
        " remove it here",
    ),
    "lint_category_unlisted": (
        "{part}：类别“{category}”不在这套办法的 `categories` 里；请从 {choices} 中选一个，或加进"
        " `categories`",
        "{part}: category “{category}” is not among the ruleset's `categories`; write one of"
        " {choices}, or list it under `categories`",
    ),
    "lint_allows_nowhere": (
        "allows：`{path}` 在这套办法里指不到任何内容；请照 `items.add`、`items.points.7` 或"
        " `review.stages.group.quorum` 的样子写",
        "allows: `{path}` leads nowhere in this ruleset; write for example `items.add`,"
        " `items.points.7` or `review.stages.group.quorum`",
    ),
    "lint_allows_twice": (
        "allows：`{path}` 写了两次；请只写一次",
        "allows: `{path}` is listed twice; list it once",
    ),
    # Items.
    "lint_award_value": (
        "{part}：加分项目写的是 {points} 分；请写正数，或改为 `kind: deduction`（扣分）",
        "{part}: an award gives {points} points; write a positive value, or `kind: deduction`",
    ),
    "lint_deduction_value": (
        "{part}：扣分项目写的是 {points} 分；请写负数，或改为 `kind: award`（加分）",
        "{part}: a deduction gives {points} points; write a negative value, or `kind: award`",
    ),
    "lint_value_missing": (
        "{part}：类型为 `{kind}` 的项目必须有分值；请写正数",
        "{part}: {kind} needs its points; write a positive value",
    ),
    "lint_value_idle": (
        "{part}：类型为 `{kind}` 的项目本身没有分值，却写了 {points} 分；请写 `points: null`",
        "{part}: {kind} has no points of its own, but {points} are written; write `points: null`",
    ),
    "lint_base_period": (
        "{part}：基础积分要有周期；请写 `per: year`（每年）或 `per: quarter`（每季）",
        "{part}: base belongs to a period; write `per: year` or `per: quarter`",
    ),
    "lint_base_member": (
        "{part}：基础积分是按户给的；请写 `of: household`",
        "{part}: base is a household's; write `of: household`",
    ),
    "lint_zeroes_nothing": (
        "{part}：没有写归零哪一类积分；请写 `zeroes: [base, contribution]`",
        "{part}: zeroing names no class; write `zeroes: [base, contribution]`",
    ),
    "lint_voids_nothing": (
        "{part}：没有写作废哪些项目；请在 `voids` 里列出项目编号",
        "{part}: voiding names no item to void; list item codes under `voids`",
    ),
    "lint_voids_unknown": (
        "{part}：`voids` 里的项目 {code} 并不存在；请更正",
        "{part}: `voids` names item {code}, which does not exist; correct it",
    ),
    "lint_voids_idle": (
        "{part}：`voids` 里的项目 {code} 不靠申报得分；请写加分或评分的项目",
        "{part}: `voids` names item {code}, which earns nothing by claims; name awards or graded"
        " items",
    ),
    "lint_field_idle": (
        "{part}：`{field}` 对类型 `{kind}` 不起作用；请删去，或改类型",
        "{part}: `{field}` does nothing on kind {kind}; remove it, or change the kind",
    ),
    "lint_record_listless": (
        "{part}：没有写记入哪个榜；请写 `lists: red`（红榜）或 `lists: black`（黑榜）",
        "{part}: a record names no list; write `lists: red` or `lists: black`",
    ),
    "lint_member_item": (
        "{part}：这一项记给成员，但这套办法不设成员账户；请写 `of: household`，或"
        " `participants: {{members: true}}`",
        "{part}: it is a member's, but the scheme keeps no members' accounts; write"
        " `of: household`, or `participants: {{members: true}}`",
    ),
    "lint_member_average": (
        "年度排名（standing）：`by: average` 按人均排，但这套办法不设成员账户；请写 `by: score`，或"
        " `participants: {{members: true}}`",
        "standing: `by: average` is per member, but the scheme keeps no members' accounts; write"
        " `by: score`, or `participants: {{members: true}}`",
    ),
    # Groups and exclusions.
    "lint_group_unknown": (
        "{part}：`highest_of` 里的就高组“{group}”并不存在；请在 `groups` 里加上，或更正名称",
        "{part}: `highest_of` names group “{group}”, which does not exist; add it under `groups`,"
        " or correct the name",
    ),
    "lint_group_small": (
        "{part}：只有 {count} 个项目属于它，没有可比的；请至少给两个项目写上 `highest_of`，或删去"
        "这个组",
        "{part}: {count} item(s) belong to it, so there is nothing to choose from; write"
        " `highest_of` on at least two items, or remove the group",
    ),
    "lint_exclusion_lacks": (
        "{part}：缺少 `items` 或 `by`；两处都请列出项目编号",
        "{part}: it lacks `items` or `by`; list item codes under both",
    ),
    "lint_item_unknown": (
        "{part}：写了项目 {code}，但没有这个项目；请更正编号",
        "{part}: it names item {code}, which does not exist; correct the code",
    ),
    "lint_exclusion_itself": (
        "{part}：项目 {code} 和自己不重复计分；请从 `items` 或 `by` 里删去",
        "{part}: item {code} excludes itself; remove it from `items` or from `by`",
    ),
    "lint_exclusion_idle": (
        "{part}：项目 {code} 不靠申报得分，谈不上不重复计分；`items` 里请写加分或评分的项目",
        "{part}: item {code} earns nothing by claims that could be excluded; list awards or graded"
        " items under `items`",
    ),
    "lint_exclusion_mutual": (
        "项目 {code} 因项目 {by} 不计分：反过来也写了，两个项目都得不到分；请只保留一个方向",
        "exclusion of item {code} by item {by}: they exclude each other, so that both earn"
        " nothing; keep only one direction",
    ),
    # Caps.
    "lint_cap_lists": (
        "{part}：已写在项目里，又列了 `items`；请删去 `items`，或移到 `shared_caps`",
        "{part}: it is written on its item and lists `items` too; remove `items`, or move the cap"
        " to `shared_caps`",
    ),
    "lint_cap_max": (
        "{part}：上限写的是 {max}；请写正数",
        "{part}: its max is {max}; write a positive max",
    ),
    "lint_cap_empty": (
        "{part}：几个项目共用的封顶没有列出项目；请在 `items` 里写项目编号",
        "{part}: a shared cap lists no items; list item codes under `items`",
    ),
    "lint_cap_item_twice": (
        "{part}：项目 {code} 列了两次；请只列一次",
        "{part}: item {code} is listed twice; list it once",
    ),
    "lint_cap_idle": (
        "{part}：项目 {code} 不靠申报加分，没有可封顶的；请从这里删去",
        "{part}: item {code} earns nothing positive by claims, so there is nothing to cap; remove"
        " it from the cap",
    ),
    "lint_cap_above": (
        "{part}：永远到不了顶，因为项目 {codes} 在一个周期（{per}）里最多得 {earned} 分，封顶却是"
        " {max} 分；请写原文的封顶，或删去",
        "{part}: it can never bind, because item(s) {codes} earn at most {earned} per {per} and"
        " the cap is {max}; write the source's cap, or remove it",
    ),
    "lint_caps_alike": (
        "{part}：周期都是{per}；请只保留一个，或改其中一个的周期",
        "{part}: both are per {per}; keep one of them, or change its period",
    ),
    "lint_cap_under": (
        "{part}：封顶 {inner}（{inner_max} 分）在封顶 {outer}（{outer_max} 分）之下永远到不了顶；请"
        "调低，或删去",
        "{part}: cap {inner} ({inner_max}) can never bind under cap {outer} ({outer_max}); lower"
        " it, or remove it",
    ),
    "lint_caps_cross": (
        "{part}：有交叉，又不是一个包含另一个；请让项目少的那个周期更短，或让两个管不同的项目",
        "{part}: they overlap, but neither lies within the other; let the one with fewer items"
        " have the shorter period, or give them different items",
    ),
    "every_event": ("每件事", "event"),
    "every_day": ("每天", "day"),
    "every_month": ("每月", "month"),
    "every_quarter": ("每季", "quarter"),
    "every_half_year": ("每半年", "half_year"),
    "every_year": ("每年", "year"),
}
