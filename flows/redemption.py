"""半年一兑换: close a round of the points shop and post what was handed out."""

from datetime import datetime
from typing import Literal

from prefect import flow
from prefect.client.schemas import State
from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.cycle.by_hand import Starter
from domain.kernel.errors import Refused
from domain.kernel.local_time import after_day, local_text
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.notices.notice import find_notice
from domain.publicity.rounds import publish_round
from domain.shop.opening_days import days_of
from domain.store.tables.people import Community
from flows.steps.names import flow_name_of
from flows.steps.running import UNKEPT, Skip, run_step


@flow(name="redemption-round", flow_run_name=flow_name_of("redemption"), **UNKEPT)
def redemption_round(
    communities: list[str],
    period: str,
    step: Literal["close"] = "close",
    as_of: datetime | None = None,
    dry_run: bool = False,
    attempt: int = 0,
    by: str = "",
    why: str = "",
) -> State:
    """A redemption round (半年一兑换): its hand-outs and coverage are posted when it ends.

    Args:
        communities: codes of the communities
        period: the half year (2026-H1)
        step: `close` posts the round's figures
        as_of: stands in for now
        dry_run: say what would be done, and change nothing
        attempt: set by the clock: which claim of the step this run answers
        by: who starts it by hand (kept); the clock needs none
        why: why it is started by hand (kept)
    """
    return run_step(
        close, "redemption", step, period, communities, as_of, dry_run, attempt, Starter(by, why)
    )


def close(session: Session, community: Community, period: Period, as_of: datetime) -> Reason:
    """Post the round's hand-outs and how many resident households it reached."""
    if find_notice(session, community, "redemption", str(period)) is not None:
        raise Skip(reason("round_is_closed"))
    ruleset = ruleset_on(session, community, period.end)
    if ruleset.redemption.every == "none":
        raise Refused(reason("no_shop", ruleset=ruleset.id))
    ends = after_day(days_of(session, community, period)[1])
    if as_of < ends:
        raise Refused(reason("round_open", moment=local_text(ends)))
    content = publish_round(session, community, period, as_of).content
    did = {True: "did_round_enough", False: "did_round_too_few", None: "did_round"}
    return reason(
        did[content["coverage_reached"]],
        redeemed=content["redeemed_households"],
        resident=content["resident_households"],
        percent=content["coverage_percent"],
    )
