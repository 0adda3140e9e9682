"""Prefect's API asks for the installation's secret, by its own name, and by its own pages."""

import asyncio
import base64
import http.client
import json
import os
import shutil
import stat
import subprocess
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import PrefectHTTPStatusError
from starlette.responses import PlainTextResponse

from config import prefect_file
from domain.kernel.errors import Refused
from flows.clock.deployments import TEMPLATE, deploy_all
from flows.engine.access import FILE, Access, access_to, require_access, server_secret
from flows.engine.own_pages import OwnPagesOnly
from flows.engine.pool import POOL
from flows.engine.server import connected, engine_environment, why_not_started
from tests.flows.sites import site

pytestmark = pytest.mark.xdist_group("prefect")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def access(prefect_api: str, tmp_path: Path) -> Access:
    return access_to(prefect_api, tmp_path)


def status(access: Access, path: str, **headers: str) -> int:
    """What is answered to whoever has no secret."""
    request = urllib.request.Request(f"{access.url}{path}", headers=headers)
    try:
        with DIRECTLY.open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_the_secret_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    umask = os.umask(0o000)
    try:
        made = server_secret(tmp_path / "new")
    finally:
        os.umask(umask)
    file = tmp_path / "new" / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made == server_secret(tmp_path / "new") == file.read_text().strip()
    assert made != server_secret(tmp_path / "other")
    assert len(made) > 40
    assert [each.name for each in (tmp_path / "new").iterdir()] == [FILE]
    for read in (server_secret, lambda home: access_to("http://127.0.0.1:1/api", home)):
        file.chmod(0o644)
        read(tmp_path / "new")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("\n")
    with pytest.raises(Refused, match="no usable secret"):
        server_secret(tmp_path)


def test_the_secret_is_found_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    here = "http://10.0.0.5:4200/api"
    assert access_to(here, tmp_path) == Access(here, "")
    own = server_secret(tmp_path)
    assert access_to(here, tmp_path).secret == own
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "op:env")
    assert access_to(here, tmp_path).secret == "op:env"
    given = access_to("http://op:url%40@10.0.0.5:4200/api", tmp_path)
    assert given == Access(here, "op:url@")
    assert "url@" not in repr(given)
    assert access_to(Access(here, own).with_secret, tmp_path / "elsewhere").secret == own


def test_a_process_of_this_machine_without_the_secret_gets_nothing(access: Access) -> None:
    assert status(access, "/health") == 200  # says only that it is there
    for path in ("/admin/version", "/flows/count", "/openapi.json", "/admin/settings", "/version"):
        assert status(access, path) in (401, 404)
    assert status(access, "/admin/version", Authorization="Basic amlmZW46") == 401
    assert status(access, "/admin/version", Authorization="Bearer x") == 401


def test_another_name_is_not_answered(access: Access) -> None:
    port = urlsplit(access.url).port
    for host in ("rebind.evil.example", f"rebind.evil.example:{port}", "127.0.0.1.evil.example"):
        assert status(access, "/health", Host=host) == 400
    assert status(access, "/health", Host=f"localhost:{port}") == 200


