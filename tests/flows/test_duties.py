"""What clocks do besides the steps: one of them keeps the public folder, the others stand by."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from config import prefect_file
from domain.kernel.local_time import now
from domain.operations.leases import drop_lease, take_lease
from domain.store.database import writing
from flows.clock.duties import duties
from flows.watch.probes import Board, Installation
from flows.watch.watcher import Watcher
from notifications.board.publication import PublicFolder
from notifications.texts.catalogue import load_texts
from tests.notifications import lived_year

LEASE = timedelta(seconds=90)


def test_only_the_clock_that_works_keeps_the_public_folder(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        community = lived_year.found(session, code="ma", heads=list(lived_year.names(4)), areas=2)
        lived_year.run_year(session, community, "fuling-maan-2022", until=3)
        assert take_lease(session, "clock", "other", now(), LEASE)
    folder = PublicFolder(tmp_path / "public", load_texts("zh_CN"))
    place = Installation(engine, tmp_path, folder.path, tmp_path, prefect_file())
    publication = duties(engine, folder, Watcher(Board(place, ())), 30, "mine")[0]
    assert publication.do(now()) is False
    assert not folder.path.exists()
    with writing(engine) as session:
        drop_lease(session, "clock", "other")
    assert publication.do(now()) is False, "nobody holds the lease"
    with writing(engine) as session:
        assert take_lease(session, "clock", "mine", now(), LEASE)
    assert publication.do(now()) is True
    assert len(list((folder.path / "ma").glob("*quarter*"))) == 2
