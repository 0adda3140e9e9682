"""The survey's sheet (入户调查表): the households that were drawn, to be filled in and imported."""

from sqlalchemy.orm import Session

from domain.intake.columns import TITLES, title_of
from domain.kernel.reasons import reason
from domain.sheets.writing import Sheet
from domain.store.tables.people import Community
from domain.store.tables.surveys import Survey
from domain.surveys.draw import QUESTIONS, drawn


def survey_sheet(session: Session, community: Community, survey: Survey) -> Sheet:
    """Who is to be asked, by number, with the answers left open. For the office: heads in full."""
    homes = [home for _, home in drawn(session, survey)]
    title = reason(
        "survey_title",
        community=community.name,
        period=survey.period,
        count=len(homes),
        day=survey.sealed_on,
        seal=survey.seal[:16],
    )
    codes = ("household", "head", *QUESTIONS, "note")
    header = [title_of("survey", code) for code in codes]
    rows = [[home.code, home.head, *[None] * len(QUESTIONS), None] for home in homes]
    return Sheet(TITLES["survey"], header, rows, title=title.text())
