"""Deliveries on their way (投递): claimed by one deliverer, sent, and what became of them.

A delivery is marked `sending` before and with the answer after. Should its deliverer end in
between, nobody knows whether it arrived: it is sent once more, and should that happen a second
time, it is dead and left to people. So nothing is lost, and nothing arrives more than twice.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlalchemy.orm import Session

from domain.kernel.local_time import SKEW_MAX
from domain.store.inserting import insert_into
from domain.store.statements import table_of
from domain.store.tables.outbox import Bot, Delivery, DeliveryState, Message, MessageState, Receipt
from domain.store.tables.people import Community, Person
from notifications.channels.addresses import RATES, channel_of, scheme_of
from notifications.channels.answers import TEXT_MAX, ServiceAnswer
from notifications.outbox.back_off import HOLD_MAX, retry_at

# Longer than all that a deliverer has claimed at once may take: after it, one that said nothing
# is taken for dead.
LEASE = timedelta(minutes=5)
# How often a delivery's outcome may be unknown before it is given up.
UNKNOWN_MAX = 2

# Statements are made once: making them costs more than running them. Those with a row of values
# for each delivery run on the table itself.
_DELIVERY = table_of(Delivery)
_DUE = (
    select(
        Delivery.id,
        Delivery.community_id,
        Delivery.recipient,
        Delivery.turn,
        Delivery.channel,
        Delivery.shown,
        Delivery.bot,
        Delivery.state,
        Delivery.attempts,
        Person.id.label("person"),
        Person.name,
        Person.notify,
        Community.name.label("community"),
    )
    .join(Community, Community.id == Delivery.community_id)
    .join(
        Person,
        (Person.community_id == Delivery.community_id) & (Person.code == Delivery.recipient),
    )
    .where(
        # Nothing is put off for longer than a day: what is, was so by a clock that was wrong.
        (Delivery.next_at <= bindparam("moment")) | (Delivery.next_at > bindparam("latest")),
        Delivery.bot.not_in(
            select(Bot.bot).where(
                Bot.free_at > bindparam("moment"), Bot.free_at <= bindparam("latest")
            )
        ),
    )
    .order_by(Delivery.next_at, Delivery.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True, of=Delivery)
)
_DUE_OF = _DUE.where(
    exists().where(
        Message.turn == Delivery.turn, Message.template.in_(bindparam("only", expanding=True))
    )
)
_MESSAGES = (
    select(Message)
    .where(
        Message.turn.in_(bindparam("turns", expanding=True)), Message.state == MessageState.SENDING
    )
    .order_by(Message.id)
)
_TAKE = (
    update(_DELIVERY)
    .where(_DELIVERY.c.id == bindparam("key"))
    .values(
        state=DeliveryState.SENDING, attempts=_DELIVERY.c.attempts + 1, next_at=bindparam("until")
    )
)
_FINISH = (
    update(_DELIVERY)
    .where(
        _DELIVERY.c.id == bindparam("key"),
        _DELIVERY.c.state == bindparam("before"),
        _DELIVERY.c.attempts == bindparam("attempt"),
    )
    .values(state=bindparam("after"), next_at=bindparam("again"))
)
_STATES = select(Delivery.turn, Delivery.state).where(
    Delivery.turn.in_(bindparam("turns", expanding=True))
)
_OUTBOX = table_of(Message)
_CONCLUDE = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.turn.in_(bindparam("turns", expanding=True)),
        _OUTBOX.c.state == MessageState.SENDING,
    )
    .values(state=bindparam("outcome"))
)
_RECEIVED = insert(table_of(Receipt))


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours to send, with all that goes into it."""

    delivery: int
    turn: int
    bot: str
    attempt: int
    address: str
    shown: str
    person: int
    name: str
    community: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class DeliveryOutcome:
    """What a service answered to a delivery, and when."""

    claimed: Claimed
    answer: ServiceAnswer
    at: datetime


def claim(
    session: Session,
    moment: datetime,
    count: int,
    under_way: Collection[int] = (),
    only: Sequence[str] = (),
) -> list[Claimed]:
    """Claim up to `count` deliveries that are due and whose robot is free; where `only` is given,
    those with a message of these templates.

    Those `under_way` are still being sent by the deliverer that asks, however late it may be by a
    clock that has jumped.
    """
    if count <= 0:
        return []
    due = {"moment": moment, "latest": _latest(moment), "count": count}
    found = session.execute(*((_DUE_OF, due | {"only": only}) if only else (_DUE, due))).all()
    rows = [row for row in found if row.id not in under_way]
    if not rows:
        return []
    left = [row for row in rows if row.state == DeliveryState.SENDING]
    hopeless = _given_up(session, left, moment) if left else set()
    taken = []
    for row in rows:
        if row.id in hopeless:
            continue
        address = next((each for each in row.notify if channel_of(each) == row.channel), None)
        if address is None:
            _note(session, row.id, moment, False, "the address was removed")
            _end(session, row, DeliveryState.DROPPED)
        elif _take_token(session, row.bot, address, moment):
            taken.append((row, address))
    if not taken:
        return []
    until = moment + LEASE
    session.connection().execute(_TAKE, [{"key": row.id, "until": until} for row, _ in taken])
    messages = defaultdict(list)
    for message in session.scalars(_MESSAGES, {"turns": [row.turn for row, _ in taken]}):
        messages[message.turn].append(message)
    return [
        Claimed(
            row.id,
            row.turn,
            row.bot,
            row.attempts + 1,
            address,
            row.shown,
            row.person,
            row.name,
            row.community,
            tuple(messages[row.turn]),
        )
        for row, address in taken
    ]


