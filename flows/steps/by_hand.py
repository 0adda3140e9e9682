"""When a step may be done by hand (手工办理): in its time, and what a dry run leaves behind."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.cycle.by_hand import require_time
from domain.kernel.period import Period
from domain.kernel.reasons import Reason
from domain.occasions.occasion import Tell
from domain.steps.work import Skip, Work
from domain.store.tables.people import Community


class DryRun(Exception):
    """Raised at the end of a dry run, with what would have been done."""

    def __init__(self, did: Reason) -> None:
        super().__init__()
        self.did = did


def in_its_time(work: Work, process: str, step: str) -> Work:
    """The same work, refused where it is not the step's time: after it has been tried, as the work
    says better what stands in its way."""

    def do(
        session: Session, community: Community, period: Period, as_of: datetime, tell: Tell
    ) -> Reason:
        try:
            did = work(session, community, period, as_of, tell)
        except Skip:
            require_time(session, community, process, period, step, as_of)
            raise
        require_time(session, community, process, period, step, as_of)
        return did

    return do
