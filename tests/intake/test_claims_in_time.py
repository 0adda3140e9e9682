"""Claims in time: which day, which year, which audit, which version of the rules."""

from pathlib import Path

from sqlalchemy import Engine, insert, update

from domain.community.adoption import adopt
from domain.store.database import writing
from domain.store.tables.ledger import Journal, LedgerHead
from tests.domain.builders import day, rules
from tests.intake.desk import Desk, moment, outcomes, settle, why
from tests.rules.builders import SOURCE, item


class TestTime:
    def test_a_blank_time_is_now(self, desk: Desk) -> None:
        desk.claim(now="2026-03-20T08:00")
        assert desk.stored("C1").submitted_at == moment("2026-03-20T08:00")

    def test_today_is_the_day_in_shanghai(self, desk: Desk) -> None:
        early = "2026-03-05T00:30"
        assert desk.claim(now=early).outcome == "accepted"
        assert why(desk.claim(ref="C2", occurred_on="2026-03-06", now=early)) == "future_day"

    def test_a_settled_year_takes_no_more(self, desk: Desk) -> None:
        settle(desk)
        answer = desk.claim(now="2027-02-01")
        assert (why(answer), answer.column) == ("year_settled", "occurred_on")

    def test_a_claim_joins_the_first_audit_that_is_open(self, desk: Desk) -> None:
        close(desk, "2026-03", "2026-04")
        answers = desk.claims({}, {"occurred_on": "2026-04-02"}, {"occurred_on": "2026-06-02"})
        assert outcomes(answers) == {"accepted": 3}
        assert [desk.stored(f"C{at}").audit for at in (1, 2, 3)] == [
            "2026-05",
            "2026-05",
            "2026-06",
        ]

    def test_quarterly_audits(self, engine: Engine, tmp_path: Path) -> None:
        desk = Desk(engine, tmp_path, rules(audit={"every": "quarter", **SOURCE})).open()
        desk.claim()
        close(desk, "2026-03")
        desk.claim(ref="C2", occurred_on="2026-03-06")
        assert [desk.stored(ref).audit for ref in ("C1", "C2")] == ["2026-03", "2026-06"]


def close(desk: Desk, *audits: str) -> None:
    """The journals that say an audit is closed."""
    with writing(desk.engine) as session:
        community = desk.community(session).id
        for seq, period in enumerate(audits, 1):
            session.execute(
                insert(Journal).values(
                    community_id=community,
                    seq=seq,
                    act=f"audit:{period}",
                    period=period,
                    posted_at=moment("2026-04-06"),
                    posted_by="jifen",
                    ruleset_hash="0" * 64,
                    first_entry=1,
                    entries=0,
                    previous="",
                    digest="0" * 64,
                )
            )
        session.execute(
            update(LedgerHead)
            .where(LedgerHead.community_id == community)
            .values(journals=len(audits))
        )


def test_each_day_has_its_own_version(engine: Engine, tmp_path: Path) -> None:
    desk = Desk(engine, tmp_path, rules(item("old"), item("both"))).open()
    with writing(engine) as session:
        later = rules(item("new"), item("both"), version="2")
        adopt(session, desk.community(session), later, day("07-01"), moment("2026-06-01"))
    answers = desk.claims(
        {"item": "old", "occurred_on": "2026-06-30"},
        {"item": "old", "occurred_on": "2026-07-01"},
        {"item": "new", "occurred_on": "2026-06-30"},
        {"item": "new", "occurred_on": "2026-07-01"},
    )
    assert [answer.outcome for answer in answers] == ["accepted", "refused", "refused", "accepted"]
