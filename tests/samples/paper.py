"""Files as a clerk keeps them: XLSX workbooks and CSV in the encodings that offices use.

The same rows give the same bytes every time: nothing in a file tells when it was written.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

Cell = str | int | float | date | datetime | None
Row = Mapping[str, Cell]

CREATED = datetime(2026, 1, 4, 9, 0)  # noqa: DTZ001 - a workbook knows no zone
FORMATS = {"date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
# Headings as the sheets of the contract name them (INTERFACE.md).
HEADS: dict[str, dict[str, str]] = {
    "households": {
        "household": "户号",
        "head": "户主",
        "group": "组",
        "phone": "电话",
        "registered": "本地户籍",
        "resident_since": "居住起始",
        "members": "参与人数",
        "enrolled_on": "加入日期",
        "consent": "社区同意",
    },
    "members": {"household": "户号", "member": "成员编号", "name": "姓名"},
    "claims": {
        "ref": "编号",
        "household": "户号",
        "item": "项目",
        "occurred_on": "发生日期",
        "place": "地点",
        "reason": "事由",
        "channel": "方式",
        "member": "成员编号",
        "quantity": "次数",
        "score": "评分",
        "matter": "事项",
        "evidence": "依据",
        "submitted_at": "申报时间",
    },
    "decisions": {
        "ref": "编号",
        "reviewer": "评议人",
        "verdict": "结论",
        "note": "说明",
        "decided_at": "时间",
        "stage": "层级",
    },
    "objections": {
        "ref": "编号",
        "household": "户号",
        "about": "申报编号",
        "text": "异议",
        "filed_at": "提出时间",
        "outcome": "结果",
        "decided_by": "处理人",
        "decided_at": "处理时间",
        "note": "说明",
    },
    "redemptions": {
        "ref": "编号",
        "household": "户号",
        "points": "积分",
        "goods": "物品",
        "count": "数量",
        "redeemed_at": "兑换时间",
    },
    "goods": {"goods": "物品", "points": "标价", "stock": "库存", "source": "来源"},
}


@dataclass(frozen=True)
class Paper:
    """One file: its name, the columns it has (code and heading), and its rows.

    A workbook may have a `title` above its header and `notes` on a second sheet. An empty row
    is a blank line.
    """

    name: str
    heads: Mapping[str, str | float]
    rows: Sequence[Row]
    title: str = ""
    notes: tuple[str, ...] = ()
    encoding: str = "utf-8"


@dataclass
class Folder:
    """A rehearsal folder: `community.toml` and the files beside it."""

    toml: str
    papers: list[Paper] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write the folder; what else lies in it from an earlier run is removed."""
        path.mkdir(parents=True, exist_ok=True)
        names = {"community.toml", *(paper.name for paper in self.papers)}
        for left in path.iterdir():
            if left.name not in names:
                left.unlink()
        (path / "community.toml").write_text(self.toml, "utf-8", newline="\n")
        for paper in self.papers:
            (path / paper.name).write_bytes(encoded(paper))


def paper(
    kind: str,
    suffix: str,
    rows: Sequence[Row],
    *,
    without: Sequence[str] = (),
    english: bool = False,
    **options: Any,
) -> Paper:
    """A file of this kind with the contract's columns, but for those that the clerk leaves out."""
    heads: dict[str, str | float] = {
        code: code if english else head for code, head in HEADS[kind].items() if code not in without
    }
    return Paper(f"{kind}{suffix}", heads, rows, **options)


def encoded(paper: Paper) -> bytes:
    """The bytes of a file."""
    return _workbook(paper) if paper.name.endswith(".xlsx") else _csv(paper)


def _csv(paper: Paper) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(paper.heads.values())
    for row in paper.rows:
        writer.writerow([_text(row.get(code)) for code in paper.heads] if row else [])
    return stream.getvalue().encode(paper.encoding)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _workbook(paper: Paper) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": CREATED, "author": "联络员"})
    formats = {name: book.add_format({"num_format": code}) for name, code in FORMATS.items()}
    formats["head"] = book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1})
    formats["title"] = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    page = book.add_worksheet("台账")
    top = 0
    if paper.title:
        page.merge_range(0, 0, 0, len(paper.heads) - 1, paper.title, formats["title"])
        top = 1
    for at, head in enumerate(paper.heads.values()):
        page.write(top, at, head, formats["head"])
        page.set_column(at, at, 12)
    page.freeze_panes(top + 1, 0)
    for line, row in enumerate(paper.rows, top + 1):
        for at, code in enumerate(paper.heads):
            _write(page, line, at, row.get(code), formats)
    if paper.notes:
        notes = book.add_worksheet("填表说明")
        for line, note in enumerate(paper.notes):
            notes.write_string(line, 0, note)
    book.close()
    return stream.getvalue()


def _write(page: Any, line: int, at: int, cell: Cell, formats: dict[str, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        page.write_datetime(line, at, cell, formats["moment"])
    elif isinstance(cell, date):
        page.write_datetime(line, at, cell, formats["date"])
    elif isinstance(cell, str):
        page.write_string(line, at, cell)
    else:
        page.write_number(line, at, cell)
