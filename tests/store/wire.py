"""A wire (线路) to a server that can be cut off without either end hearing of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

READ_BYTES = 65536


class Wire:
    """Takes connections on `port` and passes on what is said, until it is `dead`: from then on it
    takes connections and says nothing, as a machine does that hangs."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.dead = threading.Event()
        self._open: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            self._open.append(near)
            if self.dead.is_set():
                continue
            far = socket.create_connection(self.target)
            self._open.append(far)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(READ_BYTES):
                if self.dead.is_set():
                    return
                other.sendall(said)

    def close(self) -> None:
        for each in (self._door, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def wire_to(host: str, port: int) -> Iterator[Wire]:
    found = Wire(host, port)
    try:
        yield found
    finally:
        found.close()
