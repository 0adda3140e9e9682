"""A points card (积分卡): all that a household asks about its points of a year."""

from dataclasses import dataclass

from domain.kernel.documents import Hundredths, IfAny
from domain.ledger.accounts import ShownEntry


@dataclass(frozen=True)
class Goods:
    """What was handed out for points, and how much of it."""

    name: str
    count: int


@dataclass(frozen=True)
class Clause:
    """The clause that a deduction cites: its place in the source, and its words."""

    id: str
    text: str


@dataclass(frozen=True)
class CardEntry(ShownEntry):
    """An entry with the `name` of its item, the `goods` of a hand-out, the `member` whose it is and
    the `clause` that it cites; each None where there is none."""

    name: str | None
    goods: Goods | None
    member: str | None
    clause: Clause | None


@dataclass(frozen=True)
class MemberAccount:
    """A member's own points (个人积分账户)."""

    member: str
    name: str
    points: Hundredths


@dataclass(frozen=True, kw_only=True)
class Card:
    """A household's year.

    `available`        what can be redeemed, and what that is `worth` in yuan where the scheme says
    `brought_forward`  what came from earlier years, where points are kept for life: `balance` then
                       is that of all years until this one, as in the standings
    `lifetime`         the score that ranks, where all years count together
    `average`          what ranks, where the average does
    `members`          members' accounts, where the scheme keeps them, and the `family`'s
    """

    household: str
    head: str
    area: str
    year: int
    score: Hundredths
    balance: Hundredths
    rank: int | None
    entries: tuple[CardEntry, ...]
    brought_forward: IfAny[Hundredths]
    lifetime: IfAny[Hundredths]
    average: IfAny[Hundredths | None]
    members: IfAny[tuple[MemberAccount, ...]]
    family: IfAny[Hundredths]
    available: Hundredths
    worth: Hundredths | None
