"""Names and references: each part is called by a name of its own, and what is named exists."""

from collections.abc import Iterator

from domain.kernel.reasons import Reason, reason
from domain.rules.allows import leads_somewhere
from domain.rules.clauses import account, known_names
from domain.rules.lint.shared import caps_of, parent_of, repeated
from domain.rules.parts import part, the
from domain.rules.schema import Ruleset, Sourced

RULINGS_COUNT = 35  # SCHEMES.md, "The rulings"
# Headers of the inspection sheet's own column, which an item's code must leave free.
_RESERVED_CODES = ("household", "户号")
_SECTIONS = (
    "participants",
    "review",
    "audit",
    "publicity",
    "objections",
    "redemption",
    "value",
    "standing",
    "closing",
    "changes",
)


def _identity(ruleset: Ruleset) -> Iterator[Reason]:
    """Villagers can see whose document this is, and what it is called."""
    for field in ("title", "document", "issuer"):
        if not getattr(ruleset, field).strip():
            yield reason("lint_identity_empty", field=field)


def _codes(ruleset: Ruleset) -> Iterator[Reason]:
    """A code names one item, and no name can be taken for another item's code."""
    for code in repeated(item.code for item in ruleset.items):
        yield reason("lint_code_twice", part=part("item", code))
    codes = {item.code for item in ruleset.items}
    for item in ruleset.items:
        if not item.code or item.code != "".join(item.code.split()):
            yield reason("lint_code_spaces", part=the(item))
        if item.code.casefold() in _RESERVED_CODES:
            yield reason("lint_code_reserved", part=the(item))
        if not item.name.strip():
            yield reason("lint_name_empty", part=the(item))
        if item.name in codes and item.name != item.code:
            yield reason("lint_name_is_code", part=the(item))


def _ids(ruleset: Ruleset) -> Iterator[Reason]:
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
            yield reason("lint_id_twice", part=part(kind, id_), kind=reason(f"part_{kind}"))
        if not all(id_.strip() for id_ in ids):
            yield reason("lint_id_empty", kind=reason(f"part_{kind}"))


def _sources(ruleset: Ruleset) -> Iterator[Reason]:
    """Whatever names a source names a clause that is quoted here."""
    clauses = {clause.id for clause in ruleset.clauses}
    for called, sourced in _sourced(ruleset):
        if sourced.source is not None and sourced.source not in clauses:
            yield reason("lint_source_unknown", part=called, source=sourced.source)


def _clauses(ruleset: Ruleset) -> Iterator[Reason]:
    """A clause says something, and what it says executes it exists."""
    parent = parent_of(ruleset)
    inherited = known_names(parent) if parent else set()
    for clause in account(ruleset):
        if not clause.text.strip():
            yield reason("lint_clause_empty", part=part("clause", clause.id))
        for name in clause.missing:
            if name not in inherited:
                yield reason("lint_clause_name", part=part("clause", clause.id), name=name)


def _rulings(ruleset: Ruleset) -> Iterator[Reason]:
    """A ruling is one of SCHEMES.md's, once, and says what it is."""
    for ruling in ruleset.rulings:
        this = part("ruling", ruling.number)
        if not 1 <= ruling.number <= RULINGS_COUNT:
            yield reason("lint_ruling_unknown", part=this, limit=RULINGS_COUNT)
        if not ruling.text.strip():
            yield reason("lint_ruling_empty", part=this)
    for number in repeated(ruling.number for ruling in ruleset.rulings):
        yield reason("lint_ruling_twice", part=part("ruling", number))


def _channels(ruleset: Ruleset) -> Iterator[Reason]:
    """A claim can be handed in, and only by ways that the ruleset lists."""
    if not ruleset.channels:
        yield reason("lint_channels_none")
    for channel in repeated(ruleset.channels):
        yield reason("lint_channel_twice", channel=channel)
    for item in ruleset.items:
        for channel in item.channels:
            if channel not in ruleset.channels:
                yield reason("lint_channel_unlisted", part=the(item), channel=channel)


def _categories(ruleset: Ruleset) -> Iterator[Reason]:
    """An item stands in a category that the ruleset lists; the lists' records may stand apart."""
    for item in ruleset.items:
        if item.kind != "record" and ruleset.categories and item.category not in ruleset.categories:
            yield reason(
                "lint_category_unlisted",
                part=the(item),
                category=item.category,
                choices=ruleset.categories,
            )


def _allows(ruleset: Ruleset) -> Iterator[Reason]:
    """What the communities may change exists."""
    for path in ruleset.allows:
        # An overlay inherits what its parent allows, also of items that it dropped.
        if ruleset.extends is None and not leads_somewhere(ruleset, path):
            yield reason("lint_allows_nowhere", path=path)
    for path in repeated(ruleset.allows):
        yield reason("lint_allows_twice", path=path)


def _sourced(ruleset: Ruleset) -> Iterator[tuple[str | Reason, Sourced]]:
    """Everything that names a source, with what to call it."""
    for name in _SECTIONS:
        section = getattr(ruleset, name)
        if section is not None:
            yield name, section
    for item in ruleset.items:
        yield the(item), item
        if item.revalued is not None:
            yield reason("part_revalued", item=the(item)), item.revalued
    for cap, _ in caps_of(ruleset):
        yield part("cap", cap.id), cap
    yield from ((part("group", group.id), group) for group in ruleset.groups)
    yield from ((part("exclusion", exclusion.id), exclusion) for exclusion in ruleset.exclusions)
    yield from ((part("stage", stage.id), stage) for stage in ruleset.review.stages)
    yield from ((part("honour", honour.id), honour) for honour in ruleset.standing.honours)
    yield from ((part("report", report.id), report) for report in ruleset.reports)
    if ruleset.standing.support is not None:
        yield reason("part_support"), ruleset.standing.support


CHECKS = (_identity, _codes, _ids, _sources, _clauses, _rulings, _channels, _categories, _allows)
