"""A clerk's desk on each kind of database."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.intake.desk import Desk
from tests.intake.inbox import Inbox


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """A community with three households, under a ruleset with an item of each kind."""
    return Desk(engine, tmp_path).open()


@pytest.fixture
def inbox(desk: Desk) -> Inbox:
    for code in ("r1", "r2"):
        desk.person(code)
    return Inbox(desk)
