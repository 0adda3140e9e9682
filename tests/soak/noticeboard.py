"""A county's notices: many communities, each with five years of quarters that are still public."""

from datetime import timedelta

from sqlalchemy import Engine, func, select

from domain.community.adoption import add_community
from domain.kernel.local_time import start_of_day
from domain.kernel.period import Period
from domain.notices.notice import publish
from domain.notices.publishing import set_publication
from domain.rules.load import shipped
from domain.store.database import reading, writing
from domain.store.tables.notices import Notice, NoticeKind, Publication
from tests.notifications import lived_year

RULESET = "fuling-maan-2022"
HOUSEHOLDS = 124
COMMUNITIES, QUARTERS = 200, 21
LAST = Period.parse(f"{lived_year.YEAR}-Q1")
# A notice's page, and its text for the loudspeaker.
FILES_EACH = 2


def fill(engine: Engine, communities: int = COMMUNITIES, quarters: int = QUARTERS) -> None:
    """One community's quarter is scored, and is what all others publish in all quarters."""
    with writing(engine) as session:
        first = lived_year.found(session, RULESET, list(lived_year.names(HOUSEHOLDS)), code="c0")
        (notice,) = lived_year.run_year(session, first, RULESET, until=3).notices
        content, opened = notice.content, first.added_at
    periods = [_back(LAST, count) for count in range(quarters)]
    for number in range(communities):
        with writing(engine) as session:
            community = (
                add_community(
                    session,
                    f"c{number}",
                    f"第{number}村",
                    "马鞍街道",
                    shipped(RULESET),
                    opened.date(),
                    opened,
                )
                if number
                else session.merge(first)
            )
            set_publication(community, public_days=10 * 365, web_list="full")
            for period in periods[0 if number else 1 :]:
                at = start_of_day(period.end) + timedelta(days=5)
                said = {**content, "period": str(period)}
                closes_at = at + timedelta(days=7)
                kind, key = NoticeKind.QUARTER, str(period)
                publish(session, community, kind, key, period, at, closes_at, said)


def _back(quarter: Period, count: int) -> Period:
    year, index = divmod(quarter.year * 4 + quarter.index - 1 - count, 4)
    return Period(year, "quarter", index + 1)


def missing(engine: Engine) -> int:
    """How many files are still to be published."""
    with reading(engine) as session:
        notices = session.scalar(select(func.count()).select_from(Notice)) or 0
        there = session.scalar(select(func.count()).select_from(Publication)) or 0
    return notices * FILES_EACH - there
