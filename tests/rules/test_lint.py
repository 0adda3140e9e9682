"""One refusal a case: a small, clean ruleset with one fault, and what lint says of it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import yaml

from domain.rules.lint import CHECKS, check
from domain.rules.load import ruleset_ids, shipped
from domain.rules.overlay import Overlay, merge
from domain.rules.schema import Ruleset, Value

WHERE = "rulesets/test/ruleset.yaml"

# Every part that a rule can hang on, once or twice, and nothing to object to.
MINIMAL = yaml.safe_load("""
id: test
title: 测试村积分细则
document: 测发〔2026〕1号
issuer: 测试镇
source_file: null
effective_from: 2026-01-01
participants:
  source: c1
  opt_in: false
  start_dates:
    - {villages: [甲村], starts_on: 2026-01-01}
    - {villages: [乙村], starts_on: 2026-07-01}
channels: [self, inspection]
categories: [环境, 风尚]
items:
  - {code: B1, name: 基础分, category: 环境, kind: base, points: 6, per: year, source: c1}
  - {code: G1, name: 庭院, category: 环境, kind: graded, points: 10, per: month, source: c1}
  - code: A1
    name: 议事
    category: 风尚
    kind: award
    points: 5
    per: month
    caps:
      - {id: a1-year, max: 60, per: year, source: c1}
    source: c1
  - {code: A2, name: 志愿, category: 风尚, kind: award, points: 5, source: c1}
  - code: A3
    name: 镇级荣誉
    category: 风尚
    kind: award
    points: 50
    highest_of: honours
    source: c1
  - code: A4
    name: 区级荣誉
    category: 风尚
    kind: award
    points: 100
    highest_of: honours
    source: c1
  - {code: N1, name: 乱倒垃圾, category: 环境, kind: deduction, points: -5, source: c1}
  - {code: Z1, name: 违法, category: 风尚, kind: zeroing, points: null, zeroes: [base], source: c1}
  - {code: V1, name: 事故, category: 环境, kind: voiding, points: null, voids: [A2], source: c1}
  - {code: R1, name: 黑榜, category: 榜单, kind: record, points: null, lists: black, source: c1}
shared_caps:
  - {id: service-month, max: 20, per: month, items: [A2, G1], source: c1}
groups:
  - {id: honours, name: 荣誉, source: c1}
exclusions:
  - {id: litter, items: [A2], by: [N1], within: year, source: c1}
review:
  source: c1
  stages:
    - {id: village, name: 村评议会, quorum: 1, source: c1}
    - {id: town, name: 镇审定组, quorum: 1, role: town, source: c1}
  due: {day: 5}
audit: {every: month, source: c1}
publicity: {every: quarter, open_days: 7, source: c1}
objections: {days: 15, second_level: town, source: c1}
redemption: {every: half_year, coverage_percent: 30, source: c1}
value: {points: 10, fen: 120, source: c1}
standing:
  by: score
  span: year
  source: c1
  honours:
    - {id: top, name: 前三名, rank_max: 3, doubles: true, source: c1}
    - {id: five, name: 五星户, percent_max: 10, series: stars, source: c1}
    - {id: four, name: 四星户, percent_max: 20, series: stars, source: c1}
  support: {percent: 5, households_min: 1, source: c1}
closing: {kind: clear, clears_on: 01-31, source: c1}
reports:
  - {id: june, name: 半年情况, due: 06-20, source: c1}
changes: {at: any_date, source: null, reason: the source is silent}
rulings:
  - {number: 2, text: A cap clips.}
clauses:
  - {id: c1, text: 制定本细则。, executed_by: ["item:A1", "cap:a1-year", review]}
  - {id: c2, text: 加强领导。, people: organisational duty}
