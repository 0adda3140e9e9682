"""A channel by which nothing gets through is found before its letters are dead."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from domain.operations.standstill import IN_VAIN, refusing
from domain.store.database import reading, writing
from domain.store.tables.outbox import Delivery, DeliveryState, Receipt
from tests.domain.builders import found, moment

BEGAN = moment("04-01")
MAIL, ROBOT = "mailtos://***@mail.town", "dingtalk://***"


@pytest.fixture
def town(engine: Engine) -> Engine:
    with writing(engine) as session:
        found(session, code="ma")
    return engine


def tried(town: Engine, way: str, times: int, *, sent: bool = False, minute: int = 0) -> None:
    """A letter that was tried so often, the last time with success where it was sent."""
    with writing(town) as session:
        letter = Delivery(
            community_id=1,
            recipient="r1",
            turn=session.query(Delivery).count() + 1,
            channel=f"{way}{minute}",
            shown=way,
            bot=way,
            attempts=times,
            state=DeliveryState.SENT if sent else DeliveryState.WAITING,
            next_at=None if sent else BEGAN + timedelta(days=1),
        )
        session.add(letter)
        session.flush()
        for number in range(times):
            is_last = number == times - 1
            at = BEGAN + timedelta(minutes=minute + number)
            session.add(
                Receipt(delivery_id=letter.id, at=at, ok=sent and is_last, answer="refused")
            )


def ways(town: Engine) -> dict[str, int]:
    with reading(town) as session:
        return {each.way: each.letters for each in refusing(session)}


def test_a_short_disturbance_is_none(town: Engine) -> None:
    tried(town, MAIL, IN_VAIN - 1)
    assert ways(town) == {}


def test_a_channel_that_accepts_nothing_for_half_an_hour(town: Engine) -> None:
    tried(town, MAIL, IN_VAIN)
    tried(town, MAIL, IN_VAIN + 1, minute=5)
    tried(town, ROBOT, 1, sent=True)
    assert ways(town) == {MAIL: 2}
    with reading(town) as session:
        (only,) = refusing(session)
    assert only.since == BEGAN


def test_one_address_of_many_that_refuses_is_no_channel(town: Engine) -> None:
    tried(town, MAIL, IN_VAIN + 1)
    tried(town, MAIL, 1, sent=True, minute=9)
    assert ways(town) == {}


def test_what_was_accepted_before_says_nothing(town: Engine) -> None:
    tried(town, MAIL, 1, sent=True)
    tried(town, MAIL, IN_VAIN, minute=9)
    assert ways(town) == {MAIL: 1}
