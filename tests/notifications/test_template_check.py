"""The check of all texts: ours pass it, and whatever is wrong with an installation's is found."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.store.tables.notices import Notice
from domain.store.tables.people import Community
from notifications.board.pages import announcement
from notifications.channels.addresses import bytes_max
from notifications.template_check.check import (
    ROBOTS,
    SMS_CHARACTERS_MAX,
    Checked,
    check,
    source_of,
    templates,
    wording_of,
)
from notifications.template_check.worst_case import card, message_facts
from notifications.template_check.worst_notices import notices
from notifications.template_check.worst_words import LONG_NAME, MANY
from notifications.texts.catalogue import LOCALES, load_texts
from notifications.texts.shelf import TEMPLATES
from notifications.texts.speech import brief
from tests.languages import foreign
from tests.notifications.strategies import notices as any_notice
from tests.selection import drawn, examples


def wrong(overrides: Path, locale: str = "zh_CN") -> dict[str, str]:
    """What is wrong, in English; and it is said in Chinese too."""
    checked = check(overrides, [locale])
    assert not [text for each in checked for why in each.whys if foreign(text := why.text())]
    return {
        f"{each.locale}/{each.template}": "; ".join(each.wrong) for each in checked if each.whys
    }


def lay(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def ours() -> list[Checked]:
    return check(None)


def test_all_that_ships_is_within_every_limit(ours: list[Checked]) -> None:
    assert [each for each in ours if each.wrong] == []


def test_every_template_is_looked_at_in_all_languages(ours: list[Checked]) -> None:
    seen = {f"{each.locale}/{each.template}" for each in ours}
    for locale in LOCALES:
        assert set(templates(load_texts(locale))) <= seen
        messages = {
            each.template: each.case
            for each in ours
            if each.locale == locale and each.template.startswith("message/")
        }
        assert "message/announcement.txt" in messages
        assert "read" not in messages.values()


def test_the_worst_is_as_bad_as_promised() -> None:
    assert len(LONG_NAME) == 40
    assert message_facts("worst")["count"] == MANY == 300
    assert message_facts("least")["link"] is None
    assert card("least").entries == ()
    assert len(card("worst").entries) == 300
    for case, rows in (("worst", 300), ("least", 0)):
        quarter = next(each for each in notices(case) if each.kind == "quarter")
        assert len(quarter.content["households"]) == len(quarter.content["first"]) == rows


@pytest.mark.parametrize(
    ("name", "text", "said"),
    drawn(
        [
            ("zh_CN/message/reminder.txt", "{{ nobody }}", "'nobody' is undefined (line 1)"),
            ("zh_CN/message/reminder.txt", "标题\n{% if %}", "TemplateSyntaxError"),
            ("zh_CN/message/reminder.txt", "{{ name.__class__ }}", "SecurityError"),
            ("zh_CN/message/reminder.txt", "长" * 520, "20 characters over text message"),
            ("zh_CN/message/reminder.txt", "{{ name * 20 }}", "352 bytes over wecombot"),
            ("en/notice/year.speech.txt", "word " * 200, "24 s over the 60 s of the loudspeaker"),
            ("zh_CN/notice/year.html", "<p>{{ content.scheme }}</p>", "no Content-Security-Policy"),
            ("zh_CN/public/list.html", "{% macro", "cannot be read"),
            ("zh_CN/public/list.html", "{% macro other() %}{% endmacro %}", "fails"),
            ("en/catalogue.yaml", "forms: {date: '{jahr}'}", "{year}, {month}"),
            ("en/catalogue.yaml", "[", "cannot be read"),
            ("zh_CN/notice/quater.html", "", "stands for nothing"),
        ],
        4,
    ),
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    found = wrong(lay(tmp_path, name, text), name.partition("/")[0])
    assert any(said in each for each in found.values()), found
    if "catalogue" not in name and "list" not in name:
        assert list(found) == [name]


@pytest.mark.parametrize(
    "active",
    drawn(
        [
            "<script>1</script>",
            '<img src="http://x/a.png">',
            '<p onclick="x()">',
            "<iframe></iframe>",
            '<a href="javascript:x()">',
        ]
    ),
)
def test_a_page_with_something_active_is_found(tmp_path: Path, active: str) -> None:
    ours = wording_of(load_texts("zh_CN"), "zh_CN/notice/year.html")
    changed = ours.replace("各户居民：", active)
    assert changed != ours
    found = wrong(lay(tmp_path, "zh_CN/notice/year.html", changed))
    assert "pages need no script" in found["zh_CN/notice/year.html"]


def test_an_own_text_that_is_good_passes(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "zh_CN/message/reminder.txt",
        "【{{ community | brief(20) }}】请评议{{ count }}件\n",
    )
    assert wrong(tmp_path) == {}
    texts = load_texts("zh_CN", tmp_path)
    assert source_of(texts, "zh_CN/message/reminder.txt").is_relative_to(tmp_path)
    assert source_of(texts, "zh_CN/card.html").is_relative_to(TEMPLATES)


def test_no_text_cuts_a_character_in_two() -> None:
    texts = load_texts("zh_CN")
    marked = "e\u0301" * 40
    facts = {**message_facts("worst"), "community": marked}
    text = texts.render("message/announcement.txt", **facts)
    assert f"【{brief(marked, 40)}】" in text
    assert "e……" not in text


@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(any_notice(), st.sampled_from(LOCALES))
def test_an_announcement_of_any_notice_is_within_every_limit(notice: Notice, locale: str) -> None:
    place = Community(code="某村" * 30, name="甲", town="乙", added_at=notice.published_at)
    text = announcement(notice, place, load_texts(locale), "https://gs.example.cn/jifen")
    assert len(text) <= SMS_CHARACTERS_MAX + 400  # the address of a code of 60 characters
    assert all(len(text.encode()) <= bytes_max(f"{robot}://") for robot in ROBOTS)
    bare = announcement(notice, place, load_texts(locale))
    assert len(bare) <= SMS_CHARACTERS_MAX
