"""Worked years (全年演算): a small village's whole year, through the program itself, in memory.

What people bring goes through the same imports, the steps of the cycle are done as they fall
due, and what comes of it is compared with what the case says.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from domain.community.adoption import add_community
from domain.community.registry import add_person, register_kin, versions_of
from domain.cycle.plan import Step, plan
from domain.intake.imports import import_table
from domain.intake.inbox import stage, take_due
from domain.kernel.errors import Refused
from domain.kernel.local_time import after_day, start_of_day
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.objections.cases import appeal
from domain.occasions.occasion import silent
from domain.publicity.answering import answer_objection
from domain.rules.casebook import Appeal, Row, YearCase
from domain.rules.cases import CaseResult
from domain.rules.schema import Ruleset
from domain.sheets.reading import Table
from domain.shop.opening_days import set_round
from domain.steps.acts import act_of
from domain.steps.work import Skip
from domain.store.database import open_engine
from domain.store.tables.claims import Verdict
from domain.store.tables.everything import metadata
from domain.store.tables.objections import Resolution
from domain.worked.outcome import Course, compare, name_of

# What is brought before the year begins, and what comes in it at its own time.
_BEFORE = ("households", "members", "goods")
_IN_TIME = ("claims", "decisions", "objections", "redemptions")
# What a sheet has to say, and a case needs not.
_FILLED_IN: dict[str, Row] = {
    "households": {"registered": True, "consent": True},
    "members": {},
    "goods": {},
    "claims": {"place": "村委会", "reason": "见台账", "evidence": "台账"},
    "decisions": {"verdict": Verdict.APPROVE},
    "objections": {"text": "与事实不符"},
    "redemptions": {},
}


def run_year(ruleset: Ruleset, case: YearCase) -> CaseResult:
    """Let a case's year take its course under a ruleset, and compare."""
    engine = open_engine("sqlite://")
    try:
        metadata.create_all(engine)
        with Session(engine, expire_on_commit=False) as session:
            whys = tuple(_differences(session, ruleset, case))
    finally:
        engine.dispose()
    return CaseResult(case.name, not whys, whys)


def _differences(session: Session, ruleset: Ruleset, case: YearCase) -> Iterator[Reason]:
    try:
        course = _live(session, ruleset, case)
        session.flush()
        yield from compare(course)
    except Refused as refusal:
        yield reason("worked_unlived", why=refusal.why)


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
            session,
            community,
            person.code,
            f"评议人{person.code}",
            [person.role],
            stages=person.stages,
            household=person.household,
            area=person.area,
        )
    for first, second in case.kin:
        register_kin(session, community, first, second)
    for each in case.rounds:
        half = Period.parse(each.period)
        set_round(session, community, half, each.first, each.last, "", start_of_day(opening))
    for kind in _IN_TIME:
        if rows := getattr(case, kind):
            _note(
                course, stage(session, community, kind, _table(kind, rows, ruleset), year=case.year)
            )
    events = _events(course)
    last = max(at for at, _ in events) if case.until is None else after_day(case.until)
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
    events: list[tuple[datetime, Callable[[datetime], None]]] = [
        (step.due_at, partial(_do, course, step)) for step in [*plan(versions, year), *opening]
    ]
    for each in course.case.appeals:
        events.append((after_day(each.at), partial(_appeal, course, each)))
        events.append((after_day(each.decided_at), partial(_decide_appeal, course, each)))
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
    if kind == "decisions" and filled["verdict"] == Verdict.REJECT:
        filled.setdefault("note", "查无此事")
    return filled


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _people_act(course: Course, upto: datetime) -> None:
    """What people bring and do until then; then what waited for them is tried again."""
    _note(course, take_due(course.session, course.community, upto, tell=silent))
    waiting, course.waiting = course.waiting, []
    for step in waiting:
        _do(course, step, upto)


def _appeal(course: Course, each: Appeal, at: datetime) -> None:
    """An objection is taken to the second level."""
    try:
        appeal(course.session, course.community, each.ref, "不服", at)
    except Refused as refusal:
        course.refused[each.ref] = refusal.why


def _decide_appeal(course: Course, each: Appeal, at: datetime) -> None:
    """What became of it there."""
    session, community = course.session, course.community
    outcome = Resolution(each.outcome)
    try:
        answer_objection(session, community, each.ref, outcome, each.decided_by, "复核", at, silent)
    except Refused as refusal:
        course.refused[each.ref] = refusal.why


def _note(course: Course, answers: list[Any]) -> None:
    for answer in answers:
        if answer.outcome == "refused":
            course.refused[answer.ref] = answer.why


def _do(course: Course, step: Step, at: datetime) -> None:
    """A step of the cycle, as a town's service does it; a refusal waits for people."""
    act = act_of(step.process, step.step)
    try:
        with course.session.begin_nested():
            act(course.session, course.community, step.period, at, silent)
    except Skip:
        pass  # nothing is left to do
    except Refused as refusal:
        course.blocked.setdefault(name_of(step), refusal.why)
        course.waiting.append(step)
