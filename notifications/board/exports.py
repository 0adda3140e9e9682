"""A notice as a file: a page, a PDF for printing, a workbook, a text."""

import os
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason
from domain.sheets.writing import Sheet, write_xlsx
from domain.store.tables.claims import ClaimStatus
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import ObjectionStatus
from notifications.board.notice import (
    discreet,
    household_columns,
    in_order,
    is_averaged,
    notice_html,
    notice_speech,
    notice_text,
    notice_title,
)
from notifications.files import write_bytes, write_text
from notifications.paper.printing import page_pdf, page_png
from notifications.texts.catalogue import DEFAULT_LOCALE, Texts, points_text, texts_in

FORMATS = ("html", "pdf", "png", "xlsx", "txt", "speech")
# What a notice of a kind says in its first sheet, besides what all of them say.
_ABOUT = {
    NoticeKind.CORRECTION: ("objection",),
    NoticeKind.REDEMPTION: (
        "resident_households",
        "redeemed_households",
        "coverage_percent",
        "coverage_needed",
    ),
    "report": ("report", "households", "taking_part", "awareness_needed"),
}


def export_notice(
    notice: Notice,
    form: str,
    path: str | os.PathLike[str],
    language: Texts | str = DEFAULT_LOCALE,
    paper: str | None = None,
) -> None:
    """Write a notice in one of the formats: all of the file or nothing. `paper`: A4 or A3, for
    what is printed."""
    if form == "xlsx":
        notice_xlsx(notice, path, language)
    elif form == "pdf":
        write_bytes(path, page_pdf(notice_html(notice, language, paper), notice.published_at))
    elif form == "png":
        write_bytes(path, page_png(notice_html(notice, language)))
    elif form == "html":
        write_text(path, notice_html(notice, language, paper))
    elif form == "txt":
        write_text(path, notice_text(notice, language))
    elif form == "speech":
        write_text(path, notice_speech(notice, language))
    else:
        raise BadInput(reason("format_unknown", value=form, choices=tuple(FORMATS)))


def notice_xlsx(
    notice: Notice, path: str | os.PathLike[str], language: Texts | str = DEFAULT_LOCALE
) -> None:
    """The notice as a workbook: what it is about, then its tables."""
    write_xlsx(path, notice_sheets(notice, texts_in(language)))


def notice_sheets(notice: Notice, texts: Texts) -> list[Sheet]:
    """The sheets of a notice's workbook; points are numbers, all else is text."""
    content = notice.content
    kind = notice.kind
    sheets = [_about(notice, texts)]
    if kind == NoticeKind.QUARTER:
        names = household_columns(content["households"])
        sheets.append(_sheet("households", names, in_order(content["households"]), texts))
        sheets.append(_sheet("first", _place_columns(content), content["first"], texts))
        if content.get("red_list"):
            sheets.append(_sheet("red_list", ("household", "head"), content["red_list"], texts))
    elif kind == NoticeKind.YEAR:
        rows = [{**row, "honours": " · ".join(row["honours"])} for row in content["honoured"]]
        sheets.append(_sheet("honoured", [*_place_columns(content), "honours"], rows, texts))
        if content.get("corrected"):
            sheets.append(_changes({"changes": content["corrected"]}, texts))
    elif kind == NoticeKind.CORRECTION:
        sheets.append(_changes(content, texts))
    elif kind == NoticeKind.REDEMPTION:
        sheets.append(_sheet("goods", ("goods", "count"), content["goods"], texts))
    if "claims" in content:
        sheets.append(_counts("claims", "status", "statuses", content["claims"], texts))
    if kind == NoticeKind.REPORT:
        sheets.append(_counts("channels", "channel", "channels", content["by_channel"], texts))
        sheets.append(_sheet("goods", ("goods", "count"), content["round"]["goods"], texts))
    return sheets


