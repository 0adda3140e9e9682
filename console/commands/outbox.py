"""`jifen outbox list · resend · deliver`."""

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import select

from config.settings import load
from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    communities_meant,
    conclude,
    moment,
    open_database,
    print_json,
    print_table,
    reading,
    writing,
)
from console.installation import manner_of
from console.wording import _, heads, ngettext, word
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_iso
from domain.kernel.reasons import Reason, reason
from domain.store.tables.outbox import Delivery, Message, MessageState, Receipt

if TYPE_CHECKING:
    pass

app = typer.Typer(
    help="Messages to people: what waits, went out, or did not.", no_args_is_help=True
)
LIST_MAX = 200


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="outbox")


@app.command("list")
def list_all(
    community: CommunityCode = None,
    state: Annotated[
        MessageState | None,
        typer.Option("--state"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The newest messages: to whom, in which state, and what the service last answered.

    Example: jifen outbox list --state dead -c ma
    """
    with reading() as session:
        chosen = communities_meant(session, [community] if community else ())
        codes = {each.id: each.code for each in chosen}
        query = select(Message).where(Message.community_id.in_(codes))
        if state:
            query = query.where(Message.state == state)
        messages = session.scalars(query.order_by(Message.id.desc()).limit(LIST_MAX)).all()
        turns = {each.turn for each in messages if each.turn is not None}
        deliveries = session.scalars(select(Delivery).where(Delivery.turn.in_(turns))).all()
        # In the order of their ids, so that the last one stays.
        answers = dict(
            session.execute(
                select(Receipt.delivery_id, Receipt.answer)
                .where(Receipt.delivery_id.in_([each.id for each in deliveries]))
                .order_by(Receipt.id)
            )
            .tuples()
            .all()
        )
        rows: list[dict[str, Any]] = [
            {
                "id": message.id,
                "community": codes[message.community_id],
                "to": message.recipient,
                "about": message.occasion,
                "written": local_iso(message.written_at),
                "state": message.state,
                "deliveries": [
                    _delivery(each, answers.get(each.id, ""))
                    for each in deliveries
                    if each.turn == message.turn
                ],
            }
            for message in messages
        ]
    if as_json:
        print_json(rows)
        return
    header = heads("id", "community", "to", "about", "written", "state", "address: answer")
    print_table(
        header,
        (
            (
                row["id"],
                row["community"],
                row["to"],
                row["about"],
                row["written"],
                word("messages", row["state"]),
                "; ".join(f"{each['address']}: {each['answer']}" for each in row["deliveries"]),
            )
            for row in rows
        ),
    )


def _delivery(delivery: Delivery, answer: str) -> dict[str, Any]:
    return {
        "address": delivery.shown,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next": local_iso(delivery.next_at) if delivery.next_at else None,
        "answer": answer,
    }


@app.command()
def resend(
    community: CommunityCode = None,
    to: Annotated[str, typer.Option("--to", metavar="CODE", help="Only this person's.")] = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Try dead messages again, and those whose person had no address; what arrived is not doubled.

    Example: jifen outbox resend -c ma
    """
    from notifications.outbox.turns import resend as again  # lazy: start

    with writing() as session:
        chosen = communities_meant(session, [community] if community else ())
        people, refusals = 0, list[Reason]()
        for each in chosen:
            try:
                people += again(session, each, moment(as_of), to)
            except Refused as refusal:
                refusals.append(refusal.why)
        if refusals and not people:
            raise Refused(reason("all_of", all=tuple(refusals)))
    conclude(
        ngettext(
            "messages to {count} person go out again: `jifen outbox list`",
            "messages to {count} people go out again: `jifen outbox list`",
            people,
        ).format(count=people),
        {"people": people},
        as_json,
    )


@app.command()
def deliver(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Deliver what is due now, as `jifen up` does all the time; nothing in the quiet hours.

    Example: jifen outbox deliver
    """
    from notifications.outbox.deliverer import Deliverer  # lazy: start

    engine = open_database()
    try:
        clock = partial(moment, as_of)
        with closing(Deliverer(engine, manner_of(load()), clock)) as deliverer:
            tally = deliverer.deliver_due()
    finally:
        engine.dispose()
    conclude(
        _("letters sent: {sent}, not accepted: {failed}; `jifen outbox list` says why").format(
            sent=tally.sent, failed=tally.failed
        ),
        {"sent": tally.sent, "failed": tally.failed},
        as_json,
    )
