"""Surveys (入户调查): how many households know the scheme, join in and are content.

Nobody chooses whom to ask. A household's lot is the sha256 of the ledger's seal, the half year and
its number; the smallest lots are drawn. Whoever has the ledger and the register draws the same.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.community.participation import takes_part
from domain.community.registry import find_household, ruleset_on
from domain.kernel.documents import Hundredths
from domain.kernel.errors import BadInput, Refused
from domain.kernel.local_time import after_day, local_date
from domain.kernel.names import require_who_and_why
from domain.kernel.period import Period
from domain.kernel.points import HUNDREDTHS
from domain.kernel.reasons import reason
from domain.ledger.post import lock_heads
from domain.store.tables.ledger import Journal
from domain.store.tables.people import Community, Household
from domain.store.tables.surveys import Survey, SurveyCorrection, SurveyedHousehold

# 知晓度、参与度、满意度.
QUESTIONS = ("aware", "takes_part", "satisfied")
# So many of an endless village would be asked for shares that are right to ten points in a
# hundred, nineteen times of twenty: 1.96² × 0.25 ÷ 0.1².
_ASKED_OF_MANY = 96


@dataclass(frozen=True)
class SurveyFigures:
    """What a survey found: shares in percent of those who answered a question, None of nobody."""

    asked: int
    answered: int
    aware_percent: Hundredths | None
    takes_part_percent: Hundredths | None
    satisfied_percent: Hundredths | None
    sealed_on: date
    seal: str


def usual_count(households: int) -> int:
    """How many to ask, so that a share is right to ten points in a hundred: 10 of 10, 73 of 300."""
    return -(-_ASKED_OF_MANY * households // (households + _ASKED_OF_MANY - 1))


def lot(seal: str, half: Period, code: str) -> str:
    """A household's lot (签): the smallest ones are drawn."""
    return hashlib.sha256(f"{seal}\n{half}\n{code}".encode()).hexdigest()


def find_survey(session: Session, community: Community, half: Period) -> Survey | None:
    """The survey of a half year, if one has been drawn."""
    return session.get(Survey, (community.id, str(half)))


def draw(
    session: Session, community: Community, half: Period, at: datetime, count: int | None = None
) -> Survey:
    """Draw `count` of the households that take part, by the seal at the end of the day before.

    Once drawn, a half year keeps its households. Refused with another count then, before a day of
    the half year is over, and while the ledger has no seal.
    """
    if half.kind != "half_year":
        raise Refused(reason("round_no_half", period=half))
    lock_heads(session, [community.id])
    known = find_survey(session, community, half)
    if known is not None:
        asked = len(drawn(session, known))
        if count not in (None, asked):
            raise Refused(reason("survey_drawn", period=half, count=asked, day=known.sealed_on))
        return known
    sealed_on = min(local_date(at) - timedelta(days=1), half.end)
    if sealed_on < half.start:
        raise Refused(reason("survey_early", period=half))
    survey = Survey(
        community_id=community.id,
        period=str(half),
        sealed_on=sealed_on,
        seal=_seal_of(session, community, sealed_on),
        drawn_at=at,
    )
    session.add(survey)
    session.flush()
    homes = _who_may_be_asked(session, community, sealed_on)
    homes.sort(key=lambda home: lot(survey.seal, half, home.code))
    session.add_all(
        SurveyedHousehold(community_id=community.id, period=str(half), household_id=home.id)
        for home in homes[: usual_count(len(homes)) if count is None else count]
    )
    session.flush()
    return survey


def _seal_of(session: Session, community: Community, day: date) -> str:
    """The ledger's seal at the end of a day."""
    query = (
        select(Journal.digest)
        .where(Journal.community_id == community.id, Journal.posted_at < after_day(day))
        .order_by(Journal.seq.desc())
        .limit(1)
    )
    found = session.scalar(query)
    if found is None:
        raise Refused(reason("survey_no_seal", community=community.name, day=day))
    return found


def _who_may_be_asked(session: Session, community: Community, day: date) -> list[Household]:
    who = ruleset_on(session, community, day).participants
    query = select(Household).where(*takes_part([community.id], day, who))
    return list(session.scalars(query))


def drawn(session: Session, survey: Survey) -> Sequence[tuple[SurveyedHousehold, Household]]:
    """The households of a survey, by number."""
    query = (
        select(SurveyedHousehold, Household)
        .join(Household, Household.id == SurveyedHousehold.household_id)
        .where(
            SurveyedHousehold.community_id == survey.community_id,
            SurveyedHousehold.period == survey.period,
        )
        .order_by(Household.code)
    )
    return [(asked, home) for asked, home in session.execute(query).tuples()]


def correct(
    session: Session,
    community: Community,
    half: Period,
    code: str,
    answers: Mapping[str, bool],
    by: str,
    why: str,
    at: datetime,
) -> bool:
    """Let other answers of a household count from now on; those that stood before are kept, with
    who, why and when. False where it has answered so already."""
    if not answers:
        raise BadInput(reason("correction_lacks"))
    require_who_and_why("correction_lacks", by, why)
    survey = find_survey(session, community, half)
    if survey is None:
        raise Refused(reason("survey_not_drawn", period=half))
    home = find_household(session, community, code)
    row = session.get(SurveyedHousehold, (community.id, str(half), home.id), with_for_update=True)
    if row is None:
        raise Refused(reason("not_drawn", household=code, period=half))
    before = {question: getattr(row, question) for question in QUESTIONS}
    if all(answer is None for answer in before.values()):
        raise Refused(reason("correction_unanswered", household=code))
    if before == before | dict(answers):
        return False
    session.add(
        SurveyCorrection(
            community_id=community.id,
            period=str(half),
            household_id=home.id,
            **before,
            by=by.strip(),
            why=why.strip(),
            at=at,
        )
    )
    for question, answer in answers.items():
        setattr(row, question, answer)
    session.flush()
    return True


def corrections_of(session: Session, survey: Survey) -> Sequence[SurveyCorrection]:
    """The answers that were replaced, earliest first."""
    query = select(SurveyCorrection).where(
        SurveyCorrection.community_id == survey.community_id,
        SurveyCorrection.period == survey.period,
    )
    return session.scalars(query.order_by(SurveyCorrection.id)).all()


def survey_figures(session: Session, community: Community, half: Period) -> SurveyFigures | None:
    """What a survey found: how many were asked and answered, and shares of those who answered a
    question, in percent. None where none was drawn, a share None where nobody answered."""
    survey = find_survey(session, community, half)
    if survey is None:
        return None
    columns = [getattr(SurveyedHousehold, question) for question in QUESTIONS]
    counts = [
        func.count().filter(column.is_(answer)) for column in columns for answer in (True, False)
    ]
    answered = func.count(func.coalesce(*columns))
    query = select(func.count(), answered, *counts).where(
        SurveyedHousehold.community_id == community.id, SurveyedHousehold.period == str(half)
    )
    asked, of_them, *found = session.execute(query).one()
    aware, takes_part, satisfied = map(_share, found[::2], found[1::2])
    return SurveyFigures(
        asked, of_them, aware, takes_part, satisfied, survey.sealed_on, survey.seal
    )


def _share(yes: int, no: int) -> int | None:
    return yes * 10_000 // (yes + no) if yes + no else None


def is_reached(share: int | None, needed: int | None) -> bool | None:
    """Whether a share is as high as a scheme asks for; None where it asks for none, or nobody
    answered."""
    return None if share is None or needed is None else share >= needed * HUNDREDTHS
