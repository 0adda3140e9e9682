"""The memory (内存) of the parts that run for months."""

import ctypes
import sys

# Of glibc's mallopt: how many arenas a process may have.
_M_ARENA_MAX = -8
ARENAS = 2


def keep_small() -> None:
    """Let threads share what they let go of; before the first of them starts (Linux).

    glibc gives each thread an arena of its own, and what was let go of in one is of no use to the
    others: that was a fifth of a clock's memory.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
