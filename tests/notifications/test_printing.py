"""What is printed: the words of the page, found by a search, on no more sheets than needed."""

import importlib.util
import re
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from domain.cards.cardbook import card_book
from domain.kernel.errors import Refused
from notifications.board.exports import export_notice
from notifications.board.notice import notice_html
from notifications.handouts.cards import cards_page
from notifications.paper import fonts
from notifications.paper.fonts import font_style
from notifications.paper.pdf_text import _meant, printed_text
from notifications.paper.printing import page_pdf, page_png
from notifications.texts.catalogue import LOCALES, load_texts
from tests.notifications.lived_year import LivedYear

AT = datetime(2026, 4, 6, 1, tzinfo=UTC)
A3_MM, A4_MM = (297, 420), (210, 297)


def can_print() -> bool:
    try:
        font_style()
    except Refused:
        return False
    return importlib.util.find_spec("plutoprint") is not None


prints = pytest.mark.skipif(not can_print(), reason="needs plutoprint and a Chinese font")


def page(body: str, style: str = "") -> str:
    return f"<!doctype html><html lang='zh-CN'><style>{style}</style><body>{body}</body></html>"


def text_of(pdf: bytes) -> str:
    return "".join(each.extract_text() for each in PdfReader(BytesIO(pdf)).pages)


@prints
def test_every_kind_of_notice_is_printed_whole_in_both_languages(year: LivedYear) -> None:
    by_kind = {notice.kind: notice for notice in year.notices}
    for notice in by_kind.values():
        for locale in LOCALES:
            html = notice_html(notice, locale)
            # Refused where a character of the page is missing on the paper.
            assert page_pdf(html, AT).startswith(b"%PDF-")


@prints
def test_cards_are_printed_whole(year: LivedYear, session: Session) -> None:
    cards = card_book(session, year.community, 2026)
    for locale in LOCALES:
        texts = load_texts(locale)
        for some in (cards, cards[:1]):
            found = text_of(page_pdf(cards_page(some, year.community, texts), AT))
            assert all(each.household in found for each in some)


@prints
def test_a_search_finds_what_is_printed(maan: LivedYear) -> None:
    notice = next(each for each in maan.notices if each.kind == "quarter")
    found = text_of(page_pdf(notice_html(notice), AT))
    for word in ("公示", "户号", "各户居民", "审核通过"):
        assert word in found
    for row in notice.content["households"]:
        assert row["household"] in found
    assert all(notice.seal[at : at + 4] in found for at in range(0, len(notice.seal), 4))


@pytest.mark.parametrize(
    ("written", "page_has", "meant"),
    [
        ("⼾", "户", "户"),
        ("⼀", "一", "一"),
        ("⺠", "民", "民"),
        ("⋯", "…", "…"),
        ("⼾", "⼾户", "⼾"),
        ("甲", "乙", "甲"),
    ],
)
def test_a_glyph_is_named_by_the_character_that_the_page_has(
    written: str, page_has: str, meant: str
) -> None:
    assert _meant(written, set(page_has)) == meant


@prints
def test_the_worst_village_fits_its_sheets_and_heads_repeat(
    worst: LivedYear, tmp_path: Path
) -> None:
    notice = next(each for each in worst.notices if each.kind == "quarter")
    export_notice(notice, "pdf", tmp_path / "a.pdf")
    export_notice(notice, "pdf", tmp_path / "b.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert content == (tmp_path / "b.pdf").read_bytes()
    sheets = PdfReader(BytesIO(content)).pages
    assert 2 <= len(sheets) <= 6
    listing = [text for sheet in sheets if re.search(r"H\d+", text := sheet.extract_text())]
    assert len(listing) >= 2
    assert all("户号" in text and "累计积分" in text for text in listing)


@prints
@pytest.mark.parametrize(("paper", "mm"), [("A4", A4_MM), ("A3", A3_MM), (None, A4_MM)])
def test_the_paper_is_chosen(
    maan: LivedYear, tmp_path: Path, paper: str | None, mm: tuple[int, int]
) -> None:
    notice = next(each for each in maan.notices if each.kind == "quarter")
    export_notice(notice, "pdf", tmp_path / "a.pdf", paper=paper)
    box = PdfReader(tmp_path / "a.pdf").pages[0].mediabox
    assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == mm


@prints
def test_type_grows_while_no_more_sheets_are_needed() -> None:
    short = page_pdf(page("<p>" + "公示" * 20 + "</p>"), AT)
    long = page_pdf(page("<p>" + "公示" * 1200 + "</p>"), AT)
    assert len(PdfReader(BytesIO(short)).pages) == 1
    assert max(_type_sizes(short)) > max(_type_sizes(long))


def _type_sizes(pdf: bytes) -> list[float]:
    """The sizes of the type on the first sheet, in pt."""
    sizes: list[float] = []

    def visit(_text: str, _cm: object, matrix: list[float], _font: object, size: float) -> None:
        sizes.append(abs(matrix[0]) * size)

    PdfReader(BytesIO(pdf)).pages[0].extract_text(visitor_text=visit)
    return sizes


@prints
@pytest.mark.parametrize(
    "html",
    [
        page("<p>\U000fffff某</p>"),
        page("<p>公示</p><p>看不见</p>", "p + p { display: none }"),
        page("<div>" + "<p>第一栏</p>" * 200 + "</div>", "div { height: 1cm; overflow: hidden }"),
    ],
    ids=["no glyph", "hidden", "cut off"],
)
def test_what_is_not_printed_is_an_error(html: str) -> None:
    with pytest.raises(Refused, match="would not be printed"):
        page_pdf(html, AT)


@prints
def test_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("topsecret", "utf-8")
    html = page(f"<p>公示</p><img src='{secret.as_uri()}'><link rel='stylesheet' href='{secret}'>")
    assert b"topsecret" not in page_pdf(html, AT)


def test_what_is_for_the_screen_is_not_missed_on_paper() -> None:
    html = page("<nav><a href='x'>返回</a></nav><p>公 示</p>", "p { color: red }")
    assert "".join(printed_text(html).split()) == "公示"


@prints
def test_a_notice_is_a_picture_for_a_group_chat(maan: LivedYear, tmp_path: Path) -> None:
    for notice in maan.notices:
        export_notice(notice, "png", tmp_path / "a.png")
        content = (tmp_path / "a.png").read_bytes()
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20], "big") == 1080
    assert page_png(notice_html(maan.notices[0])) == page_png(notice_html(maan.notices[0]))


def test_without_a_font_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "SONG", ())
    with pytest.raises(Refused, match="export html and print it from a browser"):
        font_style()


def test_without_the_library_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plutoprint", None)
    with pytest.raises(Refused, match="export html, and print it from a browser"):
        page_pdf(page("<p>公示</p>"), AT)


@pytest.mark.e2e
def test_a_command_that_prints_nothing_loads_no_printer() -> None:
    script = (
        "import sys, notifications.board.exports; print({'plutoprint', 'pypdf'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"
