"""Funds (兑换经费): what a town gives named villages for their shops, and what is left of it.

A fund is given once. What is redeemed counts against it from the day on which the community first
runs rules that name it, at the scheme's value of a point.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community.registry import versions_of
from domain.kernel.documents import Hundredths
from domain.kernel.local_time import start_of_day
from domain.rules.outline import Outlined
from domain.rules.schema import Fund
from domain.store.tables.people import Community
from domain.store.tables.shop import Redemption

# Little is left of a fund when it is less than one part in so many.
_LITTLE = 5


@dataclass(frozen=True)
class FundFigures:
    """A fund and what is left of it: `points` were redeemed, all else is yuan."""

    name: str
    given: Hundredths
    points: Hundredths
    spent: Hundredths
    left: Hundredths
    is_low: bool


def fund_of(ruleset: Outlined, village: str) -> Fund | None:
    """The fund that a ruleset names for a village."""
    return next((fund for fund in ruleset.funds if village in fund.villages), None)


def fund_figures(
    session: Session, community: Community, ruleset: Outlined, at: datetime
) -> FundFigures | None:
    """A community's fund by its name, what was redeemed until `at` in points and in yuan, and what
    is left in yuan (below 0 where more was redeemed). None where the rules name no fund for it."""
    fund = fund_of(ruleset, community.name)
    if fund is None or ruleset.value is None:
        return None
    since = min(
        version.starts_on
        for version in versions_of(session, community)
        if fund_of(version.ruleset, community.name)
    )
    query = select(func.sum(Redemption.points)).where(
        Redemption.community_id == community.id,
        Redemption.refunded_at.is_(None),
        Redemption.redeemed_at >= start_of_day(since),
        Redemption.redeemed_at <= at,
    )
    points = int(session.scalar(query) or 0)
    spent = ruleset.value.worth(points)
    left = fund.fen - spent
    return FundFigures(fund.name, fund.fen, points, spent, left, left * _LITTLE < fund.fen)
