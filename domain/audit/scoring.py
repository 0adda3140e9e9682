"""From the database to awards and back: evaluate, compare with the ledger, post differences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain.community.participation import eligibility
from domain.community.registry import households_of, versions_of
from domain.kernel.local_time import local_date
from domain.ledger.accounts import SCORE_KINDS, last_posting
from domain.ledger.entries import of_entries
from domain.ledger.post import EFFECT_COLUMNS, ENTRY_COLUMNS, no_effects, no_entries
from domain.review.claims import of_year, while_taking_part
from domain.rules.evaluate import CLAIM_COLUMNS, base_points, evaluate
from domain.rules.rows import is_rule
from domain.rules.versions import Version, version_on
from domain.store.frames import read_frame
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Effect, Entry, EntryKind
from domain.store.tables.people import Community, Household

_HOUSEHOLDS = {"household": pl.Int64, "eligible_from": pl.Date, "eligible_until": pl.Date}


def awards(
    session: Session,
    community: Community,
    year: int,
    as_of: datetime,
    admit: ColumnElement[bool],
) -> pl.DataFrame:
    """The year's admitted claims with the evaluator's columns (see `evaluate`)."""
    versions = versions_of(session, community)
    _, scored = _evaluated(session, community, versions, year, as_of, admit, None)
    return scored


def _evaluated(
    session: Session,
    community: Community,
    versions: Sequence[Version],
    year: int,
    as_of: datetime,
    admit: ColumnElement[bool],
    household: Household | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The base points gained by a moment, and the admitted claims with the evaluator's columns."""
    bases = _bases(session, community, versions, year, as_of, household)
    claims = claims_of(session, [community.id], year, admit, household)
    return bases, evaluate(claims, bases, versions, _once_before(session, community, year))


def claims_of(
    session: Session,
    communities: list[int],
    year: int,
    admit: ColumnElement[bool],
    household: Household | None = None,
) -> pl.DataFrame:
    """Admitted claims that occurred in `year`, as the evaluator takes them.

    A household that has left earns nothing after its last day, whenever that is recorded.
    """
    query = (
        select(
            Claim.id,
            Claim.household_id,
            Claim.member_id,
            Claim.item,
            Claim.quantity,
            Claim.score,
            Claim.matter,
            Claim.occurred_on,
            Claim.submitted_at,
            Claim.ref,
        )
        .join(Household, Household.id == Claim.household_id)
        .where(Claim.community_id.in_(communities), of_year(year), while_taking_part(), admit)
    )
    if household is not None:
        query = query.where(Claim.household_id == household.id)
    return read_frame(session, query, CLAIM_COLUMNS)


def _bases(
    session: Session,
    community: Community,
    versions: Sequence[Version],
    year: int,
    as_of: datetime,
    household: Household | None,
) -> pl.DataFrame:
    households = [household] if household else households_of(session, community)
    who = version_on(versions, max(versions[0].starts_on, date(year, 1, 1))).ruleset.participants
    rows = []
    for home in households:
        able = eligibility(home, who)
        if able.since is not None:
            rows.append((home.id, able.since, able.until))
    frame = pl.DataFrame(rows, schema=_HOUSEHOLDS, orient="row")
    return base_points(frame, versions, year, local_date(as_of))


def _once_before(session: Session, community: Community, year: int) -> pl.DataFrame:
    """Who has earned what in earlier years: only `per: once` items look at it."""
    query = (
        of_entries(community.id, Entry.household_id, Entry.member_id, Entry.item)
        .where(
            Entry.year < year,
            Entry.kind.in_((EntryKind.AWARD, EntryKind.CORRECTION)),
        )
        .group_by(Entry.household_id, Entry.member_id, Entry.item)
        .having(func.sum(Entry.points) > 0)
    )
    schema = {"household": pl.Int64, "member": pl.Int64, "item": pl.String}
    return read_frame(session, query, schema)


@dataclass(frozen=True)
class Changes:
    """What brings the ledger to what the rules say: `entries` (`ENTRY_COLUMNS`), and `effects`,
    what rules newly take or give back (`EFFECT_COLUMNS`)."""

    entries: pl.DataFrame
    effects: pl.DataFrame


def differences(
    session: Session,
    community: Community,
    years: Iterable[int],
    as_of: datetime,
    admit: ColumnElement[bool],
    household: Household | None = None,
    *,
    correcting: bool = False,
) -> Changes:
    """What the rules say of the admitted claims, less what the ledger holds already.

    A first posting is a base, award, deduction or zeroing; whatever changes something posted
    before is a correction, and with `correcting` everything is. An act that is dated back takes
    nothing away that was gained since: base points count until the latest journal's moment.
    """
    versions = versions_of(session, community)
    upto = max(as_of, last_posting(session, community.id) or as_of)
    entries, effects = [no_entries()], [no_effects()]
    for year in years:
        bases, scored = _evaluated(session, community, versions, year, upto, admit, household)
        target = _target(bases, scored, versions)
        entries.append(_compare(session, community, year, target, household, correcting))
        effects.append(_newly_taken(session, community, year, scored, household))
    return Changes(pl.concat(entries), pl.concat(effects))


