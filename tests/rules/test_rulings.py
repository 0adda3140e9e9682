"""Each ruling (SCHEMES.md) by an example small enough to be worked by hand; values are points."""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from domain.kernel.errors import Refused
from domain.rules.evaluate import Version, base_points, evaluate, version_on
from tests.rules.builders import (
    bases_frame,
    cap,
    claim,
    claims_frame,
    evaluated,
    exclusion,
    item,
    points,
    ruleset,
    since,
)

OLD, NEW = date(2020, 1, 1), date(2026, 7, 1)


def taken(rows: dict[int, dict[str, int]], column: str) -> list[float]:
    """What one rule took from each claim, in points."""
    return [rows[number][column] / 100 for number in sorted(rows)]


def base(code: str, on: str, value: int, household: int = 1) -> dict[str, object]:
    day = date.fromisoformat(f"2026-{on}")
    return {
        "household": household,
        "item": code,
        "period": "2026",
        "gained_on": day,
        "points": value * 100,
    }


class TestOrder:
    """Ruling 1: by occurred_on, then submitted_at, then ref; here seen in who fills a cap of 10."""

    rules = ruleset(item("A", points=6, caps=[cap("year", 10, "year")]))

    def test_the_earlier_event_comes_first_however_late_it_was_submitted(self) -> None:
        late = datetime.fromisoformat("2026-12-01T08:00")
        claims = [claim(1, "A", "03-02"), claim(2, "A", "03-01", submitted_at=late)]
        assert points(self.rules, claims) == [4, 6]

    def test_of_one_day_the_earlier_submitted_comes_first(self) -> None:
        claims = [
            claim(1, "A", "03-01", submitted_at=datetime.fromisoformat("2026-03-01T09:00:01")),
            claim(2, "A", "03-01", submitted_at=datetime.fromisoformat("2026-03-01T09:00:00")),
        ]
        assert points(self.rules, claims) == [4, 6]

    def test_of_one_moment_the_lower_ref_comes_first(self) -> None:
        claims = [claim(1, "A", "03-01", ref="B"), claim(2, "A", "03-01", ref="A")]
        assert points(self.rules, claims) == [4, 6]

    def test_awards_come_back_in_the_canonical_order(self) -> None:
        claims = [
            claim(1, "A", "03-02", household=2),
            claim(2, "A", "03-01", household=2),
            claim(3, "A", "05-01"),
        ]
        assert list(evaluated(self.rules, claims)) == [3, 2, 1]


class TestWhatAnItemGives:
    """The raw points of each kind of item, and exactness (ruling 23)."""

    def test_an_award_and_a_deduction_count_as_often_as_they_happened(self) -> None:
        rules = ruleset(item("A", points=2.5), item("D", "deduction", points=-3))
        assert points(
            rules, [claim(1, "A", "01-05", quantity=3), claim(2, "D", "01-05", quantity=2)]
        ) == [7.5, -6]

    def test_a_graded_line_gives_its_score(self) -> None:
        rules = ruleset(item("G", "graded", points=5))
        claims = [claim(1, "G", "01-05", score=450), claim(2, "G", "01-06", score=None)]
        assert points(rules, claims) == [4.5, 0]

    @pytest.mark.parametrize("kind", ["record", "voiding", "zeroing", "base"])
    def test_other_kinds_give_nothing_themselves(self, kind: str) -> None:
        assert points(ruleset(item("R", kind, points=7)), [claim(1, "R", "01-05")]) == [0]

    def test_hundredths_add_up_exactly(self) -> None:
        rules = ruleset(item("A", points=0.1, caps=[cap("year", 0.3, "year")]))
        rows = evaluated(rules, [claim(number, "A", "01-05") for number in range(4)])
        assert [rows[number]["points"] for number in range(4)] == [10, 10, 10, 0]

    def test_an_item_without_a_value_is_refused_and_the_claim_named(self) -> None:
        rules = ruleset(item("A", points=None), item("B"))
        with pytest.raises(Refused, match=r"claim C002: item A has no adopted value on 2026-01-06"):
            evaluated(rules, [claim(1, "B", "01-05"), claim(2, "A", "01-06")])

    def test_an_unknown_item_is_refused(self) -> None:
        with pytest.raises(Refused, match=r"claim C001: item X has no adopted value"):
            evaluated(ruleset(item("A")), [claim(1, "X", "01-05")])

    def test_claims_of_two_years_are_refused(self) -> None:
        claims = [claim(1, "A", "01-05"), claim(2, "A", "01-05", occurred_on=date(2025, 12, 31))]
        with pytest.raises(Refused, match="several years"):
            evaluated(ruleset(item("A")), claims)

    def test_no_claims_give_no_awards_but_the_columns(self) -> None:
        rules = ruleset(item("A", caps=[cap("year", 20, "year")]))
        awards = evaluate(claims_frame([]), bases_frame(), [since(OLD, rules)])
        assert awards.is_empty()
        assert awards.columns[10:] == [
            "raw",
            "void",
            "exclusion",
            "frequency",
            "highest_of",
            "cap_1",
            "points",
        ]
        assert evaluate(claims_frame([]), bases_frame(), []).is_empty()


