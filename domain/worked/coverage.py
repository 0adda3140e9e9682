"""All worked cases of a ruleset: what claims earn (`rules.cases`) and whole years
(`worked_years`); and what no case tries."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from domain.kernel.reasons import Reason, reason
from domain.rules.casebook import CASES_FILE, Case, CaseBook, Expected, YearCase, load_book
from domain.rules.cases import CaseResult, run_case, uncovered
from domain.rules.clauses import known_names
from domain.rules.layers import caps_in_order
from domain.rules.load import RULESETS_DIR, ruleset_ids, shipped
from domain.rules.schema import Ruleset, Sourced
from domain.worked.years import run_year

# Rulings about the process, and what a year has to say (one of these) in order to show one.
SHOWN_BY: dict[int, tuple[str, ...]] = {
    12: ("balances",),
    13: ("ranks",),
    14: ("balances",),
    15: ("balances", "blocked"),
    16: ("averages",),
    17: ("due",),
    18: ("registered",),
    19: ("earned", "refused"),
    20: ("blocked",),
    21: ("refused",),
    22: ("notices",),
    24: ("claims",),
    25: ("registered",),
    26: ("notices",),
}


def run_all(ruleset: Ruleset, path: Path) -> list[CaseResult]:
    """Every case and every year of a file, compared with what the program gives."""
    book = load_book(path)
    return [
        *(run_case(ruleset, case) for case in book.cases),
        *(run_year(ruleset, year) for year in book.years),
    ]


def untried(ruleset: Ruleset, path: Path) -> list[Reason]:
    """What no case tries of the rules, the process and the rulings, in sentences.

    What a scheme cannot try itself, because its source has no items or no values, the example
    overlays that ship with it may; and an overlay need not try its parent's process again, nor
    what it has unchanged of a town's own file.
    """
    book = load_book(path)
    further = _examples(ruleset)
    tried = {name for year in (*book.years, *further.years) for name in _tried(ruleset, year)}
    shown = {
        number
        for each in (book, further)
        for number in (*_shown_by_years(each.years), *_shown_by_cases(each))
    }
    town = ruleset.parent
    tried |= {*_parts(town)} if town else set()
    shown |= {ruling.number for ruling in town.rulings} if town else set()
    return [
        *_untried_rules(ruleset, book),
        *(reason("no_year_tries", name=name) for name in _parts(ruleset) if name not in tried),
        *(
            reason("no_case_shows", number=ruling.number, text=ruling.text)
            for ruling in ruleset.rulings
            if ruling.number not in shown
        ),
        *_mislabelled(ruleset, book.years),
    ]


def _untried_rules(ruleset: Ruleset, book: CaseBook) -> Iterator[Reason]:
    """What no case tries of the rules; those that an overlay has unchanged its parent's may try."""
    untried_here = uncovered(ruleset, book.cases)
    if ruleset.extends is None:
        yield from untried_here
        return
    if ruleset.parent is not None:
        parent, untried_there = ruleset.parent, list[Reason]()
    else:
        parent = shipped(ruleset.extends)
        of_parent = load_book(RULESETS_DIR / parent.id / CASES_FILE).cases
        untried_there = uncovered(parent, of_parent)
    unchanged = [reason("no_case_tries", name=name) for name in _unchanged(ruleset, parent)]
    yield from (each for each in untried_here if each in untried_there or each not in unchanged)


def _unchanged(ruleset: Ruleset, parent: Ruleset) -> list[str]:
    """The names of the rules that an overlay has as its parent has them."""
    here, there = _rules(ruleset), _rules(parent)
    return [name for name, rule in here.items() if there.get(name) == rule]


def _rules(ruleset: Ruleset) -> dict[str, Sourced]:
    return {
        **{f"item:{item.code}": item for item in ruleset.items},
        **{f"cap:{cap.id}": cap for cap, _ in caps_in_order(ruleset)},
        **{f"group:{group.id}": group for group in ruleset.groups},
        **{f"exclusion:{exclusion.id}": exclusion for exclusion in ruleset.exclusions},
    }


def _examples(ruleset: Ruleset) -> CaseBook:
    """The cases of the overlays that ship with a scheme, or of the scheme under an overlay."""
    cases: list[Case] = []
    years: list[YearCase] = []
    for each in ruleset_ids():
        path = RULESETS_DIR / each / CASES_FILE
        related = shipped(each).extends == ruleset.id or each == ruleset.extends
        if related and path.is_file():
            book = load_book(path)
            cases += book.cases
            years += book.years
    return CaseBook(cases=tuple(cases), years=tuple(years))


def _parts(ruleset: Ruleset) -> list[str]:
    """The names of all parts of the process that a year can try."""
    return [
        *(f"item:{item.code}" for item in ruleset.items if item.kind == "record"),
        *(f"stage:{stage.id}" for stage in ruleset.review.stages),
        *(f"honour:{honour.id}" for honour in ruleset.standing.honours),
        *(f"report:{report.id}" for report in ruleset.reports),
        *(["support"] if ruleset.standing.support else []),
    ]


def _tried(ruleset: Ruleset, year: YearCase) -> Iterator[str]:
    """The names of the parts of the process that a year tries."""
    expected = year.expected
    yield from (f"item:{claim.get('item')}" for claim in year.claims)
    yield from (f"honour:{name}" for names in expected.honours.values() for name in names)
    if expected.support:
        yield "support"
    first = ruleset.review.stages[0].id
    yield from (f"stage:{each.get('stage', first)}" for each in year.decisions)
    for report in ruleset.reports:
        month = int(report.due[:2])
        if f"report report {year.year}-H{1 if month <= 6 else 2}" in expected.due:
            yield f"report:{report.id}"


def _shown_by_cases(book: CaseBook) -> Iterator[int]:
    """Rulings about scoring need no more than a case that is labelled so."""
    labels = (name for case in book.cases for name in case.covers)
    yield from (
        number for number in _numbers(labels) if number not in SHOWN_BY or number in (12, 25)
    )


def _shown_by_years(years: tuple[YearCase, ...]) -> Iterator[int]:
    for year in years:
        yield from (number for number in _numbers(year.covers) if _says(year.expected, number))


def _numbers(labels: Iterable[str]) -> Iterator[int]:
    for label in labels:
        kind, _, number = label.partition(":")
        if kind == "ruling" and number.isdigit():
            yield int(number)


def _says(expected: Expected, number: int) -> bool:
    keys = SHOWN_BY.get(number, tuple(Expected.model_fields))
    return any(getattr(expected, key) for key in keys)


def _mislabelled(ruleset: Ruleset, years: tuple[YearCase, ...]) -> Iterator[Reason]:
    """What a year says that it covers, and the ruleset has not, or the year does not show."""
    known = known_names(ruleset) | {f"ruling:{ruling.number}" for ruling in ruleset.rulings}
    for year in years:
        for name in year.covers:
            if name not in known:
                yield reason("case_covers_unknown", case=year.name, name=name)
        for number in _numbers(year.covers):
            if not _says(year.expected, number):
                keys = tuple(f"`{key}`" for key in SHOWN_BY[number])
                yield reason(
                    "worked_covers_unsaid",
                    case=year.name,
                    number=number,
                    keys=keys,
                    named=" or ".join(keys),
                )
