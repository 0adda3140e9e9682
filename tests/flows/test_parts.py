"""A part of the service ends with it, however that ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.test_service import eventually, is_alive

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
ENDED_S = 60
SERVICE = """
import os, sys, time
from pathlib import Path
from flows.engine.service import Part, Service

sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
part = Part("clock", sleeping, dict(os.environ), Path(sys.argv[1]))
Service([part]).start()
print(part.process.pid, flush=True)
time.sleep(600)
"""


def test_a_part_ends_with_a_service_that_is_killed(tmp_path: Path) -> None:
    service = subprocess.Popen(
        [sys.executable, "-c", SERVICE, str(tmp_path / "clock.log")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert service.stdout
    with service.stdout:
        part = int(service.stdout.readline())
    assert is_alive(part)
    service.kill()
    service.wait()
    eventually(lambda: not is_alive(part), ENDED_S)