class TestCaps:
    """Ruling 2, and 宝山's voluntary service (ruling 9)."""

    volunteering = ruleset(
        item("V", points=5, caps=[cap("event", 10, "event"), cap("year", 20, "year")])
    )

    def test_an_award_is_cut_to_what_is_left(self) -> None:
        rules = ruleset(item("A", points=6, caps=[cap("month", 10, "month")]))
        claims = [
            claim(1, "A", "01-05"),
            claim(2, "A", "01-20"),
            claim(3, "A", "01-31"),
            claim(4, "A", "02-01"),
        ]
        assert points(rules, claims) == [6, 4, 0, 6]
        assert taken(evaluated(rules, claims), "cap_1") == [0, 2, 6, 0]

    @pytest.mark.parametrize(
        ("per", "second", "left"),
        [
            ("day", "01-05", 4),
            ("day", "01-06", 6),
            ("month", "01-31", 4),
            ("month", "02-01", 6),
            ("quarter", "03-31", 4),
            ("quarter", "04-01", 6),
            ("half_year", "06-30", 4),
            ("half_year", "07-01", 6),
            ("year", "12-31", 4),
        ],
    )
    def test_each_period_has_room_of_its_own(self, per: str, second: str, left: int) -> None:
        rules = ruleset(item("A", points=6, caps=[cap("c", 10, per)]))
        assert points(rules, [claim(1, "A", "01-05"), claim(2, "A", second)]) == [6, left]

    def test_an_event_is_one_household_matter_and_day(self) -> None:
        claims = [
            claim(1, "V", "01-05", matter="河道"),
            claim(2, "V", "01-05", matter="敬老"),
            claim(3, "V", "01-05", matter="河道", quantity=2),
            claim(4, "V", "01-06", matter="河道", household=2, quantity=3),
        ]
        rows = evaluated(self.volunteering, claims)
        assert taken(rows, "points") == [5, 5, 5, 10]
        assert taken(rows, "cap_1") == [0, 0, 5, 5]

    def test_the_wider_cap_counts_what_the_narrower_let_through(self) -> None:
        # 15 → 10, 10 → 10: the year's 20 are full, though 25 were claimed.
        claims = [
            claim(1, "V", "01-05", quantity=3),
            claim(2, "V", "01-06", quantity=2),
            claim(3, "V", "01-07"),
        ]
        rows = evaluated(self.volunteering, claims)
        assert taken(rows, "points") == [10, 10, 0]
        assert taken(rows, "cap_1") == [5, 0, 0]
        assert taken(rows, "cap_2") == [0, 0, 5]

    def test_the_trace_counts_under_the_narrow_cap_what_was_really_awarded(self) -> None:
        rules = ruleset(
            item("A", points=8, caps=[cap("month", 10, "month"), cap("year", 5, "year")])
        )
        rows = evaluated(rules, [claim(1, "A", "01-05"), claim(2, "A", "01-06")])
        # Of the month's 10 only 5 were awarded: 5 of the second 8 fit there, and none in the year.
        assert taken(rows, "cap_1") == [0, 3]
        assert taken(rows, "cap_2") == [3, 5]

    def test_items_share_a_cap(self) -> None:
        rules = ruleset(
            item("A", points=10),
            item("B", points=10),
            item("C", points=10),
            shared_caps=[cap("both", 15, "year", "A", "B")],
        )
        claims = [claim(1, "B", "01-05"), claim(2, "A", "01-06"), claim(3, "C", "01-07")]
        assert points(rules, claims) == [10, 5, 10]

    def test_an_own_cap_lies_within_the_shared_one(self) -> None:
        rules = ruleset(
            item("A", points=10, caps=[cap("own", 12, "month")]),
            item("B", points=10),
            shared_caps=[cap("both", 20, "year", "A", "B")],
        )
        claims = [claim(1, "A", "01-05"), claim(2, "A", "01-06"), claim(3, "B", "01-07")]
        rows = evaluated(rules, claims)
        # The shared cap is A's second and B's first.
        assert taken(rows, "points") == [10, 2, 8]
        assert taken(rows, "cap_1") == [0, 8, 2]
        assert taken(rows, "cap_2") == [0, 0, 0]

    def test_the_shorter_period_is_the_narrower_of_two_caps_on_one_item(self) -> None:
        rules = ruleset(
            item("A", points=10, caps=[cap("year", 15, "year")]),
            shared_caps=[cap("month", 6, "month", "A")],
        )
        rows = evaluated(rules, [claim(number, "A", f"{number:02}-15") for number in (1, 2, 3)])
        assert taken(rows, "cap_1") == [4, 4, 4]
        assert taken(rows, "cap_2") == [0, 0, 3]

    def test_deductions_stand_outside_a_cap(self) -> None:
        rules = ruleset(
            item("A", points=10),
            item("D", "deduction", points=-10),
            shared_caps=[cap("both", 15, "year", "A", "D")],
        )
        claims = [claim(1, "A", "01-05"), claim(2, "D", "01-06"), claim(3, "A", "01-07")]
        assert points(rules, claims) == [10, -10, 5]


