"""Publicity (公示): immutable notices made from the ledger, with the least personal data.

Households stand in the order of their numbers; only the first places are ranked, the last
never (ruling 13). Names are masked (ruling 22). Every notice shows the ledger's seal.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from domain.audit import is_closed
from domain.calendar import publicity_dates
from domain.clock import end_of_day, local_date
from domain.community import adoptions_of, households_of, ruleset_on
from domain.errors import Refused
from domain.ledger.accounts import SCORE_KINDS
from domain.ledger.post import lock_heads
from domain.lists import on_list
from domain.notices import find_notice, heading, named, publish
from domain.objection import objection_act
from domain.period import Period
from domain.points import json_points
from domain.reasons import reason
from domain.rules.schema import Ruleset
from domain.standings import Placed, standing_now
from domain.store.tables.claims import Claim
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.notices import Notice
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import Settlement, Standing

# So many first places are ranked on a public notice, and no more than half of all.
PLACES_SHOWN = 10


def publish_quarter(
    session: Session, community: Community, quarter: Period, as_of: datetime
) -> Notice:
    """Publish a quarter's points (一季一公示) and open its window; once published it stands.

    Refused while the audit of the quarter's last month is open.
    """
    seal = lock_heads(session, [community.id])[community.id].digest
    known = find_notice(session, community, "quarter", str(quarter))
    if known is not None:
        return known
    month = Period.of("month", quarter.end)
    if not is_closed(session, community, month):
        raise Refused(reason("audit_not_closed", quarter=quarter, month=month))
    ruleset = ruleset_on(session, community, quarter.end)
    published_on, closes_at = publicity_dates(ruleset, quarter)
    if local_date(as_of) > published_on:
        # Published late, it stays open just as long.
        closes_at = end_of_day(local_date(as_of)) + (closes_at - end_of_day(published_on))
    standing = standing_now(session, [community], quarter.year, ruleset, quarter.end)
    content = {
        **heading(community, ruleset, quarter, as_of, closes_at, seal),
        "households": _households(session, community, quarter, standing, ruleset),
        "first": _first_places(session, standing, ruleset),
        "red_list": _red_list(session, community, quarter),
        "claims": claim_counts(session, community, quarter),
    }
    return publish(session, community, "quarter", str(quarter), quarter, as_of, closes_at, content)


def publish_year(session: Session, community: Community, year: int, as_of: datetime) -> Notice:
    """Publish the settled year: whom it honours, never the last. Refused before."""
    seal = lock_heads(session, [community.id])[community.id].digest
    known = find_notice(session, community, "year", str(year))
    if known is not None:
        return known
    if session.get(Settlement, (community.id, year)) is None:
        raise Refused(reason("year_not_published", year=year, community=community.name))
    period = Period(year, "year", 1)
    ruleset = ruleset_on(session, community, period.end)
    rows = session.execute(
        select(Standing, Household)
        .join(Household, Household.id == Standing.household_id)
        .where(Standing.community_id == community.id, Standing.year == year)
        .order_by(Standing.rank, Household.code)
    ).tuples()
    names = {honour.id: honour.name for honour in ruleset.standing.honours}
    plain = ruleset.publicity.full_names_for_honours
    honoured = [
        {
            "rank": standing.rank,
            **named(household, plain=plain),
            "score": json_points(standing.score),
            "ranked_by": json_points(standing.ranked_by),
            "honours": [names[honour] for honour in standing.honours.split(",") if honour],
        }
        for standing, household in rows
        if standing.honours
    ]
    content = {
        **heading(community, ruleset, period, as_of, None, seal),
        "honoured": honoured,
        "claims": claim_counts(session, community, period),
    }
    return publish(session, community, "year", str(year), period, as_of, None, content)


def publish_correction(
    session: Session, community: Community, objection: Objection, as_of: datetime
) -> Notice:
    """A correction notice (更正公告) after an upheld objection."""
    if objection.status != "upheld":
        raise Refused(
            reason("correction_not_upheld", objection=objection.ref, status=objection.status)
        )
    key = f"{objection.ref}:{objection.level}"
    seal = lock_heads(session, [community.id])[community.id].digest
    known = find_notice(session, community, "correction", key)
    if known is not None:
        return known
    claim = session.get_one(Claim, objection.claim_id)
    ruleset = ruleset_on(session, community, claim.occurred_on)
    item = ruleset.item(claim.item)
    changes, totals = _changes(session, community, objection_act(objection), claim.occurred_on.year)
    period = Period.of("month", local_date(as_of))
    content = {
        **heading(community, ruleset, period, as_of, None, seal),
        "objection": objection.ref,
        # What takes points is not named: the household beside it would stand accused in public.
        "item": item.name if item and item.only_gives else "",
        "approved": claim.status == "approved",
        "changes": changes,
        "totals": totals,
    }
    return publish(session, community, "correction", key, period, as_of, None, content)


def _changes(
    session: Session, community: Community, act: str, year: int
) -> tuple[list[dict[str, Any]], dict[str, dict[str, float]]]:
    """What an act changed, household by household; and by household number, the year's score
    before and after it. The latter is left out where later years or what is carried over changed
    with it: it would not add up."""
    scored = case(((Entry.year == year) & Entry.kind.in_(SCORE_KINDS), Entry.points), else_=0)
    changed = session.execute(
        select(Household.id, func.sum(Entry.points), func.sum(scored), func.max(Journal.id))
        .join(Entry, Entry.household_id == Household.id)
        .join(Journal, Journal.id == Entry.journal_id)
        .where(
            Journal.community_id == community.id,
            (Journal.act == act) | Journal.act.startswith(f"{act}:", autoescape=True),
        )
        .group_by(Household.id, Household.code)
        .order_by(Household.code)
    ).tuples()
    rows, totals = [], {}
    for key, points, of_the_year, last in changed.all():
        household = session.get_one(Household, key)
        rows.append({**named(household), "points": json_points(int(points))})
        query = select(func.sum(scored)).where(
            Entry.household_id == household.id, Entry.journal_id <= last
        )
        after = int(session.scalar(query) or 0)
        if points == of_the_year:
            before = after - int(points)
            totals[household.code] = {"before": json_points(before), "after": json_points(after)}
    return rows, totals if len(totals) == len(rows) else {}


def claim_counts(session: Session, community: Community, period: Period) -> dict[str, int]:
    """Claims that occurred in a period, by what became of them."""
    query = (
        select(Claim.status, func.count())
        .where(
            Claim.community_id == community.id,
            Claim.occurred_on >= period.start,
            Claim.occurred_on <= period.end,
        )
        .group_by(Claim.status)
    )
    counts = {"approved": 0, "rejected": 0, "pending": 0, "annulled": 0}
    return counts | dict(session.execute(query).tuples().all())


def _households(
    session: Session,
    community: Community,
    quarter: Period,
    standing: Sequence[Placed],
    ruleset: Ruleset,
) -> list[dict[str, Any]]:
    """Every household by its number: gained in the quarter, and the year's score so far; where
    averages rank, also its average (家庭平均积分纳入公开内容)."""
    gained = _gained(session, community, quarter)
    averaged = ruleset.standing.by == "average"
    people = {
        household.id: household
        for household in session.scalars(
            select(Household).where(Household.community_id == community.id)
        )
    }
    rows = [
        {
            **named(people[place.household]),
            "area": people[place.household].area,
            "gained": json_points(gained.get(place.household, 0)),
            "score": json_points(place.score),
            **({"ranked_by": json_points(place.ranked_by)} if averaged else {}),
        }
        for place in (each.place for each in standing)
    ]
    return sorted(rows, key=lambda row: str(row["household"]))


def _red_list(session: Session, community: Community, quarter: Period) -> list[dict[str, str]]:
    """The year's red list (红榜) so far. The black list is for the office: no notice shows it."""
    listed = on_list(session, community, "red", quarter.end)
    return [
        named(household)
        for household in households_of(session, community)
        if household.id in listed and household.left_on is None
    ]


