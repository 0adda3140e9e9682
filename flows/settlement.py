"""一年一核算: preview, settle, clear."""

from datetime import datetime
from functools import partial
from typing import Literal

from prefect import flow
from prefect.client.schemas import State
from sqlalchemy.orm import Session

from domain.community.years import settlement_of
from domain.cycle.by_hand import Starter
from domain.kernel.errors import BadInput, Refused
from domain.kernel.period import Period
from domain.kernel.points import format_points
from domain.kernel.reasons import Reason
from domain.kernel.reasons import reason as worded
from domain.ledger.acts import has_act
from domain.publicity.quarter_and_year import publish_year
from domain.settlement.clearing import carry_over, clear
from domain.settlement.permits import use_permit
from domain.settlement.settle import preview, settle, settleable
from domain.store.database import database_now
from domain.store.tables.people import Community
from flows.steps.names import flow_name_of, name_by_hand
from flows.steps.running import UNKEPT, Skip, Work, refused, run_step
from notifications.letters.news import tell_preview


@flow(name="yearly-settlement", flow_run_name=flow_name_of("settle"), **UNKEPT)
def yearly_settlement(
    communities: list[str],
    period: str,
    step: Literal["preview", "settle", "clear"] = "preview",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    force_by: str = "",
    reason: str = "",
    by: str = "",
) -> State:
    """The yearly settlement (一年一核算).

    Args:
        communities: codes of the communities
        period: the year (2026)
        step: `preview` changes nothing; `settle` ranks, honours and doubles; `clear` zeroes
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        force_by: who settles in spite of blockers, and has permitted it (`jifen settle --force-by`)
        reason: why (kept), also where it is started by hand
        by: who starts it by hand (kept); the clock needs none
    """
    work: dict[str, Work] = {
        "preview": preview_year,
        "settle": would_settle if dry_run else partial(settle_year, force_by=force_by, why=reason),
        "clear": clear_year,
    }
    return run_step(
        work[step],
        "settle",
        step,
        period,
        communities,
        as_of,
        dry_run,
        attempt,
        Starter(by or force_by, reason),
    )


@flow(name="settle-by-hand", flow_run_name=name_by_hand)
def settle_by_hand(
    community: str, year: int, dry_run: bool = True, reason: str = "", by: str = ""
) -> State:
    """Settle one community's year by hand (手工结算): the same work, under the clock's own claim.

    Args:
        community: the community's code, e.g. ma
        year: the year to settle, e.g. 2026
        dry_run: only say what settling would do and what stands in its way; changes nothing
        reason: why it is started by hand; kept with the step, and needed where it is no dry run
        by: who starts it (kept), and needed where it is no dry run
    """
    if not dry_run and not reason.strip():
        return refused(BadInput(worded("why_by_hand")))

    def settle_it(session: Session, each: Community, period: Period, as_of: datetime) -> Reason:
        did = settle_year(session, each, period, as_of)
        return worded("by_hand", did=did, why=reason.strip())

    work: Work = would_settle if dry_run else settle_it
    starter = Starter(by, reason)
    return run_step(work, "settle", "settle", str(year), [community], None, dry_run, 0, starter)


def preview_year(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """What settling would do now, and what stands in its way."""
    if settlement_of(session, community, period.year) is not None:
        raise Skip(worded("year_is_settled"))
    seen = preview(session, community, period.year, as_of)
    tell_preview(session, community, period.year, seen, as_of)
    bonus, cleared = format_points(seen.bonus), format_points(seen.cleared)
    named = {"blockers": tuple(each.why for each in seen.blockers) or worded("none")}
    households = len(seen.standing)
    return worded("did_preview", **named, households=households, bonus=bonus, cleared=cleared)


def would_settle(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """What settling would do now; Refused, naming all that stands in its way."""
    if settlement_of(session, community, period.year) is not None:
        raise Skip(worded("year_is_settled"))
    seen = settleable(session, community, period.year, as_of)
    bonus, cleared = format_points(seen.bonus), format_points(seen.cleared)
    return worded("settling_would", households=len(seen.standing), bonus=bonus, cleared=cleared)


def settle_year(
    session: Session,
    community: Community,
    period: Period,
    as_of: datetime,
    force_by: str = "",
    why: str = "",
) -> Reason:
    """Rank, honour and double; publish; carry over where the scheme does.

    In spite of blockers only where `force_by` has permitted it.
    """
    at = database_now(session)
    force = use_permit(session, community, period.year, force_by, why, at) if force_by else None
    if not settle(session, [community], period.year, as_of, force):
        raise Skip(worded("year_was_settled"))
    publish_year(session, community, period.year, as_of)
    carried = 0
    if has_act(session, community, f"base:{period.year + 1}"):
        carried = carry_over(session, community, period.year, as_of)
    return worded("did_settle_and_carry", count=carried) if carried else worded("did_settle")


def clear_year(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """What is left of the year becomes 0."""
    settled = settlement_of(session, community, period.year)
    if settled is not None and settled.cleared_at is not None:
        raise Skip(worded("year_was_cleared"))
    if not clear(session, [community], period.year, as_of):
        raise Refused(worded("nothing_cleared"))
    return worded("did_clear")
