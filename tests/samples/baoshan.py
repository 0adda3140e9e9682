"""宝山 (罗泾镇的虚构村“芦汀村”): 128 households, every item, two stages, a whole year of it."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from domain.rules.load import shipped
from tests.samples.baoshan_events import CERTAIN, LANDLORDS, events, objections
from tests.samples.clerk import Clerk
from tests.samples.diary import YEAR, Diary, Entry, Panel, at, claim_rows, some_day, vote_row
from tests.samples.mistakes import Cells, Spoiler, usual
from tests.samples.paper import Folder, Row, paper
from tests.samples.people import Home, Reviewer, SampleVillage, names, phone, toml
from tests.samples.phrases import Phrases
from tests.samples.reviewing import Step, decisions_with_slips, miss_deadline, review
from tests.samples.shop import Purse, Shop, Ware

SCHEME = "baoshan-2023"
STEPS = (Step("", ""), Step("committee", "村“两委”会议"))
GROUPS = ("东宅组", "西宅组", "南港组", "北浜组", "桥头组", "新宅组")
KIN = (("LT004", "LT021"), ("LT033", "LT034"), ("LT058", "LT077"))
SEATS = (
    ("z1", "LT004", ""),
    ("z2", "LT033", ""),
    ("z3", "LT058", ""),
    ("z4", "LT080", ""),
    ("z5", "LT101", ""),
    ("z6", "", ""),
    ("w1", "LT012", "committee"),
    ("w2", "LT047", "committee"),
    ("w3", "", "committee"),
)
COMMENT = """\
芦汀村演练样例：村名、人名、户号、电话、事由和全部数据均为虚构，仅供演练。
A sample for rehearsals: the village, all names and data in this folder are invented.
It is written by tests/samples/generate.py: change that, not this."""
NOTES = (
    "填表说明",
    "1. 编号由村委统一编排，不要重复。",
    "2. 同一事项多次获得荣誉的，“事项”一栏请写同样的名称。",
    "3. 志愿服务按人次填写“次数”。",
)
WARES = (
    Ware("垃圾袋（卷）", 5, None, "集体"),
    Ware("香皂", 8, 300, "采购"),
    Ware("洗洁精", 15, 200, "采购"),
    Ware("抽纸（提）", 20, 200, "采购"),
    Ware("洗衣液", 35, 120, "采购"),
    Ware("本村大米10斤", 60, 100, "集体"),
    Ware("食用油5升", 80, 60, "采购"),
    Ware("灭火器", 90, 20, "捐赠"),
    Ware("电饭煲", 180, 1, "捐赠"),
)
# Opted in (有意愿) in the year; the others before it.
JOINED = {
    "LT121": date(2026, 2, 9),
    "LT122": date(2026, 4, 1),
    "LT123": date(2026, 5, 18),
    "LT124": date(2026, 6, 30),
    "LT125": date(2026, 8, 3),
    "LT126": date(2026, 10, 12),
}
MODELS = ("LT002", "LT019", "LT036", "LT055", "LT068", "LT090", "LT111")
MONTHLY = ("meeting-promise", "village-rules", "sorting-promise", "sanitation")
# Yearly items: share of households that claim it, and from which to which month.
YEARLY = {
    "safety-promise": (0.9, 1, 4),
    "fire-gear": (0.42, 2, 11),
    "charging": (0.24, 3, 11),
    "military": (0.09, 1, 12),
    "martyr": (0.02, 4, 9),
    "university": (0.05, 7, 9),
    "local-job": (0.2, 1, 12),
    "training": (0.1, 3, 12),
    "courtyard": (0.3, 4, 6),
}
SEVERE = ("illegal-building", "illegal-act")
BREACHES = ("sorting-breach", "sanitation-breach", "meeting-absence")


def build() -> Folder:
    """The whole folder."""
    rng = Random("芦汀村 2026")
    people = names(rng)
    homes = [
        Home(
            f"LT{number:03d}",
            next(people),
            GROUPS[(number - 1) * 6 // 128],
            phone(2000 + number),
            rng.random() < 0.95,
            None,
            rng.choice((None, 2, 3, 4, 5)),
            JOINED.get(
                f"LT{number:03d}",
                rng.choice((date(2023, 6, 1), date(2024, 3, 15), date(2025, 9, 1))),
            ),
        )
        for number in range(1, 129)
    ]
    reviewers = [Reviewer(code, next(people), home, "", stage) for code, home, stage in SEATS]
    phrases, diary, panel = Phrases("baoshan"), Diary(rng), Panel(reviewers, KIN)
    clerk = Clerk(diary, phrases)
    events(clerk)
    codes = [home.code for home in homes]
    for home in codes:
        _everyday(clerk, home)
    diary.number("26{month:02d}{number:04d}")
    miss_deadline(diary, 8, (1, 3, 5, 8, 11))
    miss_deadline(diary, 2, (12,))
    review(diary, panel, phrases.why_not, STEPS, keep=_certain)
    claims = _claims(diary, phrases)
    objector = objections(diary, panel)
    shop = _shop(diary, codes, frozenset(objector.homes))
    village = SampleVillage("luting", "芦汀村", "罗泾镇", SCHEME)
    decisions = decisions_with_slips(diary, STEPS, claims.refused[:3])
    decisions.insert(700, _before_the_group(diary))
    papers = [
        paper(
            "households",
            ".xlsx",
            _register(homes),
            without=["resident_since", "consent"],
            title="芦汀村自愿参加积分管理家庭登记表",
        ),
        paper(
            "claims", ".xlsx", _numbered(claims.result()), without=["member", "score"], notes=NOTES
        ),
        paper("decisions", ".csv", decisions, encoding="gb18030"),
        paper("objections", ".csv", objector.rows, encoding="utf-8-sig"),
        paper("goods", ".csv", [ware.row() for ware in WARES]),
        paper("redemptions", ".xlsx", shop.rows),
    ]
    return Folder(toml(COMMENT, village, reviewers, KIN), papers)


def _register(homes: list[Home]) -> list[Row]:
    rows: list[Row] = [home.row() for home in homes]
    rows.insert(30, rows[8])
    rows.insert(50, {**rows[52], "household": "LT130", "enrolled_on": "2026年2月29日"})
    rows.insert(70, {**rows[71], "household": "LT131", "members": "三口人"})
    rows.insert(90, {})
    return rows


def _certain(entry: Entry) -> bool:
    """What the sample needs approved."""
    honour = entry.item.endswith(("-town", "-district", "-city"))
    return honour or entry.matter in CERTAIN or entry.item in (*SEVERE, "accident")


def _everyday(clerk: Clerk, home: str) -> None:
    """A household's year: what goes by the year, by the month, and services now and then."""
    rng = clerk.diary.rng
    first = JOINED.get(home, date(YEAR, 1, 1))
    for item, (share, start, end) in YEARLY.items():
        if rng.random() < share and first.month <= end:
            _some(clerk, home, item, rng.randrange(max(start, first.month), end + 1))
    if home not in LANDLORDS and first.month < 3 and rng.random() < 0.5:
        _some(clerk, home, "no-rental", rng.choice((1, 2)))
    for month in range(first.month, 13):
        for item in MONTHLY:
            if home in MODELS or rng.random() < 0.08:
                _some(clerk, home, item, month)
        if rng.random() < 0.012:
            _some(clerk, home, rng.choice(BREACHES), month)
    services = rng.choice((0, 0, 1, 2, 3)) if home not in MODELS else 13
    for number in range(services):
        # The models serve at every event with two of the house, more than the year's cap takes.
        month = number % 12 + 1 if home in MODELS else rng.randrange(first.month, 13)
        times = 2 if home in MODELS else rng.choice((None, None, 2))
        _some(clerk, home, "volunteering", month, times)


