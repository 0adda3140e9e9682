"""Points cards (积分卡): a page for one household, or many to be printed and cut apart.

A card is handed to the household itself, so it bears the full name; it is not a public notice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

from domain.cards.card import Card, CardEntry
from domain.kernel.documents import ABSENT, Hundredths, document, documents
from domain.kernel.local_time import local_date
from domain.kernel.period import Period
from domain.kernel.points import json_points
from domain.store.tables.ledger import EntryKind
from domain.store.tables.people import Community
from notifications.texts.catalogue import Texts

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


def cards_page(cards: Sequence[Card], community: Community, texts: Texts) -> str:
    """The page that is shown or printed: one card with every entry, or many to be cut apart."""
    if len(cards) == 1:
        return card_html(cards[0], community, texts)
    return cards_html(cards, community, texts)


def cards_text(cards: Sequence[Card], community: Community, texts: Texts) -> str:
    """Cards as plain text, one after the other."""
    shown = [
        texts.render("card.txt", card=_with_balances(each), community=community) for each in cards
    ]
    return "\n\n".join(shown)


def card_html(card: Card, community: Community, texts: Texts) -> str:
    """One household's card with every entry."""
    return texts.render("card.html", card=_with_balances(card), community=community)


def cards_html(cards: Sequence[Card], community: Community, texts: Texts) -> str:
    """All cards of a community, to be printed, cut and handed out."""
    shown = []
    for card in cards:
        compact = replace(card, entries=_with_bases_summed(card.entries))
        whole = _with_balances(compact)
        left, rows = _fits_left(compact.entries), whole["entries"]
        halves = [rows] if left is None else [rows[:left], rows[left:]]
        shown.append(whole | {"months": documents(_months(compact)), "halves": halves})
    return texts.render("cards.html", cards=shown, community=community)


def _fits_left(entries: Sequence[CardEntry]) -> int | None:
    """How many entries make about half of the height; None where one column holds them all."""
    if len(entries) <= _ONE_COLUMN_MAX:
        return None
    lines = [_lines(entry) for entry in entries]
    return next(
        count for count in range(1, len(entries) + 1) if 2 * sum(lines[:count]) >= sum(lines)
    )


def _with_balances(card: Card) -> dict[str, Any]:
    """The card as templates have it, with the balance after each entry, as in a savings book."""
    balance = _brought_forward(card)
    entries = []
    for entry in card.entries:
        balance += entry.points
        entries.append(document(entry) | {"balance": json_points(balance)})
    shown: dict[str, Any] = document(card)
    return shown | {"entries": entries}


def _with_bases_summed(entries: Sequence[CardEntry]) -> tuple[CardEntry, ...]:
    """Base points that were posted together become one line (马鞍 has six of a point each)."""
    lines: list[CardEntry] = []
    for entry in entries:
        last = lines[-1] if lines else None
        if last and _base_key(last) == _base_key(entry) is not None:
            points = last.points + entry.points
            lines[-1] = replace(last, name=None, item=None, points=points)
        else:
            lines.append(entry)
    return tuple(lines)


def _base_key(entry: CardEntry) -> tuple[datetime, str] | None:
    return (entry.posted_at, entry.period) if entry.kind == EntryKind.BASE else None


@dataclass
class Month:
    """What a card's entries of one month come to, and the balance after them."""

    period: str
    gained: Hundredths = 0
    taken: Hundredths = 0
    other: Hundredths = 0
    balance: Hundredths = 0

    def add(self, entry: CardEntry) -> None:
        column = _COLUMN_OF[EntryKind(entry.kind)]
        setattr(self, column, getattr(self, column) + entry.points)


def _months(card: Card) -> list[Month]:
    """Sums by the month of posting, where the entries are too many for a quarter of a sheet.

    Not by the period that entries are for: opening and clearing are both for the year, and the
    balance would run backwards.
    """
    if sum(map(_lines, card.entries)) <= LINES_MAX:
        return []
    months: dict[str, Month] = {}
    for entry in card.entries:
        posted = str(Period.of("month", local_date(entry.posted_at)))
        months.setdefault(posted, Month(posted)).add(entry)
    balance = _brought_forward(card)
    for month in months.values():
        balance += month.gained + month.taken + month.other
        month.balance = balance
    return list(months.values())


def _brought_forward(card: Card) -> int:
    return 0 if card.brought_forward is ABSENT else card.brought_forward


def _lines(entry: CardEntry) -> int:
    """How many lines an entry takes on the small card."""
    cited = len(entry.clause.id + entry.clause.text) + 5 if entry.clause else 0
    name = entry.goods.name if entry.goods else entry.name or ""
    written = len(name) + len(entry.item or "") + 4
    return ceil(written / _NAME_CHARACTERS) + ceil(cited / _NAME_CHARACTERS)
