"""Redemption rounds (半年一兑换): what was handed out, and how many households it reached."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community.participation import lives_here
from domain.community.registry import ruleset_on
from domain.kernel.documents import Hundredths, document
from domain.kernel.period import Period
from domain.kernel.points import HUNDREDTHS
from domain.publicity.once import Draft, publish_once
from domain.rules.schema import Ruleset
from domain.shop.handouts import HandedOut, handed_out
from domain.shop.opening_days import days_of
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.people import Community, Household


@dataclass(frozen=True)
class RoundFigures(HandedOut):
    """A round's hand-outs, and how many of the resident households they reached: `coverage_needed`
    is the scheme's own figure, None where it sets none."""

    resident_households: int
    coverage_percent: Hundredths
    coverage_needed: int | None
    coverage_reached: bool | None


def publish_round(session: Session, community: Community, half: Period, as_of: datetime) -> Notice:
    """The shop's hand-outs of a half year (兑换情况张榜公布), with the coverage reached."""

    def draw_up() -> Draft:
        ruleset = ruleset_on(session, community, half.end)
        return Draft(ruleset, document(round_figures(session, community, half, ruleset)))

    return publish_once(session, community, NoticeKind.REDEMPTION, str(half), half, as_of, draw_up)


def round_figures(
    session: Session, community: Community, half: Period, ruleset: Ruleset
) -> RoundFigures:
    """Who redeemed in a round, of how many resident households, and what was handed out.

    Coverage is of resident households (长坝 三(四): 常住户), also of those that may not take part.
    """
    figures = handed_out(session, community, *days_of(session, community, half))
    living_here = select(func.count(Household.id)).where(*lives_here(community.id, half.end))
    residents = session.scalar(living_here)
    needed = ruleset.redemption.coverage_percent
    coverage = figures.redeemed_households * 10_000 // residents if residents else 0
    return RoundFigures(
        figures.redeemed_households,
        figures.points,
        figures.goods,
        resident_households=residents or 0,
        coverage_percent=coverage,
        coverage_needed=needed,
        coverage_reached=None if needed is None else coverage >= needed * HUNDREDTHS,
    )