def _latest(moment: datetime) -> datetime:
    """Until when something may be put off now."""
    return moment + HOLD_MAX + SKEW_MAX


def _given_up(session: Session, rows: Sequence[Any], moment: datetime) -> set[int]:
    """Note that these attempts' outcomes are unknown; those for which that is once too often."""
    for row in rows:
        _note(session, row.id, moment, None, "the deliverer ended before it knew")
    unknown = (
        select(Receipt.delivery_id)
        .where(Receipt.delivery_id.in_([row.id for row in rows]), Receipt.ok.is_(None))
        .group_by(Receipt.delivery_id)
        .having(func.count() >= UNKNOWN_MAX)
    )
    hopeless = set(session.scalars(unknown))
    for row in rows:
        if row.id in hopeless:
            _end(session, row, DeliveryState.DEAD)
        else:
            _finish(session, row.id, row.attempts, DeliveryState.WAITING, moment)
    return hopeless


def _take_token(session: Session, bot: str, address: str, moment: datetime) -> bool:
    """One message of a robot's limit; the limit is kept in the database, as it holds for all
    deliverers together and through their restarts."""
    rate = RATES.get(scheme_of(address))
    if rate is None:
        return True
    # The row is there before it is locked, so that two deliverers never count apart.
    session.execute(
        insert_into(session, Bot).values(bot=bot, free_at=moment).on_conflict_do_nothing()
    )
    known = session.get_one(Bot, bot, with_for_update=True, populate_existing=True)
    if moment < known.free_at <= _latest(moment):
        return False
    known.free_at = rate.after(min(known.free_at, moment), moment)
    session.flush()
    return True


def record(session: Session, outcomes: Sequence[DeliveryOutcome]) -> None:
    """Write down services' answers and what follows: sent, tried again, or dead."""
    if not outcomes:
        return
    session.connection().execute(
        _RECEIVED,
        [
            {
                "delivery_id": each.claimed.delivery,
                "at": each.at,
                "ok": each.answer.ok,
                "answer": each.answer.text[:TEXT_MAX],
            }
            for each in outcomes
        ],
    )
    for each in outcomes:
        hold = min(timedelta(seconds=each.answer.hold_s), HOLD_MAX)
        if hold:
            _hold(session, each.claimed.bot, each.at + hold)
    # One that was taken for dead meanwhile is another deliverer's: its row stays as it is.
    session.connection().execute(_FINISH, [_next(each) for each in outcomes])
    _conclude(session, {each.claimed.turn for each in outcomes})


def _next(outcome: DeliveryOutcome) -> dict[str, Any]:
    claimed, answer = outcome.claimed, outcome.answer
    hold = timedelta(seconds=answer.hold_s)
    again = None if answer.ok else retry_at(claimed.attempt, outcome.at, hold)
    over = DeliveryState.SENT if answer.ok else DeliveryState.DEAD
    return {
        "key": claimed.delivery,
        "attempt": claimed.attempt,
        "before": DeliveryState.SENDING,
        "after": over if again is None else DeliveryState.WAITING,
        "again": again,
    }


def _note(session: Session, delivery: int, at: datetime, ok: bool | None, answer: str) -> None:
    session.execute(insert(Receipt).values(delivery_id=delivery, at=at, ok=ok, answer=answer))


def _hold(session: Session, bot: str, until: datetime) -> None:
    """The service wants no more messages of this robot for a while."""
    session.execute(
        insert_into(session, Bot)
        .values(bot=bot, free_at=until)
        .on_conflict_do_update(
            index_elements=["bot"],
            set_={"free_at": until},
            where=(Bot.free_at < until) | (Bot.free_at > until + HOLD_MAX),
        )
    )


def _finish(
    session: Session, delivery: int, attempt: int, state: DeliveryState, again: datetime | None
) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery, Delivery.attempts == attempt)
        .values(state=state, next_at=again)
        .execution_options(synchronize_session=False)
    )


def _end(session: Session, row: Any, state: DeliveryState) -> None:
    """The delivery is over without having been sent."""
    _finish(session, row.id, row.attempts, state, None)
    _conclude(session, {row.turn})


def _conclude(session: Session, turns: Collection[int]) -> None:
    """With the last delivery of a turn, its messages are over too."""
    states = defaultdict(set)
    for turn, state in session.execute(_STATES, {"turns": list(turns)}).tuples():
        states[turn].add(state)
    ended = defaultdict(list)
    for turn, found in states.items():
        outcome = _outcome(found)
        if outcome is not None:
            ended[outcome].append(turn)
    for outcome, those in ended.items():
        session.connection().execute(_CONCLUDE, {"turns": those, "outcome": outcome})


def _outcome(states: Collection[DeliveryState]) -> MessageState | None:
    """What became of a turn's messages; None while one of its deliveries is under way."""
    if DeliveryState.WAITING in states or DeliveryState.SENDING in states:
        return None
    if DeliveryState.DEAD in states:
        return MessageState.DEAD
    return MessageState.SENT if DeliveryState.SENT in states else MessageState.UNADDRESSED
