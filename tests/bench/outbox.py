"""Delivering the outbox, against plain Apprise in a loop: time per message to a local receiver.

10,000 people, a letter each, to a web hook on the loopback that answers at once. The floor makes
an Apprise object for each recipient and notifies it, with the text already in words; ours finds
whose turn it is, renders, sends, and keeps a receipt of each (SQLite).
"""

import asyncio
import multiprocessing
import sys
import tempfile
from datetime import date, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import func, insert, select

from config.database import upgrade
from domain.community.adoption import add_community
from domain.kernel.local_time import start_of_day
from domain.rules.load import shipped
from domain.store.database import open_engine, reading, writing
from domain.store.tables.outbox import Message, Receipt
from domain.store.tables.people import Person
from notifications.outbox.deliverer import Deliverer, Manner
from notifications.outbox.messages import render_letter
from tests.bench.harness import Result, Side, best_of, in_own_process, report

MESSAGES = 10_000
ROUNDS = 2
REACH_RATIO = 1.3
NOW = start_of_day(date(2026, 4, 2)) + timedelta(hours=10)
FACTS = {
    "name": "王桂英",
    "community": "马鞍社区",
    "town": "马鞍街道",
    "period": "2026-03",
    "count": 12,
    "overdue": 0,
    "oldest": "2026-03-02",
    "deadline": "2026-04-06T00:00:00+08:00",
}


def run(scale: float) -> Result:
    """Both sides in turns against one receiver, each run in a process of its own."""
    messages = max(200, round(MESSAGES * scale))
    ours_end, theirs = multiprocessing.Pipe()
    receiver = multiprocessing.get_context("spawn").Process(target=receive, args=(theirs,))
    receiver.start()
    try:
        port = ours_end.recv()
        with tempfile.TemporaryDirectory() as folder:
            words = (folder, str(port), str(messages))
            ours, floor = best_of(
                ROUNDS, lambda: _side("ours", *words), lambda: _side("floor", *words)
            )
    finally:
        receiver.terminate()
        receiver.join()
    ratio = ours.seconds / floor.seconds
    return Result(
        name="outbox",
        ours_seconds=ours.seconds,
        floor_seconds=floor.seconds,
        ratio=ratio,
        reach=f"ratio ≤ {REACH_RATIO:g}",
        reached=ratio <= REACH_RATIO,
        peak_memory_mib=ours.peak_memory_mib,
        notes=(
            f"{messages:,} letters, {messages / ours.seconds:,.0f} a second with a receipt each;"
            f" floor: Apprise in a loop, {messages / floor.seconds:,.0f} a second; best of {ROUNDS}"
        ),
    )


def _side(name: str, *words: str) -> Side:
    return in_own_process("tests.bench.outbox", name, *words)


def receive(port_to: Connection) -> None:
    """A web hook that answers everything at once; it tells its port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port_to.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


class Ours:
    """A database with a message for each person; all of it is delivered."""

    def __init__(self, folder: Path, port: int, count: int) -> None:
        path = folder / "ours.db"
        for old in folder.glob("ours.db*"):
            old.unlink()
        self.count = count
        self.engine = open_engine(f"sqlite:///{path}")
        upgrade(self.engine)
        opening = start_of_day(date(2026, 1, 1))
        with writing(self.engine) as session:
            rules = shipped("fuling-maan-2022")
            community = add_community(
                session, "ma", "马鞍社区", "马鞍街道", rules, date(2026, 1, 1), opening
            )
            common = {"community_id": community.id}
            session.execute(
                insert(Person),
                [
                    {
                        **common,
                        "code": f"r{n}",
                        "name": "王桂英",
                        "area": "",
                        "notify": [address(port, n)],
                    }
                    for n in range(count)
                ],
            )
            session.execute(
                insert(Message),
                [
                    {
                        **common,
                        "recipient": f"r{n}",
                        "occasion": "o",
                        "template": "reminder",
                        "facts": FACTS,
                        "written_at": NOW - timedelta(hours=1),
                        "state": "waiting",
                        "urgent": False,
                    }
                    for n in range(count)
                ],
            )

    def work(self) -> None:
        deliverer = Deliverer(self.engine, Manner(), lambda: NOW)
        self.tally = deliverer.deliver_due()
        deliverer.close()

    def keep(self) -> None:
        assert (self.tally.sent, self.tally.failed) == (self.count, 0)
        with reading(self.engine) as session:
            assert session.scalar(select(func.count()).select_from(Receipt)) == self.count
            states = set(session.scalars(select(Message.state)))
        assert states == {"sent"}


class Floor:
    """Apprise in a loop."""

    def __init__(self, _folder: Path, port: int, count: int) -> None:
        message = Message(
            community_id=1,
            recipient="r",
            occasion="o",
            template="reminder",
            facts=FACTS,
            written_at=NOW,
        )
        self.text = render_letter([message], "王桂英", "马鞍社区")
        self.addresses = [address(port, n) for n in range(count)]

    def work(self) -> None:
        from apprise import Apprise  # lazy: start

        title, body = self.text
        self.sent = 0
        for each in self.addresses:
            sender = Apprise()
            sender.add(each)
            self.sent += sender.notify(body=body, title=title) is True

    def keep(self) -> None:
        assert self.sent == len(self.addresses)


def address(port: int, number: int) -> str:
    """Each person's own address, at one machine: no limit holds for it."""
    return f"json://127.0.0.1:{port}/hook/{number}"


if __name__ == "__main__":
    name, folder, port, count = sys.argv[1:]
    sides: dict[str, type[Ours] | type[Floor]] = {"ours": Ours, "floor": Floor}
    side = sides[name](Path(folder), int(port), int(count))
    report(side.work, side.keep)
