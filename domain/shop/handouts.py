"""The hand-out list (发放台账): what the points shop handed out, to whom, and by whom."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain.kernel.documents import Hundredths, Moment
from domain.kernel.local_time import after_day, start_of_day
from domain.kernel.masking import masked_name
from domain.kernel.period import Period
from domain.store.tables.people import Community, Household
from domain.store.tables.shop import Goods, Redemption


@dataclass(frozen=True)
class HandOut:
    """What was handed out to a household; `refunded_at` where it was given back."""

    ref: str
    redeemed_at: Moment
    household: str
    head: str
    goods: str
    count: int | None
    points: Hundredths
    by: str
    receiver: str
    refunded_at: Moment | None


@dataclass(frozen=True)
class GoodsCount:
    """So many of one kind of goods."""

    goods: str
    count: int


@dataclass(frozen=True)
class HandedOut:
    """What the shop gave in a time and did not get back."""

    redeemed_households: int
    points: Hundredths
    goods: tuple[GoodsCount, ...]


def hand_outs(
    session: Session, community: Community, period: Period | None = None, *, public: bool = False
) -> list[HandOut]:
    """Every hand-out of a period, or of all time, oldest first; those given back say when.

    For the `public`, heads are masked (ruling 22), and who received it for them is left out.
    """
    query = (
        select(Redemption, Household, Goods.name)
        .join(Household, Household.id == Redemption.household_id)
        .outerjoin(Goods, Goods.id == Redemption.goods_id)
        .where(Redemption.community_id == community.id)
        .order_by(Redemption.redeemed_at, Redemption.ref)
    )
    if period is not None:
        query = query.where(*_within(period.start, period.end))
    return [
        HandOut(
            ref=row.ref,
            redeemed_at=row.redeemed_at,
            household=home.code,
            head=masked_name(home.head) if public else home.head,
            goods=goods or "",
            count=row.count,
            points=row.points,
            by=row.handed_out_by,
            receiver="" if public else row.receiver,
            refunded_at=row.refunded_at,
        )
        for row, home, goods in session.execute(query).tuples()
    ]


def handed_out(session: Session, community: Community, first: date, last: date) -> HandedOut:
    """What was handed out from a day to another and not given back: to how many households, for
    how many points, and how much of which goods."""
    within = (
        Redemption.community_id == community.id,
        Redemption.refunded_at.is_(None),
        *_within(first, last),
    )
    redeemed, points = session.execute(
        select(
            func.count(func.distinct(Redemption.household_id)), func.sum(Redemption.points)
        ).where(*within)
    ).one()
    goods = session.execute(
        select(Goods.name, func.sum(Redemption.count))
        .join(Goods, Goods.id == Redemption.goods_id)
        .where(*within)
        .group_by(Goods.name)
        .order_by(Goods.name)
    ).tuples()
    return HandedOut(
        redeemed,
        int(points or 0),
        tuple(GoodsCount(name, int(count or 0)) for name, count in goods),
    )


def _within(first: date, last: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        Redemption.redeemed_at >= start_of_day(first),
        Redemption.redeemed_at < after_day(last),
    )