class TestFrequency:
    """Ruling 3."""

    @pytest.mark.parametrize(
        ("per", "second", "again"),
        [
            ("month", "02-28", 0),
            ("month", "03-01", 10),
            ("quarter", "03-31", 0),
            ("quarter", "04-01", 10),
            ("half_year", "06-30", 0),
            ("half_year", "07-01", 10),
            ("year", "12-31", 0),
            ("once", "12-31", 0),
        ],
    )
    def test_one_award_in_a_period(self, per: str, second: str, again: int) -> None:
        rules = ruleset(item("A", per=per))
        rows = evaluated(rules, [claim(1, "A", "02-01"), claim(2, "A", second)])
        assert taken(rows, "points") == [10, again]
        assert taken(rows, "frequency") == [0, 10 - again]

    def test_each_household_and_item_counts_for_itself(self) -> None:
        rules = ruleset(item("A", per="year"), item("B", per="year"))
        claims = [
            claim(1, "A", "02-01"),
            claim(2, "B", "02-01"),
            claim(3, "A", "02-01", household=2),
        ]
        assert points(rules, claims) == [10, 10, 10]

    def test_a_members_item_counts_by_member(self) -> None:
        rules = ruleset(item("M", per="year", of="member"), item("H", per="year"))
        claims = [
            claim(1, "M", "02-01", member=1),
            claim(2, "M", "02-02", member=2),
            claim(3, "M", "02-03", member=1),
            claim(4, "H", "02-01", member=1),
            claim(5, "H", "02-02", member=2),
        ]
        assert points(rules, claims) == [10, 10, 0, 10, 0]

    def test_a_deduction_is_limited_too(self) -> None:
        rules = ruleset(item("D", "deduction", points=-1, per="month"))
        assert points(rules, [claim(1, "D", "02-01"), claim(2, "D", "02-02")]) == [-1, 0]

    def test_one_award_for_a_matter_however_many_days_it_takes(self) -> None:
        """红白喜事 (ruling 8): 60 or -20 an event; who names no matter tells of another event."""
        rules = ruleset(item("A", per="matter"), item("D", "deduction", points=-2, per="matter"))
        claims = [
            claim(1, "A", "02-01", matter="x"),
            claim(2, "A", "02-02", matter="x"),
            claim(3, "A", "02-03", matter="y"),
            claim(4, "A", "02-04"),
            claim(5, "A", "02-05"),
            claim(6, "D", "02-01", matter="x"),
            claim(7, "D", "11-02", matter="x"),
            claim(8, "A", "02-01", matter="x", household=2),
        ]
        assert points(rules, claims) == [10, 0, 10, 10, 10, -2, 0, 10]

    def test_a_sheet_graded_0_is_the_months_grade(self) -> None:
        rules = ruleset(item("G", "graded", points=5, per="month"))
        claims = [claim(1, "G", "02-01", score=0), claim(2, "G", "02-02", score=300)]
        rows = evaluated(rules, claims)
        assert taken(rows, "points") == [0, 0]
        assert taken(rows, "frequency") == [0, 3]

    def test_an_excluded_claim_does_not_use_up_the_period(self) -> None:
        rules = ruleset(
            item("A", per="month"),
            item("X", "record"),
            exclusions=[exclusion("e", "X", "matter", "A")],
        )
        claims = [
            claim(1, "A", "02-01", matter="x"),
            claim(2, "X", "02-01", matter="x"),
            claim(3, "A", "02-20", matter="y"),
        ]
        assert points(rules, claims) == [0, 0, 10]

    def test_once_looks_at_earlier_years(self) -> None:
        rules = ruleset(
            item("A", per="once"), item("Y", per="year"), item("M", per="once", of="member")
        )
        claims = [
            claim(1, "A", "02-01", member=2),
            claim(2, "A", "02-01", household=2),
            claim(3, "Y", "02-01"),
            claim(4, "M", "02-01", member=1),
            claim(5, "M", "02-01", member=2),
        ]
        # A household's item is earned by whichever member; a member's item only by that one.
        once = [(1, 1, "A"), (1, 1, "M"), (1, None, "Y")]
        assert points(rules, claims, once=once) == [0, 10, 10, 0, 10]


