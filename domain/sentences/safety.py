"""Why something of an installation is refused because it would not be safe."""

SAFETY = {
    "code_unsafe": (
        "编号“{value}”不能用：只能用文字、数字、下划线、点和短横线，并且不能以点或短横线开头",
        "“{value}” cannot be a code: use letters, digits, _ . and - only, and no . or - first",
    ),
    "code_reserved": (
        "“{value}”是本系统网页的地址，不能作社区（村）编号：请换一个",
        "“{value}” is the address of a page of ours and cannot be a community's code:"
        " choose another",
    ),
}
