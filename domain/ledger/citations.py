"""What an entry is of and rests on (事项、依据), in the source's own words."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from domain.rules.versions import Version

_CHINESE, _ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile("[a-z]{3}")


class Basis(NamedTuple):
    """What an entry rests on: the clause's number, and its words; either may be empty."""

    id: str
    text: str


class Citations:
    """The names of items and the words of clauses, as a community's versions have them; of two
    versions that have the same, the later one's."""

    def __init__(self, versions: Sequence[Version]) -> None:
        rulesets = [version.ruleset for version in versions]
        self._items = {item.code: item for ruleset in rulesets for item in ruleset.items}
        self._clauses = {each.id: each.text for ruleset in rulesets for each in ruleset.clauses}

    def item_name(self, code: str | None) -> str | None:
        """What an item is called; None where no version has it."""
        item = self._items.get(code or "")
        return item.name if item else None

    def basis(self, reason: str, code: str | None = None) -> Basis:
        """What a ledger's reason and item say to a villager.

        A reason is a clause's number, or where the source has none a note of the ruleset's
        authors: then the item's own words stand for it, and a note that is not Chinese is left out.
        """
        if reason in self._clauses:
            return Basis(reason, self._clauses[reason])
        readable = _CHINESE.search(reason) and not _ENGLISH.search(reason)
        item = self._items.get(code or "")
        if item is not None and (item.text or not readable):
            return Basis("", item.text or item.name)
        return Basis(reason if readable else "", "")
