"""A small community whose year is run through the domain's own functions, for the tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import cycle

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.audit.books import open_books
from domain.audit.close import close_audit
from domain.community.adoption import add_community
from domain.community.registry import add_person, ruleset_on
from domain.cycle.calendar import audit_deadline, publicity_dates
from domain.kernel.local_time import start_of_day
from domain.kernel.period import Period
from domain.objections.cases import file_objection, resolve
from domain.publicity.quarter_and_year import publish_correction, publish_quarter, publish_year
from domain.publicity.report import draw_up
from domain.publicity.rounds import publish_round
from domain.review.sitting import decide
from domain.rules.load import shipped
from domain.rules.schema import Item
from domain.settlement.clearing import clear
from domain.settlement.settle import settle
from domain.shop.goods import add_goods
from domain.shop.redemption import redeem
from domain.standing.redeemable import of_household
from domain.store.database import writing
from domain.store.tables.claims import Claim, Verdict
from domain.store.tables.notices import Notice
from domain.store.tables.objections import Resolution
from domain.store.tables.people import Community, Household

YEAR = 2026
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何罗高林"
GIVEN = ("桂英", "建国", "秀兰", "志强", "淑珍", "国华", "玉梅", "德福", "春花", "永康")
PHONE = "13800138000"
# What a hostile or careless hand may write into a sheet.
NASTY = (
    "<script>alert(1)</script>",
    "=HYPERLINK(1)&'\"",
    "{{ 7*7 }}{% raw %}",
    "\u202e反着写的名字",
    "</style><b>",
    "%s {household} \\",
)


@dataclass(frozen=True)
class LivedYear:
    """The community and what its year left."""

    session: Session
    community: Community
    notices: list[Notice]


def names(count: int) -> Iterator[str]:
    """So many heads of households."""
    family, given = cycle(SURNAMES), cycle(GIVEN)
    for _ in range(count):
        yield next(family) + next(given)


def add_households(
    session: Session, community: Community, heads: Sequence[str], areas: int = 0
) -> None:
    """Households H001, H002, …, all enrolled when the year opens."""
    session.add_all(
        Household(
            community_id=community.id,
            code=f"H{number:03}",
            head=head,
            area=f"{number % areas + 1}组" if areas else "",
            phone=PHONE,
            members=3,
            enrolled_on=date(YEAR, 1, 1),
        )
        for number, head in enumerate(heads, start=1)
    )
    session.flush()


def add_claim(
    session: Session,
    community: Community,
    household: str,
    item: Item,
    day: date,
    ref: str,
    reason: str,
) -> Claim:
    """One claim, as intake would have taken it in."""
    home = session.query(Household).filter_by(community_id=community.id, code=household).one()
    claim = Claim(
        community_id=community.id,
        ref=ref,
        household_id=home.id,
        item=item.code,
        score=item.points if item.kind == "graded" else None,
        occurred_on=day,
        submitted_at=start_of_day(day) + timedelta(hours=10),
        channel=ruleset_on(session, community, day).channels[0],
        place="村委会",
        reason=reason,
        evidence="照片",
        digest="0" * 64,
        audit=str(Period.of("month", day)),
    )
    session.add(claim)
    session.flush()
    return claim


def found(
    session: Session,
    ruleset: str = "fuling-maan-2022",
    heads: Sequence[str] | None = None,
    *,
    code: str = "ma",
    name: str = "马鞍社区",
    town: str = "马鞍街道",
    areas: int = 0,
) -> Community:
    """A community with households, a clerk, six reviewers and the town's contact."""
    opened = start_of_day(date(YEAR, 1, 1))
    community = add_community(session, code, name, town, shipped(ruleset), date(YEAR, 1, 1), opened)
    add_households(session, community, heads or list(names(24)), areas)
    stages = [stage.id for stage in shipped(ruleset).review.stages if stage.role != "town"]
    add_person(session, community, "c1", "办事员", ["clerk"])
    for number in range(1, 7):
        add_person(session, community, f"r{number}", f"评议员{number}", ["reviewer"], stages=stages)
    add_person(session, community, "t1", "镇联系人", ["town"])
    return community


@cache
def earning_items(ruleset: str) -> tuple[Item, ...]:
    """Items that a claim can earn or lose points with."""
    kinds = ("award", "deduction", "graded")
    return tuple(
        item for item in shipped(ruleset).items if item.kind in kinds and item.points is not None
    )


