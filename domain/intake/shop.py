"""The points shop's sheets (积分超市): goods, and hand-outs that were written down."""

from sqlalchemy import func, select

from domain.goods import add_goods, goods_of
from domain.intake.answers import Answer, Outcome
from domain.intake.cells import utc_moment
from domain.intake.job import Cells, Job, Kind, Unfit, require_household, require_person, take_rows
from domain.intake.lookalikes import naming
from domain.intake.parsed import Parsed
from domain.reasons import reason
from domain.shop import redeem
from domain.store.tables.shop import Goods, Redemption


def take_goods(job: Job, parsed: Parsed) -> list[Answer]:
    """Put goods on sale; what is on sale at other terms is left as it is."""
    known = {goods.name: goods for goods in goods_of(job.session, job.community)}
    handed_out = _handed_out(job)
    written = {naming(name): name for name in known}

    def take(cells: Cells) -> Outcome:
        name, price = cells["goods"], int(cells["points"])
        stock = int(cells["stock"]) if "stock" in cells else None
        source = cells.get("source", "")
        if price <= 0:
            raise Unfit("points", reason("not_positive"))
        found = known.get(name)
        if found is None:
            near = written.get(naming(name))
            if near is not None and cells.get("distinct") != "yes":
                raise Unfit("goods", reason("goods_look", value=name, near=near))
            written.setdefault(naming(name), name)
            known[name] = add_goods(job.session, job.community, name, price, stock, source)
            return "accepted"
        # What the sheet gave was the stock before anything was handed out.
        first = None if found.stock is None else found.stock + handed_out.get(found.id, 0)
        if (found.points, first, found.source) != (price, stock, source):
            raise Unfit("goods", reason("other_content", ref=name))
        return "already"

    return take_rows(job, parsed, Kind(take, "goods"))


def _handed_out(job: Job) -> dict[int, int]:
    query = (
        select(Redemption.goods_id, func.sum(Redemption.count))
        .join(Goods, Goods.id == Redemption.goods_id)
        .where(Redemption.community_id == job.community.id, Redemption.refunded_at.is_(None))
        .group_by(Redemption.goods_id)
    )
    return {key: int(count or 0) for key, count in job.session.execute(query) if key}


def take_redemptions(job: Job, parsed: Parsed) -> list[Answer]:
    """Enter hand-outs in the order in which they happened."""

    def take(cells: Cells) -> Outcome:
        return _redeem(job, cells)

    times = parsed.texts("redeemed_at")
    order = sorted(range(len(parsed)), key=lambda at: (times[at], at))
    return take_rows(job, parsed, Kind(take, nested=True), order)


def _redeem(job: Job, cells: Cells) -> Outcome:
    ref, goods = cells["ref"], cells.get("goods")
    points = int(cells["points"]) if "points" in cells else None
    count = int(cells["count"]) if "count" in cells else None
    if (points is None) == (goods is None):
        raise Unfit("points", reason("points_or_goods"))
    if count is not None and goods is None:
        raise Unfit("goods", reason("count_alone"))
    if points is not None and points <= 0:
        raise Unfit("points", reason("not_positive"))
    at = job.moment(cells, "redeemed_at")
    before = job.session.scalar(
        select(Redemption.redeemed_at).where(
            Redemption.community_id == job.community.id, Redemption.ref == ref
        )
    )
    if before is not None and before != utc_moment(cells["redeemed_at"]):
        raise Unfit("ref", reason("other_content", ref=ref))
    if before is None:
        require_household(job, cells["household"])
        _require_goods(job, goods)
        if "by" in cells:
            require_person(job, "by", cells["by"])
    redeem(
        job.session, job.community, cells["household"], ref, at,
        points=points, goods=goods, count=count,
        by=cells.get("by", ""), receiver=cells.get("receiver", ""),
    )  # fmt: skip
    return "accepted" if before is None else "already"


def _require_goods(job: Job, name: str | None) -> None:
    query = select(Goods.id).where(Goods.community_id == job.community.id, Goods.name == name)
    if name is not None and job.session.scalar(query) is None:
        raise Unfit("goods", reason("goods_unknown", value=name))