def _target(bases: pl.DataFrame, scored: pl.DataFrame, versions: Sequence[Version]) -> pl.DataFrame:
    """What each base period and claim is worth: household, member, item, ref, kind, points."""
    kind = (
        pl.when(pl.col("item").is_in(_zeroing_items(versions)))
        .then(pl.lit(EntryKind.ZEROING))
        .when(pl.col("points") > 0)
        .then(pl.lit(EntryKind.AWARD))
        .otherwise(pl.lit(EntryKind.DEDUCTION))
    )
    given = bases.select(
        "household",
        pl.lit(None, pl.Int64).alias("member"),
        "item",
        pl.col("period").alias("ref"),
        pl.lit(EntryKind.BASE).alias("kind"),
        "points",
        day="gained_on",
    )
    earned = scored.select(
        "household", "member", "item", "ref", kind.alias("kind"), "points", day="occurred_on"
    )
    return (
        pl.concat([given, earned])
        .sort("day")
        .join_asof(
            _sources(versions),
            left_on="day",
            right_on="starts_on",
            by="item",
            # Both are sorted; Polars cannot tell so within the items.
            check_sortedness=False,
        )
        .drop("day", "starts_on")
    )


def _sources(versions: Sequence[Version]) -> pl.DataFrame:
    """By item and version, the clause that an entry cites as its reason."""
    clauses = [
        (version.starts_on, item.code, item.source or item.text or item.reason or "")
        for version in versions
        for item in version.ruleset.items
    ]
    schema = {"starts_on": pl.Date, "item": pl.String, "reason": pl.String}
    return pl.DataFrame(clauses, schema=schema, orient="row").sort("starts_on")


def _zeroing_items(versions: Sequence[Version]) -> list[str]:
    return [
        item.code
        for version in versions
        for item in version.ruleset.items
        if item.kind == "zeroing"
    ]


def _compare(
    session: Session,
    community: Community,
    year: int,
    target: pl.DataFrame,
    household: Household | None,
    correcting: bool,
) -> pl.DataFrame:
    keys = ["household", "item", "ref"]
    posted = _posted(session, community, year, household)
    rows = target.join(posted, on=keys, how="full", coalesce=True)
    difference = pl.col("points").fill_null(0) - pl.col("posted").fill_null(0)
    # A base that was never posted is one, even where what called for it is a correction.
    first = pl.col("posted").is_null() & (~pl.lit(correcting) | (pl.col("kind") == EntryKind.BASE))
    return (
        rows.with_columns(difference=difference)
        .filter(pl.col("difference") != 0)
        .sort(keys)
        .select(
            pl.lit(community.id, pl.Int64).alias("community"),
            "household",
            pl.coalesce("member", "posted_member").alias("member"),
            pl.lit(year, pl.Int64).alias("year"),
            pl.when(first).then("kind").otherwise(pl.lit(EntryKind.CORRECTION)).alias("kind"),
            "item",
            "ref",
            pl.col("difference").alias("points"),
            pl.coalesce("reason", "posted_reason").alias("reason"),
        )
        .cast(ENTRY_COLUMNS)
    )


def _newly_taken(
    session: Session,
    community: Community,
    year: int,
    scored: pl.DataFrame,
    household: Household | None,
) -> pl.DataFrame:
    """What the rules take from the year's claims, less what they are recorded to have taken."""
    query = (
        select(Effect.claim_id, Claim.ref, Effect.rule, func.sum(Effect.points))
        .join(Claim, Claim.id == Effect.claim_id)
        .where(Claim.community_id == community.id, of_year(year))
        .group_by(Effect.claim_id, Claim.ref, Effect.rule)
    )
    if household is not None:
        query = query.where(Claim.household_id == household.id)
    schema = {"claim": pl.Int64, "ref": pl.String, "rule": pl.String, "recorded": pl.Int64}
    rules = [name for name in scored.columns if is_rule(name)]
    keys = ["claim", "ref", "rule"]
    taken = scored.unpivot(rules, index=keys[:2], variable_name="rule", value_name="taken")
    rows = taken.filter(pl.col("taken") != 0).join(
        read_frame(session, query, schema), on=keys, how="full", coalesce=True
    )
    points = pl.col("taken").fill_null(0) - pl.col("recorded").fill_null(0)
    return (
        rows.with_columns(community=pl.lit(community.id, pl.Int64), points=points)
        .filter(pl.col("points") != 0)
        .select(pl.col(name).cast(kind) for name, kind in EFFECT_COLUMNS.items())
    )


def _posted(
    session: Session, community: Community, year: int, household: Household | None
) -> pl.DataFrame:
    query = (
        of_entries(
            community.id,
            Entry.household_id,
            Entry.item,
            Entry.ref,
            func.max(Entry.member_id),
            func.sum(Entry.points),
            func.min(Entry.reason),
        )
        .where(
            Entry.year == year,
            Entry.kind.in_(SCORE_KINDS),
        )
        .group_by(Entry.household_id, Entry.item, Entry.ref)
    )
    if household is not None:
        query = query.where(Entry.household_id == household.id)
    schema = {
        "household": pl.Int64,
        "item": pl.String,
        "ref": pl.String,
        "posted_member": pl.Int64,
        "posted": pl.Int64,
        "posted_reason": pl.String,
    }
    return read_frame(session, query, schema)
