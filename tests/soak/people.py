"""The people of the simulation: clerks, reviewers, households and the town, by seeded dice.

Whatever they do, they do again until they are told that it is done or refused: nobody knows
whether an act whose answer was lost has happened.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.adoption import adopt
from domain.community.leaving import leave
from domain.community.registry import find_person, register_kin
from domain.cycle.occurrences import reschedule
from domain.cycle.town_days import set_day
from domain.intake.imports import import_table
from domain.intake.inbox import stage
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date
from domain.ledger.disputes import objections_of
from domain.objections.cases import appeal, file_objection
from domain.publicity.answering import answer_objection
from domain.review.sitting import decide, queue
from domain.rules.schema import Ruleset
from domain.sheets.reading import Table
from domain.shop.goods import add_goods
from domain.shop.redemption import redeem, refund
from domain.store.tables.claims import Claim
from domain.store.tables.people import Community
from domain.store.tables.shop import Redemption
from notifications.letters.messenger import tell
from tests.domain.builders import CLEARING, found, review, rules
from tests.domain.builders import stage as review_stage
from tests.domain.machine import ITEMS, KIN, PARTS, REVIEWERS
from tests.rules.builders import SOURCE, item

TOWN = "镇"
CODES = [one["code"] for one in ITEMS[1:]]
Act = Callable[[Session, Community, datetime], Any]


def scheme(name: str, version: int) -> Ruleset:
    """A version of one of two schemes: each is worth another number of points."""
    items = [item("sweep", points=3 + version, caps=ITEMS[1]["caps"]), *ITEMS[2:]]
    if name == "cleared":
        return rules(ITEMS[0], *items, closing=CLEARING, **PARTS)
    return rules(
        ITEMS[0],
        *items,
        item("quarters", "base", points=4, per="quarter"),
        audit={"every": "quarter", **SOURCE},
        review=review(
            review_stage("village", 2), review_stage("town", role="town"), crosswise=True
        ),
        objections={"days": 15, "second_level": "town", **SOURCE},
        **PARTS,
    )


@dataclass
class Said:
    """What people were told was done: none of it may be lost."""

    claims: set[str] = field(default_factory=set)
    decisions: set[tuple[str, str, str]] = field(default_factory=set)
    redemptions: set[str] = field(default_factory=set)


@dataclass
class SimulatedVillage:
    """One community and what its people have begun."""

    code: str
    scheme: str
    version: int = 0
    homes: int = 4
    refs: int = 0
    has_left: bool = False
    said: Said = field(default_factory=Said)
    # What they will do again, as they were not told how it ended.
    unsure: list[tuple[str, Act]] = field(default_factory=list)

    def ref(self, letter: str) -> str:
        self.refs += 1
        return f"{letter}{self.refs}"


def settle_down(session: Session, village: SimulatedVillage, month: int) -> None:
    """Found the community with its households and people, each with an address."""
    place = found(session, scheme(village.scheme, 0), households=0, reviewers=0, code=village.code)
    for number in range(1, village.homes + 1):
        place.home(f"H{number}", area=f"{number % 2}组")
    for code, home in REVIEWERS.items():
        role = "town" if code.startswith("t") else "reviewer"
        address = f"{'wecombot' if code == 'r1' else 'json'}://{village.code}/{code}"
        place.person(code, role, household=home, notify=[address])
    place.person("c1", "clerk", notify=[f"json://{village.code}/c1"])
    register_kin(session, place.community, *KIN)
    add_goods(session, place.community, "肥皂", 150, 40, "采购")


class People:
    """What the people of a village may do at a moment; `dice` choose."""

    def __init__(self, village: SimulatedVillage, dice: Random) -> None:
        self.village = village
        self.dice = dice

    def choose(self, at: datetime) -> tuple[str, Act]:
        """Something to do now: what is unsure first, else anything."""
        unsure = self.village.unsure
        if unsure and self.dice.random() < 0.7:
            return unsure.pop(0)
        ways = (
            (8, self.bring_claims),
            (9, self.decide_some),
            (1, self.object),
            (2, self.answer),
            (1, self.go_on),
            (2, self.redeem),
            (1, self.refund),
            (0.3, self.join),
            (0.2, self.leave),
            (0.4, self.change_calendar),
            (0.3, self.change_rules),
        )
        (way,) = self.dice.choices([way for _, way in ways], [weight for weight, _ in ways])
        return way.__name__, way(at)

    # Clerks.

    def bring_claims(self, at: datetime) -> Act:
        """A sheet of claims, at once or through the inbox."""
        header = (
            "ref",
            "household",
            "item",
            "occurred_on",
            "place",
            "reason",
            "channel",
            "quantity",
            "score",
            "matter",
        )
        cells = []
        for _ in range(self.dice.randint(1, 5)):
            code = self.dice.choice(CODES)
            day = local_date(at) - timedelta(days=self.dice.choice((0, 0, 1, 2, 5, 20, 40)))
            graded = code == "yard"
            cells.append(
                [
                    self.village.ref("C"),
                    f"H{self.dice.randint(1, self.village.homes)}",
                    code,
                    day.isoformat(),
                    "村委会",
                    "参加活动",
                    "self",
                    "" if graded else str(self.dice.randint(1, 3)),
                    str(self.dice.randint(0, 4) * 2.5) if graded else "",
                    self.dice.choice(("", "婚礼")),
                ]
            )
        name = f"{cells[0][0]}.xlsx"
        table = Table(name, "", header, range(2, len(cells) + 2), cells)
        if self.dice.random() < 0.3:
            year = local_date(at).year
            return lambda session, community, now: stage(
                session, community, "claims", table, year=year
            )
        said = self.village.said

        def bring(session: Session, community: Community, now: datetime) -> Callable[[], None]:
            answers = import_table(session, community, "claims", table, now)
            taken = {answer.ref for answer in answers if answer.outcome != "refused"}
            return lambda: said.claims.update(taken)

        return bring

    def join(self, at: datetime) -> Act:
        """A household that joins today."""
        self.village.homes += 1
        cells = [[f"H{self.village.homes}", "王新", local_date(at).isoformat(), "1组"]]
        header = ("household", "head", "enrolled_on", "group")
        table = Table("new.xlsx", "", header, [2], cells)
        return lambda session, community, now: import_table(
            session, community, "households", table, now
        )

    def leave(self, at: datetime) -> Act:
        """One household leaves, before autumn: a later audit corrects what it had gained since."""
        day = local_date(at) - timedelta(days=self.dice.randint(0, 20))
        if self.village.has_left or at.month > 8:
            return lambda *_: None
        self.village.has_left = True
        return lambda session, community, now: leave(session, community, "H4", day, "迁出")

    # Reviewers.

    def decide_some(self, at: datetime) -> Act:
        """A reviewer decides of what waits; now and then of what they may not."""
        by = self.dice.choice(sorted(REVIEWERS))
        count, verdict = self.dice.randint(1, 6), self.dice.choice(("approve",) * 4 + ("reject",))
        return self._decide(by, count, verdict, only_mine=self.dice.random() < 0.8)

    def _decide(self, by: str, count: int, verdict: Any, *, only_mine: bool = True) -> Act:
        said = self.village.said

        def do(session: Session, community: Community, now: datetime) -> Callable[[], None]:
            person = find_person(session, community, by)
            made = set()
            for waiting in queue(session, community, person if only_mine else None)[:count]:
                ref = waiting.claim.ref
                with suppress(Refused):
                    decide(session, community, ref, by, verdict, "见记录", now, waiting.stage)
                    made.add((ref, by, waiting.stage))
            return lambda: said.decisions.update(made)

        return do

    def object(self, at: datetime) -> Act:
        """A household objects to some claim."""
        ref, home = self.village.ref("O"), f"H{self.dice.randint(1, 4)}"
        share = self.dice.random()

        def do(session: Session, community: Community, now: datetime) -> None:
            decided = select(Claim.ref).where(
                Claim.community_id == community.id, Claim.status != "pending"
            )
            refs = session.scalars(decided.order_by(Claim.id)).all()
            if refs:
                about = refs[-1 - int(share * min(len(refs), 20))]
                file_objection(session, community, ref, home, about, "不实", now)

        return do

    def answer(self, at: datetime) -> Act:
        """Whoever may answers an objection; what is upheld is corrected and published."""
        outcome = self.dice.choice(("upheld", "dismissed"))
        return self._answer(outcome, self.dice.sample(sorted(REVIEWERS), len(REVIEWERS)))

    def _answer(self, outcome: Any, order: list[str]) -> Act:
        def do(session: Session, community: Community, now: datetime) -> None:
            for objection in objections_of(session, community, only_open=True)[:2]:
                for by in order:
                    with suppress(Refused):
                        answer_objection(
                            session, community, objection.ref, outcome, by, "查证", now, tell
                        )
                        break

        return do

    def go_on(self, at: datetime) -> Act:
        """A household takes what was dismissed to the second level, where there is one."""

        def do(session: Session, community: Community, now: datetime) -> None:
            ended = [each for each in objections_of(session, community) if each.level == 1]
            if ended:
                appeal(session, community, ended[-1].ref, "复核", now)

        return do

    # The shop.

    def redeem(self, at: datetime) -> Act:
        ref, home = self.village.ref("D"), f"H{self.dice.randint(1, self.village.homes)}"
        what: dict[str, Any] = {"points": self.dice.randint(1, 900)}
        if self.dice.random() < 0.5:
            what = {"goods": "肥皂"}
        said = self.village.said

        def do(session: Session, community: Community, now: datetime) -> Callable[[], None]:
            redeem(session, community, home, ref, now, **what)
            return lambda: said.redemptions.add(ref)

        return do

    def refund(self, at: datetime) -> Act:
        share = self.dice.random()

        def do(session: Session, community: Community, now: datetime) -> None:
            query = select(Redemption.ref).where(Redemption.community_id == community.id)
            refs = session.scalars(query.order_by(Redemption.id)).all()
            if refs:
                refund(session, community, refs[int(share * len(refs))], "退", now)

        return do

    # The town.

    def change_calendar(self, at: datetime) -> Act:
        """The town takes a day off, or works on one, in the next weeks."""
        day = local_date(at) + timedelta(days=self.dice.randint(0, 40))
        works = self.dice.random() < 0.4

        def do(session: Session, community: Community, now: datetime) -> None:
            for each in set_day(session, TOWN, day, works, "防汛", now):
                reschedule(session, each, f"{day}防汛")

        return do

    def change_rules(self, at: datetime) -> Act:
        """Another version from the first of a month to come."""
        self.village.version += 1
        terms = scheme(self.village.scheme, self.village.version % 3)
        later = local_date(at) + timedelta(days=self.dice.randint(0, 70))
        starts_on = date(later.year, later.month, 1)

        def do(session: Session, community: Community, now: datetime) -> None:
            adopt(session, community, terms, starts_on, now)
            reschedule(session, community, "新版本")

        return do

    # When all is to come to its end.

    def finish(self, session: Session, community: Community) -> list[tuple[str, Act]]:
        """What is left to do: decide all that waits, and answer what is open."""
        left: list[tuple[str, Act]] = []
        for by in REVIEWERS:
            person = find_person(session, community, by)
            if queue(session, community, person):
                left.append(("decide the rest", self._decide(by, 10_000, "reject")))
        if objections_of(session, community, only_open=True):
            left.append(("answer the rest", self._answer("dismissed", list(REVIEWERS))))
        return left
