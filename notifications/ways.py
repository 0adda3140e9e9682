"""Deliveries on their way (投递): claimed by one deliverer, sent, and what became of them.

A delivery is marked `sending` before and with the answer after. Should its deliverer end in
between, nobody knows whether it arrived: it is sent once more, and should that happen a second
time, it is dead and left to people. So nothing is lost, and nothing arrives more than twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.store.tables import Bot, Community, Delivery, Message, Person, Receipt
from notifications.channels.addresses import RATES, channel_of, scheme_of
from notifications.channels.answers import TEXT_MAX, Answer
from notifications.pace import HOLD_MAX, retry_at

# Longer than any attempt may take: after it, a deliverer that said nothing is taken for dead.
LEASE = timedelta(minutes=3)
# How often a delivery's outcome may be unknown before it is given up.
UNKNOWN_MAX = 2


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours to send, with all that goes into it."""

    delivery: int
    attempt: int
    address: str
    shown: str
    name: str
    community: str
    messages: tuple[Message, ...]


def claim(session: Session, moment: datetime, count: int) -> list[Claimed]:
    """Claim up to `count` deliveries that are due and whose robot is free."""
    if count <= 0:
        return []
    busy = select(Bot.bot).where(Bot.free_at > moment)
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.next_at <= moment, Delivery.bot.not_in(busy))
        .order_by(Delivery.next_at, Delivery.id)
        .limit(count)
        .with_for_update(skip_locked=True)
    ).all()
    claimed = []
    for delivery in rows:
        if delivery.state == "sending" and _given_up(session, delivery, moment):
            continue
        found = _claimed(session, delivery, moment)
        if found is not None:
            claimed.append(found)
    return claimed


def _given_up(session: Session, delivery: Delivery, moment: datetime) -> bool:
    """Note that an attempt's outcome is unknown; whether that was once too often."""
    _receipt(session, delivery, moment, None, "the deliverer ended before it knew")
    unknown = session.scalar(
        select(func.count()).where(Receipt.delivery_id == delivery.id, Receipt.ok.is_(None))
    )
    if (unknown or 0) < UNKNOWN_MAX:
        delivery.state = "waiting"
        return False
    _end(session, delivery, "dead")
    return True


def _claimed(session: Session, delivery: Delivery, moment: datetime) -> Claimed | None:
    person, community = session.execute(
        select(Person, Community.name)
        .join(Community, Community.id == Person.community_id)
        .where(Person.community_id == delivery.community_id, Person.code == delivery.recipient)
    ).one()
    address = next((each for each in person.notify if channel_of(each) == delivery.channel), None)
    if address is None:
        _receipt(session, delivery, moment, False, "the address was removed")
        _end(session, delivery, "dropped")
        return None
    if not _take_token(session, delivery.bot, address, moment):
        return None
    messages = session.scalars(
        select(Message)
        .where(Message.turn == delivery.turn, Message.state == "sending")
        .order_by(Message.id)
    ).all()
    delivery.state, delivery.attempts = "sending", delivery.attempts + 1
    delivery.next_at = moment + LEASE
    return Claimed(
        delivery.id, delivery.attempts, address, delivery.shown, person.name, community,
        tuple(messages),
    )  # fmt: skip


def _take_token(session: Session, bot: str, address: str, moment: datetime) -> bool:
    """One message of a robot's limit; the limit is kept in the database, as it holds for all
    deliverers together and through their restarts."""
    rate = RATES.get(scheme_of(address))
    if rate is None:
        return True
    # The row is there before it is locked, so that two deliverers never count apart.
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(Bot).values(bot=bot, free_at=moment).on_conflict_do_nothing())
    known = session.get_one(Bot, bot, with_for_update=True, populate_existing=True)
    if known.free_at > moment:
        return False
    known.free_at = rate.after(known.free_at, moment)
    return True


def record(
    session: Session, delivery_id: int, attempt: int, answer: Answer, moment: datetime
) -> None:
    """Write down a service's answer and what follows: sent, tried again, or dead."""
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    _receipt(session, delivery, moment, answer.ok, answer.text)
    hold = min(timedelta(seconds=answer.hold_s), HOLD_MAX)
    if hold:
        _hold(session, delivery.bot, moment + hold)
    if (delivery.state, delivery.attempts) != ("sending", attempt):
        # Taken for dead meanwhile: the next attempt is another one's.
        return
    again = None if answer.ok else retry_at(attempt, moment, hold)
    if again is not None:
        delivery.state, delivery.next_at = "waiting", again
    else:
        _end(session, delivery, "sent" if answer.ok else "dead")


def _receipt(
    session: Session, delivery: Delivery, moment: datetime, ok: bool | None, answer: str
) -> None:
    session.add(Receipt(delivery_id=delivery.id, at=moment, ok=ok, answer=answer[:TEXT_MAX]))
    session.flush()


def _hold(session: Session, bot: str, until: datetime) -> None:
    """The service wants no more messages of this robot for a while."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Bot).values(bot=bot, free_at=until)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["bot"], set_={"free_at": until}, where=Bot.free_at < until
        )
    )


def _end(session: Session, delivery: Delivery, state: str) -> None:
    """The delivery is over; with the last of its turn, so are the messages."""
    delivery.state, delivery.next_at = state, None
    session.flush()
    states = session.scalars(select(Delivery.state).where(Delivery.turn == delivery.turn)).all()
    outcome = _outcome(states)
    if outcome is not None:
        session.execute(
            update(Message)
            .where(Message.turn == delivery.turn, Message.state == "sending")
            .values(state=outcome)
        )


def _outcome(states: Sequence[str]) -> str | None:
    """What became of a turn's messages; None while one of its deliveries is under way."""
    if {"waiting", "sending"} & set(states):
        return None
    return next((state for state in ("dead", "sent") if state in states), "unaddressed")
