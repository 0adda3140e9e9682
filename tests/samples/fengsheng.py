"""丰盛 (虚构的枫溪村): 22 households, twelve base sheets of eighteen lines, plus and minus."""

from collections.abc import Sequence
from datetime import date
from random import Random

from tests.samples.clerk import Clerk
from tests.samples.diary import YEAR, Diary, Panel, at, claim_rows, some_day
from tests.samples.inspecting import Rounds
from tests.samples.mistakes import Spoiler, usual
from tests.samples.objecting import Objector
from tests.samples.paper import Folder, Row, paper
from tests.samples.people import Home, Reviewer, SampleVillage, names, phone, toml
from tests.samples.phrases import Phrases
from tests.samples.reviewing import ONE_STAGE, decisions_with_slips, miss_deadline, review
from tests.samples.shop import Shop, Ware

SCHEME = "banan-fengsheng-example-village"
KIN = (("1004", "1005"), ("1010", "1018"))
COMMENT = """\
枫溪村演练样例：村名、人名、户号、电话、事由和全部数据均为虚构，仅供演练；加减分值为示例。
A sample for rehearsals: the village, all names and data in this folder are invented.
It is written by tests/samples/generate.py: change that, not this."""
WARES = (
    Ware("垃圾桶", 50, 40, "集体"),
    Ware("肥料10斤", 120, 30, "采购"),
    Ware("毛毯", 400, 6, "捐赠"),
)
SINCE = {"1021": date(2026, 2, 1), "1022": date(2026, 7, 6)}


def build() -> Folder:
    """The whole folder; here household numbers are numbers to the spreadsheet."""
    rng = Random("枫溪村 2026")
    people = names(rng)
    codes = [str(number) for number in range(1001, 1023)]
    homes = [
        Home(
            code,
            next(people),
            f"第{'一二三'[at_ * 3 // 22]}村民小组",
            phone(5000 + at_),
            True,
            None,
            rng.choice((None, 2, 3, 4)),
            SINCE.get(code),
        )
        for at_, code in enumerate(codes)
    ]
    seats = ("1004", "1010", "1015", "", "")
    reviewers = [Reviewer(f"p{number}", next(people), home) for number, home in enumerate(seats, 1)]
    panel = Panel(reviewers, KIN)
    rounds = Rounds(rng, SCHEME, codes, panel, (1, 4, 8), SINCE)
    rounds.inspect()
    rounds.set(2, "1003", i2_1=6.5)
    rounds.set(3, "1009", i4_1="良")
    rounds.set(6, "1012", i5_1=-1)
    rounds.set(9, "1001", i1_4=None)
    rounds.more(5, "1006", household="1060")
    rounds.more(7, "1008")
    diary = Diary(rng)
    clerk = Clerk(diary, Phrases("fengsheng"))
    _happened(clerk, codes)
    diary.number("FX{number:03d}")
    miss_deadline(diary, 3, (3, 6, 10))
    review(diary, panel, clerk.phrases.why_not)
    claims = _claims(clerk)
    objector = Objector(diary, panel, "FXYY{number}")
    objector.file(objector.find(4), "汇总表把别人的事记在他家", True, by="1013")
    objector.file(objector.find(9, item="P2"), "没有参加", False, by="1002")
    village = SampleVillage("fengxi", "枫溪村", "丰盛镇", SCHEME)
    papers = [
        paper("households", ".xlsx", _numbers([home.row() for home in homes])),
        *rounds.papers("枫溪村每月基础分评定表"),
        paper("claims", ".xlsx", _numbers(claims.result()), without=["member", "score"]),
        paper("decisions", ".xlsx", decisions_with_slips(diary, ONE_STAGE, claims.refused[:2])),
        paper("objections", ".csv", objector.rows),
        paper("goods", ".csv", [ware.row() for ware in WARES], encoding="gb18030"),
        paper("redemptions", ".csv", _shop(rng, codes).rows),
    ]
    return Folder(toml(COMMENT, village, reviewers, KIN), papers)


def _happened(clerk: Clerk, homes: list[str]) -> None:
    rng = clerk.diary.rng
    for home in homes:
        first = SINCE.get(home, date(YEAR, 1, 1))
        for _ in range(rng.randrange(2, 12)):
            day = some_day(rng, rng.randrange(first.month, 13), first)
            clerk.by_chance(home, clerk.phrases.draw(rng, day.month), day)
    clerk.enter("1007", "P2", date(YEAR, 3, 12), quantity=3, reason="植树节义务植树，三人参加")
    clerk.enter("1014", "N2", date(YEAR, 5, 3))
    clerk.enter("1017", "N1", date(YEAR, 6, 18), quantity=2)
    # Absent twice in a month: the second costs nothing more.
    clerk.enter("1019", "N3", date(YEAR, 8, 7))
    clerk.enter("1019", "N3", date(YEAR, 8, 28))


def _claims(clerk: Clerk) -> Spoiler:
    entries = clerk.diary.entries
    usable = [
        number
        for number, entry in enumerate(entries)
        if not entry.rejected and entry.late is None and entry.item in ("P1", "P2")
    ]
    names = {code: theme.name for code, theme in clerk.phrases.themes.items()}
    rows = claim_rows(clerk.diary, names, 0.4)
    claims = Spoiler(clerk.diary.rng, rows, "FX-{number:02d}", usable)
    usual(claims, ("P3", "做好人好事"), ("1099", "10O4"))
    claims.add(household="1022", occurred_on=date(2026, 7, 5))
    return claims


def _numbers(rows: Sequence[Row]) -> list[Row]:
    """Household numbers as a spreadsheet keeps what looks like a number."""
    return [
        {**row, "household": int(str(row["household"]))}
        if str(row.get("household", "")).isdigit()
        else row
        for row in rows
    ]


def _shop(rng: Random, homes: list[str]) -> Shop:
    shop = Shop(rng, WARES, "FXDH{number:02d}")
    for month in (4, 6, 8, 10, 12):
        for home in sorted(rng.sample(homes[:20], 5)):
            when = at(date(YEAR, month, 15), rng.randrange(9, 17), 20)
            if rng.random() < 0.3:
                shop.write(home, when, points=20)
            else:
                shop.hand_out(home, rng.choice(("垃圾桶", "肥料10斤")), 1, when)
    shop.write("1022", at(date(YEAR, 8, 15), 16), goods="毛毯", count=1)
    shop.write("1001", at(date(YEAR, 8, 15), 16, 30), goods="毛毯", count=9)
    return shop
