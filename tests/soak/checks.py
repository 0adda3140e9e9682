"""What must hold after a simulated year."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.audit.scoring import differences
from domain.community.registry import find_community
from domain.community.years import settlement_of
from domain.cycle.catalogue import is_daily
from domain.cycle.occurrences import find_occurrence, occurrences_of
from domain.kernel.period import Period
from domain.ledger.acts import audit_act
from domain.ledger.verify import verify
from domain.notices.notice import find_notice
from domain.review.claims import registered
from domain.settlement.gate import blockers
from domain.store.database import reading
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.cycle import Occurrence
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.notices import NoticeKind
from domain.store.tables.outbox import Delivery, Message
from domain.store.tables.people import Community, Person
from domain.store.tables.shop import Redemption
from tests.domain.holding import (
    accounts_are_the_sums_of_their_entries,
    nothing_is_decided_by_who_is_barred,
    notices_are_what_was_published,
    scores_are_what_the_rules_say,
    whoever_judges_an_objection_has_not_decided_its_claim,
)
from tests.soak.operators import held_by_somebody
from tests.soak.people import SimulatedVillage
from tests.soak.world import World


def check(world: World, year: int) -> None:
    """Everything, after the year has come to rest."""
    assert not world.workshop.surprises
    assert not world.timely.early
    assert held_by_somebody(world.engine) == []
    with reading(world.engine) as session:
        assert verify(session) == []
        whoever_judges_an_objection_has_not_decided_its_claim(session)
        for village in world.villages:
            community = find_community(session, village.code)
            every_step_is_done_once_or_visibly_not(session, community, year, world)
            the_ledger_is_what_the_rules_say(session, community, year, world.now)
            accounts_are_the_sums_of_their_entries(session, community)
            what_was_redeemed_is_paid_once(session, community)
            notices_are_what_was_published(session, community)
            nothing_is_decided_by_who_is_barred(session, community)
            nothing_that_people_were_told_is_lost(session, community, village)
        letters_arrive_once_or_are_visibly_dead(session, world)


def every_step_is_done_once_or_visibly_not(
    session: Session, community: Community, year: int, world: World
) -> None:
    done = {key: count for key, count in world.workshop.done.items() if key[0] == community.code}
    for row in occurrences_of(session, community):
        period = Period.parse(row.period)
        if row.due_at <= world.now and period.year == year:
            _step_has_ended(session, community, row, world.now)
            if row.step.startswith("remind"):
                _reminder_was_not_lost(session, community, row)
        assert (
            is_daily(row.process, row.step)
            or done.get((community.code, row.process, row.period, row.step), 0) <= 1
        )


def _step_has_ended(session: Session, community: Community, row: Occurrence, now: datetime) -> None:
    what = f"{community.code} {row.process} {row.step} {row.period} is {row.state}: {row.outcome}"
    period = Period.parse(row.period)
    if row.state == "blocked":
        # For people only: an objection that nobody is left to judge keeps a year open.
        assert row.process == "settle", what
        assert row.outcome, what
        assert settlement_of(session, community, period.year) or blockers(
            session, community, period.year, now
        ), what
        return
    if row.state == "dropped":
        assert row.outcome, what
        return
    assert row.state == "done", what
    made = _made_by(session, community, row, period)
    assert made, f"{what}, and has left nothing behind"


def _reminder_was_not_lost(session: Session, community: Community, row: Occurrence) -> None:
    """Those it says it reminded have a message; a dropped one gave way to a later step."""
    if row.state == "done" and row.outcome.startswith("reminded"):
        written = session.scalar(
            select(func.count()).where(
                Message.community_id == community.id,
                Message.occasion.like(f"audit:{row.period}:remind:%"),
            )
        )
        assert (written or 0) >= int(row.outcome.split()[1])
    if row.state == "dropped" and row.process == "audit":
        audit = find_occurrence(session, community, "audit", Period.parse(row.period), "close")
        assert audit is not None
        assert audit.state in ("done", "dropped")


def _made_by(session: Session, community: Community, row: Occurrence, period: Period) -> Any:
    """What a step that is done has made."""
    match row.process, row.step:
        case "collect", "open":
            return _journal(session, community, f"base:{period}")
        case "audit", "close":
            return _journal(session, community, audit_act(period))
        case "publicity", "publish":
            return find_notice(session, community, NoticeKind.QUARTER, str(period))
        case "settle", "settle":
            return settlement_of(session, community, period.year) and find_notice(
                session, community, NoticeKind.YEAR, str(period.year)
            )
        case "settle", "clear":
            settled = settlement_of(session, community, period.year)
            return settled and settled.cleared_at
    return True


def _journal(session: Session, community: Community, act: str) -> Journal | None:
    return session.scalar(
        select(Journal).where(Journal.community_id == community.id, Journal.act == act)
    )


def the_ledger_is_what_the_rules_say(
    session: Session, community: Community, year: int, now: datetime
) -> None:
    left = differences(session, community, [year], now, registered())
    assert left.entries.is_empty(), left.entries
    assert left.effects.is_empty(), left.effects
    scores_are_what_the_rules_say(session, community, [year], now)
    pending = session.scalar(
        select(func.count()).where(
            Claim.community_id == community.id,
            Claim.status == "approved",
            Claim.registered.is_(None),
            func.extract("year", Claim.occurred_on) == year,
        )
    )
    assert not pending, f"{pending} approved claims were never registered"


def what_was_redeemed_is_paid_once(session: Session, community: Community) -> None:
    """Each hand-out has taken its price, and given it back where it was taken back."""
    for redemption in session.scalars(
        select(Redemption).where(Redemption.community_id == community.id)
    ):
        paid = session.scalar(
            select(func.sum(Entry.points))
            .join(Journal, Journal.id == Entry.journal_id)
            .where(
                Journal.community_id == community.id,
                Entry.ref == redemption.ref,
                Entry.kind.in_(("redemption", "refund")),
            )
        )
        assert -(paid or 0) == (0 if redemption.refunded_at else redemption.points)


def nothing_that_people_were_told_is_lost(
    session: Session, community: Community, village: SimulatedVillage
) -> None:
    here = Claim.community_id == community.id
    assert village.said.claims <= set(session.scalars(select(Claim.ref).where(here)))
    decided = (
        select(Claim.ref, Person.code, Decision.stage)
        .join(Decision, Decision.claim_id == Claim.id)
        .join(Person, Person.id == Decision.person_id)
        .where(here)
    )
    assert village.said.decisions <= set(session.execute(decided).tuples())
    refs = select(Redemption.ref).where(Redemption.community_id == community.id)
    assert village.said.redemptions <= set(session.scalars(refs))


def letters_arrive_once_or_are_visibly_dead(session: Session, world: World) -> None:
    """Whatever is in the outbox has arrived, or is dead for all to see; hardly ever twice."""
    arrivals = world.arrivals
    for delivery in session.scalars(select(Delivery)):
        assert delivery.state in ("sent", "dead"), delivery
        arrived = arrivals.all[delivery.id]
        if delivery.state == "sent":
            assert arrived, delivery
        # A service that takes a letter and says no gets it again: nobody can know better.
        assert arrived - arrivals.unsaid[delivery.id] <= 2, delivery
    states = session.execute(select(Message.state, func.count()).group_by(Message.state)).all()
    assert {state for state, _ in states} <= {"sent", "dead", "expired"}, states
