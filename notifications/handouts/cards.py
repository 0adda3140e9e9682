"""Points cards (积分卡): a page for one household, or many to be printed and cut apart.

A card is handed to the household itself, so it bears the full name; it is not a public notice.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from typing import Any

from domain.kernel.local_time import local_date, parse_moment
from domain.kernel.period import Period
from domain.store.tables.ledger import EntryKind
from domain.store.tables.people import Community
from notifications.texts.catalogue import Texts, points_text

# What fits half a sheet of A4; a card with more shows its months instead of its entries.
LINES_MAX = 60
# With more entries than this, a card has two columns of them.
_ONE_COLUMN_MAX = 6
_NAME_CHARACTERS = 16  # to a line, in Chinese
_SUMS = {
    "gained": (EntryKind.BASE, EntryKind.AWARD),
    "taken": (EntryKind.DEDUCTION, EntryKind.ZEROING, EntryKind.CORRECTION),
    "other": (
        EntryKind.BONUS,
        EntryKind.REDEMPTION,
        EntryKind.REFUND,
        EntryKind.CARRY_OVER,
        EntryKind.CLEARING,
    ),
}
_COLUMN_OF = {kind: column for column, kinds in _SUMS.items() for kind in kinds}


def cards_page(cards: Sequence[dict[str, Any]], community: Community, texts: Texts) -> str:
    """The page that is shown or printed: one card with every entry, or many to be cut apart."""
    if len(cards) == 1:
        return card_html(cards[0], community, texts)
    return cards_html(cards, community, texts)


def cards_text(cards: Sequence[dict[str, Any]], community: Community, texts: Texts) -> str:
    """Cards as plain text, one after the other."""
    shown = [
        texts.render("card.txt", card=_with_balances(each), community=community) for each in cards
    ]
    return "\n\n".join(shown)


def card_html(card: dict[str, Any], community: Community, texts: Texts) -> str:
    """One household's card with every entry; `card` is one of `domain.cards.cardbook.card_book`."""
    return texts.render("card.html", card=_with_balances(card), community=community)


def cards_html(cards: Sequence[dict[str, Any]], community: Community, texts: Texts) -> str:
    """All cards of a community, to be printed, cut and handed out."""
    shown = []
    for card in cards:
        compact = {**card, "entries": _with_bases_summed(card["entries"])}
        whole = _with_balances(compact)
        shown.append(whole | {"months": _months(compact), "halves": _halves(whole["entries"])})
    return texts.render("cards.html", cards=shown, community=community)


def _halves(entries: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Entries in one column, or in two of about the same height."""
    if len(entries) <= _ONE_COLUMN_MAX:
        return [entries]
    lines = [_lines(entry) for entry in entries]
    left = next(
        count for count in range(1, len(entries) + 1) if 2 * sum(lines[:count]) >= sum(lines)
    )
    return [entries[:left], entries[left:]]


def _with_balances(card: dict[str, Any]) -> dict[str, Any]:
    """The card with the balance after each entry, as a savings book has it."""
    balance = _exact(card.get("brought_forward", 0))
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
            lines[-1] = {**last, "name": None, "item": None, "points": points}
        else:
            lines.append(entry)
    return lines


def _base_key(entry: dict[str, Any]) -> tuple[str, str] | None:
    return (entry["posted_at"], entry["period"]) if entry["kind"] == EntryKind.BASE else None


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
    balance = _exact(card.get("brought_forward", 0))
    for month in months.values():
        balance += sum(month[column] for column in _SUMS)
        month["balance"] = balance
    return list(months.values())


def _lines(entry: dict[str, Any]) -> int:
    """How many lines an entry takes on the small card."""
    clause, goods = entry["clause"], entry["goods"]
    cited = len(clause["id"] + clause["text"]) + 5 if clause else 0
    name = goods["name"] if goods else entry["name"] or ""
    written = len(name) + len(entry["item"] or "") + 4
    return ceil(written / _NAME_CHARACTERS) + ceil(cited / _NAME_CHARACTERS)


def _exact(points: float | Decimal) -> Decimal:
    return Decimal(points_text(points))
