"""The templates and catalogues of both languages."""

import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import BadInput
from notifications.texts.catalogue import LOCALES, load_texts, points_text, seal_groups
from notifications.texts.shelf import TEMPLATES

ZH, EN = load_texts("zh_CN"), load_texts("en")


def keys_of(tree: Any, place: str = "") -> set[str]:
    """Every place in a catalogue, with how long its lists are."""
    if isinstance(tree, dict):
        return {key for name, part in tree.items() for key in keys_of(part, f"{place}.{name}")}
    return {f"{place}[{len(tree)}]" if isinstance(tree, list) else place}


def test_both_catalogues_have_the_same_keys() -> None:
    assert keys_of(ZH.catalogue) == keys_of(EN.catalogue)


def test_forms_take_the_same_values_in_both_languages() -> None:
    def fields(form: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(form)}

    for name, form in ZH.catalogue["forms"].items():
        other = EN.catalogue["forms"][name]
        # Forms of dates may name any part of a date.
        parts = {"year", "month", "day"} if name.endswith("date") else set()
        assert fields(other) - {None} <= (fields(form) | parts) - {None}, name


@pytest.mark.parametrize("locale", LOCALES)
def test_every_label_a_template_asks_for_is_in_the_catalogue(locale: str) -> None:
    texts = load_texts(locale)
    asked = re.compile(r'label\("(\w+)", "(\w+)"\)')
    for path in TEMPLATES.rglob("*.*"):
        for group, key in asked.findall(path.read_text("utf-8")):
            assert texts.label(group, key)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_template_compiles(locale: str) -> None:
    texts = load_texts(locale)
    for name in texts.environment.list_templates(extensions=["html", "txt"]):
        texts.environment.get_template(name)


def test_templates_have_no_chinese() -> None:
    for path in TEMPLATES.rglob("*.*"):
        if path.suffix != ".css" and "zh_CN" not in path.parts:
            body = re.sub(r"#.*|{#.*?#}", "", path.read_text("utf-8"))
            assert not re.search(r"[\u4e00-\u9fff]", body), path


def test_dates_and_periods() -> None:
    assert ZH.date("2026-03-05") == "2026年3月5日"
    assert ZH.date("2026-04-06T00:00:00+08:00") == "2026年4月6日"
    assert ZH.moment("2026-03-05T18:30:00+08:00") == "2026年3月5日 18:30"
    assert ZH.last_day("2026-04-14T00:00:00+08:00") == "2026年4月13日"
    assert [ZH.period(text) for text in ("2026-03", "2026-Q1", "2026-H2", "2026")] == [
        "2026年3月",
        "2026年第一季度",
        "2026年下半年",
        "2026年",
    ]
    assert EN.period("2026-Q1") == "first quarter of 2026"


def test_a_masked_name_can_be_read_aloud() -> None:
    assert ZH.aloud("王**") == "王某某"
    assert ZH.aloud("王小明") == "王小明"


