"""What is wrong with a text that goes out (文案), and how large it is."""

TEXTS = {
    # What Jinja2 says of a template; in English its own words.
    "text_undefined": ("没有这样的名称：{names}{place}", "{words}{place}"),
    "text_syntax": ("写法不对{place}", "{words}{place}"),
    "text_unsafe": ("不允许这样写{place}", "{words}{place}"),
    "text_error": ("出错（{kind}）{place}", "{words}{place}"),
    "text_line": ("（第 {line} 行）", " (line {line})"),
    "text_no_line": ("", ""),
    "text_unreadable": ("{name} 无法读取：{why}", "template {name} cannot be read: {why}"),
    "text_chokes": ("{name} 出错（{kind}）", "{name} fails: {kind}"),
    "text_stray": (
        "{file} 不起作用：自带的文案里没有这个名称",
        "{file} stands for nothing: no text of ours has that name",
    ),
    # Limits.
    "text_size": ("{characters} 字，{bytes} 字节", "{characters} characters, {bytes} bytes"),
    "text_aloud": ("{seconds} 秒", "{seconds} s"),
    "text_over_aloud": (
        "比广播的 {limit} 秒多 {over} 秒",
        "{over} s over the {limit} s of the loudspeaker",
    ),
    "text_over_robot": ("比 {robot} 的上限多 {over} 字节", "{over} bytes over {robot}"),
    "text_over_sms": ("比短信的上限多 {over} 字", "{over} characters over text message"),
    "text_no_policy": (
        "没有 Content-Security-Policy：请沿用自带的页面框架",
        "has no Content-Security-Policy: extend the frame of ours",
    ),
    "text_active": (
        "里面有“{words}”：页面不用脚本，也不引用别的文件",
        "holds “{words}”: pages need no script and no other file",
    ),
    # In which case a text was tried.
    "text_case_worst": ("内容最多", "worst"),
    "text_case_least": ("内容最少", "least"),
    "text_case_any": ("任何内容", "any"),
    "text_case_read": ("只读取", "read"),
}
