"""长坝 (虚构的松鹤村): 36 households, village then town, half-year rounds, red and black list."""

from datetime import date
from random import Random

from domain.rules.load import shipped
from tests.samples.clerk import Clerk
from tests.samples.diary import YEAR, Diary, Panel, at, claim_rows, month_after, some_day
from tests.samples.mistakes import Spoiler, usual
from tests.samples.objecting import Objector
from tests.samples.paper import Folder, paper
from tests.samples.people import Home, Reviewer, SampleVillage, names, phone, toml
from tests.samples.phrases import Phrases
from tests.samples.reviewing import Step, decisions_with_slips, miss_deadline, review
from tests.samples.shop import Purse, Shop, Ware

SCHEME = "wulong-changba-2023-example-village"
STEPS = (Step("", "村积分审核工作组"), Step("town", "镇积分审定工作组"))
KIN = (("S05", "S11"), ("S20", "S21"))
SEATS = (
    ("c1", "S05", ""),
    ("c2", "S14", ""),
    ("c3", "S20", ""),
    ("c4", "", ""),
    ("t1", "", "town"),
    ("t2", "S28", "town"),
    ("t3", "", "town"),
)
COMMENT = """\
松鹤村演练样例：村名、人名、户号、电话、事由和全部数据均为虚构，仅供演练；积分项目为示例。
A sample for rehearsals: the village, all names and data in this folder are invented.
It is written by tests/samples/generate.py: change that, not this."""
# 10 points are about 1.20 yuan (四(一).2): priced at so many yuan.
YUAN = (
    ("食盐", 2.4, None),
    ("肥皂", 3, 80),
    ("毛巾", 3.6, 60),
    ("抽纸（包）", 1.2, 200),
    ("洗洁精", 4.8, 40),
    ("牙膏", 4.2, 40),
    ("洗衣粉", 6, 30),
    ("雨伞", 12, 2),
)
WARES = tuple(
    Ware(name, round(yuan / 0.12), stock, ("采购", "捐赠", "集体")[at_ % 3])
    for at_, (name, yuan, stock) in enumerate(YUAN)
)
OUTSIDERS: dict[str, tuple[date | None, bool]] = {
    "S34": (date(2020, 3, 1), True),
    "S35": (date(2024, 1, 1), False),
    "S36": (date(2026, 1, 20), True),
}
SINCE = {"S33": date(2026, 4, 7), "S36": date(2026, 7, 20)}
SKIPPED = ("S35",)
BLACK = "S17"
# Item, household, days, and what else: each rule of the example's table at least once.
MODEL, SERVANT, HELPER = "S03", "S09", "S22"
PLAN: tuple[tuple[str, str, tuple[tuple[int, int], ...], dict[str, object]], ...] = (
    ("Z2", HELPER, ((2, 3), (2, 11), (2, 20)), {}),
    ("Z4", HELPER, ((5, 6), (5, 13), (5, 27)), {}),
    ("Z6", HELPER, ((1, 9), (2, 12), (3, 10), (4, 16), (5, 21)), {}),
    ("Z8", HELPER, ((7, 2), (7, 9), (7, 16), (8, 6), (8, 13), (9, 3)), {}),
    ("Z9", "S07", ((2, 8),), {"matter": "儿子婚礼"}),
    ("Z9", "S12", ((5, 1),), {"matter": "女儿出嫁"}),
    ("F3", "S12", ((6, 10),), {"matter": "女儿出嫁"}),
    ("Z11", "S16", ((4, 11),), {"quantity": 3, "matter": "春季整治"}),
    ("Z13", "S16", ((3, 5),), {"quantity": 3, "matter": "学雷锋日"}),
    ("Z14", "S10", ((2, 14), (5, 30), (9, 19)), {}),
    ("Z15", "S13", ((1, 20), (8, 8)), {}),
    ("Z16", "S08", ((3, 12),), {"matter": "最美家庭"}),
    ("Z17", "S08", ((7, 23),), {"matter": "最美家庭"}),
    ("Z18", "S08", ((11, 26),), {"matter": "最美家庭"}),
    ("red-list", "S08", ((3, 13),), {}),
    ("Z18", "S24", ((4, 22),), {}),
    ("Z16", "S24", ((10, 15),), {}),
    ("Z16", "S26", ((5, 15),), {"matter": "文明示范户"}),
    ("red-list", "S26", ((5, 16),), {}),
    ("F1", BLACK, ((4, 25),), {}),
    ("black-list", BLACK, ((4, 27),), {}),
    ("F2", "S29", ((3, 27),), {}),
    ("F4", "S30", ((6, 5), (9, 11)), {}),
    ("F5", "S31", ((8, 21),), {}),
    ("F6", "S32", ((10, 23),), {}),
    ("Z7", "S18", ((1, 28), (3, 18), (4, 29)), {}),
)
EVERYDAY = ("Z1", "Z2", "Z4", "Z4", "Z5", "Z5", "Z6", "Z8", "Z11", "Z11", "Z12", "Z13", "Z15")


