"""The daily ladder (逐级催办): who must hear on a working day that something is due, or overdue.

It looks at how things stand, and each message is written once for its occasion: so it may be run
as often as one likes, and after a pause of any length it tells the present state, once. The
audit's own reminders are steps of the cycle (`reminders`).
"""

import logging
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.community.years import settlement_of, year_ruleset
from domain.cycle.calendar import WorkingDays, audit_period, last_day_before, publicity_dates, rungs
from domain.cycle.town_days import working_days
from domain.kernel.errors import JifenError, Refused
from domain.kernel.local_time import LOCAL, end_of_day, local_date, local_iso
from domain.kernel.period import Period
from domain.kernel.reasons import kept
from domain.ledger.disputes import objections_of
from domain.notices.notice import find_notice
from domain.notices.publishing import PUBLIC_KINDS
from domain.objections.cases import free_investigators
from domain.publicity.rounds import round_figures
from domain.review.sitting import queues
from domain.review.undecidable import undecidable
from domain.rules.schema import Ruleset
from domain.settlement.gate import blockers
from domain.shop.opening_days import last_days
from domain.store.database import writing
from domain.store.tables.notices import Notice
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community
from notifications.letters.news import submit_result, tell_objection, tell_published, villagers
from notifications.letters.reminders import REVIEWING, TOLD_OF_DELAY, people_with, tell
from notifications.outbox.messages import enqueue

log = logging.getLogger("jifen.ladder")

# Reminders are written when the office opens.
BEGINS = time(9, 0)
# So long a notice is news to those who have not been told of it.
NEWS_FOR = timedelta(days=7)


