"""Real receivers on the loopback: an HTTP server that answers as the services document it, and
an SMTP server. What they received is kept, to be looked at.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

# The answers that the services' own documentation shows for success.
GOOD = {
    "wecombot": {"errcode": 0, "errmsg": "ok"},
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "feishu": {"code": 0, "msg": "success", "data": {}},
    "lark": {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
    "schan": {"code": 0, "message": "", "data": {"pushid": "1", "error": "SUCCESS", "errno": 0}},
    "bark": {"code": 200, "message": "success", "timestamp": 1_700_000_000},
}
# HTTP 200, and no: what they answer when they refuse.
BAD = {
    "wecombot": {"errcode": 93000, "errmsg": "invalid webhook url, hint: [1700]"},
    "dingtalk": {"errcode": 310000, "errmsg": "keywords not in content"},
    "feishu": {"code": 19024, "msg": "Key Words Not Found", "data": {}},
    "lark": {"code": 19021, "msg": "sign match fail or timestamp is not in one hour", "data": {}},
    "schan": {"code": 40001, "message": "[AUTH]用户不存在或者权限不足", "data": {}},
    "bark": {"code": 400, "message": "failed to get device token", "timestamp": 1_700_000_000},
}


@dataclass(frozen=True)
class Reply:
    """What the server answers; a `trickle` sends a byte every so many seconds, without end."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    trickle_s: float = 0.0

    @property
    def body(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        return json.dumps(self.content, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def form(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.content.decode()).items()}


class WebReceiver:
    """An HTTP server; `reply` is what it answers from now on, or how it finds out."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.reply: Reply | Callable[[Received], Reply] = Reply(200, {})
        self.ending = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.place = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        content = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        parts = urlsplit(handler.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        request = Received(parts.path, query, dict(handler.headers), content, time.monotonic())
        self.received.append(request)
        reply = self.reply(request) if callable(self.reply) else self.reply
        self.ending.wait(reply.wait_s)
        try:
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            if reply.trickle_s:
                handler.end_headers()
                while not self.ending.wait(reply.trickle_s):
                    handler.wfile.write(b" ")
                    handler.wfile.flush()
                return
            handler.send_header("Content-Length", str(len(reply.body)))
            handler.end_headers()
            handler.wfile.write(reply.body)
        except OSError:
            return  # the sender has lost patience

    def close(self) -> None:
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def web_receiver() -> Iterator[WebReceiver]:
    """A web server until the end of the block."""
    receiver = WebReceiver()
    try:
        yield receiver
    finally:
        receiver.close()


class MailReceiver:
    """An SMTP server for one test: takes all mail, or refuses what `refusals` name.

    `refusals` maps a command (`RCPT`, `DATA`, `AUTH`) to the line that it is answered with;
    with `trickle_s` the greeting comes a byte at a time and never ends.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: dict[str, str] = {}
        self.trickle_s = 0.0
        self.ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.port = 0
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    def _serve(self) -> None:
        self.loop.run_until_complete(self._main())
        self.loop.close()

    async def _main(self) -> None:
        self.stopping = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.stopping.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.trickle_s:
                while True:
                    writer.write(b"2")
                    await writer.drain()
                    await asyncio.sleep(self.trickle_s)
            writer.write(b"220 local.test ESMTP\r\n")
            while line := await reader.readline():
                word = line.split()[0].decode().upper() if line.split() else ""
                refusal = self.refusals.get(word)
                if refusal:
                    writer.write(refusal.encode() + b"\r\n")
                elif word == "EHLO":
                    writer.write(b"250-local.test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n")
                elif word == "AUTH":
                    writer.write(b"235 2.7.0 ok\r\n")
                elif word == "DATA":
                    writer.write(b"354 go ahead\r\n")
                    data = await reader.readuntil(b"\r\n.\r\n")
                    parsed = message_from_bytes(data[:-5], policy=policy.default)
                    self.mails.append(parsed)
                    writer.write(b"250 2.0.0 queued\r\n")
                elif word == "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 ok\r\n")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(10)


@contextmanager
def mail_receiver() -> Iterator[MailReceiver]:
    """An SMTP server until the end of the block."""
    receiver = MailReceiver()
    try:
        yield receiver
    finally:
        receiver.close()
