"""The points shop (积分超市): priced goods, stock, hand-outs; never more than a balance holds."""

import hashlib
from datetime import datetime

import polars as pl
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.community.numbers import next_number
from domain.community.registry import find_household, find_person, hash_on, ruleset_on
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date
from domain.kernel.names import NAME_MAX, require_short
from domain.kernel.period import Period
from domain.kernel.points import format_points
from domain.kernel.reasons import reason
from domain.ledger.accounts import entries_of_act
from domain.ledger.acts import redemption_act, refund_act
from domain.ledger.post import ENTRY_COLUMNS, Act, lock_heads, post
from domain.shop.goods import goods_to_sell
from domain.shop.opening_days import refuse_closed
from domain.standing.redeemable import Redeemable, of_household
from domain.store.tables.ledger import EntryKind
from domain.store.tables.people import Community, Household, Person, Role, RoleName
from domain.store.tables.settlement import Settlement
from domain.store.tables.shop import Goods, Redemption

COUNT_MAX = 10_000


def redeem(
    session: Session,
    community: Community,
    household: str,
    ref: str | None,
    at: datetime,
    *,
    points: int | None = None,
    goods: str | None = None,
    count: int | None = None,
    by: str = "",
    receiver: str = "",
) -> Redemption:
    """Hand out goods or plain points, oldest year first (ruling 15); the same again is the same.

    Without a `ref` it is a hand-out of its own, with the next number of the day.
    `by` is the code of the person who hands out, `receiver` the name of who receives. Refused: no
    shop, no round open, not a keeper of the shop, on the black list, out of stock, more than can
    be redeemed, or a number whose hand-out was given back.
    """
    lock_heads(session, [community.id])
    ref = next_number(session, community, Redemption, at) if ref is None else ref
    require_short("number_of_redemption", ref)
    home = find_household(session, community, household)
    pieces = _pieces(goods, count)
    digest = _digest(household, points, goods, pieces, by, receiver)
    known = handed_out(session, community, household, ref, points, goods, count, by, receiver)
    if known is not None:
        if known.refunded_at is not None:
            raise Refused(reason("given_back", ref=ref, day=local_date(known.refunded_at)))
        return known
    day = local_date(at)
    ruleset = ruleset_on(session, community, day)
    if ruleset.redemption.every == "none":
        raise Refused(reason("no_shop", ruleset=ruleset.id))
    if ruleset.redemption.every == "half_year":
        refuse_closed(session, community, day)
    if by:
        _refuse_stranger(session, community, by)
    if receiver:
        require_short("name_of_receiver", receiver, NAME_MAX)
    held = of_household(session, community, home, day)
    if day.year in held.barred:
        raise Refused(reason("blacklisted", household=household, year=day.year))
    stocked = goods_to_sell(session, community, goods) if goods is not None else None
    price = _price(stocked, points, pieces)
    _refuse_out_of_stock(stocked, pieces)
    rows = _entries(community, home, ref, price, held)
    if stocked is not None and stocked.stock is not None:
        stocked.stock -= pieces
    act = Act(redemption_act(ref), str(Period.of("month", day)), at)
    journals = post(session, act, rows, {community.id: hash_on(session, community, day)})
    redemption = Redemption(
        community_id=community.id,
        ref=ref,
        household_id=home.id,
        points=price,
        goods_id=stocked.id if stocked else None,
        count=pieces or None,
        redeemed_at=at,
        digest=digest,
        journal_id=journals[community.id].id,
        handed_out_by=by,
        receiver=receiver,
    )
    session.add(redemption)
    session.flush()
    return redemption


def _refuse_stranger(session: Session, community: Community, code: str) -> None:
    """Where somebody keeps the shop (专人管理), only they or a clerk hand out."""
    person = find_person(session, community, code)
    seats = session.execute(
        select(Person.code, Role.role)
        .join(Role, Role.person_id == Person.id)
        .where(Person.community_id == community.id, Role.role.in_((RoleName.SHOP, RoleName.CLERK)))
        .order_by(Person.code)
    ).tuples()
    keepers = list(seats)
    has_keeper = any(role == RoleName.SHOP for _, role in keepers)
    able = tuple(dict.fromkeys(known for known, _ in keepers))
    if has_keeper and code not in able:
        raise Refused(reason("not_shopkeeper", person=person.name, choices=able))


