"""Prefect's pages and ours behind the examples for nginx and Caddy, in a real browser: they reach
nothing but the proxy."""

import base64
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.console.test_proxies import (
    NAME,
    PREFECT,
    SECRET,
    Proxy,
    caddy,
    certificate,
    free_ports,
    nginx,
)
from tests.console.test_web import TOKEN, served
from tests.soak.test_several_servers import answering, part

# A machine at work is slow to show a page; and what a page asks for late, it asks for within these.
SHOWN_S, RESTS_S = 240, 5
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.soak,
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

    def shows(self, login: str) -> None:
        """Whoever looks has logged in: to the proxy, and to Prefect's own page."""
        word = base64.b64encode(login.encode()).decode()
        self.order("Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {word}"})
        kept = f"localStorage.setItem('prefect-password', '{word}')"
        self.order("Page.addScriptToEvaluateOnNewDocument", source=kept)

    def opened(self, url: str, text: str, asks: str = "") -> str:
        """What a page shows once it shows a text, has its answers from `asks`, and rests."""
        self.order("Page.navigate", url=url)
        deadline = time.monotonic() + SHOWN_S
        while text not in self.text() or not any(asks in each for each in self.answered):
            assert time.monotonic() < deadline, (self.text(), self.answered)
            self.listen(1)
        self.listen(RESTS_S)
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
        f"--host-resolver-rules=MAP {PREFECT} 127.0.0.1,MAP {NAME} 127.0.0.1",
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
            page.order("Page.enable")
            yield page
    finally:
        process.terminate()
        process.wait(20)


def hosts(page: Page) -> set[str]:
    """Whom the browser has asked."""
    asked = map(urlsplit, page.asked.values())
    return {each.netloc for each in asked if each.scheme in ("http", "https", "ws", "wss")}


@pytest.mark.parametrize("proxy", [nginx, caddy])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_reach_nothing_but_the_proxy(
    database_url: str,
    tmp_path: Path,
    proxy: Callable[[Path, str, str], AbstractContextManager[Proxy]],
) -> None:
    (port,) = free_ports(1)
    certificate(tmp_path)
    public = tmp_path / "public"
    (public / "ma").mkdir(parents=True)
    (public / "ma" / "index.html").write_text("<p>第一季度</p>", "utf-8")
    server = (sys.executable, "-m", "jifen", "server", "--port", str(port))
    told = {"PREFECT_SERVER_API_AUTH_STRING": f"jifen:{SECRET}"}
    with (
        served(tmp_path, database_url, JIFEN_PUBLIC_DIR=str(public), JIFEN_WEB_TOKEN=TOKEN) as web,
        proxy(tmp_path, urlsplit(web).netloc, f"127.0.0.1:{port}") as front,
    ):
        prefect, ours = f"{PREFECT}:{front.port}", f"{NAME}:{front.port}"
        with part(tmp_path, "engine", *server, JIFEN_PREFECT_UI_URL=f"https://{prefect}", **told):
            answering(f"http://127.0.0.1:{port}/api/health")
            assert front.ask("/", PREFECT)[0] == 401
            with browser(tmp_path) as page:
                page.shows(f"jifen:{SECRET}")
                page.opened(f"https://{prefect}/", "Deployments", "/api/")
                page.opened(f"https://{prefect}/deployments", "Deployments", "/api/deployments/")
                assert hosts(page) == {prefect}
                page.shows(f"jifen:{TOKEN}")
                page.opened(f"https://{ours}/status", "积分制运行情况")
                notices = page.opened(f"https://{ours}/ma/", "第一季度")
                assert hosts(page) == {prefect, ours}
    calls = {each: code for each, code in page.answered.items() if "/api/" in each}
    assert {code for code in calls.values() if code >= 400} == set(), calls
    assert notices.strip() == "第一季度"
    assert page.answered[f"https://{ours}/status"] == 200
