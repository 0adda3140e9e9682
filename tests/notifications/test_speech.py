"""What the loudspeaker says: numbers as people say them, never longer than a minute."""

import re
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.community.registry import households_of
from domain.store.tables.notices import Notice
from notifications.board.notice import notice_speech
from notifications.texts.catalogue import LOCALES
from notifications.texts.speech import (
    SPEECH_SECONDS_MAX,
    brief,
    count_aloud,
    digits_aloud,
    number_aloud,
    seconds_aloud,
    text_aloud,
)
from tests.notifications.lived_year import PHONE, LivedYear
from tests.notifications.strategies import notices
from tests.selection import examples


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (112, "一百一十二"),
        (407, "四百零七"),
        (1_000, "一千"),
        (1_001, "一千零一"),
        (1_010, "一千零一十"),
        (1_733, "一千七百三十三"),
        (10_000, "一万"),
        (10_001, "一万零一"),
        (10_100, "一万零一百"),
        (20_300, "二万零三百"),
        (100_000, "十万"),
        (110_000, "十一万"),
        (101_000, "十万一千"),
        (100_000_000, "一亿"),
        (100_000_001, "一亿零一"),
        (100_010_000, "一亿零一万"),
        (10**9, "十亿"),
        (-3, "负三"),
        (36.5, "三十六点五"),
        (-0.05, "负零点零五"),
        (Decimal("2.50"), "二点五"),
        (10**17, "一" + "零" * 17),
    ],
)
def test_numbers_are_said_as_people_say_them(number: Decimal, spoken: str) -> None:
    assert number_aloud(number) == spoken


def value_of(spoken: str) -> int:
    """What a spoken whole number means: an obvious reader, to check the speaker by."""
    total = group = digit = 0
    for character in spoken:
        if character in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(character)
        elif character in "十百千":
            group += (digit or 1) * {"十": 10, "百": 100, "千": 1_000}[character]
            digit = 0
        elif character in "万亿":
            total = (total + group + digit) * {"万": 10**4, "亿": 10**8}[character]
            group = digit = 0
    return total + group + digit


@given(st.integers(0, 10**8 - 1))
def test_a_spoken_number_means_the_number(number: int) -> None:
    spoken = number_aloud(number)
    assert value_of(spoken) == number
    assert "零零" not in spoken
    assert not spoken.endswith("零") or spoken == "零"


def test_two_of_something_is_another_word() -> None:
    assert [count_aloud(number) for number in (1, 2, 12, 2.5, 200)] == [
        "一",
        "两",
        "十二",
        "二点五",
        "二百",
    ]


def test_numbers_in_a_text() -> None:
    assert text_aloud("2026年3月5日，第2名，30%，-2.5分，12.50") == (
        "二零二六年三月五日，第二名，百分之三十，负二点五分，十二点五"
    )
    assert text_aloud("007号楼3-2单元，５升油②") == "零零七号楼三-二单元，五升油二"
    assert digits_aloud("2026") == "二零二六"


@given(st.text(max_size=80))
def test_no_digit_is_left_of_any_text(text: str) -> None:
    assert not any(character.isdigit() for character in text_aloud(text))


def test_time_to_read_grows_with_the_text() -> None:
    assert seconds_aloud("") == 0
    assert seconds_aloud("各位乡亲请注意。") == 3
    assert 55 <= seconds_aloud("一" * 220) <= 56


@given(st.text(max_size=60), st.integers(3, 30))
def test_what_is_cut_keeps_its_length_and_whole_characters(text: str, length: int) -> None:
    cut = brief(text, length)
    assert len(cut) <= length
    if cut != text:
        kept = cut.removesuffix("……")
        assert text.startswith(kept)
        rest = text[len(kept) :].lstrip("，、；：, ")
        assert len(kept) <= 1 or not rest or unicodedata.category(rest[0]) not in ("Mn", "Me")


def test_a_joined_character_is_not_torn() -> None:
    family = "👨\u200d👩\u200d👧"
    assert brief("甲乙丙" + family * 3, 9).startswith("甲乙丙")
    assert not re.search("\u200d……$", brief("甲乙丙" + family * 3, 9))
    assert brief("e\u0301" * 6, 7) == "e\u0301e\u0301……"


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(notices(), st.sampled_from(LOCALES))
def test_any_notice_is_read_out_within_a_minute(notice: Notice, locale: str) -> None:
    text = notice_speech(notice, locale)
    assert seconds_aloud(text) <= SPEECH_SECONDS_MAX
    assert "abab" not in text  # no seal
    if locale == "zh_CN":
        assert not any(character.isdigit() for character in text)


def test_every_scheme_is_read_out(year: LivedYear) -> None:
    names = [home.head for home in households_of(year.session, year.community)]
    for notice in year.notices:
        text = notice_speech(notice)
        assert year.community.name in text
        assert seconds_aloud(text) <= SPEECH_SECONDS_MAX
        assert "**" not in text
        assert not any(name in text for name in names)
        assert PHONE not in text


def test_what_took_points_away_is_not_read_out_with_a_name(maan: LivedYear) -> None:
    notice = next(each for each in maan.notices if each.kind == "correction")
    shame = {**notice.content, "item": "乱倒垃圾", "approved": False}
    given = Notice(
        **{
            **{
                name: getattr(notice, name)
                for name in (
                    "community_id",
                    "kind",
                    "key",
                    "period",
                    "published_at",
                    "closes_at",
                    "seal",
                    "digest",
                )
            },
            "content": {**shame, "changes": [{"household": "H1", "head": "王**", "points": 7}]},
        }
    )
    assert "乱倒垃圾" not in notice_speech(given)
    assert "王某某家增加七分" in notice_speech(given)
    assert "有一项申报，原来通过了，现在撤销" in notice_speech(given)
