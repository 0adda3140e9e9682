"""Small rulesets and claims for the tests: only what a test is about has to be said."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

import polars as pl

from domain.rules.evaluate import BASE_COLUMNS, CLAIM_COLUMNS, Version, evaluate
from domain.rules.schema import Ruleset

SOURCE = {"source": None, "reason": "made up for a test"}
ONCE_COLUMNS = {"household": pl.Int64, "member": pl.Int64, "item": pl.String}
DEFAULT_POINTS = {"award": 10, "graded": 10, "deduction": -10, "base": 10}


class Brief(Ruleset):
    """A ruleset that shows only what tests vary, so that a failing example can be read."""

    def __repr__(self) -> str:
        shown = {"items", "shared_caps", "exclusions"}
        return self.model_dump_json(include=shown, exclude_defaults=True)


def item(code: str, kind: str = "award", **terms: Any) -> dict[str, Any]:
    """An item; `points` default to 10 (deductions: -10)."""
    terms.setdefault("points", DEFAULT_POINTS.get(kind))
    return {"code": code, "name": code, "category": "all", "kind": kind, **SOURCE, **terms}


def cap(cap_id: str, limit: float, per: str, *items: str) -> dict[str, Any]:
    """A cap; without items, one that stands on its item."""
    return {"id": cap_id, "max": limit, "per": per, "items": items, **SOURCE}


def exclusion(cap_id: str, by: str, within: str, *items: str) -> dict[str, Any]:
    return {"id": cap_id, "items": items, "by": [by], "within": within, **SOURCE}


def ruleset(*items: dict[str, Any], **parts: Any) -> Ruleset:
    """A ruleset with these items, and `shared_caps` or `exclusions` where they are given."""
    groups = sorted({one["highest_of"] for one in items if one.get("highest_of")})
    return Brief.model_validate(
        {
            "id": "made-up",
            "title": "made up",
            "document": "none",
            "issuer": "a test",
            "source_file": None,
            "effective_from": date(2020, 1, 1),
            "participants": {"opt_in": False, **SOURCE},
            "channels": ["self"],
            "categories": ["all"],
            "items": items,
            "groups": [{"id": group, "name": group, **SOURCE} for group in groups],
            "review": {
                "stages": [{"id": "group", "name": "group", "quorum": 1, **SOURCE}],
                "due": {"day": 5},
                **SOURCE,
            },
            "audit": {"every": "month", **SOURCE},
            "publicity": {"every": "quarter", "open_days": 7, **SOURCE},
            "objections": {"days": 15, **SOURCE},
            "redemption": {"every": "always", **SOURCE},
            "standing": {"by": "score", "span": "year", **SOURCE},
            "closing": {"kind": "carry_over", **SOURCE},
            "changes": {"at": "any_date", **SOURCE},
            **parts,
        }
    )


def since(day: date, rules: Ruleset) -> Version:
    return Version(day, rules)


def claim(number: int, code: str, on: str, **fields: Any) -> dict[str, Any]:
    """Claim `C<number>` of household 1 on MM-DD of 2026, submitted at the end of that day."""
    day = date.fromisoformat(f"2026-{on}")
    return {
        "claim": number,
        "household": 1,
        "member": None,
        "item": code,
        "quantity": 1,
        "score": None,
        "matter": "",
        "occurred_on": day,
        "submitted_at": datetime.combine(day, time(23, 59)),
        "ref": f"C{number:03}",
        **fields,
    }


def claims_frame(claims: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(claims), schema=CLAIM_COLUMNS)


def bases_frame(bases: Iterable[dict[str, Any]] = ()) -> pl.DataFrame:
    return pl.DataFrame(list(bases), schema=BASE_COLUMNS)


def once_frame(once: Iterable[tuple[int, int | None, str]]) -> pl.DataFrame:
    return pl.DataFrame(list(once), schema=ONCE_COLUMNS, orient="row")


def evaluated(
    versions: Sequence[Version] | Ruleset,
    claims: Iterable[dict[str, Any]],
    bases: Iterable[dict[str, Any]] = (),
    once: Iterable[tuple[int, int | None, str]] = (),
) -> dict[int, dict[str, Any]]:
    """The evaluator's rows, by claim."""
    if isinstance(versions, Ruleset):
        versions = [since(date(2020, 1, 1), versions)]
    awards = evaluate(claims_frame(claims), bases_frame(bases), versions, once_frame(once))
    return {row["claim"]: row for row in awards.iter_rows(named=True)}


def points(*arguments: Any, **named: Any) -> list[float]:
    """What `evaluated` gives as points (not hundredths), in the order of claims' numbers."""
    rows = evaluated(*arguments, **named)
    return [rows[number]["points"] / 100 for number in sorted(rows)]
