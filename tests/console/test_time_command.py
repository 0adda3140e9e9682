"""`jifen time`, and parts of the service on a machine whose time is not its database's."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from config import prefect_file, same_time
from config.same_time import doubted_at_start, refuse_other_time
from console.main import run
from console.who import who
from domain.kernel.errors import Refused
from domain.kernel.local_time import now
from domain.kernel.reasons import reason
from domain.operations.timekeeping import note
from domain.store.database import reading, writing
from domain.store.service_time import ServiceTime
from domain.store.tables.timekeeping import ClockMark, TimeAct
from flows.watch.probes import Board, Installation

APART = (timedelta(days=40), -timedelta(days=40), timedelta(seconds=90))


@pytest.fixture
def office(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Engine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JIFEN_DATABASE_URL", database_url)
    return engine


def test_the_time_is_shown_and_accepted(office: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    jump = reason("time_jumped", before="a", now="b", seconds=30)
    with writing(office) as session:
        note(session, "m1", now(), jump)
    assert run(["time", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["doubts"] == {"m1": jump.text("en")}
    assert run(["time", "accept", "--why", "虚拟机暂停过", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["by"] == who()
    assert run(["time", "show"]) == 0
    assert "m1" not in capsys.readouterr().out
    with reading(office) as session:
        (act,) = session.scalars(select(TimeAct))
        assert (act.by, act.why) == (who(), "虚拟机暂停过")
    for words in (["accept"], ["accept", "--why", " "], ["accept", "--why", "x", "--by", ""]):
        assert run(["time", *words]) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_doctor_ends_with_the_wrong_time_and_not_with_what_follows_from_it(
    office: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with writing(office) as session:
        note(session, "m1", now(), None)
        note(session, "m1", now(), reason("time_jumped", before="a", now="b", seconds=30))
    assert run(["doctor"]) == 1
    said = capsys.readouterr()
    assert "no clock is at work" not in said.out
    assert "timedatectl" in said.err


def test_a_time_about_which_two_machines_disagree_is_not_accepted(
    office: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    apart = reason("time_apart", ours="a", theirs="b", seconds=99)
    with writing(office) as session:
        note(session, "m1", now(), apart)
    folders = (tmp_path, tmp_path, tmp_path)
    place = Installation(office, *folders, prefect_file())
    (finding,) = Board(place).look(20, names=("time",))["time"].findings
    assert "timedatectl" in finding.advice
    assert "accept" not in finding.advice
    assert run(["time", "accept", "--why", "x"]) == 1
    assert "timedatectl" in capsys.readouterr().err
    with reading(office) as session:
        assert session.scalars(select(TimeAct)).all() == []


@pytest.mark.parametrize("apart", APART)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_part_starts_on_a_machine_of_another_time(
    office: Engine,
    monkeypatch: pytest.MonkeyPatch,
    apart: timedelta,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refuse_other_time(office)
    monkeypatch.setattr(same_time, "now", lambda: now() + apart)
    with pytest.raises(Refused, match="s apart: set the clock right"):
        refuse_other_time(office)
    for part in ("clock", "worker", "up"):
        assert run([part]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "timedatectl" in said


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_looks_at_the_time_sees_the_databases(
    office: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = ServiceTime(office)
    right = now()
    monkeypatch.setattr("domain.store.service_time.now", lambda: right + APART[0])
    assert abs(moment() - right) < timedelta(seconds=30)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_up_says_that_its_clock_will_wait(office: Engine) -> None:
    assert doubted_at_start(office) is None
    with writing(office) as session:
        note(session, "m1", now() - timedelta(days=31), None)
    doubt = doubted_at_start(office)
    assert doubt is not None
    assert doubt.code == "time_long_after"
    with writing(office) as session:
        session.get_one(ClockMark, "m1").swept_at = now() + timedelta(days=40)
    doubt = doubted_at_start(office)
    assert doubt is not None
    assert doubt.code == "time_before_last"
