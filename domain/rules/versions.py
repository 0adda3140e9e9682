"""Which version of a community's ruleset is in force on which day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.rules.schema import Ruleset


@dataclass(frozen=True)
class Version:
    """A ruleset and the first day on which it is in force for a community."""

    starts_on: date
    ruleset: Ruleset


def version_on(versions: Sequence[Version], day: date) -> Version:
    """The version in force on a day; Refused names the day where there is none."""
    in_force = [version for version in in_order(versions) if version.starts_on <= day]
    if not in_force:
        raise Refused(reason("no_ruleset", day=day))
    return in_force[-1]


def in_order(versions: Sequence[Version]) -> list[Version]:
    """By their first day; of two that start on one day the one named later is in force."""
    return sorted(versions, key=lambda version: version.starts_on)


def last_days(versions: Sequence[Version]) -> list[date]:
    """The last day of each of these ordered versions: the day before the next one starts."""
    return [later.starts_on - timedelta(days=1) for later in versions[1:]] + [date.max]