def build() -> Folder:
    """The whole folder."""
    rng = Random("松鹤村 2026")
    people = names(rng)
    homes = [_home(number, next(people)) for number in range(1, 37)]
    reviewers = [Reviewer(code, next(people), home, "", stage) for code, home, stage in SEATS]
    diary, panel = Diary(rng), Panel(reviewers, KIN)
    clerk = Clerk(diary, Phrases("changba"))
    _planned(clerk)
    for home in homes:
        if home.code not in SKIPPED:
            _everyday(clerk, home.code)
    diary.number("SH-{number:03d}")
    miss_deadline(diary, 3, (2, 5, 9))
    miss_deadline(diary, 1, (12,))
    planned = {home for _, home, *_ in PLAN} | {MODEL, SERVANT}
    review(diary, panel, clerk.phrases.why_not, STEPS, keep=lambda entry: entry.home in planned)
    claims = _claims(clerk)
    objector = _objections(diary, panel)
    shop = _shop(diary, [home.code for home in homes], frozenset({*objector.homes, BLACK}))
    village = SampleVillage("songhe", "松鹤村", "长坝镇", SCHEME)
    papers = [
        paper("households", ".csv", [home.row() for home in homes], encoding="utf-8-sig"),
        paper("claims", ".xlsx", claims.result(), without=["member"], title="松鹤村积分台账"),
        paper("decisions", ".csv", decisions_with_slips(diary, STEPS, claims.refused[:1])),
        paper("objections", ".xlsx", objector.rows),
        paper("goods", ".csv", [ware.row() for ware in WARES], english=True),
        paper("redemptions", ".csv", shop.rows),
    ]
    return Folder(toml(COMMENT, village, reviewers, KIN), papers)


def _home(number: int, head: str) -> Home:
    code = f"S{number:02d}"
    since, agreed = OUTSIDERS.get(code, (None, None))
    return Home(
        code,
        head,
        f"{'一二三四'[(number - 1) // 9]}组",
        phone(3000 + number),
        code not in OUTSIDERS,
        since,
        None,
        SINCE.get(code) if code == "S33" else None,
        agreed,
    )


def _planned(clerk: Clerk) -> None:
    for item, home, days, details in PLAN:
        for month, day in days:
            clerk.enter(home, item, date(YEAR, month, day), **details)
    for month in range(1, 13):
        # The model household reaches 12 a month, and 100 a year with the sorting of its waste.
        for day in (6, 20):
            clerk.enter(MODEL, "Z11", date(YEAR, month, day), quantity=2, matter=f"第{month}次整治")
        clerk.enter(MODEL, "Z12", date(YEAR, month, 25))
        clerk.enter(SERVANT, "Z1", date(YEAR, month, 10))
        clerk.enter(SERVANT, "Z13", date(YEAR, month, 15), quantity=2, matter=f"{month}月服务日")


