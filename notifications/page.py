"""A rendered page read back as blocks (版块): what a PDF of it has to say, in order.

Only the pages of our own templates are read (and an installation's, which extend them): headings,
paragraphs, lists of facts, tables, the seal and the signature.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_SHARE = re.compile(r"width: ([\d.]+)%")
Attributes = list[tuple[str, str | None]]


@dataclass
class Block:
    """A piece of a page.

    `kind` is title, heading, text, plain, facts, table, seal or signed. A table's first row is
    its header; `columns` is how many times it stands side by side, `aligned` where the cells of
    each column stand, `widths` their shares, where the page gives any.
    """

    kind: str
    lines: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    columns: int = 1
    aligned: list[str] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    style: str = ""


@dataclass
class Page:
    """A page: its language, paper, the line at the foot of each sheet, and its blocks."""

    language: str = "zh-CN"
    title: str = ""
    paper: str = "A4"
    foot: str = ""
    blocks: list[Block] = field(default_factory=list)


def read_page(html: str) -> Page:
    """The blocks of a rendered page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    """Keeps the block that is being read, and the text of its last line or cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._columns = 2
        self._side_by_side = 1
        self._in: list[str] = []
        self._block: Block | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        opening = getattr(self, f"_open_{tag}", None)
        if opening is not None:
            opening(given, classes)
        if tag not in ("br", "meta", "col"):
            self._in.append(tag)
        if tag == "br":
            self._end_line()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._in:
            while self._in.pop() != tag:
                pass
        closing = getattr(self, f"_close_{tag}", None)
        if closing is not None:
            closing()

    def handle_data(self, data: str) -> None:
        if "title" in self._in:
            self.page.title += data.strip()
        elif self._block is not None and "style" not in self._in:
            self._text.append(data)

    def _open_html(self, given: dict[str, str | None], classes: list[str]) -> None:
        self.page.language = given.get("lang") or "zh-CN"

    def _open_body(self, given: dict[str, str | None], classes: list[str]) -> None:
        self.page.paper = given.get("data-paper") or "A4"
        self.page.foot = given.get("data-foot") or ""
        self._columns = int(given.get("data-columns") or 1)

    def _open_div(self, given: dict[str, str | None], classes: list[str]) -> None:
        if "blocks" in classes:
            self._side_by_side = {"pair": 2, "one": 1}.get(classes[-1], self._columns)

    def _open_h1(self, given: dict[str, str | None], classes: list[str]) -> None:
        self._start("title")

    def _open_h2(self, given: dict[str, str | None], classes: list[str]) -> None:
        self._start("heading")

    def _open_dl(self, given: dict[str, str | None], classes: list[str]) -> None:
        self._start("facts")

    def _open_section(self, given: dict[str, str | None], classes: list[str]) -> None:
        if "seal" in classes:
            self._start("seal")

    def _open_p(self, given: dict[str, str | None], classes: list[str]) -> None:
        if self._block is not None and self._block.kind == "seal":
            return
        kinds = {"plain", "signed"} & set(classes)
        self._start(kinds.pop() if kinds else "text")

    def _open_table(self, given: dict[str, str | None], classes: list[str]) -> None:
        block = self._start("table")
        block.columns = self._side_by_side
        block.style = classes[0] if classes else ""
        self._side_by_side = 1

    def _open_col(self, given: dict[str, str | None], classes: list[str]) -> None:
        share = _SHARE.search(given.get("style") or "")
        if self._block is not None and share is not None:
            self._block.widths.append(float(share[1]))

    def _open_tr(self, given: dict[str, str | None], classes: list[str]) -> None:
        if self._block is not None:
            self._block.rows.append([])

    def _open_th(self, given: dict[str, str | None], classes: list[str]) -> None:
        self._text.clear()
        if self._block is not None:
            self._block.aligned.append("right" if "number" in classes else "left")

    def _open_td(self, given: dict[str, str | None], classes: list[str]) -> None:
        self._text.clear()

    def _open_dt(self, given: dict[str, str | None], classes: list[str]) -> None:
        self._text.clear()
        if self._block is not None:
            self._block.rows.append([])

    _open_dd = _open_td

    def _start(self, kind: str) -> Block:
        self._end_line()
        self._block = Block(kind)
        self.page.blocks.append(self._block)
        return self._block

    def _end_line(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text and self._block is not None:
            self._block.lines.append(text)

    def _end_cell(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if self._block is not None and self._block.rows:
            self._block.rows[-1].append(text)

    _close_td = _close_th = _close_dt = _close_dd = _end_cell
    _close_span = _close_code = _end_line

    def _close_p(self) -> None:
        self._end_line()
        if self._block is not None and self._block.kind != "seal":
            self._block = None

    def _end_block(self) -> None:
        self._end_line()
        self._block = None

    _close_h1 = _close_h2 = _close_dl = _close_table = _close_section = _end_block
