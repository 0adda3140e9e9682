"""What a town must not be able to publish: faults that the schema alone cannot see.

Each check is a plain function that yields findings; `CHECKS` lists them all. A finding is one
sentence: the part of the ruleset, what is wrong with it, and what to write instead. An overlay
is checked merged with its parent; what it only inherits and has no means to change (a parent's
cap over an item that the village dropped) is not held against it.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date, timedelta
from itertools import combinations
from typing import TypeVar

from domain.errors import BadInput
from domain.points import format_points
from domain.rules.clauses import account, known_names
from domain.rules.load import shipped
from domain.rules.schema import Cap, Honour, Item, Ruleset, Sourced

Value = TypeVar("Value", bound=Hashable)
Check = Callable[[Ruleset], Iterator[str]]

RULINGS_COUNT = 27  # SCHEMES.md, "The rulings"
_EARNING = ("award", "graded")
_COSTLY = ("deduction", "zeroing", "voiding")
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "once": 12}
_CAP_PERIODS = ("event", "day", "month", "quarter", "half_year", "year")
# Headers of the inspection sheet's own column, which an item's code must leave free.
_RESERVED_CODES = ("household", "户号")
_SECTIONS = (
    "participants", "review", "audit", "publicity", "objections", "redemption", "value",
    "standing", "closing", "changes",
)  # fmt: skip

# Points are not money: a scheme of villagers has no right to fine (罚款). A sum is let stand
# where it only says from which amount on something counts (彩礼超过6万元).
_FINE_WORDS = re.compile(r"罚款|罚金|罚钱|扣款|扣钱|违约金|人民币|[¥￥]")
_NUMERALS = "0-9０-９一二两三四五六七八九十百千万亿几数"
_SUM = re.compile(rf"[{_NUMERALS}]\s*[余多]?\s*(?:元(?![化素旦])|块钱)")
_THRESHOLD_BEFORE = re.compile(r"(?:超过|超出|超|高于|多于|大于|不足|低于|达到|达|满|逾|价值)约?$")
_THRESHOLD_AFTER = re.compile(r"\s*(?:及?以上|及?以下|以内|以外)")
_SUM_START = re.compile(rf"[{_NUMERALS}.,，]*$")
# What the law gives a villager, a points scheme cannot take away: 制定的惩罚措施不得侵害群众的
# 合法权益 (涪马鞍发〔2022〕81号, 一(二)3).
_RIGHTS = re.compile(
    r"(?:取消|停发|停止发放|扣发|扣减|剥夺|暂停|不得享受|不再享受)[^，。；]{0,8}"
    r"(?:低保|社保|医保|养老|补贴|补助|救助|承包|宅基地|选举权|入学|就学|供水|供电)"
    r"|不予(?:开具|出具|盖章)|连坐|株连"
)
_LOWEST = re.compile(r"倒数|末位|末尾|末名|靠后|最差|最后|最低|垫底|落后|后进")
_LOWEST_WORD = re.compile(r"(?<![a-z])(?:last|lowest|worst|bottom)(?![a-z])", re.IGNORECASE)


def check(ruleset: Ruleset, where: str) -> list[str]:
    """All findings on a ruleset; `where` is the file that they are reported against."""
    return [f"{where}: {finding}" for run in CHECKS for finding in run(ruleset)]


# --- Names and references ---------------------------------------------------------------------


def _identity(ruleset: Ruleset) -> Iterator[str]:
    """Villagers can see whose document this is, and what it is called."""
    for field in ("title", "document", "issuer"):
        if not getattr(ruleset, field).strip():
            yield f"{field}: it is empty; write the source's, or say that it names none"


def _codes(ruleset: Ruleset) -> Iterator[str]:
    """A code names one item, and no name can be taken for another item's code."""
    for code in _repeated(item.code for item in ruleset.items):
        yield f"item {code}: the code is given to several items; give each item its own code"
    codes = {item.code for item in ruleset.items}
    for item in ruleset.items:
        if not item.code or item.code != "".join(item.code.split()):
            yield f"{_the(item)}: a code cannot be empty or hold spaces; write it without"
        if item.code.casefold() in _RESERVED_CODES:
            yield f"{_the(item)}: the code is a column of the import sheets; choose another code"
        if not item.name.strip():
            yield f"{_the(item)}: the name is empty; write the source's name of the item"
        if item.name in codes and item.name != item.code:
            yield (
                f"{_the(item)}: the name is another item's code, so that a sheet cannot tell them"
                " apart; change the name or that code"
            )


