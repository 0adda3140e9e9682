"""Dates and times as people write them (日期): 2026年3月5日（周四）下午3点, 2026/3/5 and more."""

import re
from calendar import monthrange
from datetime import date, datetime, time

from domain.kernel.local_time import LOCAL

YEAR_MIN, YEAR_MAX = 1900, 2199
_DAY = re.compile(
    r"(?:公元|公历|西元)?\s*"
    r"(?:(\d{4})\s*[-/.年—–‐−_]\s*(\d{1,2})\s*[-/.月—–‐−_]\s*(\d{1,2})\s*[日号]?|(\d{4})(\d\d)(\d\d)(?!\d))"
)
_WEEKDAY = re.compile(r"[(（\[]?\s*(?:星期|礼拜|周)\s*([一二三四五六日天])\s*[)）\]]?")
_WEEKDAYS = "一二三四五六日"
_PART = re.compile(r"[(（]?\s*(凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚|夜里|夜间)\s*[)）]?")
_MORNING, _NOON = ("凌晨", "清晨", "早上", "早晨", "上午"), 12
_TIME = re.compile(
    r"[T\s]*(\d{1,2})\s*[:：时点]\s*(?:(半)|(\d{1,2})(?:\s*[:：分]\s*(\d{1,2}))?)?(?:\.\d+)?"
    r"\s*[分秒整]?\s*(Z|[+-]\d\d:?\d\d)?"
)
_NO_YEAR = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?\D*")
_SHORT_YEAR = re.compile(
    r"[’']?\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\D*|\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d\d\D*"
)
_CALENDARS = re.compile(
    r"农历|阴历|旧历|夏历|民国|昭和|平成|令和|大正|佛历|回历|藏历|闰|腊月|正月|冬月|初[一二三四五六七八九十]|廿"
)


class BadDate(ValueError):
    """A text is no date: the code of its reason, and what the reason names."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def written_moment(text: str) -> datetime:
    """The moment that a text of usual width says; without a time it is the day's start.

    A weekday must be that of the day. BadDate says what is wrong.
    """
    match = _DAY.match(text)
    if not match or _CALENDARS.search(text):
        raise BadDate(_why_not(text))
    year, month, of_month = (int(part) for part in match.groups() if part)
    start = _real_day(year, month, of_month)
    rest = text[match.end() :].strip()
    if found := _WEEKDAY.search(rest):
        named = _WEEKDAYS.index(found[1].replace("天", "日"))
        if named != start.weekday():
            raise BadDate("other_weekday", day=start.date(), weekday=_WEEKDAYS[start.weekday()])
        rest = _without(rest, found)
    part = _PART.match(rest)
    if part is None:
        return _with_time(start, rest)
    rest = _without(rest, part)
    return _in_part(_with_time(start, rest), part[1]) if rest else start


def _without(text: str, found: "re.Match[str]") -> str:
    return f"{text[: found.start()]} {text[found.end() :]}".strip()


def _why_not(text: str) -> str:
    if _CALENDARS.search(text):
        return "other_calendar"
    if _SHORT_YEAR.fullmatch(text):
        return "short_year"
    return "no_year" if _NO_YEAR.fullmatch(text) and "月" in text else "not_date"


def _real_day(year: int, month: int, of_month: int) -> datetime:
    if not 1 <= month <= 12:
        raise BadDate("no_such_month", month=month)
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise BadDate("not_date")
    days = monthrange(year, month)[1]
    if not 1 <= of_month <= days:
        raise BadDate("no_such_day", year=year, month=month, days=days)
    return datetime.combine(date(year, month, of_month), time.min)


def _with_time(start: datetime, text: str) -> datetime:
    if not text:
        return start
    match = _TIME.fullmatch(text)
    if not match:
        raise BadDate("not_date")
    hour, minute, second = (int(match[at] or 0) for at in (1, 3, 4))
    minute = 30 if match[2] else minute
    if hour > 23 or minute > 59 or second > 59:
        raise BadDate("not_time")
    found = start.replace(hour=hour, minute=minute, second=second)
    if match[5] is None:
        return found
    zone = "+00:00" if match[5] == "Z" else match[5]
    try:
        return datetime.fromisoformat(found.isoformat() + zone).astimezone(LOCAL)
    except ValueError as error:
        raise BadDate("not_date") from error


def _in_part(found: datetime, part: str) -> datetime:
    """A time in a part of the day: 下午3点 is 15:00; a time that is not in it is none."""
    if part in _MORNING:
        if found.hour > _NOON:
            raise BadDate("not_time")
        return found
    if found.hour >= _NOON or (part == "中午" and found.hour >= _NOON - 1):
        return found
    return found.replace(hour=found.hour + _NOON)
