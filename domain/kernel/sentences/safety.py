"""Why something of an installation is refused because it would not be safe."""

SAFETY = {
    "database_unguarded": (
        "数据库被人改动过（{faults}），不再使用：请保留现状，联系技术人员，从备份恢复",
        "the database was changed past this program ({faults}) and is not used: keep it as it is,"
        " and restore a backup",
    ),
    "address_shared": (
        "{person}的通知地址{addresses}可能有别人看到，评议链接不会发往那里：请另登记本人的地址"
        "（如邮箱mailto://、Server酱schan://、Bark bark://）",
        "others may read what goes to {person} at {addresses}: no link to the desk is sent there,"
        " so add an address of their own (mailto://, schan://, bark://)",
    ),
    "guard_missing": ("缺少触发器{name}", "trigger {name} is missing"),
    "guard_changed": ("触发器{name}被改动", "trigger {name} was changed or is off"),
    "guard_foreign": ("{name}不是本系统的", "{name} is not ours"),
    "schema_missing": ("缺少{name}", "{name} is missing"),
    "schema_changed": ("{name}被改动", "{name} was changed"),
    "copy_refused": (
        "备份{file}没有采用，仍在原处：{why}",
        "{file} was not put in place and is where it was: {why}",
    ),
    "no_address": (
        "没有读到通知地址：每行写一个地址",
        "no address was given: write one a line",
    ),
    "address_file": (
        "读不出文件{file}：里面应为文本，每行一个通知地址",
        "{file} cannot be read: it must be a text file with one address a line",
    ),
    "code_unsafe": (
        "编号“{value}”不能用：只能用文字、数字、下划线、点、斜线和短横线，并且要以文字或数字开头",
        "“{value}” cannot be a code: use letters, digits, _ . / and -, a letter or digit first",
    ),
    "code_reserved": (
        "“{value}”是本系统网页的地址，不能作社区（村）编号：请换一个",
        "“{value}” is the address of a page of ours and cannot be a community's code:"
        " choose another",
    ),
}