def _ids(ruleset: Ruleset) -> Iterator[str]:
    """An id names one part."""
    named = {
        "cap": [cap.id for cap, _ in _caps(ruleset)],
        "group": [group.id for group in ruleset.groups],
        "exclusion": [exclusion.id for exclusion in ruleset.exclusions],
        "stage": [stage.id for stage in ruleset.review.stages],
        "honour": [honour.id for honour in ruleset.standing.honours],
        "report": [report.id for report in ruleset.reports],
        "clause": [clause.id for clause in ruleset.clauses],
    }
    for kind, ids in named.items():
        for id_ in _repeated(ids):
            yield f"{kind} {id_}: the id is given to several; give each {kind} its own id"
        if not all(id_.strip() for id_ in ids):
            yield f"{kind} “”: the id is empty; give each {kind} an id"


def _sources(ruleset: Ruleset) -> Iterator[str]:
    """Whatever names a source names a clause that is quoted here."""
    clauses = {clause.id for clause in ruleset.clauses}
    for label, part in _sourced(ruleset):
        if part.source is not None and part.source not in clauses:
            yield (
                f"{label}: source “{part.source}” is no clause of this ruleset; quote that clause"
                " under `clauses`, or write `source: null` with a `reason`"
            )


def _clauses(ruleset: Ruleset) -> Iterator[str]:
    """A clause says something, and what it says executes it exists."""
    parent = _parent(ruleset)
    inherited = known_names(parent) if parent else set()
    for clause in account(ruleset):
        if not clause.text.strip():
            yield f"clause {clause.id}: the text is empty; quote the source"
        for name in clause.missing:
            if name not in inherited:
                yield (
                    f"clause {clause.id}: “{name}” in `executed_by` is no part of this ruleset"
                    " and no feature; correct the name, or say under `people` who does it"
                )


def _rulings(ruleset: Ruleset) -> Iterator[str]:
    """A ruling is one of SCHEMES.md's, once, and says what it is."""
    for ruling in ruleset.rulings:
        if not 1 <= ruling.number <= RULINGS_COUNT:
            yield (
                f"ruling {ruling.number}: there is no such ruling; write a number from 1 to"
                f" {RULINGS_COUNT}"
            )
        if not ruling.text.strip():
            yield f"ruling {ruling.number}: the text is empty; write the reading in one sentence"
    for number in _repeated(ruling.number for ruling in ruleset.rulings):
        yield f"ruling {number}: it is repeated; write it once"


def _channels(ruleset: Ruleset) -> Iterator[str]:
    """A claim can be handed in, and only by ways that the ruleset lists."""
    if not ruleset.channels:
        yield "channels: none is listed, so that no claim could be made; list at least one"
    for channel in _repeated(ruleset.channels):
        yield f"channels: “{channel}” is listed twice; list it once"
    for item in ruleset.items:
        for channel in item.channels:
            if channel not in ruleset.channels:
                yield (
                    f"{_the(item)}: channel “{channel}” is not among the ruleset's `channels`;"
                    " add it there, or remove it here"
                )


def _categories(ruleset: Ruleset) -> Iterator[str]:
    """An item stands in a category that the ruleset lists; the lists' records may stand apart."""
    for item in ruleset.items:
        if item.kind != "record" and ruleset.categories and item.category not in ruleset.categories:
            yield (
                f"{_the(item)}: category “{item.category}” is not among the ruleset's"
                " `categories`; correct it, or list it there"
            )


# --- Items ------------------------------------------------------------------------------------


