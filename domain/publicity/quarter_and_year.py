"""Publicity (公示): immutable notices made from the ledger, with the least personal data.

Households stand in the order of their numbers; only the first places are ranked, the last
never (ruling 13). Names are masked (ruling 22). Every notice shows the ledger's seal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from domain.audit.close import is_closed
from domain.community.registry import households_of, ruleset_on
from domain.cycle.calendar import publicity_dates
from domain.kernel.documents import document
from domain.kernel.errors import Refused
from domain.kernel.local_time import end_of_day, local_date
from domain.kernel.period import Period
from domain.kernel.points import json_points
from domain.kernel.reasons import reason
from domain.ledger.accounts import SCORE_KINDS
from domain.ledger.acts import of_act
from domain.ledger.entries import of_entries
from domain.notices.notice import named
from domain.objections.overturning import correcting_act
from domain.objections.subject import rules_for, subject_of
from domain.publicity.gains import Gains, after_last_notice, gains
from domain.publicity.once import Draft, publish_once
from domain.rules.schema import Ruleset
from domain.rules.standing import Place
from domain.shop.handouts import handed_out
from domain.standing.lists import on_list
from domain.standing.ranking import standing_by
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import Objection, ObjectionStatus
from domain.store.tables.people import Community, Household
from domain.store.tables.settlement import FinalPlace, Settlement

# So many first places are ranked on a public notice, and no more than half of all.
PLACES_SHOWN = 10


def publish_quarter(
    session: Session, community: Community, quarter: Period, as_of: datetime
) -> Notice:
    """Publish a quarter's points (一季一公示) and open its window; once published it stands.

    Refused while the audit of the quarter's last month is open.
    """
    draw_up = partial(_quarter, session, community, quarter, as_of)
    kind, key = NoticeKind.QUARTER, str(quarter)
    return publish_once(session, community, kind, key, quarter, as_of, draw_up)


def _quarter(session: Session, community: Community, quarter: Period, as_of: datetime) -> Draft:
    month = Period.of("month", quarter.end)
    if not is_closed(session, community, month):
        raise Refused(reason("audit_not_closed", quarter=quarter, month=month))
    ruleset = ruleset_on(session, community, quarter.end)
    published_on, closes_at = publicity_dates(ruleset, quarter)
    if local_date(as_of) > published_on:
        # Published late, it stays open just as long.
        closes_at = end_of_day(local_date(as_of)) + (closes_at - end_of_day(published_on))
    lifetime = ruleset.standing.span == "lifetime"
    figures = gains(session, community, quarter, lifetime=lifetime)
    totals = {household: each.total for household, each in figures.items()}
    standing = standing_by(session, community, quarter.end, totals, ruleset)
    content = {
        "households": _households(session, community, standing, figures, ruleset),
        "first": _first_places(session, standing, ruleset),
        "red_list": _red_list(session, community, quarter, standing),
        "claims": claim_counts(session, community, quarter),
    }
    if ruleset.redemption.every != "none":
        content["shop"] = document(handed_out(session, community, quarter.start, quarter.end))
    return Draft(ruleset, content, closes_at)


def publish_year(session: Session, community: Community, year: int, as_of: datetime) -> Notice:
    """Publish the settled year: whom it honours, never the last. Refused before."""
    period = Period(year, "year", 1)
    draw_up = partial(_year, session, community, period)
    return publish_once(session, community, NoticeKind.YEAR, str(year), period, as_of, draw_up)


def _year(session: Session, community: Community, period: Period) -> Draft:
    year = period.year
    if session.get(Settlement, (community.id, year)) is None:
        raise Refused(reason("year_not_published", year=year, community=community.name))
    ruleset = ruleset_on(session, community, period.end)
    rows = session.execute(
        select(FinalPlace, Household)
        .join(Household, Household.id == FinalPlace.household_id)
        .where(FinalPlace.community_id == community.id, FinalPlace.year == year)
        .order_by(FinalPlace.rank, Household.code)
    ).tuples()
    names = {honour.id: honour.name for honour in ruleset.standing.honours}
    plain = ruleset.publicity.full_names_for_honours
    honoured = [
        {
            "rank": standing.rank,
            **named(household, plain=plain),
            "score": json_points(standing.score),
            "ranked_by": json_points(standing.ranked_by),
            "honours": [names[honour] for honour in standing.honours],
        }
        for standing, household in rows
        if standing.honours
    ]
    content = {
        "honoured": honoured,
        "corrected": _corrected(session, community, year),
        "claims": claim_counts(session, community, period),
    }
    return Draft(ruleset, content)


def publish_correction(
    session: Session, community: Community, objection: Objection, as_of: datetime
) -> Notice:
    """A correction notice (更正公告) after an upheld objection."""
    if objection.status != ObjectionStatus.UPHELD:
        raise Refused(
            reason(
                "correction_not_upheld", objection=objection.ref, status=reason(objection.status)
            )
        )
    key = f"{objection.ref}:{objection.level}"
    period = Period.of("month", local_date(as_of))
    draw_up = partial(_correction, session, community, objection, as_of)
    return publish_once(session, community, NoticeKind.CORRECTION, key, period, as_of, draw_up)


def _correction(
    session: Session, community: Community, objection: Objection, as_of: datetime
) -> Draft:
    subject = subject_of(session, objection)
    ruleset = rules_for(session, community, subject, as_of)
    claim = subject.claim
    item = ruleset.item(claim.item) if claim else None
    act = correcting_act(objection, subject)
    changes, totals = _changes(session, community, act, subject.year)
    content = {
        "objection": objection.ref,
        "year": subject.year,
        # What takes points is not named: the household beside it would stand accused in public.
        "item": item.name if item and item.only_gives else "",
        "approved": claim is not None and claim.status == ClaimStatus.APPROVED,
        "about": subject.kind,
        "subject": subject.about if subject.kind == "notice" else "",
        "changes": changes,
        "totals": totals,
    }
    return Draft(ruleset, content)


def _changes(
    session: Session, community: Community, act: str, year: int
) -> tuple[list[dict[str, Any]], dict[str, dict[str, float]]]:
    """What an act changed, household by household; and by household number, the year's score
    before and after it. The latter is left out where later years or what is carried over changed
    with it: it would not add up."""
    scored = case(((Entry.year == year) & Entry.kind.in_(SCORE_KINDS), Entry.points), else_=0)
    changed = session.execute(
        of_entries(
            community.id,
            Household.id,
            func.sum(Entry.points),
            func.sum(scored),
            func.max(Journal.id),
        )
        .join(Household, Household.id == Entry.household_id)
        .where(of_act(act))
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


def claim_counts(session: Session, community: Community, period: Period) -> dict[ClaimStatus, int]:
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
    counts = dict.fromkeys(ClaimStatus, 0)
    return counts | dict(session.execute(query).tuples().all())


def _households(
    session: Session,
    community: Community,
    standing: Sequence[Place],
    figures: Mapping[int, Gains],
    ruleset: Ruleset,
) -> list[dict[str, Any]]:
    """Every household by its number: gained in the quarter, where any of that corrects what was
    posted before how much, and the score at the quarter's end; where averages rank, also
    its average (家庭平均积分纳入公开内容)."""
    averaged = ruleset.standing.by == "average"
    corrects = any(figures.get(each.household, Gains()).corrected for each in standing)
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
            "gained": json_points(each.gained),
            **({"corrected": json_points(each.corrected)} if corrects else {}),
            "score": json_points(place.score),
            **({"ranked_by": json_points(place.ranked_by)} if averaged else {}),
        }
        for place in standing
        for each in (figures.get(place.household, Gains()),)
    ]
    return sorted(rows, key=lambda row: str(row["household"]))


def _corrected(session: Session, community: Community, year: int) -> list[dict[str, Any]]:
    """Whose score the last quarter's notice had otherwise, and by how many points."""
    later = after_last_notice(session, community, year)
    return [
        {**named(household), "points": json_points(later[household.id])}
        for household in households_of(session, community)
        if household.id in later
    ]


def _red_list(
    session: Session, community: Community, quarter: Period, standing: Sequence[Place]
) -> list[dict[str, str]]:
    """The year's red list (红榜) so far. The black list is for the office: no notice shows it."""
    listed = on_list(session, community, "red", quarter.end)
    listed &= {place.household for place in standing}
    return [
        named(household)
        for household in households_of(session, community)
        if household.id in listed
    ]


def _first_places(
    session: Session, standing: Sequence[Place], ruleset: Ruleset
) -> list[dict[str, Any]]:
    """The first places, at most half of all households, so that nobody is shown as last."""
    half = len(standing) // 2
    shown = min(PLACES_SHOWN, half)
    rows = sorted(
        (place for place in standing if place.rank <= shown),
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
