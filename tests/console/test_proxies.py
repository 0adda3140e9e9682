"""The examples for nginx and Caddy, with the real programs before a real web part."""

import base64
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from tests.console.test_desk import DESK, KEY, form, path, three_claims, village
from tests.console.test_web import ROOT, operator, served

NAME, PREFECT = "jifen.town.example", "prefect.town.example"
SECRET = "operator-of-a-town"
POST = {"Content-Type": "application/x-www-form-urlencoded"}
Answer = tuple[int, dict[str, str], str]
pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Proxy:
    """A proxy that runs before the web part, asked over TLS by the name of the town."""

    def __init__(self, place: Path, port: int) -> None:
        self.port = port
        self.trust = ssl.create_default_context(cafile=place / "cert.pem")

    def ask(
        self,
        where: str,
        name: str = NAME,
        method: str = "GET",
        body: str | None = None,
        **headers: str,
    ) -> Answer:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        client.connect()
        client.sock = self.trust.wrap_socket(client.sock, server_hostname=name)
        try:
            client.request(method, where, body, {"Host": name, **headers})
            answer = client.getresponse()
            found = {key.lower(): value for key, value in answer.headers.items()}
            return answer.status, found, answer.read().decode()
        finally:
            client.close()


def leading_out(folder: Path, place: Path) -> None:
    """Links to a file and a folder of somebody else's."""
    others = place / "others"
    others.mkdir()
    (others / "private.txt").write_text("hunter2", "utf-8")
    for name, where in (("link.txt", others / "private.txt"), ("folder", others)):
        (folder / name).symlink_to(where)
        if os.geteuid() == 0:
            os.lchown(folder / name, 65534, 65534)


def certificate(place: Path) -> None:
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
            "-days",
            "2",
            "-subj",
            f"/CN={NAME}",
            "-addext",
            f"subjectAltName=DNS:{NAME},DNS:{PREFECT}",
        ],
        cwd=place,
        check=True,
        capture_output=True,
    )


def found_program(name: str) -> str:
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if program is None or shutil.which("openssl") is None:
        pytest.skip(f"{name} is not installed: apt-get install {name} openssl")
    return program


@contextmanager
def nginx(place: Path, web: str, prefect: str) -> Iterator[Proxy]:
    program = found_program("nginx")
    plain, port = free_ports(2)
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", SECRET], capture_output=True, text=True, check=True
    ).stdout
    (place / "htpasswd").write_text(f"jifen:{hashed}")
    site = (ROOT / "config/nginx/jifen.conf").read_text("utf-8")
    for written, here in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{port} "),
        ("/etc/ssl/jifen/fullchain.pem", str(place / "cert.pem")),
        ("/etc/ssl/jifen/privkey.pem", str(place / "key.pem")),
        ("/etc/nginx/jifen.htpasswd", str(place / "htpasswd")),
        ("/srv/jifen/public", str(place / "public")),
        ("127.0.0.1:4280", web),
        ("127.0.0.1:4200", prefect),
    ):
        assert written in site, written
        site = site.replace(written, here)
    temporary = " ".join(
        f"{kind}_temp_path {place}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (place / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} daemon off; pid {place}/nginx.pid;\n"
        f"error_log {place}/error.log; events {{}}\n"
        "http { types { text/html html; text/plain txt; text/xml xml; }\n"
        f"access_log {place}/access.log; {temporary}\n{site}\n}}\n",
        "utf-8",
    )
    with running([program, "-p", str(place), "-c", str(place / "nginx.conf")], place, port):
        yield Proxy(place, port)
    assert "/ma/" in (place / "access.log").read_text()


