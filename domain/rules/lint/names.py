"""Names and references: each part is called by a name of its own, and what is named exists."""

from collections.abc import Iterator

from domain.rules.allows import leads_somewhere
from domain.rules.clauses import account, known_names
from domain.rules.lint.shared import caps_of, parent_of, repeated, the
from domain.rules.schema import Ruleset, Sourced

RULINGS_COUNT = 35  # SCHEMES.md, "The rulings"
# Headers of the inspection sheet's own column, which an item's code must leave free.
_RESERVED_CODES = ("household", "户号")
_SECTIONS = (
    "participants", "review", "audit", "publicity", "objections", "redemption", "value",
    "standing", "closing", "changes",
)  # fmt: skip


def _identity(ruleset: Ruleset) -> Iterator[str]:
    """Villagers can see whose document this is, and what it is called."""
    for field in ("title", "document", "issuer"):
        if not getattr(ruleset, field).strip():
            yield f"{field}: it is empty; write the source's, or say that it names none"


def _codes(ruleset: Ruleset) -> Iterator[str]:
    """A code names one item, and no name can be taken for another item's code."""
    for code in repeated(item.code for item in ruleset.items):
        yield f"item {code}: the code is given to several items; give each item its own code"
    codes = {item.code for item in ruleset.items}
    for item in ruleset.items:
        if not item.code or item.code != "".join(item.code.split()):
            yield f"{the(item)}: a code cannot be empty or hold spaces; write it without"
        if item.code.casefold() in _RESERVED_CODES:
            yield f"{the(item)}: the code is a column of the import sheets; choose another code"
        if not item.name.strip():
            yield f"{the(item)}: the name is empty; write the source's name of the item"
        if item.name in codes and item.name != item.code:
            yield (
                f"{the(item)}: the name is another item's code, so that a sheet cannot tell them"
                " apart; change the name or that code"
            )


def _ids(ruleset: Ruleset) -> Iterator[str]:
    """An id names one part."""
    named = {
        "cap": [cap.id for cap, _ in caps_of(ruleset)],
        "group": [group.id for group in ruleset.groups],
        "exclusion": [exclusion.id for exclusion in ruleset.exclusions],
        "stage": [stage.id for stage in ruleset.review.stages],
        "honour": [honour.id for honour in ruleset.standing.honours],
        "report": [report.id for report in ruleset.reports],
        "clause": [clause.id for clause in ruleset.clauses],
    }
    for kind, ids in named.items():
        for id_ in repeated(ids):
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
    parent = parent_of(ruleset)
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
    for number in repeated(ruling.number for ruling in ruleset.rulings):
        yield f"ruling {number}: it is repeated; write it once"


def _channels(ruleset: Ruleset) -> Iterator[str]:
    """A claim can be handed in, and only by ways that the ruleset lists."""
    if not ruleset.channels:
        yield "channels: none is listed, so that no claim could be made; list at least one"
    for channel in repeated(ruleset.channels):
        yield f"channels: “{channel}” is listed twice; list it once"
    for item in ruleset.items:
        for channel in item.channels:
            if channel not in ruleset.channels:
                yield (
                    f"{the(item)}: channel “{channel}” is not among the ruleset's `channels`;"
                    " add it there, or remove it here"
                )


def _categories(ruleset: Ruleset) -> Iterator[str]:
    """An item stands in a category that the ruleset lists; the lists' records may stand apart."""
    for item in ruleset.items:
        if item.kind != "record" and ruleset.categories and item.category not in ruleset.categories:
            yield (
                f"{the(item)}: category “{item.category}” is not among the ruleset's"
                f" `categories`; write one of {', '.join(ruleset.categories)}, or list it under"
                " `categories`"
            )


def _allows(ruleset: Ruleset) -> Iterator[str]:
    """What the communities may change exists."""
    for path in ruleset.allows:
        # An overlay inherits what its parent allows, also of items that it dropped.
        if ruleset.extends is None and not leads_somewhere(ruleset, path):
            yield (
                f"allows: `{path}` leads nowhere in this ruleset; write for example `items.add`,"
                " `items.points.7` or `review.stages.group.quorum`"
            )
    for path in repeated(ruleset.allows):
        yield f"allows: `{path}` is listed twice; list it once"


def _sourced(ruleset: Ruleset) -> Iterator[tuple[str, Sourced]]:
    """Everything that names a source, with what to call it."""
    for name in _SECTIONS:
        section = getattr(ruleset, name)
        if section is not None:
            yield name, section
    for item in ruleset.items:
        yield the(item), item
        if item.revalued is not None:
            yield f"the new value of {the(item)}", item.revalued
    for cap, _ in caps_of(ruleset):
        yield f"cap {cap.id}", cap
    yield from ((f"group {group.id}", group) for group in ruleset.groups)
    yield from ((f"exclusion {exclusion.id}", exclusion) for exclusion in ruleset.exclusions)
    yield from ((f"stage {stage.id}", stage) for stage in ruleset.review.stages)
    yield from ((f"honour {honour.id}", honour) for honour in ruleset.standing.honours)
    yield from ((f"report {report.id}", report) for report in ruleset.reports)
    if ruleset.standing.support is not None:
        yield "support", ruleset.standing.support


CHECKS = (_identity, _codes, _ids, _sources, _clauses, _rulings, _channels, _categories, _allows)
