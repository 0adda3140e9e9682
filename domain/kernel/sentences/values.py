"""Why a word that somebody typed is not one that is wanted: times, points, names, choices."""

VALUES = {
    # Times and numbers.
    "moment_wrong": (
        "“{value}”不是时间：请写成 2026-03-05 或 2026-03-05T18:30",
        "“{value}” is not a time: write 2026-03-05 or 2026-03-05T18:30",
    ),
    "moment_far": ("“{value}”不在可用的年份内", "“{value}” is not a year this program keeps"),
    "day_wrong": (
        "“{value}”不是日期：请写成 2026-03-05",
        "“{value}” is not a date: write 2026-03-05",
    ),
    "day_far": (
        "“{value}”不在可用的年份内",
        "“{value}” is not in a year that this program keeps",
    ),
    "period_wrong": (
        "“{value}”不是期间：请写成 2026-03、2026-Q1、2026-H1 或 2026",
        "“{value}” is not a period: write 2026-03, 2026-Q1, 2026-H1 or 2026",
    ),
    "points_no_number": ("“{value}”不是分值", "“{value}” is not a number of points"),
    "points_far": (
        "“{value}”超出任何细则会给的分值",
        "“{value}” is more points than any scheme gives",
    ),
    "count_range": ("数量应为 1 至 {limit}", "the count must be from 1 to {limit}"),
    "members_range": (
        "参与人数应为 1 至 {limit}",
        "the taking-part members must be from 1 to {limit}",
    ),
    "days_range": (
        "{value} 超出范围：请选 1 至 {limit} 天",
        "{value} is out of range: choose 1 to {limit} days",
    ),
    # Names and codes.
    "name_unfit": (
        "{what}应为 1 至 {limit} 个可见的字",
        "{what} must be 1 to {limit} printable characters",
    ),
    "name_of_community": ("社区（村）名称", "the community's name"),
    "name_of_town": ("镇街名称", "the community's town"),
    "code_of_community": ("社区（村）编号", "the community's code"),
    "name_of_person": ("人员姓名", "a person's name"),
    "code_of_person": ("人员编号", "a person's code"),
    "area_of_person": ("人员所在的组", "a person's area"),
    "name_of_head": ("户主姓名", "a head's name"),
    "number_of_phone": ("电话号码", "a phone number"),
    "name_of_group": ("组名", "a group's name"),
    "name_of_receiver": ("领取人姓名", "a receiver's name"),
    "number_of_redemption": ("兑换编号", "a redemption's number"),
    "number_of_objection": ("异议编号", "an objection's number"),
    "where_to_complain": ("投诉去处", "where to complain"),
    # One of several.
    "format_unknown": (
        "没有“{value}”这种格式：可选 {choices}",
        "“{value}” is not a format: choose from {choices}",
    ),
    "paper_unknown": (
        "没有“{value}”这种纸张：可选 {choices}",
        "“{value}” is not a paper: choose from {choices}",
    ),
    "language_unknown": (
        "没有“{value}”这种语言：可选 {choices}",
        "there is no language “{value}”: choose from {choices}",
    ),
    "role_missing": (
        "请写明人员的身份：可选 {choices}",
        "a person needs a role: choose from {choices}",
    ),
    "role_unknown": (
        "没有“{value}”这种身份：可选 {choices}",
        "“{value}” is not a role: choose from {choices}",
    ),
    "stage_unknown": (
        "评议没有“{value}”这一层级：可选 {choices}",
        "“{value}” is not a stage of the review: choose from {choices}",
    ),
    "stage_unknown_in": (
        "{ruleset} 没有“{value}”这一层级：可选 {choices}",
        "“{value}” is not a stage of {ruleset}: choose from {choices}",
    ),
    "verdict_unknown": (
        "“{value}”不是评议结论：请写 approve（通过）或 reject（不通过）",
        "“{value}” is not a verdict: say approve or reject",
    ),
    "outcome_unknown": (
        "“{value}”不是处理结果：请写 upheld（成立）或 dismissed（不成立）",
        "“{value}” is not an outcome: say upheld or dismissed",
    ),
    "leaving_unknown": (
        "“{value}”不是退出原因：请写 opted-out（自愿退出）或 moved（迁出）",
        "“{value}” is not a reason: say opted-out or moved",
    ),
    "web_list_unknown": (
        "网页名单没有“{value}”这种写法：可选 {choices}",
        "“{value}” is not a list: choose from {choices}",
    ),
}