def _everyday(clerk: Clerk, home: str) -> None:
    rng = clerk.diary.rng
    first = SINCE.get(home, date(YEAR, 1, 1))
    for _ in range(rng.choice((3, 5, 6, 8)) * (13 - first.month) // 12):
        day = some_day(rng, rng.randrange(first.month, 13), first)
        clerk.by_chance(home, rng.choice(EVERYDAY), day)
    for month in rng.sample(range(first.month, 13), 2):
        score = rng.choice((6, 7, 7.5, 8, 8.5, 9, 9.5, 10))
        clerk.by_chance(home, "Z10", some_day(rng, month, first), score=score)
    if rng.random() < 0.35:
        clerk.by_chance(home, "Z3", date(YEAR, 12, rng.randrange(10, 28)))


def _claims(clerk: Clerk) -> Spoiler:
    diary = clerk.diary
    planned = {home for _, home, *_ in PLAN} | {MODEL, SERVANT}
    usable = [
        number
        for number, entry in enumerate(diary.entries)
        if not entry.rejected
        and entry.late is None
        and entry.home not in planned
        and entry.score is None
        and entry.item not in ("Z11", "Z13")
    ]
    names = {code: theme.name for code, theme in clerk.phrases.themes.items()}
    claims = Spoiler(diary.rng, claim_rows(diary, names, 0.5), "SH-退{number:02d}", usable)
    usual(claims, ("z-11", "Z28", "参加志愿者服务"), ("S99", "S0 7"))
    # A grade above the most, none at all, one where nothing is graded; a listing by the wrong way.
    claims.add(item="Z10", channel="现场看", score=11)
    claims.add(item="Z10", channel="现场看")
    claims.add(item="Z10", channel="现场看", score="优秀")
    claims.add(item="Z5", score=1)
    claims.add(item="黑榜", channel="文件记录", quantity=2)
    claims.add(item="Z3", channel="居民自荐")
    claims.add(household="S35", occurred_on=date(2026, 5, 8))
    claims.add(household="S36", occurred_on=date(2026, 7, 1))
    return claims


def _objections(diary: Diary, panel: Panel) -> Objector:
    objector = Objector(diary, panel, "SHYY{number:02d}", ("", "town"))
    objector.file(objector.find(2, item="Z4"), "没有到会，他人代签", True, by="S25")
    objector.file(objector.find(6, item="F4"), "不是我家倒的，是邻村的车", True, took=10)
    objector.file(objector.find(8, item="F5"), "已经赔偿", False)
    objector.file(objector.find(12), "检查当天未在家", False, by="S02", after=4, took=3)
    return objector


def _shop(diary: Diary, homes: list[str], never: frozenset[str]) -> Shop:
    """The first round reaches over 30 % of the households, the second does not."""
    rng = diary.rng
    worth = {item.code: (item.points or 0) / 100 for item in shipped(SCHEME).items}
    purse = Purse(
        diary,
        {**worth, "Z10": 6, "Z11": 2, "Z13": 3},
        share=0.8,
        never=frozenset({*never, MODEL, SERVANT, HELPER}),
    )
    shop = Shop(rng, WARES, "DH{number:02d}")
    cheap = [home for home in homes if purse.free(home, at(date(YEAR, 6, 25))) >= 10]
    shop.market(purse, date(YEAR, 6, 25), cheap, 14)
    shop.hand_out(MODEL, "食盐", 1, at(date(YEAR, 6, 26), 9))
    # On the black list; more than the balance.
    shop.write(BLACK, at(date(YEAR, 6, 26), 10), goods="食盐", count=1)
    shop.write("S35", at(date(YEAR, 6, 26), 10, 20), points=50)
    shop.market(purse, date(YEAR, 12, 18), homes, 4)
    shop.hand_out(MODEL, "雨伞", 1, at(month_after(date(YEAR, 12, 1)).replace(day=25), 9))
    shop.write("S04", at(date(YEAR, 12, 18), 16), goods="雨伞", count=3)
    return shop
