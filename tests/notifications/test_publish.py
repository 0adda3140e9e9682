"""What a rehearsal hands out: complete, linked, the same again, and safe to open."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from domain.cards.summary import YearSummary, summary
from domain.community.registry import households_of, versions_of
from domain.kernel.local_time import start_of_day
from domain.ledger.accounts import Line, lines
from domain.ledger.citations import Citations
from domain.store.database import reading as reading_only
from domain.store.database import writing
from domain.store.tables.claims import RefusedRow
from domain.store.tables.people import Household
from notifications.handouts.folder import SUMMARY, shown_heads, write_out
from notifications.handouts.ledger import LEDGER_COLUMNS, ledger_csv, write_ledger_xlsx
from notifications.handouts.summary import Blocking
from notifications.texts.catalogue import LOCALES, load_texts
from tests.notifications import lived_year, reading
from tests.notifications.lived_year import PHONE, YEAR, LivedYear

ZH = load_texts("zh_CN")


def figures_of(village: LivedYear) -> YearSummary:
    return summary(village.session, village.community, YEAR)


def written(village: LivedYear, folder: Path, locale: str = "zh_CN") -> dict[str, bytes]:
    """What is in the folder after writing, but for the times that workbooks keep."""
    paths = write_out(village.session, village.community, YEAR, folder, figures_of(village), locale)
    found = {path for path in folder.rglob("*") if path.is_file()}
    assert set(paths) == found
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_is_there_and_linked(year: LivedYear, tmp_path: Path, locale: str) -> None:
    files = written(year, tmp_path, locale)
    page = reading.read(files[SUMMARY].decode())
    assert {"cards.html", "ledger.csv", "ledger.xlsx", "standings.xlsx"} < set(files)
    for address in page.addresses:
        assert address in files
    notices = [name for name in files if name.startswith("notices/")]
    assert len(notices) == 3 * len(year.notices)
    assert set(notices) <= set(page.addresses)
    assert "cards/H001.html" in files
    for name, content in files.items():
        if name.endswith(".html"):
            reading.read(content.decode())


def test_it_only_reads_on_both_databases(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        community = lived_year.found(session, heads=list(lived_year.names(4)))
        lived_year.run_year(session, community, "fuling-maan-2022", until=3)
    with reading_only(engine) as session:
        figures = summary(session, community, YEAR)
        paths = write_out(session, community, YEAR, tmp_path, figures)
    assert tmp_path / "notices" / "2026-Q1-quarter.html" in paths
    assert tmp_path / "cards" / "H004.html" in paths
    assert all(path.is_file() for path in paths)


def test_the_same_year_gives_the_same_files(maan: LivedYear, tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    one, other = written(maan, first), written(maan, second)
    assert set(one) == set(other)
    for name in one:
        if name.endswith(".xlsx"):
            assert reading.parts(first / name) == reading.parts(second / name)
        else:
            assert one[name] == other[name]
    # And again over what is there: nothing is left behind.
    assert set(written(maan, first)) == set(one)


def test_the_summary_tells_the_year_and_never_who_was_last(year: LivedYear, tmp_path: Path) -> None:
    figures = figures_of(year)
    page = reading.read(written(year, tmp_path)[SUMMARY].decode())
    ranks = [row.rank for row in figures.households if row.rank is not None]
    assert figures.seal[-4:] in page.text
    assert str(figures.claims.accepted) in page.text
    assert PHONE not in page.text
    honoured = {row.household for row in figures.households if row.honours}
    for row in figures.households:
        assert (row.household in page.text) == (row.household in honoured)
    if max(ranks) > 10:
        assert f"第{max(ranks)}名" not in page.text
    for home in year.session.query(Household).filter_by(community_id=year.community.id):
        assert home.head not in page.text


def test_charts_can_be_read_without_eyes_and_without_colour(
    maan: LivedYear, tmp_path: Path
) -> None:
    html = written(maan, tmp_path)[SUMMARY].decode()
    assert html.count('role="img"') == html.count("<desc") == 2
    assert "共24户" in html
    assert "年初" in html


def test_blockers_are_listed_while_the_year_is_open(maan: LivedYear, tmp_path: Path) -> None:
    left = (Blocking("undecided_claims", 3),)
    write_out(maan.session, maan.community, YEAR, tmp_path, figures_of(maan), blockers=left)
    text = reading.read((tmp_path / SUMMARY).read_text("utf-8")).text
    assert "有申报尚未审核（3）" in text
    assert "尚未结算" in text


def test_a_ledger_that_does_not_verify_is_said_aloud(maan: LivedYear, tmp_path: Path) -> None:
    write_out(
        maan.session, maan.community, YEAR, tmp_path, replace(figures_of(maan), ledger_ok=False)
    )
    assert "账本核验没有通过" in (tmp_path / SUMMARY).read_text("utf-8")


def test_refused_rows_are_handed_back(maan: LivedYear, tmp_path: Path) -> None:
    session, community = maan.session, maan.community
    row = RefusedRow(
        community_id=community.id,
        kind="claims",
        file="三月.xlsx",
        row=7,
        ref="C9",
        column="户号",
        value="H999",
        reason="没有这一户",
        content={"编号": "C9", "户号": "=1+1"},
        digest="d",
        refused_at=start_of_day(date(YEAR, 1, 1)),
    )
    with session.begin_nested() as nested:
        session.add(row)
        session.flush()
        files = written(maan, tmp_path)
        nested.rollback()
    assert "refused.xlsx" in files
    cells = str(reading.sheets(tmp_path / "refused.xlsx"))
    assert "没有这一户" in cells
    assert "退回更正的行" in files[SUMMARY].decode()


def test_the_worst_village_is_handed_out_safely(worst: LivedYear, tmp_path: Path) -> None:
    for name, content in written(worst, tmp_path).items():
        if name.endswith(".xlsx"):
            reading.sheets(tmp_path / name)
        elif name.endswith(".html"):
            reading.read(content.decode())


def test_names_are_full_only_where_the_scheme_says_so(maan: LivedYear) -> None:
    heads = shown_heads(maan.session, maan.community, YEAR)
    assert heads["H001"] == "王**"


def line(**fields: Any) -> Line:
    given = {
        "seq": 1,
        "journal": "audit:2026-03",
        "posted_at": start_of_day(date(2026, 4, 6)),
        "period": "2026-03",
        "year": YEAR,
        "household": "H001",
        "member": None,
        "kind": "deduction",
        "item": "N1",
        "ref": "C1",
        "points": -1250,
        "reason": "附件.N1",
    }
    return Line(**{**given, **fields})


def test_the_ledger_as_csv() -> None:
    text = ledger_csv(
        [line(), line(seq=2, household="=1+1", points=5, reason="好\n人,好事", ref="-9")]
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == LEDGER_COLUMNS
    assert rows[0] == {
        "seq": "1",
        "journal": "audit:2026-03",
        "posted_at": "2026-04-06T00:00:00+08:00",
        "period": "2026-03",
        "household": "H001",
        "member": "",
        "kind": "deduction",
        "item": "N1",
        "ref": "C1",
        "points": "-12.5",
        "reason": "附件.N1",
    }
    assert rows[1]["household"] == "'=1+1"
    assert rows[1]["points"] == "0.05"
    assert rows[1]["reason"] == "好\n人,好事"


def test_an_empty_ledger_is_its_header() -> None:
    assert ledger_csv([]) == ",".join(LEDGER_COLUMNS) + "\n"


def test_the_ledger_as_a_workbook_is_for_a_clerk(maan: LivedYear, tmp_path: Path) -> None:
    """The entries of the CSV, in words: no English stands in it but journals' keys."""
    entries = lines(maan.session, maan.community.id)
    heads = {home.code: home.head for home in households_of(maan.session, maan.community)}
    citations = Citations(versions_of(maan.session, maan.community))
    path = tmp_path / "ledger.xlsx"
    write_ledger_xlsx(path, maan.community, entries, heads, citations, ZH)
    title, header, *cells = reading.sheets(path)["积分台账"]
    assert title[0] == "马鞍街道马鞍社区 积分台账"
    heading = "序号 凭证 入账时间 所属期 户号 户主 成员 类别 项目编码 项目 编号 积分 依据"
    assert header == heading.split()
    assert len(cells) == len(entries)
    assert sum(float(row[11]) for row in cells) == sum(each.points for each in entries) / 100
    for row, entry in zip(cells, entries, strict=True):
        assert (row[4], row[5]) == (entry.household, heads[entry.household])
        assert row[7] == ZH.label("kinds", entry.kind)
        assert bool(row[9]) == bool(entry.item)
        assert not re.search("[a-z]{3}", "".join(str(row[at] or "") for at in (3, 7, 9, 12)))


def test_the_standings_name_heads_and_what_can_be_redeemed(maan: LivedYear, tmp_path: Path) -> None:
    write_out(maan.session, maan.community, YEAR, tmp_path, figures_of(maan))
    ((title, header, *rows),) = reading.sheets(tmp_path / "standings.xlsx").values()
    assert title[0] == "马鞍街道马鞍社区 2026年 年度排名（内部资料）"
    assert header == ["名次", "户号", "户主", "年度得分", "积分余额", "可兑换", "荣誉"]
    heads = {home.code: home.head for home in households_of(maan.session, maan.community)}
    assert {row[1]: row[2] for row in rows} == heads
