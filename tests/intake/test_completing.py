"""A household found by its head, and numbers that the program gives."""

from typing import Any

import pytest

from domain.community.leaving import leave
from domain.community.registry import find_household
from domain.intake.completing import number_of
from domain.store.database import reading, writing
from domain.store.tables.claims import Claim
from domain.store.tables.objections import Objection
from domain.store.tables.shop import Redemption
from tests.domain.builders import day
from tests.intake.desk import CLAIM, Desk, outcomes, why
from tests.intake.inbox import Inbox

CLAIMS = "户主 组 项目 发生日期 地点 事由 方式"


@pytest.fixture
def village(desk: Desk) -> Desk:
    """Four more households: two named 张伟, in two groups, and one each 赵六 and 欧阳 锋."""
    rows = [
        ["H011", "张伟", "一组"],
        ["H012", "张伟", "二组"],
        ["H013", "赵六", "一组"],
        ["H014", "欧阳 锋", "二组"],
    ]
    desk.bring("households", "户号 户主 组", rows)
    return desk


def claim(head: str, group: str = "", on: str = "2026-03-05", why: str = "清扫") -> list[Any]:
    return [head, group, "sweep", on, "村口", why, "自荐"]


def homes(desk: Desk) -> list[str]:
    with reading(desk.engine) as session:
        codes = {
            home: find_household(session, desk.community(session), home).id
            for home in ("H1", "H011", "H012", "H013", "H014")
        }
    found = {key: code for code, key in codes.items()}
    return [found[row.household_id] for row in desk.rows_of(Claim)]


class TestHeads:
    def test_the_one_household_with_that_head_is_meant(self, village: Desk) -> None:
        rows = [
            claim("赵六"),
            claim("欧阳锋"),
            claim("张伟", "二组"),
            claim("赵 六", on="2026-03-06"),
        ]
        answers = village.bring("claims", CLAIMS, rows)
        assert outcomes(answers) == {"accepted": 4}
        assert [answer.household for answer in answers] == ["H013", "H014", "H012", "H013"]
        assert homes(village) == ["H013", "H014", "H012", "H013"]
        assert answers[0].as_dict()["household"] == "H013"
        assert "户主“赵六”即户号 H013" in answers[0].as_dict()["note"]

    @pytest.mark.parametrize(
        ("head", "group", "code"),
        [
            ("张伟", "", "head_ambiguous"),
            ("张伟", "三组", "head_elsewhere"),
            ("钱七", "", "head_unknown"),
            ("", "", "blank"),
            ("赵六", "二组", "head_elsewhere"),
        ],
    )
    def test_where_not_exactly_one_answers_none_is_taken(
        self, village: Desk, head: str, group: str, code: str
    ) -> None:
        assert why(village.bring("claims", CLAIMS, [claim(head, group)])[0]) == code
        assert village.count(Claim) == 0

    def test_those_who_might_be_meant_are_named(self, village: Desk) -> None:
        assert "H011、H012" in village.bring("claims", CLAIMS, [claim("张伟")])[0].reason

    def test_one_that_has_left_is_not_meant_beside_one_that_is_there(self, village: Desk) -> None:
        with writing(village.engine) as session:
            leave(session, village.community(session), "H011", day("02-01"), "moved")
        answer = village.bring("claims", CLAIMS, [claim("张伟")])[0]
        assert (answer.outcome, answer.household) == ("accepted", "H012")

    def test_the_code_goes_before_the_head_and_must_not_contradict_it(self, village: Desk) -> None:
        header = f"编号 户号 {CLAIMS}"
        rows = [
            ["C1", "H013", *claim("赵六")],
            ["C2", "H013", *claim("张伟")],
            ["C3", "H011", *claim("张伟")],
        ]
        answers = village.bring("claims", header, rows)
        assert [why(answer) for answer in answers] == ["", "head_differs", ""]
        assert [answer.household for answer in answers] == ["", "", ""]
        # With or without the head it is the same claim.
        row = ["C1", "H013", "sweep", "2026-03-05", "村口", "清扫", "自荐"]
        again = village.bring("claims", "编号 户号 项目 发生日期 地点 事由 方式", [row])
        assert outcomes(again) == {"already": 1}

    def test_of_every_kind(self, village: Desk) -> None:
        village.person("r1")
        village.bring("claims", f"编号 {CLAIMS}", [["C1", *claim("赵六")]])
        village.bring("decisions", "ref reviewer verdict note", [["C1", "r1", "通过", "见过"]])
        found = [
            village.bring("members", "户主 成员编号 姓名", [["赵六", "M1", "赵小"]])[0],
            village.bring("objections", "户主 申报编号 异议", [["赵六", "C1", "不实"]])[0],
            village.bring("inspection", "户主 tidy", [["赵六", 5]], period="2026-03")[0],
        ]
        assert [(answer.outcome, answer.household) for answer in found] == [
            ("accepted", "H013")
        ] * 3

    @pytest.mark.parametrize("code", ["13", "013", "13号", "第13户", "h-13", "赵六"])
    def test_a_code_that_is_nearly_one(self, village: Desk, code: str) -> None:
        answer = village.claim(household=code)
        assert why(answer) == "household_similar"
        assert "是不是 H013？" in answer.reason
        rows = [["D1", code, 1, "2026-03-05"]]
        answer = village.bring("redemptions", "编号 户号 积分 兑换时间", rows)[0]
        assert "是不是 H013？" in answer.reason


