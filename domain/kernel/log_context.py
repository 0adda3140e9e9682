"""What is being worked on at the moment: so that a line of the log says for whom it was written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

FIELDS = ("community", "process", "period", "step", "run")
_CURRENT: ContextVar[Mapping[str, str] | None] = ContextVar("working_on", default=None)


@contextmanager
def working_on(**facts: str) -> Iterator[None]:
    """Within it, what is logged is about this community, process, period, step or run (codes)."""
    unknown = facts.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"{', '.join(unknown)}: say only {', '.join(FIELDS)}")
    token = _CURRENT.set({**current(), **facts})
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> dict[str, str]:
    """What is being worked on, empty where nothing was said."""
    return {key: value for key, value in (_CURRENT.get() or {}).items() if value}
