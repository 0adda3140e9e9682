"""What is the owner's alone (私有文件): files made by us, and secrets made for one installation."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.kernel.errors import Refused, machine_fault
from domain.kernel.reasons import reason
from domain.kernel.whole_files import OWNERS_ALONE, replacing

_OTHERS = 0o077


def keep_private() -> None:
    """Let every file that this process and its children make be its owner's alone.

    The first thing that an entry point does. Only the public folder gets other modes.
    """
    os.umask(_OTHERS)


def close_to_others(path: Path) -> None:
    """Take what others may do with a file from them; one that is not ours stays as it is."""
    try:
        mode = path.stat().st_mode & 0o777
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)
    except OSError:
        return  # not there, or another's: then it is not for us to say


def kept_secret(path: Path, make: Callable[[], str] = secrets.token_hex) -> str:
    """The secret that a file keeps for this installation; it is made where there is none.

    Refused where the file can neither be read nor made.
    """
    try:
        return read_secret(path) or _made(path, make())
    except OSError as error:
        raise Refused(reason("secret_unkept", file=path, why=machine_fault(error))) from error


def read_secret(path: Path) -> str:
    """What a file keeps, empty where there is none; others may not read it any more.

    Raises OSError where the file cannot be read.
    """
    try:
        found = path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    close_to_others(path)
    return found


def _made(path: Path, secret: str) -> str:
    """Made by one process at a time, so that all have the same one; written apart, so that nobody
    reads a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.parent):
        # Another process may have been faster. An empty file is one that was cut short.
        if found := read_secret(path):
            return found
        with replacing(path, OWNERS_ALONE) as part:
            part.write_text(f"{secret}\n", "utf-8")
    return secret


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among those who ask for the lock of this folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
