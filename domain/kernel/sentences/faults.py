"""What is wrong at a place in a ruleset's file, and what to write instead."""

FAULTS = {
    "fault_at": ("{place}：{why}", "{place}: {why}"),
    "fault_in_file": ("{file}：{why}", "{file}: {why}"),
    "fault_whole_file": ("整个文件", "the file"),
    "faults_more": (
        "整个文件：另有错误 {count} 处，请先更正这些",
        "the file: further faults: {count}; correct these first",
    ),
    # What an overlay extends.
    "extends_wrong": ("{file}：沿用（extends）：{why}", "{file}: extends: {why}"),
    "extends_itself": (
        "除了这个文件自己，没有细则“{value}”可以沿用",
        "there is no ruleset “{value}” to extend but this one itself",
    ),
    "extends_circle": (
        "{files} 互相沿用，成了循环；请让镇街的文件不沿用别的文件",
        "{files} goes round in a circle; let the town's file extend none",
    ),
    "extends_no_file": (
        "从 {folder} 看没有文件“{value}”；请写从本文件所在文件夹起的路径",
        "there is no file “{value}” seen from {folder}; write the path from this file's folder",
    ),
    "extends_unknown": (
        "没有细则“{value}”可以沿用；请写镇街自己的文件，如 `extends: town.yaml`，或写 {choices}"
        " 之一",
        "there is no ruleset “{value}” to extend; write a town's own file, such as"
        " `extends: town.yaml`, or one of {choices}",
    ),
    "fault_no_source": (
        "没有写明出处；请写条款的编号，或写 `source: null` 并写明 `reason`",
        "it does not say where it comes from; write the id of a clause, or `source: null` with a"
        " `reason`",
    ),
    "fault_missing": ("缺少这一项；请写上", "it is missing; write it"),
    "fault_key_of_text": (
        "没有这个键；如果它是带逗号的一段文字的后半，请给整段文字加上引号",
        "the key is unknown; if it is the rest of a text with a comma, put the whole text in"
        " quotation marks",
    ),
    "fault_key_slip": (
        "没有这个键；请改为 `{meant}`，或删去",
        "the key is unknown; write `{meant}`, or remove it",
    ),
    "fault_key_unknown": (
        "没有这个键；请删去，或更正写法",
        "the key is unknown; remove it, or correct its spelling",
    ),
    "fault_key_of_these": (
        "没有这个键；请删去，或更正写法；这里可以写 {known}",
        "the key is unknown; remove it, or correct its spelling; here stand {known}",
    ),
    "fault_word": (
        "“{stands}”不是可选的词；可选 {choices}",
        "“{stands}” is not one of its words; write {expected}",
    ),
    "fault_unquoted": (
        '应为文字；请加上引号，写成 "{stands}"',
        'it must be text; write "{stands}" in quotation marks',
    ),
    "fault_stands": ("{why}；现在写的是“{stands}”", "{why}; “{stands}” stands there"),
    "fault_list": (
        "应为列表；请写在方括号里，如 `[a, b]`",
        "it must be a list; write it in brackets, as in `[a, b]`",
    ),
    "fault_empty": ("是空的；至少写一项", "it is empty; list at least one"),
    "fault_mapping": ("应为键和值", "it must be keys and values"),
    "fault_flag": ("应为 `true` 或 `false`", "it must be `true` or `false`"),
    "fault_whole": ("应为整数", "it must be a whole number"),
    "fault_text": ("应为文字", "it must be text"),
    "fault_number": ("应为数字", "{message}"),
    "fault_above": ("应大于 {gt}", "{message}"),
    "fault_at_least": ("应为 {ge} 或更大", "{message}"),
    "fault_below": ("应小于 {lt}", "{message}"),
    "fault_at_most": ("应为 {le} 或更小", "{message}"),
    "fault_too_long": ("最多 {max_length} 项，现在有 {actual_length} 项", "{message}"),
    "fault_key_text": ("键应为文字；请加上引号", "{message}"),
    "fault_unfit": ("这样写不行", "{message}"),
    "fault_points_unit": (
        "“{value}”：只写数字，不写“分”",
        "“{value}”: write the number alone, without 分（只写数字，不写“分”）",
    ),
    "fault_one_group": (
        "一个项目只属于一个就高组，组和组不能重叠；请只写一个代号",
        "an item stands in one group, as groups must not overlap; write one id",
    ),
    "fault_no_reason": (
        "`source: null` 要写明 `reason`（为什么没有出处）",
        "`source: null` needs a `reason`",
    ),
    "fault_clause_idle": (
        "条款要写明 `executed_by`（由什么执行）或 `people`（由谁办）",
        "a clause needs `executed_by` or `people`",
    ),
    "fault_date": ("应为日期，写成 2026-01-31", "it must be a date, written as 2026-01-31"),
    "fault_month_day": (
        "应为月和日，如 01-31",
        "it must be a month and a day; write for example 01-31",
    ),
    "fault_id": (
        "请用小写字母、数字和短横线，如 a-village-2026",
        "write lower-case letters, digits and hyphens, as in a-village-2026",
    ),
    "fault_a_list": ("一个列表", "a list"),
    "fault_keys": ("键和值", "keys and values"),
}
