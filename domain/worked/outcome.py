"""What came of a worked year, compared with what its case says: each difference a sentence."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.registry import find_household, versions_of
from domain.cycle.plan import Step, plan
from domain.kernel.local_time import local_date
from domain.kernel.points import format_points
from domain.kernel.reasons import Reason, reason
from domain.kernel.sentences import LANGUAGES
from domain.ledger.accounts import lines, totals
from domain.notices.notice import notices_of
from domain.review.claims import find_claim
from domain.rules.casebook import NoticeExpected, YearCase
from domain.store.tables.ledger import EntryKind
from domain.store.tables.notices import Notice
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import FinalPlace


@dataclass
class Course:
    """A year as it goes: what was refused, and which steps wait for people, with what they said."""

    session: Session
    community: Community
    case: YearCase
    refused: dict[str, Reason] = field(default_factory=dict)
    blocked: dict[str, Reason] = field(default_factory=dict)
    waiting: list[Step] = field(default_factory=list)


def name_of(step: Step) -> str:
    """`audit close 2026-03`, as a case names it."""
    return f"{step.process} {step.step} {step.period}"


def compare(course: Course) -> Iterator[Reason]:
    """Each thing that the case says, and that came otherwise."""
    session, community, expected = course.session, course.community, course.case.expected
    steps = plan(versions_of(session, community), course.case.year)
    due = {name_of(step): local_date(step.due_at - timedelta(seconds=1)) for step in steps}
    yield from _unlike("worked_due", expected.due, due.get)

    def status(ref: str) -> str:
        return find_claim(session, community, ref).status

    yield from _unlike("worked_status", expected.claims, status)
    yield from _unlike(
        "worked_registered",
        expected.registered,
        lambda ref: find_claim(session, community, ref).registered,
    )
    earned: dict[str, int] = {}
    for line in lines(session, community.id):
        if line.ref is not None and line.kind != EntryKind.REDEMPTION:
            earned[line.ref] = earned.get(line.ref, 0) + line.points
    yield from _unlike(
        "worked_earned", expected.earned, lambda ref: earned.get(ref, 0), format_points
    )
    yield from _accounts(course)
    yield from _standing(course)
    yield from _unsaid("worked_refused", expected.refused, course.refused)
    yield from _unsaid("worked_blocked", expected.blocked, course.blocked)
    notices = {f"{notice.kind} {notice.key}": notice for notice in notices_of(session, community)}
    for name, wanted in expected.notices.items():
        if name in notices:
            yield from _notice(name, notices[name], wanted)
        else:
            others = tuple(notices) or reason("no_others")
            yield reason("worked_no_notice", name=name, others=others)


def _accounts(course: Course) -> Iterator[Reason]:
    """Scores and balances of the year's account, and balances of the next year's."""
    expected, year = course.case.expected, course.case.year
    this, following = _totals(course, year), _totals(course, year + 1)
    yield from _unlike("worked_score", expected.scores, lambda home: this(home)[0], format_points)
    yield from _unlike(
        "worked_balance", expected.balances, lambda home: this(home)[1], format_points
    )
    yield from _unlike(
        "worked_next_balance",
        expected.next_balances,
        lambda home: following(home)[1],
        format_points,
        year=year + 1,
    )


def _totals(course: Course, year: int) -> Callable[[str], tuple[int, int]]:
    """A household's score and balance in a year's account."""
    session, community = course.session, course.community
    sums = {
        row["household"]: (int(row["score"]), int(row["balance"]))
        for row in totals(session, [community.id], year=year).rows(named=True)
    }
    return lambda home: sums.get(find_household(session, community, home).id, (0, 0))


def _standing(course: Course) -> Iterator[Reason]:
    """Ranks, honours and the support list, as they were settled."""
    session, expected = course.session, course.case.expected
    query = select(Household.code, FinalPlace).join(
        FinalPlace, FinalPlace.household_id == Household.id
    )
    rows = dict(session.execute(query.where(FinalPlace.year == course.case.year)).tuples().all())

    def row_of(home: str) -> FinalPlace | None:
        return rows.get(find_household(session, course.community, home).code)

    if not rows and (expected.ranks or expected.honours or expected.support):
        yield reason("worked_unsettled", why=tuple(course.blocked.values()))
        return
    yield from _unlike(
        "worked_rank", expected.ranks, lambda home: (row := row_of(home)) and row.rank
    )
    yield from _unlike(
        "worked_average",
        expected.averages,
        lambda home: (row := row_of(home)) and row.ranked_by,
        format_points,
    )
    yield from _unlike(
        "worked_honours",
        {home: list(names) for home, names in expected.honours.items()},
        lambda home: (row := row_of(home)) and list(row.honours),
        _names,
    )
    if expected.support is not None:
        supported = sorted(home for home, row in rows.items() if row.support)
        said = sorted(expected.support)
        if supported != said:
            yield reason("worked_support", came=_names(supported), said=_names(said))


def _names(names: list[str]) -> Reason:
    return reason("these_names", names=tuple(names) or reason("no_others"), listed=names)


def _notice(name: str, notice: Notice, wanted: NoticeExpected) -> Iterator[Reason]:
    published = local_date(notice.published_at)
    if published != wanted.published:
        said = wanted.published
        yield reason("worked_notice_published", name=name, came=published, said=said)
    closes = notice.closes_at and local_date(notice.closes_at - timedelta(seconds=1))
    if wanted.closes is not None and closes != wanted.closes:
        yield reason("worked_notice_open", name=name, came=_shown(closes), said=wanted.closes)
    content = json.dumps(notice.content, ensure_ascii=False)
    silent = [word for word in wanted.says if word not in content]
    yield from (reason("worked_notice_silent", name=name, word=word) for word in silent)
    told = [word for word in wanted.never if word in content]
    yield from (reason("worked_notice_says", name=name, word=word) for word in told)


def _unlike(
    code: str,
    said: dict[str, Any],
    found: Callable[[str], Any],
    shown: Callable[[Any], str | Reason] = str,
    **values: object,
) -> Iterator[Reason]:
    for name, value in said.items():
        came = found(name)
        if came != value:
            yield reason(code, name=name, came=_shown(came, shown), said=shown(value), **values)


def _shown(value: Any, shown: Callable[[Any], str | Reason] = str) -> str | Reason:
    return reason("no_value") if value is None else shown(value)


def _unsaid(code: str, said: dict[str, str], found: dict[str, Reason]) -> Iterator[Reason]:
    """The words of a case may be Chinese or English, whoever reads the answer."""
    for name, words in said.items():
        why = found.get(name)
        if why is None or all(words not in why.text(language) for language in LANGUAGES):
            yield reason(code, name=name, came=why or "", said=words)
