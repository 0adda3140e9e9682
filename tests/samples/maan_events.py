"""What the sample of 马鞍 must have happened: the top, the honours, the negative list."""

from datetime import date

from tests.samples.clerk import Clerk
from tests.samples.diary import Diary, Entry, Panel, some_day
from tests.samples.objecting import Objector

# Two pairs that end with the same score: ranks 1, 1, 3, 3, all of them 前三名. Points per line.
TOP = {
    "H023": {
        "17-2": 1,
        "17-3": 1,
        "17-4": 1,
        "17-5": 1,
        "13": 1,
        "21": 2,
        "10": 2,
        "12": 3,
        "24": 8,
        "25-1": 4,
        "8": 10,
        "20": 2,
    },
    "H064": {
        "17-1": 1,
        "17-2": 1,
        "17-5": 1,
        "13": 1,
        "21": 2,
        "10": 2,
        "12": 3,
        "24": 8,
        "25-4": 4,
        "8": 10,
        "18": 2,
    },
    "H009": {"21": 2, "12": 4, "24": 10, "8": 9, "17-4": 1, "17-5": 1, "25-1": 5, "20": 3},
    "H087": {"21": 2, "12": 4, "24": 10, "8": 9, "17-4": 1, "17-5": 1, "25-2": 5, "18": 3},
}
NEGATIVE_HOMES = ("H045", "H077", "H103", "H118")
# The seven lines of the negative list: household, line, day, where, what, evidence, rejected.
NEGATIVES = (
    (
        "H103",
        "N4",
        date(2026, 3, 12),
        "居民四组",
        "老人反映长期未尽赡养义务，经调解未改",
        "人民调解委员会记录",
        "",
    ),
    ("H045", "N5", date(2026, 5, 16), "社区宴席点外", "违规操办酒席，超出规定桌数", "街道通报", ""),
    ("H103", "N3", date(2026, 6, 25), "社区居委会", "列入诚信不良记录", "街道信用名单", ""),
    ("H077", "N2", date(2026, 8, 9), "集镇茶馆", "参与聚众赌博被处罚", "处罚决定书（编号略）", ""),
    ("H103", "N6", date(2026, 9, 8), "河岸", "向河沟倾倒建筑垃圾", "执法办整改通知", ""),
    ("H077", "N7", date(2026, 10, 21), "文化广场", "损坏健身器材，拒不认错", "网格员现场记录", ""),
    ("H118", "N1", date(2026, 11, 18), "街道办事处", "违规信访，经核实", "街道平安办情况说明", ""),
    (
        "H088",
        "N7",
        date(2026, 7, 22),
        "居民三组",
        "群众反映乱倒垃圾",
        "匿名来信",
        "查无实据，不予认定",
    ),
)
# Honours of the higher levels, and a rescue that the police could not confirm in time.
HONOURS: tuple[tuple[str, str, date, dict[str, str]], ...] = (
    ("H037", "17-2", date(2026, 9, 25), {"reason": "获评市级文明家庭"}),
    ("H037", "17-3", date(2026, 5, 15), {"reason": "获评区级文明家庭"}),
    ("H052", "17-2", date(2026, 11, 6), {"evidence": "市文明办通报"}),
    ("H071", "13", date(2026, 7, 19), {}),
    ("H099", "13", date(2026, 8, 2), {"rejected": "派出所未能核实，暂不认定"}),
)


def happened(clerk: Clerk) -> None:
    """Enter all of it."""
    rng = clerk.diary.rng
    for home, items in TOP.items():
        for item, count in items.items():
            for number in range(count):
                month = (number * 12 // count + rng.randrange(12 // count)) % 12 + 1
                clerk.diary.hand_in(clerk.enter(home, item, some_day(rng, month)))
    for home, item, day, place, reason, evidence, rejected in NEGATIVES:
        clerk.diary.add(
            Entry(home, item, day, place, reason, "record", evidence, rejected=rejected)
        )
    for home, item, day, details in HONOURS:
        clerk.enter(home, item, day, **details)


def objections(diary: Diary, panel: Panel) -> Objector:
    """Objections of both kinds, upheld and dismissed, the last in the window of January."""
    objector = Objector(diary, panel, "YY26-{number:02d}")
    objector.file(objector.find(3, item="16"), "该户上月还和邻居吵架，不应认定", True, by="H052")
    objector.file(objector.find(4, rejected=True), "本人到场并签到，签到表漏页", True)
    objector.slip(about="MA26-9999")
    objector.file(objector.find(5, rejected=True), "认为已达到标准，请求复核", False, took=6)
    objector.file(objector.find(6, item="12"), "收了工钱，不算助人为乐", False, by="H019", took=22)
    objector.file(
        objector.find(6, item="N3", home="H103"),
        "名单有误，已由信用办更正",
        True,
        after=6,
        note="信用办书面更正，撤销该记录",
    )
    objector.too_early(objector.find(8, item="24"), "请尽快认定")
    objector.file(objector.find(8, rejected=True), "公示已结束，请重新认定", True, after=4, took=6)
    objector.file(objector.find(9), "照片是往年的", False, by="H105", after=9)
    objector.slip(household="H999", about=objector.rows[0]["about"])
    objector.file(
        objector.find(11, item="25-1"), "只观看，没有参加活动", True, by="H110", after=35, took=3
    )
    objector.file(objector.find(12, rejected=True), "材料已补齐", True, after=3, took=4)
    return objector