class TestHighestOf:
    """Ruling 4: 就高不就低."""

    rules = ruleset(
        item("town", points=50, highest_of="moral"),
        item("district", points=100, highest_of="moral"),
        item("family", points=50, highest_of="family"),
    )

    def test_a_later_higher_one_replaces_the_earlier(self) -> None:
        rows = evaluated(self.rules, [claim(1, "town", "02-01"), claim(2, "district", "05-01")])
        assert taken(rows, "points") == [0, 100]
        assert taken(rows, "highest_of") == [50, 0]

    def test_on_a_tie_the_earlier_stands(self) -> None:
        claims = [claim(1, "town", "05-01"), claim(2, "town", "02-01")]
        assert points(self.rules, claims) == [0, 50]

    def test_another_matter_group_or_household_counts_for_itself(self) -> None:
        claims = [
            claim(1, "town", "02-01", matter="救人"),
            claim(2, "district", "02-01", matter="敬老"),
            claim(3, "family", "02-01", matter="救人"),
            claim(4, "town", "02-01", matter="救人", household=2),
        ]
        assert points(self.rules, claims) == [50, 100, 50, 50]

    @pytest.mark.parametrize("blank", ["", None])
    def test_a_blank_matter_means_the_group_itself(self, blank: str | None) -> None:
        claims = [
            claim(1, "town", "02-01", matter=blank),
            claim(2, "district", "02-02"),
            claim(3, "town", "02-03", matter="moral"),
            claim(4, "town", "02-04", matter="救人"),
        ]
        assert points(self.rules, claims) == [0, 100, 0, 50]


class TestMembers:
    """Ruling 35: a limit on a member's item counts that member."""

    hours = ruleset(
        item("h", points=1, of="member", caps=[cap("event", 2, "event"), cap("year", 5, "year")]),
        item("told", "record", points=None, lists="black", of="member"),
        item("feud", "record", points=None, lists="black"),
        item("town", points=50, of="member", highest_of="praise"),
        item("county", points=100, of="member", highest_of="praise"),
        item("fall", "voiding", points=None, voids=["h", "family"], of="member"),
        item("fire", "voiding", points=None, voids=["h"]),
        item("family", points=7),
        exclusions=[
            exclusion("complaint", "told", "matter", "h", "family"),
            exclusion("feud", "feud", "matter", "h"),
        ],
    )

    def test_two_of_a_family_at_one_event_each_fill_a_cap_of_their_own(self) -> None:
        claims = [
            claim(1, "h", "03-01", quantity=3, matter="河", member=1),
            claim(2, "h", "03-01", quantity=2, matter="河", member=2),
            claim(3, "h", "03-02", quantity=2, matter="河", member=1),
            claim(4, "h", "03-03", quantity=2, matter="河", member=1),
            claim(5, "h", "03-04", quantity=2, matter="河", member=2),
        ]
        rows = evaluated(self.hours, claims)
        assert taken(rows, "points") == [2, 2, 2, 1, 2]
        assert taken(rows, "cap_1") == [1, 0, 0, 0, 0]
        assert taken(rows, "cap_2") == [0, 0, 0, 1, 0]

    @pytest.mark.parametrize("per", ["day", "month", "quarter", "half_year", "year"])
    def test_each_member_has_room_in_each_period(self, per: str) -> None:
        rules = ruleset(item("A", points=6, of="member", caps=[cap("c", 10, per)]))
        # The members take turns, so that their claims do not stand together.
        claims = [claim(number, "A", "03-01", member=number % 2 + 1) for number in range(4)]
        assert points(rules, claims) == [6, 6, 4, 4]

    def test_a_cap_shared_by_members_items_only_is_each_members(self) -> None:
        rules = ruleset(
            item("A", points=10, of="member"),
            item("B", points=10, of="member"),
            shared_caps=[cap("both", 15, "year", "A", "B")],
        )
        claims = [
            claim(1, "A", "01-05", member=1),
            claim(2, "B", "01-06", member=2),
            claim(3, "B", "01-07", member=1),
        ]
        assert points(rules, claims) == [10, 10, 5]

    def test_a_cap_shared_with_a_households_item_is_the_households(self) -> None:
        rules = ruleset(
            item("A", points=10, of="member", caps=[cap("own", 10, "year")]),
            item("B", points=10),
            shared_caps=[cap("both", 25, "year", "A", "B")],
        )
        claims = [
            claim(1, "A", "01-05", member=1),
            claim(2, "A", "01-06", member=2),
            claim(3, "A", "01-07", member=2),
            claim(4, "B", "01-08"),
        ]
        assert points(rules, claims) == [10, 10, 0, 5]

    def test_each_member_keeps_the_own_highest_honour(self) -> None:
        claims = [
            claim(1, "town", "02-01", member=1),
            claim(2, "county", "05-01", member=2),
            claim(3, "county", "06-01", member=1),
            claim(4, "town", "07-01", member=2),
        ]
        assert points(self.hours, claims) == [0, 100, 100, 0]

    def test_a_group_with_a_households_item_is_the_households(self) -> None:
        rules = ruleset(
            item("person", points=10, of="member", highest_of="g"),
            item("house", points=20, highest_of="g"),
        )
        claims = [
            claim(1, "person", "02-01", member=1),
            claim(2, "person", "02-02", member=2),
            claim(3, "house", "03-01"),
        ]
        assert points(rules, claims) == [0, 0, 20]

    def test_one_members_deed_takes_nothing_from_another_member(self) -> None:
        """No 连坐: a complaint about one is not another's; the household's own it does touch."""
        claims = [
            claim(1, "h", "03-01", matter="河", member=1),
            claim(2, "told", "03-01", matter="河", member=1),
            claim(3, "h", "03-01", matter="河", member=2),
            claim(4, "family", "03-01", matter="河"),
        ]
        assert points(self.hours, claims) == [0, 0, 1, 0]
        claims = [
            claim(1, "h", "03-01", member=1),
            claim(2, "fall", "04-01", member=1),
            claim(3, "h", "03-01", member=2),
            claim(4, "family", "03-01"),
        ]
        assert points(self.hours, claims) == [0, 0, 1, 0]

    def test_what_is_the_households_touches_every_member(self) -> None:
        claims = [
            claim(1, "h", "03-01", matter="河", member=1),
            claim(2, "h", "03-01", matter="河", member=2),
            claim(3, "feud", "03-01", matter="河"),
        ]
        assert points(self.hours, claims) == [0, 0, 0]
        claims[2] = claim(3, "fire", "09-01")
        assert points(self.hours, claims) == [0, 0, 0]


