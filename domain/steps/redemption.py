"""A redemption round (半年一兑换): what was handed out is posted when it ends."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.community.registry import ruleset_on
from domain.kernel.errors import Refused
from domain.kernel.local_time import after_day, local_text
from domain.kernel.period import Period
from domain.kernel.points import json_points
from domain.kernel.reasons import Reason, reason
from domain.notices.notice import find_notice
from domain.occasions.occasion import NoticePublished, RoundEnding, Tell
from domain.publicity.rounds import publish_round, round_figures
from domain.shop.opening_days import days_of, last_days
from domain.steps.work import Skip, tell_all
from domain.store.tables.notices import NoticeKind
from domain.store.tables.people import Community

_DID = {True: "did_round_enough", False: "did_round_too_few", None: "did_round"}


def close(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Post the round's hand-outs and how many resident households it reached."""
    if find_notice(session, community, NoticeKind.REDEMPTION, str(period)) is not None:
        raise Skip(reason("round_is_closed"))
    ruleset = ruleset_on(session, community, period.end)
    if ruleset.redemption.every == "none":
        raise Refused(reason("no_shop", ruleset=ruleset.id))
    ends = after_day(days_of(session, community, period)[1])
    if as_of < ends:
        raise Refused(reason("round_open", moment=local_text(ends)))
    notice = publish_round(session, community, period, as_of)
    tell(session, community, NoticePublished(notice), as_of)
    figures = round_figures(session, community, period, ruleset)
    return reason(
        _DID[figures.coverage_reached],
        redeemed=figures.redeemed_households,
        resident=figures.resident_households,
        percent=json_points(figures.coverage_percent),
    )


def remind(
    session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
) -> Reason:
    """Remind the clerk of a round that ends soon and has reached too few households."""
    last_day = last_days(session, community, period.end).get(period, period.end)
    if as_of >= after_day(last_day):
        raise Skip(reason("round_is_over"))
    ruleset = ruleset_on(session, community, period.end)
    needed = ruleset.redemption.coverage_percent
    figures = round_figures(session, community, period, ruleset)
    if needed is None or figures.coverage_reached:
        return reason("nothing_to_tell")
    redeemed, residents = figures.redeemed_households, figures.resident_households
    ending = RoundEnding(period, last_day, redeemed, residents, needed)
    return tell_all(session, community, [ending], as_of, tell)


ACTS = {"close": close, "remind": remind}
