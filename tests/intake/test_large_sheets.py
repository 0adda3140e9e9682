"""A small file that stands for a huge sheet is refused before it takes time or memory."""

import io
import resource
import time
import zipfile
from collections.abc import Callable

import pytest

from domain.kernel.errors import BadSheet
from domain.sheets.xlsx import read_book
from domain.sheets.xlsx_text import CellTexts, SharedTexts
from tests.selection import drawn

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def book(
    rows: str, after: str = "", prefix: str = "", shared: str | None = None, sheets: int = 1
) -> bytes:
    """A workbook with one sheet of this XML (under several names), and its shared texts."""
    names = f'xmlns{":" + prefix if prefix else ""}="{MAIN}"'
    tag = f"{prefix}:" if prefix else ""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{REL}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
        )
        package.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>'
            + "".join(f'<sheet name="a{n}" sheetId="{n}" r:id="r1"/>' for n in range(1, sheets + 1))
            + "</sheets></workbook>",
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{REL}/worksheet"'
            ' Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>'
            "</Relationships>",
        )
        package.writestr(
            "xl/worksheets/sheet1.xml",
            f"<{tag}worksheet {names}><{tag}sheetData>{rows}</{tag}sheetData>{after}"
            f"</{tag}worksheet>",
        )
        if shared is not None:
            package.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{shared}</sst>')
    return packed.getvalue()


def merged(count: int, last: int) -> str:
    areas = "".join(f'<mergeCell ref="A{n}:A{last}"/>' for n in range(1, count + 1))
    return f'<mergeCells count="{count}">{areas}</mergeCells>'


def plain_rows(count: int) -> str:
    return "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, count + 1))


def shared_cells(count: int, cell: str = '<c r="A{n}" t="s"><v>0</v></c>') -> str:
    return "".join(f'<row r="{n}">{cell.format(n=n)}</row>' for n in range(1, count + 1))


def text(length: int, character: str = "字") -> str:
    return f"<si><t>{character * length}</t></si>"


ODD_CELL = """<c r="A{n}"  t = 's' ><v xml:space="preserve" >0</v ></c>"""
CORNER = '<row r="1"><c r="A1"><v>1</v></c></row><row r="199999"><c r="GQ199999"><v>1</v></c></row>'
# Made when they are asked for: each takes a moment.
BOMBS: dict[str, Callable[[], bytes]] = {
    "cells without a reference": lambda: book(
        ("<row>" + "<c><v>1</v></c>" * 150 + "</row>") * 100_000
    ),
    "empty cells": lambda: book(("<row>" + "<c/>" * 190 + "</row>") * 100_000),
    "one endless row": lambda: book("<row>" + "<c><v>1</v></c>" * 300_000 + "</row>"),
    "with a prefix": lambda: book(("<x:row>" + "<x:c/>" * 190 + "</x:row>") * 100_000, prefix="x"),
    "a cell in the last corner": lambda: book(CORNER),
    "a text beyond a cell, shared": lambda: book(shared_cells(20_000), shared=text(100_000)),
    "a text of ASCII beyond a cell": lambda: book(shared_cells(20_000), shared=text(32_768, "a")),
    "a text in pieces": lambda: book(
        shared_cells(9), shared=f"<si>{f'<r><t>{chr(26446) * 20_000}</t></r>' * 2}</si>"
    ),
    "a text without an end": lambda: book(shared_cells(9), shared="<si><t>" + "a" * 9_000_000),
    "a long text, shared": lambda: book(shared_cells(20_000), shared=text(30_000)),
    "a long text, shared, oddly written": lambda: book(
        shared_cells(20_000, ODD_CELL), shared=text(30_000)
    ),
    "a text of usual length, shared": lambda: book(
        shared_cells(
            199_000, '<c r="A{n}" t="s"><v>1</v></c>' + '<c r="B{n}" t="s"><v>1</v></c>' * 3
        ),
        shared=text(1) + text(900),
    ),
    "texts without number": lambda: book(shared_cells(9), shared="<si/>" * 6_000_000),
    "a long text in a cell": lambda: book(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>' + "字" * 40_000 + "</t></is></c></row>"
    ),
    "texts in cells": lambda: book(
        shared_cells(7_000, '<c r="A{n}" t="inlineStr"><is><t>' + "字" * 20_000 + "</t></is></c>")
    ),
    "a text of a formula": lambda: book(
        '<row r="1"><c r="A1" t="str"><f>A2</f><v>' + "a" * 40_000 + "</v></c></row>"
    ),
    "texts in cells, in sections": lambda: book(
        shared_cells(
            190_000,
            '<c r="A{n}" t="inlineStr"><is><t><![CDATA[' + "a" * 700 + "]]></t></is></c>",
        )
    ),
    "sheets without number": lambda: book(plain_rows(2_000), sheets=2_000),
    "one sheet many times": lambda: book(plain_rows(100_000), sheets=40),
    "areas on one another": lambda: book(plain_rows(20_000), merged(4_000, 20_000)),
}


