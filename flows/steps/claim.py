"""A run's claim on its steps (认领): a sign of life, and giving back what could not be done."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.exceptions import TerminationSignal
from prefect.runtime import flow_run

from domain.cycle.attempt import Attempt
from domain.kernel.reasons import Reason, kept, reason
from domain.store.database import database_now, writing
from domain.store.faults import DATABASE_ERRORS
from flows.steps.outcomes import Outcome
from flows.steps.runtime import engine


def give_sign(mine: Attempt, waiting: Sequence[str]) -> None:
    """Keep the clock from taking this run for dead; if the database is gone, the task will tell."""
    if mine.number:
        with suppress(*DATABASE_ERRORS), writing(engine()) as session:
            mine.keep(session, waiting, database_now(session))


def give_back(mine: Attempt, codes: Sequence[str], why: Reason) -> None:
    """What could not be done now is due again; if the database is gone, the reaper does it."""
    with suppress(*DATABASE_ERRORS), writing(engine()) as session:
        mine.give_back(session, codes, kept(why))


@contextmanager
def given_back(mine: Attempt, codes: Sequence[str], done: Mapping[str, Outcome]) -> Iterator[None]:
    """A worker that is told to end gives back at once what its run has not done: another one does
    it, or this one once it is back. What somebody has cancelled is not given back."""
    try:
        yield
    except TerminationSignal:
        if mine.number and not _is_cancelled():
            left = [code for code in codes if code not in done]
            give_back(mine, left, reason("worker_told_to_end"))
        raise


def _is_cancelled() -> bool:
    """Whether it was a person who ended this run; also where nobody can say."""
    try:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(UUID(flow_run.id)).state
    except Exception:
        return True
    return state is not None and (state.is_cancelling() or state.is_cancelled())