def _values(ruleset: Ruleset) -> Iterator[str]:
    """The sign of the points is the kind's; an award or deduction may await its value (null)."""
    for item in ruleset.items:
        points = item.points
        if item.kind == "award" and points is not None and points <= 0:
            yield (
                f"{_the(item)}: an award gives {format_points(points)} points; write a positive"
                " value, or `kind: deduction`"
            )
        if item.kind == "deduction" and points is not None and points >= 0:
            yield (
                f"{_the(item)}: a deduction gives {format_points(points)} points; write a"
                " negative value, or `kind: award`"
            )
        if item.kind in ("graded", "base") and (points is None or points <= 0):
            yield f"{_the(item)}: {item.kind} needs its points; write a positive value"
        if item.kind in ("zeroing", "voiding", "record") and points:
            yield (
                f"{_the(item)}: {item.kind} has no points of its own, but"
                f" {format_points(points)} are written; write `points: null`"
            )


def _base_periods(ruleset: Ruleset) -> Iterator[str]:
    """Base is posted when a year or a quarter opens (ruling 10), without any claim."""
    for item in ruleset.items:
        if item.kind != "base":
            continue
        if item.per not in ("year", "quarter"):
            yield f"{_the(item)}: base belongs to a period; write `per: year` or `per: quarter`"
        if item.of == "member":
            yield f"{_the(item)}: base is a household's; write `of: household`"


def _targets(ruleset: Ruleset) -> Iterator[str]:
    """Zeroing and voiding say what they hit, and it can be hit (rulings 5 and 6)."""
    items = {item.code: item for item in _items_known(ruleset)}
    for item in ruleset.items:
        if item.kind == "zeroing" and not item.zeroes:
            yield f"{_the(item)}: zeroing names no class; write `zeroes: [base, contribution]`"
        if item.kind == "voiding" and not item.voids:
            yield f"{_the(item)}: voiding names no item to void; list item codes under `voids`"
        for code in item.voids:
            if code not in items:
                yield f"{_the(item)}: `voids` names item {code}, which does not exist; correct it"
            elif items[code].kind not in _EARNING:
                yield (
                    f"{_the(item)}: `voids` names item {code}, which earns nothing by claims;"
                    " name awards or graded items"
                )


def _idle_fields(ruleset: Ruleset) -> Iterator[str]:
    """A rule written on the wrong kind of item would be silent."""
    for item in ruleset.items:
        idle = {
            "zeroes": item.zeroes and item.kind != "zeroing",
            "voids": item.voids and item.kind != "voiding",
            "lists": item.lists and item.kind != "record",
            "highest_of": item.highest_of and item.kind not in _EARNING,
        }
        for field, does_nothing in idle.items():
            if does_nothing:
                yield (
                    f"{_the(item)}: `{field}` does nothing on kind {item.kind}; remove it, or"
                    " change the kind"
                )
        if item.kind == "record" and not item.lists:
            yield f"{_the(item)}: a record names no list; write `lists: red` or `lists: black`"


def _members(ruleset: Ruleset) -> Iterator[str]:
    """Members' points and averages need members' accounts."""
    if ruleset.participants.members:
        return
    for item in ruleset.items:
        if item.of == "member":
            yield (
                f"{_the(item)}: it is a member's, but the scheme keeps no members' accounts; write"
                " `of: household`, or `participants: {members: true}`"
            )
    if ruleset.standing.by == "average":
        yield (
            "standing: `by: average` is per member, but the scheme keeps no members' accounts;"
            " write `by: score`, or `participants: {members: true}`"
        )


def _groups(ruleset: Ruleset) -> Iterator[str]:
    """就高不就低 chooses among at least two items (ruling 4)."""
    ids = {group.id for group in ruleset.groups}
    parent = _parent(ruleset)
    inherited = {group.id for group in parent.groups} if parent else set()
    sizes = Counter(item.highest_of for item in ruleset.items)
    for item in ruleset.items:
        if item.highest_of is not None and item.highest_of not in ids:
            yield (
                f"{_the(item)}: `highest_of` names group “{item.highest_of}”, which does not"
                " exist; add it under `groups`, or correct the name"
            )
    for group in ruleset.groups:
        if sizes[group.id] < 2 and group.id not in inherited:
            yield (
                f"group {group.id}: {sizes[group.id]} item(s) belong to it, so there is nothing"
                " to choose from; write `highest_of` on at least two items, or remove the group"
            )


