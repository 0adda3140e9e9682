"""Couriers that stand in for the notification services, which fail in each way they can."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from notifications.channels.answers import ServiceAnswer
from notifications.channels.couriers import PARCELS_MAX, Parcel
from tests.soak.faults import Faults

# What services do, and how often: whether the letter arrives, and what is said.
WAYS: tuple[tuple[int, str, bool, ServiceAnswer], ...] = (
    (70, "", True, ServiceAnswer(True, "ok")),
    (
        6,
        "200 that means no",
        False,
        ServiceAnswer(False, "HTTP 200, errcode 93000: invalid webhook"),
    ),
    (5, "too fast", False, ServiceAnswer(False, "HTTP 429", 60.0)),
    (4, "too fast for long", False, ServiceAnswer(False, "HTTP 200, errcode 45009", 600.0)),
    (5, "no answer", False, ServiceAnswer(False, "no whole answer within 30 seconds")),
    (
        3,
        "arrived without an answer",
        True,
        ServiceAnswer(False, "no whole answer within 30 seconds"),
    ),
    (4, "refused", False, ServiceAnswer(False, "connection refused")),
    (3, "sender died", False, ServiceAnswer(False, "the sending process died")),
)


@dataclass
class Arrivals:
    """What has arrived, by delivery; `unsaid` of them were answered with a failure."""

    all: Counter[int] = field(default_factory=Counter)
    unsaid: Counter[int] = field(default_factory=Counter)


@dataclass
class FakeCourier:
    """A courier (`notifications.channels.couriers.Courier`) without a process and a network.

    It carries one parcel at a time; those after it lie ready, and are not sent should it be killed.
    """

    faults: Faults
    dice: Random
    arrivals: Arrivals
    parcels: list[Parcel] = field(default_factory=list)

    @property
    def is_busy(self) -> bool:
        return bool(self.parcels)

    @property
    def room(self) -> int:
        return PARCELS_MAX - len(self.parcels)

    def take(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)

    def answers(self) -> list[tuple[Parcel, ServiceAnswer]]:
        parcel = self.parcels[0]
        self.faults.point("letter out")
        ways = WAYS if self.faults.active else WAYS[:1]
        ((_, fault, arrives, answer),) = self.dice.choices(ways, [way[0] for way in ways])
        if fault:
            self.faults.counts[f"service: {fault}"] += 1
        self.arrivals.all[parcel.key] += arrives
        self.arrivals.unsaid[parcel.key] += arrives and not answer.ok
        self.parcels.pop(0)
        self.faults.point("letter in")
        return [(parcel, answer)]

    def close(self) -> None:
        self.parcels.clear()
