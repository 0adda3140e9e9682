"""A small file that stands for a huge sheet is refused before it takes time or memory."""

import io
import resource
import time
import zipfile

import pytest

from domain.errors import BadSheet
from domain.workbook import read_book

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


def book(rows: str, after: str = "", prefix: str = "") -> bytes:
    """A workbook with one sheet of this XML."""
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
            f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="a" sheetId="1"'
            ' r:id="r1"/></sheets></workbook>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{REL}/worksheet"'
            ' Target="worksheets/sheet1.xml"/></Relationships>',
        )
        package.writestr(
            "xl/worksheets/sheet1.xml",
            f"<{tag}worksheet {names}><{tag}sheetData>{rows}</{tag}sheetData>{after}"
            f"</{tag}worksheet>",
        )
    return packed.getvalue()


def merged(count: int, last: int) -> str:
    areas = "".join(f'<mergeCell ref="A{n}:A{last}"/>' for n in range(1, count + 1))
    return f'<mergeCells count="{count}">{areas}</mergeCells>'


def plain_rows(count: int) -> str:
    return "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, count + 1))


CORNER = '<row r="1"><c r="A1"><v>1</v></c></row><row r="199999"><c r="GQ199999"><v>1</v></c></row>'
BOMBS = {
    "cells without a reference": book(("<row>" + "<c><v>1</v></c>" * 150 + "</row>") * 100_000),
    "empty cells": book(("<row>" + "<c/>" * 190 + "</row>") * 100_000),
    "one endless row": book("<row>" + "<c><v>1</v></c>" * 300_000 + "</row>"),
    "with a prefix": book(("<x:row>" + "<x:c/>" * 190 + "</x:row>") * 100_000, prefix="x"),
    "a cell in the last corner": book(CORNER),
    "areas on one another": book(plain_rows(20_000), merged(4_000, 20_000)),
}


@pytest.mark.parametrize("kind", list(BOMBS))
def test_it_is_refused_in_no_time(kind: str) -> None:
    assert len(BOMBS[kind]) < 2_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(BadSheet):
        read_book(BOMBS[kind], "a.xlsx")
    assert time.process_time() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB


def test_what_a_large_village_keeps_is_read() -> None:
    cells = "".join(f'<c r="{letter}{{n}}"><v>1</v></c>' for letter in ("A", "B", "Z", "AB", "BA"))
    rows = "".join(f'<row r="{n}">{cells.format(n=n)}</row>' for n in range(1, 5_001))
    [sheet] = read_book(book(rows, merged(3, 5_000)), "a.xlsx").sheets
    assert len(sheet.rows) == 5_000
    [sheet] = read_book(book("<row><c><v>1</v></c><c><v>2</v></c></row>" * 3), "a.xlsx").sheets
    assert sheet.rows == [[1.0, 2.0]] * 3
