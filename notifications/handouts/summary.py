"""The year's summary page (年度概况): what happened, who was honoured, and where everything is.

It names only those with an honour, masked as on the notices; nobody is shown as last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.cards.summary import YearSummary
from domain.kernel.documents import document
from domain.kernel.period import Period
from domain.kernel.points import format_points, json_points
from domain.standing.table import HouseholdStanding
from domain.store.tables.people import Community
from notifications.handouts.chart import distribution, points_by_month
from notifications.texts.catalogue import Texts


@dataclass(frozen=True)
class File:
    """A file to go to: its address relative to the page, and how it is called."""

    href: str
    name: str


@dataclass(frozen=True)
class Blocking:
    """What keeps a year from being settled, and how many of it there are."""

    what: str
    count: int


@dataclass(frozen=True)
class Listed:
    """What the page shows beside the figures of `domain.cards.summary.summary`.

    `heads`     names as they may be shown, by household
    `months`    points by the period of their journals (`domain.cards.summary.score_by_month`)
    `blockers`  what keeps the year from being settled, and how many
    `notices`   titles and files; `files` the other files by what they are (catalogue: `files`)
    """

    heads: dict[str, str]
    months: Sequence[tuple[str, int]] = ()
    blockers: Sequence[Blocking] = ()
    notices: Sequence[tuple[str, Sequence[File]]] = ()
    files: Sequence[tuple[str, Sequence[File]]] = field(default_factory=tuple)


def summary_html(figures: YearSummary, community: Community, listed: Listed, texts: Texts) -> str:
    """The page, from the figures of `domain.cards.summary.summary`; it needs no other file."""
    year = figures.year
    ranked = [row for row in figures.households if row.rank is not None]
    scores = [row.score for row in ranked]
    return texts.render(
        "summary.html",
        community=community,
        year=year,
        households=len(ranked),
        claims=document(figures.claims),
        journals=figures.journals,
        reminders=figures.reminders,
        seal=figures.seal,
        ledger_ok=figures.ledger_ok,
        scores=distribution(scores),
        lowest=format_points(min(scores, default=0)),
        highest=format_points(max(scores, default=0)),
        months=points_by_month(_months(listed.months, year, texts)),
        honours=_honours(ranked, listed.heads),
        blockers=listed.blockers,
        notices=[{"title": title, "files": files} for title, files in listed.notices],
        files=[{"what": what, "files": files} for what, files in listed.files],
    )


def _honours(rows: Sequence[HouseholdStanding], heads: dict[str, str]) -> list[dict[str, object]]:
    """Those honoured, by honour in the order of their places."""
    found: dict[str, list[dict[str, object]]] = {}
    for row in sorted(rows, key=lambda row: (row.rank or 0, row.household)):
        for honour in row.honours:
            place = {"rank": row.rank, "household": row.household, "score": json_points(row.score)}
            found.setdefault(honour, []).append({**place, "head": heads[row.household]})
    return [{"name": name, "places": places} for name, places in found.items()]


def _months(sums: Sequence[tuple[str, int]], year: int, texts: Texts) -> list[tuple[str, int]]:
    """A bar for the opening, each month, and what was still posted after the year."""
    if not sums:
        return []
    opening, months, after = 0, [0] * 12, 0
    for text, points in sums:
        period = Period.parse(text)
        if period.year > year:
            after += points
        elif period.kind == "year":
            opening += points
        else:
            months[period.start.month - 1] += points
    bars = list(zip(texts.catalogue["months"], months, strict=True))
    first = [(texts.label("chart", "opening"), opening)] if opening else []
    last = [(texts.label("chart", "after"), after)] if after else []
    return [*first, *bars, *last]
