"""Years that are run once and only read, for the tests of what goes out."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.store.database import open_engine
from domain.store.tables.everything import metadata
from tests.notifications import lived_year
from tests.notifications.lived_year import LivedYear
from tests.selection import drawn

SCHEMES = (
    "fuling-maan-2022",
    "baoshan-2023",
    "wulong-changba-2023-example-village",
    "zhongping",
    "banan-fengsheng-example-village",
    "longyuzhuang-example-village",
    "ninghe-example-village",
)


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """One database in memory for everything here that is only read."""
    engine = open_engine("sqlite://")
    metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()


@pytest.fixture(scope="session")
def maan(session: Session) -> LivedYear:
    """A whole year of 24 households in 马鞍."""
    community = lived_year.found(session, "fuling-maan-2022", code="maan", areas=3)
    return lived_year.run_year(session, community, "fuling-maan-2022")


# A scheme's year is run by one process of the test run only.
@pytest.fixture(
    scope="session",
    params=drawn((pytest.param(each, marks=pytest.mark.xdist_group(each)) for each in SCHEMES), 2),
)
def year(request: pytest.FixtureRequest, session: Session) -> LivedYear:
    """A whole year of each scheme that ships."""
    heads = list(lived_year.names(14))
    community = lived_year.found(session, request.param, heads, code=request.param)
    return lived_year.run_year(session, community, request.param)


@pytest.fixture(scope="session")
def worst(session: Session) -> LivedYear:
    """A year of 300 households with the names, places and reasons that nobody would wish for."""
    heads = [*lived_year.NASTY, "欧阳" * 20, *lived_year.names(293)]
    community = lived_year.found(
        session,
        "fuling-maan-2022",
        heads,
        code="worst",
        areas=4,
        name="</style><b>{{ 7*7 }}社区",
        town="=HYPERLINK(1)",
    )
    reason = "".join(lived_year.NASTY)
    return lived_year.run_year(session, community, "fuling-maan-2022", reason=reason, claimants=50)


@pytest.fixture(scope="session")
def found_once(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two communities in a SQLite file to copy."""
    path = tmp_path_factory.mktemp("two") / "jifen.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    lived_year.found_two(engine)
    engine.dispose()
    return path


@pytest.fixture
def two(found_once: Path, tmp_path: Path) -> Iterator[Engine]:
    """The two communities, on SQLite."""
    shutil.copy(found_once, tmp_path / "jifen.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'jifen.db'}")
    yield engine
    engine.dispose()
