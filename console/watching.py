"""Keeping the watch (值守): how a part of the service watches, as the settings say."""

from collections.abc import Sequence
from contextlib import closing

from config.settings import Settings
from console.outbox import manner_of
from domain.finding import Finding
from flows.probes import Board
from flows.watcher import Watcher
from notifications.troubles import OWN_LETTERS


def watcher_of(settings: Settings, board: Board) -> Watcher:
    """One who needs neither clock nor worker."""
    place = board.installation

    def direct(begun: Sequence[Finding], ended: Sequence[Finding]) -> None:
        from notifications.direct import tell_directly  # noqa: PLC0415 - as below

        tell_directly(begun, ended, place.manner.operators, manner_of(settings))

    def deliver() -> None:
        # Half of the web part's memory, for what hardly ever happens.
        from notifications.delivery import Deliverer  # noqa: PLC0415

        deliverer = Deliverer(place.engine, manner_of(settings), place.moment, OWN_LETTERS)
        with closing(deliverer):
            deliverer.deliver_due()

    return Watcher(board, direct, deliver)
