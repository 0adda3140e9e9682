"""What a step did for its communities (办理结果), and how a run's state says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from prefect.client.schemas import State
from prefect.client.schemas.objects import StateType
from prefect.states import Completed, Failed

from domain.reasons import Reason, reason

STATES = ("done", "would be done", "skipped", "blocked", "failed")
BLOCKED = "Blocked"
_JOINED_BY = {"zh_CN": "，", "en": ", "}


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

    def row(self, language: str = "en") -> dict[str, str]:
        """As a table shows it."""
        return {"community": self.community, "state": self.state, "said": self.why.text(language)}


def state_of(outcomes: Sequence[Outcome], *, by_hand: bool, language: str) -> State:
    """A run's state, which says at a glance how it went.

    Started by hand, a run that is blocked has failed: whoever pressed the button sees it. The
    clock's has done what it could, and is tried again.
    """
    found = {state: [each for each in outcomes if each.state == state] for state in STATES}
    counts = [
        reason(f"run_{state.replace(' ', '_')}", count=len(those)).text(language)
        for state, those in found.items()
        if those
    ]
    text = _JOINED_BY[language].join(counts)
    worst = worst_of(outcomes)
    if worst:
        text = reason(
            "run_worst", counts=text, community=worst[0].community, why=worst[0].why
        ).text(language)  # fmt: skip
    if found["failed"]:
        return Failed(message=text)
    if found["blocked"] and by_hand:
        return State(type=StateType.FAILED, name=BLOCKED, message=text)
    if found["blocked"]:
        return Completed(name=BLOCKED, message=text)
    return Completed(message=text)


def worst_of(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that failed, else those that are blocked."""
    failed = [each for each in outcomes if each.state == "failed"]
    return failed or [each for each in outcomes if each.state == "blocked"]
