"""Worked years (全年演算): a small village's whole year, through the program itself, in memory.

What people bring goes through the same imports, the steps of the cycle are done as they fall
due, and what comes of it is compared with what the case says.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.audit import close_audit, has_act, open_books, welcome
from domain.clearing import carry_over, clear
from domain.clock import end_of_day, local_date, start_of_day
from domain.community import add_community, add_person, find_household, register_kin, versions_of
from domain.errors import Refused
from domain.gate import settlement_of
from domain.intake.imports import import_table
from domain.intake.inbox import stage, take_due
from domain.ledger.accounts import lines, totals
from domain.notices import notices_of
from domain.objection import appeal, resolve
from domain.period import Period
from domain.plan import Step, plan
from domain.points import format_points
from domain.publicity import publish_correction, publish_quarter, publish_year
from domain.report import draw_up
from domain.review import find_claim
from domain.rounds import publish_round
from domain.rules.casebook import Appeal, NoticeExpected, Row, YearCase
from domain.rules.cases import CaseResult
from domain.rules.schema import Ruleset
from domain.settlement import settle
from domain.spreadsheet import Table
from domain.store.database import open_engine
from domain.store.tables import Base, Community, Household, Notice, Standing

# What is brought before the year begins, and what comes in it at its own time.
_BEFORE = ("households", "members", "goods")
_IN_TIME = ("claims", "decisions", "objections", "redemptions")
# What a sheet has to say, and a case needs not.
_FILLED_IN: dict[str, Row] = {
    "households": {"registered": True, "consent": True},
    "members": {},
    "goods": {},
    "claims": {"place": "村委会", "reason": "见台账", "evidence": "台账"},
    "decisions": {"verdict": "approve"},
    "objections": {"text": "与事实不符"},
    "redemptions": {},
}


@dataclass
class Course:
    """A year as it goes: what was refused, and which steps wait for people, with what they said."""

    session: Session
    community: Community
    case: YearCase
    refused: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    waiting: list[Step] = field(default_factory=list)


def run_year(ruleset: Ruleset, case: YearCase) -> CaseResult:
    """Let a case's year take its course under a ruleset, and compare."""
    engine = open_engine("sqlite://")
    try:
        Base.metadata.create_all(engine)
        with Session(engine, expire_on_commit=False) as session:
            differences = tuple(_differences(session, ruleset, case))
    finally:
        engine.dispose()
    return CaseResult(case.name, not differences, differences)


def _differences(session: Session, ruleset: Ruleset, case: YearCase) -> Iterator[str]:
    try:
        course = _live(session, ruleset, case)
        session.flush()
        yield from _compare(course)
    except Refused as refusal:
        yield f"it cannot be lived through: {refusal}"


def _live(session: Session, ruleset: Ruleset, case: YearCase) -> Course:
    """The year from its opening to `until`, or to its last step."""
    opening = date(case.year, 1, 1)
    starts_on = max(opening, ruleset.effective_from)
    community = add_community(
        session, "v", "某村", "某镇", ruleset, starts_on, start_of_day(starts_on)
    )
    course = Course(session, community, case)
    for kind in _BEFORE:
        if rows := getattr(case, kind):
            table = _table(kind, rows, ruleset)
            _note(course, import_table(session, community, kind, table, start_of_day(opening)))
    for person in case.people:
        add_person(
            session, community, person.code, f"评议人{person.code}", [person.role],
            stages=person.stages, household=person.household, area=person.area,
        )  # fmt: skip
    for first, second in case.kin:
        register_kin(session, community, first, second)
    for kind in _IN_TIME:
        if rows := getattr(case, kind):
            _note(
                course, stage(session, community, kind, _table(kind, rows, ruleset), year=case.year)
            )
    events = _events(course)
    last = max(at for at, _ in events) if case.until is None else end_of_day(case.until)
    for at, event in events:
        if at <= last:
            _people_act(course, at)
            event(at)
    _people_act(course, last)
    return course


