"""Any year of a small village: whatever people do in whatever order, what must hold, holds.

Hypothesis chooses what happens; the model here keeps only what is needed to check it. One
transaction holds an example and is taken back at its end, so that nothing is set up twice.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.audit.books import open_books, welcome
from domain.audit.close import close_audit
from domain.community.leaving import leave
from domain.community.registry import register_kin, versions_of
from domain.cycle.plan import Step, plan
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_date
from domain.ledger.accounts import SCORE_KINDS, balances_by_year, totals
from domain.ledger.disputes import disputed_points, objections_of
from domain.ledger.verify import verify
from domain.notices.notice import notices_of
from domain.objections.cases import appeal, file_objection, resolve
from domain.publicity.quarter_and_year import publish_correction, publish_quarter, publish_year
from domain.review.sitting import decide
from domain.settlement.clearing import carry_over, clear
from domain.settlement.settle import settle
from domain.shop.goods import add_goods, goods_of
from domain.shop.redemption import redeem, refund
from domain.store.tables.claims import Claim, Decision, Verdict
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.objections import Objection, ObjectionEvent, Resolution
from domain.store.tables.people import Household
from domain.store.tables.settlement import FinalPlace, Settlement
from domain.store.tables.shop import Redemption
from tests.domain.builders import (
    CLEARING,
    found,
    honour,
    review,
    rules,
    stage,
    standing,
)
from tests.domain.holding import (
    accounts_are_the_sums_of_their_entries,
    nothing_is_decided_by_who_is_barred,
    notices_are_what_was_published,
    scores_are_what_the_rules_say,
    whoever_judges_an_objection_has_not_decided_its_claim,
)
from tests.rules.builders import SOURCE, cap, exclusion, item

ITEMS = (
    item("base", "base", points=6, per="year"),
    item("sweep", points=3, caps=[cap("sweep-month", 5, "month")]),
    item("weed", points=2.5),
    item("yard", "graded", points=10, per="month"),
    item("town", points=50, highest_of="moral"),
    item("city", points=200, highest_of="moral"),
    item("let", points=10),
    item("accident", "voiding", points=None, voids=["let"]),
    item("plain", points=60),
    item("lavish", "deduction", points=-20),
    item("brawl", "zeroing", points=None, zeroes=["base", "contribution"]),
    item("black", "record", points=0, lists="black"),
)
PARTS = {
    "shared_caps": [cap("work-quarter", 9, "quarter", "sweep", "weed")],
    "exclusions": [exclusion("by-lavish", "lavish", "matter", "plain")],
    "standing": standing(
        honour("top", rank_max=3, doubles=True),
        support={"percent": 5, "households_min": 1, **SOURCE},
    ),
}
SCHEMES = {
    "by month, cleared": rules(*ITEMS, closing=CLEARING, **PARTS),
    "by quarter, two stages, crosswise, carried over": rules(
        *ITEMS,
        item("quarters", "base", points=4, per="quarter"),
        audit={"every": "quarter", **SOURCE},
        review=review(stage("village", 2), stage("town", role="town"), crosswise=True),
        objections={"days": 15, "second_level": "town", **SOURCE},
        **PARTS,
    ),
}
# Steps that only tell people something have no place here.
STEPS = ("open", "close", "publish", "settle", "clear")
# Reviewers by the household that they are of.
REVIEWERS = {"r1": "H1", "r2": "H2", "r3": None, "r4": None, "t1": None, "t2": "H4"}
KIN = ("H1", "H3")


@dataclass(frozen=True)
class Done:
    """Something that was done once: doing it again must change nothing."""

    what: str
    again: Callable[[], Any]


class AnyYear(RuleBasedStateMachine):
    """Claims, decisions, audits, objections, the shop, publicity and settlement, in any order."""

    engine: ClassVar[Engine]

    @initialize(scheme=st.sampled_from(sorted(SCHEMES)))
    def found(self, scheme: str) -> None:
        self.session = Session(self.engine, expire_on_commit=False)
        self.village = found(self.session, SCHEMES[scheme], households=0, reviewers=0)
        self.community = self.village.community
        for number in range(1, 5):
            self.village.home(f"H{number}", area=f"{number % 2}组")
        for code, home in REVIEWERS.items():
            role = "town" if code.startswith("t") else "reviewer"
            self.village.person(code, role, household=home)
        register_kin(self.session, self.community, *KIN)
        add_goods(self.session, self.community, "肥皂", 150, 4, "采购")
        self.now = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
        self.steps = self._plan(2026) + self._plan(2027)[:3]
        self.refs = 0
        self.homes = 4
        self.done: list[Done] = []
        # Between what changes the past and the next audit the ledger lags behind the rules.
        self.lags = self.left = False
        self.frozen: dict[int, int] = {}
        self.standing: dict[int, list[tuple[int, int, str]]] = {}
        self.let_fall_due(1)

    def _plan(self, year: int) -> list[Step]:
        versions = versions_of(self.session, self.community)
        return [
            step
            for step in plan(versions, year)
            if step.step in STEPS and (step.process, step.step) != ("publicity", "close")
        ]

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.rollback()
            self.session.close()

    def _ref(self, letter: str) -> str:
        self.refs += 1
        return f"{letter}{self.refs}"

    def _do(self, what: str, act: Callable[[], Any]) -> Any:
        """Do it, and again at once; a refusal changes nothing. Returns None if it was refused."""
        before = self._state()
        try:
            found = act()
        except Refused:
            assert self._state() == before, f"{what} was refused, and changed something"
            return None
        self.done.append(Done(what, act))
        self._repeat(self.done[-1])
        return found

    def _repeat(self, done: Done) -> None:
        """Doing again what was done: the same, or refused; never another entry."""
        before = self._state()
        with suppress(Refused):
            done.again()
        assert self._state() == before, f"{done.what} a second time changed something"

    def _state(self) -> tuple[Any, ...]:
        """Whatever an act may change."""
        session = self.session
        session.flush()
        return (
            self.village.acts(),
            self.village.count(),
            session.execute(
                select(
                    Claim.ref,
                    Claim.status,
                    Claim.stage,
                    Claim.audit,
                    Claim.registered,
                    Claim.carried,
                ).order_by(Claim.id)
            ).all(),
            session.scalars(select(Decision.id)).all(),
            session.execute(select(Objection.ref, Objection.status, Objection.level)).all(),
            session.scalars(select(ObjectionEvent.id)).all(),
            session.execute(select(Redemption.ref, Redemption.refunded_at)).all(),
            [goods.stock for goods in goods_of(session, self.community)],
            [notice.digest for notice in notices_of(session, self.community)],
            session.execute(select(Settlement.year, Settlement.cleared_at)).all(),
            session.scalars(select(Household.left_on)).all(),
        )

    def _settled(self) -> set[int]:
        return set(self.session.scalars(select(Settlement.year)))

    def _some(self, rows: list[Any], index: int) -> Any:
        return rows[index % len(rows)] if rows else None

    # What people do.

    @rule(
        claims=st.lists(
            st.tuples(
                st.integers(0, 9),
                st.sampled_from([one["code"] for one in ITEMS[1:]]),
                st.integers(0, 45),
                st.integers(1, 4),
                st.sampled_from(["", "婚礼"]),
            ),
            min_size=1,
            max_size=6,
        ),
        approved=st.booleans(),
    )
    def submit(self, claims: list[tuple[int, str, int, int, str]], approved: bool) -> None:
        """What intake would take: of a household that takes part, in a year that is not settled;
        `approved` by whoever may, else hardly anything would ever be registered."""
        for home, code, ago, number, matter in claims:
            claim = self._submit(f"H{home % self.homes + 1}", code, ago, number, matter)
            if claim is not None and approved:
                self._decide_by_all(claim, Verdict.APPROVE)

    def _submit(self, home: str, code: str, ago: int, number: int, matter: str) -> Claim | None:
        occurred_on = max(local_date(self.now) - timedelta(days=ago), date(2026, 1, 1))
        who = self.village.find(home)
        joined = who.enrolled_on
        if joined is None or occurred_on.year in self._settled() or occurred_on < joined:
            return None
        if who.left_on is not None and occurred_on > who.left_on:
            return None
        graded = {"score": number * 2.5} if code == "yard" else {"quantity": number}
        return self.village.claim(
            self._ref("C"),
            home,
            code,
            str(occurred_on),
            at=self.now.isoformat(),
            matter=matter,
            **graded,
        )

    @rule(
        index=st.integers(0, 99), by=st.sampled_from(sorted(REVIEWERS)), approve=st.integers(0, 3)
    )
    def decide(self, index: int, by: str, approve: int) -> None:
        claim = self._some(self._pending(), index)
        if claim is not None:
            self._decide(claim, by, Verdict.APPROVE if approve else Verdict.REJECT)

    @rule(count=st.integers(1, 8))
    def decide_many(self, count: int) -> None:
        for claim in self._pending()[:count]:
            self._decide_by_all(claim, Verdict.APPROVE)

    def _decide_by_all(self, claim: Claim, verdict: Verdict) -> None:
        """Whoever may, does."""
        for by in REVIEWERS:
            if claim.status == "pending":
                self._decide(claim, by, verdict)

    def _pending(self) -> list[Claim]:
        query = select(Claim).where(Claim.status == "pending").order_by(Claim.id)
        return list(self.session.scalars(query))

    def _decide(self, claim: Claim, by: str, verdict: Verdict) -> None:
        terms = versions_of(self.session, self.community)[0].ruleset
        at, ref = self.now, claim.ref
        stage_id = terms.review.stages[claim.stage].id
        self._do(
            f"deciding {ref}",
            lambda: decide(self.session, self.community, ref, by, verdict, "见记录", at, stage_id),
        )

    @precondition(lambda self: self.session.scalar(select(func.count()).select_from(Claim)))
    @rule(index=st.integers(0, 99), home=st.integers(1, 4))
    def object(self, index: int, home: int) -> None:
        claims = list(self.session.scalars(select(Claim).order_by(Claim.id)))
        about, ref, at = self._some(claims, index).ref, self._ref("O"), self.now
        self._do(
            f"objecting {ref}",
            lambda: file_objection(
                self.session, self.community, ref, f"H{home}", about, "不实", at
            ),
        )

    @precondition(lambda self: bool(objections_of(self.session, self.community, only_open=True)))
    @rule(index=st.integers(0, 99), by=st.sampled_from(sorted(REVIEWERS)), upheld=st.booleans())
    def resolve(self, index: int, by: str, upheld: bool) -> None:
        found = list(objections_of(self.session, self.community, only_open=True))
        outcome = Resolution.UPHELD if upheld else Resolution.DISMISSED
        self._resolve(self._some(found, index).ref, outcome, by)

    def _resolve(self, ref: str, outcome: Resolution, by: str) -> None:
        at = self.now
        objection = self._do(
            f"resolving {ref}",
            lambda: resolve(self.session, self.community, ref, outcome, by, "查证", at),
        )
        if objection is not None and objection.status == "upheld":
            self._do(
                f"correcting {ref}",
                lambda: publish_correction(self.session, self.community, objection, at),
            )
            self._check_scores()

    @precondition(lambda self: bool(objections_of(self.session, self.community)))
    @rule(index=st.integers(0, 99))
    def appeal(self, index: int) -> None:
        found = list(objections_of(self.session, self.community))
        ref, at = self._some(found, index).ref, self.now
        self._do(f"appealing {ref}", lambda: appeal(self.session, self.community, ref, "复核", at))

    @rule(home=st.integers(0, 9), points=st.integers(1, 2500), goods=st.booleans())
    def redeem(self, home: int, points: int, goods: bool) -> None:
        code, ref, at = f"H{home % self.homes + 1}", self._ref("D"), self.now
        what = {"goods": "肥皂"} if goods else {"points": points}
        done = self._do(
            f"redeeming {ref}",
            lambda: redeem(self.session, self.community, code, ref, at, **what),
        )
        if done is not None:
            home_row = self.village.find(code)
            years = {line.year for line in self.village.lines(code, ref=ref)}
            balances = balances_by_year(self.session, self.community.id)[home_row.id]
            disputed = disputed_points(self.session, self.community.id).get(home_row.id, {})
            assert years
            assert all(balances[year] >= disputed.get(year, 0) for year in years)
            assert sum(balances.values()) >= sum(disputed.values())

    @precondition(lambda self: self.session.scalar(select(func.count()).select_from(Redemption)))
    @rule(index=st.integers(0, 99))
    def refund(self, index: int) -> None:
        rows = list(self.session.scalars(select(Redemption).order_by(Redemption.id)))
        ref, at = self._some(rows, index).ref, self.now
        self._do(f"refunding {ref}", lambda: refund(self.session, self.community, ref, "退", at))

    @precondition(lambda self: self.homes < 6)
    @rule()
    def join(self) -> None:
        self.homes += 1
        self.village.home(f"H{self.homes}", enrolled_on=local_date(self.now), area="1组")
        welcome(self.session, self.community, self.now)

    @precondition(lambda self: not self.left)
    @rule(home=st.integers(0, 9), ago=st.integers(0, 20))
    def leave(self, home: int, ago: int) -> None:
        last_day = max(local_date(self.now) - timedelta(days=ago), date(2026, 1, 1))
        code = f"H{home % self.homes + 1}"
        if self._do(
            f"{code} leaves", lambda: leave(self.session, self.community, code, last_day, "迁出")
        ):
            self.lags = self.left = True

    @rule(days=st.integers(0, 12))
    def wait(self, days: int) -> None:
        """Time passes, but not past what falls due next: the clock does that in time."""
        later = self.now + timedelta(days=days, hours=3)
        self.now = min(later, self.steps[0].due_at) if self.steps else later

    @precondition(lambda self: self.done)
    @rule(index=st.integers(0, 999))
    def do_again(self, index: int) -> None:
        """A clerk presses an old button."""
        self._repeat(self._some(self.done, index))

    # What the clock does.

    @rule(count=st.integers(1, 4))
    def let_fall_due(self, count: int) -> None:
        for _ in range(count):
            if not self.steps:
                return
            step = self.steps[0]
            self.now = max(self.now, step.due_at)
            if step.step == "settle":
                self._make_ready()
            if self._do(f"{step.process} {step.step} {step.period}", self._work(step)) is None:
                return
            self.steps.pop(0)
            self._after(step)

    def _work(self, step: Step) -> Callable[[], Any]:
        session, community, period, at = self.session, self.community, step.period, self.now
        if step.step == "open":
            return lambda: open_books(session, community, period, at)
        if step.step == "publish":
            return lambda: publish_quarter(session, community, period, at)
        if step.step == "settle":
            return lambda: settle(session, [community], period.year, at)
        if step.step == "clear":
            return lambda: clear(session, [community], period.year, at)
        if step.process == "audit":
            return lambda: close_audit(session, community, period, at)
        return lambda: at

    def _make_ready(self) -> None:
        """Decide what is undecided, and answer what is open, so that the year can be settled."""
        for claim in self._pending():
            if claim.occurred_on.year == 2026:
                self._decide_by_all(claim, Verdict.REJECT)
        for objection in objections_of(self.session, self.community, only_open=True):
            for by in REVIEWERS:
                if objection.status == "open":
                    self._resolve(objection.ref, Resolution.DISMISSED, by)

    def _after(self, step: Step) -> None:
        if (step.process, step.step) == ("audit", "close"):
            self.lags = False
            self._check_scores()
        if step.step == "settle":
            year, at = step.period.year, self.now
            self.frozen[year] = self._score_entries(year)
            self.standing[year] = self._standing(year)
            publish_year(self.session, self.community, year, at)
            books = f"base:{year + 1}" in self.village.acts()
            if books:
                carry_over(self.session, self.community, year, at)
        if step.step == "clear":
            left = totals(self.session, [self.community.id], year=step.period.year)
            assert not any(left["balance"])

    # What must hold.

    def _check_scores(self) -> None:
        """The ledger holds what the evaluator says, in every year."""
        if not self.lags:
            scores_are_what_the_rules_say(self.session, self.community, (2026, 2027), self.now)

    def _score_entries(self, year: int) -> int:
        query = select(func.count()).select_from(Entry)
        return (
            self.session.scalar(query.where(Entry.year == year, Entry.kind.in_(SCORE_KINDS))) or 0
        )

    def _standing(self, year: int) -> list[tuple[int, int, str]]:
        query = select(FinalPlace.household_id, FinalPlace.rank, FinalPlace.honours)
        rows = self.session.execute(query.where(FinalPlace.year == year).order_by(FinalPlace.rank))
        return [tuple(row) for row in rows]

    @invariant()
    def everything_holds(self) -> None:
        nothing_is_decided_by_who_is_barred(self.session, self.community)
        whoever_judges_an_objection_has_not_decided_its_claim(self.session)
        accounts_are_the_sums_of_their_entries(self.session, self.community)
        self.what_is_settled_stands()
        self.approved_claims_are_registered_by_the_next_audit()
        notices_are_what_was_published(self.session, self.community)
        self.every_seal_holds()

    def what_is_settled_stands(self) -> None:
        for year, count in self.frozen.items():
            assert self._score_entries(year) == count
            assert self._standing(year) == self.standing[year]

    def approved_claims_are_registered_by_the_next_audit(self) -> None:
        closed = dict(
            self.session.execute(
                select(Journal.period, Journal.posted_at).where(Journal.act.like("audit:%"))
            )
            .tuples()
            .all()
        )
        waiting = select(Claim).where(Claim.status == "approved", Claim.registered.is_(None))
        for claim in self.session.scalars(waiting):
            late = [at for month, at in closed.items() if month >= claim.audit]
            assert all(claim.decided_at is not None and claim.decided_at > at for at in late)

    def every_seal_holds(self) -> None:
        self.session.flush()
        assert verify(self.session) == []
