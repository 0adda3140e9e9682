"""The points shop's goods (积分超市商品): what they cost, and how many are left."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.kernel.points import format_points
from domain.kernel.reasons import reason
from domain.store.tables.people import Community
from domain.store.tables.shop import Goods


def add_goods(
    session: Session, community: Community, name: str, points: int, stock: int | None, source: str
) -> Goods:
    """Goods at a posted price (明码标价); the same again changes nothing."""
    known = session.scalar(
        select(Goods).where(Goods.community_id == community.id, Goods.name == name)
    )
    if known is not None:
        if known.points != points:
            raise Refused(reason("goods_priced", name=name, price=format_points(known.points)))
        return known
    if points <= 0 or (stock is not None and stock < 0):
        raise Refused(reason("goods_unsound", name=name))
    goods = Goods(community_id=community.id, name=name, points=points, stock=stock, source=source)
    session.add(goods)
    session.flush()
    return goods


def goods_of(session: Session, community: Community) -> Sequence[Goods]:
    """The shop's goods by name."""
    query = select(Goods).where(Goods.community_id == community.id)
    return session.scalars(query.order_by(Goods.name)).all()


def goods_to_sell(session: Session, community: Community, name: str) -> Goods:
    """Goods by name, held until the hand-out is written: nobody else sells the last of them."""
    goods = session.scalar(
        select(Goods)
        .where(Goods.community_id == community.id, Goods.name == name)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if goods is None:
        raise Refused(reason("goods_unknown", value=name))
    return goods
