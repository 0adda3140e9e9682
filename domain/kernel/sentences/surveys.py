"""Surveys of households: the draw and the sheet."""

SURVEYS = {
    "survey_title": (
        "{community} {period} 入户调查表：{count} 户，按 {day} 的账本封签（{seal}…）抽取，"
        "每项填是或否",
        "{community} {period}, households of the survey: {count}, drawn by the ledger's seal of"
        " {day} ({seal}…); yes or no to each",
    ),
    "survey_not_drawn": (
        "{period} 还没有抽取调查户，请先用 `jifen survey draw`",
        "no households have been drawn for a survey of {period}: `jifen survey draw` does it",
    ),
    "survey_drawn": (
        "{period} 的调查户已按 {day} 的账本封签抽取 {count} 户，不能换",
        "households of {period} are drawn, by the seal of {day}: {count}; they stay",
    ),
    "correction_lacks": (
        "请写明更正哪一项、由谁、为什么（--aware、--takes-part、--satisfied，--by，--why）",
        "say which answer is corrected, by whom and why (--aware, --takes-part, --satisfied,"
        " --by, --why)",
    ),
    "correction_unanswered": (
        "户号“{household}”还没有作答：请用 `jifen import survey` 导入",
        "household “{household}” has not answered yet: `jifen import survey` takes answers in",
    ),
    "survey_early": (
        "{period} 的第一天还没有过完，不能抽取调查户",
        "no day of {period} is over: its survey cannot be drawn yet",
    ),
    "survey_no_seal": (
        "{community} 到 {day} 为止账本上还没有封签，请在第一次记账后的次日抽取",
        "the ledger of {community} has no seal by {day}: draw on the day after its first entry",
    ),
}
