"""What villagers are owed: no fine, no right taken away, and a way to object."""

import re
from collections.abc import Iterator, Sequence

from domain.kernel.reasons import Reason, reason
from domain.rules.parts import part, the
from domain.rules.schema import Item, Ruleset

_COSTLY = ("deduction", "zeroing", "voiding")
# Points are not money: a scheme of villagers has no right to fine (罚款). A sum is let stand
# where it only says from which amount on something counts (彩礼超过6万元).
_FINE_WORDS = re.compile(r"罚款|罚金|罚钱|扣款|扣钱|违约金|人民币|[¥￥]")
_NUMERALS = "0-9０-９一二两三四五六七八九十百千万亿几数"
_SUM = re.compile(rf"[{_NUMERALS}]\s*[余多]?\s*(?:元(?![化素旦])|块钱)")
_THRESHOLD_BEFORE = re.compile(r"(?:超过|超出|超|高于|多于|大于|不足|低于|达到|达|满|逾|价值)约?$")
_THRESHOLD_AFTER = re.compile(r"\s*(?:及?以上|及?以下|以内|以外)")
_SUM_DIGITS = re.compile(rf"[{_NUMERALS}.,，]*[{_NUMERALS}]\s*[余多]?\s*(?:元|块钱)")
_SENTENCE_END = re.compile(r"[；;。\n]")
_PART_END = re.compile(r"[，,、]")
# A line of a table that gives points: its sums of money are what they are given for.
_EARNS = re.compile(r"[加得计奖]\s*[0-9０-９一二两三四五六七八九十]+\s*分")
_SUM_START = re.compile(rf"[{_NUMERALS}.,，]*$")
# What the law gives a villager, a points scheme cannot take away: 制定的惩罚措施不得侵害群众的
# 合法权益 (涪马鞍发〔2022〕81号, 一(二)3).
_RIGHTS = re.compile(
    r"(?:取消|停发|停止发放|扣发|扣减|剥夺|暂停|不得享受|不再享受)[^，。；]{0,8}"
    r"(?:低保|社保|医保|养老|补贴|补助|救助|承包|宅基地|选举权|入学|就学|供水|供电)"
    r"|不予(?:开具|出具|盖章)|连坐|株连"
)


def _money(ruleset: Ruleset) -> Iterator[Reason]:
    """No fine in money: the scheme deducts points."""
    clauses = {clause.id: clause.text for clause in ruleset.clauses}
    for item in _punishing(ruleset):
        quoted = _said_of(item, clauses.get(item.source or "", ""), ruleset.items)
        for where, said in (
            (reason("lint_its_name"), item.name),
            (reason("lint_its_text"), item.text),
            (reason("lint_its_unit"), f"一{item.unit}"),
            (part("clause", item.source), quoted),
        ):
            words = _fine_in(said)
            if words is not None:
                yield reason("lint_fine", part=the(item), words=words, where=where)
                break


def _said_of(item: Item, clause: str, items: Sequence[Item]) -> str:
    """What a clause says of an item: of a table that quotes many lines only those that name it,
    without what they say of other items or of points to be earned."""
    sentences = [part for part in _SENTENCE_END.split(clause) if part]
    own = [part for part in sentences if item.name in part]
    others = [other.name for other in items if other.name not in item.name]
    parts = [
        part
        for sentence in own or sentences
        for part in _PART_END.split(sentence)
        if item.name in part or not any(name in part for name in others)
    ]
    return "；".join(part for part in parts if not _EARNS.search(part))


def _fine_in(text: str) -> str | None:
    """The words that name a fine, or a sum of money that is not a threshold."""
    fine = _FINE_WORDS.search(text)
    if fine:
        return fine[0]
    for found in _SUM.finditer(text):
        before = _SUM_START.sub("", text[: found.start()])
        threshold = _THRESHOLD_BEFORE.search(before) or _THRESHOLD_AFTER.match(text, found.end())
        if not threshold:
            return f"{_SUM_DIGITS.findall(text[: found.end()])[-1]}"
    return None


def _rights(ruleset: Ruleset) -> Iterator[Reason]:
    """No punishment takes away what the law gives, or hits a person's kin."""
    for item in _punishing(ruleset):
        found = _RIGHTS.search(f"{item.name}；{item.text}")
        if found:
            yield reason("lint_right", part=the(item), words=found[0])


def _objectionable(ruleset: Ruleset) -> Iterator[Reason]:
    """Whatever costs a household something, the household can object to (异议)."""
    for item in _punishing(ruleset):
        if not item.objectionable:
            yield reason("lint_unobjectionable", part=the(item), kind=item.kind)
    if ruleset.objections.days < 1:
        yield reason("lint_objection_days")
    if ruleset.publicity.open_days < 1:
        yield reason("lint_publicity_days")


def _punishing(ruleset: Ruleset) -> Iterator[Item]:
    """The items that cost a household points, or put it on the black list."""
    return (item for item in ruleset.items if item.kind in _COSTLY or item.lists == "black")


CHECKS = (_money, _rights, _objectionable)
