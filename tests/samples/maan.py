"""马鞍社区: 132 households, every line of the annex, a whole year of it."""

from datetime import date
from random import Random

from domain.rules.load import shipped
from tests.samples.clerk import Clerk
from tests.samples.diary import Diary, Entry, Panel, at, claim_rows, some_day
from tests.samples.maan_events import NEGATIVE_HOMES, TOP, happened, objections
from tests.samples.mistakes import Spoiler, usual
from tests.samples.paper import Cell, Folder, Row, paper
from tests.samples.people import Home, Reviewer, SampleVillage, names, phone, toml
from tests.samples.phrases import Phrases
from tests.samples.reviewing import ONE_STAGE, decisions_with_slips, miss_deadline, review
from tests.samples.shop import Purse, Shop, Ware

SCHEME = "fuling-maan-2022"
GROUPS = ("居民一组", "居民二组", "居民三组", "居民四组", "居民五组")
KIN = (("H003", "H017"), ("H041", "H058"), ("H090", "H091"), ("H113", "H020"))
SEATS = ("", "H003", "H014", "H041", "H066", "H090", "H113", "")
COMMENT = """\
马鞍社区演练样例：人名、户号、电话、事由和全部数据均为虚构，仅供演练。
A sample for rehearsals: all names and data in this folder are invented.
It is written by tests/samples/generate.py: change that, not this."""
WARES = (
    Ware("食盐", 1, None, "采购"),
    Ware("肥皂", 2, 200, "捐赠"),
    Ware("毛巾", 3, 150, "捐赠"),
    Ware("抽纸（提）", 4, 160, "采购"),
    Ware("洗洁精", 5, 120, "采购"),
    Ware("扫把套装", 6, 60, "集体"),
    Ware("洗衣液", 8, 100, "采购"),
    Ware("雨伞", 8, 40, "捐赠"),
    Ware("保温杯", 10, 20, "捐赠"),
    Ware("大米10斤", 20, 60, "集体"),
    Ware("菜籽油5升", 30, 30, "采购"),
    Ware("电热水壶", 35, 2, "捐赠"),
    Ware("高压锅", 60, 3, "采购"),
)
JOINED = {
    "H121": date(2026, 3, 16),
    "H122": date(2026, 5, 11),
    "H123": date(2026, 7, 1),
    "H124": date(2026, 9, 10),
    "H125": date(2026, 11, 2),
}
# Registered elsewhere: since when they live here, and whether the committee agreed.
OUTSIDERS: dict[str, tuple[date | None, bool]] = {
    "H126": (date(2019, 5, 1), True),
    "H127": (date(2025, 11, 20), True),
    "H128": (date(2021, 8, 15), False),
    "H129": (None, True),
    "H130": (date(2026, 2, 10), True),
}
# Two of them take part half a year after they came, two not at all.
SINCE = {**JOINED, "H127": date(2026, 5, 20), "H130": date(2026, 8, 10)}
NEVER = ("H128", "H129")


def build() -> Folder:
    """The whole folder."""
    rng = Random("马鞍社区 2026")
    people = names(rng)
    homes = _homes(rng, [next(people) for _ in range(132)])
    reviewers = [Reviewer(f"r{number}", next(people), home) for number, home in enumerate(SEATS, 1)]
    phrases, diary, panel = Phrases("maan"), Diary(rng), Panel(reviewers, KIN)
    clerk = Clerk(diary, phrases)
    happened(clerk)
    _everyday(clerk, [home.code for home in homes])
    diary.number("MA26-{number:04d}")
    miss_deadline(diary, 7, (2, 4, 6, 9, 10))
    miss_deadline(diary, 2, (12,))
    review(diary, panel, phrases.why_not, keep=_certain)
    claims = _claims(diary, phrases)
    objector = objections(diary, panel)
    never = frozenset({*objector.homes, *NEGATIVE_HOMES})
    shop = _shop(diary, [home.code for home in homes], never)
    village = SampleVillage("maan", "马鞍社区", "马鞍街道", SCHEME)
    decisions = decisions_with_slips(diary, ONE_STAGE, claims.refused[:3])
    papers = [
        paper("households", ".csv", _register(homes), encoding="gb18030"),
        paper(
            "claims",
            ".xlsx",
            claims.result(),
            without=["member", "score"],
            title="马鞍社区2026年居民积分申报台账",
        ),
        paper("decisions", ".xlsx", decisions, without=["stage"]),
        paper("objections", ".xlsx", objector.rows),
        paper("goods", ".xlsx", [ware.row() for ware in WARES], title="积分超市明码标价表"),
        paper("redemptions", ".csv", shop.rows, encoding="utf-8-sig"),
    ]
    return Folder(toml(COMMENT, village, reviewers, KIN), papers)


