"""宁河 (虚构的芦荻村): 24 households with their members, averages, and nothing ever cleared."""

from datetime import date
from random import Random

from domain.rules.load import shipped
from tests.samples.clerk import Clerk
from tests.samples.diary import YEAR, Diary, Panel, at, claim_rows, some_day
from tests.samples.mistakes import Spoiler, usual
from tests.samples.objecting import Objector
from tests.samples.paper import Folder, Row, paper
from tests.samples.people import Home, Reviewer, SampleVillage, names, phone, toml
from tests.samples.phrases import Phrases
from tests.samples.reviewing import ONE_STAGE, decisions_with_slips, miss_deadline, review
from tests.samples.shop import Purse, Shop, Ware

SCHEME = "ninghe-example-village"
KIN = (("LD06", "LD07"), ("LD12", "LD20"))
COMMENT = """\
芦荻村演练样例：村名、人名、户号、电话、事由和全部数据均为虚构，仅供演练；积分项目为示例。
A sample for rehearsals: the village, all names and data in this folder are invented.
It is written by tests/samples/generate.py: change that, not this."""
WARES = (
    Ware("手套", 4, None, "集体"),
    Ware("毛巾", 6, 60, "捐赠"),
    Ware("洗衣液", 15, 40, "采购"),
    Ware("小站稻10斤", 25, 30, "集体"),
    Ware("暖水瓶", 30, 1, "捐赠"),
)
JOINED = {"LD22": date(2026, 3, 20), "LD23": date(2026, 6, 8), "LD24": date(2026, 10, 9)}
PERSONAL = ("A1", "A1", "C1", "C1", "F1", "F1", "F1", "F2", "H2", "E1")
FAMILY = ("D1", "D1", "D1", "E2", "E2", "F3", "C2")
# Item, household, member, days, and what else.
PLAN: tuple[tuple[str, str, str, tuple[tuple[int, int], ...], dict[str, object]], ...] = (
    ("A2", "LD04", "2", ((3, 10),), {}),
    # Twice in a month by one member counts once, by two members twice.
    ("A1", "LD05", "1", ((4, 8), (4, 22)), {}),
    ("A1", "LD05", "2", ((4, 8),), {}),
    ("B2", "LD13", "1", ((5, 19),), {}),
    ("C2", "LD10", "", ((1, 16), (3, 4), (5, 7), (8, 12), (10, 21)), {}),
    ("F3", "LD10", "", ((2, 10),), {"quantity": 5, "reason": "为修路捐款五次，合并申报"}),
    ("D2", "LD14", "", ((6, 11),), {"quantity": 2}),
    ("E1", "LD09", "2", ((3, 8), (10, 29)), {}),
    ("F2", "LD11", "1", ((2, 6), (5, 22), (9, 4)), {}),
    ("F2", "LD11", "2", ((5, 22),), {}),
    ("G1", "LD15", "", ((5, 2),), {}),
    ("G2", "LD16", "", ((10, 5),), {}),
    ("H1", "LD02", "", ((4, 15), (9, 15)), {}),
    ("B1", "LD02", "", ((12, 20),), {}),
    ("B1", "LD05", "", ((12, 20),), {}),
    ("B1", "LD21", "", ((12, 21),), {}),
)
MODELS = ("LD02", "LD10", "LD18")