""")

Change = tuple[str, Any]


def _changed(*changes: Change) -> Ruleset:
    """The minimal ruleset with values set at paths like `items/A1/points`."""
    data = deepcopy(MINIMAL)
    for path, value in changes:
        *parents, last = path.split("/")
        place: Any = data
        for part in parents:
            place = place[part] if isinstance(place, dict) else _element(place, part)
        if last == "+":
            place.append(value)
        else:
            place[last] = value
    return Ruleset.model_validate(data)


def _element(elements: list[Any], name: str) -> Any:
    """The element of a list by code or id, else by position."""
    for element in elements:
        if name in (element.get("code"), element.get("id")):
            return element
    return elements[int(name)]


def _item(code: str, **fields: Any) -> Change:
    item = {"code": code, "name": f"项目{code}", "category": "风尚", "kind": "award"}
    return "items/+", {**item, "points": 1, "source": "c1", **fields}


def _cap(cap_id: str, maximum: float, per: str, *codes: str) -> Change:
    cap = {"id": cap_id, "max": maximum, "per": per, "items": list(codes), "source": "c1"}
    return "shared_caps/+", cap


def _honour(honour_id: str, name: str, **fields: Any) -> Change:
    return "standing/honours/+", {"id": honour_id, "name": name, "source": "c1", **fields}


# What is changed; then fragments of the one finding that must say so: the part, and the advice.
REFUSED: dict[str, tuple[list[Change], tuple[str, ...]]] = {
    # Names and references
    "a document without an issuer": ([("issuer", " ")], ("issuer: it is empty", "write")),
    "a code twice": ([_item("A1")], ("item A1:", "several items", "its own code")),
    "a code with a space": ([_item("A 9")], ("item A 9 (", "spaces", "write it without")),
    "an empty code": ([_item("")], ("item  (", "empty", "write it without")),
    "a code that is a column": ([_item("户号")], ("item 户号 (", "column", "choose another")),
    "an item without a name": ([("items/A2/name", " ")], ("item A2 (", "name is empty", "write")),
    "a name that is another's code": (
        [("items/A2/name", "A1")],
        ("item A2 (A1):", "another item's code", "change the name"),
    ),
    "a cap id twice": ([_cap("a1-year", 9, "day", "A4")], ("cap a1-year:", "its own id")),
    "a group id twice": (
        [("groups/+", MINIMAL["groups"][0])],
        ("group honours:", "several", "its own id"),
    ),
    "an exclusion id twice": (
        [("exclusions/+", MINIMAL["exclusions"][0])],
        ("exclusion litter:", "several", "its own id"),
    ),
    "a stage id twice": (
        [("review/stages/+", MINIMAL["review"]["stages"][0])],
        ("stage village:", "several", "its own id"),
    ),
    "an honour id twice": ([_honour("top", "前十名", rank_max=10)], ("honour top:", "its own id")),
    "a report id twice": (
        [("reports/+", MINIMAL["reports"][0])],
        ("report june:", "several", "its own id"),
    ),
    "a clause id twice": (
        [("clauses/+", MINIMAL["clauses"][1])],
        ("clause c2:", "several", "its own id"),
    ),
    "a fund without a value of points": (
        [
            ("value", None),
            (
                "funds",
                [
                    {
                        "name": "启动经费",
                        "villages": ["甲村"],
                        "fen": 300_000,
                        "source": None,
                        "reason": "made up for a test",
                    }
                ],
            ),
        ],
        ("funds:", "a value of points", "write `value`"),
    ),
    "an empty id": ([("reports/june/id", "")], ("report “”:", "empty", "an id")),
    "an item's source that is no clause": (
        [("items/A2/source", "附件.9")],
        ("item A2 (志愿):", "“附件.9”", "quote that clause"),
    ),
    "an item's cap's source that is no clause": (
        [("items/A1/caps/a1-year/source", "附件.9")],
        ("cap a1-year:", "“附件.9”", "quote that clause"),
    ),
    **{
        f"the source of {path} that is no clause": (
            [(f"{path}/source", "附件.9")],
            (f"{label}: source “附件.9”", "quote that clause"),
        )
        for path, label in {
            "participants": "participants",
            "review": "review",
            "review/stages/town": "stage town",
            "audit": "audit",
            "publicity": "publicity",
            "objections": "objections",
            "redemption": "redemption",
            "value": "value",
            "standing": "standing",
            "standing/honours/top": "honour top",
            "standing/support": "support",
            "closing": "closing",
            "changes": "changes",
            "reports/june": "report june",
            "shared_caps/service-month": "cap service-month",
            "groups/honours": "group honours",
            "exclusions/litter": "exclusion litter",
        }.items()
    },
    "a clause executed by nothing": (
        [("clauses/c1/executed_by", ["item:A1", "item:A99"])],
        ("clause c1:", "“item:A99”", "correct the name"),
    ),
    "a clause executed by an unknown feature": (
        [("clauses/c1/executed_by", ["magic"])],
        ("clause c1:", "“magic”", "`people`"),
    ),
    "a clause without words": ([("clauses/c2/text", " ")], ("clause c2:", "empty", "quote")),
    "an unknown ruling": ([("rulings/0/number", 36)], ("ruling 36:", "no such", "1 to 35")),
    "ruling 0": ([("rulings/0/number", 0)], ("ruling 0:", "no such", "1 to 35")),
    "a ruling twice": (
        [("rulings/+", {"number": 2, "text": "Again."})],
        ("ruling 2:", "repeated", "write it once"),
    ),
    "a ruling without words": ([("rulings/0/text", "")], ("ruling 2:", "empty", "one sentence")),
    "an item's channel that is not listed": (
        [("items/A2/channels", ["vote"])],
        ("item A2 (志愿):", "“vote”", "add it there"),
    ),
    "no channel": ([("channels", [])], ("channels:", "none is listed", "list at least one")),
    "a channel twice": ([("channels", ["self", "self"])], ("channels: “self”", "list it once")),
    "an unlisted category": (
        [("items/A2/category", "其他")],
        ("item A2 (志愿):", "“其他”", "or list it under `categories`"),
    ),
    **{
        f"a path to nowhere: {path}": (
            [("allows", [path])],
            (f"allows: `{path}`", "leads nowhere", "write for example"),
        )
        for path in (
            "everything",
            "items",
            "items.rename",
            "items.points.A99",
            "items.add.其他",
            "clauses",
            "review.stages.county.quorum",
            "review.due.days",
            "review.source",
            "cadence.review",
        )
    },
    "a path twice": (
        [("allows", ["items.add", "items.add"])],
        ("allows: `items.add`", "twice", "list it once"),
    ),
    # Items
    "an award of nothing": ([("items/A2/points", 0)], ("item A2", "0 points", "positive value")),
    "a negative award": ([("items/A2/points", -5)], ("item A2", "-5 points", "kind: deduction")),
    "a deduction that gives": ([("items/N1/points", 5)], ("item N1", "5 points", "negative value")),
    "a deduction of nothing": ([("items/N1/points", 0)], ("item N1", "0 points", "negative value")),
    "graded to nothing": ([("items/G1/points", 0)], ("item G1", "graded", "positive value")),
    "graded without a maximum": (
        [("items/G1/points", None)],
        ("item G1", "graded", "positive value"),
    ),
    "base of nothing": ([("items/B1/points", 0)], ("item B1", "base", "positive value")),
    "base without a value": ([("items/B1/points", None)], ("item B1", "base", "positive value")),
    "zeroing with points": ([("items/Z1/points", -5)], ("item Z1", "-5", "points: null")),
    "voiding with points": ([("items/V1/points", -5)], ("item V1", "-5", "points: null")),
    "base per month": ([("items/B1/per", "month")], ("item B1", "period", "per: year")),
    "base without a period": ([("items/B1/per", None)], ("item B1", "period", "per: year")),
    "a member's base": (
        [("participants/members", True), ("items/B1/of", "member")],
        ("item B1", "household's", "of: household"),
    ),
    "zeroing of nothing": ([("items/Z1/zeroes", [])], ("item Z1", "no class", "write `zeroes")),
    "voiding of nothing": ([("items/V1/voids", [])], ("item V1", "no item", "under `voids`")),
    "voiding of the unknown": (
        [("items/V1/voids", ["A99"])],
        ("item V1", "A99", "does not exist", "correct it"),
    ),
    "voiding of a deduction": (
        [("items/V1/voids", ["N1"])],
        ("item V1", "N1", "earns nothing", "name awards"),
    ),
    "voids on an award": ([("items/A2/voids", ["A1"])], ("item A2", "`voids`", "remove it")),
    "zeroes on an award": ([("items/A2/zeroes", ["base"])], ("item A2", "`zeroes`", "remove it")),
    "lists on an award": ([("items/A2/lists", "red")], ("item A2", "`lists`", "remove it")),
    "highest_of on a deduction": (
        [("items/N1/highest_of", "honours")],
        ("item N1", "`highest_of`", "remove it"),
    ),
    "a record of no list": ([("items/R1/lists", None)], ("item R1", "no list", "lists: red")),
    "a member's item without members": (
        [("items/A2/of", "member")],
        ("item A2", "no members' accounts", "of: household"),
    ),
    "an average without members": (
        [("standing/by", "average")],
        ("standing:", "no members' accounts", "by: score"),
    ),
    "highest of no group": (
        [("items/A2/highest_of", "nowhere")],
        ("item A2", "“nowhere”", "add it under `groups`"),
    ),
    "a group of one": (
        [("items/A4/highest_of", None)],
        ("group honours:", "1 item belongs", "at least two items"),
    ),
    "an exclusion of the unknown": (
        [("exclusions/litter/items", ["A99"])],
        ("exclusion litter:", "item A99", "correct the code"),
    ),
    "an exclusion by the unknown": (
        [("exclusions/litter/by", ["N99"])],
        ("exclusion litter:", "item N99", "correct the code"),
    ),
    "an exclusion by nothing": ([("exclusions/litter/by", [])], ("exclusion litter:", "list item")),
    "an item that excludes itself": (
        [("exclusions/litter/by", ["A2"])],
        ("exclusion litter:", "item A2 excludes itself", "remove it"),
    ),
    "an exclusion of a deduction": (
        [("exclusions/litter/items", ["N1"]), ("exclusions/litter/by", ["A2"])],
        ("exclusion litter:", "item N1", "list awards"),
    ),
    "items that exclude each other": (
        [
            ("exclusions/litter/by", ["A1"]),
            (
                "exclusions/+",
                {"id": "x", "items": ["A1"], "by": ["A2"], "within": "year", "source": "c1"},
            ),
        ],
        ("item A2 by item A1", "each other", "only one direction"),
    ),
    # Caps
    "an item's cap that lists items": (
        [("items/A1/caps/a1-year/items", ["A1"])],
        ("cap a1-year:", "lists `items` too", "shared_caps"),
    ),
    "a shared cap without items": ([_cap("none", 5, "year")], ("cap none:", "list item codes")),
    "a cap that lists an item twice": (
        [_cap("twice", 50, "year", "A3", "A3")],
        ("cap twice:", "item A3", "list it once"),
    ),
    "a cap on the unknown": (
        [_cap("ghost", 50, "year", "A99")],
        ("cap ghost:", "item A99", "correct the code"),
    ),
    "a cap on a deduction": (
        [_cap("minus", 50, "year", "A3", "N1")],
        ("cap minus:", "item N1", "remove it from the cap"),
    ),
    "a cap on base": (
        [_cap("base", 50, "year", "A3", "B1")],
        ("cap base:", "item B1", "remove it from the cap"),
    ),
    "a year's cap above twelve months' awards": (
        [("items/A1/caps/a1-year/max", 61)],
        ("cap a1-year:", "A1", "at most 60 per year", "the cap is 61", "remove it"),
    ),
    "a month's cap above one award": (
        [("items/A1/caps/a1-year/per", "month"), ("items/A1/caps/a1-year/max", 6)],
        ("cap a1-year:", "at most 5 per month", "remove it"),
    ),
    "a day's cap above one award": (
        [("items/A1/caps/a1-year/per", "day"), ("items/A1/caps/a1-year/max", 6)],
        ("cap a1-year:", "at most 5 per day", "remove it"),
    ),
    "a cap above a yearly item": (
        [_item("A5", points=20, per="year"), _cap("five", 21, "year", "A5")],
        ("cap five:", "at most 20 per year", "remove it"),
    ),
    "a cap above an item awarded once": (
        [_item("A5", points=20, per="once"), _cap("five", 21, "year", "A5")],
        ("cap five:", "at most 20 per year", "remove it"),
    ),
    "a shared cap above the sum of its items": (
        [
            _item("A5", points=20, per="year"),
            _item("A6", points=5, per="quarter"),
            _cap("both", 41, "year", "A5", "A6"),
        ],
        ("cap both:", "A5, A6", "at most 40 per year", "remove it"),
    ),
    "a cap above a graded item's maximum": (
        [
            _item("G2", kind="graded", points=10, per="quarter"),
            _cap("graded", 20.01, "half_year", "G2"),
        ],
        ("cap graded:", "at most 20 per half_year", "remove it"),
    ),
    "overlapping caps of crossing items": (
        [_cap("crossing", 50, "year", "A2", "A3")],
        ("caps service-month and crossing", "A2", "overlap", "different items"),
    ),
    "overlapping caps of crossing periods": (
        [("items/A2/caps", [{"id": "a2-year", "max": 90, "per": "year", "source": "c1"}])],
        ("caps a2-year and service-month", "A2", "overlap", "shorter period"),
    ),
    "an item in two shared caps of one period": (
        [_cap("second", 30, "month", "A2", "G1", "A3")],
        ("caps service-month and second", "A2, G1", "both are per month", "keep one"),
    ),
    "two caps of one period on one item": (
        [("items/A1/caps/+", {"id": "a1-again", "max": 50, "per": "year", "source": "c1"})],
        ("caps a1-year and a1-again", "A1", "both are per year", "keep one"),
    ),
    "a cap above the one around it": (
        [("items/A2/caps", [{"id": "a2-day", "max": 30, "per": "day", "source": "c1"}])],
        ("caps a2-day and service-month", "cap a2-day (30)", "never bind", "lower it"),
    ),
    # What villagers are owed
    **{
        f"a fine: {text}": (
            [("items/N1/text", text)],
            ("item N1 (乱倒垃圾):", "fine in money", "write the points"),
        )
        for text in (
            "处以罚款",
            "缴纳罚金",
            "从补贴中扣款",
            "折人民币",
            "每次50元",
            "扣二百元",
            "每次 20 块钱",
            "超过3次的每次50元",
            "￥50",
        )
    },
    "a fine in the item's clause": (
        [
            ("clauses/+", {"id": "c3", "text": "乱倒垃圾的罚款50元", "people": "-"}),
            ("items/N1/source", "c3"),
        ],
        ("item N1 (乱倒垃圾):", "fine in money"),
    ),
    "a fine in a table's line of the item": (
        [("clauses/c1/text", "捐款每100元加1分；乱倒垃圾的，处罚款50元。")],
        ("item N1 (乱倒垃圾):", "“罚款” in clause c1 reads as a fine in money"),
    ),
    "a sum in the item's clause": (
        [("clauses/c1/text", "乱倒垃圾扣50元。")],
        ("item N1 (乱倒垃圾):", "“50元” in clause c1"),
    ),
    "a fine in the name": ([("items/N1/name", "罚款")], ("item N1 (罚款):", "fine in money")),
    "a fine as the unit": ([("items/N1/unit", "元")], ("item N1", "fine in money", "points")),
    "a fine by voiding": ([("items/V1/text", "罚款")], ("item V1", "fine in money", "points")),
    "a fine by zeroing": ([("items/Z1/text", "罚金")], ("item Z1", "fine in money", "points")),
    **{
        f"a lawful right taken away: {text}": (
            [("items/N1/text", text)],
            ("item N1 (乱倒垃圾):", "lawful right", "remove it"),
        )
        for text in ("取消低保资格", "停发农业补贴", "不予开具证明", "株连亲属", "暂停供水")
    },
    **{
        f"{kind} that nobody can object to": (
            [(f"items/{code}/objectionable", False)],
            (f"item {code}", kind, "remove `objectionable: false`"),
        )
        for code, kind in {
            "N1": "deduction",
            "Z1": "zeroing",
            "V1": "voiding",
            "R1": "record",
        }.items()
    },
    **{
        f"the last made public: {name or honour_id}": (
            [_honour(honour_id, name or "名单", rank_max=5)],
            (f"honour {honour_id} ({name or '名单'}):", "lowest-ranked public", "standing.support"),
        )
        for honour_id, name in (
            ("h", "倒数五名"),
            ("h", "末位户"),
            ("h", "排名靠后户"),
            ("h", "最差庭院"),
            ("last_five", ""),
            ("worst-yard", ""),
        )
    },
    "an honour for everybody": (
        [_honour("all", "积分户")],
        ("honour all (积分户):", "no condition", "write rank_max"),
    ),
    "an honour for rank 0": ([_honour("none", "无", rank_max=0)], ("honour none", "1 or more")),
    "an honour for 0 %": ([_honour("none", "无", percent_max=0)], ("honour none", "1 to 100")),
    "an honour for 101 %": ([_honour("all", "全", percent_max=101)], ("honour all", "1 to 100")),
    "an honour for three quarters": (
        [_honour("many", "积分户", percent_max=75)],
        ("honour many (积分户):", "lower half in public", "write 50 or less"),
    ),
    "a star behind a wider one": (
        [("standing/honours/five/percent_max", 20)],
        ("honour four (四星户):", "honour five", "narrower one first"),
    ),
    "double redemption of nothing": (
        [("redemption", {"every": "none", "source": "c1"})],
        ("honour top (前三名):", "double", "remove `doubles`"),
    ),
    # The cadence
    "a share that nobody redeems": (
        [("redemption/every", "none")],
        ("redemption:", "nothing is redeemed", "remove"),
    ),
    "clearing without a date": (
        [("closing/clears_on", None)],
        ("closing:", "needs its date", "write `clears_on"),
    ),
    **{
        f"clearing on {day}": (
            [("closing/clears_on", day)],
            (f"closing: {day}", "not a day of every year", "write an existing"),
        )
        for day in ("02-30", "02-29", "13-01", "00-10", "04-31")
    },
    **{
        f"a clearing that looks like the year's own end, {day}": (
            [("closing/clears_on", day)],
            ("closing:", f"cleared on 2027-{day}", "clears_in: next_year", "clears_on: 12-31"),
        )
        for day in ("07-01", "11-30", "12-30")
    },
    "a clearing before the year is over": (
        [("closing/clears_on", "11-30"), ("closing/clears_in", "same_year")],
        ("closing:", "on 2026-11-30", "not over", "clears_on: 12-31"),
    ),
    "a bonus that nobody could redeem": (
        [("closing/clears_on", "12-31"), ("standing/honours/top/doubles", True)],
        ("closing:", "honour top", "until 2026-12-31", "remove `doubles`"),
    ),
    "a year of clearing where nothing is cleared": (
        [("closing", {"kind": "keep", "source": "c1", "clears_in": "next_year"})],
        ("closing:", "`clears_in` does nothing"),
    ),
    "clearing while the notice is open": (
        [("closing/clears_on", "01-12")],
        ("closing:", "01-12", "open for objections", "write a later date"),
    ),
    **{
        f"a clearing date of {kind}": (
            [("closing/kind", kind)],
            ("closing:", kind, "remove it", "kind: clear"),
        )
        for kind in ("carry_over", "keep")
    },
    "a report due on 31 June": (
        [("reports/june/due", "06-31")],
        ("report june: 06-31", "not a day", "write an existing"),
    ),
    "a second level that is no stage": (
        [("objections/second_level", "county")],
        ("objections:", "“county”", "village, town"),
    ),
    "a second level that decided already": (
        [("objections/second_level", "village")],
        ("objections:", "“village”", "first stage", "later stage"),
    ),
    "a reminder after the deadline": (
        [("review/reminders_working_days", [3, -1])],
        ("review:", "after the deadline", "write 0 or more"),
    ),
    "areas without households": (
        [("review/area_households_max", 0)],
        ("review:", "no household", "write 1 or more"),
    ),
    "a village that starts twice": (
        [("participants/start_dates/1/villages", ["甲村"])],
        ("participants: 甲村", "several start dates", "list the village once"),
    ),
    "a start date of no village": (
        [("participants/start_dates/1/villages", [])],
        ("participants:", "no village", "list its villages"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case: str) -> None:
    changes, fragments = REFUSED[case]
    findings = check(_changed(*changes), WHERE)
    assert any(_says(finding, fragments) for finding in findings), findings


def _says(finding: str, fragments: tuple[str, ...]) -> bool:
    return finding.startswith(f"{WHERE}: ") and all(part in finding for part in fragments)


def _with_value(points: int, fen: int) -> Ruleset:
    value = Value.model_construct(points=points, fen=fen, source="c1", reason=None)
    return _changed().model_copy(update={"value": value})


def _with_publicity_of_no_days() -> Ruleset:
    ruleset = _changed()
    return ruleset.model_copy(
        update={"publicity": ruleset.publicity.model_copy(update={"open_days": 0})}
    )


def _with_objections_of_no_days() -> Ruleset:
    ruleset = _changed()
    return ruleset.model_copy(
        update={"objections": ruleset.objections.model_copy(update={"days": 0})}
    )


def _with_cap_of_nothing() -> Ruleset:
    ruleset = _changed()
    cap = ruleset.shared_caps[0].model_copy(update={"max": 0})
    return ruleset.model_copy(update={"shared_caps": (cap,)})


def _with_quorum_of_nobody() -> Ruleset:
    ruleset = _changed()
    stage = ruleset.review.stages[0].model_copy(update={"quorum": 0})
    review = ruleset.review.model_copy(update={"stages": (stage, *ruleset.review.stages[1:])})
    return ruleset.model_copy(update={"review": review})


@pytest.mark.parametrize(
    ("ruleset", "fragments"),
    [
        (lambda: _with_value(0, 120), ("value: 0 points", "positive number")),
        (lambda: _with_value(1000, 0), ("value: 10 points", "0 fen", "positive number")),
        (_with_publicity_of_no_days, ("publicity:", "never open", "open_days: 1")),
        (_with_objections_of_no_days, ("objections:", "no days", "days: 1")),
        (_with_cap_of_nothing, ("cap service-month:", "max is 0", "positive max")),
        (_with_quorum_of_nobody, ("stage village:", "nobody would decide", "quorum of 1")),
    ],
    ids=["no points", "no money", "no publicity", "no answer", "no cap", "no quorum"],
)
def test_refuses_what_the_schema_would_stop(
    ruleset: Callable[[], Ruleset], fragments: tuple[str, ...]
) -> None:
    """Also where a ruleset did not come through the schema's own validation."""
    findings = check(ruleset(), WHERE)
    assert any(_says(finding, fragments) for finding in findings), findings


