"""A named village's fund: what was redeemed from it, and what is left."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from domain.kernel.documents import document
from domain.kernel.period import Period
from domain.occasions.occasion import silent
from domain.operations.status import findings
from domain.publicity.report import draw_up
from domain.rules.lint import check
from domain.rules.load import shipped
from domain.shop.funds import fund_figures
from domain.shop.redemption import refund
from domain.steps.report import report
from notifications.board.exports import notice_sheets
from notifications.board.notice import notice_html, notice_text
from notifications.texts.catalogue import texts_in
from tests.domain.builders import Village, moment, rules
from tests.rules.builders import SOURCE, item

Founding = Callable[..., Village]
H1 = Period.parse("2026-H1")
FUND = {"name": "整治经费", "villages": ["马鞍社区", "别村"], "fen": 6_00, **SOURCE}
TERMS: dict[str, Any] = {
    "redemption": {"every": "always", **SOURCE},
    "value": {"points": 10, "fen": 120, **SOURCE},
}
GIVING = rules(item("base", "base", points=100, per="year"), funds=[FUND], **TERMS)


@pytest.fixture
def funded(founding: Founding) -> Village:
    """Three households with 100 points each, and a fund of 6 yuan: 50 points."""
    village = founding(GIVING)
    village.community.name = "马鞍社区"
    village.open()
    return village


def figures(village: Village, at: str = "06-01") -> dict[str, Any]:
    found = fund_figures(village.session, village.community, GIVING, moment(at))
    assert found is not None
    return cast(dict[str, Any], document(found))


def low(village: Village, at: str = "06-01") -> list[str]:
    found = findings(village.session, village.community, moment(at))
    return [each.why for each in found if each.subject == "fund"]


def test_what_is_redeemed_leaves_the_fund(funded: Village) -> None:
    funded.redeem("D1", "H1", 12.5, at="02-01")
    funded.redeem("D2", "H2", 10, at="03-01")
    refund(funded.session, funded.community, "D2", "破损", moment("03-02"))
    assert figures(funded) == {
        "name": "整治经费",
        "given": 6,
        "points": 12.5,
        "spent": 1.5,
        "left": 4.5,
        "is_low": False,
    }
    assert figures(funded, "01-31")["points"] == 0
    assert low(funded) == []


def test_little_left_waits_for_somebody(funded: Village) -> None:
    funded.redeem("D1", "H1", 40)
    assert low(funded) == []
    funded.redeem("D2", "H2", 0.1)
    assert low(funded) == ["of the fund 整治经费 1.19 yuan are left, of 6"]
    funded.redeem("D3", "H3", 50)
    assert figures(funded)["left"] == -4.81


def test_a_village_that_is_not_named_has_none(funded: Village) -> None:
    funded.community.name = "马鞍"
    assert fund_figures(funded.session, funded.community, GIVING, moment("06-01")) is None
    content = draw_up(funded.session, funded.community, H1, moment("06-19")).content
    assert content["fund"] is None


@pytest.mark.parametrize(
    ("points", "zh", "en"),
    [(12.5, "剩余4.5元", "left 4.5 yuan"), (60, "超出1.2元", "1.2 yuan more than it holds")],
)
def test_the_report_tells_of_it(funded: Village, points: float, zh: str, en: str) -> None:
    funded.redeem("D1", "H1", points)
    notice = draw_up(funded.session, funded.community, H1, moment("06-19"))
    assert zh in notice_html(notice, "zh_CN")
    assert zh in notice_text(notice, "zh_CN")
    assert en in notice_html(notice, "en")
    about = {row[0]: row[1] for row in notice_sheets(notice, texts_in("zh_CN"))[0].rows}
    assert about["经费名称"] == "整治经费"


def test_the_step_tells_of_it(funded: Village) -> None:
    funded.redeem("D1", "H1", 12.5)
    told = report(funded.session, funded.community, H1, moment("06-19"), silent)
    assert told.text() == (
        "已起草积分制推行情况报告；整治经费：共 6 元，已兑换 12.5 分，合 1.5 元，剩余 4.5 元"
    )


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"funds": [FUND, FUND], **TERMS}, "马鞍社区 is named twice"),
        ({"funds": [{**FUND, "villages": []}], **TERMS}, "names no village"),
        ({"funds": [FUND]}, "needs a value of points"),
    ],
)
def test_funds_that_cannot_be(parts: dict[str, Any], says: str) -> None:
    assert any(says in each for each in check(rules(**parts), "r.yaml"))


def test_changba_gives_nine_villages_their_sums() -> None:
    ruleset = shipped("wulong-changba-2023-example-village")
    sums = {name: fund.fen for fund in ruleset.funds for name in fund.villages}
    assert len(sums) == 9
    assert (sums["红光村"], sums["民主村"], sum(sums.values())) == (300_000, 200_000, 2_300_000)
