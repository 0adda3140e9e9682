"""Households, members, goods and redemptions from sheets."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from domain.audit.books import open_books
from domain.community.particulars import Particulars, change
from domain.community.registry import find_household
from domain.kernel.period import Period
from domain.store.database import reading, writing
from domain.store.tables.people import Household, Member
from domain.store.tables.shop import Goods, Redemption
from tests.domain.builders import day
from tests.intake.desk import Desk, moment, outcomes, why

HOUSEHOLD = "户号 户主 组 电话 本地户籍 居住起始 参与人数 加入日期 社区同意"


@pytest.fixture
def empty(engine: Engine, tmp_path: Path) -> Desk:
    return Desk(engine, tmp_path).open(())


class TestHouseholds:
    def test_every_column_is_kept(self, empty: Desk) -> None:
        row = ["H7", "王", "一组", 13800000000, "否", "2025/6/1", "3", "2026-02-01", "是"]
        assert outcomes(empty.bring("households", HOUSEHOLD, [row])) == {"accepted": 1}
        with reading(empty.engine) as session:
            home = find_household(session, empty.community(session), "H7")
        assert (home.head, home.area, home.phone) == ("王", "一组", "13800000000")
        assert (home.registered, home.consent, home.members) == (False, True, 3)
        assert (home.resident_since, home.enrolled_on) == (day("2025-06-01"), day("02-01"))

    def test_what_is_not_said(self, empty: Desk) -> None:
        empty.bring("households", "household head", [["H7", "王"]], now="2026-05-01T00:30")
        with reading(empty.engine) as session:
            home = find_household(session, empty.community(session), "H7")
        assert (home.registered, home.consent, home.members) == (True, False, None)
        assert home.enrolled_on == day("01-01")  # when the scheme began here

    def test_the_same_again_whenever_it_comes(self, empty: Desk) -> None:
        empty.bring("households", "household head", [["H7", "王"]], now="2026-05-01")
        again = empty.bring("households", HOUSEHOLD, [["H7", "王", *[""] * 7]], now="2026-06-01")
        assert outcomes(again) == {"already": 1}

    def test_a_row_that_came_before_is_known_again_after_a_change(self, empty: Desk) -> None:
        row = ["H7", "王", "一组"]
        empty.bring("households", "household head group", [row])
        with writing(empty.engine) as session:
            change(session, empty.community(session), "H7", Particulars(head="李"))
        assert outcomes(empty.bring("households", "household head group", [row])) == {"already": 1}
        now = ["H7", "李", "一组"]
        assert outcomes(empty.bring("households", "household head group", [now])) == {"already": 1}

    @pytest.mark.parametrize(
        ("column", "cell"),
        [
            ("head", "李"),
            ("group", "二组"),
            ("phone", "1"),
            ("registered", "否"),
            ("members", "2"),
            ("consent", "是"),
            ("resident_since", "2020-01-01"),
            ("enrolled_on", "2026-05-02"),
        ],
    )
    def test_other_content_is_refused(self, empty: Desk, column: str, cell: str) -> None:
        empty.bring("households", "household head", [["H7", "王"]], now="2026-05-01")
        before = empty.rows_of(Household)
        header = "household head" if column == "head" else f"household head {column}"
        row = ["H7", cell] if column == "head" else ["H7", "王", cell]
        answer = empty.bring("households", header, [row])[0]
        assert why(answer) == "household_differs"
        assert (answer.column, answer.value) == ("household", "H7")
        assert empty.rows_of(Household) == before

    def test_within_one_sheet(self, empty: Desk) -> None:
        rows = [["H7", "王"], ["H7", "王"], ["H7", "李"], ["", "赵"], ["H8", ""]]
        answers = empty.bring("households", "household head", rows)
        whys = [why(answer) for answer in answers]
        assert whys == ["", "", "household_differs", "blank", "blank"]
        assert outcomes(answers) == {"accepted": 1, "already": 1, "refused": 3}
        assert empty.count(Household) == 1

    def test_bad_cells(self, empty: Desk) -> None:
        rows = [
            ["A", "王", "", "", "也许", "", "", "", ""],
            ["B", "王", "", "", "", "去年", "", "", ""],
            ["C", "王", "", "", "", "", "三口", "", ""],
            ["D", "王", "", "", "", "", "0", "", ""],
            ["E", "王", "", "", "", "", "", "2026-02-29", ""],
            ["F" * 65, "王", *[""] * 7],
        ]
        answers = empty.bring("households", HOUSEHOLD, rows)
        assert [(answer.column, why(answer)) for answer in answers] == [
            ("本地户籍", "not_flag"),
            ("居住起始", "not_date"),
            ("参与人数", "not_integer"),
            ("参与人数", "out_of_range"),
            ("加入日期", "no_such_day"),
            ("户号", "too_long"),
        ]


def test_members(desk: Desk) -> None:
    rows: list[list[object]] = [
        ["H1", 1, "王一"],
        ["H1", 1, "王一"],
        ["H1", "1", "王二"],
        ["H2", 1, "李一"],
        ["H9", 1, "x"],
    ]
    answers = desk.bring("members", "户号 成员编号 姓名", rows)
    assert [why(answer) for answer in answers] == ["", "", "other_content", "", "household_unknown"]
    assert outcomes(answers) == {"accepted": 2, "already": 1, "refused": 2}
    assert [answer.ref for answer in answers] == ["H1/1", "H1/1", "H1/1", "H2/1", "H9/1"]
    assert outcomes(desk.bring("members", "户号 成员编号 姓名", rows[:1])) == {"already": 1}
    assert desk.count(Member) == 2


class TestShop:
    GOODS = (["毛巾", "2.5", "10", "捐赠"], ["米", "20", "", ""])

    def goods(self, desk: Desk) -> None:
        answers = desk.bring("goods", "物品 标价 库存 来源", self.GOODS)
        assert outcomes(answers) == {"accepted": 2}

    def earn(self, desk: Desk) -> None:
        """Every household has its 6 points of base."""
        with writing(desk.engine) as session:
            open_books(
                session, desk.community(session), Period(2026, "year", 1), moment("2026-01-01")
            )

    def test_goods(self, desk: Desk) -> None:
        self.goods(desk)
        with reading(desk.engine) as session:
            found = session.execute(select(Goods.name, Goods.points, Goods.stock, Goods.source))
            assert set(found.tuples()) == {("毛巾", 250, 10, "捐赠"), ("米", 2000, None, "")}

    def test_goods_again(self, desk: Desk) -> None:
        self.goods(desk)
        rows = [
            *self.GOODS,
            ["毛巾", "3", "10", "捐赠"],
            ["毛巾", "2.5", "9", "捐赠"],
            ["米", "20", "", "采购"],
        ]
        answers = desk.bring("goods", "物品 标价 库存 来源", rows)
        assert outcomes(answers) == {"already": 2, "refused": 3}
        assert {why(answer) for answer in answers[2:]} == {"other_content"}

    def test_goods_again_after_some_went(self, desk: Desk) -> None:
        self.goods(desk)
        self.earn(desk)
        row = ["D1", "H1", "毛巾", "2", "2026-03-01"]
        assert outcomes(desk.bring("redemptions", "编号 户号 物品 数量 兑换时间", [row])) == {
            "accepted": 1
        }
        assert outcomes(desk.bring("goods", "物品 标价 库存 来源", self.GOODS)) == {"already": 2}

    def test_bad_goods(self, desk: Desk) -> None:
        rows: list[list[object]] = [
            ["a", "0", "", ""],
            ["b", "-1", "", ""],
            ["c", "贵", "", ""],
            ["d", "1", "-1", ""],
            ["", 1, "", ""],
        ]
        answers = desk.bring("goods", "物品 标价 库存 来源", rows)
        assert [why(answer) for answer in answers] == [
            "not_positive",
            "not_positive",
            "not_points",
            "out_of_range",
            "blank",
        ]

    def test_redemptions(self, desk: Desk) -> None:
        self.goods(desk)
        self.earn(desk)
        header = "ref household points goods count redeemed_at"
        rows = [
            ["D1", "H1", "1.5", "", "", "2026-03-02"],
            ["D2", "H1", "", "毛巾", "", "2026-03-01"],
            ["D3", "H2", "", "毛巾", "2", "2026-03-01 10:00"],
        ]
        assert outcomes(desk.bring("redemptions", header, rows)) == {"accepted": 3}
        assert outcomes(desk.bring("redemptions", header, rows)) == {"already": 3}
        with reading(desk.engine) as session:
            taken = session.execute(select(Redemption.ref, Redemption.points, Redemption.count))
            assert set(taken.tuples()) == {("D1", 150, None), ("D2", 250, 1), ("D3", 500, 2)}
        other = [["D1", "H1", "1", "", "", "2026-03-02"], ["D1", "H1", "1.5", "", "", "2026-03-03"]]
        answers = desk.bring("redemptions", header, other)
        assert outcomes(answers) == {"refused": 2}
        assert desk.count(Redemption) == 3

    def test_redemptions_refused(self, desk: Desk) -> None:
        self.goods(desk)
        self.earn(desk)
        header = "ref household points goods count redeemed_at"
        rows = [
            ["D1", "H1", "", "", "", "2026-03-01"],
            ["D2", "H1", "1", "毛巾", "1", "2026-03-01"],
            ["D3", "H1", "1", "", "2", "2026-03-01"],
            ["D4", "H1", "-1", "", "", "2026-03-01"],
            ["D5", "H1", "1", "", "", ""],
            ["D6", "H1", "1", "", "", "2027-03-01"],
            ["D7", "H9", "1", "", "", "2026-03-01"],
            ["D8", "H1", "", "盐", "1", "2026-03-01"],
            ["D9", "H1", "100", "", "", "2026-03-01"],
        ]
        answers = desk.bring("redemptions", header, rows)
        assert [(answer.column, why(answer)) for answer in answers] == [
            ("points", "points_or_goods"),
            ("points", "points_or_goods"),
            ("goods", "count_alone"),
            ("points", "not_positive"),
            ("redeemed_at", "blank"),
            ("redeemed_at", "future_time"),
            ("household", "household_unknown"),
            ("goods", "goods_unknown"),
            ("ref", "too_few_points"),
        ]
        assert answers[8].reason == "户号“H1”可兑换 6 分，不足 100 分"
        assert "can redeem 6 points, not 100" in answers[8].reason_in("en")
        assert desk.count(Redemption) == 0


def test_a_sheet_names_who_handed_out_and_who_received(empty: Desk) -> None:
    empty.bring("households", "household head", [["H1", "王"]])
    empty.person("s1", None, "shop")
    empty.person("r1", None)
    with writing(empty.engine) as session:
        open_books(session, empty.community(session), Period.parse("2026"), moment("2026-01-01"))
    header = "编号 户号 积分 兑换时间 经手人 领取人"
    answers = empty.bring(
        "redemptions",
        header,
        [
            ["D1", "H1", "1", "2026-05-01", "s1", "王小明"],
            ["D2", "H1", "1", "2026-05-01", "r1", ""],
            ["D3", "H1", "1", "2026-05-01", "nobody", ""],
        ],
    )
    assert [why(answer) for answer in answers] == ["", "not_shopkeeper", "person_unknown"]
    with reading(empty.engine) as session:
        kept = session.scalars(select(Redemption)).one()
        assert (kept.handed_out_by, kept.receiver) == ("s1", "王小明")