def _homes(rng: Random, heads: list[str]) -> list[Home]:
    homes = []
    for number, head in enumerate(heads, 1):
        code = f"H{number:03d}"
        since, agreed = OUTSIDERS.get(code, (None, None))
        homes.append(
            Home(
                code,
                head,
                GROUPS[(number - 1) * len(GROUPS) // len(heads)],
                phone(number) if rng.random() < 0.93 else "",
                code not in OUTSIDERS,
                since,
                rng.choice((None, 1, 2, 3, 3, 4, 5)),
                JOINED.get(code, date(2022, 9, 1) if rng.random() < 0.5 else None),
                agreed,
            )
        )
    return homes


def _register(homes: list[Home]) -> list[Row]:
    """The register, with a line twice, one rewritten, one without a head, and blank lines."""
    rows: list[Row] = [home.row() for home in homes]
    rows.insert(40, rows[12])
    rows.insert(60, {**rows[14], "head": "（已更名）"})
    rows.insert(80, {**rows[79], "household": "H133", "head": ""})
    rows.insert(90, {})
    rows.insert(119, {**rows[118], "household": "H134", "registered": "外地"})
    rows.insert(121, {})
    return rows


def _certain(entry: Entry) -> bool:
    """Claims that the sample needs approved: those at the top, and the negative list's."""
    return entry.home in TOP or entry.item.startswith("N")


def _everyday(clerk: Clerk, homes: list[str]) -> None:
    rng = clerk.diary.rng
    for home in homes:
        if home in TOP or home in NEVER:
            continue
        first = SINCE.get(home, date(2026, 1, 1))
        least, most = rng.choice(((3, 8), (10, 17), (10, 17), (18, 27)))
        for _ in range(rng.randrange(least, most) * (13 - first.month) // 12):
            day = some_day(rng, rng.randrange(first.month, 13), first)
            item = clerk.phrases.draw(rng, day.month)
            times = 2 if item == "24" and rng.random() < 0.06 else None
            clerk.by_chance(home, item, day, quantity=times)


def _claims(diary: Diary, phrases: Phrases) -> Spoiler:
    names = {code: theme.name for code, theme in phrases.themes.items() if len(theme.name) < 8}
    usable = [
        number
        for number, entry in enumerate(diary.entries)
        if not entry.rejected
        and entry.home not in TOP
        and not entry.item.startswith("N")
        and entry.late is None
    ]
    rows = claim_rows(diary, names, named=0.3)
    claims = Spoiler(diary.rng, rows, "MA26-退{number:02d}", usable)
    usual(claims, ("净化环镜", "17-6", "助人为樂", "26"), ("H999", "H0l2", "Ｈ０４５"))
    # A spreadsheet took 17-1 for a day; base points are nobody's to claim; zeroing counts once.
    claims.wrong(item=date(2026, 1, 17))
    claims.wrong(item="1")
    claims.add(item="N7", channel="文件记录", quantity=2)
    _not_yet(claims)
    return claims


def _not_yet(claims: Spoiler) -> None:
    """Households that had not joined, that live here too short a time, or without consent."""
    early: list[dict[str, Cell]] = [
        {"household": "H122", "occurred_on": date(2026, 4, 20)},
        {"household": "H125", "occurred_on": date(2026, 10, 30)},
        {"household": "H127", "occurred_on": date(2026, 5, 19)},
        {"household": "H130", "occurred_on": date(2026, 6, 2)},
        {"household": "H128", "occurred_on": date(2026, 3, 9)},
        {"household": "H129", "occurred_on": date(2026, 3, 9)},
    ]
    for cells in early:
        claims.add(**cells)


def _shop(diary: Diary, homes: list[str], never: frozenset[str]) -> Shop:
    rng = diary.rng
    worth = {item.code: (item.points or 0) / 100 for item in shipped(SCHEME).items}
    purse = Purse(diary, worth, base=6, share=0.9, never=frozenset({*never, *NEVER, *SINCE}))
    shop = Shop(rng, WARES, "DH26-{number:03d}")
    others = [home for home in homes if home not in TOP]
    for month in range(2, 13):
        shop.market(purse, date(2026, month, 18 if month != 2 else 12), others, 12)
        if month == 5:
            # More than the balance, goods that the shop has not, and a household that is not.
            shop.write("H030", at(date(2026, 5, 18), 15), goods="高压锅", count=1)
            shop.write("H031", at(date(2026, 5, 18), 15, 5), points=500)
            shop.write("H032", at(date(2026, 5, 18), 15, 10), goods="电饭煲", count=1)
            shop.write("H999", at(date(2026, 5, 18), 15, 20), goods="毛巾", count=1)
    # After the settlement the top three buy for twice as much, until the end of January.
    for home in TOP:
        shop.hand_out(home, "大米10斤", 2, at(date(2027, 1, 20), 10))
        shop.hand_out(home, "菜籽油5升", 3, at(date(2027, 1, 20), 10, 30))
    while shop.left["电热水壶"]:
        shop.hand_out(next(iter(TOP)), "电热水壶", 1, at(date(2027, 1, 22), 9))
    shop.write(list(TOP)[1], at(date(2027, 1, 22), 9, 30), goods="电热水壶", count=1)
    return shop
