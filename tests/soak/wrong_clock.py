"""A machine whose clock is wrong (时钟不准的机器), for real processes.

libfaketime would do, but its `clock_nanosleep` refuses what Python 3.11 and later sleep by as soon
as the monotonic clock is to stay right; `wrong_clock.c` is the little that is needed of it.
"""

import os
import shutil
import struct
import subprocess
from datetime import timedelta
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")
COMPILER = shutil.which("cc")


class WrongClock:
    """The clock of the processes that are started with its environment, right at first."""

    def __init__(self, folder: Path) -> None:
        assert COMPILER
        self._off, library = folder / "off", folder / "wrong_clock.so"
        self.be_wrong(timedelta(0))
        built = [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE)]
        subprocess.run(built, check=True)
        self.environment = {"LD_PRELOAD": str(library), "WRONG_CLOCK": str(self._off)}

    def be_wrong(self, by: timedelta) -> None:
        """From now on wrong by so much, for those who run too; in place: they have it mapped."""
        said = struct.pack("=q", int(by.total_seconds()))
        file = os.open(self._off, os.O_WRONLY | os.O_CREAT)
        os.pwrite(file, said, 0)
        os.close(file)
