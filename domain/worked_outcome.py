"""What came of a worked year, compared with what its case says: each difference a sentence."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.claims import find_claim
from domain.clock import local_date
from domain.community import find_household, versions_of
from domain.ledger.accounts import lines, totals
from domain.notices import notices_of
from domain.plan import Step, plan
from domain.points import format_points
from domain.rules.casebook import NoticeExpected, YearCase
from domain.store.tables.notices import Notice
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import Standing


@dataclass
class Course:
    """A year as it goes: what was refused, and which steps wait for people, with what they said."""

    session: Session
    community: Community
    case: YearCase
    refused: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    waiting: list[Step] = field(default_factory=list)


def name_of(step: Step) -> str:
    """`audit close 2026-03`, as a case names it."""
    return f"{step.process} {step.step} {step.period}"


def compare(course: Course) -> Iterator[str]:
    """Each thing that the case says, and that came otherwise."""
    session, community, expected = course.session, course.community, course.case.expected
    steps = plan(versions_of(session, community), course.case.year)
    due = {name_of(step): local_date(step.due_at - timedelta(seconds=1)) for step in steps}
    yield from _unlike("is due on", expected.due, due.get)

    def status(ref: str) -> str:
        return find_claim(session, community, ref).status

    yield from _unlike("is", expected.claims, status)
    yield from _unlike(
        "is registered in", expected.registered,
        lambda ref: find_claim(session, community, ref).registered,
    )  # fmt: skip
    earned: dict[str, int] = {}
    for line in lines(session, community.id):
        if line.ref is not None and line.kind != "redemption":
            earned[line.ref] = earned.get(line.ref, 0) + line.points
    yield from _unlike("has earned", expected.earned, lambda ref: earned.get(ref, 0), format_points)
    yield from _accounts(course)
    yield from _standing(course)
    yield from _unsaid("is refused", expected.refused, course.refused)
    yield from _unsaid("is blocked", expected.blocked, course.blocked)
    notices = {f"{notice.kind} {notice.key}": notice for notice in notices_of(session, community)}
    for name, wanted in expected.notices.items():
        if name in notices:
            yield from _notice(name, notices[name], wanted)
        else:
            yield f"there is no notice “{name}”, only {', '.join(notices) or 'none'}"


def _accounts(course: Course) -> Iterator[str]:
    """Scores and balances of the year's account, and balances of the next year's."""
    expected, year = course.case.expected, course.case.year
    this, following = _totals(course, year), _totals(course, year + 1)
    yield from _unlike("scores", expected.scores, lambda home: this(home)[0], format_points)
    yield from _unlike(
        "has a balance of", expected.balances, lambda home: this(home)[1], format_points
    )
    yield from _unlike(
        f"has a balance in {year + 1} of", expected.next_balances,
        lambda home: following(home)[1], format_points,
    )  # fmt: skip


def _totals(course: Course, year: int) -> Callable[[str], tuple[int, int]]:
    """A household's score and balance in a year's account."""
    session, community = course.session, course.community
    sums = {
        row["household"]: (int(row["score"]), int(row["balance"]))
        for row in totals(session, [community.id], year=year).rows(named=True)
    }
    return lambda home: sums.get(find_household(session, community, home).id, (0, 0))


def _standing(course: Course) -> Iterator[str]:
    """Ranks, honours and the support list, as they were settled."""
    session, expected = course.session, course.case.expected
    query = select(Household.code, Standing).join(Standing, Standing.household_id == Household.id)
    rows = dict(session.execute(query.where(Standing.year == course.case.year)).tuples().all())
    if not rows and (expected.ranks or expected.honours or expected.support):
        yield "the year is not settled: " + "; ".join(course.blocked.values())
        return
    yield from _unlike("ranks", expected.ranks, lambda home: rows[home].rank)
    yield from _unlike(
        "ranks by", expected.averages, lambda home: rows[home].ranked_by, format_points
    )
    yield from _unlike(
        "is honoured as", {home: list(names) for home, names in expected.honours.items()},
        lambda home: [name for name in rows[home].honours.split(",") if name],
    )  # fmt: skip
    if expected.support is not None:
        supported = sorted(home for home, row in rows.items() if row.support)
        if supported != sorted(expected.support):
            yield f"to be helped are {supported}, the case says {sorted(expected.support)}"


def _notice(name: str, notice: Notice, wanted: NoticeExpected) -> Iterator[str]:
    published = local_date(notice.published_at)
    if published != wanted.published:
        yield f"{name} is published on {published}, the case says {wanted.published}"
    closes = notice.closes_at and local_date(notice.closes_at - timedelta(seconds=1))
    if wanted.closes is not None and closes != wanted.closes:
        yield f"{name} is open until {closes}, the case says {wanted.closes}"
    content = json.dumps(notice.content, ensure_ascii=False)
    yield from (f"{name} does not say “{word}”" for word in wanted.says if word not in content)
    yield from (f"{name} says “{word}”" for word in wanted.never if word in content)


def _unlike(
    verb: str,
    said: dict[str, Any],
    found: Callable[[str], Any],
    shown: Callable[[Any], str] = str,
) -> Iterator[str]:
    for name, value in said.items():
        came = found(name)
        if came != value:
            yield f"{name} {verb} {shown(came)}, the case says {shown(value)}"


def _unsaid(verb: str, said: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    for name, words in said.items():
        if words not in found.get(name, ""):
            yield f"{name} {verb} with “{found.get(name, '')}”, the case says “{words}”"