def run_year(
    session: Session,
    community: Community,
    ruleset: str,
    *,
    until: int = 12,
    reason: str = "参加村里的环境整治",
    claimants: int = 1000,
) -> LivedYear:
    """Claims in every month, audited, published, objected to, redeemed, settled and cleared."""
    year = Period(YEAR, "year", 1)
    open_books(session, community, year, start_of_day(year.start))
    quarterly = any(
        item.kind == "base" and item.per == "quarter" for item in shipped(ruleset).items
    )
    notices = []
    for month in Period.all_in("month", YEAR)[:until]:
        if quarterly and month.index % 3 == 1:
            quarter = Period.of("quarter", month.start)
            open_books(session, community, quarter, start_of_day(quarter.start))
        run_month(session, community, ruleset, month, reason, claimants)
        if month.index == 4:
            notices += object_and_redeem(session, community)
        if month.index % 3 == 0:
            quarter = Period.of("quarter", month.start)
            day, _ = publicity_dates(ruleset_on(session, community, month.end), quarter)
            at = start_of_day(day) + timedelta(hours=9)
            notices.append(publish_quarter(session, community, quarter, at))
        notices += draw_up_reports(session, community, month)
        if month.index % 6 == 0:
            half = Period.of("half_year", month.start)
            notices.append(publish_round(session, community, half, start_of_day(half.end)))
    if until == 12:
        notices.append(close_year(session, community))
    return LivedYear(session, community, notices)


def run_month(
    session: Session, community: Community, ruleset: str, month: Period, reason: str, claimants: int
) -> None:
    """Each month other households claim other items; every ninth claim is rejected."""
    rules = shipped(ruleset)
    items = earning_items(ruleset)
    homes = session.query(Household).filter_by(community_id=community.id).order_by("code").all()
    for number, home in enumerate(homes[:claimants]):
        if (number + month.index) % 4 == 0:
            continue
        item = items[(number * 3 + month.index * 5) % len(items)]
        ref = f"{month}-{number:03}"
        day = month.start + timedelta(days=number % 25)
        claim = add_claim(session, community, home.code, item, day, ref, reason)
        decide_all(session, community, claim, reject=number % 9 == 8)
    deadline = audit_deadline(rules, month)
    if rules.audit.every == "month" or month.index % 3 == 0:
        close_audit(session, community, month, deadline)


def decide_all(session: Session, community: Community, claim: Claim, *, reject: bool) -> None:
    """Every stage decides, with as many votes as its quorum asks for."""
    rules = ruleset_on(session, community, claim.occurred_on)
    verdict: Verdict = Verdict.REJECT if reject else Verdict.APPROVE
    at = claim.submitted_at + timedelta(days=1)
    for stage in rules.review.stages:
        voters = (
            ["t1"]
            if stage.role == "town"
            else [f"r{number}" for number in range(1, stage.quorum + 1)]
        )
        for voter in voters:
            if claim.status == "pending":
                decide(session, community, claim.ref, voter, verdict, "见记录", at, stage.id)


def object_and_redeem(session: Session, community: Community) -> list[Notice]:
    """An upheld objection with its correction notice, and some hand-outs of the shop."""
    at = start_of_day(date(YEAR, 5, 8))
    ref = f"{YEAR}-03-002"
    file_objection(session, community, "Y1", "H003", ref, "事实有出入", at)
    objection = resolve(
        session, community, "Y1", Resolution.UPHELD, "r6", "查证属实", at + timedelta(days=2)
    )
    notices = [publish_correction(session, community, objection, at + timedelta(days=2))]
    rules = ruleset_on(session, community, date(YEAR, 5, 8))
    if rules.redemption.every != "none":
        add_goods(session, community, "洗衣粉", 200, 100, "采购")
        add_goods(session, community, "毛巾", 100, None, "捐赠")
        homes = session.query(Household).filter_by(community_id=community.id).order_by("code")
        able = [home for home in homes if of_household(session, community, home).points >= 200]
        for home, goods in zip(able, ("洗衣粉", "毛巾", "毛巾", "洗衣粉"), strict=False):
            redeem(session, community, home.code, f"D{home.code}", at, goods=goods, count=1)
    return notices


def draw_up_reports(session: Session, community: Community, month: Period) -> list[Notice]:
    """The progress reports that are due in a month (长坝)."""
    half = Period.of("half_year", month.start)
    return [
        draw_up(session, community, half, start_of_day(date(YEAR, *map(int, each.due.split("-")))))
        for each in ruleset_on(session, community, month.end).reports
        if each.due.startswith(f"{month.index:02}-")
    ]


def close_year(session: Session, community: Community) -> Notice:
    """Settle after the last window, publish the year, clear where the scheme clears."""
    rules = ruleset_on(session, community, date(YEAR, 12, 31))
    _, closes_at = publicity_dates(rules, Period.parse(f"{YEAR}-Q4"))
    settle(session, [community], YEAR, closes_at)
    notice = publish_year(session, community, YEAR, closes_at)
    if rules.closing.kind == "clear":
        clear(session, [community], YEAR, start_of_day(date(YEAR + 1, 3, 1)))
    return notice


def found_two(engine: Engine) -> None:
    """Two communities with some months behind them: one has a correction."""
    with writing(engine) as session:
        for code, name, until in (("ma", "马鞍社区", 6), ("Xin村", "新<村>&", 3)):
            community = found(session, heads=list(names(4)), code=code, name=name, areas=2)
            run_year(session, community, "fuling-maan-2022", until=until)
