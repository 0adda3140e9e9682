"""What a flow run works with. Entry points set it; a worker's process reads the settings."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from domain.kernel.errors import Refused
from domain.store.database import open_engine
from domain.store.roles import STEP
from flows.watch.sights import WatchSettings

if TYPE_CHECKING:
    from config.settings import Settings


@dataclass(frozen=True)
class Runtime:
    """The domain database that this process's flow runs work on, how it is watched, and the
    language of what runs say to operators."""

    engine: Engine
    manner: WatchSettings
    language: str = "en"


_runtime: list[Runtime] = []


def use(engine: Engine, manner: WatchSettings | None = None, language: str = "en") -> None:
    """Make this process's flow runs work on `engine`."""
    _runtime[:] = [Runtime(engine, manner or WatchSettings(), language)]


def engine() -> Engine:
    """The engine in use; in a worker's process, the one that the settings name."""
    return _in_use().engine


def manner() -> WatchSettings:
    """How the installation is watched; in a worker's process, as the settings say."""
    return _in_use().manner


def language() -> str:
    """What runs say to operators is said in this; in a worker's process, as the settings say:
    also of a database that cannot be worked on."""
    return _runtime[0].language if _runtime else _settings().locale


def is_on_worker() -> bool:
    """Whether this is a worker's process, which is one run's alone."""
    return not _runtime


def _in_use() -> Runtime:
    return _runtime[0] if _runtime else _from_settings()


@lru_cache(maxsize=1)
def _settings() -> "Settings":
    from config.settings import load  # lazy: entry

    return load()


@lru_cache(maxsize=1)
def _from_settings() -> Runtime:
    # A flow run on a worker is an entry point of its own: the database's password must not
    # travel in a flow run's parameters, which everybody at the Prefect UI can read.
    from config.database import require_current_if_there  # lazy: entry

    settings = _settings()
    engine = open_engine(settings.database_url.get_secret_value(), STEP)
    try:
        require_current_if_there(engine)
    except Refused:
        engine.dispose()
        raise
    return Runtime(engine, WatchSettings.of(settings), settings.locale)
