"""Notices: immutable, masked, nobody shown as last, and windows that stay open long enough."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from domain.audit.books import welcome
from domain.cycle.calendar import publicity_dates
from domain.kernel.documents import documents
from domain.kernel.errors import Refused
from domain.kernel.local_time import end_of_day
from domain.kernel.masking import masked_name
from domain.kernel.period import Period
from domain.ledger.post import lock_heads
from domain.notices.notice import content_digest, find_notice, notices_of
from domain.publicity.quarter_and_year import publish_correction, publish_year
from domain.publicity.report import draw_up
from domain.publicity.rounds import publish_round
from domain.rules.load import shipped
from domain.shop.goods import add_goods
from domain.shop.redemption import redeem, refund
from domain.standing.table import internal_standing
from domain.store.database import writing
from domain.store.tables.claims import Verdict
from domain.store.tables.notices import Notice, NoticeKind
from notifications.board.notice import notice_html, notice_text
from tests.domain.builders import (
    CLEARING,
    Village,
    day,
    found,
    honour,
    moment,
    rules,
    standing,
)
from tests.domain.threads import at_once
from tests.rules.builders import SOURCE, item

Founding = Callable[..., Village]
WINDOW = {"every": "quarter", "open_days": 3, **SOURCE}


def row(notice: Notice, household: str) -> dict[str, Any]:
    return next(each for each in notice.content["households"] if each["household"] == household)


def firsts(notice: Notice) -> list[tuple[int, str]]:
    return [(each["rank"], each["household"]) for each in notice.content["first"]]


def test_a_quarters_notice_says_what_each_household_gained(village: Village) -> None:
    village.open()
    village.award("C1", "H1", on="02-05")
    village.award("C2", "H2", "fine", on="03-05")
    village.run(months=range(1, 4))
    notice = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q1")
    assert notice is not None
    assert [
        (each["household"], each["gained"], each["score"]) for each in notice.content["households"]
    ] == [
        ("H1", 9, 9),
        ("H2", 1, 1),
        ("H3", 6, 6),
    ]
    assert notice.content["claims"] == {"approved": 2, "rejected": 0, "pending": 0, "annulled": 0}


def test_who_joins_after_a_quarter_is_not_on_its_notice(founding: Founding) -> None:
    village = founding(rules(item("sweep", points=3)), households=0)
    for code, on in (("H1", "01-01"), ("H2", "03-31"), ("H3", "04-01")):
        village.home(code, enrolled_on=day(on))
    village.award("C1", "H1", on="02-05")
    village.run(months=range(1, 7))
    for quarter, names in (("2026-Q1", ["H1", "H2"]), ("2026-Q2", ["H1", "H2", "H3"])):
        notice = find_notice(village.session, village.community, NoticeKind.QUARTER, quarter)
        assert notice is not None
        assert [each["household"] for each in notice.content["households"]] == names


def test_where_averages_rank_the_notice_shows_every_familys(founding: Founding) -> None:
    """宁河: 家庭平均积分纳入村务公开内容，在专栏公示."""
    village = founding(
        rules(
            item("talk", points=10),
            standing=standing(by="average"),
            participants={"opt_in": False, "members": True, **SOURCE},
        ),
        households=0,
    )
    village.home("H1", members=3)
    village.home("H2", members=2)
    village.home("H3", members=1)
    village.award("C1", "H1", "talk", on="02-05")
    village.run(months=range(1, 4))
    notice = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q1")
    assert notice is not None
    assert [each["ranked_by"] for each in notice.content["households"]] == [3.33, 0, 0]


def test_the_red_list_is_on_the_notice_and_the_black_list_is_not(founding: Founding) -> None:
    village = founding(
        rules(
            item("sweep", points=3),
            item("black", "record", lists="black"),
            item("red", "record", lists="red"),
        )
    )
    village.award("C1", "H1", "red", on="02-05")
    village.award("C2", "H2", "black", on="02-05")
    village.award("C3", "H3", "red", on="04-05")
    village.run(months=range(1, 4))
    notice = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q1")
    assert notice is not None
    assert notice.content["red_list"] == [{"household": "H1", "head": "王**"}]
    assert "black" not in str(notice.content)
    rows = documents(internal_standing(village.session, village.community, 2026))
    assert {each["household"]: each["lists"] for each in rows} == {
        "H1": ["red"],
        "H2": ["black"],
        "H3": ["red"],
    }


@pytest.mark.parametrize(
    ("scheme", "level"),
    [
        ("wulong-changba-2023-example-village", "镇积分审定工作组"),
        ("fuling-maan-2022", None),
        ("baoshan-2023", None),
    ],
)
def test_a_notice_says_where_an_objection_can_be_taken(
    founding: Founding, scheme: str, level: str | None
) -> None:
    village = founding(shipped(scheme))
    village.run(months=range(1, 4))
    notice = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q1")
    assert notice is not None
    assert notice.content["second_level"] == level


def test_a_notice_once_published_stands(village: Village) -> None:
    village.run(months=range(1, 4))
    first = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q1")
    assert first is not None
    content = json.dumps(first.content)
    village.award("C1", "H1", on="04-02")
    village.close("2026-04")
    assert village.publish("2026-Q1", at="05-20") is first
    assert json.dumps(first.content) == content
    assert len(notices_of(village.session, village.community)) == 1


def test_the_database_refuses_to_change_a_notice(engine: Engine) -> None:
    with writing(engine) as session:
        found(session).run(months=range(1, 4))
    for statement in ("UPDATE notice SET period = 'x'", "DELETE FROM notice"):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement))


def test_its_digest_is_that_of_its_content_as_kept(village: Village) -> None:
    village.award("C1", "H1", quantity=3)
    village.run(months=range(1, 4))
    notice = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q1")
    assert notice is not None
    village.session.expire(notice)
    assert content_digest(notice.content) == notice.digest


def test_a_notice_shows_the_seal_of_the_ledger(village: Village) -> None:
    village.run(months=range(1, 4))
    head = lock_heads(village.session, [village.community.id])[village.community.id]
    notice = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q1")
    assert notice is not None
    assert notice.seal == notice.content["seal"] == head.digest != ""


@pytest.mark.parametrize(
    ("name", "shown"), [("王小明", "王**"), ("欧阳锋", "欧**"), ("李", "李**"), ("", "**")]
)
def test_names_are_masked(name: str, shown: str) -> None:
    assert masked_name(name) == shown


def test_no_name_phone_or_identity_is_on_a_public_notice(founding: Founding) -> None:
    terms = rules(closing=CLEARING, standing=standing(honour("top", rank_max=3)))
    village = founding(terms, households=0)
    for number in range(1, 5):
        village.home(f"H{number}", head=f"赵钱孙{number}", phone="13800138000")
    village.award("C1", "H1")
    village.run()
    village.object("O1", "C1", "H2", at="05-08")
    village.resolve("O1")
    objection = village.object("O1", "C1", "H2", at="05-08")
    publish_correction(village.session, village.community, objection, moment("05-10"))
    village.settle()
    publish_year(village.session, village.community, 2026, moment("2027-01-14"))
    everything = json.dumps(
        [notice.content for notice in notices_of(village.session, village.community)],
        ensure_ascii=False,
    )
    assert "赵**" in everything
    assert "赵钱" not in everything
    assert "1380013" not in everything


def test_a_community_may_choose_full_names_for_honours(founding: Founding) -> None:
    terms = rules(
        publicity={**WINDOW, "full_names_for_honours": True},
        standing=standing(honour("top", rank_max=1)),
    )
    village = founding(terms)
    village.award("C1", "H1")
    village.run()
    village.settle()
    notice = publish_year(village.session, village.community, 2026, moment("2027-01-14"))
    assert notice.content["honoured"] == [
        {
            "rank": 1,
            "household": "H1",
            "head": "王H1",
            "score": 9,
            "ranked_by": 9,
            "honours": ["top户"],
        }
    ]
    quarter = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q4")
    assert quarter is not None
    assert quarter.content["first"][0]["head"] == "王H1"
    assert row(quarter, "H1")["head"] == "王**"


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        ([], []),
        ([1], []),
        ([2, 1], [1]),
        ([3, 2, 1], [1]),
        ([2, 2, 1], []),
        ([4, 3, 2, 1], [1, 2]),
        ([4, 3, 3, 1], [1]),
        ([5, 5, 5, 5], []),
        ([*range(30, 0, -1)], [*range(1, 11)]),
        ([9] * 12 + [1] * 18, [1] * 12),
        ([9] * 16 + [1] * 14, []),
        ([30, *[9] * 14, *range(9), *[0] * 6], [1, *[2] * 14]),
    ],
)
def test_only_the_first_half_is_ranked_and_nobody_is_shown_as_last(
    founding: Founding, points: list[int], shown: list[int]
) -> None:
    village = founding(rules(item("sweep", points=1)), households=len(points))
    for number, each in enumerate(points, start=1):
        if each:
            village.award(f"C{number}", f"H{number}", quantity=each)
    village.run(months=range(1, 4))
    notice = find_notice(village.session, village.community, NoticeKind.QUARTER, "2026-Q1")
    assert notice is not None
    assert [rank for rank, _ in firsts(notice)] == shown
    assert len(shown) <= len(points) / 2
    assert [each["household"] for each in notice.content["households"]] == sorted(
        f"H{number}" for number in range(1, len(points) + 1)
    )


def test_the_years_notice_names_whom_it_honours_and_never_who_needs_help(
    founding: Founding,
) -> None:
    terms = shipped("fuling-maan-2022")
    village = founding(terms, households=5)
    for number in range(1, 5):
        village.award(f"C{number}", f"H{number}", "10", quantity=number)
    village.run()
    village.settle()
    notice = publish_year(village.session, village.community, 2026, moment("2027-01-14"))
    assert [each["household"] for each in notice.content["honoured"]] == ["H4", "H3", "H2"]
    assert "support" not in json.dumps(notice.content)
    assert "H5" not in json.dumps(notice.content)
    assert publish_year(village.session, village.community, 2026, moment("2027-02-01")) is notice


def test_a_year_is_not_published_before_it_is_settled(village: Village) -> None:
    village.run()
    with pytest.raises(Refused, match="not settled"):
        publish_year(village.session, village.community, 2026, moment("2027-01-14"))


def test_a_quarter_is_not_published_before_its_last_audit(village: Village) -> None:
    village.close("2026-01")
    village.close("2026-02")
    with pytest.raises(Refused, match="the audit of 2026-03 is not closed"):
        village.publish("2026-Q1")


def gained(village: Village, household: str) -> list[float]:
    """What each quarter's notice says that a household gained; nothing before it joined."""
    return [
        each["gained"]
        for notice in notices_of(village.session, village.community)
        for each in notice.content.get("households", [])
        if each["household"] == household
    ]