class DailyLetters:
    """Once a day, when the office has opened, the letters of what is due and overdue."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._written_on: date | None = None

    def write(self, at: datetime) -> None:
        """Write them, unless they were written today or the office has not opened yet."""
        today = local_date(at)
        if today != self._written_on and at.astimezone(LOCAL).time() >= BEGINS:
            climb_all(self.engine, at)
            self._written_on = today


def climb_all(engine: Engine, as_of: datetime) -> int:
    """Climb the ladder of every community, each in a transaction of its own; messages written."""
    with writing(engine) as session:
        ids = session.scalars(select(Community.id).order_by(Community.id)).all()
    written = 0
    for key in ids:
        try:
            with writing(engine) as session:
                written += climb(session, session.get_one(Community, key), as_of)
        except JifenError as error:
            log.warning("nobody of community %s could be reminded: %s", key, error)
    return written


def climb(session: Session, community: Community, as_of: datetime) -> int:
    """Write what a community's people must hear now; how many messages that is.

    Nothing on days off or before the office opens, but outcomes that villagers wait for.
    """
    outcomes = _outcomes(session, community, as_of)
    calendar = working_days(session, community)
    today = local_date(as_of)
    if not calendar.is_working(today) or as_of.astimezone(LOCAL).time() < BEGINS:
        return outcomes
    try:
        ruleset = ruleset_on(session, community, today)
    except Refused:
        return outcomes  # its scheme has not begun
    return (
        outcomes
        + _notices(session, community, as_of)
        + _approvals(session, community, ruleset, as_of)
        + _objections(session, community, ruleset, calendar, as_of)
        + _undecidable(session, community, ruleset, calendar, as_of)
        + _windows(session, community, calendar, as_of)
        + _submissions(session, community, ruleset, as_of)
        + _settlement(session, community, calendar, as_of)
        + _reports(session, community, ruleset, calendar, as_of)
        + _rounds(session, community, ruleset, calendar, as_of)
    )


# A result that was held up by objections is submitted when they end, if that is within this time.
SUBMITTED_WITHIN = timedelta(days=180)


def _outcomes(session: Session, community: Community, as_of: datetime) -> int:
    """Objections that were decided by a sheet are told of here; others were at once."""
    homes = {person.household_id for person in villagers(session, community)}
    return sum(
        tell_objection(session, community, objection, as_of)
        for objection in (objections_of(session, community) if homes else ())
        if objection.household_id in homes and objection.status != "open"
    )


def _notices(session: Session, community: Community, as_of: datetime) -> int:
    """Notices that nobody was told of when they were published: corrections, for one."""
    fresh = session.scalars(
        select(Notice).where(
            Notice.community_id == community.id,
            Notice.kind.in_(PUBLIC_KINDS),
            Notice.published_at > as_of - NEWS_FOR,
            Notice.published_at <= as_of,
        )
    )
    return sum(tell_published(session, community, notice, as_of) for notice in fresh)


def _submissions(session: Session, community: Community, ruleset: Ruleset, as_of: datetime) -> int:
    """Results that could not be submitted when their window closed: the last objection has ended
    since."""
    if not ruleset.publicity.submit:
        return 0
    closed = session.scalars(
        select(Notice).where(
            Notice.community_id == community.id,
            Notice.kind == "quarter",
            Notice.closes_at > as_of - SUBMITTED_WITHIN,
            Notice.closes_at <= as_of,
        )
    )
    if objections_of(session, community, only_open=True):
        return 0
    return sum(submit_result(session, community, notice, as_of) for notice in closed)


def _approvals(session: Session, community: Community, ruleset: Ruleset, as_of: datetime) -> int:
    """Claims that have come to a second stage (镇级审批): told once an audit."""
    first = ruleset.review.stages[0].id
    if len(ruleset.review.stages) == 1:
        return 0
    audit = audit_period(ruleset, local_date(as_of))
    written = 0
    people = people_with(session, community, REVIEWING)
    waiting = queues(session, community, people)
    for person in people:
        mine = [each for each in waiting[person.id] if each.stage != first]
        if mine:
            facts = {
                "name": person.name,
                "community": community.name,
                "count": len(mine),
                "oldest": min(each.claim.occurred_on for each in mine).isoformat(),
            }
            written += enqueue(
                session, community, person.code, f"approve:{audit}", "approval", facts, as_of
            )
    return written


def _undecidable(
    session: Session,
    community: Community,
    ruleset: Ruleset,
    calendar: WorkingDays,
    as_of: datetime,
) -> int:
    """Claims that nobody may decide: told when they are found, and before each deadline."""
    found = undecidable(session, local_date(as_of), [community.id])
    stuck = [each for each in found if each.claims]
    if not stuck:
        return 0
    today = local_date(as_of)
    is_near = today in rungs(ruleset, today.replace(day=ruleset.review.due.day), calendar)
    facts = {
        "community": community.name,
        "count": sum(each.claims for each in stuck),
        "stages": [{"why": kept(each.why), "count": each.claims} for each in stuck],
    }
    occasion = f"undecidable:{today if is_near else Period.of('month', today)}"
    return len(
        tell(
            session, community, TOLD_OF_DELAY, occasion, "undecidable", facts, as_of, urgent=is_near
        )
    )


def _objections(
    session: Session,
    community: Community,
    ruleset: Ruleset,
    calendar: WorkingDays,
    as_of: datetime,
) -> int:
    """Answers that are due: those who may investigate; once overdue, the clerk and the town."""
    today, written = local_date(as_of), 0
    for objection in objections_of(session, community, only_open=True):
        facts = {
            "community": community.name,
            "objection": objection.ref,
            "deadline": local_iso(objection.due_at),
        }
        occasion = f"objection:{objection.ref}:{objection.level}"
        if objection.due_at <= as_of:
            written += len(
                tell(
                    session,
                    community,
                    TOLD_OF_DELAY,
                    f"{occasion}:overdue",
                    "objection_overdue",
                    facts,
                    as_of,
                    urgent=True,
                )
            )
        elif today in (days := rungs(ruleset, last_day_before(objection.due_at), calendar)):
            written += _remind(
                session,
                community,
                objection,
                f"{occasion}:{today}",
                facts,
                as_of,
                urgent=today == days[-1],
            )
    return written


def _remind(
    session: Session,
    community: Community,
    objection: Objection,
    occasion: str,
    facts: dict[str, str],
    as_of: datetime,
    *,
    urgent: bool,
) -> int:
    """Where nobody is free to investigate, the clerk must find somebody."""
    people = free_investigators(session, community, objection)
    return sum(
        enqueue(
            session,
            community,
            person.code,
            occasion,
            "objection_due",
            facts | {"name": person.name},
            as_of,
            urgent=urgent,
            expires_at=objection.due_at,
        )
        for person in people or people_with(session, community, ("clerk",))
    )


def _windows(session: Session, community: Community, calendar: WorkingDays, as_of: datetime) -> int:
    """On the last working day before a notice's window closes: the clerk and the supervisors."""
    query = select(Notice).where(Notice.community_id == community.id, Notice.closes_at > as_of)
    waiting = len(objections_of(session, community, only_open=True))
    written = 0
    for notice in session.scalars(query):
        assert notice.closes_at is not None
        if local_date(as_of) != _last_working(calendar, last_day_before(notice.closes_at)):
            continue
        facts = {
            "community": community.name,
            "period": notice.period,
            "deadline": local_iso(notice.closes_at),
            "count": waiting,
        }
        written += len(
            tell(
                session,
                community,
                ("clerk", "supervisor"),
                f"closing:{notice.kind}:{notice.key}",
                "closing",
                facts,
                as_of,
                expires_at=notice.closes_at,
            )
        )
    return written


