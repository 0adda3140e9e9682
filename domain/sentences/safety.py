"""Why something of an installation is refused because it would not be safe."""

SAFETY = {
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
