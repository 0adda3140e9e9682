"""中坪: 24 households, twelve monthly inspection sheets of fourteen lines."""

from datetime import date
from random import Random

from tests.samples.diary import YEAR, Diary, Entry, Panel, at, claim_rows
from tests.samples.inspecting import Rounds
from tests.samples.paper import Folder, Row, paper
from tests.samples.people import Home, Reviewer, SampleVillage, names, phone, toml
from tests.samples.reviewing import ONE_STAGE, Odds, decisions_with_slips, review
from tests.samples.shop import Shop, Ware

SCHEME = "zhongping"
KIN = (("ZP02", "ZP03"), ("ZP09", "ZP15"))
COMMENT = """\
中坪村演练样例：人名、户号、电话和全部数据均为虚构，仅供演练。
A sample for rehearsals: all names and data in this folder are invented.
It is written by tests/samples/generate.py: change that, not this."""
WARES = (
    Ware("卫生纸", 30, None, "采购"),
    Ware("洗衣粉", 60, 80, "捐赠"),
    Ware("拖把", 80, 30, "集体"),
    Ware("学习用品包", 100, 40, "捐赠"),
    Ware("大米20斤", 300, 20, "采购"),
    Ware("电风扇", 600, 1, "捐赠"),
)
SINCE = {"ZP23": date(2026, 3, 2), "ZP24": date(2026, 8, 17)}
# Nobody was at home on the day: these were inspected later, and entered one by one.
AWAY = ((4, "ZP11"), (9, "ZP18"))
UNITS = {"ZP21": "村口便民商店", "ZP22": "中坪山歌社"}


def build() -> Folder:
    """The whole folder."""
    rng = Random("中坪村 2026")
    people = names(rng)
    codes = [f"ZP{number:02d}" for number in range(1, 25)]
    homes = [
        Home(
            code,
            UNITS.get(code) or next(people),
            f"{'一二三'[number // 8]}组",
            phone(4000 + number),
            True,
            None,
            rng.choice((1, 2, 3, 4)),
            SINCE.get(code),
        )
        for number, code in enumerate(codes)
    ]
    seats = ("ZP02", "ZP09", "ZP16", "")
    reviewers = [Reviewer(f"g{number}", next(people), home) for number, home in enumerate(seats, 1)]
    panel = Panel(reviewers, KIN)
    rounds = Rounds(rng, SCHEME, codes, panel, (3, 6, 9, 12), SINCE, AWAY)
    rounds.inspect()
    _slips(rounds)
    diary = _later(rng, rounds, panel)
    village = SampleVillage("zhongping", "中坪村", "示例镇", SCHEME)
    papers = [
        paper("households", ".csv", [home.row() for home in homes], encoding="gb18030"),
        *rounds.papers("中坪村入户检查评比表", csv=(7,)),
        paper("claims", ".csv", _claims(diary)),
        paper("decisions", ".csv", decisions_with_slips(diary, ONE_STAGE)),
        paper("objections", ".csv", _objections()),
        paper("goods", ".xlsx", [ware.row() for ware in WARES]),
        paper("redemptions", ".xlsx", _shop(rng, rounds).rows),
    ]
    return Folder(toml(COMMENT, village, reviewers, KIN), papers)


def _slips(rounds: Rounds) -> None:
    """More than the most, words, below zero, nothing; households twice, unknown, too early."""
    rounds.set(1, "ZP05", i1_1=16)
    rounds.set(2, "ZP07", i1_2="干净")
    rounds.set(2, "ZP12", i1_3=-2)
    rounds.set(3, "ZP04", i2_1=None, i2_2=None)
    rounds.set(5, "ZP13", i1_5="5分")
    rounds.set(8, "ZP20", i3_1="／")
    rounds.set(10, "ZP06", i4_1=5.555)
    rounds.more(4, "ZP08")
    rounds.more(6, "ZP14", i1_1=0)
    rounds.more(7, "ZP01", household="ZP77")
    rounds.more(2, "ZP01", household="ZP23")
    rounds.set(12, "ZP17", reviewer="g9")
    # Who inspected is at home there, which is refused: the line comes again, signed by another.
    rounds.set(9, "ZP16", reviewer="g3")
    rounds.more(9, "ZP16", reviewer="g1")
    rounds.sheets["2026-05"].insert(6, {})


def _later(rng: Random, rounds: Rounds, panel: Panel) -> Diary:
    """Inspections made up for some days later, as claims of their own."""
    diary = Diary(rng)
    for month, home in AWAY:
        for code, most in rounds.most().items():
            diary.add(
                Entry(
                    home,
                    code,
                    date(YEAR, month, 27),
                    "入户",
                    "当日不在家，补查",
                    "inspection",
                    "补查记录",
                    score=rounds.grade(most, 0.8),
                )
            )
    diary.number("BC-{number:02d}")
    review(diary, panel, lambda item, rng: "补查时仍不在家", odds=Odds(rejected=0.08))
    return diary


def _claims(diary: Diary) -> list[Row]:
    rows: list[Row] = list(claim_rows(diary, {}))
    rows.insert(9, rows[8])
    rows.append({**rows[-1], "ref": "BC-90", "channel": "居民自荐"})
    rows.append({**rows[-1], "ref": "BC-91", "channel": "小组现场看", "item": "1.6"})
    rows.append({**rows[-1], "ref": "BC-92", "item": "1.1", "score": 15.5})
    return rows


def _objections() -> list[Row]:
    """A line of a sheet has the number `month/household/item`: two neighbours doubt one each."""
    doubts = (
        (
            "2026-04/ZP06/1.2",
            "ZP13",
            "那天客厅根本没打扫",
            date(2026, 5, 8),
            "不成立",
            "g1",
            date(2026, 5, 14),
            "照片显示客厅整洁，维持原评分",
        ),
        (
            "2026-10/ZP14/1.1",
            "ZP07",
            "院坝堆着废弃物，不该得分",
            date(2026, 11, 9),
            "成立",
            "g4",
            date(2026, 11, 13),
            "复查属实，取消该项得分",
        ),
    )
    return [
        {
            "ref": f"ZPYY{number}",
            "household": by,
            "about": about,
            "text": text,
            "filed_at": at(filed, 10),
            "outcome": outcome,
            "decided_by": reviewer,
            "decided_at": at(decided, 15),
            "note": note,
        }
        for number, (about, by, text, filed, outcome, reviewer, decided, note) in enumerate(
            doubts, 1
        )
    ]


def _shop(rng: Random, rounds: Rounds) -> Shop:
    """Points come by the hundred here: everyone can soon buy something."""
    homes = [home for home in rounds.homes if home not in SINCE]
    best = max(homes, key=rounds.total)
    homes.remove(best)
    shop = Shop(rng, WARES, "AX{number:02d}")
    cheap = ("卫生纸", "洗衣粉", "拖把", "学习用品包")
    for month in (3, 5, 7, 9, 11):
        for home in sorted(rng.sample(homes, 6)):
            when = at(date(YEAR, month, 21), rng.randrange(9, 17), 30)
            shop.hand_out(home, rng.choice(cheap if month > 3 else cheap[:2]), 1, when)
    shop.hand_out(best, "电风扇", 1, at(date(2026, 12, 21), 9))
    shop.write("ZP16", at(date(2026, 12, 21), 10), goods="电风扇", count=1)
    shop.write("ZP24", at(date(2026, 12, 21), 11), goods="大米20斤", count=10)
    return shop
