"""Redemption rounds bind once their days are set (ruling 31), and who hands out is recorded."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from domain.cycle.occurrences import find_occurrence, open_cycle
from domain.kernel.errors import Refused
from domain.kernel.period import Period
from domain.notices.notice import find_notice
from domain.operations.status import findings
from domain.shop.opening_days import rounds_of, set_round
from domain.shop.redemption import redeem
from domain.steps.redemption import close
from domain.store.tables.notices import NoticeKind
from domain.store.tables.outbox import Message
from domain.store.tables.shop import Redemption
from notifications.letters.messenger import tell
from tests.domain.builders import Village, day, moment, rules
from tests.domain.mornings import morning
from tests.rules.builders import SOURCE

Founding = Callable[..., Village]
HALVES = rules(redemption={"every": "half_year", **SOURCE})


@pytest.fixture
def halves(founding: Founding) -> Village:
    village = founding(HALVES)
    village.open()
    return village


def open_on(village: Village, period: str, first: str, last: str) -> None:
    set_round(
        village.session,
        village.community,
        Period.parse(period),
        day(first),
        day(last),
        "村委会",
        moment("01-02"),
    )


def hand_out(
    village: Village, ref: str, at: str = "05-20", by: str = "", receiver: str = ""
) -> Redemption:
    return redeem(
        village.session,
        village.community,
        "H1",
        ref,
        moment(at),
        points=100,
        by=by,
        receiver=receiver,
    )


def test_until_days_are_set_the_whole_half_year_is_the_round(halves: Village) -> None:
    hand_out(halves, "D1", "03-01")
    told = [
        each
        for each in findings(halves.session, halves.community, moment("03-02"))
        if each.subject == "round"
    ]
    assert [(each.what, each.period) for each in told] == [("waiting", "2026-H1")]
    assert "jifen round set --period 2026-H1" in told[0].advice
    open_on(halves, "2026-H1", "06-10", "06-20")
    subjects = {e.subject for e in findings(halves.session, halves.community, moment("03-02"))}
    assert "round" not in subjects


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("06-09T23:59", False),
        ("06-10", True),
        ("06-20T23:59", True),
        ("06-21", False),
        ("03-01", False),
        ("08-01", True),
    ],
)
def test_a_hand_out_outside_the_days_is_refused(halves: Village, at: str, open_: bool) -> None:
    open_on(halves, "2026-H1", "06-10", "06-20")
    if open_:
        assert hand_out(halves, "D1", at).points == 100
        return
    with pytest.raises(Refused, match=r"no round .* 2026-H1: 2026-06-10 to 2026-06-20"):
        hand_out(halves, "D1", at)


def test_a_round_after_its_half_year(halves: Village) -> None:
    """What the first half gained is redeemed in July; the second half has its own days."""
    open_on(halves, "2026-H1", "07-01", "07-10")
    open_on(halves, "2026-H2", "12-01", "12-10")
    hand_out(halves, "D1", "07-05")
    with pytest.raises(Refused, match=r"2026-H1: 2026-07-01 .* 2026-H2: 2026-12-01"):
        hand_out(halves, "D2", "07-11")
    with pytest.raises(Refused, match="no round"):
        hand_out(halves, "D2", "03-01")


def test_days_set_again_take_the_place_of_those_before(halves: Village) -> None:
    open_on(halves, "2026-H1", "06-10", "06-20")
    open_on(halves, "2026-H1", "05-01", "05-31")
    assert [each.opens_on for each in rounds_of(halves.session, halves.community)] == [day("05-01")]
    hand_out(halves, "D1")


@pytest.mark.parametrize(
    ("period", "first", "last", "says"),
    [
        ("2026-H1", "06-20", "06-10", "must lie from"),
        ("2026-H2", "06-30", "07-10", "must lie"),
        ("2026-H1", "06-10", "2027-01-01", "must lie from"),
        ("2026-Q1", "02-01", "02-02", "half"),
    ],
)
def test_days_that_cannot_be(
    halves: Village, period: str, first: str, last: str, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        open_on(halves, period, first, last)


def test_a_scheme_that_redeems_at_any_time_has_no_rounds(village: Village) -> None:
    with pytest.raises(Refused, match="redeems at any time"):
        open_on(village, "2026-H1", "06-10", "06-20")


def test_who_hands_out_and_who_receives_is_kept(halves: Village) -> None:
    halves.person("s1", "shop")
    halves.person("k1", "clerk")
    done = hand_out(halves, "D1", by="s1", receiver="王小明")
    assert (done.handed_out_by, done.receiver) == ("s1", "王小明")
    assert hand_out(halves, "D1", by="s1", receiver="王小明") is done
    with pytest.raises(Refused, match="D1"):
        hand_out(halves, "D1", by="k1", receiver="王小明")
    hand_out(halves, "D2", by="k1")
    with pytest.raises(Refused, match=r"neither keeps the shop .* k1, s1"):
        hand_out(halves, "D3", by="r1")
    with pytest.raises(Refused, match="no person “x9”"):
        hand_out(halves, "D3", by="x9")


def test_without_a_keeper_of_the_shop_anybody_registered_may(halves: Village) -> None:
    assert hand_out(halves, "D1", by="r1").handed_out_by == "r1"


def test_a_round_that_ends_with_too_few_households_is_told_of(founding: Founding) -> None:
    """30 % of 3 households is one: before H1 has come, the clerk hears of it."""
    terms = rules(redemption={"every": "half_year", "coverage_percent": 30, **SOURCE})
    village = founding(terms)
    village.open()
    village.person("k1", "clerk")
    open_on(village, "2026-H1", "06-10", "06-18")
    letters = select(Message.recipient).where(Message.template == "round_ending")
    morning(village.session, village.community, moment("06-12T10:00"))
    assert list(village.session.scalars(letters)) == []
    morning(village.session, village.community, moment("06-17T10:00"))
    assert list(village.session.scalars(letters)) == ["k1"]
    hand_out(village, "D1", "06-17")
    morning(village.session, village.community, moment("06-18T10:00"))
    assert list(village.session.scalars(letters)) == ["k1"]


def test_a_later_round_is_told_of_when_it_is_over(halves: Village) -> None:
    session, community = halves.session, halves.community
    open_cycle(session, community, 2026)
    open_on(halves, "2026-H1", "07-01", "07-10")
    half = Period.parse("2026-H1")
    step = find_occurrence(session, community, "redemption", half, "close")
    assert step is not None
    assert step.due_at == moment("07-11")
    hand_out(halves, "D1", "07-05")
    with pytest.raises(Refused, match="2026-07-11"):
        close(session, community, half, moment("07-10"), tell)
    close(session, community, half, moment("07-11"), tell)
    notice = find_notice(session, community, NoticeKind.REDEMPTION, "2026-H1")
    assert notice is not None
    assert notice.content["redeemed_households"] == 1
