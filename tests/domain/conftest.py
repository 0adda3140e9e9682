"""Fixtures of the domain's tests: a session, and ways to found a village in it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.store.database import writing
from tests.domain.builders import Village, found


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One transaction on each of the databases."""
    with writing(engine) as session:
        yield session


@pytest.fixture
def village(session: Session) -> Village:
    """Three households under the usual rules."""
    return found(session)


@pytest.fixture
def founding(session: Session) -> Callable[..., Village]:
    """Found a village with other rules."""
    return lambda *arguments, **named: found(session, *arguments, **named)
