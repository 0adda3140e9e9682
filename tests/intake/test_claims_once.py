"""Claims once: the same sheet again, the same number again, the same deed again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, update

from domain.community.adoption import add_community
from domain.intake.imports import import_table
from domain.sheets.reading import Table
from domain.store.database import writing
from domain.store.tables.claims import Claim
from domain.store.tables.people import Household
from tests.domain.builders import day, rules
from tests.intake.desk import CLAIM, Desk, as_table, moment, outcomes, settle, why
from tests.rules.builders import cap, item


def bring_and_die(desk: Desk, table: Table) -> None:
    """Import, and be killed before the transaction is over."""
    with writing(desk.engine) as session:
        community = desk.community(session)
        answers = import_table(session, community, "claims", table, moment("2026-12-31"))
        assert outcomes(answers) == {"accepted": 1, "refused": 1}
        raise KeyboardInterrupt


class TestOnce:
    def test_the_same_sheet_again_adds_nothing(self, desk: Desk) -> None:
        rows = [{"ref": f"C{at}", "occurred_on": f"2026-03-{at:02}"} for at in range(1, 10)]
        assert outcomes(desk.claims(*rows)) == {"accepted": 9}
        before = desk.snapshot()
        assert outcomes(desk.claims(*rows)) == {"already": 9}
        assert desk.snapshot() == before

    def test_order_headings_and_writing_make_no_difference(self, desk: Desk) -> None:
        desk.claim(quantity="", submitted_at="2026-03-06 18:30")
        header = "方式 事由 地点 发生日期 项目 户号 编号 依据 申报时间"
        row = [
            "居民自荐",
            "清扫",
            "村委会",
            "2026/3/5",
            "sweep",
            "H1",
            "C1",
            "",
            "2026年3月6日 18:30",
        ]
        again = desk.bring("claims", header, [[*row, ""]])
        assert outcomes(again) == {"already": 1}

    @pytest.mark.parametrize(("first", "then"), [("", 1), ("1", ""), (1, "1")])
    def test_once_is_once_whether_it_is_written_or_not(
        self, desk: Desk, first: object, then: object
    ) -> None:
        assert desk.claim(quantity=first).outcome == "accepted"
        assert desk.claim(quantity=then).outcome == "already"
        assert desk.claim(quantity=2).outcome == "refused"

    def test_other_content_is_refused_and_changes_nothing(self, desk: Desk) -> None:
        desk.claim()
        before = desk.stored("C1").digest
        answer = desk.claim(reason="修路")
        assert (why(answer), answer.column, answer.value) == ("other_content", "ref", "C1")
        assert (desk.stored("C1").digest, desk.stored("C1").reason) == (before, "清扫")

    def test_a_number_twice_in_one_sheet(self, desk: Desk) -> None:
        answers = desk.claims({"ref": "C1"}, {"ref": "C1"}, {"ref": "C1", "place": "别处"})
        assert [answer.outcome for answer in answers] == ["accepted", "already", "refused"]

    def test_a_later_settlement_leaves_what_is_known_alone(self, desk: Desk) -> None:
        desk.claim()
        settle(desk)
        assert desk.claim(now="2027-02-01").outcome == "already"

    def test_an_import_that_is_killed_leaves_nothing(self, desk: Desk) -> None:
        before = desk.snapshot()
        table = as_table(
            ["ref", "household", "item", "occurred_on", "place", "reason", "channel"],
            [["C1", "H1", "sweep", "2026-03-05", "a", "b", "self"], ["C2", "", "", "", "", "", ""]],
        )
        with pytest.raises(KeyboardInterrupt):
            bring_and_die(desk, table)
        assert desk.snapshot() == before

    def test_another_communitys_numbers_are_its_own(self, desk: Desk) -> None:
        desk.claim()
        with writing(desk.engine) as session:
            founded = moment("2025-12-01")
            other = add_community(session, "d", "别村", "镇", desk.ruleset, day("01-01"), founded)
            home = Household(community_id=other.id, code="H1", head="赵", enrolled_on=day("01-01"))
            session.add(home)
            session.flush()
            table = as_table(list(CLAIM), [list(CLAIM.values())])
            answers = import_table(session, other, "claims", table, moment("2026-12-31"))
        assert outcomes(answers) == {"accepted": 1}


class TestTwins:
    def test_the_same_deed_under_another_number(self, desk: Desk) -> None:
        desk.claim()
        answer = desk.claim(ref="C2", place="别处")
        assert (why(answer), answer.column) == ("duplicate", "ref")
        assert "C1" in answer.reason

    def test_earlier_in_the_same_sheet(self, desk: Desk) -> None:
        answers = desk.claims({}, {})
        assert [why(answer) for answer in answers] == ["", "duplicate"]

    def test_another_matter_day_household_or_member_is_another_deed(self, desk: Desk) -> None:
        desk.bring("members", "household member name", [["H1", "1", "王一"]])
        answers = desk.claims(
            {},
            {"matter": "别的事"},
            {"occurred_on": "2026-03-06"},
            {"household": "H2"},
            {"member": "1"},
            {"item": "fine"},
        )
        assert outcomes(answers) == {"accepted": 6}

    def test_services_in_one_event_are_what_its_cap_is_for(self, desk: Desk) -> None:
        row = {"item": "service", "matter": "义诊"}
        assert outcomes(desk.claims(row, row, row)) == {"accepted": 3}

    def test_a_shared_event_cap_too(self, engine: Engine, tmp_path: Path) -> None:
        shared = rules(item("a"), item("b"), shared_caps=[cap("event", 10, "event", "a")])
        desk = Desk(engine, tmp_path, shared).open()
        answers = desk.claims({"item": "a"}, {"item": "a"}, {"item": "b"}, {"item": "b"})
        assert [why(answer) for answer in answers] == ["", "", "", "duplicate"]

    @pytest.mark.parametrize("status", ["rejected", "annulled"])
    def test_a_claim_that_did_not_stand_is_no_twin(self, desk: Desk, status: str) -> None:
        desk.claim()
        with writing(desk.engine) as session:
            session.execute(update(Claim).values(status=status))
        assert desk.claim(ref="C2").outcome == "accepted"

    def test_an_approved_claim_is(self, desk: Desk) -> None:
        desk.claim()
        with writing(desk.engine) as session:
            session.execute(update(Claim).values(status="approved"))
        assert why(desk.claim(ref="C2")) == "duplicate"

    def test_a_refused_row_is_no_twin(self, desk: Desk) -> None:
        answers = desk.claims({"quantity": 0}, {})
        assert [why(answer) for answer in answers] == ["out_of_range", ""]


def test_two_clerks_with_the_same_sheet(desk: Desk) -> None:
    rows = [{"ref": f"C{at}", "occurred_on": f"2026-03-{at:02}"} for at in range(1, 20)]
    ready = Barrier(2)

    def bring() -> dict[str, int]:
        ready.wait(timeout=30)
        table = as_table(list(CLAIM), [list({**CLAIM, **row}.values()) for row in rows])
        with writing(desk.engine) as session:
            community = desk.community(session)
            return outcomes(import_table(session, community, "claims", table, moment("2026-12-31")))

    with ThreadPoolExecutor(2) as clerks:
        found = [future.result() for future in (clerks.submit(bring), clerks.submit(bring))]
    assert sorted(found, key=str) == [{"accepted": 19}, {"already": 19}]
    assert desk.count(Claim) == 19