def _changes(content: dict[str, Any], texts: Texts) -> Sheet:
    """What a correction changed, with the totals before and after it where they are known."""
    totals = content.get("totals")
    if not totals:
        return _sheet("changes", ("household", "head", "points"), content["changes"], texts)
    columns = ("household", "head", "before", "change", "after")
    rows = [
        {**row, **totals[row["household"]], "change": row["points"]} for row in content["changes"]
    ]
    return _sheet("changes", columns, rows, texts)


def _place_columns(content: dict[str, Any]) -> list[str]:
    columns = ["rank", "household", "head", "score"]
    return [*columns, "ranked_by"] if is_averaged(content) else columns


def _sheet(
    name: str, columns: Sequence[str], rows: Iterable[dict[str, Any]], texts: Texts
) -> Sheet:
    header = [texts.label("columns", column) for column in columns]
    return Sheet(
        texts.label("sheets", name),
        header,
        [[_cell(row[column]) for column in columns] for row in rows],
    )


def _counts(name: str, column: str, group: str, counts: dict[str, int], texts: Texts) -> Sheet:
    header = [texts.label("columns", column), texts.label("columns", "count")]
    order = [key for key in ClaimStatus if key in counts] if group == "statuses" else list(counts)
    rows = [[texts.label(group, key), counts[key]] for key in order]
    return Sheet(texts.label("sheets", name), header, rows)


def _about(notice: Notice, texts: Texts) -> Sheet:
    """What the notice is, line by line."""
    content = notice.content
    lines: list[tuple[str, object]] = [
        ("title", notice_title(notice, texts)),
        ("scheme", content["scheme"]),
        ("document", content["document"]),
        ("published_at", texts.date(content["published_at"])),
    ]
    if content["closes_at"]:
        first, last = texts.date(content["published_at"]), texts.last_day(content["closes_at"])
        lines.append(("window", texts.form("range", low=first, high=last)))
    lines += [(name, content[name]) for name in _ABOUT.get(notice.kind, ())]
    lines += _about_kind(notice, texts)
    lines += [("objection_days", content["objection_days"]), ("seal", content["seal"])]
    header = [texts.label("columns", "what"), texts.label("columns", "value")]
    rows = [(texts.label("about", name), _cell(value)) for name, value in lines]
    return Sheet(texts.label("sheets", "about"), header, rows)


def _about_kind(notice: Notice, texts: Texts) -> list[tuple[str, object]]:
    content = notice.content
    if notice.kind == NoticeKind.CORRECTION:
        status = ClaimStatus.APPROVED if content["approved"] else ClaimStatus.ANNULLED
        item = discreet(content)["item"]
        lines: list[tuple[str, object]] = [("item", item)] if item else []
        return [*lines, ("outcome", texts.label("statuses", status))]
    if notice.kind == NoticeKind.REDEMPTION:
        return [("points_redeemed", content["points"])]
    if notice.kind == NoticeKind.REPORT:
        found = content["objections"]
        rounds = content["round"]
        return [
            *((("due", texts.date(content["due"])),) if content["due"] else ()),
            *((f"objections_{name}", found[name]) for name in ObjectionStatus),
            *((name, rounds[name]) for name in _ABOUT[NoticeKind.REDEMPTION]),
            ("points_redeemed", rounds["points"]),
            *_fund(content.get("fund")),
            *_surveyed(content.get("survey")),
        ]
    return []


def _fund(fund: dict[str, Any] | None) -> list[tuple[str, object]]:
    """The community's fund, where it has one."""
    names = ("name", "given", "points", "spent", "left")
    return [(f"fund_{name}", fund[name]) for name in names] if fund else []


def _surveyed(survey: dict[str, Any] | None) -> list[tuple[str, object]]:
    """What a half year's survey found, where there was one."""
    if survey is None:
        return []
    shares = ("aware_percent", "takes_part_percent", "satisfied_percent")
    named = ((name, survey[name]) for name in ("asked", "answered", *shares))
    return [*named, ("survey_seal", survey["seal"])]


def _cell(value: object) -> object:
    """Points as exact decimals, not as floats; texts stay what they are."""
    return Decimal(points_text(value)) if isinstance(value, float) else value
