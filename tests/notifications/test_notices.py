"""Notices as pages, texts and workbooks: complete, legible, and with the least personal data."""

import re
from pathlib import Path
from typing import Any

import pytest

from domain.community.registry import households_of
from domain.kernel.errors import BadInput
from domain.kernel.masking import masked_name
from domain.store.tables.notices import Notice
from domain.store.tables.settlement import FinalPlace
from notifications.board.exports import export_notice, notice_xlsx
from notifications.board.notice import (
    A4_HOUSEHOLDS_MAX,
    in_order,
    notice_html,
    notice_speech,
    notice_text,
    notice_title,
)
from notifications.texts.catalogue import LOCALES
from tests.notifications import reading
from tests.notifications.lived_year import NASTY, PHONE, YEAR, LivedYear

NEVER_SAID = (PHONE, "support", "重点帮教", "帮扶", "最后一名", "倒数")


def of_kind(village: LivedYear, kind: str) -> Notice:
    return next(notice for notice in village.notices if notice.kind == kind)


def said(notice: Notice, folder: Path, locale: str) -> list[str]:
    """Everything that a notice tells the public, in each of its forms."""
    path = folder / f"{notice.kind}-{notice.key.replace(':', '-')}.xlsx"
    notice_xlsx(notice, path, locale)
    cells = " ".join(
        str(cell) for sheet in reading.sheets(path).values() for row in sheet for cell in row
    )
    return [notice_html(notice, locale), notice_text(notice, locale), cells]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_notice_of_every_scheme_can_be_shown(
    year: LivedYear, tmp_path: Path, locale: str
) -> None:
    for notice in year.notices:
        for text in said(notice, tmp_path, locale):
            assert year.community.name in text
        page = reading.read(notice_html(notice, locale))
        assert notice.content["document"] in page.text
        assert notice.content["scheme"] in page.text
        assert " ".join(notice.seal[at : at + 4] for at in range(32, 64, 4)) in page.text
        assert len(notice_title(notice, locale)) < 120


def test_no_notice_gives_away_more_than_it_must(year: LivedYear, tmp_path: Path) -> None:
    names = [home.head for home in households_of(year.session, year.community)]
    for notice in year.notices:
        for text in said(notice, tmp_path, "zh_CN"):
            for word in (*NEVER_SAID, *names):
                assert word not in text


def test_nobody_is_shown_as_last(year: LivedYear) -> None:
    standing = year.session.query(FinalPlace).filter_by(community_id=year.community.id).all()
    last = max(row.rank for row in standing)
    for notice in year.notices:
        places = [*notice.content.get("first", []), *notice.content.get("honoured", [])]
        assert all(place["rank"] < last for place in places)
        assert len(places) < len(standing)


def test_a_quarter_lists_every_household_by_number_with_its_points(maan: LivedYear) -> None:
    notice = of_kind(maan, "quarter")
    page = reading.read(notice_html(notice)).text
    rows = notice.content["households"]
    at = 0
    for row in rows:
        line = f"{row['household']} {row['head']} {row['area']} {row['gained']} {row['score']}"
        found = page.index(line, at)
        assert found >= at
        at = found
    text = notice_text(notice)
    for row in rows:
        assert f"{row['household']}户，{row['head'][0]}某某，本季得" in text


def test_the_window_and_how_to_object_are_told(maan: LivedYear) -> None:
    notice = of_kind(maan, "quarter")
    for text in (reading.read(notice_html(notice)).text, notice_text(notice)):
        assert "2026年4月6日" in text
        assert "2026年4月13日" in text
        assert "带上本户积分卡到马鞍社区" in text
        assert "申报编号" not in text
        assert "请向马鞍街道反映" in text
        assert "15" in text


def test_a_text_can_be_read_aloud(year: LivedYear) -> None:
    for notice in year.notices:
        spoken = notice_text(notice).split("封签")[0]
        assert "**" not in spoken
        for line in spoken.splitlines():
            assert len(line) <= 80, line
            if line and not line.startswith(("实施方案", "文件依据")):
                sentences = line.replace("；", "，").replace("：", "，").split("，")
                assert all(len(sentence) <= 45 for sentence in sentences), line


def test_the_workbook_holds_the_figures(maan: LivedYear, tmp_path: Path) -> None:
    notice = of_kind(maan, "quarter")
    path = tmp_path / "q.xlsx"
    notice_xlsx(notice, path)
    found = reading.sheets(path)
    assert list(found) == ["公示说明", "各户积分", "积分靠前", "申报情况"]
    assert found["各户积分"][0] == ["户号", "户主", "组别", "本季得分", "累计积分"]
    first = notice.content["households"][0]
    assert found["各户积分"][1] == [
        first["household"],
        first["head"],
        first["area"],
        first["gained"],
        first["score"],
    ]
    assert ["账本封签", notice.seal] in found["公示说明"]
    assert ["公示时间", "2026年4月6日～2026年4月13日"] in found["公示说明"]