class TestZeroing:
    """Ruling 5: 基础积分和贡献积分归零."""

    rules = ruleset(
        item("base", "base", points=60, per="year", part="base"),
        item("A", points=10),
        item("sheet", points=4, part="base"),
        item("N", points=3, part="negative"),
        item("D", "deduction", points=-5, part="negative"),
        item("Z", "zeroing", part="negative", zeroes=["base", "contribution"]),
        item("ZC", "zeroing", part="negative", zeroes=["contribution"]),
        item("ZB", "zeroing", part="negative", zeroes=["base"]),
    )

    def test_it_takes_what_was_gained_up_to_and_including_its_date(self) -> None:
        claims = [
            claim(1, "A", "02-01"),
            claim(2, "D", "02-02"),
            claim(3, "N", "02-02"),
            claim(4, "Z", "03-01"),
            claim(5, "A", "03-01"),
            claim(6, "A", "03-02"),
        ]
        # 60 of base and twice 10 were gained; the deduction took 5 of them, of which the 3 that
        # are neither part make up for 3: 78 are there to be taken.
        assert points(self.rules, claims, [base("base", "01-01", 60)]) == [10, -5, 3, -78, 10, 10]

    def test_what_is_of_another_part_stays(self) -> None:
        claims = [
            claim(1, "N", "02-01", quantity=4),
            claim(2, "A", "02-02"),
            claim(3, "D", "02-03"),
            claim(4, "Z", "03-01"),
        ]
        # 12 + 10 − 5: the 10 become 0, and 7 of the 12 stay.
        assert points(self.rules, claims) == [12, 10, -5, -10]

    def test_a_second_event_takes_what_came_after_the_first(self) -> None:
        claims = [
            claim(1, "A", "02-01"),
            claim(2, "Z", "03-01"),
            claim(3, "A", "04-01"),
            claim(4, "Z", "05-01"),
            claim(5, "Z", "05-01"),
            claim(6, "Z", "06-01"),
        ]
        assert points(self.rules, claims) == [10, -10, 10, -10, 0, 0]

    def test_events_may_zero_different_parts(self) -> None:
        claims = [
            claim(1, "A", "02-01"),
            claim(2, "sheet", "02-01"),
            claim(3, "ZB", "03-01"),
            claim(4, "A", "04-01"),
            claim(5, "ZC", "05-01"),
            claim(6, "Z", "06-01"),
        ]
        bases = [base("base", "01-01", 60), base("base", "05-15", 7)]
        # ZB: 60 + the sheet's 4; ZC: twice 10; Z: the base gained in between.
        assert points(self.rules, claims, bases) == [10, 4, -64, 10, -20, -7]

    def test_it_leaves_nothing_and_no_debt(self) -> None:
        rules = ruleset(
            item("A", points=10),
            item("D", "deduction", points=-4),
            item("N", "deduction", points=-2, part="negative"),
            item("Z", "zeroing", zeroes=["base", "contribution"]),
        )
        claims = [
            claim(1, "A", "02-01"),
            claim(2, "N", "02-02"),
            claim(3, "Z", "03-01"),
            claim(4, "A", "04-01"),
            claim(5, "N", "05-01"),
            claim(6, "Z", "05-01"),
            claim(7, "N", "06-01"),
        ]
        # Of an event's own day all counts; what comes after it counts again.
        assert points(rules, claims, [base("base", "01-01", 6)]) == [10, -2, -14, 10, -2, -8, -2]

    def test_it_does_not_pardon_what_is_owed(self) -> None:
        rules = ruleset(
            item("A", points=10),
            item("D", "deduction", points=-15),
            item("Z", "zeroing", zeroes=["contribution"]),
        )
        claims = [
            claim(1, "A", "02-01"),
            claim(2, "D", "02-02"),
            claim(3, "Z", "03-01"),
            claim(4, "A", "04-01", quantity=2),
            claim(5, "Z", "05-01"),
        ]
        # −5 stays −5; then 20 more make 15, which become 0.
        assert points(rules, claims) == [10, -15, 0, 20, -15]

    def test_a_deduction_takes_its_points_out_of_what_was_gained(self) -> None:
        rules = ruleset(
            item("A", points=10),
            item("D", "deduction", points=-4),
            item("Z", "zeroing", zeroes=["contribution"]),
        )
        claims = [claim(1, "A", "02-01"), claim(2, "D", "02-02"), claim(3, "Z", "03-01")]
        assert points(rules, claims) == [10, -4, -6]

    def test_only_what_the_caps_left_can_be_taken(self) -> None:
        rules = ruleset(
            item("A", points=10, caps=[cap("year", 12, "year")]),
            item("Z", "zeroing", zeroes=["contribution"]),
        )
        claims = [claim(1, "A", "02-01"), claim(2, "A", "02-02"), claim(3, "Z", "03-01")]
        assert points(rules, claims) == [10, 2, -12]

    def test_it_touches_its_own_household_only(self) -> None:
        claims = [claim(1, "A", "02-01", household=2), claim(2, "Z", "03-01")]
        assert points(self.rules, claims, [base("base", "01-01", 60, household=2)]) == [10, 0]


