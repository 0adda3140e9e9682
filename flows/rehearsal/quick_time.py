"""The demonstration's time (演示时间), which all parts of its service read from one file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from domain.kernel.local_time import after_day, now

# Just before a month's and a quarter's end: reminders, an audit and a notice are near.
STARTS_ON = date(2026, 3, 30)
# The file, in the demonstration's folder, that tells when it really began.
BEGAN = "began"


@dataclass(frozen=True)
class QuickTime:
    """A time that began at `start` when it really was `began`, and passes `pace` times as fast."""

    start: datetime
    began: datetime
    pace: float

    def __call__(self) -> datetime:
        return self.start + (now() - self.began) * self.pace


def quick_time(path: Path, pace: float) -> QuickTime:
    """The demonstration's time, kept in a file: a clock that is started again goes on with it."""
    if not path.exists():
        path.write_text(now().isoformat(), encoding="utf-8")
    return QuickTime(after_day(STARTS_ON), _began(path), pace)


def is_under_way(path: Path) -> bool:
    """Whether the time has begun, and the parts have had a minute to take it up."""
    return path.exists() and now() - _began(path) > timedelta(minutes=1)


def time_shown(path: Path, pace: float) -> Callable[[], datetime]:
    """The same for a part that only looks: until it has begun, the time stands still."""

    def moment() -> datetime:
        return quick_time(path, pace)() if path.exists() else after_day(STARTS_ON)

    return moment


def _began(path: Path) -> datetime:
    return datetime.fromisoformat(path.read_text(encoding="utf-8").strip())
