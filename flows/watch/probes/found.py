"""How a probe says what it found (发现): a cause of the catalogue, and its remedy.

The sentence `probe_X` has its remedy beside it, `remedy_X`; both may name the same values.
"""

from datetime import datetime

from domain.kernel.reasons import Reason, kept, reason
from domain.kernel.sentences import is_code
from domain.operations.finding import Finding
from flows.engine.home import runs_whole
from flows.watch.probes.installation import Installation


class NotOurs(Exception):
    """It is another part of the service that can answer this probe."""


def found(
    what: str, subject: str, cause: str, since: datetime | None = None, **values: object
) -> Finding:
    """A finding of the installation by its cause, e.g. `pool_paused`."""
    remedy = f"remedy_{cause}"
    do = reason(remedy, **values) if is_code(remedy) else None
    return caused(what, subject, reason(f"probe_{cause}", **values), do, since)


def gone(
    place: Installation,
    subject: str,
    cause: str,
    log: str,
    since: datetime | None = None,
    **values: object,
) -> Finding:
    """A part of the service does not run: where `jifen up` runs, it is up to that; its `log`."""
    if not runs_whole(place.prefect_home):
        return found("stalled", subject, cause, since, **values)
    do = reason("remedy_part_of_service", log=place.prefect_home / log)
    return caused("stalled", subject, reason(f"probe_{cause}", **values), do, since)


def caused(
    what: str, subject: str, why: Reason, do: Reason | None = None, since: datetime | None = None
) -> Finding:
    """A finding whose cause somebody else has put into words."""
    return Finding(what, subject, said=kept(why), remedy=kept(do) if do else "", since=since)
