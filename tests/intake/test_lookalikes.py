"""A new code that looks like one of the register is not silently another household."""

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from domain.intake.lookalikes import Register, spelling
from domain.sheets.reading import read_table
from domain.store.tables.people import Household, Member
from domain.store.tables.shop import Goods
from tests.intake.desk import Desk, outcomes, why

RULESETS = Path(__file__).parents[2] / "rulesets"


@pytest.fixture
def empty(engine: Engine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path).open(())


class TestHouseholds:
    @pytest.mark.parametrize(
        "code", ["h201", "Ｈ２０１", "H0201", "H-201", "H 201", "H_0201", "h－0201", "H２01"]
    )
    @pytest.mark.parametrize("head", ["冯桂芳", "李四"])
    def test_another_spelling(self, empty: Desk, code: str, head: str) -> None:
        rows = [["H201", "冯桂芳"], [code, head]]
        answer = empty.bring("households", "户号 户主", rows)[1]
        assert why(answer) == "household_looks"
        assert "与已有 H201（冯桂芳）相近" in answer.reason
        assert "另一户" in answer.reason
        assert empty.count(Household) == 1

    @pytest.mark.parametrize("code", ["H2O1", "H20l", "H20I", "h2o1", "HO201"])
    def test_letters_for_digits_with_the_same_head(self, empty: Desk, code: str) -> None:
        empty.bring("households", "户号 户主", [["H201", "冯桂芳"]])
        rows = [[code, "冯 桂芳"]]
        assert why(empty.bring("households", "户号 户主", rows)[0]) == "household_looks"
        rows = [[code, "李四"]]
        assert outcomes(empty.bring("households", "户号 户主", rows)) == {"accepted": 1}

    def test_it_is_another_one_where_the_sheet_says_so(self, empty: Desk) -> None:
        rows = [["H201", "冯桂芳", ""], ["H0201", "冯桂芳", "否"], ["h201", "冯桂芳", "是"]]
        answers = empty.bring("households", "户号 户主 另一户", rows)
        assert [why(answer) for answer in answers] == ["", "household_looks", ""]
        # Once it is there it is known by its own code, whatever the sheet says.
        again = empty.bring("households", "户号 户主", [["h201", "冯桂芳"], ["H201", "冯桂芳"]])
        assert outcomes(again) == {"already": 2}

    def test_different_codes_stay_different(self, empty: Desk) -> None:
        codes = [
            "1-11",
            "11-1",
            "1-1",
            "111",
            "H1",
            "H11",
            "H10",
            "A1",
            "B1",
            "H1-2",
            "H12",
            "一-1",
            "二-1",
            "1组2",
            "12组",
            "甲1",
        ]
        rows = [[code, "同名"] for code in codes if code not in ("111", "H12")]
        rows += [["111", "李"], ["H12", "李"]]
        assert outcomes(empty.bring("households", "户号 户主", rows)) == {"accepted": len(codes)}

    @pytest.mark.parametrize("file", sorted(RULESETS.glob("*/sample/households.*")), ids=str)
    def test_the_samples_registers_are_taken_as_they_are(self, file: Path) -> None:
        table = read_table(file)
        places = [
            next(at for at, head in enumerate(table.header) if head in names)
            for names in (("户号", "household"), ("户主", "head"))
        ]
        register = Register()
        for row in table.cells:
            code, head = (str(row[place]) for place in places)
            assert register.near(code, head) in (None, code)
            register.add(code, head)

    @given(
        letters=st.text(string.ascii_uppercase, min_size=1, max_size=2),
        number=st.integers(1, 99_999),
        other=st.integers(1, 99_999),
    )
    def test_numbers_that_differ_are_never_one_spelling(
        self, letters: str, number: int, other: int
    ) -> None:
        same = spelling(f"{letters}{number}") == spelling(f"{letters.lower()}-{other:06}")
        assert same == (number == other)


class TestMembersAndGoods:
    @pytest.mark.parametrize("code", ["m1", "Ｍ１", "M01", "M-1"])
    def test_a_member(self, desk: Desk, code: str) -> None:
        header = "户号 成员编号 姓名 另一人"
        desk.bring("members", header, [["H1", "M1", "王小", ""]])
        answer = desk.bring("members", header, [["H1", code, "王小", ""]])[0]
        assert why(answer) == "member_looks"
        # Another household's members are no matter.
        assert outcomes(desk.bring("members", header, [["H2", code, "王小", ""]])) == {
            "accepted": 1
        }
        assert outcomes(desk.bring("members", header, [["H1", code, "王大", "是"]])) == {
            "accepted": 1
        }
        assert desk.count(Member) == 3

    @pytest.mark.parametrize("name", ["洗衣液(1L)", "洗衣液 （1l）", "洗衣液（１Ｌ）"])
    def test_goods(self, desk: Desk, name: str) -> None:
        rows: list[list[Any]] = [["洗衣液（1L）", 5], [name, 5]]
        answer = desk.bring("goods", "物品 标价", rows)[1]
        assert why(answer) == "goods_look"
        assert outcomes(desk.bring("goods", "物品 标价 另一种", [[name, 5, "是"]])) == {
            "accepted": 1
        }
        assert desk.count(Goods) == 2

    def test_goods_of_another_size_are_others(self, desk: Desk) -> None:
        rows = [["洗衣液1L", 5], ["洗衣液10L", 5], ["洗衣液0.1L", 5], ["洗衣粉1L", 5]]
        assert outcomes(desk.bring("goods", "物品 标价", rows)) == {"accepted": 4}
