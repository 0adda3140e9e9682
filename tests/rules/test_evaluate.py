"""The evaluator against the slow model, on random schemes and random claims."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules.evaluate import Version, base_points
from domain.rules.layers import caps_on
from tests.rules import slow_model
from tests.rules.builders import evaluated
from tests.rules.strategies import YEAR, claim_lists, enrolments, once_before, versions
from tests.selection import examples

RULES = ("void", "exclusion", "frequency", "highest_of")


def gained_bases(enrolled: list[dict[str, Any]], rules: Sequence[Version]) -> pl.DataFrame:
    schema = {"household": pl.Int64, "eligible_from": pl.Date, "eligible_until": pl.Date}
    return base_points(pl.DataFrame(enrolled, schema=schema), rules, YEAR, date(YEAR, 12, 31))


def caps_taken(row: dict[str, Any], rules: Sequence[Version]) -> dict[str, int]:
    """What each cap took from a claim, read off the columns `cap_1`, `cap_2`, …"""
    ruleset = slow_model.in_force(rules, row["occurred_on"])
    item = ruleset.item(row["item"])
    assert item is not None
    caps = [one.id for one in caps_on(ruleset, item)]
    columns = [name for name in row if name.startswith("cap_")]
    took = {cap: row[name] for cap, name in zip(caps, columns, strict=False)}
    # A column beyond the item's caps has nothing to say.
    assert not any(row[name] for name in columns[len(caps) :])
    return {cap: taken for cap, taken in took.items() if taken}


@settings(deadline=None, max_examples=examples(120))
@given(versions(), claim_lists(), enrolments(), once_before)
def test_agrees_with_the_slow_model(
    rules: list[Version],
    claims: list[dict[str, Any]],
    enrolled: list[dict[str, Any]],
    once: list[tuple[int, int | None, str]],
) -> None:
    bases = gained_bases(enrolled, rules).to_dicts()
    expected = slow_model.score(claims, bases, rules, once)
    actual = evaluated(rules, claims, bases, once)
    assert actual.keys() == expected.keys()
    for number, row in actual.items():
        scored = expected[number]
        took = {rule: scored.took.get(rule, 0) for rule in RULES}
        by_cap = {cap: n for cap, n in scored.took.items() if cap not in RULES and n}
        assert {name: row[name] for name in ("raw", *RULES, "points")} == {
            "raw": scored.raw,
            **took,
            "points": scored.points,
        }
        assert caps_taken(row, rules) == by_cap
        if scored.item.kind != "zeroing":
            assert row["raw"] - sum(took.values()) - sum(by_cap.values()) == row["points"]


@settings(deadline=None, max_examples=examples(60))
@given(versions(), enrolments(), st.dates(date(YEAR - 1, 12, 1), date(YEAR + 1, 1, 31)))
def test_base_points_agree_with_the_slow_model(
    rules: list[Version], enrolled: list[dict[str, Any]], as_of: date
) -> None:
    schema = {"household": pl.Int64, "eligible_from": pl.Date, "eligible_until": pl.Date}
    rows = base_points(pl.DataFrame(enrolled, schema=schema), rules, YEAR, as_of).rows()
    gained = {(household, item, period): rest for household, item, period, *rest in rows}
    assert len(rows) == len(gained)
    expected = slow_model.base_points(enrolled, rules, YEAR, as_of)
    assert gained == {key: list(value) for key, value in expected.items()}


@settings(deadline=None, max_examples=examples(50))
@given(versions(), claim_lists(), enrolments(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    rules: list[Version], claims: list[dict[str, Any]], enrolled: list[dict[str, Any]], random: Any
) -> None:
    bases = gained_bases(enrolled, rules).to_dicts()
    once = evaluated(rules, claims, bases)
    random.shuffle(claims)
    random.shuffle(bases)
    assert evaluated(rules, claims, bases) == once


@settings(deadline=None, max_examples=examples(60))
@given(versions(), claim_lists(), enrolments(), once_before)
def test_households_do_not_touch_each_other(
    rules: list[Version],
    claims: list[dict[str, Any]],
    enrolled: list[dict[str, Any]],
    once: list[tuple[int, int | None, str]],
) -> None:
    """Splitting by household and putting together is the same; so one more changes no other's."""
    bases = gained_bases(enrolled, rules).to_dicts()
    together = evaluated(rules, claims, bases, once)
    apart: dict[int, dict[str, Any]] = {}
    for household in {claim["household"] for claim in claims}:
        own = [claim for claim in claims if claim["household"] == household]
        apart |= evaluated(rules, own, bases, once)
    assert apart == together


@settings(deadline=None, max_examples=examples(60))
@given(versions(count_max=1), claim_lists())
def test_awards_stay_within_every_cap(rules: list[Version], claims: list[dict[str, Any]]) -> None:
    ruleset = rules[0].ruleset
    scored = slow_model.score(claims, [], rules)
    rows = evaluated(rules, claims)
    for row in scored.values():
        for limit, codes in slow_model.caps_of(ruleset, row.claim["item"]):
            sharing = [
                rows[number]["points"]
                for number, other in scored.items()
                if other.claim["item"] in codes and slow_model.shares_cap(limit, codes, row, other)
            ]
            assert sum(points for points in sharing if points > 0) <= limit.max
