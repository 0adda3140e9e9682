"""Items as small numbers, so that the rules compare integers instead of text.

The evaluator's rows carry three columns of their own: `_row`, the place in the canonical order;
`_item`, the item's number, the same in all versions; and `_term`, the item as the version in
force on the claim's date states it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from domain.rules.schema import Item, Ruleset
from domain.rules.versions import Version


@dataclass(frozen=True)
class Terms:
    """What the versions in force say of their items, in order of time."""

    versions: Sequence[Version]
    numbers: dict[str, int]

    @classmethod
    def of(cls, versions: Sequence[Version], days: tuple[date, date]) -> "Terms":
        """The terms of those ordered versions that are in force on some of these days."""
        first, last = days
        started = [version for version in versions if version.starts_on <= last]
        ended = sum(version.starts_on <= first for version in started[1:])
        codes = dict.fromkeys(item.code for one in started[ended:] for item in one.ruleset.items)
        return cls(started[ended:], {code: number for number, code in enumerate(codes)})

    @property
    def rulesets(self) -> list[tuple[int, Ruleset]]:
        """Every version's ruleset with its number."""
        return [(number, version.ruleset) for number, version in enumerate(self.versions)]

    @property
    def has_members(self) -> bool:
        """Whether some item is a member's."""
        return any(item.of == "member" for _, ruleset in self.rulesets for item in ruleset.items)

    def numbered(self, claims: pl.DataFrame) -> pl.DataFrame:
        """`_row`, `_item` and `_term` for claims; null where there is no such item."""
        codes = pl.Enum(list(self.numbers))
        item = claims["item"].cast(codes, strict=False).to_physical().cast(pl.UInt32)
        version = pl.lit(0, pl.UInt32)
        for started in self.versions[1:]:
            version += (pl.col("occurred_on") >= started.starts_on).cast(pl.UInt32)
        return (
            claims.with_columns(_item=item)
            .with_columns(_term=version * len(self.numbers) + pl.col("_item"))
            .with_row_index("_row")
        )

    def of_each(self, value: Callable[[Item], int | None], rows: pl.DataFrame) -> pl.Series:
        """A value of the item of each row."""
        values: list[int | None] = [None] * (len(self.versions) * len(self.numbers))
        for number, ruleset in self.rulesets:
            for item in ruleset.items:
                values[self._term(number, item.code)] = value(item)
        return pl.Series(values).gather(rows["_term"])

    def where(self, chosen: Callable[[Item], bool]) -> pl.Expr:
        """The rows whose item is such a one in its version."""
        terms = [
            self._term(number, item.code)
            for number, ruleset in self.rulesets
            for item in ruleset.items
            if chosen(item)
        ]
        return _any_of("_term", terms)

    def stated(self, version: int, codes: Iterable[str]) -> pl.Expr:
        """The rows of these items in this version."""
        return self.named(codes) & self.upto(version) & self.since(version)

    def named(self, codes: Iterable[str]) -> pl.Expr:
        """The rows of these items, in any version."""
        return _any_of("_item", [self.numbers[code] for code in codes if code in self.numbers])

    def upto(self, version: int) -> pl.Expr:
        """The rows of this version and those before it."""
        return pl.col("_term") < (version + 1) * len(self.numbers)

    def since(self, version: int) -> pl.Expr:
        """The rows of this version and those after it."""
        return pl.col("_term") >= version * len(self.numbers)

    def _term(self, version: int, code: str) -> int:
        return version * len(self.numbers) + self.numbers[code]


def _any_of(column: str, values: Sequence[int]) -> pl.Expr:
    return pl.col(column).is_in(pl.Series(values, dtype=pl.UInt32).implode())
