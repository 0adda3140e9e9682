"""Pages as PDF: the same words, on as many sheets as they need."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from notifications import pdf, typeset
from notifications.notice_files import export_notice
from notifications.notices import notice_html
from notifications.page import read_page
from notifications.pdf import page_pdf
from notifications.texts import LOCALES
from notifications.typeset import NOT_FIRST, NOT_LAST, break_lines, find_fonts
from tests.notifications.village import Village

AT = datetime(2026, 4, 6, 1, tzinfo=UTC)
CHINESE = "各户居民积分公示，。、：；！？）（《》“”分"


def can_print() -> bool:
    try:
        find_fonts()
    except Refused:
        return False
    return importlib.util.find_spec("fpdf") is not None


prints = pytest.mark.skipif(not can_print(), reason="needs fpdf2 and a Chinese font")


def by_width(text: str) -> float:
    """Latin characters are half as wide as Chinese ones."""
    return sum(1 if char < "\u2000" else 2 for char in text)


@given(st.text(CHINESE + "abc 01-.", max_size=80), st.integers(8, 40))
def test_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    broken = break_lines(text, width, by_width)
    assert "".join("".join(broken).split()) == "".join(text.split())
    assert all(by_width(line) <= width for line in broken)


@given(st.text(CHINESE, max_size=80))
def test_punctuation_stands_where_it_may(text: str) -> None:
    # Runs of marks as long as a line leave no choice: keep them shorter than one.
    for mark in NOT_FIRST | NOT_LAST:
        while mark * 2 in text:
            text = text.replace(mark * 2, mark)
    plain = "".join(char if at % 3 else "分" for at, char in enumerate(text))
    lines = break_lines(plain, 24, by_width)
    assert all(line[0] not in NOT_FIRST for line in lines[1:] if line)
    assert all(line[-1] not in NOT_LAST for line in lines[:-1] if line)


def test_a_page_is_read_back_as_it_stands(maan: Village) -> None:
    notice = next(each for each in maan.notices if each.kind == "quarter")
    page = read_page(notice_html(notice))
    kinds = [block.kind for block in page.blocks]
    assert page.language == "zh-CN"
    assert page.paper == "A4"
    assert kinds[:4] == ["title", "plain", "text", "facts"]
    assert kinds[-2:] == ["seal", "signed"]
    assert page.blocks[0].lines == ["马鞍街道马鞍社区", "2026年第一季度积分公示"]
    assert page.blocks[-1].lines == ["马鞍社区", "2026年4月6日"]
    households = next(block for block in page.blocks if block.style == "households")
    assert households.columns == 2
    assert households.rows[0] == ["户号", "户主", "组别", "本季得分", "累计积分"]
    assert len(households.rows) == len(notice.content["households"]) + 1
    assert households.aligned == ["left", "left", "left", "right", "right"]
    seal = "".join(page.blocks[-2].lines[1:3]).replace(" ", "")
    assert seal == notice.seal
    assert page.foot.replace(" ", "").rstrip("…") == notice.seal[:16]


def test_every_page_can_be_read_back(year: Village) -> None:
    for notice in year.notices:
        for locale in LOCALES:
            page = read_page(notice_html(notice, locale))
            assert {"title", "facts", "heading", "seal", "signed"} <= {
                block.kind for block in page.blocks
            }
            assert all(hasattr(pdf._Sheet, f"set_{block.kind}") for block in page.blocks)


@prints
def test_every_kind_of_notice_can_be_printed(maan: Village) -> None:
    by_kind = {notice.kind: notice for notice in maan.notices}
    assert len(by_kind) == 4
    for notice in by_kind.values():
        assert page_pdf(notice_html(notice), AT).startswith(b"%PDF-")


@prints
def test_the_worst_village_fits_its_pages(worst: Village, tmp_path: Path) -> None:
    notice = next(each for each in worst.notices if each.kind == "quarter")
    export_notice(notice, "pdf", tmp_path / "a.pdf")
    export_notice(notice, "pdf", tmp_path / "b.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert content == (tmp_path / "b.pdf").read_bytes()
    assert 2 <= content.count(b"/Type /Page\n") <= 6
    assert b"FontFile" in content


def test_without_a_font_or_the_library_the_way_out_is_named(
    maan: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = notice_html(maan.notices[0])
    with pytest.raises(Refused, match="is not there"):
        page_pdf(html, AT, tmp_path / "none.ttf")
    monkeypatch.setattr(typeset, "SONG", ())
    with pytest.raises(Refused, match="export html and print it"):
        page_pdf(html, AT)
    font = tmp_path / "a.ttf"
    font.touch()
    monkeypatch.setattr(
        importlib, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name))
    )
    with pytest.raises(Refused, match="fpdf2"):
        page_pdf(html, AT, font)
