"""Points cards (积分卡): a page for one household, or all of a community four to a sheet of A4.

A card is handed to the household itself, so it bears the full name; it is not a public notice.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from typing import Any

from domain.clock import local_date, parse_moment
from domain.period import Period
from domain.store.tables.people import Community
from notifications.texts import Texts, points_text

# What fits a quarter of A4; a card with more shows its months instead of its entries.
LINES_MAX = 20
_NAME_CHARACTERS, _CLAUSE_CHARACTERS = 19, 34  # to a line, in Chinese
_SUMS = {
    "gained": ("base", "award"),
    "taken": ("deduction", "zeroing", "correction"),
    "other": ("bonus", "redemption", "refund", "carry_over", "clearing"),
}
_COLUMN_OF = {kind: column for column, kinds in _SUMS.items() for kind in kinds}


def card_html(card: dict[str, Any], community: Community, texts: Texts) -> str:
    """One household's card with every entry; `card` is one of `domain.cardbook.card_book`."""
    return texts.render("card.html", card=_with_balances(card), community=community)


def cards_html(cards: Sequence[dict[str, Any]], community: Community, texts: Texts) -> str:
    """All cards of a community, to be printed, cut and handed out."""
    shown = []
    for card in cards:
        compact = {**card, "entries": _with_bases_summed(card["entries"])}
        shown.append(_with_balances(compact) | {"months": _months(compact)})
    return texts.render("cards.html", cards=shown, community=community)


def _with_balances(card: dict[str, Any]) -> dict[str, Any]:
    """The card with the balance of its year after each entry, as a savings book has it."""
    balance = Decimal(0)
    entries = []
    for entry in card["entries"]:
        balance += _exact(entry["points"])
        entries.append({**entry, "balance": balance})
    return {**card, "entries": entries}


def _with_bases_summed(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Base points that were posted together become one line (马鞍 has six of a point each)."""
    lines: list[dict[str, Any]] = []
    for entry in entries:
        last = lines[-1] if lines else None
        if last and _base_key(last) == _base_key(entry) is not None:
            points = _exact(last["points"]) + _exact(entry["points"])
            lines[-1] = {**last, "name": None, "points": points}
        else:
            lines.append(entry)
    return lines


def _base_key(entry: dict[str, Any]) -> tuple[str, str] | None:
    return (entry["posted_at"], entry["period"]) if entry["kind"] == "base" else None


def _months(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Sums by the month of posting, where the entries are too many for a quarter of a sheet.

    Not by the period that entries are for: opening and clearing are both for the year, and the
    balance would run backwards.
    """
    entries = card["entries"]
    if sum(map(_lines, entries)) <= LINES_MAX:
        return []
    months: dict[str, dict[str, Any]] = {}
    for entry in entries:
        posted = str(Period.of("month", local_date(parse_moment(entry["posted_at"]))))
        empty = {"period": posted, **dict.fromkeys(_SUMS, Decimal(0))}
        month = months.setdefault(posted, empty)
        month[_COLUMN_OF[entry["kind"]]] += _exact(entry["points"])
    balance = Decimal(0)
    for month in months.values():
        balance += sum(month[column] for column in _SUMS)
        month["balance"] = balance
    return list(months.values())


def _lines(entry: dict[str, Any]) -> int:
    """How many lines an entry takes on the small card."""
    clause = entry["clause"]
    cited = len(clause["id"] + clause["text"]) + 5 if clause else 0
    return ceil(len(entry["name"] or " ") / _NAME_CHARACTERS) + ceil(cited / _CLAUSE_CHARACTERS)


def _exact(points: float | Decimal) -> Decimal:
    return Decimal(points_text(points))
