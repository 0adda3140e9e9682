"""What `jifen up --demo` makes of the samples' rehearsed past."""

from datetime import timedelta

from sqlalchemy import Engine, select

from domain.kernel.local_time import after_day
from domain.store.database import reading, writing
from domain.store.tables.outbox import Message, MessageState
from domain.store.tables.people import Person
from flows.rehearsal.demo import reach_people_at
from flows.rehearsal.quick_time import STARTS_ON
from flows.steps.runtime import use
from tests.domain.builders import found


def test_what_was_written_in_the_rehearsed_past_is_not_late_mail(engine: Engine) -> None:
    """Operators were told that 76 messages of February had not gone out."""
    use(engine)
    begins = after_day(STARTS_ON)
    with writing(engine) as session:
        community = found(session).community
        for number, at in enumerate((begins - timedelta(days=50), begins + timedelta(hours=9))):
            session.add(
                Message(
                    community_id=community.id,
                    recipient="r1",
                    occasion=str(number),
                    template="reminder",
                    facts={},
                    written_at=at,
                    state=MessageState.WAITING,
                )
            )
    reach_people_at([community.code], ["mailto://here"])
    with reading(engine) as session:
        found_states = session.scalars(select(Message.state).order_by(Message.id)).all()
        assert found_states == ["expired", "waiting"]
        assert {tuple(person.notify) for person in session.scalars(select(Person))} == {
            ("mailto://here",)
        }


def test_the_letters_of_a_village_beside_the_samples_are_let_be(engine: Engine) -> None:
    use(engine)
    with writing(engine) as session:
        sample = found(session).community
        village = found(session, code="an").community
        session.add(
            Message(
                community_id=village.id,
                recipient="r1",
                occasion="o",
                template="reminder",
                facts={},
                written_at=after_day(STARTS_ON) - timedelta(days=1),
                state=MessageState.WAITING,
            )
        )
    reach_people_at([sample.code], ["mailto://here"])
    with reading(engine) as session:
        assert session.scalars(select(Message.state)).all() == ["waiting"]