# One cell far out, however its place is written: calamine would lay out all before it.
FAR = {
    "single quotes": "<row><c r='XFD190000'>",
    "spaces": '<row><c r = "XFD190000">',
    "small letters": '<row><c r="gq190000">',
    "four letters": '<row><c r="AAAA190000">',
    "in the third row": '<row><c r="ZZZZZ3">',
    "zeros before it": '<row><c r="A0000190000"><v>1</v></c><c r="GQ0000190000">',
    "behind a mark": '<row><c x=">" r="GQ190000">',
    "row": '<row r="99000000"><c>',
    "row in single quotes": "<row r='99000000'><c>",
    "cell in single quotes": "<row><c r='A99000000'>",
    "cut by a piece's end": "<row><c" + " " * (4 * 1024 * 1024 - 200) + "r='XFD190000'>",
}


@pytest.mark.parametrize("kind", list(FAR))
def test_a_cell_far_out_is_refused_however_it_is_written(kind: str) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row>{FAR[kind]}<v>1</v></c></row>'
    with pytest.raises(BadSheet):
        read_book(book(rows), "a.xlsx")


@pytest.mark.parametrize("kind", drawn(BOMBS, 8))
def test_it_is_refused_in_no_time(kind: str) -> None:
    bomb = BOMBS[kind]()
    assert len(bomb) < 2_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(BadSheet):
        read_book(bomb, "a.xlsx")
    assert time.process_time() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB


def test_what_a_large_village_keeps_is_read() -> None:
    cells = "".join(f'<c r="{letter}{{n}}"><v>1</v></c>' for letter in ("A", "B", "Z", "AB", "BA"))
    rows = "".join(f'<row r="{n}">{cells.format(n=n)}</row>' for n in range(1, 5_001))
    [sheet] = read_book(book(rows, merged(3, 5_000)), "a.xlsx").sheets
    assert len(sheet.rows) == 5_000
    [sheet] = read_book(book("<row><c><v>1</v></c><c><v>2</v></c></row>" * 3), "a.xlsx").sheets
    assert sheet.rows == [[1.0, 2.0]] * 3


def test_long_texts_are_read_within_bounds() -> None:
    rows = shared_cells(3_000, '<c r="A{n}" t="s"><v>1</v></c><c r="B{n}" t="s"><v>0</v></c>')
    [sheet] = read_book(book(rows, shared=text(32_767, "a") + text(30)), "a.xlsx").sheets
    assert sheet.rows[2_999] == ["字" * 30, "a" * 32_767]
    inline = '<c r="A1" t="inlineStr"><is><t>' + "&amp;" * 32_767 + "</t></is></c>"
    [sheet] = read_book(book(f'<row r="1">{inline}</row>'), "a.xlsx").sheets
    assert sheet.rows == [["&" * 32_767]]


def test_few_long_texts_among_many_short_ones_are_read() -> None:
    """Guessed from above it is too much, and counted it is not."""
    cell = '<c r="A{n}" t="s"><v>1</v></c><c r="B{n}" t="s"><v>1</v></c>'
    rows = shared_cells(20_000, cell) + '<row r="20001"><c r="A20001" t="s"><v>0</v></c></row>'
    [sheet] = read_book(book(rows, shared=text(30_000) + text(9)), "a.xlsx").sheets
    assert len(sheet.rows) == 20_001


def test_the_head_of_the_shared_texts_is_no_text() -> None:
    """Taken for the longest one, it would make each large sheet look too large."""
    texts = SharedTexts()
    texts.look(b'<?xml version="1.0"?><sst xmlns="' + MAIN.encode() + b'"><si><t>a</t></si>')
    texts.look(b"<si><t>bc</t></si></sst>")
    assert texts.sizes == [len("<si><t>a</t>"), len("<si><t>bc</t>")]


def test_what_a_large_village_keeps_needs_no_closer_look() -> None:
    texts = SharedTexts()
    texts.look(b"<sst><si><t>" + "参加村庄清洁行动，清理房前屋后".encode() + b"</t></si>")
    cells = CellTexts(texts)
    for _ in range(100):
        cells.look(b'<c r="A104" t="s"><v>2104</v></c>' * 10_000)
    assert not cells.may_be_too_much


def test_as_many_sheets_as_a_village_has_households_are_said() -> None:
    with pytest.raises(BadSheet, match="101"):
        read_book(book(plain_rows(1), sheets=101), "a.xlsx")
