"""Doing several things at the same time."""

import threading
from collections.abc import Callable
from typing import Any


def at_once(*works: Callable[[], Any], timeout_s: float = 120) -> list[Any]:
    """Do these at the same time, each in a thread; their answers, or what they raised."""
    together = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def do(number: int) -> None:
        together.wait()
        try:
            answers[number] = works[number]()
        except Exception as error:
            answers[number] = error

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout_s)
    assert not any(thread.is_alive() for thread in threads), "still waiting for each other"
    return answers
