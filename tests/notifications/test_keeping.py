"""The public folder is kept by its receipts: what is missing comes at once, damage within the hour,
and a pass in which nothing changes reads no notice."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from domain.community.registry import find_community
from domain.kernel.period import Period
from domain.notices.notice import notices_of, publish
from domain.notices.publishing import set_publication
from domain.store.database import reading, writing
from domain.store.tables.notices import Notice, NoticeKind, Publication
from notifications.board.keeping import Keeper
from notifications.board.publication import PublicFolder
from notifications.files import make_folder
from notifications.texts.catalogue import load_texts
from tests.notifications import lived_year

AT = datetime(2027, 1, 20, 9, tzinfo=UTC)
EVERY = timedelta(seconds=30)
# Of two communities, each pass looks at the files of one.
ALL_SEEN = 2
ZH = load_texts("zh_CN")


@pytest.fixture
def folder(tmp_path: Path) -> PublicFolder:
    return PublicFolder(tmp_path / "public", ZH)


class Clock:
    """A keeper that makes a pass every half minute."""

    def __init__(self, engine: Engine, folder: PublicFolder, at: datetime = AT) -> None:
        self.engine, self.folder, self.at = engine, folder, at
        self.keeper = Keeper(engine, folder, EVERY)

    def keep(self, passes: int = 1) -> Counter[str]:
        counts: Counter[str] = Counter()
        for _ in range(passes):
            counts += self.keeper.keep(self.at)
            self.at += EVERY
        return counts


@pytest.fixture
def clock(two: Engine, folder: PublicFolder) -> Clock:
    found = Clock(two, folder)
    assert set(found.keep()) == {"published"}
    found.keep(ALL_SEEN)
    return found


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def text(clock: Clock, name: str) -> str:
    return (clock.folder.path / name).read_text("utf-8")


def test_what_has_no_receipt_is_published_in_the_next_pass(clock: Clock) -> None:
    with writing(clock.engine) as session:
        community = find_community(session, "ma")
        last = notices_of(session, community)[-1]
        publish(
            session,
            community,
            NoticeKind.QUARTER,
            "2026-Q3",
            Period.parse("2026-Q3"),
            clock.at,
            clock.at + timedelta(days=7),
            {**last.content, "period": "2026-Q3"},
        )
    assert clock.keep() == {"published": 2}
    assert "2026-q3-quarter.html" in text(clock, "ma/index.html")
    assert "2026-q3-quarter.html" in text(clock, "index.html")
    assert clock.keep(3) == {}


def test_a_pass_in_which_nothing_changes_reads_no_notice_and_writes_nothing(
    both_kept: Clock,
) -> None:
    before = {path: path.stat().st_mtime_ns for path in both_kept.folder.path.rglob("*")}
    for _ in range(2 * ALL_SEEN):
        with statements(both_kept.engine) as seen:
            assert both_kept.keep() == {}
        assert not [each for each in seen if "notice.content" in each]
        assert not [each for each in seen if each.startswith(("INSERT", "UPDATE", "DELETE"))]
        assert len(seen) < 12
    assert {path: path.stat().st_mtime_ns for path in both_kept.folder.path.rglob("*")} == before


@pytest.fixture
def both_kept(engine: Engine, folder: PublicFolder) -> Clock:
    lived_year.found_two(engine)
    found = Clock(engine, folder)
    found.keep(ALL_SEEN)
    return found


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("ma/2026-q1-quarter.html", "removed"),
        ("ma/2026-q2-quarter.html", "changed"),
        ("ma/2026-q1-quarter.txt", "changed"),
        ("ma/index.html", "changed"),
        ("ma/feed.xml", "removed"),
    ],
)
def test_what_was_removed_or_changed_stands_again_within_the_hour(
    clock: Clock, name: str, damage: str
) -> None:
    path = clock.folder.path / name
    whole = path.read_bytes()
    path.unlink() if damage == "removed" else path.write_text("改过的公示")
    clock.keep(ALL_SEEN)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("name", ["index.html", "feed.xml", "robots.txt"])
def test_what_all_share_stands_again_at_once(clock: Clock, name: str) -> None:
    whole = text(clock, name)
    (clock.folder.path / name).unlink()
    clock.keep()
    assert text(clock, name) == whole


def test_a_window_that_closes_leaves_the_open_ones_at_once(clock: Clock) -> None:
    with writing(clock.engine) as session:
        community = find_community(session, "ma")
        last = notices_of(session, community)[-1]
        publish(
            session,
            community,
            NoticeKind.QUARTER,
            "2026-Q3",
            Period.parse("2026-Q3"),
            clock.at,
            clock.at + timedelta(minutes=3),
            {**last.content, "period": "2026-Q3"},
        )
    clock.keep()
    shown = text(clock, "ma/index.html"), text(clock, "index.html")
    clock.keep(3)
    assert shown == (text(clock, "ma/index.html"), text(clock, "index.html"))
    clock.keep(4)
    assert shown[0] != text(clock, "ma/index.html")
    assert shown[1] != text(clock, "index.html")


def test_a_notice_whose_term_is_over_leaves_at_once_and_does_not_come_back(clock: Clock) -> None:
    with writing(clock.engine) as session:
        set_publication(find_community(session, "ma"), public_days=1)
    assert clock.keep()["removed"] > 0
    assert "2026-q1-quarter" not in text(clock, "ma/index.html")
    (clock.folder.path / "ma" / "2026-q1-quarter.html").write_text("又放回来")
    clock.keep(ALL_SEEN)
    assert not (clock.folder.path / "ma" / "2026-q1-quarter.html").exists()


def test_what_a_community_sets_shows_at_once(clock: Clock) -> None:
    with writing(clock.engine) as session:
        set_publication(find_community(session, "ma"), complaints="监督电话 0570-1234567")
    clock.keep()
    assert "0570-1234567" in text(clock, "ma/index.html")
    with writing(clock.engine) as session:
        set_publication(find_community(session, "ma"), web_list="full")
    assert clock.keep()["renewed"] > 0


def test_a_new_community_has_its_page_at_once(clock: Clock) -> None:
    with writing(clock.engine) as session:
        lived_year.found(session, code="new", name="新村")
    clock.keep()
    assert "新村" in text(clock, "new/index.html")
    assert "新村" in text(clock, "index.html")


def test_who_takes_over_finds_damage_within_the_hour_too(clock: Clock) -> None:
    second = Clock(clock.engine, clock.folder, clock.at)
    path = clock.folder.path / "ma" / "index.html"
    whole = path.read_bytes()
    path.write_text("改过的列表")
    second.keep(ALL_SEEN)
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_tried_again_and_leaves_the_others_alone(
    two: Engine, folder: PublicFolder
) -> None:
    folder.path.mkdir()
    (folder.path / "ma").write_text("a file where a folder must be")
    clock = Clock(two, folder)
    done = clock.keep()
    assert done["failed"] == 1
    assert done["published"] > 0
    (folder.path / "ma").unlink()
    assert clock.keep()["published"] > 0
    with reading(two) as session:
        standing = session.scalars(select(Publication.notice_id).distinct()).all()
        public = session.scalars(select(Notice.id).where(Notice.kind != "report")).all()
    assert sorted(standing) == sorted(public)


def test_a_folder_that_cannot_be_written_is_one_line_and_stops_nobody_else(
    two: Engine, folder: PublicFolder, caplog: pytest.LogCaptureFixture
) -> None:
    make_folder(folder.path, public=True)
    own = folder.path / "ma"
    own.write_text("somebody's file in the way")
    clock = Clock(two, folder)
    assert clock.keep()["published"]
    clock.keep(3)
    (failed,) = clock.keeper.failed
    assert (failed.community, failed.state) == ("ma", "failed")
    assert str(own) in failed.said
    (line,) = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert line.exc_info is None
    assert str(own) in line.getMessage()
    own.unlink()
    assert clock.keep()["published"]
    assert clock.keeper.failed == []
