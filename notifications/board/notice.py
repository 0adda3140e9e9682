"""Published notices (公示) as people meet them: a page, or a text to be read aloud.

Everything shown is in the notice's own content, which was masked when it was published; nothing
is looked up again, so that a notice looks the same whenever it is printed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from domain.kernel.masking import masked_name
from domain.kernel.widths import width_of
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.people import WebList
from notifications.texts.catalogue import DEFAULT_LOCALE, Texts, points_text, texts_in
from notifications.texts.speech import text_aloud

# With more households than this, the list is printed on A3 for the village board.
A4_HOUSEHOLDS_MAX = 120
# How many households stand beside each other in a row of the list.
BESIDE = {"A4": 2, "A3": 3}
# Shares of the list's columns, in half characters: room for the heading, and an end to all things.
# Of letters and digits, four may take five columns.
_NARROW = 1.25
_SHARES_MIN, _SHARE_MAX = (
    {
        "household": 6,
        "head": 6,
        "area": 6,
        "gained": 8,
        "corrected": 8,
        "score": 8,
        "ranked_by": 8,
    },
    26,
)
_RUNS = re.compile(r"\d+|\D+")


@dataclass(frozen=True)
class Link:
    """Where a page leads to: an address relative to it, and what stands there."""

    href: str
    title: str


@dataclass(frozen=True)
class Links:
    """What a notice's page on the web leads to: the list of notices, those that it corrects, and
    its text for the loudspeaker, which stands on the page as well (`title`)."""

    index: str
    corrects: Sequence[Link]
    speech: Link


def notice_html(
    notice: Notice, language: Texts | str = DEFAULT_LOCALE, paper: str | None = None
) -> str:
    """The notice as one page that needs no other file, laid out for screens and for print.

    `paper` is A4 or A3; where none is chosen, a long list is laid out for A3.
    """
    facts = _facts(notice, notice.content, paper)
    return texts_in(language).render(f"notice/{notice.kind}.html", links=None, **facts)


def public_html(notice: Notice, texts: Texts, links: Links, web_list: WebList) -> str:
    """The page for the public folder, which shows less than the board (`web_content`)."""
    facts = _facts(notice, web_content(notice.content, web_list))
    return texts.render(f"notice/{notice.kind}.html", links=links, **facts)


def notice_text(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The whole notice in short sentences, to be read out or sent on."""
    texts = texts_in(language)
    return texts.render(f"notice/{notice.kind}.txt", **_facts(notice, notice.content))


def notice_speech(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The notice for the village loudspeaker (大喇叭): within a minute, every number in words."""
    texts = texts_in(language)
    facts = _facts(notice, with_masked_names(notice.content))
    text = texts.render(f"notice/{notice.kind}.speech.txt", **facts)
    return text_aloud(text) if texts.locale == "zh_CN" else text


def notice_title(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The notice's title on one line."""
    return notice_text(notice, language).split("\n", 1)[0]


def headline(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """What a notice is called among others of its community: 2026年第一季度积分公示."""
    texts = texts_in(language)
    content = notice.content
    return texts.filled(
        "headlines",
        notice.kind,
        period=texts.period(content["period"]),
        objection=content.get("objection", ""),
        report=content.get("report", ""),
    )


def listed_title(notice: Notice, language: Texts | str = DEFAULT_LOCALE) -> str:
    """The same with the day of its publication, as a list shows it."""
    texts = texts_in(language)
    return texts.form("listed", title=headline(notice, texts), date=texts.date(notice.published_at))


def discreet(content: dict[str, Any]) -> dict[str, Any]:
    """A notice's content without the name of an item that takes points: the household beside it
    would stand accused. Earlier releases kept such names; what the correction did tells them."""
    if not content.get("item"):
        return content
    change = sum(row["points"] for row in content["changes"])
    gives = change > 0 if content["approved"] else change < 0
    return content if gives else {**content, "item": ""}


def with_masked_names(content: dict[str, Any]) -> dict[str, Any]:
    """A notice's content for a wider public than the village board's: every name masked, also
    where the scheme shows whole names with its honours."""
    return {
        name: [
            {**row, "head": masked_name(row["head"])}
            if isinstance(row, dict) and "head" in row
            else row
            for row in value
        ]
        if isinstance(value, list)
        else value
        for name, value in content.items()
    }


def web_content(content: dict[str, Any], web_list: WebList) -> dict[str, Any]:
    """A notice's content for the web, where anybody reads it for years.

    Every name is masked and no group is shown: with it most names would be one household's alone.
    Unless the community shows the `full` list, households keep their points to themselves but for
    first places, and no household's number is shown, which is the same in every notice.
    """
    shown = with_masked_names(content)
    households = shown.get("households")
    listed = households if isinstance(households, list) else []
    if web_list == WebList.FULL:
        if listed:
            shown["households"] = [{**row, "area": ""} for row in listed]
        return shown
    if listed:
        shown |= {"households": [], "unlisted": len(listed)}
    if "changes" in shown:
        shown["totals"] = {}
    return {
        name: [_without_number(row) for row in value] if isinstance(value, list) else value
        for name, value in shown.items()
    }


def _without_number(row: Any) -> Any:
    return {**row, "household": ""} if isinstance(row, dict) and "household" in row else row


def _facts(notice: Notice, content: dict[str, Any], paper: str | None = None) -> dict[str, Any]:
    content = discreet(content)
    rows = content.get("households", []) if notice.kind == NoticeKind.QUARTER else []
    columns = household_columns(rows)
    paper = paper or ("A3" if len(rows) > A4_HOUSEHOLDS_MAX else "A4")
    if rows:
        content = {**content, "households": in_order(rows)}
    return {
        "content": content,
        "claims_total": sum(content.get("claims", {}).values()),
        "averaged": is_averaged(content),
        "columns": columns,
        "widths": _widths(rows, columns),
        "paper": paper,
        "beside": BESIDE[paper],
    }


def in_order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Households by number as people count: H2 before H10."""
    return sorted(rows, key=lambda row: by_number(row["household"]))


def by_number(code: str) -> tuple[list[tuple[int, str]], str]:
    """A key that sorts households as people count: H2 before H10."""
    return _counted(code), code


def _counted(code: str) -> list[tuple[int, str]]:
    parts = _RUNS.findall(code)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def household_columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The columns of the list of households: groups only where the community has any, corrections
    where there were some, averages where they rank."""
    areas = ["area"] if any(row.get("area") for row in rows) else []
    averages = ["ranked_by"] if any("ranked_by" in row for row in rows) else []
    corrections = ["corrected"] if any("corrected" in row for row in rows) else []
    return ["household", "head", *areas, "gained", *corrections, "score", *averages]


def _widths(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[int]:
    """The columns' shares of the width, by the longest that stands in each."""

    def share(column: str) -> int:
        longest = max((_width(row[column]) for row in rows), default=0)
        return min(max(longest + 2, _SHARES_MIN[column]), _SHARE_MAX)

    return [share(column) for column in columns]


def _width(value: object) -> int:
    text = points_text(value) if isinstance(value, int | float) else str(value)
    return ceil(width_of(text, _NARROW))


def is_averaged(content: dict[str, Any]) -> bool:
    """Whether something other than the score ranks (宁河: the average per member)."""
    # A quarter's notice has it by household where it ranks; older ones, and years, tell by a place.
    listed = content["households"] if "first" in content else []
    places = [*content.get("first", []), *content.get("honoured", [])]
    return any("ranked_by" in row for row in listed) or any(
        row["ranked_by"] != row["score"] for row in places
    )
