"""The demonstration (演示): sample communities whose year passes quickly before one's eyes.

Their past is rehearsed up to a day; from there on the service's own clock, worker and delivery do
the work, by a time that runs faster than the real one.
"""

import threading
from collections.abc import Sequence

from sqlalchemy import select, update

from domain.community.registry import find_community
from domain.cycle.occurrences import occurrences_of
from domain.intake.inbox import take_due
from domain.kernel.local_time import after_day
from domain.rules.load import RULESETS_DIR
from domain.store.database import reading, writing
from domain.store.tables.cycle import StepState
from domain.store.tables.outbox import Message, MessageState
from domain.store.tables.people import Community, Person
from flows.rehearsal.folder import read_folder
from flows.rehearsal.quick_time import STARTS_ON, QuickTime
from flows.rehearsal.replay import rehearse
from flows.steps.runtime import engine
from notifications.letters.messenger import tell

PEOPLE_ACT_EVERY_S = 1.0


def load_samples() -> list[str]:
    """Rehearse the samples that are not there yet up to the day of the start; their codes."""
    codes = []
    with writing(engine()) as session:
        # Those that a release before the mark has rehearsed in the demonstration's database.
        session.execute(update(Community).values(rehearsed=True))
    for path in sorted(RULESETS_DIR.glob("*/sample")):
        folder = read_folder(path)
        codes.append(folder.community.code)
        with reading(engine()) as session:
            known = session.scalar(
                select(Community.id).where(Community.code == folder.community.code)
            )
            steps = (
                ()
                if known is None
                else occurrences_of(session, find_community(session, folder.community.code))
            )
        if known is None or not any(step.state == StepState.DONE for step in steps):
            rehearse(folder, STARTS_ON, lambda _day, _step: None)
    return codes


def reach_people_at(codes: Sequence[str], addresses: Sequence[str]) -> None:
    """Let all that goes to the samples' people from now on arrive at these addresses (Apprise
    URLs); what was written to them in the rehearsed past is past."""
    with writing(engine()) as session:
        for code in codes:
            community = find_community(session, code)
            past = Message.written_at < after_day(STARTS_ON)
            session.execute(
                update(Message)
                .where(
                    Message.community_id == community.id,
                    Message.state == MessageState.WAITING,
                    past,
                )
                .values(state=MessageState.EXPIRED)
            )
            for person in session.scalars(
                select(Person).where(Person.community_id == community.id)
            ):
                person.notify = list(addresses)


def let_people_act(codes: Sequence[str], moment: QuickTime, ending: threading.Event) -> None:
    """Until the end: what the sheets say that people do happens at its own time."""
    while not ending.wait(PEOPLE_ACT_EVERY_S):
        for code in codes:
            with writing(engine()) as session:
                take_due(session, find_community(session, code), moment(), tell=tell)
