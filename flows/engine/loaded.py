"""What a run's process has loaded (已载入的模块)."""

import atexit
import gc
from functools import cache


@cache
def keep_what_is_loaded() -> None:
    """Once in a process: what it has loaded stays, and is not searched for garbage over and over.

    Prefect alone is some hundred thousand objects; that search took a tenth of a run's time.
    """
    gc.collect()
    gc.freeze()
    # Some libraries complain of what is still there when the process ends.
    atexit.register(gc.unfreeze)