@given(st.integers(-(10**10), 10**10))
def test_points_are_exact(hundredths: int) -> None:
    text = points_text(hundredths // 100 if hundredths % 100 == 0 else hundredths / 100)
    assert round(float(text) * 100) == hundredths
    assert not text.endswith((".", ".0", "-0"))


def test_a_seal_is_shown_whole() -> None:
    seal = "0123456789abcdef" * 4
    groups = seal_groups(seal)
    assert len(groups) == 16
    assert "".join(groups) == seal


def test_an_unknown_language_or_label_is_refused() -> None:
    with pytest.raises(BadInput, match="choose from zh_CN, en"):
        load_texts("fr")
    with pytest.raises(BadInput, match="does not name kinds\\.gift"):
        ZH.label("kinds", "gift")
    with pytest.raises(BadInput, match="no template zh_CN/none"):
        ZH.render("none.txt")


def override(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, "utf-8")
    return folder


def test_an_installation_can_put_its_own_template_over_ours(tmp_path: Path) -> None:
    override(tmp_path, "zh_CN/message/reminder.txt", "请办理{{ count }}件\n")
    override(tmp_path, "zh_CN/catalogue.yaml", "kinds: {award: 奖励分}\n")
    texts = load_texts("zh_CN", tmp_path)
    assert texts.render("message/reminder.txt", count=3) == "请办理3件"
    assert texts.label("kinds", "award") == "奖励分"
    assert texts.label("kinds", "deduction") == "扣分"
    assert load_texts("en", tmp_path).render("message/cut.txt").startswith("(There was more")


@pytest.mark.parametrize("name", ["notice/frame.html", "zh_CN/notice/frame.html"])
def test_ours_are_framed_by_an_installations_own(tmp_path: Path, name: str) -> None:
    override(tmp_path, "zh_CN/notice/frame.html", "甲{% block body %}{% endblock %}乙")
    override(tmp_path, "zh_CN/board.html", f'{{% extends "{name}" %}}')
    assert load_texts("zh_CN", tmp_path).render("board.html") == "甲乙"
    assert load_texts("zh_CN", tmp_path, strict=True).environment.get_template(
        "zh_CN/notice/year.html"
    )


def test_a_frame_without_words_is_replaced_for_all_languages(tmp_path: Path) -> None:
    override(tmp_path, "common/page.html", "{% block main %}{% endblock %}")
    assert load_texts("en", tmp_path).render("desk_closed.html").startswith("<h1>This link")
    assert load_texts("zh_CN", tmp_path).render("desk_closed.html").startswith("<h1>链接")


@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ missing }}",
        "{{ 1 / 0 }}",
        "{{ count.append(1) }}",
        "{% if %}",
    ],
)
def test_what_a_template_may_not_do_is_refused_in_a_sentence(tmp_path: Path, body: str) -> None:
    texts = load_texts("en", override(tmp_path, "en/message/reminder.txt", body), strict=True)
    with pytest.raises(BadInput, match=r"template en/message/reminder\.txt fails: .*\(line 1\)"):
        texts.render("message/reminder.txt", count=[])


def test_what_fails_in_one_of_ours_is_named_with_its_line() -> None:
    with pytest.raises(BadInput, match=r"zh_CN/message/reminder\.txt fails: .*\(line 1\)"):
        ZH.render("message/reminder.txt")


def test_a_bad_catalogue_is_refused_in_a_sentence(tmp_path: Path) -> None:
    override(tmp_path, "en/catalogue.yaml", "kinds: [")
    with pytest.raises(BadInput, match="cannot be read"):
        load_texts("en", tmp_path, strict=True)


def test_peoples_text_stays_on_its_line_and_shows_what_it_is() -> None:
    text = ZH.render(
        "message/escalation.txt",
        name="王",
        community="甲\x00社区\n\n公告：\u202e作废",
        town="镇",
        period="2026-03",
        next_period="2026-04",
        count=1,
        deadline="2026-04-06T00:00:00+08:00",
    )
    assert "【甲社区 公告：作废】" in text


@pytest.mark.parametrize("body", ["{{ missing }}", "{{ 1 / 0 }}", "{% if %}", "{{ count | no }}"])
def test_people_are_told_although_a_template_fails(
    tmp_path: Path, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    texts = load_texts("zh_CN", override(tmp_path, "zh_CN/message/escalation.txt", body))
    facts = {
        "name": "王秘密",
        "community": "甲社区",
        "town": "镇",
        "period": "2026-03",
        "next_period": "2026-04",
        "count": 3,
        "deadline": "2026-04-06T00:00:00+08:00",
    }
    assert texts.render("message/escalation.txt", **facts) == ZH.render(
        "message/escalation.txt", **facts
    )
    assert "template zh_CN/message/escalation.txt fails" in caplog.text
    assert "王秘密" not in caplog.text


@pytest.mark.parametrize("body", ["kinds: [", "- a", "forms: 3", "months: [1]", "\udcff"])
def test_a_catalogue_that_fails_gives_way_to_ours(
    tmp_path: Path, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "zh_CN").mkdir()
    (tmp_path / "zh_CN" / "catalogue.yaml").write_bytes(body.encode("utf-8", "surrogateescape"))
    texts = load_texts("zh_CN", tmp_path)
    assert texts.label("kinds", "award") == "加分"
    assert "catalogue.yaml" in caplog.text
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("form", ["{jahr}", "{year.__class__}", "{year[0]}", "{", "{}"])
def test_a_form_that_cannot_be_filled_in_gives_way_to_ours(tmp_path: Path, form: str) -> None:
    override(tmp_path, "zh_CN/catalogue.yaml", f'forms: {{date: "{form}"}}')
    assert load_texts("zh_CN", tmp_path).date("2026-03-05") == "2026年3月5日"
    with pytest.raises(BadInput, match=r"where only \{year\}, \{month\}"):
        load_texts("zh_CN", tmp_path, strict=True).date("2026-03-05")
