"""What quarters gained adds up to the totals of their notices, in every scheme (ruling 29)."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from domain.audit.books import welcome
from domain.community.registry import versions_of
from domain.kernel.errors import Refused
from domain.kernel.local_time import start_of_day
from domain.kernel.period import Period
from domain.kernel.points import json_points
from domain.ledger.disputes import objections_of
from domain.notices.notice import find_notice, notices_of
from domain.objections.cases import free_investigators
from domain.publicity.quarter_and_year import publish_year
from domain.rules.load import ruleset_ids, shipped
from domain.rules.schema import Item
from domain.settlement.settle import Force
from domain.store.tables.claims import Claim, Verdict
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import Objection, Resolution
from domain.store.tables.people import Household
from domain.store.tables.settlement import FinalPlace
from tests.domain.builders import Village, moment
from tests.selection import drawn

Founding = Callable[..., Village]


def quarters(village: Village) -> list[Notice]:
    return [
        each for each in notices_of(village.session, village.community) if each.kind == "quarter"
    ]


def told(village: Village, household: str) -> list[tuple[float, float]]:
    """What each quarter's notice says that a household gained, and has in all."""
    return [
        (row["gained"], row["score"])
        for notice in quarters(village)
        for row in notice.content["households"]
        if row["household"] == household
    ]


def adds_up(village: Village) -> None:
    """On every notice each household's total is the sum of what it gained until then."""
    seen: dict[str, float] = {}
    for notice in quarters(village):
        ranked = {}
        for row in notice.content["households"]:
            code = row["household"]
            seen[code] = round(seen.get(code, 0) + row["gained"], 2)
            assert row["score"] == seen[code], (notice.key, code)
            ranked[code] = row["ranked_by"] if "ranked_by" in row else row["score"]
        for place in notice.content["first"]:
            assert place["ranked_by"] == ranked[place["household"]]
            higher = sum(value > place["ranked_by"] for value in ranked.values())
            assert place["rank"] == higher + 1


def test_longyuzhuangs_totals_are_as_at_the_end_of_the_quarter(founding: Founding) -> None:
    """Q2's base is posted on 1 April, before Q1's notice: Q1 shows 140 and 140."""
    village = founding(shipped("longyuzhuang"))
    village.open()
    for quarter in range(1, 5):
        village.open(f"2026-Q{quarter}")
        village.run(months=[3 * quarter - 2, 3 * quarter - 1, 3 * quarter])
        if quarter < 4:
            village.open(f"2026-Q{quarter + 1}")
    assert told(village, "H1") == [(140, 140), (80, 220), (80, 300), (80, 380)]


def test_an_objection_upheld_before_the_notice_is_told_by_the_next_quarter(
    founding: Founding,
) -> None:
    village = founding()
    village.open()
    village.award("C1", "H1", on="02-10")
    village.close("2026-02")
    village.object("O1", "C1", "H2", at="03-28")
    village.resolve("O1", at="04-03")
    village.close("2026-03")
    village.publish("2026-Q1")
    village.run(months=range(4, 7))
    assert told(village, "H1") == [(9, 9), (-3, 6)]
    first, second = quarters(village)
    assert first.content["first"][0]["household"] == "H1"
    assert second.content["first"] == []
    assert "corrected" not in first.content["households"][0]
    assert [row["corrected"] for row in second.content["households"]] == [-3, 0, 0]


def test_what_is_dated_back_behind_a_notice_is_told_by_the_next(founding: Founding) -> None:
    """A sheet brings the outcome late: its journal is of March, whose notice hangs already."""
    village = founding()
    village.open()
    village.award("C1", "H1", on="02-10")
    village.run(months=range(1, 4))
    village.object("O1", "C1", "H2", at="03-28")
    village.resolve("O1", at="03-30")
    village.run(months=range(4, 7))
    assert told(village, "H1") == [(9, 9), (-3, 6)]


