"""The order in which caps apply: from the narrowest to the widest.

Caps that touch the same item are nested (`lint` refuses others), so each gets a layer above all
that are nested in it, and the evaluator goes through the layers once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from domain.rules.schema import Cap, Item, Ruleset

PERIODS = ("event", "day", "month", "quarter", "half_year", "year")


@dataclass(frozen=True)
class CapLayers:
    """`layer_of[cap id]` from 1 to `depth`."""

    layer_of: dict[str, int]
    depth: int

    def terms(self, ruleset: Ruleset, item: Item) -> dict[str, object]:
        """The caps on an item as columns `_cap_n`, `_max_n`, `_cap_per_n`; null where none."""
        terms: dict[str, object] = {}
        for cap in caps_on(ruleset, item):
            layer = self.layer_of[cap.id]
            terms[f"_cap_{layer}"] = cap.id
            terms[f"_max_{layer}"] = cap.max
            terms[f"_cap_per_{layer}"] = cap.per
        return {name: terms.get(name) for name in self.schema()}

    def schema(self) -> dict[str, type[pl.DataType]]:
        schema: dict[str, type[pl.DataType]] = {}
        for layer in range(1, self.depth + 1):
            schema[f"_cap_{layer}"] = pl.String
            schema[f"_max_{layer}"] = pl.Int64
            schema[f"_cap_per_{layer}"] = pl.String
        return schema


def caps_on(ruleset: Ruleset, item: Item) -> list[Cap]:
    """An item's own caps and the shared ones that name it, narrowest first."""
    shared = [cap for cap in ruleset.shared_caps if item.code in cap.items]
    own = [cap for cap in item.caps]
    return sorted(
        (*own, *shared), key=lambda cap: (PERIODS.index(cap.per), len(cap.items), cap.id)
    )


def cap_layers(rulesets: Sequence[Ruleset]) -> CapLayers:
    """The layers of all caps of these versions together."""
    layer_of: dict[str, int] = {}
    chains = [
        [cap.id for cap in caps_on(ruleset, item)] for ruleset in rulesets for item in ruleset.items
    ]
    # Raise each cap above the one before it until nothing moves; chains are a few caps long.
    moved = True
    while moved:
        moved = False
        for chain in chains:
            below = 0
            for cap in chain:
                layer = max(layer_of.get(cap, 1), below + 1)
                moved |= layer_of.get(cap) != layer
                layer_of[cap] = layer
                below = layer
    return CapLayers(layer_of, max(layer_of.values(), default=0))
