"""What becomes of each clause (条款) of the source: what executes it, or why people do."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.rules.schema import Ruleset

# What a clause may name beside the ruleset's own parts: what this program does.
FEATURES = frozenset(
    {
        "participants",  # who takes part (eligibility screening)
        "collection",  # the collection of claims: time, place, reason, evidence, channel
        "screening",  # the clerk's screening: eligibility, required evidence, duplicates
        "evidence",  # a claim without evidence is shown as such, and its approval says why
        "review",  # decisions by stage with quorum, majority and recusal
        "audit",  # the monthly audit
        "results",  # the month's result list, for the meeting of the month
        "reminders",  # reminders before the deadline
        "card",  # the points card
        "ledger",  # the sealed ledger
        "publicity",  # the quarterly notice and its window
        "objections",  # objections, and the second level
        "redemption",  # the points shop: priced goods, stock, rounds, who hands out
        "handouts",  # the hand-out list, and what of it the quarter's notice tells
        "submission",  # the result goes to the town's contact when the window has closed clean
        "redemption_report",  # the round's coverage
        "value",  # the value of a point
        "funds",  # the funds of named villages: what was redeemed from them, and what is left
        "standing",  # ranks and averages
        "support",  # the list of households to be helped
        "bonus",  # double redemption
        "settlement",  # the yearly settlement
        "closing",  # clearing, or carrying over
        "lists",  # the red and the black list
        "reports",  # progress reports
        "survey",  # surveys: a drawn sample, its answers, their shares in the half year's report
        "overlay",  # a community's own ruleset (`extends`)
        "changes",  # when values may change
        "start_dates",  # when named villages start
        "members",  # members' accounts and the family account
        "roles",  # people and their roles
        "masking",  # least personal data on public notices
    }
)


@dataclass(frozen=True)
class ClauseAccount:
    """One clause in the source's words, and what this ruleset does about it.

    `missing` are those names of `executed_by` that are no part of the ruleset: a claim that
    nothing stands behind.
    """

    id: str
    text: str
    executed_by: tuple[str, ...]
    people: str | None
    missing: tuple[str, ...]


def known_names(ruleset: Ruleset) -> set[str]:
    """Every name that a clause's `executed_by` may use: the ruleset's parts, and `FEATURES`."""
    return {*_part_names(ruleset), *FEATURES}


def account(ruleset: Ruleset) -> list[ClauseAccount]:
    """All clauses in the source's order, each with what executes it."""
    known = known_names(ruleset)
    return [
        ClauseAccount(
            id=clause.id,
            text=clause.text,
            executed_by=clause.executed_by,
            people=clause.people,
            missing=tuple(name for name in clause.executed_by if name not in known),
        )
        for clause in ruleset.clauses
    ]


def _part_names(ruleset: Ruleset) -> Iterator[str]:
    for item in ruleset.items:
        yield f"item:{item.code}"
        yield from (f"cap:{cap.id}" for cap in item.caps)
    yield from (f"cap:{cap.id}" for cap in ruleset.shared_caps)
    yield from (f"group:{group.id}" for group in ruleset.groups)
    yield from (f"exclusion:{exclusion.id}" for exclusion in ruleset.exclusions)
    yield from (f"stage:{stage.id}" for stage in ruleset.review.stages)
    yield from (f"honour:{honour.id}" for honour in ruleset.standing.honours)
    yield from (f"report:{report.id}" for report in ruleset.reports)
    yield from (f"channel:{channel}" for channel in ruleset.channels)
