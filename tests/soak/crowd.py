"""Fifty reviewers, ten clerks, the clock and the town at once, each with a connection of its own.

Whatever they meet, they are either told that it is done, or refused with a reason: no deadlock
and no broken constraint reaches them.
"""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.community.registry import find_community, find_person, register_kin
from domain.cycle import due
from domain.cycle.attempt import Attempt
from domain.cycle.occurrences import keep_open, occurrences_of, reschedule
from domain.cycle.town_days import set_day
from domain.intake.imports import import_table
from domain.kernel.errors import JifenError
from domain.kernel.local_time import parse_moment
from domain.kernel.period import Period
from domain.objections.cases import file_objection
from domain.publicity.answering import answer_objection
from domain.review.sitting import decide, queue
from domain.sheets.reading import Table
from domain.shop.goods import add_goods
from domain.shop.redemption import redeem, refund
from domain.steps.acts import act_of
from domain.store.database import open_engine, writing
from domain.store.tables.claims import Claim, Verdict
from domain.store.tables.objections import Objection, Resolution
from domain.store.tables.people import Community
from flows.steps import running as steps
from flows.steps import runtime
from notifications.letters.messenger import tell
from notifications.outbox.deliveries import claim
from notifications.outbox.hours import Hours
from notifications.outbox.turns import open_turns
from tests.domain.builders import found, review, rules, stage
from tests.rules.builders import item

CODES = ("ma", "an")
HOMES, REVIEWERS, CLERKS, QUORUM = 40, 50, 10, 3
# March is to be closed and the first quarter to be published while all this happens.
NOW = parse_moment("2026-04-10T10:00")
ITEMS = [item(f"work{number}", points=number) for number in range(1, 6)]
HEADER = ("ref", "household", "item", "occurred_on", "place", "reason", "channel")
Act = Callable[[Session, Community], Any]


