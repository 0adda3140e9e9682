"""Why a ruleset, or a community's use of one, is refused."""

RULESETS = {
    # The file.
    "yaml_broken": ("{file} 不是 YAML 文件：{why}{hint}", "{file} is not YAML: {why}{hint}"),
    "yaml_broken_at": (
        "{what}（第 {line} 行第 {column} 列）",
        "{what} (line {line}, column {column})",
    ),
    "yaml_no_mapping": (
        "{file} 里不是“键: 值”：请写键和值，如 `id: my-village`{hint}",
        "{file} is not a mapping: write keys and values, as in `id: my-village`{hint}",
    ),
    "yaml_no_hint": ("", ""),
    "yaml_full_width": (
        "；第{line}行用了全角冒号“：”，请改为半角“:”加空格",
        "; line {line} has a full-width “：”: write “:” and a space",
    ),
    "yaml_tab": (
        "；第{line}行用制表符缩进，请改用空格",
        "; line {line} is indented with a tab: use spaces",
    ),
    "yaml_key_no_word": (
        "键应是一个词，不能是列表或键和值",
        "a key is a word, not a list or a mapping",
    ),
    "yaml_key_twice": ("键“{key}”写了两次", "the key “{key}” is written twice"),
    "yaml_no_such_value": ("没有这样的日期或数", "{words}"),
    "yaml_unfit": ("写法不对", "{words}"),
    "yaml_token": ("有不能放在句首的符号；请给这段文字加上引号", "{words}"),
    "yaml_colon_within": ("这里不能再有“: ”；请给这段文字加上引号", "{words}"),
    "yaml_dash_within": ("这里不能再有“- ”；请另起一行", "{words}"),
    "yaml_no_colon": ("键后面缺少“: ”", "{words}"),
    "yaml_bracket": ("方括号里缺少“,”或“]”", "{words}"),
    "yaml_brace": ("花括号里缺少“,”或“}}”", "{words}"),
    "yaml_open_end": ("引号或括号没有写完", "{words}"),
    "yaml_indent": ("缩进没有对齐", "{words}"),
    "yaml_escape": ("双引号里的“\\”后面写得不对；请改用单引号", "{words}"),
    "yaml_two_documents": ("一个文件里写了两份（“---”）；请只留一份", "{words}"),
    "yaml_tag": ("不能用“!”开头的标记；请删去", "{words}"),
    "yaml_control": ("有看不见的控制字符；请删去", "{words}"),
    "yaml_anchor_twice": ("锚点（&）写了两次；请换一个名字", "{words}"),
    "yaml_no_name": ("“&”或“*”后面缺少名字", "{words}"),
    "yaml_block": ("“|”或“>”后面要换行", "{words}"),
    "yaml_alone": ("括号不成对", "{words}"),
    "yaml_directive": ("不能有“%”开头的行；请删去", "{words}"),
    "yaml_tab_within": ("用了制表符；请改用空格", "{words}"),
    "yaml_encoding": ("不是 UTF-8 编码；请另存为 UTF-8", "{words}"),
    "yaml_merge": ("“<<”后面只能是键和值", "{words}"),
    "yaml_value_impossible": ("“{value}”不成立：{why}", "“{value}” cannot be: {why}"),
    "yaml_directory": (
        "{file} 是文件夹：请写出其中的 YAML 文件",
        "{file} is a directory: name the YAML file in it",
    ),
    "yaml_too_large": (
        "{file} 超过 {limit} MB：细则不会这么大",
        "{file} is larger than {limit} MB: that is no ruleset",
    ),
    "yaml_no_utf8": (
        "{file} 第 {line} 行不是 UTF-8 编码：请把文件另存为 UTF-8",
        "{file} line {line}: it is not UTF-8; save the file as UTF-8",
    ),
    "yaml_anchor": (
        "{file} 第 {line} 行：*{anchor} 在它自己里面，或写在它的锚点之前；请把内容写全",
        "{file} line {line}: *{anchor} stands within itself, or before its anchor; write out what"
        " it means",
    ),
    "yaml_too_deep": (
        "{file} 第 {line} 行：超过 {limit} 层，细则不会这么深",
        "{file} line {line}: more than {limit} levels: no ruleset is so",
    ),
    "yaml_too_many": (
        "{file} 第 {line} 行：超过 {limit} 个值，细则不会这么多",
        "{file} line {line}: more than {limit} values: that is no ruleset",
    ),
    "ruleset_unknown": (
        "没有细则“{value}”：可选 {choices}",
        "there is no ruleset “{value}”: choose one of {choices}",
    ),
    # Checking and trying out.
    "ruleset_findings": (
        "{file}：有 {count} 处要改，改好后再检查一次",
        "{file}: findings: {count}; correct them and check again",
    ),
    "cases_missing": (
        "{ruleset} 没有算例：请写在 {file}",
        "{ruleset} has no worked cases: write them in {file}",
    ),
    "cases_failed": (
        "{all} 个算例中有 {count} 个不符：请更正规则或算例",
        "cases that failed: {count} of {all}; correct the rule or the case",
    ),
    "clauses_dangling": (
        "有 {count} 条条款指向并不存在的内容：请更正",
        "clauses that name something that does not exist: {count}; correct them",
    ),
    # Adopting it.
    "community_exists": (
        "编号“{community}”已是{town}{name}，采用 {ruleset}：请换一个编号，或用"
        " `jifen community adopt`",
        "community “{community}” exists as {name}, {town}, {ruleset}: choose another code, or use"
        " `jifen community adopt`",
    ),
    "adopt_in_january": (
        "{ruleset} 规定分值只在年初变更：请自 1 月 1 日起采用",
        "{ruleset} lets values change only where a year starts: adopt it from 1 January",
    ),
    "adopted_otherwise": (
        "“{community}”从 {day} 起已采用另一版细则：请选更晚的日期",
        "“{community}” has already adopted another version from {day}: choose a later date",
    ),
    "adopt_settled": (
        "{community}的 {year} 年已结算：请自 {next} 年起采用",
        "{year} of {community} is settled: adopt it from {next} on",
    ),
    "adopt_registered": (
        "{community} {day} 及以前的申报已按当日的细则登记：请自 {next} 起采用",
        "claims of {community} until {day} are registered under the rules of their day: adopt it"
        " from {next} on",
    ),
    "adopt_lacks_items": (
        "{ruleset} {version} 没有 {day} 及以后的申报 {refs} 所用的项目：请先审核这些申报，再从"
        "更晚的日期起采用，或保留这些项目",
        "{ruleset} {version} has no item for claims {refs} of {day} or later: audit them first and"
        " adopt it from a later day, or keep their items",
    ),
    "refs_and_others": ("{refs} 等", "{refs} and others"),
    "ruleset_not_in_force": (
        "{community}在 {day} 没有生效的细则：请用 `jifen community adopt` 采用",
        "no ruleset is in force for {community} on {day}",
    ),
    # Reckoning with it.
    "several_years": (
        "不同年度的申报不能一起计算",
        "claims of several years cannot be evaluated together",
    ),
    "claim_unvalued": (
        "申报 {ref}：项目 {item} 在 {day} 没有确定分值；请采用写明分值的细则",
        "claim {ref}: item {item} has no adopted value on {day}; adopt a ruleset that gives it one",
    ),
    "claim_item_gone": (
        "申报“{ref}”：{day} 施行的 {ruleset} 没有项目“{item}”：请评为不通过，或采用有此项目的版本",
        "claim “{ref}”: {ruleset}, in force on {day}, has no item “{item}”: reject the claim, or"
        " adopt a version that has it",
    ),
    "average_needs_members": (
        "计算人均须有每户的参与人数：请导入成员，或填写参与人数",
        "an average needs the number of taking-part members of every household: import them, or"
        " fill in 参与人数",
    ),
    "clears_never_carries": (
        "{ruleset} 不清零：余分结转下年",
        "{ruleset} never clears: balances carry over",
    ),
    "clears_never_keeps": (
        "{ruleset} 不清零：余分终身保留",
        "{ruleset} never clears: balances are kept for life",
    ),
}
