"""What a run is asked for (办理请求): which communities, which period, by what time.

Whoever fills in Prefect's form may write a community's name, a time without a zone, or a period
that the step does not have: each is understood, or refused in one sentence before any work.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from domain.community.registry import find_community
from domain.community.rehearsals import require_no_later
from domain.cycle.catalogue import periods_of
from domain.kernel.errors import BadInput
from domain.kernel.local_time import LOCAL
from domain.kernel.period import Period
from domain.kernel.reasons import reason


def communities_asked(session: Session, texts: Sequence[str]) -> dict[str, str]:
    """The names of the communities that codes or names mean, by code."""
    found = [find_community(session, text.strip()) for text in texts if text.strip()]
    if not found:
        raise BadInput(reason("no_community_asked"))
    return {each.code: each.name for each in found}


def period_asked(process: str, text: str) -> Period:
    """The period, of a kind that the process has."""
    period = Period.parse(text)
    kinds = periods_of(process)
    if period.kind not in kinds:
        wanted = tuple(reason(f"period_{kind}") for kind in kinds)
        raise BadInput(reason("period_of_other_kind", period=text, wanted=wanted))
    return period


def moment_asked(session: Session, as_of: datetime | None, now: datetime) -> datetime:
    """The time that a run works by: now, or what stands in for it; without a zone Asia/Shanghai.

    Refused where it is later than now, outside a rehearsal.
    """
    if as_of is None:
        return now
    moment = as_of if as_of.tzinfo else as_of.replace(tzinfo=LOCAL)
    require_no_later(session, moment, now)
    return moment
