"""Figures of a year are of that year: a second one shows whether a query names its period."""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from domain.cards.summary import summary
from domain.community.participation import eligibility, lives_here, takes_part
from domain.intake.refused import refused_rows
from domain.kernel.documents import document
from domain.kernel.period import Period
from domain.objections.cases import find_objection
from domain.publicity.quarter_and_year import publish_correction
from domain.publicity.report import draw_up
from domain.publicity.rounds import round_figures
from domain.rules.load import shipped
from domain.rules.schema import Participants
from domain.store.tables.claims import RefusedRow
from domain.store.tables.outbox import Message
from domain.store.tables.people import Household
from tests.domain.builders import Village, moment, rules
from tests.rules.builders import SOURCE

Founding = Callable[..., Village]
CHANGBA = shipped("wulong-changba-2023-example-village")


def refuse(village: Village, number: int, at: str, day: str, file: str = "claims.csv") -> None:
    village.session.add(
        RefusedRow(
            community_id=village.community.id,
            kind="claims",
            file=file,
            row=number,
            ref=str(number),
            column="项目",
            value="",
            reason="没有这个项目",
            content={"发生日期": day},
            digest=f"{number:064}",
            refused_at=moment(at),
        )
    )
    village.session.flush()


def remind(village: Village, period: str, at: str) -> None:
    village.session.add(
        Message(
            community_id=village.community.id,
            recipient="r1",
            occasion=f"audit:{period}:remind:{at}",
            template="reminder",
            facts={},
            written_at=moment(at),
        )
    )
    village.session.flush()


def test_the_summary_of_a_year_has_nothing_of_another(village: Village) -> None:
    village.open()
    for year, refs in ((2026, "AB"), (2027, "C")):
        if year == 2027:
            village.open("2027")
        for ref in refs:
            village.award(ref, "H1", on=f"{year}-02-05")
        village.run(year, range(1, 12))
        remind(village, f"{year}-12", f"{year + 1}-01-04")
        refuse(village, year, f"{year}-06-05", f"{year}-05-01")
        village.close(f"{year}-12")
        village.publish(f"{year}-Q4")
        village.object(f"O{year}", refs[0], "H2", at=f"{year + 1}-01-07")
        village.resolve(f"O{year}", at=f"{year + 1}-01-08")
        objection = find_objection(village.session, village.community, f"O{year}")
        at = moment(f"{year + 1}-01-09")
        publish_correction(village.session, village.community, objection, at)
    first, second = (
        document(summary(village.session, village.community, year)) for year in (2026, 2027)
    )
    assert (first["claims"]["accepted"], second["claims"]["accepted"]) == (2, 1)
    assert (first["claims"]["refused"], second["claims"]["refused"]) == (1, 1)
    assert (first["reminders"], second["reminders"]) == (1, 1)
    for year, seen in ((2026, first), (2027, second)):
        assert [(each["kind"], each["key"]) for each in seen["notices"]] == [
            *[("quarter", f"{year}-Q{number}") for number in (1, 2, 3, 4)],
            ("correction", f"O{year}:1"),
        ]
    periods = [line.period for line in village.lines()]
    assert {period[:4] for period in periods} == {"2026", "2027", "2028"}
    assert first["journals"] + second["journals"] + 1 == len(village.acts())


@pytest.mark.parametrize(
    ("at", "day", "file", "year"),
    [
        ("06-05", "2026-05-01", "claims.csv", 2026),
        ("06-05", "2025-05-01", "claims.csv", 2026),
        ("06-05", "sometime", "claims.csv", 2026),
        ("2027-01-03", "2026年12月30日", "claims.csv", 2026),
        ("2027-01-03", "2027-01-02", "claims.csv", 2027),
        ("2027-01-03", "", "inspection-2026-12.xlsx", 2026),
        ("2027-05-03", "2026-12-30", "claims.csv", 2027),
        ("2027-01-01T00:00", "2026-12-30", "claims.csv", 2027),
    ],
)
def test_a_refused_row_is_of_one_year(
    village: Village, at: str, day: str, file: str, year: int
) -> None:
    refuse(village, 1, at, day, file)
    found = [
        each
        for each in (2025, 2026, 2027)
        if refused_rows(village.session, village.community, each)
    ]
    assert found == [year]