def test_the_quarters_gains_add_up_to_the_years_score(village: Village) -> None:
    """With late claims, corrections, and what is posted in the first days of January."""
    village.open()
    village.award("C1", "H1", on="02-05")
    village.award("C2", "H1", on="03-05")
    village.claim("C3", "H1", "sweep", "03-30")
    village.run(months=range(1, 4))
    village.object("O1", "C1", "H2", at="04-20")
    village.resolve("O1", at="04-22")
    village.decide("C3", at="05-03")
    village.home("H9", enrolled_on="05-10")
    welcome(village.session, village.community, moment("05-10"))
    village.run(months=range(4, 9))
    village.award("C4", "H1", on="11-05")
    village.run(months=range(9, 12))
    village.object("O2", "C4", "H2", at="12-20")
    village.close("2026-12", at="2027-01-06")
    village.resolve("O2", at="2027-01-06T01:00")
    village.publish("2026-Q4")
    assert gained(village, "H1") == [12, 0, 0, 0]
    assert gained(village, "H9") == [6, 0, 0]
    for home in ("H1", "H2", "H9"):
        assert sum(gained(village, home)) == village.score(home)


def test_a_scheme_that_starts_in_the_year_shows_its_base_in_its_first_quarter(
    founding: Founding,
) -> None:
    village = founding(since="07-01")
    village.open(at="07-01")
    village.run(months=range(7, 13))
    assert gained(village, "H1") == [6, 0]


