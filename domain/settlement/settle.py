"""The yearly settlement (一年一核算): gate, standing, bonus, then clearing or carrying over.

Set-based throughout: one community or all of a county in one call. A year's points are an
account of their own (ruling 15); nothing is deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from domain.audit.scoring import differences
from domain.community.registry import hashes_on
from domain.community.years import by_ruleset, settlements, year_ruleset
from domain.kernel.errors import Refused
from domain.kernel.local_time import after_day, local_text
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.ledger.accounts import totals
from domain.ledger.acts import late_act, settlement_act
from domain.ledger.post import ENTRY_COLUMNS, Act, lock_heads, no_entries, post
from domain.review.claims import of_year, registrable
from domain.rules.schema import Ruleset
from domain.settlement.gate import Blocker, blockers, blockers_of
from domain.standing.ranking import Placed, standing_now
from domain.store.frames import write_frame
from domain.store.statements import table_of
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.ledger import EntryKind
from domain.store.tables.people import Community
from domain.store.tables.settlement import FinalPlace, Settlement, honours_text

NAME_MAX = 100
# A place as it is kept: its community and year, then `Place`.
_STANDING = {
    "community_id": pl.Int64,
    "year": pl.Int64,
    "household_id": pl.Int64,
    "score": pl.Int64,
    "ranked_by": pl.Int64,
    "rank": pl.Int64,
    "honours": pl.String,
    "support": pl.Boolean,
}


@dataclass(frozen=True)
class Force:
    """Who settles in spite of blockers, and why; both are kept."""

    by: str
    why: str


@dataclass(frozen=True)
class Preview:
    """What a settlement would do now: nothing is written."""

    blockers: list[Blocker]
    standing: list[Placed]
    bonus: int
    cleared: int


def preview(session: Session, community: Community, year: int, as_of: datetime) -> Preview:
    """What settling would do, and what stands in its way."""
    ruleset = year_ruleset(session, community, year)
    found = blockers(session, community, year, as_of)
    if any(blocker.what == "members_unknown" for blocker in found):
        return Preview(found, [], 0, 0)
    standing = standing_now(session, [community], year, ruleset)
    bonus = int(_bonus(standing, year, ruleset)["points"].sum())
    cleared = 0
    if ruleset.closing.kind == "clear":
        # Households that have left are not ranked, and cleared all the same.
        cleared = bonus + int(totals(session, [community.id], year=year)["balance"].sum())
    return Preview(found, standing, bonus, cleared)


def settleable(session: Session, community: Community, year: int, as_of: datetime) -> Preview:
    """What settling would do now; Refused, naming all that stands in its way."""
    seen = preview(session, community, year, as_of)
    if seen.blockers:
        raise _blocked(community, year, seen.blockers)
    _refuse_early(year, as_of)
    return seen


def settle(
    session: Session,
    communities: Sequence[Community],
    year: int,
    as_of: datetime,
    force: Force | None = None,
) -> list[Community]:
    """Settle the year of communities: those settled now come back.

    A community already settled is left alone. Refused where a blocker stands and no `force`
    says who and why.
    """
    lock_heads(session, [community.id for community in communities])
    settled = settlements(session, communities, year)
    todo = [each for each in communities if each.id not in settled]
    parts = by_ruleset(session, todo, year)
    _refuse_early(year, as_of)
    if force is not None:
        _refuse_anonymous(force)
    for ruleset, part in parts:
        _refuse_blocked(session, part, year, as_of, ruleset, forced=force is not None)
    for ruleset, part in parts:
        _settle(session, part, year, as_of, ruleset, force)
    return todo


def _refuse_early(year: int, as_of: datetime) -> None:
    """Not even force settles a year that is not over: its claims would be shut out."""
    end = after_day(date(year, 12, 31))
    if as_of < end:
        raise Refused(reason("year_not_over", year=year, moment=local_text(end)))


def _refuse_anonymous(force: Force) -> None:
    if not force.by.strip() or not force.why.strip() or len(force.by) > NAME_MAX:
        raise Refused(reason("force_lacks"))


def _refuse_blocked(
    session: Session,
    communities: list[Community],
    year: int,
    as_of: datetime,
    ruleset: Ruleset,
    *,
    forced: bool,
) -> None:
    """Force overcomes whatever people may answer for; an average without members it cannot make."""
    found = blockers_of(session, communities, year, as_of, ruleset)
    for community in communities:
        standing = [
            each for each in found[community.id] if not forced or each.what == "members_unknown"
        ]
        if standing:
            raise _blocked(community, year, standing)


def _blocked(community: Community, year: int, standing: Sequence[Blocker]) -> Refused:
    """The refusal that names what keeps a year from being settled."""
    listed = tuple(each.why for each in standing)
    return Refused(reason("year_blocked", year=year, community=community.name, blockers=listed))


def _settle(
    session: Session,
    communities: list[Community],
    year: int,
    as_of: datetime,
    ruleset: Ruleset,
    force: Force | None,
) -> None:
    hashes = hashes_on(session, communities, date(year, 12, 31))
    late = _with_unregistered(session, communities, year)
    for each in communities:
        if each.id in late:
            _register_late(session, each, year, as_of, hashes)
    standing = standing_now(session, communities, year, ruleset)
    act = Act(settlement_act(year), str(year), as_of, force.by if force else "jifen")
    post(session, act, _bonus(standing, year, ruleset), hashes)
    write_frame(
        session,
        table_of(FinalPlace),
        pl.DataFrame(
            [_stood(each, year) for each in standing],
            schema=_STANDING,
            orient="row",
        ),
    )
    session.execute(
        insert(Settlement),
        [
            {
                "community_id": each.id,
                "year": year,
                "settled_at": as_of,
                "forced_by": force.by if force else None,
                "forced_why": force.why if force else None,
            }
            for each in communities
        ],
    )


def _stood(placed: Placed, year: int) -> tuple[object, ...]:
    """A place as it is kept (`_STANDING`)."""
    *figures, honours, support = placed.place
    return placed.community, year, *figures, honours_text(honours), support


def _with_unregistered(session: Session, communities: Sequence[Community], year: int) -> set[int]:
    """Communities with claims of the year that no audit has registered."""
    query = select(Claim.community_id.distinct()).where(
        Claim.community_id.in_([community.id for community in communities]),
        Claim.status == ClaimStatus.APPROVED,
        Claim.registered.is_(None),
        of_year(year),
    )
    return set(session.scalars(query))


def _register_late(
    session: Session, community: Community, year: int, as_of: datetime, hashes: dict[int, str]
) -> None:
    """Claims that were approved after December's audit still count in their year."""
    # Whatever audit they wait for: a later month sorts after every month of this year.
    admit = registrable(str(Period(year + 1, "month", 12)), as_of)
    changes = differences(session, community, [year], as_of, admit)
    act = Act(late_act(year), str(year), as_of)
    rulesets = {community.id: hashes[community.id]}
    post(session, act, changes.entries, rulesets, changes.effects)
    session.execute(
        update(Claim)
        .where(
            Claim.community_id == community.id,
            Claim.registered.is_(None),
            of_year(year),
            admit,
        )
        .values(registered=str(Period(year, "month", 12)))
    )


def _bonus(standing: Sequence[Placed], year: int, ruleset: Ruleset) -> pl.DataFrame:
    """Double redemption (双倍积分兑换): as much again as is left, if positive (ruling 14)."""
    doubled = [honour for honour in ruleset.standing.honours if honour.doubles]
    if not doubled:
        return no_entries()
    honour = doubled[0]
    why = honour.source or honour.reason
    rows = sorted(
        (
            each.community,
            each.place.household,
            None,
            year,
            EntryKind.BONUS,
            None,
            None,
            each.balance,
            why,
        )
        for each in standing
        if honour.id in each.place.honours and each.balance > 0
    )
    return pl.DataFrame(rows, schema=ENTRY_COLUMNS, orient="row")
