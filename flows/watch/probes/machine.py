"""The machine (本机): room on its disks, and the folders that are written to."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from domain.kernel.errors import machine_fault
from domain.operations.finding import Finding
from domain.store.database import sqlite_file
from flows.watch.probes.found import NotOurs, found
from flows.watch.probes.installation import Installation

MIB = 1024 * 1024
# Below the first it should be seen to; below the second the next step may not find room.
FREE_SOON_MIB, FREE_NONE_MIB = 500, 30


def disk(place: Installation) -> Iterator[Finding]:
    """There is room where we write: the working folder, the embedded database, the notices."""
    folders = [place.var_dir, place.public_dir]
    if place.engine.dialect.name == "sqlite":
        folders.append(sqlite_file(place.engine).parent)
    seen: set[int] = set()
    for folder in map(_nearest, folders):
        device = folder.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        usage = shutil.disk_usage(folder)
        free = usage.free // MIB
        if free < FREE_SOON_MIB:
            what = "stalled" if free < FREE_NONE_MIB else "risk"
            cause = "disk_full" if free < FREE_NONE_MIB else "disk_low"
            yield found(
                what,
                "disk",
                cause,
                machine=socket.gethostname(),
                folder=folder,
                free=free,
                total=usage.total // MIB,
            )


def _nearest(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def public_folder(place: Installation) -> Iterator[Finding]:
    """Notices can be written to the public folder, where it is we who write them."""
    if not place.publishes:
        raise NotOurs
    folder = _nearest(place.public_dir)
    try:
        descriptor, name = tempfile.mkstemp(prefix=".probe-", dir=folder)
        os.close(descriptor)
        os.unlink(name)
    except OSError as error:
        why = machine_fault(error)
        yield found(
            "stalled",
            "public_folder",
            "folder_unwritable",
            machine=socket.gethostname(),
            folder=folder,
            why=why,
        )
