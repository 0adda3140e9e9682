"""What the linter objects to in a ruleset's process: worth, closing, review, honours, and what
villagers are owed."""

LINTING_PROCESS = {
    # Worth and redemption.
    "lint_worth": (
        "分值折算（value）：{points} 分折 {fen} 分钱；两个都请写正数，或不写 `value`",
        "value: {points} points are worth {fen} fen; write a positive number for both, or leave"
        " `value` away",
    ),
    "lint_shares": (
        "兑换（redemption）：写了参与或知晓的比例，却不兑换；请删去 `coverage_percent` 和"
        " `awareness_percent`，或写明什么时候兑换",
        "redemption: a share of households is set, but nothing is redeemed; remove"
        " `coverage_percent` and `awareness_percent`, or write when points are redeemed",
    ),
    "lint_fund_village_twice": (
        "兑换经费（funds）：{village}写了两次；请只写一次，金额写全",
        "funds: {village} is named twice; list the village once, with the whole sum",
    ),
    "lint_fund_villages": (
        "兑换经费（funds）：{fund}没有写给哪些村；请列出",
        "funds: {fund} names no village; list its villages",
    ),
    "lint_funds_idle": (
        "兑换经费（funds）：用经费兑换，须有分值折算和积分超市；请写 `value` 和什么时候兑换，或删去"
        " `funds`",
        "funds: what is redeemed from a fund needs a value of points and a shop; write `value`"
        " and when points are redeemed, or remove `funds`",
    ),
    # Closing.
    "lint_clearing_idle": (
        "年末处理（closing）：类型为 `{kind}` 时，`{name}` 不起作用；请删去，或改为 `kind: clear`"
        "（清零）",
        "closing: `{name}` does nothing where the kind is {kind}; remove it, or write"
        " `kind: clear`",
    ),
    "lint_clearing_date": (
        "年末处理（closing）：`kind: clear`（清零）要有日期；请写月和日，如 `clears_on: 01-31`",
        "closing: `kind: clear` needs its date; write `clears_on: 01-31`, as month and day",
    ),
    "lint_clearing_day": (
        "年末处理（closing）：不是每年都有 {day} 这一天；请写每年都有的月和日",
        "closing: {day} is not a day of every year; write an existing MM-DD",
    ),
    "lint_clearing_early": (
        "年末处理（closing）：{day} 就清零，而全年最后一次公示到 {open} 才结束异议；请写更晚的日期",
        "closing: points are cleared on {day}, while the year's last notice is open for"
        " objections until {open}; write a later date",
    ),
    "lint_clearing_same_year": (
        "年末处理（closing）：到 {year}-{day} 时 {year} 年还没有过完，不能结算；请写"
        " `clears_on: {end}`，或 `clears_in: next_year`（次年）",
        "closing: on {year}-{day} the year {year} is not over and cannot be settled; write"
        " `clears_on: {end}`, or `clears_in: next_year`",
    ),
    "lint_clearing_late": (
        "年末处理（closing）：{year} 年的积分要到 {next}-{day} 才清零，离当年太远；如果确实如此，"
        "请写 `clears_in: next_year`（次年）；如果是指当年年底，请写 `clears_on: {end}`",
        "closing: points of {year} would be cleared on {next}-{day}, long after their year; write"
        " `clears_in: next_year` if that is meant, or `clears_on: {end}` for the end of their own"
        " year",
    ),
    "lint_clearing_doubles": (
        "年末处理（closing）：荣誉 {honour} 要在 {next} 年 1 月结算时把余分翻倍，但 {year} 年的积分"
        "只能兑换到 {year}-{day}；请把 `clears_on` 写晚些，或删去 `doubles`",
        "closing: honour {honour} doubles what is left when the year is settled, in January of"
        " {next}, but points of {year} can be redeemed until {year}-{day} only; write a later"
        " `clears_on`, or remove `doubles`",
    ),
    # Reports, review and start.
    "lint_report_day": (
        "{part}：不是每年都有 {day} 这一天；请写每年都有的月和日",
        "{part}: {day} is not a day of every year; write an existing MM-DD",
    ),
    "lint_level_unknown": (
        "异议（objections）：second_level 写的“{level}”不是评议的层级；请从 {choices} 中选一个，或"
        "删去",
        "objections: second_level “{level}” is no stage of the review; write one of {choices}, or"
        " remove it",
    ),
    "lint_level_first": (
        "异议（objections）：second_level 写的“{level}”是第一级，已经评过；请写更高的层级，或删去",
        "objections: second_level “{level}” is the first stage, which decided already; write a"
        " later stage, or remove it",
    ),
    "lint_area_small": (
        "评议（review）：按 area_households_max，一个组一户也没有；请写 1 或更大的数",
        "review: area_households_max leaves no household in an area; write 1 or more",
    ),
    "lint_reminder_late": (
        "评议（review）：过了期限再提醒没有用；提前的天数请写 0 或更大的数",
        "review: a reminder after the deadline reminds of nothing; write 0 or more days",
    ),
    "lint_quorum": (
        "{part}：没有人评议；请把 quorum（法定人数）写成 1 或更大的数",
        "{part}: nobody would decide; write a quorum of 1 or more",
    ),
    "lint_start_twice": (
        "参与对象（participants）：{village}有几个启动日期；这个村请只写一次",
        "participants: {village} has several start dates; list the village once",
    ),
    "lint_start_villages": (
        "参与对象（participants）：有一个启动日期没有写是哪些村；请列出",
        "participants: a start date names no village; list its villages",
    ),
    # Honours.
    "lint_honour_lowest": (
        "{part}：会把排名靠后的人公开；请删去，要帮扶的户请写在 `standing.support` 里",
        "{part}: it makes the lowest-ranked public; remove it, and write `standing.support` for"
        " those whom the community should help",
    ),
    "lint_honour_everybody": (
        "{part}：没有条件，人人都能得；请写 rank_max、percent_max、at_least_base 或 above_average",
        "{part}: it has no condition, so that everybody gets it; write rank_max, percent_max,"
        " at_least_base or above_average",
    ),
    "lint_honour_rank": (
        "{part}：rank_max 写 {rank}，谁也得不到；请写 1 或更大的数",
        "{part}: rank_max {rank} reaches nobody; write 1 or more",
    ),
    "lint_honour_share": (
        "{part}：percent_max 写 {percent}，不是比例；请写 1 至 100",
        "{part}: percent_max {percent} is no share; write 1 to 100",
    ),
    "lint_honour_half": (
        "{part}：percent_max 写 {percent}，会把后一半的名次公开，直到最后一名；请写 {limit} 或更小"
        "的数",
        "{part}: percent_max {percent} would rank the lower half in public, down to the last;"
        " write {limit} or less",
    ),
    "lint_honour_doubles": (
        "{part}：这套办法不兑换，没有可翻倍的；请删去 `doubles`",
        "{part}: there is no redemption that it could double; remove `doubles`",
    ),
    "lint_honour_behind": (
        "{part}：谁也得不到，因为同一系列的荣誉 {first} 排在前面，条件一样宽；请把条件窄的写在前面",
        "{part}: nobody can get it, because honour {first} of the same series comes first and is"
        " as wide; write the narrower one first",
    ),
    # What villagers are owed.
    "lint_fine": (
        "{part}：{where}里的“{words}”读起来是罚款；村里的积分办法只能扣分，请写扣几分，不要写金额",
        "{part}: “{words}” in {where} reads as a fine in money; a village scheme may deduct points"
        " only, so write the points and no sum of money",
    ),
    "lint_its_name": ("名称", "its name"),
    "lint_its_text": ("内容", "its text"),
    "lint_its_unit": ("单位", "its unit"),
    "lint_right": (
        "{part}：“{words}”剥夺了合法权益；村里的积分办法只能扣分，请删去",
        "{part}: “{words}” takes away a lawful right; a village scheme may deduct points only, so"
        " remove it",
    ),
    "lint_unobjectionable": (
        "{part}：这一项（`{kind}`）谁也不能提出异议；请删去 `objectionable: false`",
        "{part}: nobody could object to this {kind}; remove `objectionable: false`",
    ),
    "lint_objection_days": (
        "异议（objections）：没有答复异议的天数；`days` 请写 1 或更大的数",
        "objections: there are no days to answer an objection; write `days: 1` or more",
    ),
    "lint_publicity_days": (
        "公示（publicity）：公示期内没有一天能提异议；`open_days` 请写 1 或更大的数",
        "publicity: the notice is never open for objections; write `open_days: 1` or more",
    ),
}