def _exclusions(ruleset: Ruleset) -> Iterator[str]:
    """An exclusion names items that exist, never itself, and earns its keep (rulings 7 and 8)."""
    items = {item.code: item for item in _items_known(ruleset)}
    for exclusion in ruleset.exclusions:
        label = f"exclusion {exclusion.id}"
        if not exclusion.items or not exclusion.by:
            yield f"{label}: it lacks `items` or `by`; list item codes under both"
        for code in dict.fromkeys((*exclusion.items, *exclusion.by)):
            if code not in items:
                yield f"{label}: it names item {code}, which does not exist; correct the code"
        for code in sorted({*exclusion.items} & {*exclusion.by}):
            yield f"{label}: item {code} excludes itself; remove it from `items` or from `by`"
        for code in exclusion.items:
            if code in items and items[code].kind not in _EARNING:
                yield (
                    f"{label}: item {code} earns nothing by claims that could be excluded; list"
                    " awards or graded items under `items`"
                )


def _mutual_exclusions(ruleset: Ruleset) -> Iterator[str]:
    """Two items that exclude each other would both earn nothing."""
    pairs = {
        (by, code)
        for exclusion in ruleset.exclusions
        for by in exclusion.by
        for code in exclusion.items
    }
    for by, code in sorted(pairs):
        if by < code and (code, by) in pairs:
            yield (
                f"exclusion of item {code} by item {by}: they exclude each other, so that both"
                " earn nothing; keep only one direction"
            )


# --- Caps -------------------------------------------------------------------------------------


def _cap_items(ruleset: Ruleset) -> Iterator[str]:
    """A cap stands over items that exist and earn something positive by claims (ruling 2)."""
    items = {item.code: item for item in _items_known(ruleset)}
    for cap in (cap for item in ruleset.items for cap in item.caps):
        if cap.items:
            yield (
                f"cap {cap.id}: it is written on its item and lists `items` too; remove `items`,"
                " or move the cap to `shared_caps`"
            )
    for cap, codes in _caps(ruleset):
        if cap.max <= 0:
            yield f"cap {cap.id}: its max is {format_points(cap.max)}; write a positive max"
        if not codes:
            yield f"cap {cap.id}: a shared cap lists no items; list item codes under `items`"
        for code in _repeated(cap.items):
            yield f"cap {cap.id}: item {code} is listed twice; list it once"
        for code in sorted(codes):
            if code not in items:
                yield f"cap {cap.id}: it names item {code}, which does not exist; correct the code"
            elif items[code].kind not in _EARNING:
                yield (
                    f"cap {cap.id}: item {code} earns nothing positive by claims, so there is"
                    " nothing to cap; remove it from the cap"
                )


def _cap_binds(ruleset: Ruleset) -> Iterator[str]:
    """A cap above all that its items can earn in its period never does anything."""
    items = {item.code: item for item in ruleset.items}
    parent = _parent(ruleset)
    inherited = {cap for cap, _ in _caps(parent)} if parent else set()
    for cap, codes in _caps(ruleset):
        if cap in inherited or not codes or not codes <= items.keys():
            continue
        earned = _earned_max([items[code] for code in codes], cap.per)
        if earned is not None and cap.max > earned:
            yield (
                f"cap {cap.id}: it can never bind, because item(s) {', '.join(sorted(codes))}"
                f" earn at most {format_points(earned)} per {cap.per} and the cap is"
                f" {format_points(cap.max)}; write the source's cap, or remove it"
            )


