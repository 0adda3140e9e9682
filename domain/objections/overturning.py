"""What follows from an upheld objection (异议成立): corrections, never edits (ruling 19)."""

from dataclasses import replace
from datetime import datetime

import polars as pl
from sqlalchemy import func
from sqlalchemy.orm import Session

from domain.audit.scoring import differences
from domain.community.registry import hash_on
from domain.community.years import open_years
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.ledger.accounts import SCORE_KINDS, entries_of_act
from domain.ledger.acts import act_in_year, objection_act, refund_act
from domain.ledger.entries import of_entries
from domain.ledger.post import Act, post
from domain.objections.subject import Subject
from domain.review.claims import registered
from domain.settlement.clearing import carry_correction
from domain.shop.redemption import refund
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.ledger import Entry, EntryKind
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import Settlement


def refuse_cleared(session: Session, community: Community, subject: Subject) -> None:
    """A year settled by force can still be corrected, until it is cleared (ruling 20); the
    clearing itself can be undone."""
    if subject.kind in ("notice", "unentered"):
        return
    if subject.entry is not None and subject.entry.kind == EntryKind.CLEARING:
        return
    settled = session.get(Settlement, (community.id, subject.year))
    if settled is not None and settled.cleared_at is not None:
        day = local_date(settled.cleared_at)
        raise Refused(reason("points_cleared", year=subject.year, day=day))


def overturn(
    session: Session, community: Community, objection: Objection, subject: Subject, at: datetime
) -> None:
    """Post what follows from an upheld objection, by an act of its own and never by editing.

    A claim is annulled or approved, and the household's year evaluated anew. A hand-out is given
    back. What the rules made of the register (a base, say) follows once that is put right: the
    ledger converges, and nothing else could stand. What the settlement gave or took is reversed.
    Where a notice, or a claim never entered, is objected to, the ledger is as it was: the notice
    is corrected by another one, the claim is entered and decided like any other.
    """
    if subject.claim is not None:
        _overturn_claim(session, community, objection, subject.claim, at)
    elif subject.entry is not None:
        _undo(session, community, objection, subject, subject.entry, at)


def _undo(
    session: Session,
    community: Community,
    objection: Objection,
    subject: Subject,
    entry: Entry,
    at: datetime,
) -> None:
    why = reason("upheld_reason", ref=objection.ref).text()
    if entry.kind == EntryKind.REDEMPTION and entry.ref is not None:
        refund(session, community, entry.ref, why, at)
        return
    act = Act(objection_act(objection), str(Period.of("month", local_date(at))), at)
    rulesets = {community.id: hash_on(session, community, local_date(at))}
    if entry.kind in SCORE_KINDS:
        household = session.get_one(Household, entry.household_id)
        changes = differences(
            session, community, [entry.year], at, registered(), household, correcting=True
        )
        if changes.entries.is_empty() and _stands(session, community, entry):
            raise Refused(reason("still_follows", about=subject.about))
        post(session, act, changes.entries, rulesets, changes.effects)
    else:
        assert subject.journal is not None  # an entry's
        whole = entries_of_act(session, community.id, subject.journal.act)
        # Carried over, it left one year and came into the next.
        mine = whole.filter(
            (pl.col("household") == entry.household_id) & (pl.col("kind") == entry.kind)
        )
        rows = mine.with_columns(points=-pl.col("points"), reason=pl.lit(why))
        post(session, act, rows, rulesets)
    if entry.kind != EntryKind.CARRY_OVER:
        carry_correction(session, community, entry.year, at, act.key)


def _stands(session: Session, community: Community, entry: Entry) -> bool:
    """Whether nothing has changed what an entry gave since it was posted."""
    same = [
        Entry.household_id == entry.household_id,
        Entry.year == entry.year,
        Entry.kind.in_(SCORE_KINDS),
        Entry.item == entry.item,
        Entry.ref == entry.ref,
    ]
    query = of_entries(community.id, func.sum(Entry.points)).where(*same)
    return int(session.scalar(query) or 0) == entry.points


def correcting_act(objection: Objection, subject: Subject) -> str:
    """The act by which an upheld objection changed the ledger."""
    entry = subject.entry
    if entry is not None and entry.kind == EntryKind.REDEMPTION and entry.ref is not None:
        return refund_act(entry.ref)
    return objection_act(objection)


def _overturn_claim(
    session: Session, community: Community, objection: Objection, claim: Claim, at: datetime
) -> None:
    """Approve what was rejected or annulled, annul what was approved, and post what follows."""
    month = Period.of("month", local_date(at))
    if claim.status == ClaimStatus.APPROVED:
        claim.status = ClaimStatus.ANNULLED
    else:
        claim.status, claim.decided_at = ClaimStatus.APPROVED, at
        claim.registered = claim.registered or str(month)
    session.flush()
    act = Act(objection_act(objection), str(month), at)
    rulesets = {community.id: hash_on(session, community, claim.occurred_on)}
    household = session.get_one(Household, claim.household_id)
    year = claim.occurred_on.year
    changes = differences(session, community, [year], at, registered(), household, correcting=True)
    post(session, act, changes.entries, rulesets, changes.effects)
    carry_correction(session, community, year, at, act.key)
    _correct_later(session, community, household, year, act)


def _correct_later(
    session: Session, community: Community, household: Household, year: int, act: Act
) -> None:
    """What can be earned once only may be earned by a later year's claim now, or no more."""
    this_year = local_date(act.at).year
    for later in (each for each in open_years(session, community, this_year) if each > year):
        changes = differences(
            session, community, [later], act.at, registered(), household, correcting=True
        )
        # Base is for the opening of the books, and for those who join.
        entries = changes.entries.filter(pl.col("kind") != EntryKind.BASE)
        if not (entries.is_empty() and changes.effects.is_empty()):
            rulesets = {community.id: hash_on(session, community, local_date(act.at))}
            of_later = replace(act, key=act_in_year(act.key, later))
            post(session, of_later, entries, rulesets, changes.effects)