class Crowd:
    """Two communities of a town and everybody in them; `errors` is what surfaced."""

    def __init__(self, engine: Engine, seed: int, rounds: int) -> None:
        self.engine, self.seed, self.rounds = engine, seed, rounds
        self.decided: set[tuple[str, str, str]] = set()
        self.brought: set[tuple[str, str]] = set()
        self.acts: Counter[str] = Counter()
        self.errors: list[BaseException] = []
        self._together = threading.Lock()
        self._busy = threading.Event()
        runtime.use(engine)
        for code in CODES:
            with writing(engine) as session:
                self._settle_down(session, code)

    def _settle_down(self, session: Session, code: str) -> None:
        terms = rules(
            item("base", "base", points=600, per="year"),
            *ITEMS,
            review=review(stage("group", QUORUM)),
        )
        place = found(session, terms, HOMES, code=code, reviewers=REVIEWERS // 2)
        for number in range(1, REVIEWERS // 2 + 1, 5):
            find_person(session, place.community, f"r{number}").household_id = place.find(
                f"H{number}"
            ).id
        place.person("c1", "clerk", notify=["json://town/c1"])
        register_kin(session, place.community, "H1", "H2")
        add_goods(session, place.community, "肥皂", 100, 10_000, "采购")
        for number in range(CLERKS):
            self._bring(session, place.community, f"{code}-before{number}", Random(number))
        keep_open(session, parse_moment("2026-03-20"))

    def live(self) -> None:
        """Everybody begins at once; the clock and the town go on until people are done."""
        people = [
            (self._review, code, number)
            for code in CODES
            for number in range(1, REVIEWERS // 2 + 1)
        ]
        people += [(self._enter, code, number) for code in CODES for number in range(CLERKS // 2)]
        people += [(self._live_there, code, number) for code in CODES for number in range(2)]
        others = [(self._tick, code, 0) for code in CODES] + [
            (self._run_town, CODES[0], 0),
            (self._deliver, CODES[0], 0),
            (self._deliver, CODES[1], 0),
        ]
        threads = [self._thread(*each) for each in people]
        background = [self._thread(*each) for each in others]
        for thread in [*background, *threads]:
            thread.start()
        for thread in threads:
            thread.join()
        self._busy.set()
        for thread in background:
            thread.join()

    def _thread(self, live: Callable[..., None], code: str, number: int) -> threading.Thread:
        def run() -> None:
            engine = open_engine(self.engine.url)
            try:
                dice = Random(f"{self.seed} {live.__name__} {code} {number}")
                live(Place(self, engine, code), number, dice)
            except BaseException as error:
                self.errors.append(error)
            finally:
                engine.dispose()

        return threading.Thread(target=run)

    def did(self, what: str) -> None:
        with self._together:
            self.acts[what] += 1

    # What each of them does.

    def _review(self, place: "Place", number: int, dice: Random) -> None:
        by = f"r{number}"
        for _ in range(self.rounds):
            made: list[tuple[str, str, str]] = []

            def some(session: Session, community: Community, made: list[Any] = made) -> None:
                waiting = queue(session, community, find_person(session, community, by))
                for each in dice.sample(waiting, min(len(waiting), 4)):
                    verdict: Verdict = dice.choice(
                        (Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT)
                    )
                    with suppress(JifenError):
                        decide(session, community, each.claim.ref, by, verdict, "见记录", NOW)
                        made.append((place.code, each.claim.ref, by))

            if place.act("decide", some):
                with self._together:
                    self.decided.update(made)

    def _enter(self, place: "Place", number: int, dice: Random) -> None:
        for turn in range(self.rounds):
            name = f"{place.code}-{number}-{turn}"
            taken: list[str] = []

            def bring(
                session: Session, community: Community, name: str = name, taken: list[str] = taken
            ) -> None:
                taken += self._bring(session, community, name, dice)

            place.act("import", bring)
            with self._together:
                self.brought.update((place.code, ref) for ref in taken)

    def _bring(self, session: Session, community: Community, name: str, dice: Random) -> list[str]:
        cells = [
            [
                f"{name}-{at}",
                f"H{dice.randint(1, HOMES)}",
                dice.choice(ITEMS)["code"],
                date(2026, dice.choice((3, 3, 4)), dice.randint(1, 9)).isoformat(),
                "村委会",
                "参加活动",
                "self",
            ]
            for at in range(12)
        ]
        table = Table(f"{name}.xlsx", "", HEADER, range(2, len(cells) + 2), cells)
        answers = import_table(session, community, "claims", table, NOW)
        return [answer.ref for answer in answers if answer.outcome == "accepted"]

    def _live_there(self, place: "Place", number: int, dice: Random) -> None:
        """Households object, are answered, redeem and take back."""
        for turn in range(self.rounds):
            ref, home = f"{place.code}-{number}-{turn}", f"H{dice.randint(1, HOMES)}"
            by = f"r{dice.randint(1, REVIEWERS // 2)}"

            def object_(session: Session, community: Community, ref: str = ref) -> None:
                about = session.scalars(
                    select(Claim.ref)
                    .where(Claim.community_id == community.id, Claim.status != "pending")
                    .order_by(Claim.id.desc())
                    .limit(1)
                ).first()
                if about is not None:
                    file_objection(session, community, ref, "H1", about, "不实", NOW)

            def answer(session: Session, community: Community, by: str = by) -> None:
                objection = session.scalars(
                    select(Objection).where(
                        Objection.community_id == community.id, Objection.status == "open"
                    )
                ).first()
                if objection is not None:
                    answer_objection(
                        session, community, objection.ref, Resolution.UPHELD, by, "查证", NOW, tell
                    )

            def buy(
                session: Session, community: Community, home: str = home, ref: str = ref
            ) -> None:
                redeem(session, community, home, ref, NOW, goods="肥皂")

            def take_back(session: Session, community: Community, ref: str = ref) -> None:
                refund(session, community, ref, "退", NOW)

            place.act("object", object_)
            place.act("answer", answer)
            place.act("redeem", buy)
            if dice.random() < 0.5:
                place.act("refund", take_back)

    def _tick(self, place: "Place", number: int, dice: Random) -> None:
        """A clock without its lease, so that two are at it, and the workers of both."""
        batches: list[due.Batch] = []
        while batches or not self._busy.is_set():
            with writing(place.engine) as session:
                keep_open(session, NOW)
            with writing(place.engine) as session:
                batches = due.claim_due(session, NOW, NOW, due.Share(), timedelta(0))
            for batch in batches:
                work = act_of(batch.process, batch.step)
                with writing(place.engine) as session:
                    due.note_run(session, batch, "run")
                    mine = Attempt(batch.process, batch.period, batch.step, batch.attempt)
                    mine.keep(session, batch.communities, NOW)
                for code in batch.communities:
                    steps._do(
                        work,
                        batch.process,
                        batch.step,
                        Period.parse(batch.period),
                        code,
                        NOW,
                        False,
                        batch.attempt,
                    )
                    self.did("step")
            # By hand too: the month's collection, as often as wanted.
            steps._do(
                act_of("collect", "collect"),
                "collect",
                "collect",
                Period.parse("2026-04"),
                place.code,
                NOW,
                False,
                0,
            )
            self.did("step by hand")
            self._busy.wait(0.02)

    def _run_town(self, place: "Place", number: int, dice: Random) -> None:
        while not self._busy.is_set():
            day = date(2026, 4, dice.randint(11, 30))

            def change(session: Session, community: Community, day: date = day) -> None:
                for each in set_day(session, "镇", day, dice.random() < 0.5, "防汛", NOW):
                    reschedule(session, each, "防汛")

            place.act("calendar", change)
            self._busy.wait(0.2)

    def _deliver(self, place: "Place", number: int, dice: Random) -> None:
        while not self._busy.is_set():
            with writing(place.engine) as session:
                open_turns(session, place.code, NOW, Hours())
            with writing(place.engine) as session:
                claim(session, NOW, 2)
            self._busy.wait(0.05)


class Place:
    """A community, by somebody's own connection."""

    def __init__(self, crowd: Crowd, engine: Engine, code: str) -> None:
        self.crowd, self.engine, self.code = crowd, engine, code

    def act(self, what: str, act: Act) -> bool:
        """In one transaction; False where it was refused."""
        try:
            with writing(self.engine) as session:
                act(session, find_community(session, self.code))
        except JifenError:
            self.crowd.did(f"{what} refused")
            return False
        self.crowd.did(what)
        return True


def steps_of(session: Session, code: str) -> set[tuple[str, str, str, str]]:
    """A community's steps with their states."""
    rows = occurrences_of(session, find_community(session, code))
    return {(row.process, row.period, row.step, row.state) for row in rows}
