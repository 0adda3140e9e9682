"""The system's Chromium without a window, asked over its own protocol."""

import base64
import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.sync.client import connect
from websockets.sync.connection import Connection

NAMES = ("chromium", "chromium-browser", "google-chrome")
START_S, SHOWN_S = 60, 60


def chromium() -> str | None:
    """The system's, if it has one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One page of the browser."""

    def __init__(self, socket: Connection) -> None:
        self._socket, self._numbers = socket, itertools.count(1)

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol, and its answer."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=SHOWN_S))
            if answer.get("id") == number:
                return dict(answer.get("result") or {})

    def value(self, script: str) -> Any:
        """What a script is in the page."""
        answer = self.do("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    def go(self, url: str) -> None:
        """Another address."""
        self.do("Page.navigate", url=url)

    def is_in(self, zone: str) -> None:
        """The time zone of the person who looks."""
        self.do("Emulation.setTimezoneOverride", timezoneId=zone)

    def has_size(self, width: int, height: int) -> None:
        """A computer's or a phone's."""
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def wait_for(self, text: str) -> None:
        """Until the page shows a text, and has come to rest."""
        deadline = time.monotonic() + SHOWN_S
        script = f"document.body && document.body.innerText.includes({json.dumps(text)})"
        while not self.value(script):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{text!r} is not shown: {self.value('document.body.innerText')}"
                )
            time.sleep(0.5)
        time.sleep(3)

    def picture(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self.do("Page.captureScreenshot", format="png")["data"])


@contextmanager
def browser(program: str) -> Iterator[Page]:
    """A browser of its own, which ends with it."""
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--remote-debugging-port=0",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--lang=zh-CN",
                "--no-first-run",
                "--no-proxy-server",
                f"--user-data-dir={folder}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            port = _port(Path(folder))
            with connect(_address(port), max_size=None, proxy=None) as socket:
                yield Page(socket)
        finally:
            process.terminate()
            process.wait(30)


def _port(folder: Path) -> str:
    deadline = time.monotonic() + START_S
    told = folder / "DevToolsActivePort"
    while not (told.exists() and told.read_text("utf-8").strip()):
        if time.monotonic() > deadline:
            raise TimeoutError("the browser did not start")
        time.sleep(0.2)
    return told.read_text("utf-8").split()[0]


def _address(port: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = json.loads(answer.read())
    return next(str(page["webSocketDebuggerUrl"]) for page in pages if page["type"] == "page")