def handed_out(
    session: Session,
    community: Community,
    household: str,
    ref: str,
    points: int | None,
    goods: str | None,
    count: int | None,
    by: str = "",
    receiver: str = "",
) -> Redemption | None:
    """The hand-out with this number and content, given back or not; None where it is new.

    Refused where the number is that of another hand-out.
    """
    known = session.scalar(
        select(Redemption).where(Redemption.community_id == community.id, Redemption.ref == ref)
    )
    if known is not None and known.digest != _digest(
        household, points, goods, _pieces(goods, count), by, receiver
    ):
        raise Refused(reason("other_content", ref=ref))
    return known


def _digest(
    household: str, points: int | None, goods: str | None, pieces: int, by: str, receiver: str
) -> str:
    content = [household, str(points), str(goods), str(pieces)]
    # Only where they are told, so that a hand-out of an earlier release is known again.
    content += [f"{name}={value}" for name, value in (("by", by), ("to", receiver)) if value]
    return hashlib.sha256("\x1f".join(content).encode()).hexdigest()


def _pieces(goods: str | None, count: int | None) -> int:
    """How many pieces are handed out: one where goods are named alone, none of plain points."""
    if goods is None:
        if count is not None:
            raise Refused(reason("count_alone"))
        return 0
    pieces = 1 if count is None else count
    if not 1 <= pieces <= COUNT_MAX:
        raise Refused(reason("count_range", limit=COUNT_MAX))
    return pieces


def _price(goods: Goods | None, points: int | None, pieces: int) -> int:
    if goods is None:
        if points is None or points <= 0:
            raise Refused(reason("price_unsaid"))
        return points
    price = goods.points * pieces
    if points is not None and points != price:
        raise Refused(
            reason(
                "price_differs",
                count=pieces,
                goods=goods.name,
                price=format_points(price),
                said=format_points(points),
            )
        )
    return price


def _refuse_out_of_stock(goods: Goods | None, pieces: int) -> None:
    if goods is not None and goods.stock is not None and goods.stock < pieces:
        raise Refused(reason("out_of_stock", stock=goods.stock, goods=goods.name))


def _entries(
    community: Community, household: Household, ref: str, price: int, held: Redeemable
) -> pl.DataFrame:
    """The price, taken from the oldest year's account first."""
    if held.points < price <= held.points + held.kept_back:
        raise Refused(reason("blacklisted", household=household.code, year=max(held.barred)))
    if held.points < price:
        raise Refused(
            reason(
                "too_few_points",
                household=household.code,
                price=format_points(price),
                free=format_points(held.points),
            )
        )
    rows = []
    for year, available in held.by_year.items():
        part = min(price, available)
        price -= part
        if part:
            rows.append(
                (community.id, household.id, None, year, EntryKind.REDEMPTION, None, ref, -part, "")
            )
    return pl.DataFrame(rows, schema=ENTRY_COLUMNS, orient="row")


def refund(session: Session, community: Community, ref: str, why: str, at: datetime) -> Redemption:
    """Take a hand-out back (退还): the points return to the accounts they came from, once.

    Refused where one of those accounts has been cleared: points do not outlive their year.
    """
    lock_heads(session, [community.id])
    redemption = session.scalar(
        select(Redemption)
        .where(Redemption.community_id == community.id, Redemption.ref == ref)
        .execution_options(populate_existing=True)
    )
    if redemption is None:
        raise Refused(reason("redemption_unknown", community=community.name, ref=ref))
    if redemption.refunded_at is not None:
        return redemption
    taken = entries_of_act(session, community.id, redemption_act(ref))
    _refuse_cleared(session, community, ref, taken["year"].to_list())
    rows = taken.with_columns(
        kind=pl.lit(EntryKind.REFUND), points=-pl.col("points"), reason=pl.lit(why)
    )
    day = local_date(at)
    act = Act(refund_act(ref), str(Period.of("month", day)), at)
    post(session, act, rows, {community.id: hash_on(session, community, day)})
    redemption.refunded_at = at
    if redemption.goods_id is not None:
        session.execute(
            update(Goods)
            .where(Goods.id == redemption.goods_id, Goods.stock.is_not(None))
            .values(stock=Goods.stock + (redemption.count or 1))
        )
    session.flush()
    return redemption


def _refuse_cleared(session: Session, community: Community, ref: str, years: list[int]) -> None:
    cleared = session.scalar(
        select(func.min(Settlement.year)).where(
            Settlement.community_id == community.id,
            Settlement.year.in_(years),
            Settlement.cleared_at.is_not(None),
        )
    )
    if cleared is not None:
        raise Refused(reason("refund_cleared", ref=ref, year=cleared))
