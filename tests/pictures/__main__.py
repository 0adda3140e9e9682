"""`make pictures`: the pictures of docs/operating, taken of a real service.

The system's Chromium looks at Prefect's pages and at /status; without one nothing is done.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flows.engine.pool import COMING, POOL
from tests.pictures.browser import Page, browser, chromium
from tests.pictures.png import smaller
from tests.pictures.shown import ShownService, eventually

DOCS = Path(__file__).parents[2] / "docs" / "operating"
COMPUTER, PHONE = 1280, 390
CODE = "maan"


class Camera:
    """Takes pictures of pages, into the documentation."""

    def __init__(self, page: Page, village: ShownService, folder: Path) -> None:
        self.page, self.village, self.folder = page, village, folder

    def enter(self) -> None:
        """Give Prefect's page the line that it asks for."""
        self.page.is_in("Asia/Shanghai")
        self.page.go(self.village.prefect)
        eventually(lambda: self.page.value("location.origin") == self.village.prefect)
        self.page.value(f"localStorage.setItem('prefect-password', btoa('{self.village.secret}'))")
        self.page.value("localStorage.setItem('prefect-show-promotional-content', 'false')")

    def prefect(self, name: str, path: str, text: str, height: int, width: int = COMPUTER) -> None:
        """One of Prefect's pages, once it shows a text."""
        self._take(name, f"{self.village.prefect}{path}", text, height, width)

    def run(self, name: str, run: dict[str, Any], text: str) -> None:
        """A run, with what its state says, which stands under Details."""
        url = f"{self.village.prefect}/runs/flow-run/{run['id']}?tab=Details"
        self._open(url, text, 1000, COMPUTER)
        self.page.wait_for("State Message")
        self._keep(name)

    def status(self, name: str, height: int, width: int = COMPUTER) -> None:
        """The status page."""
        address = self.village.pages.replace("//", f"//jifen:{self.village.token}@")
        self._take(name, f"{address}/status", "运行情况", height, width)

    def _take(self, name: str, url: str, text: str, height: int, width: int) -> None:
        self._open(url, text, height, width)
        self._keep(name)

    def _open(self, url: str, text: str, height: int, width: int) -> None:
        self.page.has_size(width, height)
        self.page.go("about:blank")
        self.page.go(url)
        self.page.wait_for(text)

    def _keep(self, name: str) -> None:
        (self.folder / f"{name}.png").write_bytes(smaller(self.page.picture()))
        print(name, flush=True)


def take(village: ShownService, page: Page, folder: Path) -> None:
    """Bring the service into each situation, and look."""
    camera = Camera(page, village, folder)
    camera.enter()
    held = hold_a_preview(village)
    failed = fail_a_step(village)
    (blocked,) = village.runs(state_name="Blocked")[:1]
    camera.run("blocked", blocked, "Blocked")
    camera.run("failed", failed, "Failed")
    camera.run("held", held, "Held")
    camera.prefect("runs", "/runs", held["name"], 1100)
    camera.prefect("runs-phone", "/runs", "Hide subflows", 1180, PHONE)
    form = f"/deployments/deployment/{village.deployment('settle-by-hand/by-hand')}/run"
    camera.prefect("form", form, "dry_run", 1000)
    camera.prefect("coming", f"/work-pools/work-pool/{POOL}/queue/{COMING}", COMING, 700)
    village.ask("PATCH", f"/work_pools/{POOL}", {"is_paused": True})
    camera.prefect("pool-paused", f"/work-pools/work-pool/{POOL}", "Paused", 640)
    camera.status("status", 1330)
    camera.status("status-phone", 780, PHONE)
    put_doctor(village.says("doctor"))
    village.ask("PATCH", f"/work_pools/{POOL}", {"is_paused": False})


def hold_a_preview(village: ShownService) -> dict[str, Any]:
    """Press Cancel on a run that shows what is coming; the run, once it is held."""
    coming = eventually(
        lambda: [run for run in village.runs(state_type="SCHEDULED") if COMING in run["tags"]]
    )
    run = min(coming, key=lambda each: str(each["expected_start_time"]))
    state = {"type": "CANCELLING", "name": "Cancelling"}
    village.ask("POST", f"/flow_runs/{run['id']}/set_state", {"state": state})
    return _once(village, run, "Held")


def fail_a_step(village: ShownService) -> dict[str, Any]:
    """Let a step fall due while a table is missing; the run, once it has failed."""
    step = village.step(CODE, "audit", "remind_2")
    with village.without("claim"):
        village.fall_due(step)
        eventually(lambda: village.state(step) == "failed")
    return eventually(lambda: village.runs(state_name="Failed"))[0]


def _once(village: ShownService, run: dict[str, Any], state: str) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [each for each in village.runs(state_name=state) if each["id"] == run["id"]]

    return eventually(found)[0]


def put_doctor(said: str) -> None:
    """What `jifen doctor` says, as a block of text in the documentation."""
    page = DOCS / "README.md"
    before, _, rest = page.read_text("utf-8").partition("<!-- doctor -->\n")
    _, mark, after = rest.partition("<!-- /doctor -->")
    block = f"```text\n$ jifen doctor\n{said.rstrip()}\n```\n"
    page.write_text(f"{before}<!-- doctor -->\n{block}{mark}{after}", "utf-8")


def main() -> None:
    program = chromium()
    if program is None:
        print("no Chromium on this machine: no pictures are taken")
        return
    folder = DOCS / "pictures"
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as place:
        village = ShownService(Path(place))
        village.load()
        with village.running(), browser(program) as page:
            take(village, page, folder)


if __name__ == "__main__":
    main()