def build() -> Folder:
    """The whole folder."""
    rng = Random("芦荻村 2026")
    people = names(rng)
    homes = [
        Home(
            code,
            next(people),
            f"{'东中西'[number // 8]}街",
            phone(7000 + number),
            code not in ("LD19", "LD23"),
            date(2024, 10, 1) if code == "LD19" else None,
            2 if code in ("LD03", "LD17") else None,
            JOINED.get(code, date(2025, 1, 1)),
        )
        for number, code in enumerate(f"LD{number:02d}" for number in range(1, 25))
    ]
    members = [
        (home.code, str(number), home.head if number == 1 else home.head[0] + next(people)[1:])
        for home in homes
        for number in range(1, rng.choice((2, 3, 3, 4, 5)) + 1)
    ]
    seats = ("LD06", "LD12", "", "")
    reviewers = [Reviewer(f"n{number}", next(people), home) for number, home in enumerate(seats, 1)]
    diary, panel = Diary(rng), Panel(reviewers, KIN)
    clerk = Clerk(diary, Phrases("ninghe"))
    _happened(clerk, members)
    diary.number("LDSB{number:03d}")
    miss_deadline(diary, 3, (2, 7, 11))
    planned = {home for _, home, *_ in PLAN}
    review(diary, panel, clerk.phrases.why_not, keep=lambda entry: entry.home in planned)
    claims = _claims(clerk)
    objector = Objector(diary, panel, "LDYY{number:02d}")
    objector.file(objector.find(3, item="D1"), "门前堆物", True, by="LD08")
    objector.file(objector.find(5, item="B2"), "已撤销处罚", True)
    objector.file(objector.find(9, item="F1"), "没有去", False, by="LD01")
    village = SampleVillage("ludi", "芦荻村", "示例镇", SCHEME)
    papers = [
        paper("households", ".csv", [home.row() for home in homes], without=["consent"]),
        paper("members", ".xlsx", _register(members)),
        paper("claims", ".xlsx", claims.result(), without=["score"]),
        paper("decisions", ".csv", decisions_with_slips(diary, ONE_STAGE, claims.refused[:1])),
        paper("objections", ".xlsx", objector.rows),
        paper("goods", ".xlsx", [ware.row() for ware in WARES]),
        paper("redemptions", ".csv", _shop(diary, homes, objector.homes).rows),
    ]
    return Folder(toml(COMMENT, village, reviewers, KIN), papers)


def _register(members: list[tuple[str, str, str]]) -> list[Row]:
    """Members; one twice, one renamed, one of a household that is not."""
    rows: list[Row] = [
        {"household": home, "member": int(number), "name": name} for home, number, name in members
    ]
    rows.insert(12, rows[4])
    rows.insert(20, {**rows[6], "name": "（更名）"})
    rows.insert(30, {**rows[30], "household": "LD66"})
    return rows


def _happened(clerk: Clerk, members: list[tuple[str, str, str]]) -> None:
    rng = clerk.diary.rng
    for item, home, member, days, details in PLAN:
        for month, day in days:
            clerk.enter(home, item, date(YEAR, month, day), member=member, **details)
    for home in MODELS:
        for month in range(1, 13):
            clerk.by_chance(home, "D1", date(YEAR, month, rng.randrange(10, 28)))
    for home, member, _ in members:
        first = JOINED.get(home, date(YEAR, 1, 1))
        for _ in range(rng.choice((0, 1, 2, 3))):
            on = some_day(rng, rng.randrange(first.month, 13), first)
            clerk.by_chance(home, rng.choice(PERSONAL), on, member=member)
        if member == "1":
            for _ in range(rng.choice((2, 3, 5))):
                on = some_day(rng, rng.randrange(first.month, 13), first)
                clerk.by_chance(home, rng.choice(FAMILY), on)


def _claims(clerk: Clerk) -> Spoiler:
    planned = {home for _, home, *_ in PLAN}
    usable = [
        number
        for number, entry in enumerate(clerk.diary.entries)
        if not entry.rejected and entry.late is None and entry.home not in planned
    ]
    names = {code: theme.name for code, theme in clerk.phrases.themes.items()}
    rows = claim_rows(clerk.diary, names, 0.6)
    claims = Spoiler(clerk.diary.rng, rows, "LDSB-{number:02d}", usable)
    usual(claims, ("Z1", "志愿活动服务"), ("LD99", "L002"))
    # Without the member whose item it is, and with one that the household has not.
    claims.add(item="F1", channel="自荐", member="")
    claims.add(item="F1", channel="自荐", member="9")
    claims.add(item="A2", channel="自荐", member="1")
    claims.add(item="D1", channel="现场看", household="LD23", member="", occurred_on="2026.5.9")
    return claims


def _shop(diary: Diary, homes: list[Home], never: set[str]) -> Shop:
    worth = {item.code: (item.points or 0) / 100 for item in shipped(SCHEME).items}
    purse = Purse(diary, worth, share=0.6, never=frozenset(never))
    shop = Shop(diary.rng, WARES, "LDDH{number:02d}")
    for month in (3, 5, 7, 9, 11, 12):
        shop.market(purse, date(YEAR, month, 22), [home.code for home in homes], 5)
    shop.write("LD24", at(date(YEAR, 11, 22), 15), points=300)
    shop.write("LD01", at(date(YEAR, 12, 22), 15), goods="暖水瓶", count=2)
    return shop