def test_without_the_secret_one_line_says_what_is_missing(
    access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    with (
        pytest.raises(Refused, match=r"asks for its secret, the line in var/prefect/auth") as none,
        connected(access.url, tmp_path),
    ):
        pass
    with pytest.raises(Refused, match="does not take our secret") as wrong:
        require_access(Access(access.url, "jifen:hunter2"))
    for refusal in (none, wrong):
        assert "\n" not in str(refusal.value)
        assert "hunter2" not in str(refusal.value)
    require_access(access)


def test_a_run_takes_no_command_no_environment_and_no_folder(prefect_api: str) -> None:
    """Whoever may start a run starts one of the flows, and nothing else; on an old pool too."""
    with get_client(sync_client=True) as client:
        try:
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
        finally:
            deploy_all(prefect_file())
        template = client.read_work_pool(POOL).base_job_template
        assert template == json.loads(prefect_file().with_name(TEMPLATE).read_text("utf-8"))
        for part in ("job_configuration", "variables"):
            assert not {"command", "env", "working_dir"} & set(
                json.dumps(template[part]).split('"')
            )
        deployment = client.read_deployment_by_name("status/town")
        for variables in ({"command": "touch /tmp/x"}, {"env": {"A": "b"}}, {"working_dir": "/"}):
            with pytest.raises(PrefectHTTPStatusError, match="4"):
                client.create_flow_run_from_deployment(deployment.id, job_variables=variables)


def ask(access: Access, method: str, path: str, body: str = "", **headers: str) -> int:
    """What is answered to a browser that sends an operator's login along; `_` stands for `-`."""
    parts = urlsplit(access.url)
    asked = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    login = base64.b64encode(access.secret.encode()).decode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        asked.request(method, path, body or None, {"Authorization": f"Basic {login}", **named})
        return asked.getresponse().status
    finally:
        asked.close()


def variable(name: str) -> str:
    return json.dumps({"name": name, "value": "1"})


JSON = "application/json"
FOREIGN = (
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://evil.example", "Sec_Fetch_Site": "same-origin"},
    {"Origin": ""},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
)


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_changes_nothing_even_with_the_login(
    access: Access, headers: dict[str, str]
) -> None:
    for kind in ({}, {"Content_Type": JSON}, {"Content_Type": "text/plain"}):
        code = ask(access, "POST", "/api/variables/", variable("evil"), **headers, **kind)
        assert code == 403
    assert ask(access, "PATCH", "/api/variables/name/x", variable("evil"), **headers) == 403
    assert ask(access, "DELETE", "/api/variables/name/x", **headers) == 403
    assert ask(access, "POST", "/api/variables/count", **headers) == 403
    assert ask(access, "GET", "/api/variables/name/evil", **headers) == 404


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"Content_Type": ""},
        {"Content_Type": "text/plain"},
        {"Content_Type": "text/plain; charset=application/json"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "multipart/form-data; boundary=x"},
    ],
)
def test_a_body_that_does_not_say_that_it_is_json_is_refused(
    access: Access, kind: dict[str, str]
) -> None:
    assert ask(access, "POST", "/api/variables/", variable("plain"), **kind) == 415
    assert ask(access, "GET", "/api/variables/name/plain") == 404


def test_our_own_pages_and_clients_go_on_working(access: Access) -> None:
    port = urlsplit(access.url).port
    ours: tuple[dict[str, str], ...] = (
        {},
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": f"http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"},
        # To a browser the page at `localhost` is another site than the API at 127.0.0.1.
        {"Origin": f"http://localhost:{port}", "Sec_Fetch_Site": "cross-site"},
    )
    for number, headers in enumerate(ours):
        body = variable(f"ours_{number}")
        types = {"Content_Type": f"{JSON}; charset=utf-8"}
        assert ask(access, "POST", "/api/variables/", body, **headers, **types) == 201
        assert ask(access, "POST", "/api/variables/count", **headers) == 200  # without a body
        assert ask(access, "DELETE", f"/api/variables/name/ours_{number}", **headers) == 204


def test_the_page_behind_a_proxy_is_our_own(tmp_path: Path) -> None:
    environment = engine_environment(
        tmp_path, "127.0.0.1", 4201, "https://Prefect.town.example:443"
    )
    guard = OwnPagesOnly(
        PlainTextResponse("in"),
        environment["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"].split(","),
        "a:b",
    )

    async def answers() -> list[int]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(guard), base_url="http://127.0.0.1:4201"
        ) as client:
            return [
                (await client.post("/api/x", headers={"Origin": origin})).status_code
                for origin in (
                    "https://prefect.town.example",
                    "http://prefect.town.example",
                    "https://prefect.town.example.evil.example",
                    "https://town.example",
                )
            ]

    assert asyncio.run(answers()) == [200, 403, 403, 403]


