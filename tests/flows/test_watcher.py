"""Who keeps the watch tells of what lasts, once, by a way that works, to those whom it concerns."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update

from config import prefect_file
from domain.kernel.local_time import now
from domain.kernel.reasons import kept, reason
from domain.operations import self_check
from domain.operations.backups import last_backup
from domain.operations.finding import Finding
from domain.operations.leases import CLOCK_LEASE
from domain.operations.timekeeping import note
from domain.store.database import open_engine, reading, writing
from domain.store.tables.backups import Backup
from domain.store.tables.cycle import Lease, Occurrence, SelfCheck
from domain.store.tables.ledger import Journal
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community
from flows.clock.duties import Duty
from flows.clock.seals import check_seals
from flows.watch.probes import Board, Installation
from flows.watch.probes.board import Group
from flows.watch.probes.database import database, version
from flows.watch.probes.found import found
from flows.watch.probes.groups import GROUPS
from flows.watch.sights import TIMED, WatchSettings, look
from flows.watch.watcher import Watcher
from notifications.letters.direct import tell_directly
from notifications.letters.troubles import OWN_LETTERS
from notifications.outbox.deliverer import Deliverer, Manner
from notifications.outbox.hours import Hours
from notifications.outbox.messages import render_message
from tests.domain.builders import found as found_village
from tests.domain.builders import moment
from tests.notifications.receivers import WebReceiver, web_receiver

AT = moment("04-10T12:00")
NIGHT = moment("04-10T02:00")
EMBEDDED = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Scene:
    """An installation whose engine is as `wrong` says, and who watches it by a clock of its own."""

    place: Installation
    wrong: list[Finding] = field(default_factory=list)
    ticks: float = 0.0
    direct: list[tuple[list[str], list[str]]] = field(default_factory=list)
    delivered: int = 0

    def __post_init__(self) -> None:
        groups = (
            Group({"database": database, "version": version}, gates=2),
            Group({"clock": lambda _: (), "outbox": lambda _: (), "seals": lambda _: ()}),
            Group({name: lambda _: () for name in ("time", "queues", "deployments")}),
            Group({"engine": self._of("engine")}, gates=1),
            Group({name: self._of(name) for name in ("pool", "workers", "disk")}),
        )
        self.watcher = Watcher(
            Board(self.place, groups), self._directly, self._deliver, ticks=lambda: self.ticks
        )

    def _of(self, name: str) -> Callable[[Installation], list[Finding]]:
        return lambda _: [each for each in self.wrong if each.subject == name]

    def _directly(self, begun: Sequence[Finding], ended: Sequence[Finding]) -> None:
        self.direct.append(([each.why for each in begun], [each.about for each in ended]))

    def _deliver(self) -> None:
        self.delivered += 1

    def keep(self, after_s: float) -> int:
        self.ticks += after_s
        return self.watcher.keep()

    def letters(self) -> list[tuple[str, str, str]]:
        """To whom, by which template, body."""
        with reading(self.place.engine) as session:
            query = select(Message).where(Message.template.in_(OWN_LETTERS)).order_by(Message.id)
            return [
                (each.recipient, each.template, render_message(each, "en")[1])
                for each in session.scalars(query)
            ]


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Scene:
    with writing(engine) as session:
        found_village(session, code="ma")
    manner = WatchSettings(operators=("json://127.0.0.1:9/x",), ui="http://127.0.0.1:4200")
    folders = (tmp_path, tmp_path / "public", tmp_path / "prefect")
    place = Installation(
        engine, *folders, prefect_file(), manner=manner, moment=lambda: AT, publishes=True
    )
    return Scene(place)


PAUSED = found("stalled", "pool", "pool_paused", pool="jifen")


def overdue(scene: Scene, step: str = "close") -> None:
    with writing(scene.place.engine) as session:
        session.add(
            Occurrence(
                community_id=1,
                process="audit",
                period="2026-03",
                step=step,
                due_at=AT - timedelta(hours=20),
            )
        )


def test_what_lasts_is_told_once_with_its_cause_and_its_end_once(scene: Scene) -> None:
    scene.wrong = [PAUSED]
    assert [scene.keep(after) for after in (0, 20, 20, 60, 600)] == [0, 0, 1, 0, 0]
    ((to, template, body),) = scene.letters()
    assert (to, template) == ("operators", "alarm")
    assert "the work pool jifen is paused" in body
    assert "jifen deploy" in body
    scene.wrong = []
    assert [scene.keep(30), scene.keep(30)] == [1, 0]
    assert "Over:\n- the work pool" in scene.letters()[-1][2]


def test_a_part_that_is_started_again_is_no_trouble(scene: Scene) -> None:
    down = found("stalled", "engine", "engine_down", url="http://127.0.0.1:4200/api")
    for _ in range(3):
        scene.wrong = [down]
        assert scene.keep(30) == 0
        scene.wrong = []
        assert scene.keep(30) == 0


def test_what_is_late_because_of_a_cause_is_told_with_the_cause_alone(scene: Scene) -> None:
    overdue(scene)
    scene.wrong = [PAUSED]
    assert sum(scene.keep(60) for _ in range(20)) == 1
    assert "paused" in scene.letters()[0][2]
    scene.wrong = []
    assert scene.keep(60) == 1  # the pool's end
    # Nothing hinders it any more, and still it is not done.
    assert sum(scene.keep(60) for _ in range(6)) == 1
    assert "monthly audit of 2026-03 (close)" in scene.letters()[-1][2]
    with reading(scene.place.engine) as session:
        status = look(session, None, AT, scene.place.manner, Board(scene.place, ()).look(0))
        assert [each.what for each in status if each.subject == "step"] == ["late"]


def test_a_late_step_shows_the_cause_that_was_found(scene: Scene) -> None:
    overdue(scene)
    scene.wrong = [PAUSED]
    checked = scene.watcher.board.look(5)
    with reading(scene.place.engine) as session:
        status = look(session, None, AT, scene.place.manner, checked)
    late = next(each for each in status if each.what == "late")
    assert "the work pool jifen is paused" in late.why
    assert "no sign of life" not in late.why
    assert "jifen deploy" in late.advice


def test_what_nobody_can_say_at_the_moment_is_not_over(scene: Scene) -> None:
    scene.wrong = [found("stalled", "workers", "workers_none")]
    assert [scene.keep(0), scene.keep(60)] == [0, 1]
    group = Group({"engine": scene._of("engine"), "workers": scene._of("workers")}, gates=1)
    scene.watcher.board = Board(
        scene.place, (Group({"database": database, "version": version}), group)
    )
    scene.wrong = [found("stalled", "engine", "engine_unnamed")]
    scene.keep(1)
    assert len(scene.letters()) == 1


@EMBEDDED
def test_a_database_that_is_away_is_told_without_the_outbox(scene: Scene, tmp_path: Path) -> None:
    path = Path(str(scene.place.engine.url.database))
    scene.keep(0)
    scene.place.engine.dispose()
    shutil.move(path, tmp_path / "aside.db")
    for _ in range(4):
        scene.keep(30)
    assert len(scene.direct) == 1
    assert "no database" in scene.direct[0][0][0]
    shutil.move(tmp_path / "aside.db", path)
    scene.keep(30)
    scene.keep(30)
    assert scene.direct[1:] == [([], ["the database"])]


@EMBEDDED
def test_a_database_without_room_is_told_without_the_outbox(scene: Scene) -> None:
    with scene.place.engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    url = scene.place.engine.url
    full = open_engine(url)

    @event.listens_for(full, "connect")
    def limit(raw: Any, _record: object) -> None:
        raw.execute(f"PRAGMA max_page_count = {pages}")

    scene.place = replace(scene.place, engine=full)
    scene.__post_init__()
    wordy = [replace(PAUSED, said=kept(reason("database_silent", why="x" * 5_000_000)))]
    scene.wrong = wordy
    for _ in range(5):
        scene.keep(60)
    assert "full" in scene.direct[0][0][0]
    full.dispose()


def test_where_no_clock_delivers_the_watch_delivers_its_own_letters(scene: Scene) -> None:
    board = scene.watcher.board
    groups = [each.group for each in board._asked]
    groups[1] = Group({"clock": lambda _: [found("stalled", "clock", "clock_none")]})
    scene.watcher.board = Board(scene.place, groups)
    scene.keep(0)
    assert scene.keep(60) == 1
    assert scene.delivered >= 1


@pytest.fixture
def hook() -> Iterator[WebReceiver]:
    with web_receiver() as receiver:
        yield receiver


def told(hook: WebReceiver) -> list[str]:
    return [each.json["message"] for each in hook.received]


@pytest.mark.e2e
@EMBEDDED
def test_an_alarm_goes_out_by_night_and_nothing_else_does(scene: Scene, hook: WebReceiver) -> None:
    address = f"json://{hook.place}/x"
    scene.place = replace(
        scene.place, moment=lambda: NIGHT, manner=replace(scene.place.manner, operators=(address,))
    )
    scene.__post_init__()
    with writing(scene.place.engine) as session:
        session.add(
            Message(
                community_id=1,
                recipient="r1",
                occasion="a",
                template="reminder",
                facts={},
                urgent=True,
                written_at=NIGHT - timedelta(hours=1),
            )
        )
    scene.wrong = [PAUSED]
    scene.keep(0)
    scene.keep(60)
    deliverer = Deliverer(scene.place.engine, Manner(language="en"), lambda: NIGHT)
    tally = deliverer.deliver_due()
    deliverer.close()
    assert (tally.sent, tally.failed) == (1, 0)
    assert "paused" in told(hook)[0]
    with reading(scene.place.engine) as session:
        assert session.scalar(select(Message.state).where(Message.recipient == "r1")) == "waiting"


@pytest.mark.e2e
def test_a_letter_without_the_outbox_reaches_its_address(hook: WebReceiver) -> None:
    away = found("stalled", "database", "database_away", why="it is gone")
    manner = Manner(language="en", hours=Hours())
    assert tell_directly([away], [], [f"json://{hook.place}/x"], manner) == 1
    assert "the database cannot be used: it is gone" in told(hook)[0]
    assert tell_directly([away], [], [], manner) == 0


def test_a_towns_contact_hears_a_sentence_without_commands(scene: Scene) -> None:
    """Only where nobody else is told; where somebody is, only of what a contact can do."""
    overdue(scene)
    with writing(scene.place.engine) as session:
        session.execute(update(Occurrence).values(state="failed", outcome="ProgrammingError"))
    scene.place = replace(scene.place, manner=WatchSettings())
    scene.__post_init__()
    assert scene.keep(0) == 1
    ((to, template, body),) = scene.letters()
    assert (to, template) == ("t1", "concern")
    for command in ("jifen", "`", "ProgrammingError", "--"):
        assert command not in body
    assert "technician" in body


# The probes of the service's daily work.


def probed(place: Installation, name: str) -> list[Finding]:
    group = next(each for each in GROUPS if name in each.probes)
    return list(group.probes[name](place))


@pytest.fixture
def working(scene: Scene) -> Installation:
    """A clock is at work, by the real time."""
    place = replace(scene.place, moment=now)
    with writing(place.engine) as session:
        session.merge(Lease(name="clock", holder="c", until=now() + CLOCK_LEASE))
    return place


def test_a_duty_says_what_came_of_it(working: Installation) -> None:
    def write(_at: datetime) -> None:
        raise OSError(30, "Read-only file system", "/srv/public")

    duty = Duty("publication", 30, write, working.engine)
    assert probed(working, "duties") == []
    duty.once(now())
    (finding,) = probed(working, "duties")
    assert "publication came to nothing: /srv/public: Read-only file system" in finding.why
    duty.do = lambda _: None
    duty.once(now())
    assert probed(working, "duties") == []
    with writing(working.engine) as session:
        session.execute(update(SelfCheck).values(at=now() - timedelta(hours=1)))
    (finding,) = probed(working, "duties")
    assert "should have been done again" in finding.why


def test_a_notice_that_stands_nowhere_says_why(working: Installation) -> None:
    with writing(working.engine) as session:
        session.add(
            Notice(
                community_id=1,
                kind=NoticeKind.QUARTER,
                key="2026-Q1",
                period="2026-Q1",
                published_at=now() - timedelta(hours=1),
                closes_at=None,
                content={},
                seal="0" * 64,
                digest="0" * 64,
            )
        )
        why = kept(reason("file_unwritable", file="/srv/public", why=reason("os_EROFS")))
        self_check.note(session, "publication", False, why, now())
    (finding,) = probed(working, "notices")
    assert finding.communities == ("ma",)
    assert "/srv/public cannot be written: Read-only file system" in finding.why


def test_the_seals_are_checked_once_a_night_and_a_broken_one_is_found(
    working: Installation,
) -> None:
    assert check_seals(working.engine, "c")
    assert not check_seals(working.engine, "d")
    assert probed(working, "seals") == []
    with writing(working.engine) as session:
        session.add(
            Journal(
                community_id=1,
                seq=1,
                act="forged",
                period="2026-03",
                posted_at=AT,
                posted_by="x",
                ruleset_hash="",
                first_entry=1,
                entries=0,
                previous="",
                digest="0" * 64,
            )
        )
        session.execute(update(SelfCheck).values(at=now() - timedelta(days=2)))
        session.execute(update(Lease).where(Lease.name == "the seals").values(until=now()))
    assert check_seals(working.engine, "c")
    (finding,) = probed(working, "seals")
    assert finding.what == "stalled"
    assert "ma" in finding.why
    assert "ledger verify" in finding.advice


def test_what_a_wrong_clock_noted_silences_nothing(working: Installation) -> None:
    """Forty days ahead for three minutes: the check is not left out, nor its lack unsaid."""
    assert check_seals(working.engine, "c")
    ahead = now() + timedelta(days=40)
    with writing(working.engine) as session:
        session.execute(update(SelfCheck).values(at=ahead, since=ahead))
        session.execute(update(Lease).where(Lease.name == "the seals").values(until=now()))
        session.execute(update(Community).values(added_at=now() - timedelta(days=90)))
        session.add(Backup(at=ahead, file="copy.db", size_bytes=1))
    (finding,) = probed(working, "seals")
    assert finding.what == "risk"
    assert check_seals(working.engine, "c")
    assert probed(working, "seals") == []
    with reading(working.engine) as session:
        assert last_backup(session) is None


def test_while_the_time_is_in_doubt_only_the_time_is_told(working: Installation) -> None:
    """A clock that waits is no clock that is gone; what seems late or unchecked is not told."""
    ahead = timedelta(days=40)
    with writing(working.engine) as session:
        note(session, "m1", now(), reason("time_jumped", before="a", now="b", seconds=30))
        session.execute(update(Lease).values(until=now() - timedelta(hours=1)))
        session.execute(update(Community).values(added_at=now() - ahead))
    wrong = replace(working, moment=lambda: now() + ahead, manner=WatchSettings(backup_days=8))
    checked = Board(wrong).look(20)
    assert [each.why for each in checked["time"].findings]
    assert {checked[name].state for name in TIMED} == {"unknown"}
    assert checked["operators"].state != "unknown"
    with reading(working.engine) as session:
        found = look(session, None, now() + ahead, wrong.manner, checked)
    assert not [each for each in found if each.what == "late" or each.subject in TIMED]
    assert not check_seals(working.engine, "c")


def test_where_nobody_would_be_told_it_is_said(working: Installation) -> None:
    assert probed(working, "operators") == []
    (finding,) = probed(replace(working, manner=WatchSettings()), "operators")
    assert finding.what == "waiting"
    assert "JIFEN_OPERATORS" in finding.advice


def test_what_another_watch_still_sees_is_not_over(scene: Scene) -> None:
    """The engine is reached from one machine and not from another."""
    other = Scene(scene.place)
    other.watcher.name = "elsewhere:1"
    other.wrong = [PAUSED]
    assert [other.keep(0), other.keep(60)] == [0, 1]
    assert [scene.keep(30), other.keep(30), scene.keep(30)] == [0, 0, 0]
    other.wrong = []
    assert other.keep(30) == 1
    assert len(scene.letters()) == 2


def test_what_is_one_machines_is_neither_another_s_nor_over_there(scene: Scene) -> None:
    """Two machines, each with a disk of its own: nothing is begun and over in turn."""
    scene.watcher.name, other = "a:1", Scene(scene.place)
    other.watcher.name = "b:1"
    scene.wrong = [found("stalled", "disk", "disk_full", machine="a", folder="/x", free=1)]
    other.wrong = [found("risk", "disk", "disk_low", machine="b", folder="/x", free=99, total=9000)]
    assert [scene.keep(0), other.keep(0)] == [1, 1]
    assert [each.keep(30) for each in (scene, other) * 3] == [0] * 6
    scene.wrong = []
    assert [other.keep(30), scene.keep(30), other.keep(30)] == [0, 1, 0]
    assert "99 MiB" not in scene.letters()[-1][2]


def test_what_only_another_part_can_answer_is_no_answer(scene: Scene) -> None:
    shown = replace(scene.place, publishes=False)
    assert Board(shown).look(20, names=("public_folder",))["public_folder"].state == "elsewhere"