def _last_working(calendar: WorkingDays, day: date) -> date:
    """The day itself, or the last working day before it."""
    return day if calendar.is_working(day) else calendar.before(day, 1)


def _settlement(
    session: Session, community: Community, calendar: WorkingDays, as_of: datetime
) -> int:
    """What keeps the past year from being settled, before its last window closes and after."""
    year = local_date(as_of).year - 1
    if settlement_of(session, community, year) is not None:
        return 0
    try:
        ruleset = year_ruleset(session, community, year)
    except Refused:
        return 0  # it had no scheme then
    _, closes_at = publicity_dates(ruleset, Period(year, "quarter", 4))
    days = rungs(ruleset, last_day_before(closes_at), calendar)
    overdue = as_of >= closes_at
    if not overdue and local_date(as_of) not in days:
        return 0
    # That the window is still open is as it should be.
    found = [
        {"what": each.what, "count": each.count}
        for each in blockers(session, community, year, as_of)
        if overdue or each.what != "publicity_open"
    ]
    if not found:
        return 0
    facts = {
        "community": community.name,
        "period": str(year),
        "deadline": local_iso(closes_at),
        "blockers": found,
    }
    occasion = f"settle:{year}:" + ("overdue" if overdue else str(local_date(as_of)))
    return len(
        tell(session, community, TOLD_OF_DELAY, occasion, "blocked", facts, as_of, urgent=overdue)
    )


def _reports(
    session: Session,
    community: Community,
    ruleset: Ruleset,
    calendar: WorkingDays,
    as_of: datetime,
) -> int:
    """A report to the town that is due soon: the clerk, whether or not it is drawn up yet."""
    today, written = local_date(as_of), 0
    for report in ruleset.reports:
        due = date(today.year, *map(int, report.due.split("-")))
        if today not in rungs(ruleset, due, calendar):
            continue
        half = Period.of("half_year", due)
        facts = {
            "community": community.name,
            "report": report.name,
            "deadline": local_iso(end_of_day(due)),
            "ready": find_notice(session, community, "report", str(half)) is not None,
        }
        written += len(
            tell(
                session,
                community,
                ("clerk",),
                f"report:{half}:{today}",
                "report_due",
                facts,
                as_of,
                urgent=today == due,
                expires_at=end_of_day(due),
            )
        )
    return written


def _rounds(
    session: Session,
    community: Community,
    ruleset: Ruleset,
    calendar: WorkingDays,
    as_of: datetime,
) -> int:
    """A redemption round that ends soon and has not reached enough households: the clerk."""
    if ruleset.redemption.every != "half_year" or ruleset.redemption.coverage_percent is None:
        return 0
    today, written = local_date(as_of), 0
    for period, last_day in last_days(session, community, today).items():
        if today not in rungs(ruleset, last_day, calendar):
            continue
        figures = round_figures(session, community, period, ruleset)
        if figures.coverage_reached:
            continue
        facts = {
            "community": community.name,
            "period": str(period),
            "deadline": local_iso(end_of_day(last_day)),
            "count": figures.redeemed_households,
            "residents": figures.resident_households,
            "needed": ruleset.redemption.coverage_percent,
        }
        written += len(
            tell(
                session,
                community,
                ("clerk",),
                f"round:{period}:{today}",
                "round_ending",
                facts,
                as_of,
                expires_at=end_of_day(last_day),
            )
        )
    return written
