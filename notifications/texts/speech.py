"""Numbers as the village loudspeaker (大喇叭) says them, and how long a text takes to say."""

import re
import unicodedata
from decimal import Decimal
from math import ceil

# As a practised voice reads over an outdoor loudspeaker: slower than news, with pauses.
CHARACTERS_PER_SECOND, WORDS_PER_SECOND = 4.0, 2.4
COMMA_SECONDS, STOP_SECONDS = 0.3, 0.6
SPEECH_SECONDS_MAX = 60
_DIGITS = "零一二三四五六七八九"
_GROUPS = ("", "万", "亿", "万亿")
_PLACES = ("", "十", "百", "千")
_SPOKEN_MAX = 10 ** (4 * len(_GROUPS))
_NUMBER = re.compile(r"(?P<sign>(?<![\d\w])-)?(?P<number>\d+(?:\.\d+)?)(?P<percent>[%％])?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．", "0123456789.")
_HAN, _WORD = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]"), re.compile(r"[A-Za-z]+|\d")
_COMMAS, _STOPS = re.compile(r"[，、；：,;:]"), re.compile(r"[。！？!?]|\.(?=\s|$)|\n")


def number_aloud(number: Decimal | float) -> str:
    """A number in spoken Chinese: 四百零七, 负三点五; digit by digit where too large."""
    exact = number if isinstance(number, Decimal) else Decimal(str(number))
    sign = "负" if exact < 0 else ""
    whole, _, fraction = f"{abs(exact):f}".partition(".")
    fraction = fraction.rstrip("0")
    point = f"点{digits_aloud(fraction)}" if fraction else ""
    return sign + _whole_aloud(int(whole)) + point


def count_aloud(number: Decimal | float) -> str:
    """The same before a measure word, where two is 两: 两户, but 十二户."""
    spoken = number_aloud(number)
    return "两" if spoken == "二" else spoken


def digits_aloud(digits: str) -> str:
    """Digit by digit, as years are said: 二零二六."""
    return "".join(_DIGITS[int(digit)] for digit in digits)


def text_aloud(text: str) -> str:
    """A text with every number in it in spoken Chinese: “10%” is 百分之十."""

    def spoken(match: re.Match[str]) -> str:
        number = match["number"]
        # A year or a number with a leading zero is a name, not an amount.
        year = len(number) == 4 and match.string[match.end() :].startswith("年")
        plain = digits_aloud(number) if year or _is_name(number) else number_aloud(Decimal(number))
        return ("负" if match["sign"] else "") + ("百分之" if match["percent"] else "") + plain

    plain = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)
    spoken_text = _NUMBER.sub(spoken, plain)
    # Digits of other scripts, and such as ② and ½, have a value too, but no place in a number.
    return "".join(_odd_digit_aloud(character) for character in spoken_text)


def _is_name(number: str) -> bool:
    return len(number) > 1 and number[0] == "0" and "." not in number


def _odd_digit_aloud(character: str) -> str:
    if not (character.isdigit() or character.isdecimal()):
        return character
    return digits_aloud(str(unicodedata.digit(character)))


def _whole_aloud(number: int) -> str:
    if number >= _SPOKEN_MAX:
        return digits_aloud(str(number))
    if number == 0:
        return _DIGITS[0]
    spoken, gap = "", False
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10_000**power % 10_000
        if group == 0:
            gap = bool(spoken)
            continue
        if spoken and (gap or group < 1_000):
            spoken += _DIGITS[0]
        spoken += _group_aloud(group) + _GROUPS[power]
        gap = False
    # At the beginning ten is 十, not 一十.
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken


def _group_aloud(group: int) -> str:
    """A number below ten thousand, without zeros before it."""
    spoken = ""
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            spoken += _DIGITS[digit] + _PLACES[place]
        elif spoken and not spoken.endswith(_DIGITS[0]) and group % 10**place:
            spoken += _DIGITS[0]
    return spoken


def seconds_aloud(text: str) -> int:
    """How many seconds a text takes to read out, pauses included."""
    spoken = len(_HAN.findall(text)) / CHARACTERS_PER_SECOND
    spoken += len(_WORD.findall(text)) / WORDS_PER_SECOND
    pauses = len(_COMMAS.findall(text)) * COMMA_SECONDS + len(_STOPS.findall(text)) * STOP_SECONDS
    return ceil(spoken + pauses)


def brief(text: str, length: int) -> str:
    """A text of at most `length` characters; one that is cut ends in ……, and never within a
    character that is written with several (combining marks, joined signs)."""
    if len(text) <= length:
        return text
    end = max(length - 2, 1)
    while end > 1 and (_joins(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip("，、；：, ") + "……"


def _joins(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or character == "\u200d"
        or 0xFE00 <= ord(character) <= 0xFE0F
        or 0x1F3FB <= ord(character) <= 0x1F3FF
        or 0xE0100 <= ord(character) <= 0xE01EF
    )