@pytest.mark.parametrize("path", ["/api/events/out", "/api/logs/out", "/api/events/in"])
def test_a_foreign_page_opens_no_websocket(access: Access, path: str) -> None:
    port = urlsplit(access.url).port
    socket = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Protocol": "prefect",
        "Sec_WebSocket_Key": base64.b64encode(b"0123456789abcdef").decode(),
    }
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        assert ask(access, "GET", path, Origin=origin, **socket) == 403
    for headers in ({}, {"Origin": f"http://localhost:{port}"}):
        assert ask(access, "GET", path, **headers, **socket) == 101


def test_the_description_of_the_api_wants_the_secret(access: Access) -> None:
    stranger = replace(access, secret="jifen:hunter2")
    for path in ("/openapi.json", "/docs", "/docs/", "/docs/oauth2-redirect", "/redoc"):
        for where in (path, f"/api{path}"):
            assert ask(stranger, "GET", where) in (401, 404), where
            assert ask(stranger, "HEAD", where) in (401, 404, 405), where
            assert ask(stranger, "GET", where, Authorization="") in (401, 404), where
    assert ask(access, "GET", "/openapi.json") == 200


EVIL = """<!doctype html><title>evil</title><pre id=out></pre><script>
const seen = {};
async function attempt(name, url, options) {
  try {
    const answer = await fetch(url, options);
    seen[name] = answer.status + " " + (await answer.text()).slice(0, 200);
  } catch (error) { seen[name] = "refused"; }
}
const json = {"Content-Type": "application/json"};
(async () => {
  await attempt("own", "/evil.html");
  for (const host of ["127.0.0.1", "localhost", "rebind.example"]) {
    const api = `http://${host}:PORT/api`;
    await attempt(`health ${host}`, `${api}/health`);
    await attempt(`read ${host}`, `${api}/deployments/filter`,
                  {method: "POST", headers: json, body: "{}"});
    await attempt(`plain ${host}`, `${api}/deployments/filter`,
                  {method: "POST", headers: {"Content-Type": "text/plain"}, body: "{}"});
    await attempt(`start ${host}`, `${api}/deployments/ID/create_flow_run`,
                  {method: "POST", headers: json, body: "{}"});
    await attempt(`blind ${host}`, `${api}/deployments/ID/create_flow_run`,
                  {method: "POST", mode: "no-cors", body: "{}"});
  }
  document.getElementById("out").textContent = JSON.stringify(seen);
})();
</script>"""


@pytest.mark.e2e
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed: no browser is tried")
def test_a_page_of_another_origin_reads_and_starts_nothing(access: Access, tmp_path: Path) -> None:
    deploy_all(prefect_file())
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("status/town")
        before = len(client.read_flow_runs())
    port = str(urlsplit(access.url).port)
    page = EVIL.replace("PORT", port).replace("ID", str(deployment.id))
    (tmp_path / "evil.html").write_text(page, "utf-8")
    with site(tmp_path) as theirs:
        done = subprocess.run(
            [
                str(CHROMIUM),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-proxy-server",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=20000",
                "--host-resolver-rules=MAP *.example 127.0.0.1",
                "--dump-dom",
                f"http://evil.example:{theirs}/evil.html",
            ],
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
        )
    said = done.stdout.partition('<pre id="out">')[2].partition("</pre>")[0]
    seen = json.loads(said)
    assert seen.pop("own").startswith("200")  # the page did run
    assert len(seen) == 15
    blind = {name: seen.pop(name) for name in list(seen) if name.startswith("blind")}
    assert set(seen.values()) == {"refused"}
    assert {answer.strip() for answer in blind.values()} <= {"0", "refused"}  # nothing to read
    with get_client(sync_client=True) as client:
        assert len(client.read_flow_runs()) == before


def test_a_damaged_database_of_prefects_is_named(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("sqlite3.DatabaseError: file is not a database\n")
    assert "prefect.db* away and start again" in why_not_started(log).text("en")
    assert str(log) in why_not_started(log, since=log.stat().st_size).text("en")
