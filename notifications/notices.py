"""Published notices (公示) as people meet them: a page, a sheet, a text to be read aloud.

Everything shown is in the notice's own content, which was masked when it was published; nothing
is looked up again, so that a notice looks the same whenever it is printed.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from domain.errors import BadInput
from domain.publicity import masked
from domain.spreadsheet_writing import Sheet, write_xlsx
from domain.store.tables.notices import Notice
from notifications.files import write_bytes, write_text
from notifications.pdf import page_pdf
from notifications.speech import text_aloud
from notifications.texts import DEFAULT_LOCALE, Texts, points_text, texts_in

FORMATS = ("html", "pdf", "xlsx", "txt", "speech")
KINDS = ("quarter", "year", "correction", "redemption", "report")
# With more households than this, the list is printed on A3 for the village board.
A4_HOUSEHOLDS_MAX = 120
# Shares of the list's columns, in half characters: room for the heading, and an end to all things.
_SHARES_MIN, _SHARE_MAX = {"household": 6, "head": 6, "area": 6, "gained": 8, "score": 8}, 26
_RUNS = re.compile(r"\d+|\D+")
STATUSES = ("approved", "rejected", "pending", "annulled")
# What a notice of a kind says in its first sheet, besides what all of them say.
_ABOUT = {
    "correction": ("objection", "item"),
    "redemption": (
        "resident_households", "redeemed_households", "coverage_percent", "coverage_needed",
    ),
    "report": ("report", "households", "taking_part", "awareness_needed"),
}  # fmt: skip


@dataclass(frozen=True)
class Link:
    """Where a page leads to: an address relative to it, and what stands there."""

    href: str
    title: str


def notice_html(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The notice as one page that needs no other file, laid out for screens and for print."""
    facts = _facts(notice, notice.content)
    return texts_in(language).render(f"notice/{_kind(notice)}.html", links=None, **facts)


def public_html(notice: Notice, texts: Texts, index: str, corrects: Sequence[Link]) -> str:
    """The page for the public folder: every name masked, with links to the list of notices and
    to those that it corrects."""
    facts = _facts(notice, with_masked_names(notice.content))
    links = {"index": index, "corrects": corrects}
    return texts.render(f"notice/{_kind(notice)}.html", links=links, **facts)