def _some(clerk: Clerk, home: str, item: str, month: int, times: int | None = None) -> None:
    day = some_day(clerk.diary.rng, month, JOINED.get(home, date(YEAR, 1, 1)))
    clerk.by_chance(home, item, day, quantity=times)


def _claims(diary: Diary, phrases: Phrases) -> Spoiler:
    usable = [
        number
        for number, entry in enumerate(diary.entries)
        if not entry.rejected and entry.late is None and entry.item in (*MONTHLY, *YEARLY)
    ]
    names = {code: theme.name for code, theme in phrases.themes.items()}
    claims = Spoiler(diary.rng, claim_rows(diary, names), "2699{number:04d}", usable)
    usual(
        claims,
        ("垃圾分类承若", "环境卫士", "无房屋出祖", "见义勇为"),
        ("LT999", "LT00l", "ＬＴ０４５"),
    )
    # A way that the scheme does not know, several at once of what counts once, and too early.
    claims.wrong(channel="居民一起评")
    claims.wrong(quantity=12)
    claims.add(household="LT123", occurred_on=date(2026, 3, 2))
    claims.add(household="LT126", occurred_on=date(2026, 10, 11))
    return claims


def _numbered(rows: list[Cells]) -> list[Row]:
    """Here the clerk types numbers as numbers."""
    return [{**row, "ref": int(str(row["ref"]))} if row else row for row in rows]


def _before_the_group(diary: Diary) -> Row:
    """Refused: the committee cannot decide on the next day what still waits at the group."""
    entry = next(
        entry
        for entry in diary.entries
        if entry.day.month == 5 and entry.day.day < 20 and all(not vote.at for vote in entry.votes)
    )
    hasty = replace(entry.votes[-1], at=at(entry.handed_in.date() + timedelta(days=1), 10))
    return vote_row(entry.ref, hasty, diary.rng)


def _shop(diary: Diary, homes: list[str], never: frozenset[str]) -> Shop:
    rng = diary.rng
    worth = {
        item.code: (item.points or 0) / 100
        for item in shipped(SCHEME).items
        if item.code in (*MONTHLY, *YEARLY, *BREACHES, *SEVERE)
    }
    purse = Purse(diary, worth, share=0.85, never=never)
    shop = Shop(rng, WARES, "LTDH{number:03d}")
    for month in range(3, 13):
        shop.market(purse, date(YEAR, month, 20), homes, 14)
    # More than the balance, and the one rice cooker twice.
    shop.write("LT128", at(date(YEAR, 6, 20), 11), points=2000)
    shop.write("LT019", at(date(YEAR, 11, 20), 17), goods="电饭煲", count=2)
    return shop
