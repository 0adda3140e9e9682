"""Whether a text is what somebody wrote (乱码): wrongly decoded text and signs that nobody sees."""

import re

from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010fffd"
_UNSOUND = re.compile(f"[\x00-\x1f\x7f-\x9f\ufffd{_PRIVATE}]")
_ONLY_PRIVATE = re.compile(f"[{_PRIVATE}]")
_COMMON = re.compile("[\u4e00-\u9fff]{2,}")


def _class(firsts: range, seconds: range) -> str:
    """The Chinese characters whose two bytes in GBK are of these ranges."""
    pairs = (bytes((first, second)) for first in firsts for second in seconds)
    return "".join(pair.decode("gbk", "ignore") for pair in pairs if pair[0] > 0x80)


# Two Chinese characters are six bytes in UTF-8, which GBK takes for three other characters; and
# Western encodings for six letters.
_LEAD, _NEXT = range(0xE4, 0xEA), range(0x80, 0xC0)
_FIRST, _SECOND, _THIRD = _class(_LEAD, _NEXT), _class(_NEXT, _LEAD), _class(_NEXT, _NEXT)
_WESTERN = "\u0080-\u00bf" + "".join(
    sorted(set(bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")))
)
_MOJIBAKE = re.compile(
    f"[锟ä-é{_FIRST}](?:(?<=锟)斤拷|(?<=[{_FIRST}])[{_SECOND}][{_THIRD}]"
    f"|(?<=[ä-é])[{_WESTERN}]{{2}}[ä-é][{_WESTERN}]{{2}})"
)

# What editors and compilers leave in the place of text: 锟斤拷 in part, and a file's first mark
# (EF BB BF) that was read as GBK.
_REMAINS = re.compile(
    f"锟斤|拷锟|锘[{_class(range(0xBF, 0xC0), range(0x40, 0xFF))}]|ï»¿|^[?？]{{2,}}$"
)
# None of them is without one of these: to look for them costs next to nothing.
_REMAIN = "锟拷锘ï?？"
# Names are short: there, signs of loss are no speech.
_LOST_NAME = re.compile(r"[?？]|烫烫|屯屯|斤拷|葺葺")
# GBK that was read as Western letters: ÍõÐãÓ¢. Signs alone (××××) are what somebody wrote.
_LETTERS = "\u00a1-\u00fe"
_GBK_AS_LETTERS = re.compile(f"[{_LETTERS}]{{4,}}")


def looks_sound(text: str) -> bool:
    """Whether many texts, joined, need no closer look."""
    if "\ufffd" in text or _MOJIBAKE.search(text):
        return False
    if any(mark in text for mark in _REMAIN) and (
        "??" in text or "？？" in text or _REMAINS.search(text)
    ):
        return False
    if not text.isascii() and _GBK_AS_LETTERS.search(text):
        return False
    return text.isprintable() or not _UNSOUND.search(text)


def fault_of(text: str) -> Reason | None:
    """What is wrong with a text; None where it is sound."""
    if CONTROL.search(text):
        return reason("control")
    if "\ufffd" in text or _REMAINS.search(text):
        return reason("undecodable")
    if found := _ONLY_PRIVATE.search(text):
        return reason("private_use", character=f"U+{ord(found[0]):04X}")
    if found := _MOJIBAKE.search(text):
        return _mojibake(text, found)
    if found := _GBK_AS_LETTERS.search(text):
        return _read_as_letters(text, found[0])
    return None


def fault_of_name(text: str) -> Reason | None:
    """What is wrong with a person's name besides: characters of it were lost."""
    return reason("undecodable") if _LOST_NAME.search(text) else None


def _read_as_letters(text: str, found: str) -> Reason | None:
    if sum(map(str.isalpha, found)) < len(found) // 2:
        return None
    try:
        meant = found[: len(found) // 2 * 2].encode("latin-1").decode("gb2312")
    except UnicodeError:
        return None
    return reason("mojibake", value=shown(text, 20), meant=meant) if _COMMON.search(meant) else None


def _mojibake(text: str, found: "re.Match[str]") -> Reason | None:
    if found[0] == "锟斤拷":
        return reason("undecodable")
    for encoding in ("gbk", "cp1252", "latin-1"):
        try:
            meant = found[0].encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if _COMMON.fullmatch(meant) and _is_usual(meant):
            return reason("mojibake", value=shown(text, 20), meant=meant)
    return None


def _is_usual(text: str) -> bool:
    """Whether all characters are among the most used, the first level of GB 2312."""
    try:
        data = text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return all(0xB0 <= first <= 0xD7 for first in data[::2])
