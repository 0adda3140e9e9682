"""Decoding text (文字编码): UTF-8, GB18030 or UTF-16, and never a guess that makes mojibake.

A file in which some lines are in one encoding and some in another is refused by its lines.
"""

import re

from domain.kernel.errors import BadSheet
from domain.kernel.reasons import reason

_LINES_MAX = 10
_UTF16_SAMPLE = 20_000
_SURE = 0.9
_HANZI = re.compile("[\u3400-\u9fff]")
# What tables in UTF-16 are made of: ASCII, Chinese characters, Chinese punctuation, full width.
_USUAL = re.compile("[\t\r\n -~\u00b7\u2014-\u2026\u3000-\u3011\u3400-\u9fff\uff01-\uff5e]")
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def decoded(data: bytes, name: str) -> str:
    """The text of a file; BadSheet names the lines that are in another encoding."""
    if data.startswith(_UTF16_BOMS):
        return _or_refused(_sound(data, "utf-16"), name)
    if b"\0" in data:
        return _or_refused(_utf16_without_bom(data), name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _in_gb18030(data, name)


def _sound(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _or_refused(text: str | None, name: str) -> str:
    if text is None:
        raise BadSheet(reason("file_is", file=name, what=reason("kind_unknown")))
    return text


def _utf16_without_bom(data: bytes) -> str | None:
    """UTF-16 whose byte order shows: nearly all is usual in one order, and not in the other."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _sound(data, encoding)
        sample = (text or "")[:_UTF16_SAMPLE]
        if sample and len(_USUAL.findall(sample)) >= _SURE * len(sample):
            return text
    return None


def _in_gb18030(data: bytes, name: str) -> str:
    """Text that is not UTF-8 as a whole: GB18030, unless lines of it are in UTF-8."""
    lines: dict[str, list[int]] = {"utf-8": [], "gb18030": [], "either": [], "neither": []}
    for number, line in enumerate(data.splitlines(), 1):
        if not line.isascii():
            lines[_encoding(line)].append(number)
    utf8, gbk, broken = lines["utf-8"], lines["gb18030"], lines["neither"]
    bom = data.startswith(b"\xef\xbb\xbf")
    if len(broken) > len(utf8) + len(gbk):
        _or_refused(None, name)
    if broken:
        raise BadSheet(reason("lines_broken", file=name, lines=_listed(broken)))
    if bom or len(utf8) >= len(gbk):
        raise BadSheet(reason("lines_in_gbk", file=name, lines=_listed(gbk)))
    if utf8:
        raise BadSheet(reason("lines_in_utf8", file=name, lines=_listed(utf8)))
    return _or_refused(_sound(data, "gb18030"), name)


def _encoding(line: bytes) -> str:
    """What a line is in. A few bytes may be `either`: they go with the lines around them."""
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030" if _is_gb18030(line) else "neither"
    return "either" if _is_gb18030(line) and not _HANZI.search(text) else "utf-8"


def _is_gb18030(line: bytes) -> bool:
    try:
        line.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _listed(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers[:_LINES_MAX]))
    return listed if len(numbers) <= _LINES_MAX else f"{listed}…"
