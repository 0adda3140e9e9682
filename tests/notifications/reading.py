"""Reading what was written, for the tests: pages, workbooks."""

import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl

VOID = {"meta", "br", "col", "line", "rect", "link"}


class PageReader(HTMLParser):
    """Checks that tags are closed in order; keeps tags, addresses, and the text people see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        # A feed is only named; nothing else may be fetched.
        assert tag != "link" or ("rel", "alternate") in attrs
        for name, value in attrs:
            assert not name.startswith("on"), name
            if name in ("href", "src", "action", "srcset"):
                self.addresses.append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.seen.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.seen).split())


def read(html: str) -> PageReader:
    """A page whose tags all close, with no script, no twice used id and nothing from elsewhere."""
    page = PageReader()
    page.feed(html)
    page.close()
    assert page.open == []
    assert not page.tags & {"script", "iframe", "object", "embed", "img", "form", "base"}
    assert len(page.ids) == len(set(page.ids))
    assert not any(":" in address or address.startswith("/") for address in page.addresses)
    return page


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """The cells of a workbook; none of them may be a formula or a link."""
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), (sheet.title, cell.coordinate, cell.value)
                assert cell.hyperlink is None
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def parts(path: Path) -> dict[str, bytes]:
    """What a workbook holds, apart from when it was saved."""
    with zipfile.ZipFile(path) as package:
        return {
            name: package.read(name) for name in package.namelist() if name != "docProps/core.xml"
        }
