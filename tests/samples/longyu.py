"""龙雨庄: 36 households in three areas, eighteen assessors who assess each other's areas."""

from datetime import date
from random import Random

from tests.samples.clerk import Clerk
from tests.samples.diary import YEAR, Diary, Panel, claim_rows, some_day
from tests.samples.mistakes import Spoiler, usual
from tests.samples.objecting import Objector
from tests.samples.paper import Folder, Row, paper
from tests.samples.people import Home, Reviewer, SampleVillage, names, phone, toml
from tests.samples.phrases import Phrases
from tests.samples.reviewing import Odds, Step, decisions_with_slips, miss_deadline, review

SCHEME = "longyuzhuang-example-village"
STEPS = (Step("", "积分评议小组", 5),)
AREAS = ("东片", "中片", "西片")
KIN = (("LY03", "LY15"), ("LY14", "LY27"), ("LY26", "LY02"))
JOINED = {"LY36": date(2026, 5, 12)}
COMMENT = """\
龙雨庄村演练样例：人名、户号、电话、事由和全部数据均为虚构，仅供演练；加减分项目为示例。
A sample for rehearsals: all names and data in this folder are invented.
It is written by tests/samples/generate.py: change that, not this."""
# The most of the year in help is 60, of which 10 a month in P2.
HELPER = "LY08"
# Item, household, days, and what else.
PLAN: tuple[tuple[str, str, tuple[tuple[int, int], ...], dict[str, object]], ...] = (
    ("P2", HELPER, ((1, 5), (1, 15), (1, 25), (4, 7), (4, 17), (8, 3), (8, 13), (11, 6)), {}),
    (
        "P3",
        HELPER,
        ((2, 5), (3, 5), (5, 9), (6, 14), (7, 18), (8, 25), (9, 12), (10, 10), (12, 5)),
        {},
    ),
    ("P1", "LY19", ((1, 20), (3, 20), (5, 20), (7, 20), (10, 20)), {}),
    ("P7", "LY30", ((2, 11), (4, 2), (6, 3), (9, 9), (11, 18)), {}),
    ("P5", "LY05", ((1, 24),), {"matter": "儿子婚礼"}),
    ("P5", "LY21", ((4, 4),), {"matter": "老人丧事"}),
    ("P5", "LY33", ((5, 2),), {"matter": "女儿出嫁"}),
    ("N4", "LY33", ((7, 16),), {"matter": "女儿出嫁"}),
    ("P6-1", "LY08", ((3, 8),), {"matter": "文明家庭"}),
    ("P6-2", "LY08", ((10, 30),), {"matter": "文明家庭"}),
    ("P6-2", "LY19", ((6, 1),), {}),
    ("P6-1", "LY19", ((9, 1),), {}),
    ("P6-1", "LY30", ((5, 15),), {"matter": "文明家庭"}),
    ("N1", "LY11", ((3, 14), (9, 26)), {}),
    ("N2", "LY23", ((6, 22),), {}),
    ("N3", "LY11", ((5, 6),), {"quantity": 2}),
    ("N5", "LY34", ((8, 19),), {}),
    # A second time in the quarter, which brings nothing more.
    ("P4", "LY30", ((2, 20), (3, 20)), {}),
)


def build() -> Folder:
    """The whole folder."""
    rng = Random("龙雨庄村 2026")
    people = names(rng)
    codes = [f"LY{number:02d}" for number in range(1, 37)]
    areas = {code: AREAS[number // 12] for number, code in enumerate(codes)}
    homes = [
        Home(
            code,
            next(people),
            areas[code],
            phone(6000 + number),
            True,
            None,
            rng.choice((1, 2, 3, 4, 5)),
            JOINED.get(code),
        )
        for number, code in enumerate(codes)
    ]
    # Each area's assessors live in it, but for the last, who is of the village committee.
    reviewers = [
        Reviewer(
            f"{'ABC'[at_]}{seat}",
            next(people),
            codes[at_ * 12 + seat * 2 - 1 + (seat < 3)] if seat < 6 else "",
            area,
        )
        for at_, area in enumerate(AREAS)
        for seat in range(1, 7)
    ]
    diary, panel = Diary(rng, every=3), Panel(reviewers, KIN, areas)
    clerk = Clerk(diary, Phrases("longyu"))
    for item, home, days, details in PLAN:
        for month, day in days:
            clerk.enter(home, item, date(YEAR, month, day), **details)
    for home in codes:
        _everyday(clerk, home)
    diary.number("LYZ-{number:03d}")
    miss_deadline(diary, 3, (2, 5, 8))
    # The year is settled when the last notice has been open for three days.
    miss_deadline(diary, 1, (12,), after=(1, 2))
    planned = {home for _, home, *_ in PLAN}
    review(
        diary,
        panel,
        clerk.phrases.why_not,
        STEPS,
        Odds(0.07, 0.0, 0.06),
        keep=lambda entry: entry.home in planned,
    )
    claims = _claims(clerk)
    village = SampleVillage("longyu", "龙雨庄村", "示例镇", SCHEME)
    decisions = decisions_with_slips(diary, STEPS, claims.refused[:1])
    papers = [
        paper("households", ".xlsx", [home.row() for home in homes], title="片区农户花名册"),
        paper("claims", ".csv", claims.result(), encoding="gb18030", without=["member", "score"]),
        paper("decisions", ".xlsx", decisions, title="小组交叉考察评议表"),
        paper("objections", ".csv", _objections(diary, panel), encoding="utf-8-sig"),
    ]
    return Folder(toml(COMMENT, village, reviewers, KIN), papers)


def _everyday(clerk: Clerk, home: str) -> None:
    """The quarter's inspection of the yards, and what comes besides."""
    rng = clerk.diary.rng
    first = JOINED.get(home, date(YEAR, 1, 1))
    for month in (3, 6, 9, 12):
        if month > first.month and rng.random() < 0.5:
            clerk.by_chance(home, "P4", date(YEAR, month, rng.randrange(18, 28)))
    for _ in range(rng.choice((0, 1, 2, 3))):
        day = some_day(rng, rng.randrange(first.month, 13), first)
        clerk.by_chance(home, clerk.phrases.draw(rng, day.month), day)


def _claims(clerk: Clerk) -> Spoiler:
    planned = {home for _, home, *_ in PLAN}
    usable = [
        number
        for number, entry in enumerate(clerk.diary.entries)
        if not entry.rejected and entry.late is None and entry.home not in planned
    ]
    names = {code: theme.name for code, theme in clerk.phrases.themes.items()}
    rows = claim_rows(clerk.diary, names, 0.5)
    claims = Spoiler(clerk.diary.rng, rows, "LYZ-退{number:02d}", usable)
    usual(claims, ("P8", "季度清洁屋"), ("LY99", "LYO5"))
    # The five lines of the base are everyone's: nobody claims them.
    claims.wrong(item="环境整治")
    claims.add(household="LY36", occurred_on=date(2026, 5, 11))
    return claims


def _objections(diary: Diary, panel: Panel) -> list[Row]:
    objector = Objector(diary, panel, "LYYY{number:02d}")
    objector.file(objector.find(3, item="P4"), "院后一直堆着杂物", True, by="LY02", after=3)
    objector.file(objector.find(6, rejected=True), "整改已完成，请复查", True, after=4)
    objector.file(objector.find(9, item="P4"), "照片不是他家", False, by="LY29", after=3)
    objector.file(
        objector.find(12, item="P4"), "查看当天有人帮忙打扫", False, by="LY13", after=3, took=1
    )
    return objector.rows