def test_what_is_posted_after_the_last_notice_is_told_by_the_years(founding: Founding) -> None:
    village = founding()
    village.open()
    village.claim("C1", "H1", "sweep", "12-20")
    village.run()
    village.decide("C1", at="2027-01-08")
    village.settle()
    notice = publish_year(village.session, village.community, 2026, moment("2027-01-14"))
    assert told(village, "H1")[-1] == (0, 6)
    assert notice.content["corrected"] == [{"household": "H1", "head": "王**", "points": 3}]


def test_a_notice_that_came_late_and_alone_tells_its_own_quarter(founding: Founding) -> None:
    village = founding()
    village.open()
    village.award("C1", "H1", on="02-10")
    village.award("C2", "H1", on="05-10")
    for month in range(1, 7):
        village.close(f"2026-{month:02}")
    village.publish("2026-Q2")
    village.publish("2026-Q1", at="07-20")
    shown = dict(zip((each.key for each in quarters(village)), told(village, "H1"), strict=True))
    assert shown == {"2026-Q1": (9, 9), "2026-Q2": (3, 12)}


def test_who_joins_within_a_quarter_has_columns_that_add_up(founding: Founding) -> None:
    """H9 joins on 16 March, its base is posted on 1 April."""
    village = founding()
    village.open()
    village.home("H9", enrolled_on="03-16")
    village.award("C1", "H9", on="03-20")
    welcome(village.session, village.community, moment("04-01"))
    village.run(months=range(1, 7))
    assert told(village, "H9") == [(3, 3), (6, 9)]


def test_ninghes_total_is_that_of_its_life(founding: Founding) -> None:
    """A correction of 2026 that comes after 2026's last notice is told by the next one."""
    village = founding(shipped("ninghe-example-village"), households=0)
    for code, members in (("H1", 2), ("H2", 4)):
        village.home(code, members=members)
    village.award("C1", "H1", "G1", on="02-05")
    village.award("C2", "H1", "G1", on="03-05")
    village.run()
    village.object("O1", "C1", "H2", at="2027-01-07")
    village.resolve("O1", at="2027-01-10")
    village.settle()
    village.award("C3", "H1", "G1", on="2027-02-05")
    village.run(2027)
    assert told(village, "H1") == [
        (20, 20),
        (0, 20),
        (0, 20),
        (0, 20),
        (0, 20),
        (0, 20),
        (0, 20),
        (0, 20),
    ]
    adds_up(village)
    notice = find_notice(village.session, village.community, NoticeKind.QUARTER, "2027-Q1")
    assert notice is not None
    assert [row.get("corrected") for row in notice.content["households"]] == [-10, 0]
    assert [row["ranked_by"] for row in notice.content["households"]] == [10, 0]


