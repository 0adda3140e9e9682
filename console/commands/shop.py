"""`jifen redeem`, `refund`, `goods`, `redemptions`."""

from pathlib import Path
from typing import Annotated

import typer

from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    conclude,
    conclude_act,
    moment,
    print_json,
    print_table,
    reading,
    the_community,
    writing,
)
from console.wording import _, heads
from domain.kernel.documents import documents
from domain.kernel.errors import BadInput
from domain.kernel.local_time import local_iso
from domain.kernel.points import format_points, json_points, parse_points
from domain.kernel.reasons import reason
from domain.shop.goods import goods_of


def register(parent: typer.Typer) -> None:
    parent.command("redeem")(redeem)
    parent.command("refund")(refund)
    parent.command("goods")(goods)
    parent.command("redemptions")(redemptions)


def redeem(
    household: Annotated[str, typer.Argument(help="The household's number.")],
    points: Annotated[str | None, typer.Argument(help="Plain points.")] = None,
    ref: Annotated[
        str | None,
        typer.Option(
            "--ref", help="The hand-out's number: given twice, it is one. Without it one is given."
        ),
    ] = None,
    goods: Annotated[str | None, typer.Option("--goods")] = None,
    count: Annotated[int | None, typer.Option("--count")] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="PERSON", help="Who hands out, by their code.")
    ] = "",
    receiver: Annotated[
        str, typer.Option("--receiver", metavar="NAME", help="Who receives it.")
    ] = "",
    community: CommunityCode = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Redeem points or goods at the points shop; never more than the balance holds.

    Example: jifen redeem H007 --goods 洗衣液 --count 2 --ref R0012 -c ma
    """
    from domain.shop import redemption as shop  # lazy: start

    amount = parse_points(points) if points is not None else None
    with writing() as session:
        done = shop.redeem(
            session,
            the_community(session, community),
            household,
            ref,
            moment(as_of),
            points=amount,
            goods=goods,
            count=count,
            by=by,
            receiver=receiver,
        )
    told = {"by": done.handed_out_by, "receiver": done.receiver}
    conclude_act(
        _("points redeemed by {household}: {points} ({ref})").format(
            household=household, points=format_points(done.points), ref=done.ref
        ),
        {
            "ref": done.ref,
            "household": household,
            "points": json_points(done.points),
            "goods": goods,
            "count": done.count,
            "redeemed_at": local_iso(done.redeemed_at),
            **{key: value for key, value in told.items() if value},
        },
        as_json,
        session,
    )


def refund(
    ref: Annotated[str, typer.Argument(help="The hand-out's number.")],
    why: Annotated[str, typer.Option("--why")],
    community: CommunityCode = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Take a hand-out back: the points return to the account, the goods to the stock.

    Example: jifen refund R0012 --why 商品破损 -c ma
    """
    from domain.shop import redemption as shop  # lazy: start

    with writing() as session:
        done = shop.refund(session, the_community(session, community), ref, why, moment(as_of))
    assert done.refunded_at is not None
    conclude_act(
        _("points given back: {points} ({ref})").format(points=format_points(done.points), ref=ref),
        {
            "ref": ref,
            "points": json_points(done.points),
            "refunded_at": local_iso(done.refunded_at),
        },
        as_json,
        session,
    )


def goods(community: CommunityCode = None, as_json: AsJson = False) -> None:
    """The shop's goods, their prices and stock.

    Example: jifen goods -c ma
    """
    with reading() as session:
        rows = [
            {
                "goods": each.name,
                "points": json_points(each.points),
                "stock": each.stock,
                "source": each.source,
            }
            for each in goods_of(session, the_community(session, community))
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            heads("goods", "points", "stock", "source"), (list(row.values()) for row in rows)
        )


_COLUMNS = {
    "ref": "编号",
    "redeemed_at": "兑换时间",
    "household": "户号",
    "head": "户主",
    "goods": "物品",
    "count": "数量",
    "points": "积分",
    "by": "经手人",
    "receiver": "领取人",
    "refunded_at": "退还时间",
}


def redemptions(
    community: CommunityCode = None,
    period: Annotated[
        str | None, typer.Option("--period", metavar="PERIOD", help="e.g. 2026-Q1; else all.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="For the board: names are masked.")
    ] = False,
    form: Annotated[str, typer.Option("--format", metavar="text|xlsx|json")] = "text",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.xlsx")] = None,
    as_json: AsJson = False,
) -> None:
    """The hand-out list (发放台账): goods, count, household, who handed out and who received.

    Example: jifen redemptions -c ma --period 2026-Q1 --format xlsx --out 发放台账.xlsx
    """
    from domain.kernel.period import Period  # lazy: start
    from domain.shop.handouts import hand_outs  # lazy: start

    if form not in ("text", "xlsx", "json"):
        raise BadInput(reason("format_unknown", value=form, choices=("text", "xlsx", "json")))
    with reading() as session:
        chosen = the_community(session, community)
        within = Period.parse(period) if period else None
        rows = documents(hand_outs(session, chosen, within, public=public))
    if form == "xlsx":
        from domain.sheets.writing import Sheet, write_xlsx  # lazy: start

        path = out or Path(f"redemptions-{chosen.code}.xlsx")
        lines = [list(row.values()) for row in rows]
        write_xlsx(path, [Sheet("发放台账", list(_COLUMNS.values()), lines)])
        told = {"file": str(path), "redemptions": len(rows)}
        said = _("hand-outs in {file}: {count}").format(file=path, count=len(rows))
        conclude(said, told, as_json)
    elif as_json or form == "json":
        print_json(rows)
    else:
        shown = ([row[key] or "" for key in _COLUMNS] for row in rows)
        header = heads(
            "ref",
            "redeemed at",
            "household",
            "head",
            "goods",
            "count",
            "points",
            "by",
            "receiver",
            "refunded at",
        )
        print_table(header, shown)
