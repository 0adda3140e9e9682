"""What clerks write: places, reasons and evidence by item, from `phrases/*.yaml`."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import yaml

PHRASES = Path(__file__).parent / "phrases"
# `<邻居>` in a phrase becomes one of the words under that name.
_SLOT = re.compile(r"<(\w+)>")
# Words that go by the month.
_SEASONAL = ("节日", "时令")


@dataclass(frozen=True)
class Theme:
    """How an item is claimed: which ways, in which words, in which months.

    A deed is a place and a reason, `place：reason`; `weight` is how often the item comes.
    """

    item: str
    name: str
    channels: tuple[str, ...]
    deeds: tuple[str, ...]
    evidence: tuple[str, ...]
    refused: tuple[str, ...]
    weight: int = 0
    months: tuple[int, ...] = tuple(range(1, 13))


@dataclass(frozen=True)
class Wording:
    """One claim's words."""

    place: str
    reason: str
    channel: str
    evidence: str


class Phrases:
    """A scheme's themes, and the words that fill their slots."""

    def __init__(self, scheme: str) -> None:
        self.words: dict[str, list[str]] = _read("words")
        self.themes = {
            code: Theme(code, **{name: _frozen(value) for name, value in fields.items()})
            for code, fields in _read(scheme).items()
        }

    def word(self, item: str, day: date, rng: Random) -> Wording:
        """Words for a claim of an item on a day; one in nine leaves the evidence blank."""
        theme = self.themes[item]
        place, _, reason = self._say(rng.choice(theme.deeds), day, rng).partition("：")
        evidence = self._say(rng.choice(theme.evidence), day, rng)
        return Wording(
            place, reason, rng.choice(theme.channels), "" if rng.random() < 0.11 else evidence
        )

    def why_not(self, item: str, rng: Random) -> str:
        """Why a claim of an item is rejected."""
        return rng.choice(self.themes[item].refused)

    def draw(self, rng: Random, month: int) -> str:
        """An item that comes in a month, by its weight."""
        fitting = [theme for theme in self.themes.values() if month in theme.months]
        return rng.choices(fitting, [theme.weight for theme in fitting])[0].item

    def _say(self, phrase: str, day: date, rng: Random) -> str:
        def word(slot: re.Match[str]) -> str:
            words = self.words[slot[1]]
            return words[day.month - 1] if slot[1] in _SEASONAL else rng.choice(words)

        return _SLOT.sub(word, phrase)


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((PHRASES / f"{name}.yaml").read_text("utf-8"))
    return data


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