def test_longyuzhuangs_quarters_show_their_own_base(founding: Founding) -> None:
    """Q2's base is posted before Q1's notice, and belongs to Q2 all the same."""
    village = founding(shipped("longyuzhuang"))
    village.open()
    for quarter in range(1, 5):
        village.open(f"2026-Q{quarter}")
        village.run(months=[3 * quarter])
    assert gained(village, "H1") == [140, 80, 80, 80]


@pytest.mark.parametrize(
    ("days", "quarter", "published_on", "last_day"),
    [
        (7, "2026-Q1", "04-06", "04-13"),
        (3, "2026-Q1", "04-06", "04-09"),
        (7, "2026-Q3", "10-06", "10-13"),
        (7, "2026-Q4", "2027-01-06", "2027-01-13"),
        (1, "2026-Q2", "07-06", "07-07"),
    ],
)
def test_a_window_opens_the_day_after_the_deadline_and_stays_open_whole_days(
    days: int, quarter: str, published_on: str, last_day: str
) -> None:
    terms = rules(publicity={**WINDOW, "open_days": days})
    assert publicity_dates(terms, Period.parse(quarter)) == (
        day(published_on),
        end_of_day(day(last_day)),
    )


@pytest.mark.parametrize("scheme", ["longyuzhuang", "fuling-maan-2022"])
def test_a_window_is_open_for_at_least_the_schemes_days(scheme: str) -> None:
    terms = shipped(scheme)
    published_on, closes_at = publicity_dates(terms, Period.parse("2026-Q1"))
    assert closes_at - moment(f"{published_on}T09:00") >= timedelta(days=terms.publicity.open_days)