class TestVoiding:
    """Ruling 6: 若发生安全事故，则此项全年不得分."""

    rules = ruleset(
        item("rent", points=10, per="month"),
        item("free", points=20),
        item("late", "deduction", points=-2),
        item("accident", "voiding", voids=["rent", "late"]),
    )

    def test_the_whole_year_of_the_named_items_is_voided(self) -> None:
        claims = [
            claim(1, "rent", "02-01"),
            claim(2, "free", "02-01"),
            claim(3, "accident", "05-01"),
            claim(4, "rent", "11-01"),
            claim(5, "rent", "02-01", household=2),
            claim(6, "late", "03-01"),
        ]
        rows = evaluated(self.rules, claims)
        assert taken(rows, "points") == [0, 20, 0, 0, 10, -2]
        assert taken(rows, "void") == [10, 0, 0, 10, 0, 0]

    def test_a_second_accident_takes_nothing_more(self) -> None:
        claims = [
            claim(1, "rent", "02-01"),
            claim(2, "accident", "05-01"),
            claim(3, "accident", "06-01"),
        ]
        assert points(self.rules, claims) == [0, 0, 0]


class TestExclusion:
    """Rulings 7 and 8."""

    rental = ruleset(
        item("none", points=20, per="year"),
        item("a", per="month"),
        item("b", per="month"),
        exclusions=[exclusion("rental", "none", "year", "a", "b")],
        shared_caps=[cap("rental-year", 240, "year", "a", "b")],
    )
    wedding = ruleset(
        item("kept", points=60),
        item("broken", "deduction", points=-20),
        exclusions=[exclusion("wedding", "broken", "matter", "kept")],
    )

    def test_no_rental_excludes_the_rental_items_of_the_year(self) -> None:
        claims = [
            claim(1, "a", "02-01"),
            claim(2, "none", "06-01"),
            claim(3, "b", "11-01"),
            claim(4, "a", "02-01", household=2),
        ]
        rows = evaluated(self.rental, claims)
        assert taken(rows, "points") == [0, 20, 0, 10]
        assert taken(rows, "exclusion") == [10, 0, 10, 0]

    def test_both_items_all_year_reach_240(self) -> None:
        claims = [
            claim(month + 100 * place, code, f"{month:02}-15")
            for month in range(1, 13)
            for place, code in enumerate("ab")
        ]
        assert sum(points(self.rental, claims)) == 240

    def test_a_broken_condition_takes_the_award_of_the_same_matter(self) -> None:
        claims = [
            claim(1, "kept", "02-01", matter="张家婚礼"),
            claim(2, "broken", "02-01", matter="张家婚礼"),
            claim(3, "kept", "09-01", matter="李家丧事"),
        ]
        assert points(self.wedding, claims) == [0, -20, 60]

    def test_blank_matters_are_one_matter(self) -> None:
        claims = [claim(1, "kept", "02-01", matter=None), claim(2, "broken", "02-01")]
        assert points(self.wedding, claims) == [0, -20]


