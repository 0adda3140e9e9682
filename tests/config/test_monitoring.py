"""Alert rules and dashboard: by the real promtool, and over measurements that there are."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.exposition import families
from domain.operations.metrics import Measured
from flows.watch.probes.groups import GROUPS

CONFIG = Path(__file__).resolve().parents[2] / "config"
ALERTS = CONFIG / "prometheus/alerts.yaml"
BOARD = json.loads((CONFIG / "grafana/jifen.json").read_text("utf-8"))
AT = datetime(2026, 3, 5, tzinfo=UTC)
NEEDS_PROMTOOL = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="apt-get install prometheus"
)


def promtool(*words: str) -> str:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.e2e
@NEEDS_PROMTOOL
def test_the_rules_and_the_example_are_sound() -> None:
    assert "SUCCESS" in promtool("check", "rules", str(ALERTS))
    assert "SUCCESS" in promtool(
        "check", "config", "--syntax-only", str(CONFIG / "prometheus/prometheus.yaml")
    )


@pytest.mark.e2e
@NEEDS_PROMTOOL
def test_each_alarm_is_raised_by_its_trouble_and_by_nothing_else(tmp_path: Path) -> None:
    cases = Path(__file__).with_name("alerts_test.yaml").read_text("utf-8")
    path = tmp_path / "alerts_test.yaml"
    path.write_text(cases.replace("ALERTS]", f"{ALERTS}]", 1), "utf-8")
    assert "SUCCESS" in promtool("test", "rules", str(path))
    named = set(re.findall(r"- alert: (\w+)", ALERTS.read_text("utf-8")))
    assert named <= set(re.findall(r'alertname="(\w+)"', cases))


def measured_names() -> set[str]:
    """What /metrics may hold."""
    one = Measured(
        communities=1,
        steps={},
        lateness={},
        blocked={},
        outbox={},
        claims={},
        clock="here",
        clock_since=AT,
        clock_lease_age=1.0,
        last_journal=AT,
        last_backup=AT,
    )
    return {family.name for family in families(one)} | {"jifen_probe_ok"}


@pytest.mark.parametrize(
    "text", [ALERTS.read_text("utf-8"), json.dumps(BOARD)], ids=["alerts", "board"]
)
def test_only_what_is_measured_is_asked_for(text: str) -> None:
    asked = set(re.findall(r"\bjifen_\w+", text))
    assert asked
    assert asked <= measured_names()


def test_every_probe_named_in_an_alarm_is_one() -> None:
    probes = {name for group in GROUPS for name in group.names}
    for named in re.findall(r'probe[!=]~"([^"]+)"', ALERTS.read_text("utf-8")):
        assert set(named.split("|")) <= probes


def test_the_boards_panels_do_not_cover_each_other() -> None:
    covered = [
        (x, y)
        for panel in BOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(covered) == len(set(covered))
    assert all(x < 24 for x, _ in covered)