@contextmanager
def caddy(place: Path, web: str, prefect: str) -> Iterator[Proxy]:
    program = found_program("caddy")
    plain, port = free_ports(2)
    hashed = subprocess.run(
        [program, "hash-password", "--plaintext", SECRET],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    site = (ROOT / "config/caddy/Caddyfile").read_text("utf-8")
    own = f"tls {place}/cert.pem {place}/key.pem"
    for written, here in (
        ("\tservers {", f"\tadmin off\n\thttp_port {plain}\n\thttps_port {port}\n\tservers {{"),
        (f"{NAME} {{", f"{NAME}:{port} {{\n\t{own}"),
        (f"{PREFECT} {{", f"{PREFECT}:{port} {{\n\t{own}"),
        ("HASHED_PASSWORD", hashed),
        ("/srv/jifen/public", str(place / "public")),
        ("127.0.0.1:4280", web),
        ("127.0.0.1:4200", prefect),
    ):
        assert written in site, written
        site = site.replace(written, here)
    (place / "Caddyfile").write_text(site, "utf-8")
    with running([program, "run", "--config", str(place / "Caddyfile")], place, port):
        yield Proxy(place, port)


@contextmanager
def running(command: list[str], place: Path, port: int) -> Iterator[None]:
    with (place / "proxy.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=place, stdout=log, stderr=log, env={**os.environ, "HOME": str(place)}
        )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert process.poll() is None, (place / "proxy.log").read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_the_example_before_a_real_web_part(
    engine: Engine,
    database_url: str,
    tmp_path: Path,
    prefect_api: str,
    proxy: Callable[[Path, str, str], AbstractContextManager[Proxy]],
) -> None:
    people = village(engine, three_claims)
    link = path(people["r1"])
    public = tmp_path / "public"
    (public / "ma").mkdir(parents=True)
    (public / "ma" / "index.html").write_text("<p>第一季度</p>", "utf-8")
    (public / "ma" / ".0f.tmp").write_text("hunter2", "utf-8")
    leading_out(public / "ma", tmp_path)
    certificate(tmp_path)
    prefect = urlsplit(prefect_api).netloc.rpartition("@")[2]
    with (
        served(
            tmp_path,
            database_url,
            JIFEN_DESK_URL=DESK.url,
            JIFEN_DESK_KEY=KEY,
            JIFEN_PUBLIC_DIR=str(public),
        ) as web,
        proxy(tmp_path, urlsplit(web).netloc, prefect) as front,
    ):
        code, headers, page = front.ask("/ma/")
        assert (code, page) == (200, "<p>第一季度</p>")
        for name, said in (
            ("strict-transport-security", "max-age=31536000"),
            ("content-security-policy", "default-src 'none'"),
            ("x-robots-tag", "noindex"),
            ("x-frame-options", "DENY"),
        ):
            assert said in headers[name], name
        code, headers, _ = front.ask("/ma")
        assert code in (301, 302, 307, 308)
        assert headers["location"].removeprefix("./").strip("/") == "ma"
        code, _, page = front.ask("/none")
        assert (code, "没有这个页面" in page) == (404, True)
        assert front.ask("/")[0] == 200
        assert front.ask("/ma/.0f.tmp")[0] == 404
        if proxy is nginx:  # Caddy has no such setting: its README says what to look after
            for where in ("/ma/link.txt", "/ma/folder/private.txt", "/ma/folder/"):
                code, _, page = front.ask(where)
                assert (code, "hunter2" in page) == (404, False), where

        for where in ("/status", "/metrics"):
            assert front.ask(where)[0] == 401
            assert front.ask(where, **operator(tmp_path))[0] == 200

        code, headers, page = front.ask(link)
        assert (code, "等待您评议" in page) == (200, True)
        assert headers["content-security-policy"].count("form-action") == 1
        assert "max-age" in headers["strict-transport-security"]
        decided = form(("C2", "approve", "")).decode()
        code, _, page = front.ask(
            link, method="POST", body=decided, Origin=f"https://{NAME}", **POST
        )
        assert (code, "已记录您的结论" in page) == (200, True)
        assert front.ask(link, method="POST", body="x" * 2_000_000, **POST)[0] in (400, 413, 502)

        assert front.ask("/api/admin/version", PREFECT)[0] == 401
        right = base64.b64encode(f"jifen:{SECRET}".encode()).decode()
        code, _, page = front.ask("/api/health", PREFECT, Authorization=f"Basic {right}")
        assert (code, page) == (200, "true")
    token = link.rpartition("/")[2]
    for log in (*tmp_path.glob("*.log"),):
        assert token not in log.read_text("utf-8", "replace"), log