class TestNumbers:
    HEADER = "户号 项目 发生日期 地点 事由 方式"

    def row(self, home: str = "H1", **cells: str) -> list[str]:
        cells = {**CLAIM, "household": home, **cells}
        names = ("household", "item", "occurred_on", "place", "reason", "channel")
        return [cells[name] for name in names]

    def test_the_same_sheet_has_the_same_numbers(self, desk: Desk) -> None:
        rows = [self.row("H1"), self.row("H2")]
        first = desk.bring("claims", self.HEADER, rows)
        again = desk.bring("claims", self.HEADER, rows[::-1])
        assert outcomes(first) == {"accepted": 2}
        assert outcomes(again) == {"already": 2}
        refs = [answer.ref for answer in first]
        assert [answer.ref for answer in again] == refs[::-1]
        assert len(set(refs)) == 2
        for answer in first:
            assert answer.ref.startswith("C260305-")
            assert len(answer.ref) == len("C260305-7KQ2MH")
            assert answer.as_dict()["note"] == f"编号由系统编为 {answer.ref}"
        written_out = [[answer.ref, *row] for answer, row in zip(first, rows, strict=True)]
        assert outcomes(desk.bring("claims", f"编号 {self.HEADER}", written_out)) == {"already": 2}

    def test_rows_that_say_the_same_have_numbers_of_their_own(self, desk: Desk) -> None:
        row = self.row(item="service")  # several in one event are what its cap is for
        first = desk.bring("claims", self.HEADER, [row, row])
        assert outcomes(first) == {"accepted": 2}
        longer = desk.bring("claims", self.HEADER, [row, self.row("H2"), row, row])
        assert outcomes(longer) == {"already": 2, "accepted": 2}
        assert len({answer.ref for answer in longer}) == 4
        assert desk.count(Claim) == 4

    def test_a_second_one_of_what_counts_once_is_still_refused(self, desk: Desk) -> None:
        answers = desk.bring("claims", self.HEADER, [self.row(), self.row()])
        assert [why(answer) for answer in answers] == ["", "duplicate"]
        assert answers[1].ref == ""
        assert "事项" in answers[1].reason

    def test_a_row_that_was_refused_is_done_with_once_it_is_right(self, desk: Desk) -> None:
        rows = [self.row("H9")]
        assert desk.bring("claims", self.HEADER, rows)[0].ref == ""
        assert len(desk.refused()) == 1
        desk.bring("households", "户号 户主", [["H9", "王"]])
        assert outcomes(desk.bring("claims", self.HEADER, rows)) == {"accepted": 1}
        assert desk.refused() == []

    def test_some_rows_have_numbers(self, desk: Desk) -> None:
        rows = [["C7", *self.row("H1")], ["", *self.row("H2")]]
        answers = desk.bring("claims", f"编号 {self.HEADER}", rows)
        assert [answer.ref[:2] for answer in answers] == ["C7", "C2"]
        assert answers[0].note is None

    def test_another_communitys_sheet_has_other_numbers(self, desk: Desk) -> None:

        cells = {"occurred_on": "2026-03-05"}
        made = {
            number_of("claims", code, cells, "same", times) for code in "ab" for times in (1, 2)
        }
        assert len(made) == 4

    def test_redemptions_and_objections(self, desk: Desk) -> None:
        desk.person("r1")
        desk.claim()
        desk.bring("decisions", "ref reviewer verdict note", [["C1", "r1", "通过", "见过"]])
        rows = [["H2", "C1", "不实", "2027-01-02"]]
        header = "户号 申报编号 异议 提出时间"
        filed = [desk.bring("objections", header, rows, now="2027-01-03")[0] for _ in "12"]
        assert [answer.outcome for answer in filed] == ["accepted", "already"]
        assert filed[0].ref.startswith("O270102-")
        assert desk.count(Objection) == 1
        # What is no time of the sheet is in no number.
        assert desk.bring("objections", "户号 申报编号 异议", [["H9", "C1", "?"]])[0].ref == ""

    def test_in_a_rehearsal(self, inbox: Inbox) -> None:
        rows = [["王H1", "", "service", "2026-03-05", "村口", "清扫", "自荐"]] * 2
        for _ in "12":
            inbox.desk.count(Claim)
            inbox.stage("claims", CLAIMS, rows)
            inbox.take("2026-04-01")
        refs = {claim.ref for claim in inbox.desk.rows_of(Claim)}
        assert len(refs) == 2
        assert all(ref.startswith("C260305-") for ref in refs)
        assert inbox.desk.count(Redemption) == 0


def test_a_column_that_the_sheet_lacks_is_named_in_its_language(desk: Desk) -> None:
    header = "编号 户主 项目 发生日期 地点 事由 方式"
    row = ["C1", "", "tidy", "2026-03-05", "村口", "清扫", "自荐"]
    answer = desk.bring("claims", header, [row])[0]
    assert [wrong.column for wrong in answer.faults] == ["户主", "评分"]
    row[1:3] = ["没有人", "sweep"]
    assert desk.bring("claims", header, [row])[0].column == "户主"
