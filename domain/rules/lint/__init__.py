"""What a town must not be able to publish: faults that the schema alone cannot see.

Each check is a plain function that yields findings; `CHECKS` lists them all. A finding is one
sentence: the part of the ruleset, what is wrong with it, and what to write instead. An overlay
is checked merged with its parent; what it only inherits and has no means to change (a parent's
cap over an item that the village dropped) is not held against it.
"""

from collections.abc import Callable, Iterator

from domain.kernel.reasons import Reason, reason
from domain.rules.faults import FaultyRuleset, one_line
from domain.rules.lint import cadence, caps, groups, honours, items, names, villagers
from domain.rules.schema import Ruleset

Check = Callable[[Ruleset], Iterator[Reason]]
CHECKS: tuple[Check, ...] = (
    *names.CHECKS,
    *items.CHECKS,
    *groups.CHECKS,
    *caps.CHECKS,
    *villagers.CHECKS,
    *honours.CHECKS,
    *cadence.CHECKS,
)


def objected(ruleset: Ruleset, where: str) -> list[Reason]:
    """All findings on a ruleset; `where` is the file that they are reported against."""
    return [
        reason("fault_in_file", file=where, why=finding)
        for run in CHECKS
        for finding in run(ruleset)
    ]


def check(ruleset: Ruleset, where: str) -> list[str]:
    """The same in English, as `--json` gives them."""
    return [one_line(finding.text("en")) for finding in objected(ruleset, where)]


def require_lawful(ruleset: Ruleset, where: str) -> None:
    """Raise FaultyRuleset with all findings on a ruleset, where there are any."""
    found = objected(ruleset, where)
    if found:
        raise FaultyRuleset(found)