class AnyYear:
    """People who claim, decide and object as chance has it, while the cycle goes on."""

    def __init__(self, village: Village, chance: Random) -> None:
        self.village, self.chance = village, chance
        self.number = 0
        self.homes = ["H1", "H2", "H3", "H4"]
        ruleset = versions_of(village.session, village.community)[0].ruleset
        self.stages = [stage.id for stage in ruleset.review.stages]
        self.reviewers = [f"r{number}" for number in range(1, 7)]
        for each in self.reviewers:
            village.person(each, "reviewer", "town", stages=self.stages)

    def ref(self, letter: str) -> str:
        self.number += 1
        return f"{letter}{self.number}"

    def live(self, year: int, items: list[Item]) -> None:
        village = self.village
        if not any(act == f"base:{year}" for act in village.acts()):
            village.open(str(year), at=f"{year}-01-01")
        for month in range(1, 13):
            period = Period(year, "month", month)
            if month % 3 == 1:
                with suppress(Refused):
                    village.open(str(Period.of("quarter", period.start)))
            self.claim(period, items)
            self.object_some(period.end + timedelta(days=2))
            if month in (3, 5):
                self.join(period)
            with suppress(Refused):  # 龙雨庄 audits by the quarter
                village.close(str(period))
            self.object_some(period.end + timedelta(days=5))
            if month % 3 == 0:
                village.publish(str(Period.of("quarter", period.start)))

    def claim(self, period: Period, items: list[Item]) -> None:
        for _ in range(self.chance.randint(1, 4)):
            item = self.chance.choice(items)
            on = period.start + timedelta(days=self.chance.randint(0, 27))
            more: dict[str, Any] = {"score": 1} if item.kind == "graded" else {}
            code = self.chance.choice(self.homes)
            home = self.village.find(code)
            if home.enrolled_on is None or on < home.enrolled_on:
                continue
            if item.of == "member":
                more["member"] = self.village.member(code, self.ref("M"))
            claim = self.village.claim(self.ref("C"), code, item.code, str(on), **more)
            if self.chance.random() < 0.8:
                self.decide(claim, Verdict.APPROVE)

    def decide(self, claim: Claim, verdict: Verdict, at: str = "") -> None:
        for stage in self.stages:
            for by in self.reviewers:
                if claim.status == "pending":
                    with suppress(Refused):
                        self.village.decide(claim.ref, verdict, by=by, stage=stage, at=at)

    def finish(self, year: int) -> dict[str, float]:
        """Decide what waits, answer what is open, settle; the settled scores by household."""
        village, after = self.village, f"{year + 1}-01-20"
        for claim in village.session.scalars(select(Claim).where(Claim.status == "pending")):
            self.decide(claim, self.chance.choice((Verdict.APPROVE, Verdict.REJECT)), at=after)
        for objection in objections_of(village.session, village.community, only_open=True):
            self.answer(objection, Resolution.DISMISSED, after)
        village.settle(year, at=f"{year + 1}-01-25", force=Force("王主任", "按期结算"))
        publish_year(village.session, village.community, year, moment(f"{year + 1}-01-26"))
        rows = village.session.execute(
            select(Household.code, FinalPlace.score)
            .join(FinalPlace, FinalPlace.household_id == Household.id)
            .where(FinalPlace.year == year)
        )
        return {code: json_points(score) for code, score in rows}

    def join(self, period: Period) -> None:
        code = f"H{len(self.homes) + 1}"
        self.homes.append(code)
        on = period.start + timedelta(days=self.chance.randint(0, 27))
        self.village.home(code, enrolled_on=on, members=2)
        welcome(self.village.session, self.village.community, start_of_day(period.end))

    def object_some(self, on: date) -> None:
        """About any claim so far; upheld on the same day, or dated back by a sheet."""
        about, ref = f"C{self.chance.randint(1, max(1, self.number))}", self.ref("O")
        with suppress(Refused):
            objection = self.village.object(ref, about, "H1", at=str(on))
            self.answer(objection, Resolution.UPHELD, str(on))

    def answer(self, objection: Objection, outcome: Resolution, at: str) -> None:
        able = free_investigators(self.village.session, self.village.community, objection)
        if able:
            self.village.resolve(objection.ref, outcome, by=able[0].code, at=at)


def to_claim(scheme: str) -> list[Item]:
    """What may be claimed: nothing where the source gives no values (an example village does)."""
    return [
        item
        for item in shipped(scheme).items
        if item.kind != "base" and (item.points is not None or item.kind != "award")
    ]


@pytest.mark.parametrize("scheme", drawn(filter(to_claim, ruleset_ids()), 3))
def test_gained_adds_up_to_the_totals_in_any_year(founding: Founding, scheme: str) -> None:
    terms, items = shipped(scheme), to_claim(scheme)
    village = founding(terms, households=0, reviewers=6)
    for code in ("H1", "H2", "H3", "H4"):
        village.home(code, members=3)
    year = AnyYear(village, Random(scheme))
    year.live(2026, items)
    assert sum(claim.status != "pending" for claim in village.session.scalars(select(Claim))) > 5
    settled = year.finish(2026)
    adds_up(village)
    (notice,) = (
        each for each in notices_of(village.session, village.community) if each.kind == "year"
    )
    later = {row["household"]: row["points"] for row in notice.content["corrected"]}
    last = {row["household"]: row["score"] for row in quarters(village)[-1].content["households"]}
    for code, score in settled.items():
        assert score == last[code] + later.get(code, 0)
