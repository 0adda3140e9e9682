"""The month's result (月度审核结果): what an audit gave each household, told at the month's
meeting (支部主题党日)."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.orm import Session

from domain.audit.close import is_closed
from domain.kernel.documents import Hundredths
from domain.kernel.errors import Refused
from domain.kernel.masking import masked_name
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.ledger.accounts import SCORE_KINDS
from domain.ledger.acts import audit_act
from domain.ledger.entries import of_entries
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.people import Community, Household


@dataclass(frozen=True)
class MonthResult:
    """What a household gained by a month's audit."""

    household: str
    head: str
    points: Hundredths


def month_results(session: Session, community: Community, month: Period) -> list[MonthResult]:
    """By household number, the points that a month's audit posted; heads are masked (ruling 22).

    Sums only: what took points is the household's to know. Refused before the audit is closed.
    """
    if not is_closed(session, community, month):
        raise Refused(reason("month_not_audited", month=month))
    rows = session.execute(
        of_entries(community.id, Household.code, Household.head, func.sum(Entry.points))
        .join(Household, Household.id == Entry.household_id)
        .where(
            Journal.act == audit_act(month),
            Entry.kind.in_(SCORE_KINDS),
        )
        .group_by(Household.id, Household.code, Household.head)
        .order_by(Household.code)
    ).tuples()
    return [MonthResult(code, masked_name(head), int(points)) for code, head, points in rows]
