"""A small community for the tests: only what a test is about has to be said.

Points are written as people write them (3, 2.5), days as `03-05` of 2026 or whole, times as
`03-05T10:00`, all in Asia/Shanghai.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.audit.books import Audited, open_books
from domain.audit.close import close_audit, is_closed
from domain.community.adoption import add_community
from domain.community.registry import (
    add_person,
    find_household,
    find_person,
    ruleset_on,
    versions_of,
)
from domain.community.years import year_ruleset
from domain.cycle.calendar import (
    audit_deadline,
    audit_period,
    next_audit,
    publicity_dates,
    settling_moment,
)
from domain.kernel.local_time import parse_moment, start_of_day
from domain.kernel.period import Period
from domain.kernel.points import json_points
from domain.ledger.accounts import Line, lines, totals
from domain.objections.cases import file_objection, resolve
from domain.publicity.quarter_and_year import publish_quarter
from domain.review.claims import find_claim
from domain.review.sitting import decide
from domain.rules.schema import Ruleset
from domain.rules.versions import version_on
from domain.settlement.settle import settle
from domain.shop.redemption import redeem
from domain.standing.redeemable import of_household
from domain.store.tables.claims import Claim, Decision, Verdict
from domain.store.tables.cycle import Lease
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.notices import Notice
from domain.store.tables.objections import Objection, Resolution
from domain.store.tables.people import Community, Household, Member, Person
from domain.store.tables.shop import Redemption
from tests.rules.builders import SOURCE, item, ruleset

YEAR = 2026
CLEARING = {"kind": "clear", "clears_on": "01-31", **SOURCE}


def day(text: str) -> date:
    """A day of 2026 from `03-05`, or any from `2025-03-05`."""
    return date.fromisoformat(text if len(text) > 5 else f"{YEAR}-{text}")


def moment(text: str) -> datetime:
    """A time of 2026 from `03-05` or `03-05T10:00`, or any from `2027-01-05`."""
    whole = text[:4].isdigit()
    return parse_moment(text if whole else f"{YEAR}-{text}")


def rules(*items: dict[str, Any], **parts: Any) -> Ruleset:
    """A ruleset; without items it has an award of 3, a deduction of 5, and a base of 6."""
    usual = (
        item("base", "base", points=6, per="year"),
        item("sweep", points=3),
        item("fine", "deduction", points=-5),
    )
    return ruleset(*(items or usual), **parts)


def stage(name: str, quorum: int = 1, role: str = "reviewer") -> dict[str, Any]:
    return {"id": name, "name": f"{name}的评议", "quorum": quorum, "role": role, **SOURCE}


def review(*stages: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """The review section with these stages."""
    return {"stages": stages or (stage("group"),), "due": {"day": 5}, **SOURCE, **parts}


def honour(name: str, **terms: Any) -> dict[str, Any]:
    return {"id": name, "name": f"{name}户", **SOURCE, **terms}


def standing(*honours: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """The standing section with these honours."""
    return {"by": "score", "span": "year", "honours": honours, **SOURCE, **terms}


@dataclass
class Village:
    """A community and what its people do, in a few words each."""

    session: Session
    community: Community

    def home(self, code: str, **details: Any) -> Household:
        """A household, enrolled when the year opens."""
        if isinstance(details.get("enrolled_on"), str):
            details["enrolled_on"] = day(details["enrolled_on"])
        plain: dict[str, Any] = {"head": f"王{code}", "enrolled_on": day("01-01")}
        home = Household(community_id=self.community.id, code=code, **plain | details)
        self.session.add(home)
        self.session.flush()
        return home

    def member(self, household: str, code: str) -> Member:
        member = Member(household_id=self.find(household).id, code=code, name=f"王{code}")
        self.session.add(member)
        self.session.flush()
        return member

    def find(self, household: str) -> Household:
        return find_household(self.session, self.community, household)

    def tick(self, at: str) -> None:
        """A clock is at work."""
        until = moment(at) + timedelta(seconds=90)
        self.session.merge(Lease(name="clock", holder="c1", until=until))
        self.session.flush()

    def person(self, code: str, *roles: str, **details: Any) -> Person:
        """A person; without roles, a reviewer."""
        roles = roles or ("reviewer",)
        return add_person(self.session, self.community, code, f"评{code}", roles, **details)

    def claim(self, ref: str, household: str, code: str, on: str, **details: Any) -> Claim:
        """A claim as intake would have taken it in, at noon of its day."""
        occurred_on = day(on)
        submitted_at = details.pop("at", None)
        member = details.pop("member", None)
        if "score" in details:
            details["score"] = round(details["score"] * 100)
        claim = Claim(
            community_id=self.community.id,
            ref=ref,
            household_id=self.find(household).id,
            member_id=member.id if member else None,
            item=code,
            occurred_on=occurred_on,
            submitted_at=moment(submitted_at)
            if submitted_at
            else start_of_day(occurred_on) + timedelta(hours=12),
            channel="self",
            place="村委会",
            reason="参加活动",
            digest="0" * 64,
            audit=str(self._audit(occurred_on)),
            **{"evidence": "照片", **details},
        )
        self.session.add(claim)
        self.session.flush()
        return claim

    def _audit(self, occurred_on: date) -> Period:
        """The audit that a claim of this day joins (ruling 25)."""
        terms = ruleset_on(self.session, self.community, occurred_on)
        period = audit_period(terms, occurred_on)
        while is_closed(self.session, self.community, period):
            period = next_audit(terms, period)
        return period

    def look(self, ref: str) -> Claim:
        """A claim as the database has it."""
        self.session.flush()
        claim = find_claim(self.session, self.community, ref)
        self.session.refresh(claim)
        return claim

    def decide(
        self,
        ref: str,
        verdict: Verdict = Verdict.APPROVE,
        by: str = "r1",
        at: str = "",
        **more: Any,
    ) -> Decision:
        """A reviewer's verdict, an hour after the claim came in."""
        claim = find_claim(self.session, self.community, ref)
        when = moment(at) if at else claim.submitted_at + timedelta(hours=1)
        note = more.pop("note", "不属实" if verdict == Verdict.REJECT else "")
        return decide(
            self.session, self.community, ref, by, verdict, note, when, more.pop("stage", None)
        )

    def award(
        self, ref: str, household: str, code: str = "sweep", on: str = "03-05", **details: Any
    ) -> Claim:
        """A claim that r1 approves, at every stage."""
        claim = self.claim(ref, household, code, on, **details)
        for each in ruleset_on(self.session, self.community, claim.occurred_on).review.stages:
            voter = "t1" if each.role == "town" else "r1"
            self.decide(ref, by=voter, stage=each.id)
        return claim

    def open(self, period: str = str(YEAR), at: str = "") -> Audited:
        """The books of a period, opened when it starts."""
        which = Period.parse(period)
        when = moment(at) if at else start_of_day(which.start)
        return open_books(self.session, self.community, which, when)

    def close(self, month: str, at: str = "") -> Audited:
        """A month's audit, closed at its deadline."""
        period = Period.parse(month)
        terms = ruleset_on(self.session, self.community, period.end)
        when = moment(at) if at else audit_deadline(terms, period)
        return close_audit(self.session, self.community, period, when)

    def publish(self, quarter: str, at: str = "") -> Notice:
        """A quarter's notice, on its day at nine."""
        period = Period.parse(quarter)
        terms = ruleset_on(self.session, self.community, period.end)
        published_on, _ = publicity_dates(terms, period)
        when = moment(at) if at else start_of_day(published_on) + timedelta(hours=9)
        return publish_quarter(self.session, self.community, period, when)

    def run(self, year: int = YEAR, months: Sequence[int] = range(1, 13)) -> None:
        """Close audits and publish quarters of a year, each in its time."""
        for index in months:
            period = Period(year, "month", index)
            terms = version_on(versions_of(self.session, self.community), period.end).ruleset
            if audit_period(terms, period.start) == period:
                self.close(str(period))
            if index % 3 == 0:
                self.publish(f"{year}-Q{index // 3}")

    def settle(self, year: int = YEAR, at: str = "", **more: Any) -> list[Community]:
        """The year, settled when the last window has closed."""
        terms = year_ruleset(self.session, self.community, year)
        _, closes_at = publicity_dates(terms, Period(year, "quarter", 4))
        when = moment(at) if at else settling_moment(closes_at)
        return settle(self.session, [self.community], year, when, **more)

    def object(
        self, ref: str, about: str, household: str = "H1", at: str = "05-08", text: str = "不实"
    ) -> Objection:
        return file_objection(self.session, self.community, ref, household, about, text, moment(at))

    def resolve(
        self, ref: str, outcome: Resolution = Resolution.UPHELD, by: str = "r2", at: str = "05-09"
    ) -> None:
        resolve(self.session, self.community, ref, outcome, by, "查证属实", moment(at))

    def redeem(self, ref: str, household: str, points: float, at: str = "05-20") -> Redemption:
        return redeem(
            self.session, self.community, household, ref, moment(at), points=round(points * 100)
        )

    def score(self, household: str, year: int = YEAR) -> float:
        return self._totals(household, year)[0]

    def balance(self, household: str, year: int = YEAR) -> float:
        return self._totals(household, year)[1]

    def _totals(self, household: str, year: int) -> tuple[float, float]:
        key = self.find(household).id
        rows = totals(self.session, [self.community.id], year=year).rows(named=True)
        for row in rows:
            if row["household"] == key:
                return json_points(row["score"]), json_points(row["balance"])
        return 0, 0

    def lines(self, household: str | None = None, **more: Any) -> list[Line]:
        home = self.find(household) if household else None
        return lines(self.session, self.community.id, home, **more)

    def entries(self, household: str | None = None, **more: Any) -> list[tuple[str, str, float]]:
        """Kind, reference and points of the ledger's entries, in order."""
        return [
            (line.kind, line.ref or "", json_points(line.points))
            for line in self.lines(household, **more)
        ]

    def acts(self) -> list[str]:
        """What the ledger's journals are for, in order."""
        query = select(Journal.act).where(Journal.community_id == self.community.id)
        return list(self.session.scalars(query.order_by(Journal.seq)))

    def count(self) -> int:
        """How many entries the ledger holds."""
        query = (
            select(func.count()).select_from(Entry).join(Journal, Journal.id == Entry.journal_id)
        )
        return self.session.scalar(query.where(Journal.community_id == self.community.id)) or 0

    def who(self, code: str) -> Person:
        return find_person(self.session, self.community, code)


def redeemable(village: Village, household: str, on: str = "") -> dict[int, int]:
    """What a household can redeem by year, in hundredths; without a day, on the last posting's."""
    home = village.find(household)
    when = day(on) if on else None
    return dict(of_household(village.session, village.community, home, when).by_year)


def found(
    session: Session,
    terms: Ruleset | None = None,
    households: int = 3,
    *,
    code: str = "ma",
    since: str = "01-01",
    reviewers: int = 3,
) -> Village:
    """A community with households H1, H2, …, reviewers r1, r2, … and the town's contact t1."""
    starts_on = day(since)
    community = add_community(
        session, code, f"{code}社区", "镇", terms or rules(), starts_on, start_of_day(starts_on)
    )
    village = Village(session, community)
    for number in range(1, households + 1):
        village.home(f"H{number}", enrolled_on=starts_on)
    for number in range(1, reviewers + 1):
        village.person(f"r{number}")
    village.person("t1", "town")
    return village
