"""Logs of the service's parts (日志轮换): bounded in size and number, and their owner's alone."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

# All parts together stay below a hundred megabytes.
BYTES_MAX = 5 * 1024 * 1024
KEPT = 3
_CLOSED = 0o600


def rotate(log: Path, bytes_max: int = BYTES_MAX, kept: int = KEPT) -> bool:
    """Put a log that has grown aside (`.1`, the newest, to `.3`), and begin it anew.

    The process that writes it keeps it open for appending, so it is copied and cut, not renamed.
    Where there is no room for the copy, it is cut all the same.
    """
    try:
        if log.stat().st_size <= bytes_max:
            return False
    except OSError:
        return False
    with suppress(OSError):
        for number in range(kept - 1, 0, -1):
            with suppress(FileNotFoundError):
                _aside(log, number).replace(_aside(log, number + 1))
        to = os.open(_aside(log, 1), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _CLOSED)
        with log.open("rb") as source, os.fdopen(to, "wb") as target:
            shutil.copyfileobj(source, target)
    os.truncate(log, 0)
    return True


def _aside(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
