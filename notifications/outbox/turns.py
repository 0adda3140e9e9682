"""Whose turn it is (轮次): one letter per person and day, with all that waits for them.

A person's turn comes once a day, from the digest's hour on; an urgent message makes it come at
once, and takes along what else waits. A turn becomes a delivery to each of the person's addresses.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, case, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from domain.kernel.errors import Refused
from domain.kernel.local_time import SKEW_MAX, local_date, start_of_day
from domain.kernel.reasons import reason
from domain.operations.leases import take_lease
from domain.store.statements import table_of
from domain.store.tables.outbox import Delivery, DeliveryState, Message, MessageState
from domain.store.tables.people import Community, Person
from notifications.channels.addresses import bot_of, channel_of, shown_address
from notifications.outbox.hours import Hours

# What is written within so much time of each other goes into one letter.
SETTLE = timedelta(minutes=5)
# So many people's turns are made in one transaction.
TURNS_MAX = 500
# What can be tried again, once there is another address.
UNDELIVERED = (MessageState.DEAD, MessageState.UNADDRESSED)

Key = tuple[int, str]
_OUTBOX = table_of(Message)
_TURN = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.community_id == bindparam("community"),
        _OUTBOX.c.recipient == bindparam("person"),
        _OUTBOX.c.state == MessageState.WAITING,
    )
    .values(state=bindparam("then"), turn=bindparam("number"), turned_at=bindparam("at"))
)


def open_turns(
    session: Session, holder: str, moment: datetime, hours: Hours, only: Sequence[str] = ()
) -> int:
    """Make deliveries for those whose turn has come; how many people that were.

    `only` leaves out whoever has no message of these templates. One deliverer at a time does this
    (`holder`); for the others it is 0.
    """
    # The lease ends with the transaction: its row is what they take turns at.
    if not take_lease(session, "outbox", holder, moment, timedelta(0)):
        return 0
    _expire(session, moment)
    turns = _come(session, moment, hours, only)
    if not turns:
        return 0
    addresses = _addresses(session, list(turns))
    session.connection().execute(
        _TURN,
        [
            {
                "community": key[0],
                "person": key[1],
                "number": turn,
                "at": moment,
                "then": MessageState.SENDING if addresses.get(key) else MessageState.UNADDRESSED,
            }
            for key, turn in turns.items()
        ],
    )
    rows = [
        _row(key, turn, address, moment)
        for key, turn in turns.items()
        for address in addresses.get(key, ())
    ]
    if rows:
        session.execute(insert(Delivery), rows)
    return len(turns)


def _expire(session: Session, moment: datetime) -> None:
    """What has become pointless is not sent: the next message tells how things stand."""
    session.execute(
        update(Message)
        .where(Message.state == MessageState.WAITING, Message.expires_at <= moment)
        .values(state=MessageState.EXPIRED)
        .execution_options(synchronize_session=False)
    )


def _come(session: Session, moment: datetime, hours: Hours, only: Sequence[str]) -> dict[Key, int]:
    """Those whose turn has come, each with the turn's number: that of its first message."""
    earlier = aliased(Message)
    had_one = exists().where(
        earlier.community_id == Message.community_id,
        earlier.recipient == Message.recipient,
        # Not what a clock that was wrong has turned or written later than now.
        earlier.turned_at.between(start_of_day(local_date(moment)), moment + SKEW_MAX),
    )
    urgent = func.max(case((Message.urgent, 1), else_=0)) == 1
    settled = (func.min(Message.written_at) <= moment - SETTLE) | (
        func.min(Message.written_at) > moment + SKEW_MAX
    )
    is_digest_time = moment >= hours.digest_at(moment)
    query = (
        select(Message.community_id, Message.recipient, func.min(Message.id))
        .where(Message.state == MessageState.WAITING)
        .group_by(Message.community_id, Message.recipient)
        .having(or_(urgent, and_(settled, ~had_one)) if is_digest_time else urgent)
        .limit(TURNS_MAX)
    )
    if only:
        query = query.having(func.max(case((Message.template.in_(only), 1), else_=0)) == 1)
    return {(community, person): first for community, person, first in session.execute(query)}


def _addresses(session: Session, keys: Sequence[Key]) -> dict[Key, list[str]]:
    """Each person's addresses, every one once."""
    query = select(Person.community_id, Person.code, Person.notify).where(
        tuple_(Person.community_id, Person.code).in_(keys)
    )
    return {
        (community, code): list(dict.fromkeys(addresses))
        for community, code, addresses in session.execute(query).tuples()
    }


def _row(key: Key, turn: int, address: str, moment: datetime) -> dict[str, object]:
    return {
        "community_id": key[0],
        "recipient": key[1],
        "turn": turn,
        "channel": channel_of(address),
        "shown": shown_address(address),
        "bot": bot_of(address),
        "state": DeliveryState.WAITING,
        "attempts": 0,
        "next_at": moment,
    }


def resend(session: Session, community: Community, moment: datetime, recipient: str = "") -> int:
    """Try again what is dead or had no address, at the addresses that people have now.

    What an address has received is not sent to it again. Returns how many people are written to;
    Refused where nobody concerned has an address.
    """
    query = select(Message.recipient, Message.turn).where(
        Message.community_id == community.id, Message.state.in_(UNDELIVERED)
    )
    if recipient:
        query = query.where(Message.recipient == recipient)
    turns = {(person, turn) for person, turn in session.execute(query).tuples() if turn is not None}
    addresses = _addresses(session, [(community.id, person) for person, _ in turns])
    again = set()
    for person, turn in sorted(turns):
        for address in addresses.get((community.id, person), ()):
            if _try_again(session, (community.id, person), turn, address, moment):
                again.add((person, turn))
    for _, turn in again:
        session.execute(
            update(Message)
            .where(Message.turn == turn, Message.state.in_(UNDELIVERED))
            .values(state=MessageState.SENDING)
        )
    if turns and not again:
        people = tuple(sorted({person for person, _ in turns}))
        raise Refused(reason("nobody_to_try", people=people))
    return len({person for person, _ in again})


def _try_again(session: Session, key: Key, turn: int, address: str, moment: datetime) -> bool:
    known = session.scalar(
        select(Delivery).where(Delivery.turn == turn, Delivery.channel == channel_of(address))
    )
    if known is None:
        session.execute(insert(Delivery), [_row(key, turn, address, moment)])
        return True
    if known.state == DeliveryState.SENT:
        return False
    if known.next_at is None:
        known.state, known.attempts, known.next_at = DeliveryState.WAITING, 0, moment
    return True