@pytest.mark.parametrize(
    ("at", "last_day"),
    [("04-02T15:00", "04-09"), ("04-06T09:00", "04-09"), ("04-20T09:00", "04-23")],
)
def test_published_late_a_window_stays_open_as_long(
    founding: Founding, at: str, last_day: str
) -> None:
    village = founding(rules(publicity=WINDOW))
    village.close("2026-03", at="04-02T10:00")
    notice = village.publish("2026-Q1", at=at)
    assert notice.closes_at == end_of_day(day(last_day))
    assert notice.published_at == moment(at)
    assert notice.content["closes_text"] == f"2026-{last_day} 23:59"


def test_a_correction_notice_tells_what_changed_and_why(village: Village) -> None:
    village.award("C1", "H1")
    village.close("2026-03")
    village.object("O1", "C1", "H2")
    village.resolve("O1")
    objection = village.object("O1", "C1", "H2")
    notice = publish_correction(village.session, village.community, objection, moment("05-10"))
    assert (notice.kind, notice.key, notice.period) == ("correction", "O1:1", "2026-05")
    assert notice.content["changes"] == [{"household": "H1", "head": "王**", "points": -3}]
    assert (notice.content["item"], notice.content["approved"]) == ("sweep", False)
    again = publish_correction(village.session, village.community, objection, moment("05-20"))
    assert again is notice


def test_a_correction_that_changed_no_points_says_so(village: Village) -> None:
    village.open()
    village.award("C1", "H1", on="05-02")
    village.object("O1", "C1", "H2")
    village.resolve("O1")
    objection = village.object("O1", "C1", "H2")
    notice = publish_correction(village.session, village.community, objection, moment("05-10"))
    assert notice.content["changes"] == []


def test_two_publishing_at_once_publish_one(engine: Engine) -> None:
    with writing(engine) as session:
        village = found(session)
        village.close("2026-03")

    def publish() -> int:
        with writing(engine) as session:
            return Village(session, village.community).publish("2026-Q1").id

    assert len(set(at_once(*[publish] * 4))) == 1


CHANGBA = shipped("wulong-changba-2023-example-village")


@pytest.fixture
def changba(founding: Founding) -> Village:
    """长坝 with ten households that have 4 points each since March."""
    village = founding(CHANGBA, households=10)
    for number in range(1, 11):
        village.award(f"C{number}", f"H{number}", "Z4", quantity=2)
    village.close("2026-03")
    return village