def _gained(session: Session, community: Community, quarter: Period) -> dict[int, int]:
    """What the openings, audits and corrections of a quarter gave each household.

    Every entry of the year's score belongs to one quarter, so that the quarters add up to it.
    """
    first = max(quarter.start.replace(month=1), adoptions_of(session, community)[0].starts_on)
    base_of = case((Entry.kind == "base", Entry.ref))
    query = (
        select(Journal.period, Journal.act, base_of, Entry.household_id, func.sum(Entry.points))
        .join(Journal, Journal.id == Entry.journal_id)
        .where(
            Journal.community_id == community.id,
            Entry.year == quarter.year,
            Entry.kind.in_(SCORE_KINDS),
        )
        .group_by(Journal.period, Journal.act, base_of, Entry.household_id)
    )
    gained: dict[int, int] = {}
    for period, act, base, household, points in session.execute(query):
        if _quarter_of(Period.parse(period), act, base, quarter.year, first) == quarter:
            gained[household] = gained.get(household, 0) + int(points)
    return gained


def _quarter_of(period: Period, act: str, base: str | None, year: int, first: date) -> Period:
    """The quarter of a journal's entries: the year's opening is in the first one that the scheme
    ran in, what came after the year in the last, and no quarter's base in one before it."""
    if period.kind == "year" and act.startswith("base:"):
        return Period.of("quarter", first)
    if period.kind == "year" or period.year > year:
        return Period(year, "quarter", 4)
    posted = Period.of("quarter", period.start)
    given = Period.parse(base) if base else posted
    return max(posted, given) if given.kind == "quarter" else posted


def _first_places(
    session: Session, standing: Sequence[Placed], ruleset: Ruleset
) -> list[dict[str, Any]]:
    """The first places, at most half of all households, so that nobody is shown as last."""
    half = len(standing) // 2
    shown = min(PLACES_SHOWN, half)
    rows = sorted(
        (each.place for each in standing if each.place.rank <= shown),
        key=lambda place: (place.rank, place.household),
    )
    # A tie across the line would name more than half: leave out what does not fit.
    if len(rows) > max(shown, half):
        rows = [place for place in rows if place.rank < rows[-1].rank]
    places = []
    for place in rows:
        household = session.get_one(Household, place.household)
        plain = ruleset.publicity.full_names_for_honours
        places.append(
            {
                "rank": place.rank,
                **named(household, plain=plain),
                "score": json_points(place.score),
                "ranked_by": json_points(place.ranked_by),
            }
        )
    return places