def test_the_worst_sheet_of_names_stays_text(worst: LivedYear, tmp_path: Path) -> None:
    for notice in worst.notices:
        for text in said(notice, tmp_path, "zh_CN"):
            assert "49" not in text or "{{ 7*7 }}" in text
        page = reading.read(notice_html(notice))
        assert "</style><b>{{ 7*7 }}社区" in page.text
        assert "b" not in page.tags
        assert notice_text(notice).splitlines()[0].startswith("=HYPERLINK(1)</style>")


def test_a_long_list_is_printed_on_a3_and_a_short_one_on_a4(
    worst: LivedYear, maan: LivedYear
) -> None:
    assert len(of_kind(worst, "quarter").content["households"]) > A4_HOUSEHOLDS_MAX
    assert "size: A3 portrait" in notice_html(of_kind(worst, "quarter"))
    assert "size: A4 portrait" in notice_html(of_kind(maan, "quarter"))


def test_a_page_is_the_same_whenever_it_is_printed(maan: LivedYear, tmp_path: Path) -> None:
    for notice in maan.notices:
        assert notice_html(notice) == notice_html(notice)
        assert notice_text(notice) == notice_text(notice)
        first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
        notice_xlsx(notice, first)
        notice_xlsx(notice, second)
        assert reading.parts(first) == reading.parts(second)


def test_points_below_zero_and_with_decimals_are_exact(maan: LivedYear, tmp_path: Path) -> None:
    notice = of_kind(maan, "quarter")
    row = {"household": "H2", "head": "王**", "area": "", "gained": -12.05, "score": 0.1}
    changed = made(notice, {**notice.content, "households": [row], "first": []})
    assert "-12.05 0.1" in reading.read(notice_html(changed)).text
    notice_xlsx(changed, tmp_path / "q.xlsx")
    assert reading.sheets(tmp_path / "q.xlsx")["各户积分"][1][2:] == [-12.05, 0.1]


def made(notice: Notice, content: dict[str, Any]) -> Notice:
    """A notice like another one, with other content; never stored."""
    return Notice(
        community_id=notice.community_id,
        kind=notice.kind,
        key=notice.key,
        period=notice.period,
        published_at=notice.published_at,
        closes_at=notice.closes_at,
        content=content,
        seal=notice.seal,
        digest=notice.digest,
    )


def test_a_notice_before_any_journal_shows_no_seal(maan: LivedYear) -> None:
    notice = of_kind(maan, "quarter")
    bare = made(notice, {**notice.content, "seal": "", "first": [], "households": []})
    for locale, seal in (("zh_CN", "账本封签"), ("en", "Seal of the ledger")):
        assert seal in notice_html(notice, locale)
        assert seal not in notice_html(bare, locale)
        assert notice_text(bare, locale)


def test_households_are_in_the_order_in_which_people_count() -> None:
    rows = [{"household": code} for code in ("H10", "H2", "一组1", "2", "H1", "10", "H02")]
    assert [row["household"] for row in in_order(rows)] == [
        "H1",
        "H02",
        "H2",
        "H10",
        "一组1",
        "2",
        "10",
    ]


def test_the_average_is_shown_where_it_ranks(maan: LivedYear) -> None:
    notice = of_kind(maan, "year")
    place = {
        "rank": 1,
        "household": "H1",
        "head": "王**",
        "score": 90,
        "ranked_by": 22.5,
        "honours": ["文明户"],
    }
    assert "人均积分" not in notice_html(notice)
    page = reading.read(notice_html(made(notice, {**notice.content, "honoured": [place]}))).text
    assert "人均积分" in page
    assert "22.5" in page


@pytest.mark.parametrize("form", ["html", "txt", "xlsx", "speech"])
def test_a_notice_is_exported_in_each_form(maan: LivedYear, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"notice.{form}"
    export_notice(of_kind(maan, "year"), form, path, "en")
    assert path.stat().st_size > 200
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_exported_is_refused(maan: LivedYear, tmp_path: Path) -> None:
    notice = of_kind(maan, "year")
    with pytest.raises(BadInput, match="choose from html, pdf, png, xlsx, txt, speech"):
        export_notice(notice, "docx", tmp_path / "a")


def test_masked_names_are_what_the_notices_show(worst: LivedYear) -> None:
    shown = {row["head"] for row in of_kind(worst, "quarter").content["households"]}
    assert {masked_name(name) for name in NASTY} <= shown
    assert str(YEAR) in notice_text(of_kind(worst, "year"))


WORD = re.compile(r"[A-Za-z]{3,}")


def test_no_english_stands_in_a_chinese_notice(year: LivedYear, tmp_path: Path) -> None:
    """Neither in what the program says nor in what the schemes that ship call things."""
    for notice in year.notices:
        notice_xlsx(notice, tmp_path / "n.xlsx")
        sheets = reading.sheets(tmp_path / "n.xlsx")
        cells = [cell for rows in sheets.values() for row in rows for cell in row]
        said = [
            reading.read(notice_html(notice)).text,
            notice_text(notice),
            notice_speech(notice),
            " ".join([*sheets, *(str(cell) for cell in cells if cell is not None)]),
        ]
        seal = {notice.seal, *(notice.seal[at : at + 4] for at in range(0, 64, 4))}
        for text in said:
            words = [word for word in text.split() if word not in seal]
            assert WORD.findall(" ".join(words)) == [], notice.kind
