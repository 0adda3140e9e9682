"""The demonstration's time: one for all its parts."""

from datetime import timedelta
from pathlib import Path

from domain.kernel.local_time import after_day, now
from flows.rehearsal.quick_time import BEGAN, STARTS_ON, is_under_way, quick_time, time_shown

DAY_S = 2880.0


def test_all_parts_have_one_time_and_go_on_with_it(tmp_path: Path) -> None:
    path = tmp_path / BEGAN
    shown = time_shown(path, DAY_S)
    assert shown() == after_day(STARTS_ON)
    path.write_text((now() - timedelta(seconds=30)).isoformat(), "utf-8")
    day = timedelta(days=1)
    for moment in (shown, quick_time(path, DAY_S)):
        assert day <= moment() - after_day(STARTS_ON) < day + timedelta(hours=8)


def test_who_looks_does_not_let_it_begin(tmp_path: Path) -> None:
    time_shown(tmp_path / BEGAN, DAY_S)()
    assert not (tmp_path / BEGAN).exists()
    quick_time(tmp_path / BEGAN, DAY_S)
    assert (tmp_path / BEGAN).exists()


def test_while_the_samples_are_loaded_there_is_nothing_to_watch(tmp_path: Path) -> None:
    """Operators were told that no clock runs."""
    path = tmp_path / BEGAN
    assert not is_under_way(path)
    quick_time(path, DAY_S)
    assert not is_under_way(path)
    path.write_text((now() - timedelta(minutes=2)).isoformat())
    assert is_under_way(path)
