"""Delivery (投递): from the outbox to people, at decent hours, and until the service says yes."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from domain.kernel.errors import JifenError
from domain.kernel.local_time import now
from domain.operations.outages import tell
from domain.store.database import writing
from domain.store.faults import DATABASE_ERRORS
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community, Person
from notifications.channels.addresses import bytes_max, reaches_one_person, shown_address
from notifications.channels.answers import ServiceAnswer
from notifications.channels.couriers import LIMIT_S, Courier, Parcel, wait_for_one
from notifications.outbox.deliveries import Claimed, DeliveryOutcome, claim, record
from notifications.outbox.desk_links import ASKING, Desk
from notifications.outbox.hours import Hours
from notifications.outbox.messages import ALARM, render_letter
from notifications.outbox.turns import open_turns
from notifications.texts.catalogue import DEFAULT_LOCALE, Texts

log = logging.getLogger("jifen.delivery")

# Each is a process with Apprise in it; more of them than cores do not send faster.
COURIERS = 2
POLL_S = 5.0
# Couriers that have had nothing to do for so long give their memory back.
IDLE_S = 300.0


@dataclass(frozen=True)
class Manner:
    """How an installation delivers: hours, language, links, and the gateways of services."""

    hours: Hours = field(default_factory=Hours)
    language: Texts | str = DEFAULT_LOCALE
    link: str | None = None
    desk: Desk | None = None
    gateways: Mapping[str, str] = field(default_factory=dict)
    couriers: int = COURIERS
    limit_s: float = LIMIT_S


@dataclass
class Tally:
    """How many letters were accepted and how many were not, in one round."""

    sent: int = 0
    failed: int = 0


class Deliverer:
    """Delivers what is due; any number of them may work on one database.

    With `only`, nothing but letters with a message of these templates.
    """

    def __init__(
        self,
        engine: Engine,
        manner: Manner | None = None,
        moment: Callable[[], datetime] = now,
        only: Sequence[str] = (),
    ) -> None:
        self.engine = engine
        self.manner = manner or Manner()
        self.moment = moment
        self.only = only
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{id(self)}"
        self._couriers = [
            Courier(self.manner.gateways, self.manner.limit_s) for _ in range(self.manner.couriers)
        ]
        self._under_way: dict[int, Claimed] = {}
        # What is not yet in the database; kept should it be away for a while.
        self._answered: list[DeliveryOutcome] = []

    def run(self, ending: threading.Event, poll_s: float = POLL_S) -> None:
        """Deliver until `ending` is set; a database that is away is waited for."""
        last_sent = time.monotonic()
        try:
            while not ending.is_set():
                try:
                    tally = self.deliver_due(ending)
                except DATABASE_ERRORS as error:
                    tell(log, "the delivery", error)
                except Exception as error:
                    tell(log, "the delivery", error)
                    self._drop_all()
                else:
                    if tally.sent or tally.failed:
                        last_sent = time.monotonic()
                        log.info("%s letters sent, %s not accepted", tally.sent, tally.failed)
                    elif time.monotonic() - last_sent > IDLE_S:
                        self.close()
                ending.wait(poll_s)
        finally:
            self.close()

    def deliver_due(self, ending: threading.Event | None = None) -> Tally:
        """Deliver all that is due now; in the quiet hours only alarms.

        Once `ending` is set, only what is under way is waited for.
        """
        tally = Tally()
        self._open_turns()
        while True:
            stops = ending is not None and ending.is_set()
            self._record_and_claim(0 if stops else sum(each.room for each in self._couriers))
            busy = [courier for courier in self._couriers if courier.is_busy]
            if not busy and not self._answered:
                return tally
            if busy:
                wait_for_one(busy, self.manner.limit_s)
            for courier in busy:
                self._collect(courier, tally)

    def _drop_all(self) -> None:
        """Forget what is under way: once its lease has run out, it counts as of unknown outcome."""
        self.close()
        self._under_way.clear()
        self._answered.clear()

    def close(self) -> None:
        """End the sending processes."""
        for courier in self._couriers:
            courier.close()

    def _open_turns(self) -> None:
        while True:
            with writing(self.engine) as session:
                moment, hours = self.moment(), self.manner.hours
                if not open_turns(session, self.holder, moment, hours, self._only()):
                    return

    def _only(self) -> Sequence[str]:
        """The templates to which what goes out now is bound; none where all may."""
        if self.manner.hours.are_quiet(self.moment()):
            return (ALARM,)
        return self.only

    def _record_and_claim(self, count: int) -> None:
        """In one transaction, while the couriers send what lies ready for them: an answer is
        written down as soon as the one before it is."""
        with writing(self.engine) as session:
            record(session, self._answered)
            found = claim(session, self.moment(), count, self._under_way, self._only())
        self._answered.clear()
        for claimed in found:
            self._dispatch(claimed)

    def _dispatch(self, claimed: Claimed) -> None:
        try:
            title, body = render_letter(
                claimed.messages,
                claimed.name,
                claimed.community,
                self.manner.language,
                link=self.manner.link,
                desk=self._desk_link(claimed),
                desk_elsewhere=self._asks(claimed) and not reaches_one_person(claimed.address),
                bytes_max=bytes_max(claimed.address),
            )
        except JifenError as error:
            # An installation's own template that fails must not keep the others waiting.
            self._answered.append(
                DeliveryOutcome(claimed, ServiceAnswer(False, str(error)), self.moment())
            )
            return
        self._under_way[claimed.delivery] = claimed
        courier = max(self._couriers, key=lambda each: each.room)
        courier.take(Parcel(claimed.delivery, claimed.address, title, body))

    def _desk_link(self, claimed: Claimed) -> str | None:
        """The person's own way to the desk, where they alone read a letter that asks for it."""
        desk = self.manner.desk
        if desk is None or not self._asks(claimed) or not reaches_one_person(claimed.address):
            return None
        return desk.link(claimed.person, self.moment())

    def _asks(self, claimed: Claimed) -> bool:
        """Whether a letter asks for decisions that the desk takes."""
        asks = any(message.template in ASKING for message in claimed.messages)
        return asks and self.manner.desk is not None

    def _collect(self, courier: Courier, tally: Tally) -> None:
        for parcel, answer in courier.answers():
            claimed = self._under_way.pop(parcel.key)
            self._answered.append(DeliveryOutcome(claimed, answer, self.moment()))
            if answer.ok:
                tally.sent += 1
            else:
                tally.failed += 1
                log.warning(
                    "delivery %s to %s was not accepted at attempt %s: %s",
                    claimed.delivery,
                    claimed.shown,
                    claimed.attempt,
                    answer.text,
                )


def send_trial(
    person: Person, community: Community, manner: Manner
) -> list[tuple[str, ServiceAnswer]]:
    """Send a trial message to each address of a person, at any hour: the address as it may be
    shown, and the service's answer."""
    facts = {"community": community.name, "name": person.name}
    trial = Message(
        community_id=community.id,
        recipient=person.code,
        occasion="trial",
        template="trial",
        facts=facts,
        written_at=now(),
    )
    answers = []
    with closing(Courier(manner.gateways, manner.limit_s)) as courier:
        for number, address in enumerate(person.notify):
            title, body = render_letter(
                [trial],
                person.name,
                community.name,
                manner.language,
                link=manner.link,
                bytes_max=bytes_max(address),
            )
            answers.append(
                (shown_address(address), courier.carry(Parcel(number, address, title, body)))
            )
    return answers