def test_a_report_tells_of_its_own_year_and_of_those_who_take_part(founding: Founding) -> None:
    """长坝: who has no consent, or lives here for less than half a year, is not counted."""
    village = founding(CHANGBA)
    village.home("O1", registered=False, resident_since=date(2020, 1, 1))
    village.home("O2", registered=False, consent=True, resident_since=date(2026, 1, 15))
    village.home("O3", registered=False, consent=True, resident_since=date(2025, 12, 20))
    village.home("O4", registered=False, consent=True, resident_since=date(2025, 12, 21))
    village.home("L1", left_on=date(2026, 5, 1))
    village.award("C1", "H1", "Z4", on="02-05")
    village.close("2026-02")
    village.object("O1", "C1", "H2", at="03-08")
    village.resolve("O1", at="03-09")
    half = Period.parse("2026-H1")
    first = draw_up(village.session, village.community, half, moment("06-20T09:00"))
    # H1, H2, H3 and O3, who has lived here for half a year on that very day.
    assert first.content["households"] == 4
    assert first.content["objections"] == {"open": 0, "upheld": 1, "dismissed": 0}
    half = Period.parse("2027-H1")
    second = draw_up(village.session, village.community, half, moment("2027-06-20T09:00"))
    assert second.content["households"] == 6
    assert second.content["objections"] == {"open": 0, "upheld": 0, "dismissed": 0}
    assert second.content["claims"] == {"approved": 0, "rejected": 0, "pending": 0, "annulled": 0}
    # Coverage is of all who live here.
    figures = round_figures(village.session, village.community, Period.parse("2026-H1"), CHANGBA)
    assert figures.resident_households == 7


WHO = [
    {"opt_in": False},
    {"opt_in": True},
    {"opt_in": False, "outsiders": {"months": 6, "consent": True}},
    {"opt_in": False, "outsiders": {"months": 1, "consent": False}},
    {"opt_in": False, "outsiders": {"months": 13, "consent": False}},
]


@pytest.mark.parametrize("terms", WHO)
def test_a_query_and_a_household_agree_on_who_takes_part(
    founding: Founding, terms: dict[str, Any]
) -> None:
    """On any day, also at the ends of short months."""
    village, chance = founding(rules(), households=0), Random(str(terms))
    who = Participants.model_validate({**terms, **SOURCE})
    days = [date(2026, month, of) for month in range(1, 13) for of in (1, 27, 28)]
    days += [date(2026, 3, 31), date(2026, 8, 31), date(2026, 8, 30), date(2026, 3, 29)]
    for number in range(60):
        village.home(
            f"H{number}",
            registered=chance.random() < 0.2,
            consent=chance.random() < 0.7,
            enrolled_on=chance.choice([None, date(2026, 1, 1), chance.choice(days)]),
            resident_since=chance.choice([None, *(day.replace(year=2025) for day in days), *days]),
        )
    homes = village.session.scalars(select(Household)).all()
    for day in days:
        query = select(Household.id).where(*takes_part([village.community.id], day, who))
        able = {home.id: eligibility(home, who).since for home in homes}
        assert set(village.session.scalars(query)) == {
            key for key, since in able.items() if since is not None and since <= day
        }


def test_who_lives_here_need_not_take_part(founding: Founding) -> None:
    village = founding(rules(), households=0)
    village.home("H1", enrolled_on=None)
    village.home("H2", left_on=date(2026, 6, 29))
    village.home("H3", left_on=date(2026, 6, 30))
    village.home("H4", enrolled_on="07-01")
    query = select(Household.code).where(*lives_here(village.community.id, date(2026, 6, 30)))
    assert set(village.session.scalars(query)) == {"H1", "H3"}