class TestRulesFollowOneAnother:
    """Raw, void, exclusion, frequency, highest, caps: each sees what the ones before left."""

    def test_what_was_voided_does_not_use_up_its_period_or_cap(self) -> None:
        rules = ruleset(
            item("A", per="month"),
            item("B", points=10),
            item("accident", "voiding", voids=["A"]),
            shared_caps=[cap("both", 10, "year", "A", "B")],
        )
        claims = [claim(1, "A", "02-01"), claim(2, "B", "03-01"), claim(3, "accident", "05-01")]
        assert points(rules, claims) == [0, 10, 0]

    def test_an_excluded_honour_leaves_the_lower_one(self) -> None:
        rules = ruleset(
            item("low", points=5, highest_of="g"),
            item("high", points=9, highest_of="g"),
            item("x", points=0.01),
            exclusions=[exclusion("e", "x", "year", "high")],
        )
        claims = [claim(1, "low", "02-01"), claim(2, "high", "02-02"), claim(3, "x", "02-03")]
        assert points(rules, claims) == [5, 0, 0.01]

    def test_a_beaten_honour_does_not_use_up_a_cap(self) -> None:
        rules = ruleset(
            item("low", points=5, highest_of="g"),
            item("high", points=9, highest_of="g"),
            shared_caps=[cap("both", 10, "year", "low", "high")],
        )
        assert points(rules, [claim(1, "low", "02-01"), claim(2, "high", "02-02")]) == [0, 9]


class TestVersions:
    """Rules that change within the year, here on 1 July."""

    def both(self, old: dict[str, Any], new: dict[str, Any], **parts: Any) -> list[Version]:
        return [since(OLD, ruleset(old, **parts)), since(NEW, ruleset(new, **parts))]

    def test_a_claim_is_scored_by_the_version_in_force_when_it_occurred(self) -> None:
        rules = self.both(item("A", points=1), item("A", points=2))
        late = datetime.fromisoformat("2026-08-01T00:00")
        claims = [claim(1, "A", "06-30", submitted_at=late), claim(2, "A", "07-01")]
        assert points(rules, claims) == [1, 2]
        assert points(rules[::-1], claims) == [1, 2]

    def test_before_the_first_version_a_claim_is_refused(self) -> None:
        rules = [since(NEW, ruleset(item("A")))]
        with pytest.raises(Refused, match="no ruleset is in force on 2026-06-30"):
            points(rules, [claim(1, "A", "06-30"), claim(2, "A", "07-01")])

    def test_an_item_that_a_version_dropped_is_refused(self) -> None:
        rules = self.both(item("A"), item("B"))
        with pytest.raises(Refused, match="claim C002: item A has no adopted value on 2026-07-01"):
            points(rules, [claim(1, "A", "06-30"), claim(2, "A", "07-01")])

    def test_what_was_used_earlier_counts_under_a_new_limit(self) -> None:
        rules = self.both(
            item("A", points=30, caps=[cap("year", 60, "year")]),
            item("A", points=30, caps=[cap("year", 80, "year")]),
        )
        claims = [claim(number, "A", f"{number:02}-15") for number in (2, 3, 4, 8, 9)]
        assert points(rules, claims) == [30, 30, 0, 20, 0]

    def test_a_lower_limit_takes_nothing_back(self) -> None:
        rules = self.both(
            item("A", points=30, caps=[cap("year", 60, "year")]),
            item("A", points=30, caps=[cap("year", 40, "year")]),
        )
        claims = [claim(number, "A", f"{number:02}-15") for number in (2, 3, 8)]
        assert points(rules, claims) == [30, 30, 0]

    def test_a_cap_that_is_new_counts_what_its_period_already_gave(self) -> None:
        rules = self.both(
            item("A", points=30), item("A", points=30, caps=[cap("year", 40, "year")])
        )
        assert points(rules, [claim(1, "A", "06-30"), claim(2, "A", "07-01")]) == [30, 10]

    def test_a_new_frequency_counts_what_its_period_already_gave(self) -> None:
        # February is the second month and July begins the third quarter: neither is the other.
        rules = self.both(item("A", per="month"), item("A", per="half_year"))
        claims = [
            claim(1, "A", "02-01"),
            claim(2, "A", "03-01"),
            claim(3, "A", "07-01"),
            claim(4, "A", "12-01"),
        ]
        assert points(rules, claims) == [10, 10, 10, 0]
        rules = self.both(item("A", per="month"), item("A", per="year"))
        assert points(rules, claims) == [10, 10, 0, 0]

    def test_what_an_old_frequency_refused_does_not_count(self) -> None:
        rules = [
            since(OLD, ruleset(item("A", per="quarter"))),
            since(date(2026, 2, 15), ruleset(item("A", per="month"))),
        ]
        claims = [claim(1, "A", "01-05"), claim(2, "A", "02-01"), claim(3, "A", "02-20")]
        assert points(rules, claims) == [10, 0, 10]

    def test_of_two_that_start_on_one_day_the_later_named_is_in_force(self) -> None:
        rules = [since(OLD, ruleset(item("A", points=1))), since(OLD, ruleset(item("A", points=2)))]
        assert version_on(rules, NEW) is rules[1]
        assert points(rules, [claim(1, "A", "01-05")]) == [2]

    def test_caps_may_be_nested_the_other_way_round(self) -> None:
        rules = self.both(
            item("A", caps=[cap("x", 10, "month"), cap("y", 15, "year")]),
            item("A", caps=[cap("y", 10, "month"), cap("x", 25, "year")]),
        )
        claims = [
            claim(1, "A", "02-01"),
            claim(2, "A", "03-01"),
            claim(3, "A", "07-01"),
            claim(4, "A", "08-01"),
        ]
        assert points(rules, claims) == [10, 5, 10, 0]

    def test_what_a_claim_does_to_others_is_said_by_its_own_version(self) -> None:
        rules = [
            since(OLD, ruleset(item("A"), item("V", "voiding", voids=[]))),
            since(NEW, ruleset(item("A"), item("V", "voiding", voids=["A"]))),
        ]
        assert points(rules, [claim(1, "A", "02-01"), claim(2, "V", "03-01")]) == [10, 0]
        assert points(rules, [claim(1, "A", "02-01"), claim(2, "V", "08-01")]) == [0, 0]

    def test_versions_that_ended_before_the_year_do_not_matter(self) -> None:
        old = ruleset(item("A", points=None))
        rules = [since(date(2019, 1, 1), old), since(OLD, ruleset(item("A")))]
        assert points(rules, [claim(1, "A", "01-01")]) == [10]


