"""The points shop's sheets (积分超市): goods, and hand-outs that were written down."""

from collections.abc import Iterator

from sqlalchemy import func, select

from domain.community.registry import households_of
from domain.intake.answers import Answer, RowOutcome
from domain.intake.cells import utc_moment
from domain.intake.directory import Directory
from domain.intake.job import Cells, Job, Kind, Known, Unfit, take_rows, unknown_person
from domain.intake.lookalikes import naming
from domain.intake.parsed import Fault, Parsed
from domain.kernel.local_time import local_date
from domain.kernel.reasons import reason
from domain.shop.goods import add_goods, goods_of
from domain.shop.redemption import handed_out, redeem
from domain.store.tables.shop import Goods, Redemption


def take_goods(job: Job, parsed: Parsed) -> list[Answer]:
    """Put goods on sale; what is on sale at other terms is left as it is."""
    known = {goods.name: goods for goods in goods_of(job.session, job.community)}
    gone = _handed_out(job)
    written = {naming(name): name for name in known}

    def take(cells: Cells) -> RowOutcome:
        name, price = cells["goods"], int(cells["points"])
        stock = int(cells["stock"]) if "stock" in cells else None
        source = cells.get("source", "")
        found = known.get(name)
        if found is None:
            near = written.get(naming(name))
            if near is not None and cells.get("distinct") != "yes":
                raise Unfit("goods", reason("goods_look", value=name, near=near))
            written.setdefault(naming(name), name)
            known[name] = add_goods(job.session, job.community, name, price, stock, source)
            return "accepted"
        # What the sheet gave was the stock before anything was handed out.
        first = None if found.stock is None else found.stock + gone.get(found.id, 0)
        if (found.points, first, found.source) != (price, stock, source):
            raise Unfit("goods", reason("other_content", ref=name))
        return "already"

    return take_rows(job, parsed, Kind(take, _goods_faults, column="goods"))


def _goods_faults(cells: Cells) -> Iterator[Fault]:
    if int(cells.get("points", 1)) <= 0:
        yield Fault("points", reason("not_positive"))


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

    def take(cells: Cells) -> RowOutcome | Known:
        return _redeem(job, cells)

    refs = select(Redemption.ref).where(Redemption.community_id == job.community.id)
    known = set(job.session.scalars(refs))
    homes = Directory(households_of(job.session, job.community))
    goods = {each.name for each in goods_of(job.session, job.community)}

    def check(cells: Cells) -> Iterator[Fault]:
        yield from _redemption_faults(cells)
        yield from job.ahead(cells, "redeemed_at")
        if cells.get("ref") not in known:
            yield from _unknown(cells, homes, goods)
            yield from unknown_person(job, cells, "by")

    times = parsed.texts("redeemed_at")
    order = sorted(range(len(parsed)), key=lambda at: (times[at], at))
    return take_rows(job, parsed, Kind(take, check, nested=True), order)


def _redeem(job: Job, cells: Cells) -> RowOutcome | Known:
    ref, goods = cells["ref"], cells.get("goods")
    points = int(cells["points"]) if "points" in cells else None
    count = int(cells["count"]) if "count" in cells else None
    at = job.moment(cells, "redeemed_at")
    before = handed_out(
        job.session,
        job.community,
        cells["household"],
        ref,
        points,
        goods,
        count,
        cells.get("by", ""),
        cells.get("receiver", ""),
    )
    if before is not None:
        if before.redeemed_at != utc_moment(cells["redeemed_at"]):
            raise Unfit("ref", reason("other_content", ref=ref))
        if before.refunded_at is not None:
            return Known(reason("was_given_back", day=local_date(before.refunded_at)))
        return "already"
    redeem(
        job.session,
        job.community,
        cells["household"],
        ref,
        at,
        points=points,
        goods=goods,
        count=count,
        by=cells.get("by", ""),
        receiver=cells.get("receiver", ""),
    )
    return "accepted"


def _redemption_faults(cells: Cells) -> Iterator[Fault]:
    if ("points" in cells) == ("goods" in cells):
        yield Fault("points", reason("points_or_goods"))
    if "count" in cells and "goods" not in cells:
        yield Fault("goods", reason("count_alone"))
    if int(cells.get("points", 1)) <= 0:
        yield Fault("points", reason("not_positive"))


def _unknown(cells: Cells, homes: Directory, goods: set[str]) -> Iterator[Fault]:
    """The names of a hand-out that nobody knows."""
    code, name = cells.get("household"), cells.get("goods")
    unknown = homes.unknown(code) if code is not None else None
    if unknown is not None:
        yield Fault("household", unknown)
    if name is not None and name not in goods:
        yield Fault("goods", reason("goods_unknown", value=name))