def test_minimal_ruleset_is_clean() -> None:
    assert check(_changed(), WHERE) == []


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_shipped_rulesets_are_clean(ruleset_id: str) -> None:
    assert check(shipped(ruleset_id), ruleset_id) == []


def test_every_check_is_exercised() -> None:
    rulesets = [_changed(*changes) for changes, _ in REFUSED.values()] + [_with_value(0, 0)]
    idle = [run.__name__ for run in CHECKS if not any([*run(ruleset)] for ruleset in rulesets)]
    assert idle == []


def test_findings_are_single_lines_with_advice() -> None:
    for changes, _ in REFUSED.values():
        for finding in check(_changed(*changes), WHERE):
            assert "\n" not in finding
            assert "; " in finding, f"no advice: {finding}"


ALLOWED: dict[str, list[Change]] = {
    "a cap equal to what the frequency gives": [("items/A1/caps/a1-year/max", 60)],
    "a cap on an item without a frequency": [_cap("many", 5000, "year", "A4")],
    "a cap on a member's item": [
        ("participants/members", True),
        _item("A5", of="member", per="month"),
        _cap("members", 500, "month", "A5"),
    ],
    "a cap on an item that awaits its value": [
        _item("A5", points=None, per="year"),
        _cap("later", 500, "year", "A5"),
    ],
    "an award and a deduction that await their values": [
        ("items/A2/points", None),
        ("items/N1/points", None),
    ],
    "nested caps": [
        _item(
            "A5",
            caps=[
                {"id": "a5-event", "max": 10, "per": "event", "source": "c1"},
                {"id": "a5-month", "max": 30, "per": "month", "source": "c1"},
            ],
        ),
        _cap("a5-year", 90, "year", "A5", "A3"),
    ],
    "an item's cap within a shared one of the same period": [
        ("items/A2/caps", [{"id": "a2-month", "max": 10, "per": "month", "source": "c1"}]),
    ],
    "money that a table gives points for": [
        ("clauses/c1/text", "捐款每100元加1分；乱倒垃圾减5分。"),
    ],
    "money in the same sentence of a table": [
        ("clauses/c1/text", "捐款每100元，计2分，乱倒垃圾减5分。"),
        ("items/A2/name", "捐款"),
    ],
    "a fine of another line of the table": [
        ("clauses/c1/text", "乱倒垃圾减5分；违法的归零；事故、黑榜公示；打架的按村规民约罚款。"),
    ],
    "a sum that is a threshold": [("items/N1/text", "彩礼超过6万元、礼金200元以上的")],
    "yuan that is no money": [("items/N1/text", "在一单元乱贴，元旦期间燃放，破坏多元调解")],
    "money in an award": [("items/A2/text", "捐款满100元")],
    "null sources with a reason": [
        ("items/A2/source", None),
        ("items/A2/reason", "what a village might adopt"),
    ],
    "balances that are kept": [("closing", {"kind": "keep", "source": "c1"})],
    "clearing at the year's own end": [
        ("closing/clears_on", "12-31"),
        ("standing/honours/top/doubles", False),
    ],
    "clearing on a late day that is said to be the next year's": [
        ("closing/clears_on", "11-30"),
        ("closing/clears_in", "next_year"),
    ],
    "clearing in the midst of the next year": [("closing/clears_on", "06-30")],
    "clearing the day after the notice closes": [("closing/clears_on", "01-13")],
    "an id that only contains the word": [_honour("plastic-free", "无塑户", rank_max=5)],
    "an exclusion of one direction": [("exclusions/litter/by", ["A1", "N1"])],
}


