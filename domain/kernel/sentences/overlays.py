"""Why a community's own ruleset does not fit its town's (一社区一方案)."""

OVERLAYS = {
    "laid_early": (
        "effective_from：{parent} 自己从 {day} 起施行；请写那一天或更晚",
        "effective_from: {parent} itself takes effect on {day}; write that day or a later one",
    ),
    "laid_not_allowed": (
        "{key}：{part}：{parent} 不允许 `{path}`；请删去：{allowed}",
        "{key}: {part}: {parent} does not allow `{path}`; leave it away: {allowed}",
    ),
    "laid_changed": (
        "{path}：{parent} 不允许这样改；{instead}：{allowed}",
        "{path}: {parent} does not allow this change; {instead}: {allowed}",
    ),
    "laid_unknown_item": (
        "{key}：{part}：{parent} 没有这个项目；请更正编号",
        "{key}: {part}: {parent} has no such item; correct the code",
    ),
    "laid_dropped_and_revalued": (
        "drop_items：{part}：又删去又改分值；请只写在其中一处",
        "drop_items: {part} is re-valued too; write it under one of the two",
    ),
    "laid_remove": ("请删去", "remove it"),
    "laid_restate": ("请照 {parent} 的写", "restate what {parent} has"),
    "laid_write": ("请写 {value}", "write {value}"),
    "laid_allowed": ("`{key}` 中允许改的有 {paths}", "of `{key}` it allows {paths}"),
    "laid_none_allowed": ("`{key}` 中没有允许改的", "of `{key}` it allows nothing"),
    "laid_two_files": (
        "{files} 都自称“{value}”；请写其中一个的文件名",
        "{named} both call themselves “{value}”; write the name of one file",
    ),
}