def _earned_max(items: Iterable[Item], per: str) -> int | None:
    """The most that a household can earn by these items in one cap period; None: no limit."""
    total = 0
    for item in items:
        # Without a frequency, or once per member, nothing limits how often it is awarded.
        if item.per is None or item.of == "member" or item.points is None:
            return None
        times = max(1, _MONTHS.get(per, 0) // _MONTHS[item.per])
        total += times * max(0, item.points)
    return total


def _cap_nesting(ruleset: Ruleset) -> Iterator[str]:
    """Caps on one item lie one within the other, so that their order is never in question."""
    for (first, first_codes), (second, second_codes) in combinations(_caps(ruleset), 2):
        shared = sorted(first_codes & second_codes)
        if not shared:
            continue
        label = f"caps {first.id} and {second.id} on item(s) {', '.join(shared)}"
        twice_shared = bool(first.items and second.items) or first_codes == second_codes
        if first.per == second.per and twice_shared:
            yield f"{label}: both are per {first.per}; keep one of them, or change its period"
            continue
        yield from _nested(label, (first, first_codes), (second, second_codes))


def _nested(
    label: str, first: tuple[Cap, frozenset[str]], second: tuple[Cap, frozenset[str]]
) -> Iterator[str]:
    """What is wrong between two caps of different reach."""
    for (inner, inner_codes), (outer, outer_codes) in ((first, second), (second, first)):
        if inner_codes <= outer_codes and _period_rank(inner) <= _period_rank(outer):
            if inner.max > outer.max:
                yield (
                    f"{label}: cap {inner.id} ({format_points(inner.max)}) can never bind under"
                    f" cap {outer.id} ({format_points(outer.max)}); lower it, or remove it"
                )
            return
    yield (
        f"{label}: they overlap, but neither lies within the other; let the one with fewer items"
        " have the shorter period, or give them different items"
    )


def _period_rank(cap: Cap) -> int:
    return _CAP_PERIODS.index(cap.per)


# --- What villagers are owed ------------------------------------------------------------------


def _money(ruleset: Ruleset) -> Iterator[str]:
    """No fine in money: the scheme deducts points."""
    for item in _punishing(ruleset):
        if _is_fine(f"{item.name}；{item.text}") or "元" in item.unit:
            yield (
                f"{_the(item)}: it reads as a fine in money; a village scheme may deduct points"
                " only, so write the points and no sum of money"
            )


def _is_fine(text: str) -> bool:
    """Whether a text names a fine, or a sum of money that is not a threshold."""
    if _FINE_WORDS.search(text):
        return True
    for found in _SUM.finditer(text):
        before = _SUM_START.sub("", text[: found.start()])
        threshold = _THRESHOLD_BEFORE.search(before) or _THRESHOLD_AFTER.match(text, found.end())
        if not threshold:
            return True
    return False


def _rights(ruleset: Ruleset) -> Iterator[str]:
    """No punishment takes away what the law gives, or hits a person's kin."""
    for item in _punishing(ruleset):
        found = _RIGHTS.search(f"{item.name}；{item.text}")
        if found:
            yield (
                f"{_the(item)}: “{found[0]}” takes away a lawful right; a village scheme may"
                " deduct points only, so remove it"
            )


def _objectionable(ruleset: Ruleset) -> Iterator[str]:
    """Whatever costs a household something, the household can object to (异议)."""
    for item in _punishing(ruleset):
        if not item.objectionable:
            yield (
                f"{_the(item)}: nobody could object to this {item.kind}; remove"
                " `objectionable: false`"
            )
    if ruleset.objections.days < 1:
        yield "objections: there are no days to answer an objection; write `days: 1` or more"
    if ruleset.publicity.open_days < 1:
        yield "publicity: the notice is never open for objections; write `open_days: 1` or more"


def _honours(ruleset: Ruleset) -> Iterator[str]:
    """An honour honours: under a condition, and never the last ones, who stay unnamed."""
    for honour in ruleset.standing.honours:
        label = f"honour {honour.id} ({honour.name})"
        if _LOWEST.search(honour.name) or _LOWEST_WORD.search(f"{honour.id} {honour.name}"):
            yield (
                f"{label}: it makes the lowest-ranked public; remove it, and write"
                " `standing.support` for those whom the community should help"
            )
        if not _conditions(honour):
            yield (
                f"{label}: it has no condition, so that everybody gets it; write rank_max,"
                " percent_max, at_least_base or above_average"
            )
        if honour.rank_max is not None and honour.rank_max < 1:
            yield f"{label}: rank_max {honour.rank_max} reaches nobody; write 1 or more"
        if honour.percent_max is not None and not 1 <= honour.percent_max <= 100:
            yield f"{label}: percent_max {honour.percent_max} is no share; write 1 to 100"
        if honour.doubles and ruleset.redemption.every == "none":
            yield f"{label}: there is no redemption that it could double; remove `doubles`"


def _series(ruleset: Ruleset) -> Iterator[str]:
    """Of a series a household gets the first that fits, so the narrowest comes first."""
    for first, second in combinations(ruleset.standing.honours, 2):
        if first.series and first.series == second.series and _reaches(first, second):
            yield (
                f"honour {second.id} ({second.name}): nobody can get it, because honour"
                f" {first.id} of the same series comes first and is as wide; write the narrower"
                " one first"
            )


def _reaches(first: Honour, second: Honour) -> bool:
    """Whether everyone who meets the second's conditions meets the first's."""

    def within(outer: int | None, inner: int | None) -> bool:
        return outer is None or (inner is not None and inner <= outer)

    return (
        within(first.rank_max, second.rank_max)
        and within(first.percent_max, second.percent_max)
        and (second.at_least_base or not first.at_least_base)
        and (second.above_average or not first.above_average)
    )


# --- The cadence ------------------------------------------------------------------------------


def _worth(ruleset: Ruleset) -> Iterator[str]:
    """A point is worth something."""
    value = ruleset.value
    if value is not None and (value.points <= 0 or value.fen <= 0):
        yield (
            f"value: {format_points(value.points)} points are worth {value.fen} fen; write a"
            " positive number for both, or leave `value` away"
        )


def _redemption(ruleset: Ruleset) -> Iterator[str]:
    """Shares of households are reported where there is something to redeem."""
    redemption = ruleset.redemption
    if redemption.every == "none" and (redemption.coverage_percent or redemption.awareness_percent):
        yield (
            "redemption: a share of households is set, but nothing is redeemed; remove"
            " `coverage_percent` and `awareness_percent`, or write when points are redeemed"
        )


def _closing(ruleset: Ruleset) -> Iterator[str]:
    """Balances are cleared on a day that exists, after the year could be settled (ruling 15)."""
    closing = ruleset.closing
    if closing.kind != "clear":
        if closing.clears_on is not None:
            yield (
                f"closing: `clears_on` does nothing where the kind is {closing.kind}; remove it,"
                " or write `kind: clear`"
            )
        return
    if closing.clears_on is None:
        yield "closing: `kind: clear` needs its date; write `clears_on: 01-31`, as month and day"
        return
    clears_on = _yearly(closing.clears_on)
    if clears_on is None:
        yield f"closing: {closing.clears_on} is not a day of every year; write an existing MM-DD"
        return
    # The notice opens the day after the audit's deadline and stays for `open_days` (ruling 26).
    last_open = date(clears_on.year, 1, ruleset.review.due.day) + timedelta(
        days=ruleset.publicity.open_days
    )
    if clears_on <= last_open:
        yield (
            f"closing: points are cleared on {closing.clears_on}, while the year's last notice is"
            f" open for objections until {last_open:%m-%d}; write a later date"
        )


def _reports(ruleset: Ruleset) -> Iterator[str]:
    """A report is due on a day that exists."""
    for report in ruleset.reports:
        if _yearly(report.due) is None:
            yield (
                f"report {report.id}: {report.due} is not a day of every year; write an existing"
                " MM-DD"
            )


def _levels(ruleset: Ruleset) -> Iterator[str]:
    """The second level is one of the stages, above the first (ruling 19)."""
    second, stages = ruleset.objections.second_level, ruleset.review.stages
    if second is None:
        return
    if second not in {stage.id for stage in stages}:
        yield (
            f"objections: second_level “{second}” is no stage of the review; write one of"
            f" {', '.join(stage.id for stage in stages)}, or remove it"
        )
    elif second == stages[0].id:
        yield (
            f"objections: second_level “{second}” is the first stage, which decided already;"
            " write a later stage, or remove it"
        )


def _review(ruleset: Ruleset) -> Iterator[str]:
    """Areas hold households, and reminders come before the deadline."""
    review = ruleset.review
    if review.area_households_max is not None and review.area_households_max < 1:
        yield "review: area_households_max leaves no household in an area; write 1 or more"
    if any(days < 0 for days in review.reminders_working_days):
        yield "review: a reminder after the deadline reminds of nothing; write 0 or more days"
    for stage in review.stages:
        if stage.quorum < 1:
            yield f"stage {stage.id}: nobody would decide; write a quorum of 1 or more"


def _start_dates(ruleset: Ruleset) -> Iterator[str]:
    """A village starts once."""
    groups = ruleset.participants.start_dates
    for village in _repeated(village for group in groups for village in group.villages):
        yield f"participants: {village} has several start dates; list the village once"
    if any(not group.villages for group in groups):
        yield "participants: a start date names no village; list its villages"


# --- Shared -----------------------------------------------------------------------------------


def _the(item: Item) -> str:
    return f"item {item.code} ({item.name})"


def _repeated(values: Iterable[Value]) -> list[Value]:
    return [value for value, count in Counter(values).items() if count > 1]


def _punishing(ruleset: Ruleset) -> Iterator[Item]:
    """The items that cost a household points, or put it on the black list."""
    return (item for item in ruleset.items if item.kind in _COSTLY or item.lists == "black")


def _conditions(honour: Honour) -> bool:
    bounded = honour.rank_max is not None or honour.percent_max is not None
    return bounded or honour.at_least_base or honour.above_average


def _yearly(month_day: str) -> date | None:
    """A day that every year has, as one of a common year; None where there is no such day."""
    month, day = month_day.split("-")
    try:
        return date(2001, int(month), int(day))
    except ValueError:
        return None


def _parent(ruleset: Ruleset) -> Ruleset | None:
    """The shipped ruleset that an overlay was laid over."""
    if ruleset.extends is None:
        return None
    try:
        return shipped(ruleset.extends)
    except BadInput:
        return None


def _items_known(ruleset: Ruleset) -> tuple[Item, ...]:
    """The items, and those that an overlay dropped but its parent's rules still name."""
    parent = _parent(ruleset)
    return (*parent.items, *ruleset.items) if parent else ruleset.items


def _caps(ruleset: Ruleset) -> list[tuple[Cap, frozenset[str]]]:
    """Every cap with the codes of the items under it."""
    own = [(cap, frozenset({item.code})) for item in ruleset.items for cap in item.caps]
    return own + [(cap, frozenset(cap.items)) for cap in ruleset.shared_caps]


def _sourced(ruleset: Ruleset) -> Iterator[tuple[str, Sourced]]:
    """Everything that names a source, with what to call it."""
    for name in _SECTIONS:
        section = getattr(ruleset, name)
        if section is not None:
            yield name, section
    for item in ruleset.items:
        yield _the(item), item
    for cap, _ in _caps(ruleset):
        yield f"cap {cap.id}", cap
    yield from ((f"group {group.id}", group) for group in ruleset.groups)
    yield from ((f"exclusion {exclusion.id}", exclusion) for exclusion in ruleset.exclusions)
    yield from ((f"stage {stage.id}", stage) for stage in ruleset.review.stages)
    yield from ((f"honour {honour.id}", honour) for honour in ruleset.standing.honours)
    yield from ((f"report {report.id}", report) for report in ruleset.reports)
    if ruleset.standing.support is not None:
        yield "support", ruleset.standing.support


CHECKS: tuple[Check, ...] = (
    _identity,
    _codes,
    _ids,
    _sources,
    _clauses,
    _rulings,
    _channels,
    _categories,
    _values,
    _base_periods,
    _targets,
    _idle_fields,
    _members,
    _groups,
    _exclusions,
    _mutual_exclusions,
    _cap_items,
    _cap_binds,
    _cap_nesting,
    _money,
    _rights,
    _objectionable,
    _honours,
    _series,
    _worth,
    _redemption,
    _closing,
    _reports,
    _levels,
    _review,
    _start_dates,
)
