"""The clerk: puts what happened into words and into the diary."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.samples.diary import Diary, Entry
from tests.samples.phrases import Phrases


@dataclass(frozen=True)
class Clerk:
    """Enters claims; `details` are an entry's fields, else the phrases have the words."""

    diary: Diary
    phrases: Phrases

    def enter(self, home: str, item: str, day: date, **details: Any) -> Entry:
        """A claim that the sample must have."""
        return self.diary.add(self._entry(home, item, day, details))

    def by_chance(self, home: str, item: str, day: date, **details: Any) -> None:
        """One of many: left out where there is one already, and handed in sooner or later."""
        entry = self._entry(home, item, day, details)
        if self.diary.takes(entry):
            self.diary.hand_in(self.diary.add(entry))

    def _entry(self, home: str, item: str, day: date, details: dict[str, Any]) -> Entry:
        words = self.phrases.word(item, day, self.diary.rng)
        fields = {
            "place": words.place,
            "reason": words.reason,
            "channel": words.channel,
            "evidence": words.evidence,
            **details,
        }
        return Entry(home, item, day, **fields)