def _events(course: Course) -> list[tuple[datetime, Callable[[datetime], None]]]:
    """The steps of the cycle and the appeals, each with when it happens, in order."""
    versions, year = versions_of(course.session, course.community), course.case.year
    # The next year's books are opened in the midst of this year's end.
    opening = [each for each in plan(versions, year + 1) if each.step == "open"][:1]
    steps = [*plan(versions, year), *opening]
    events: list[tuple[datetime, Callable[[datetime], None]]] = [
        (step.due_at, partial(_do, course, step))
        for step in steps
        if (step.process, step.step) in _WORK
    ]
    for each in course.case.appeals:
        events.append((end_of_day(each.at), partial(_appeal, course, each)))
        events.append((end_of_day(each.decided_at), partial(_decide_appeal, course, each)))
    return sorted(events, key=lambda event: event[0])


def _table(kind: str, rows: tuple[Row, ...], ruleset: Ruleset) -> Table:
    """Rows as the sheet that a clerk would have brought."""
    filled = [_filled(kind, row, ruleset) for row in rows]
    header = tuple(dict.fromkeys(code for row in filled for code in row))
    cells = [[_cell(row.get(code, "")) for code in header] for row in filled]
    return Table(f"{kind}.csv", "", header, range(2, len(cells) + 2), cells)


def _filled(kind: str, row: Row, ruleset: Ruleset) -> Row:
    filled = {**_FILLED_IN[kind], **row}
    if kind == "households":
        filled.setdefault("head", f"王{row.get('household')}")
    if kind == "claims":
        item = ruleset.item(str(row.get("item")))
        filled.setdefault("channel", ((item and item.channels) or ruleset.channels)[0])
    if kind == "decisions" and filled["verdict"] == "reject":
        filled.setdefault("note", "查无此事")
    return filled


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _people_act(course: Course, upto: datetime) -> None:
    """What people bring and do until then; then what waited for them is tried again."""
    _note(course, take_due(course.session, course.community, upto))
    waiting, course.waiting = course.waiting, []
    for step in waiting:
        _do(course, step, upto)


def _appeal(course: Course, each: Appeal, at: datetime) -> None:
    """An objection is taken to the second level."""
    try:
        appeal(course.session, course.community, each.ref, "不服", at)
    except Refused as refusal:
        course.refused[each.ref] = str(refusal)


def _decide_appeal(course: Course, each: Appeal, at: datetime) -> None:
    """What became of it there."""
    session, community = course.session, course.community
    try:
        objection = resolve(session, community, each.ref, each.outcome, each.decided_by, "复核", at)
    except Refused as refusal:
        course.refused[each.ref] = str(refusal)
        return
    if each.outcome == "upheld":
        publish_correction(session, community, objection, at)


def _note(course: Course, answers: list[Any]) -> None:
    for answer in answers:
        if answer.outcome == "refused":
            course.refused[answer.ref] = answer.reason_in("en")


def _do(course: Course, step: Step, at: datetime) -> None:
    """A step of the cycle; a refusal waits for people."""
    try:
        with course.session.begin_nested():
            work = _WORK[step.process, step.step]
            work(course.session, course.community, step.period, at)
    except Refused as refusal:
        course.blocked.setdefault(_name(step), str(refusal))
        course.waiting.append(step)


def _collect(session: Session, community: Community, _period: Period, at: datetime) -> None:
    welcome(session, community, at)


def _settle(session: Session, community: Community, period: Period, at: datetime) -> None:
    settle(session, [community], period.year, at)
    publish_year(session, community, period.year, at)
    if has_act(session, community, f"base:{period.year + 1}"):
        carry_over(session, community, period.year, at)


def _clear(session: Session, community: Community, period: Period, at: datetime) -> None:
    settled = settlement_of(session, community, period.year)
    if settled is None or settled.cleared_at is None:
        clear(session, [community], period.year, at)


_WORK: dict[tuple[str, str], Callable[[Session, Community, Period, datetime], Any]] = {
    ("collect", "open"): open_books,
    ("collect", "collect"): _collect,
    ("audit", "close"): close_audit,
    ("publicity", "publish"): publish_quarter,
    ("redemption", "close"): publish_round,
    ("report", "report"): draw_up,
    ("settle", "settle"): _settle,
    ("settle", "clear"): _clear,
}


def _name(step: Step) -> str:
    return f"{step.process} {step.step} {step.period}"


def _compare(course: Course) -> Iterator[str]:
    """Each thing that the case says, and that came otherwise."""
    session, community, expected = course.session, course.community, course.case.expected
    steps = plan(versions_of(session, community), course.case.year)
    due = {_name(step): local_date(step.due_at - timedelta(seconds=1)) for step in steps}
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