def test_a_rounds_notice_has_its_coverage(changba: Village) -> None:
    session, community = changba.session, changba.community
    add_goods(session, community, "肥皂", 200, 50, "采购")
    for number in (1, 2, 3):
        redeem(session, community, f"H{number}", f"D{number}", moment("05-20"), goods="肥皂")
    redeem(session, community, "H1", "D4", moment("05-21"), points=50)
    redeem(session, community, "H4", "D5", moment("05-21"), points=100)
    refund(session, community, "D5", "退货", moment("05-22"))
    redeem(session, community, "H5", "D6", moment("07-01"), points=100)
    notice = publish_round(session, community, Period.parse("2026-H1"), moment("07-01"))
    figures = {
        key: notice.content[key]
        for key in (
            "redeemed_households",
            "resident_households",
            "coverage_percent",
            "coverage_needed",
            "coverage_reached",
            "points",
            "goods",
        )
    }
    assert figures == {
        "redeemed_households": 3,
        "resident_households": 10,
        "coverage_percent": 30,
        "coverage_needed": 30,
        "coverage_reached": True,
        "points": 6.5,
        "goods": [{"goods": "肥皂", "count": 3}],
    }
    again = publish_round(session, community, Period.parse("2026-H1"), moment("07-09"))
    assert again is notice


def test_coverage_just_below_is_not_reached(changba: Village) -> None:
    changba.home("H11", enrolled_on="06-30")
    changba.home("H12", enrolled_on="07-01")
    for number in (1, 2, 3):
        changba.redeem(f"D{number}", f"H{number}", 1)
    session, community = changba.session, changba.community
    content = publish_round(session, community, Period.parse("2026-H1"), moment("07-01")).content
    assert (content["coverage_percent"], content["coverage_reached"]) == (27.27, False)


def test_a_round_nobody_came_to(founding: Founding) -> None:
    village = founding(rules(), households=0)
    at = moment("07-01")
    content = publish_round(village.session, village.community, Period.parse("2026-H1"), at).content
    assert (content["redeemed_households"], content["coverage_percent"]) == (0, 0)
    assert (content["coverage_needed"], content["coverage_reached"]) == (None, None)


def test_a_report_has_the_years_figures_so_far(changba: Village) -> None:
    session, community = changba.session, changba.community
    changba.claim("C20", "H1", "Z1", "05-05")
    changba.decide("C20", Verdict.REJECT)
    changba.claim("C21", "H1", "Z1", "05-06")
    changba.object("O1", "C20")
    changba.redeem("D1", "H1", 1)
    notice = draw_up(session, community, Period.parse("2026-H1"), moment("06-19T09:00"))
    content = notice.content
    assert (notice.kind, notice.key) == ("report", "2026-H1")
    assert content["due"] == "2026-06-20"
    assert content["claims"] == {"approved": 10, "rejected": 1, "pending": 1, "annulled": 0}
    assert content["by_channel"] == {"self": 12}
    assert (content["taking_part"], content["households"]) == (10, 10)
    assert content["objections"] == {"open": 1, "upheld": 0, "dismissed": 0}
    assert content["round"]["redeemed_households"] == 1
    assert content["awareness_needed"] == 80
    assert draw_up(session, community, Period.parse("2026-H1"), moment("06-20")) is notice
    second = draw_up(session, community, Period.parse("2026-H2"), moment("12-04T09:00"))
    assert second.content["due"] == "2026-12-05"


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_scheme_without_reports_draws_one_up_on_demand(village: Village, locale: str) -> None:
    session, community = village.session, village.community
    notice = draw_up(session, community, Period.parse("2026-H1"), moment("06-19"))
    assert (notice.content["report"], notice.content["due"]) == ("积分制推行情况报告", None)
    assert "报送期限" not in notice_html(notice, locale)
    assert "Due" not in notice_text(notice, locale)
    with pytest.raises(Refused, match="2026-H2 has not begun"):
        draw_up(session, community, Period.parse("2026-H2"), moment("06-19"))