def notice_text(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The whole notice in short sentences, to be read out or sent on."""
    texts = texts_in(language)
    return texts.render(f"notice/{_kind(notice)}.txt", **_facts(notice, notice.content))


def notice_speech(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The notice for the village loudspeaker (大喇叭): within a minute, every number in words."""
    texts = texts_in(language)
    facts = _facts(notice, with_masked_names(notice.content))
    text = texts.render(f"notice/{_kind(notice)}.speech.txt", **facts)
    return text_aloud(text) if texts.locale == "zh_CN" else text


def notice_xlsx(
    notice: Notice, path: str | os.PathLike[str], language: Texts | str = DEFAULT_LOCALE
) -> None:
    """The notice as a workbook: what it is about, then its tables."""
    write_xlsx(path, notice_sheets(notice, texts_in(language)))


def notice_title(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The notice's title on one line."""
    return notice_text(notice, language).split("\n", 1)[0]


def headline(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """What a notice is called among others of its community: 2026年第一季度积分公示."""
    texts = texts_in(language)
    content = notice.content
    return texts.filled(
        "headlines", _kind(notice), period=texts.period(content["period"]),
        objection=content.get("objection", ""), report=content.get("report", ""),
    )  # fmt: skip


def listed_title(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The same with the day of its publication, as a list shows it."""
    texts = texts_in(language)
    return texts.form("listed", title=headline(notice, texts), date=texts.date(notice.published_at))


def export_notice(
    notice: Notice,
    form: str,
    path: str | os.PathLike[str],
    language: Texts | str = DEFAULT_LOCALE,
) -> None:
    """Write a notice in one of the formats: all of the file or nothing."""
    if form == "xlsx":
        notice_xlsx(notice, path, language)
    elif form == "pdf":
        write_bytes(path, page_pdf(notice_html(notice, language), notice.published_at))
    elif form == "html":
        write_text(path, notice_html(notice, language))
    elif form == "txt":
        write_text(path, notice_text(notice, language))
    elif form == "speech":
        write_text(path, notice_speech(notice, language))
    else:
        raise BadInput(f"“{form}” is not a format: choose from {', '.join(FORMATS)}")


def with_masked_names(content: dict[str, Any]) -> dict[str, Any]:
    """A notice's content for a wider public than the village board's: every name masked, also
    where the scheme shows whole names with its honours."""
    return {
        name: [
            {**row, "head": masked(row["head"])} if isinstance(row, dict) and "head" in row else row
            for row in value
        ]
        if isinstance(value, list)
        else value
        for name, value in content.items()
    }


def _kind(notice: Notice) -> str:
    if notice.kind not in KINDS:
        raise BadInput(f"there is no page for a notice of the kind “{notice.kind}”")
    return notice.kind


def _facts(notice: Notice, content: dict[str, Any]) -> dict[str, Any]:
    rows = content.get("households", []) if notice.kind == "quarter" else []
    areas = any(row.get("area") for row in rows)
    large = len(rows) > A4_HOUSEHOLDS_MAX
    if rows:
        content = {**content, "households": in_order(rows)}
    return {
        "content": content,
        "claims_total": sum(content.get("claims", {}).values()),
        "averaged": _averaged(content),
        "columns": household_columns(areas),
        "widths": _widths(rows, household_columns(areas)),
        "paper": "A3" if large else "A4",
        "blocks": 3 if large else 2,
    }


def in_order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Households by number as people count: H2 before H10."""
    return sorted(rows, key=lambda row: (_counted(row["household"]), row["household"]))


def _counted(code: str) -> list[tuple[int, str]]:
    parts = _RUNS.findall(code)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def household_columns(areas: bool) -> list[str]:
    """The columns of the list of households; groups only where the community has any."""
    return ["household", "head", *(["area"] if areas else []), "gained", "score"]


def _widths(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[int]:
    """The columns' shares of the width, by the longest that stands in each."""

    def share(column: str) -> int:
        longest = max((_width(row[column]) for row in rows), default=0)
        return min(max(longest + 2, _SHARES_MIN[column]), _SHARE_MAX)

    return [share(column) for column in columns]


def _width(value: object) -> int:
    """A Chinese character takes two places; of others four may take five."""
    text = points_text(value) if isinstance(value, int | float) else str(value)
    return ceil(sum(2 if character >= "\u1100" else 1.25 for character in text))


def _averaged(content: dict[str, Any]) -> bool:
    """Whether something other than the score ranks (宁河: the average per member)."""
    rows = [*content.get("first", []), *content.get("honoured", [])]
    return any(row["ranked_by"] != row["score"] for row in rows)


def notice_sheets(notice: Notice, texts: Texts) -> list[Sheet]:
    """The sheets of a notice's workbook; points are numbers, all else is text."""
    content = notice.content
    kind = _kind(notice)
    sheets = [_about(notice, texts)]
    if kind == "quarter":
        areas = any(row.get("area") for row in content["households"])
        names = household_columns(areas)
        sheets.append(_sheet("households", names, in_order(content["households"]), texts))
        sheets.append(_sheet("first", _place_columns(content), content["first"], texts))
    elif kind == "year":
        rows = [{**row, "honours": " · ".join(row["honours"])} for row in content["honoured"]]
        sheets.append(_sheet("honoured", [*_place_columns(content), "honours"], rows, texts))
    elif kind == "correction":
        sheets.append(_sheet("changes", ("household", "head", "points"), content["changes"], texts))
    elif kind == "redemption":
        sheets.append(_sheet("goods", ("goods", "count"), content["goods"], texts))
    if "claims" in content:
        sheets.append(_counts("claims", "status", "statuses", content["claims"], texts))
    if kind == "report":
        sheets.append(_counts("channels", "channel", "channels", content["by_channel"], texts))
        sheets.append(_sheet("goods", ("goods", "count"), content["round"]["goods"], texts))
    return sheets


def _place_columns(content: dict[str, Any]) -> list[str]:
    columns = ["rank", "household", "head", "score"]
    return [*columns, "ranked_by"] if _averaged(content) else columns


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
    order = [key for key in STATUSES if key in counts] if group == "statuses" else list(counts)
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
    if notice.kind == "correction":
        status = "approved" if content["approved"] else "annulled"
        return [("outcome", texts.label("statuses", status))]
    if notice.kind == "redemption":
        return [("points_redeemed", content["points"])]
    if notice.kind == "report":
        found = content["objections"]
        rounds = content["round"]
        return [
            ("due", texts.date(content["due"])),
            *((f"objections_{name}", found[name]) for name in ("open", "upheld", "dismissed")),
            *((name, rounds[name]) for name in _ABOUT["redemption"]),
            ("points_redeemed", rounds["points"]),
        ]
    return []


def _cell(value: object) -> object:
    """Points as exact decimals, not as floats; texts stay what they are."""
    return Decimal(points_text(value)) if isinstance(value, float) else value
