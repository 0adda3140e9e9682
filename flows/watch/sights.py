"""How an installation is watched, and what there is to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from domain.operations.finding import Finding, urgency
from domain.operations.status import findings
from domain.store.tables.people import Community
from notifications.outbox.hours import Hours

if TYPE_CHECKING:
    from config.settings import Settings
    from flows.watch.probes import Checked

# Without these no step is done that the clock has handed on.
ENGINE = ("engine", "pool", "queues", "workers", "deployments")
# What nobody can say while the time is in doubt: a clock that waits looks like none, and all seems
# to be late or not yet due.
TIMED = ("clock", "duties", "outbox", "notices", "seals", "calendar", "backup")


@dataclass(frozen=True)
class WatchSettings:
    """How an installation is watched: who is told (Apprise URLs), where runs are seen, how long a
    message may be overdue in hours that are not quiet, how old the last backup may be (0: any)."""

    operators: Sequence[str] = ()
    ui: str = ""
    outbox_age_minutes: int = 120
    backup_days: int = 0
    hours: Hours = field(default_factory=Hours)

    @classmethod
    def of(cls, settings: "Settings") -> "WatchSettings":
        """As the installation's settings say."""
        return cls(
            operators=[each.get_secret_value() for each in settings.operators],
            ui=settings.prefect_ui_url,
            outbox_age_minutes=settings.outbox_age_minutes,
            backup_days=settings.backup_days,
            hours=Hours(settings.quiet_from, settings.quiet_until, settings.digest_at),
        )

    def outbox_before(self, at: datetime) -> datetime:
        """What should have gone out before this moment is stuck."""
        return self.hours.awake_before(at, timedelta(minutes=self.outbox_age_minutes))


def look(
    session: Session,
    community: Community | None,
    at: datetime,
    manner: WatchSettings,
    checked: "Mapping[str, Checked] | None" = None,
) -> list[Finding]:
    """What `jifen status`, the status page and the status flow show.

    With what the probes found, where they were asked: of the whole installation only, and in it
    what is late says which of them is the cause.
    """
    found = findings(session, community, at, manner.outbox_before(at))
    if not checked:
        return found
    probed = [finding for each in checked.values() for finding in each.findings]
    known = {each.subject for each in probed}
    if any(each.subject == "time" for each in probed):
        found = [each for each in found if each.what != "late" and each.subject not in TIMED]
    cause = next((each for each in probed if each.subject in ENGINE and each.said), None)
    rest = (_explained(each, cause) for each in found if each.subject not in known)
    return sorted([*probed, *rest], key=urgency)


def _explained(finding: Finding, cause: Finding | None) -> Finding:
    """What is late because of the engine says so: that its run is silent is a consequence."""
    is_late = finding.what == "late" and finding.subject == "step"
    if cause is None or not is_late:
        return finding
    return replace(finding, said=cause.said, remedy=cause.remedy)
