"""What the sample of 宝山 must have happened: rentals, honours, weddings, an accident."""

from dataclasses import replace
from datetime import date

from tests.samples.clerk import Clerk
from tests.samples.diary import YEAR, Diary, Panel, at
from tests.samples.objecting import Objector

# Let rooms the whole year (240 in all), a part of it, or had an accident (LT044).
FULL_YEAR = ("LT006", "LT015", "LT027", "LT040", "LT044", "LT063", "LT072", "LT095", "LT118")
PART = {
    "LT008": (1, 5),
    "LT023": (3, 9),
    "LT031": (6, 12),
    "LT049": (2, 4),
    "LT060": (7, 12),
    "LT083": (1, 6),
    "LT104": (9, 12),
    "LT115": (4, 8),
}
# Claimed in January to let nothing, and let a room from May: the one excludes the other.
BOTH = "LT066"
LANDLORDS = (*FULL_YEAR, *PART, BOTH)
# Honours of one matter: a later, higher one takes the earlier one's place; a tie stays.
HONOURS = (
    (
        "LT010",
        "最美家庭2026",
        (("family-town", 3, 8), ("family-district", 7, 20), ("family-city", 11, 12)),
    ),
    ("LT025", "好人推荐", (("moral-town", 2, 25), ("moral-district", 9, 15))),
    ("LT038", "好人推荐", (("moral-city", 5, 6), ("moral-town", 10, 9))),
    ("LT052", "优秀志愿者", (("volunteer-town", 4, 2), ("volunteer-town", 6, 18))),
    ("LT052", "最美志愿者", (("volunteer-district", 12, 5),)),
    ("LT070", "", (("volunteer-district", 3, 5), ("volunteer-city", 12, 5))),
    (
        "LT085",
        "优美庭院",
        (("courtyard-town", 5, 28), ("courtyard-district", 8, 14), ("courtyard-city", 12, 10)),
    ),
    ("LT099", "优美庭院", (("courtyard-district", 6, 11),)),
    ("LT107", "最美家庭2026", (("family-district", 7, 20),)),
    ("LT113", "", (("courtyard-town", 5, 28),)),
    ("LT002", "身边好人", (("moral-town", 6, 30),)),
)
# Weddings and funerals; those with a breach earn nothing and lose 20.
WEDDINGS = (
    ("LT014", "儿子婚礼", date(2026, 1, 17), None),
    ("LT029", "老人丧事", date(2026, 3, 22), None),
    ("LT042", "女儿出嫁", date(2026, 5, 2), date(2026, 5, 3)),
    ("LT057", "孙女满月", date(2026, 6, 14), None),
    ("LT074", "儿子婚礼", date(2026, 10, 2), date(2026, 11, 10)),
    ("LT088", "老人丧事", date(2026, 11, 28), None),
    ("LT088", "孙子婚礼", date(2026, 12, 19), None),
)
DEDUCTIONS = (
    ("LT051", "illegal-building", date(2026, 4, 16)),
    ("LT097", "illegal-act", date(2026, 8, 27)),
    ("LT044", "accident", date(2026, 9, 3)),
    ("LT020", "meeting-absence", date(2026, 3, 28)),
    ("LT020", "meeting-absence", date(2026, 6, 27)),
    ("LT061", "sanitation-breach", date(2026, 7, 8)),
    ("LT061", "sorting-breach", date(2026, 7, 9)),
)
# Two services at one event bring 10, three bring no more; two rows of one event count together.
SERVICES = (
    ("LT017", "清洁家园日", date(2026, 3, 5), (3,)),
    ("LT046", "清洁家园日", date(2026, 3, 5), (1, 2)),
    ("LT079", "敬老活动", date(2026, 10, 18), (4,)),
)
# Twice in a month: the second earns nothing.
REPEATED = (
    ("LT030", "meeting-promise", date(2026, 2, 6), date(2026, 2, 24)),
    ("LT053", "sanitation", date(2026, 4, 9), date(2026, 4, 23)),
    ("LT092", "safety-promise", date(2026, 1, 15), date(2026, 9, 15)),
)
CERTAIN = {matter for _, matter, _ in HONOURS if matter} | {
    matter for _, matter, *_ in (*WEDDINGS, *SERVICES)
}


def events(clerk: Clerk) -> None:
    """Enter all of it."""
    rng = clerk.diary.rng
    spans = {**dict.fromkeys(FULL_YEAR, (1, 12)), **PART, BOTH: (5, 8)}
    for home, (start, end) in spans.items():
        for month in range(start, end + 1):
            for item, day in (("tenant-registration", 8), ("rental-rules", 17)):
                clerk.enter(home, item, date(YEAR, month, day + rng.randrange(8)))
    clerk.enter(BOTH, "no-rental", date(YEAR, 1, 12))
    for home, matter, honours in HONOURS:
        for item, month, day in honours:
            clerk.enter(home, item, date(YEAR, month, day), matter=matter)
    for home, matter, on, breach in WEDDINGS:
        clerk.enter(home, "wedding-funeral", on, matter=matter)
        if breach:
            clerk.enter(home, "wedding-funeral-breach", breach, matter=matter)
    for home, item, on in DEDUCTIONS:
        clerk.enter(home, item, on)
    for home, matter, on, counts in SERVICES:
        first = clerk.enter(home, "volunteering", on, matter=matter, quantity=counts[0])
        for count in counts[1:]:
            more = replace(
                first, quantity=count, reason="同一活动补报第二人", votes=[], submitted=at(on, 16)
            )
            clerk.diary.entries.append(more)
    for home, item, once, twice in REPEATED:
        clerk.enter(home, item, once)
        clerk.enter(home, item, twice)


def objections(diary: Diary, panel: Panel) -> Objector:
    """Objections of both kinds; the last two in January's window."""
    objector = Objector(diary, panel, "LTYY{number:02d}", ("", "committee"))
    objector.file(objector.find(2, item="sanitation"), "宅后堆物多日，不应得分", True, by="LT064")
    objector.file(objector.find(3, rejected=True), "材料已补，请复核", True, after=6)
    objector.file(objector.find(4, rejected=True), "认为处理过严", False, took=10)
    objector.file(
        objector.find(5, item="wedding-funeral-breach"), "桌数与备案一致", False, by="LT042"
    )
    objector.slip(about="26999999")
    objector.file(
        objector.find(7, item="sanitation-breach", home="LT061"), "堆物为施工队临时堆放", True
    )
    objector.file(objector.find(8, item="volunteering"), "当天未到场", True, by="LT078", after=12)
    objector.file(objector.find(9, item="local-job"), "单位在外镇", False, by="LT005")
    objector.too_early(objector.find(10, item="meeting-promise"), "本月还没有审核结果")
    objector.file(objector.find(11, rejected=True), "当日已请假并补交说明", True, after=34, took=4)
    objector.file(
        objector.find(12, item="sanitation"), "检查当天未整改", True, by="LT067", after=4, took=4
    )
    return objector