class TestBasePoints:
    """Ruling 10."""

    quarterly = item("Q", "base", points=40, per="quarter", part="base")
    yearly = item("Y", "base", points=20, per="year", part="base")

    def gained(
        self, rules: list[Version], as_of: str, since_day: str = "2025-05-01", until: str = ""
    ) -> list[tuple[str, str, str, float]]:
        households = pl.DataFrame(
            {
                "household": [1],
                "eligible_from": [date.fromisoformat(since_day)],
                "eligible_until": [date.fromisoformat(until) if until else None],
            },
            schema={"household": pl.Int64, "eligible_from": pl.Date, "eligible_until": pl.Date},
        )
        rows = base_points(households, rules, 2026, date.fromisoformat(as_of)).rows()
        return [(code, period, str(day), value / 100) for _, code, period, day, value in rows]

    def test_it_is_gained_when_its_period_opens(self) -> None:
        rules = [since(OLD, ruleset(self.quarterly, self.yearly))]
        assert self.gained(rules, "2025-12-31") == []
        assert self.gained(rules, "2026-04-01") == [
            ("Q", "2026-Q1", "2026-01-01", 40),
            ("Y", "2026", "2026-01-01", 20),
            ("Q", "2026-Q2", "2026-04-01", 40),
        ]

    def test_who_joins_later_gets_it_on_joining_in_full(self) -> None:
        rules = [since(OLD, ruleset(self.quarterly, self.yearly))]
        assert self.gained(rules, "2026-06-30", since_day="2026-05-09") == [
            ("Q", "2026-Q2", "2026-05-09", 40),
            ("Y", "2026", "2026-05-09", 20),
        ]

    def test_who_has_left_gains_no_more(self) -> None:
        rules = [since(OLD, ruleset(self.quarterly))]
        assert self.gained(rules, "2026-12-31", until="2026-04-01") == [
            ("Q", "2026-Q1", "2026-01-01", 40),
            ("Q", "2026-Q2", "2026-04-01", 40),
        ]

    def test_a_later_version_does_not_give_it_again(self) -> None:
        dearer = {**self.yearly, "points": 50}
        rules = [since(OLD, ruleset(self.yearly)), since(NEW, ruleset(dearer))]
        assert self.gained(rules, "2026-12-31") == [("Y", "2026", "2026-01-01", 20)]
        assert self.gained(rules, "2026-12-31", since_day="2026-07-01") == [
            ("Y", "2026", "2026-07-01", 50)
        ]

    def test_a_scheme_that_starts_within_the_year_gives_it_then(self) -> None:
        rules = [since(NEW, ruleset(self.yearly))]
        assert self.gained(rules, "2026-06-30") == []
        assert self.gained(rules, "2026-07-01") == [("Y", "2026", "2026-07-01", 20)]
