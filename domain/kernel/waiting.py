"""Waiting (等待) for what comes by itself: a server that starts, a lock that is given up."""

import time
from collections.abc import Callable

LOOK_EVERY_S = 0.1


def wait_until(
    done: Callable[[], object],
    within_s: float,
    every_s: float = LOOK_EVERY_S,
    unless: Callable[[], object] = lambda: False,
) -> bool:
    """Whether it was done in time; looked at once in any case, and no more once `unless` holds."""
    deadline = time.monotonic() + within_s
    while not unless():
        if done():
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return False
