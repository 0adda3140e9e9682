"""What a step did for its communities (办理结果), and how a run's state says it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prefect import get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.client.schemas import State
from prefect.client.schemas.objects import StateType
from prefect.states import Completed, Failed

from domain.kernel.reasons import Reason, reason
from domain.kernel.sentences import sentence
from domain.store.faults import why_failed
from flows.steps.runtime import language

STATES = ("done", "would be done", "skipped", "blocked", "failed")
# Prefect's states have names of ours where its own would not say how it is.
BLOCKED, SKIPPED, HELD, ENDED = "Blocked", "Skipped", "Held", "Ended"


@dataclass(frozen=True)
class Outcome:
    """What a step did for one community: one of `STATES`, and what or why."""

    community: str
    state: str
    why: Reason

    @property
    def said(self) -> str:
        """In English, as the command line says it."""
        return self.why.text("en")

    def as_state(self) -> State:
        """As Prefect's state of one community's task run."""
        text = self.why.text(language())
        if self.state == "failed":
            return Failed(message=text)
        if self.state == "blocked":
            return blocked(text)
        return Completed(name=SKIPPED if self.state == "skipped" else None, message=text)

    def row(self, language: str = "en") -> dict[str, str]:
        """As a table shows it."""
        return {"community": self.community, "state": self.state, "said": self.why.text(language)}


def blocked(text: str) -> State:
    """Nothing was done, and people are waited for: neither a success nor a failure.

    Of Prefect's types Cancelled (grey) comes nearest: it has ended without its work. See
    docs/decisions/blocked.md.
    """
    return State(type=StateType.CANCELLED, name=BLOCKED, message=text)


def held(how: Reason) -> State:
    """An operator has stopped it: its steps are held until somebody releases them."""
    text = reason("run_is_held", why=how).text(language())
    return State(type=StateType.CANCELLED, name=HELD, message=text)


def ended(why: Reason) -> State:
    """A run that has nothing left to do."""
    return State(type=StateType.CANCELLED, name=ENDED, message=why.text(language()))


def state_of(outcomes: Sequence[Outcome], *, fails_if_blocked: bool) -> State:
    """A run's state, which says at a glance how it went, and of what was not done why.

    Work by hand that is blocked has failed: whoever pressed the button sees that nothing was done.
    The clock's run has done what it could, and is tried again; a dry run has done what it was asked
    for when it names what stands in the way.
    """
    found = {state: [each for each in outcomes if each.state == state] for state in STATES}
    counts = [
        reason(f"run_{state.replace(' ', '_')}", count=len(those)).text(language())
        for state, those in found.items()
        if those
    ]
    text = together(counts)
    is_skipped = len(found["skipped"]) == len(outcomes)
    told = worst_of(outcomes) or (found["skipped"] if is_skipped else [])
    if told:
        first = told[0]
        text = reason("run_worst", counts=text, community=first.community, why=first.why).text(
            language()
        )
    if found["failed"]:
        return Failed(message=text)
    if found["blocked"] and fails_if_blocked:
        return State(type=StateType.FAILED, name=BLOCKED, message=text)
    if found["blocked"]:
        return blocked(text)
    return Completed(name=SKIPPED if is_skipped else None, message=text)


def together(parts: Iterable[str]) -> str:
    """Parts of one message, as the language joins them."""
    return sentence("between_parts", language()).join(parts)


def worst_of(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that failed, else those that are blocked."""
    failed = [each for each in outcomes if each.state == "failed"]
    return failed or [each for each in outcomes if each.state == "blocked"]


def tabulate(outcomes: Sequence[Outcome], name: str, key: str) -> None:
    """What was done, as a table in Prefect's UI. It is a view: what was done is done, also where
    Prefect does not take it."""
    try:
        create_table_artifact(
            table=[each.row(language()) for each in outcomes],
            # Keys hold lower-case letters, digits and dashes only.
            key=re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-"),
            description=reason("run_table", name=name).text(language()),
        )
    except Exception as error:
        get_run_logger().warning("no table of what was done: %s", why_failed(error).text("en"))
