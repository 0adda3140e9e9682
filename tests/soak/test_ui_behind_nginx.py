"""Prefect's pages behind the nginx example, in a real browser: they reach nothing but the proxy."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.console.test_proxies import PREFECT, SECRET, certificate, free_ports, nginx
from tests.soak.test_several_servers import answering, part

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not os.environ.get("JIFEN_SOAK"), reason="set JIFEN_SOAK=1"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed: no browser is tried"),
    pytest.mark.timeout(600),
]


class Page:
    """A page of a headless Chromium, driven by its own protocol."""

    def __init__(self, socket: Connection) -> None:
        self.socket, self.number = socket, 0
        self.asked: dict[str, str] = {}
        self.answered: dict[str, int] = {}

    def order(self, method: str, **parameters: Any) -> Any:
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self.socket.recv(timeout=60))
            self._note(said)
            if said.get("id") == self.number:
                return said.get("result", {})

    def listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (rest := deadline - time.monotonic()) > 0:
            try:
                self._note(json.loads(self.socket.recv(timeout=rest)))
            except TimeoutError:
                return

    def _note(self, said: dict[str, Any]) -> None:
        parameters = said.get("params", {})
        if said.get("method") == "Network.requestWillBeSent":
            self.asked[parameters["requestId"]] = parameters["request"]["url"]
        elif said.get("method") == "Network.webSocketCreated":
            self.asked[parameters["requestId"]] = parameters["url"]
        elif parameters.get("blockedReason") == "csp":
            self.asked.pop(parameters["requestId"], None)  # it stayed in the browser
        elif said.get("method") == "Network.responseReceived":
            self.answered[parameters["response"]["url"]] = parameters["response"]["status"]

    def opened(self, url: str) -> str:
        """What a page shows once it has come to rest."""
        self.order("Page.navigate", url=url)
        self.listen(15)
        return self.text()

    def text(self) -> str:
        found = self.order("Runtime.evaluate", expression="document.body.innerText")
        return str(found["result"].get("value", ""))


@contextmanager
def browser(place: Path) -> Iterator[Page]:
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-proxy-server",
        "--ignore-certificate-errors",
        "--remote-debugging-port=0",
        f"--user-data-dir={place / 'profile'}",
        "--disable-background-networking",
        f"--host-resolver-rules=MAP {PREFECT} 127.0.0.1",
        "about:blank",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = place / "profile" / "DevToolsActivePort"
        deadline = time.monotonic() + 60
        while not (told.exists() and told.read_text().strip()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        port = told.read_text().split()[0]
        with urlopen(f"http://127.0.0.1:{port}/json") as answer:
            targets = json.load(answer)
        address = next(each["webSocketDebuggerUrl"] for each in targets if each["type"] == "page")
        with connect(address, max_size=None) as socket:
            page = Page(socket)
            page.order("Network.enable")
            yield page
    finally:
        process.terminate()
        process.wait(20)


def test_the_pages_reach_nothing_but_the_proxy(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    certificate(tmp_path)
    (tmp_path / "public").mkdir()
    server = (sys.executable, "-m", "console.main", "server", "--port", str(port))
    told = {"PREFECT_SERVER_API_AUTH_STRING": f"jifen:{SECRET}"}
    with nginx(tmp_path, "127.0.0.1:1", f"127.0.0.1:{port}", expects="/api/") as front:
        place = f"{PREFECT}:{front.port}"
        with part(tmp_path, "engine", *server, JIFEN_PREFECT_UI_URL=f"https://{place}", **told):
            answering(f"http://127.0.0.1:{port}/api/health")
            assert front.ask("/", PREFECT)[0] == 401
            with browser(tmp_path) as page:
                login = base64.b64encode(f"jifen:{SECRET}".encode()).decode()
                page.order(
                    "Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {login}"}
                )
                shown = [page.opened(f"https://{place}{path}") for path in ("/", "/deployments")]
    places = {
        urlsplit(each).netloc
        for each in page.asked.values()
        if urlsplit(each).scheme in ("http", "https", "ws", "wss")
    }
    assert places == {place}, places
    calls = {each: code for each, code in page.answered.items() if "/api/" in each}
    assert any("/deployments/" in each for each in calls), calls
    assert {code for code in calls.values() if code >= 400} == set(), calls
    assert "Deployments" in shown[-1], shown