@pytest.mark.parametrize("case", ALLOWED)
def test_lets_stand(case: str) -> None:
    assert check(_changed(*ALLOWED[case]), WHERE) == []


def _overlay(parent: str = "banan-fengsheng", **fields: Any) -> Ruleset:
    """An overlay of a shipped scheme; 丰盛's caps its whole base sheet."""
    data = {
        "id": "v",
        "title": "村",
        "document": "村",
        "issuer": "村",
        "effective_from": "2026-01-01",
    }
    overlay = Overlay.model_validate({**data, "extends": parent, **fields})
    return merge(overlay, shipped(parent), WHERE)


def test_dropped_item_is_not_held_against_the_overlay() -> None:
    """The parent's clauses and caps still name it, and the village cannot change those."""
    assert check(_overlay(drop_items=["P1"]), WHERE) == []


def test_lower_values_under_the_parents_cap_are_not_held_against_the_overlay() -> None:
    lower = {"meeting-promise": {"points": 4, "source": None, "reason": "decided by the village"}}
    assert check(_overlay("baoshan-2023", revalue_items=lower), WHERE) == []


def test_overlay_answers_for_its_own_clauses_and_caps() -> None:
    clause = {"id": "v1", "text": "本村另定。", "executed_by": ["item:P9"]}
    cap = {"id": "v-year", "max": 25, "per": "year", "items": ["1.1"], "source": "v1"}
    findings = check(_overlay(clauses=[clause], add_shared_caps=[cap]), WHERE)
    assert any(_says(finding, ("clause v1:", "item:P9")) for finding in findings), findings
    assert any(_says(finding, ("cap v-year", "24 per year")) for finding in findings), findings
