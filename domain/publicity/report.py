"""Progress reports to the town (情况报送): what the scheme did so far this year."""

from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community.participation import takes_part
from domain.community.registry import ruleset_on
from domain.kernel.documents import document
from domain.kernel.errors import Refused
from domain.kernel.local_time import after_day, local_date, start_of_day
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.publicity.once import Draft, publish_once
from domain.publicity.quarter_and_year import claim_counts
from domain.publicity.rounds import round_figures
from domain.rules.schema import Ruleset
from domain.shop.funds import fund_figures
from domain.store.tables.claims import Claim
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import Objection, ObjectionStatus
from domain.store.tables.people import Community, Household
from domain.surveys.draw import is_reached, survey_figures

# What a report is called that the scheme does not name.
ON_DEMAND = "积分制推行情况报告"


def draw_up(session: Session, community: Community, half: Period, as_of: datetime) -> Notice:
    """The half year's report (6月20日前、12月5日前); kept as a document, not posted on the board.

    Where the scheme names no day for one, it is drawn up on demand. Refused before the half year.
    """
    if as_of < start_of_day(half.start):
        raise Refused(reason("report_early", half=half))
    draw = partial(_report, session, community, half, as_of)
    return publish_once(session, community, NoticeKind.REPORT, str(half), half, as_of, draw)


def _report(session: Session, community: Community, half: Period, as_of: datetime) -> Draft:
    ruleset = ruleset_on(session, community, min(half.end, local_date(as_of)))
    due = next(
        (
            report
            for report in ruleset.reports
            if half.start <= date(half.year, *map(int, report.due.split("-"))) <= half.end
        ),
        None,
    )
    so_far = Period(half.year, "year", 1)
    content = {
        "report": due.name if due else ON_DEMAND,
        "due": f"{half.year}-{due.due}" if due else None,
        "claims": claim_counts(session, community, so_far),
        "by_channel": _by_channel(session, community, so_far),
        "taking_part": _taking_part(session, community, so_far),
        "households": _households(session, community, local_date(as_of), ruleset),
        "objections": _objections(session, community, so_far),
        "round": document(round_figures(session, community, half, ruleset)),
        **_survey(session, community, half, ruleset),
        "fund": document(fund_figures(session, community, ruleset, as_of)),
    }
    return Draft(ruleset, content)


def _survey(
    session: Session, community: Community, half: Period, ruleset: Ruleset
) -> dict[str, Any]:
    """What the half year's survey found, and whether as many know the scheme as it asks for."""
    needed = ruleset.redemption.awareness_percent
    figures = survey_figures(session, community, half)
    aware = figures.aware_percent if figures else None
    return {
        "survey": document(figures),
        "awareness_needed": needed,
        "awareness_reached": is_reached(aware, needed),
    }


def _by_channel(session: Session, community: Community, period: Period) -> dict[str, int]:
    query = (
        select(Claim.channel, func.count())
        .where(
            Claim.community_id == community.id,
            Claim.occurred_on >= period.start,
            Claim.occurred_on <= period.end,
        )
        .group_by(Claim.channel)
        .order_by(Claim.channel)
    )
    return dict(session.execute(query).tuples().all())


def _taking_part(session: Session, community: Community, period: Period) -> int:
    """Households with at least one claim."""
    query = select(func.count(func.distinct(Claim.household_id))).where(
        Claim.community_id == community.id,
        Claim.occurred_on >= period.start,
        Claim.occurred_on <= period.end,
    )
    return session.scalar(query) or 0


def _households(session: Session, community: Community, day: date, ruleset: Ruleset) -> int:
    """Households that take part on a day (参加积分制的家庭)."""
    query = select(func.count(Household.id)).where(
        *takes_part([community.id], day, ruleset.participants)
    )
    return session.scalar(query) or 0


def _objections(
    session: Session, community: Community, period: Period
) -> dict[ObjectionStatus, int]:
    """What became of the objections that were filed in a period."""
    query = (
        select(Objection.status, func.count())
        .where(
            Objection.community_id == community.id,
            Objection.filed_at >= start_of_day(period.start),
            Objection.filed_at < after_day(period.end),
        )
        .group_by(Objection.status)
    )
    counts = dict.fromkeys(ObjectionStatus, 0)
    return counts | dict(session.execute(query).tuples().all())
