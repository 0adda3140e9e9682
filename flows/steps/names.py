"""What runs are called (任务名称) from the moment they are scheduled."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from prefect.runtime import flow_run
from sqlalchemy import or_, select

from domain.kernel.reasons import reason
from domain.kernel.sentences import SOURCE
from domain.store.database import reading
from domain.store.tables.people import Community
from flows.steps.runtime import engine, language
from notifications.texts.catalogue import load_texts


def run_name(process: str, step: str, period: str, communities: Sequence[str]) -> str:
    """`audit close 2026-03 · 马鞍社区`, or how many communities there are in a batch.

    A run has a name also where what it is asked for will be refused.
    """
    named = {"process": process_word(process), "step": step_word(step), "period": period}
    code = "run_name_alone" if process == step else "run_name"
    return reason(code, **named, whom=whom(communities)).text(language())


def whom(communities: Sequence[str]) -> str:
    """The community's name, or how many there are; each counts once, by whatever it is named."""
    asked = dict.fromkeys(text.strip() for text in communities)
    with reading(engine()) as session:
        is_meant = or_(Community.code.in_(asked), Community.name.in_(asked))
        query = select(Community.code, Community.name).where(is_meant)
        known = dict(session.execute(query).tuples().all())
    named = [*known.values(), *(asked.keys() - known.keys() - set(known.values()))]
    return (
        named[0] if len(named) == 1 else reason("run_for_many", count=len(named)).text(language())
    )


def process_word(process: str) -> str:
    """What the texts' catalogue calls it; in English its code, as the command line says it."""
    return _word("processes", process)


def step_word(step: str) -> str:
    """As `process_word`; reminders go by their number: `remind_2`."""
    kind, _line, number = step.partition("_")
    word = _word("steps", kind)
    return step if word == kind else word + number


def finding_word(what: str) -> str:
    """What a finding is (`late`), as `process_word`."""
    return _word("findings", what)


def _word(group: str, code: str) -> str:
    return code if language() == SOURCE else _words(group, language()).get(code, code)


@lru_cache
def _words(group: str, language: str) -> dict[str, str]:
    return {str(code): str(name) for code, name in load_texts(language).catalogue[group].items()}


def flow_name_of(process: str) -> Callable[[], str]:
    """A flow's `flow_run_name`: made from the parameters of the run that starts."""

    def name() -> str:
        asked = flow_run.parameters
        return run_name(process, asked["step"], asked["period"], asked["communities"])

    return _or_as_scheduled(name)


def _or_as_scheduled(name: Callable[[], str]) -> Callable[[], str]:
    """A run whose name cannot be made keeps the one it has: it is the flow that says what is
    wrong, in its state."""

    def made() -> str:
        try:
            return name()
        except Exception:
            return str(flow_run.name)

    return made


@_or_as_scheduled
def name_by_hand() -> str:
    """Of a settlement by hand."""
    asked = flow_run.parameters
    named = {"period": asked["year"], "whom": whom([asked["community"]])}
    return reason("run_by_hand", **named).text(language())


@_or_as_scheduled
def name_of_status() -> str:
    """Of a look at how things are."""
    return reason("run_of_status").text(language())
