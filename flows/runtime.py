"""What a flow run works with. Entry points set it; a worker's process reads the settings."""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Engine

from domain.store.database import open_engine


@dataclass(frozen=True)
class Runtime:
    """The domain database that this process's flow runs work on."""

    engine: Engine


_runtime: list[Runtime] = []


def use(engine: Engine) -> None:
    """Make this process's flow runs work on `engine`."""
    _runtime[:] = [Runtime(engine)]


def engine() -> Engine:
    """The engine in use; in a worker's process, the one that the settings name."""
    return _runtime[0].engine if _runtime else _from_settings()


@lru_cache(maxsize=1)
def _from_settings() -> Engine:
    # A flow run on a worker is an entry point of its own: the database's password must not
    # travel in a flow run's parameters, which everybody at the Prefect UI can read.
    from config.settings import load  # noqa: PLC0415

    return open_engine(load().database_url.get_secret_value())
