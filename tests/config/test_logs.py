"""The service's logs: what a line is about, in text and in JSON, and in Prefect's own processes."""

import asyncio
import errno
import io
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import LogSort

from config.logs import Ended, configure, prefect_environment
from domain.kernel.log_context import current, working_on

ROOT = Path(__file__).resolve().parents[2]
KEY = "hunter2hunter2"


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """Where this process logs to, for the length of a test."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = kept
    root.setLevel(level)


def test_a_json_line_says_what_it_is_about(output: io.StringIO) -> None:
    configure("json", "INFO", output)
    log = logging.getLogger("jifen.test")
    with working_on(community="ma", process="audit", period="2026-03"):
        with working_on(step="close", run="r1"):
            log.info("登记 %d 件", 3)
        log.info("before", extra={"step": "open", "run": ""})
    log.debug("not at this level")
    log.warning("after")
    first, second, third = map(json.loads, output.getvalue().splitlines())
    assert first.pop("time").endswith("+08:00")
    assert first == {
        "level": "INFO",
        "logger": "jifen.test",
        "message": "登记 3 件",
        "community": "ma",
        "process": "audit",
        "period": "2026-03",
        "step": "close",
        "run": "r1",
    }
    assert (second["step"], "run" in second) == ("open", False)
    assert "community" not in third
    assert "登记" in output.getvalue()


def test_a_line_of_text_is_for_people(output: io.StringIO) -> None:
    configure("text", "INFO", output)
    with working_on(community="ma", period="2026-03", run="r1"):
        logging.getLogger("jifen.test").warning("late")
    assert output.getvalue().endswith("WARNING jifen.test [ma 2026-03] late\n")


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_secret_in_messages_arguments_exceptions_or_misfits(
    output: io.StringIO, log_format: str
) -> None:
    configure(log_format, "INFO", output)
    log = logging.getLogger("jifen.test")
    log.info("to %s", f"wecombot://{KEY}")
    log.info({"url": f"https://open.feishu.cn/hook/{KEY}"})
    log.info("%d of %s", "x", f"wecombot://{KEY}")
    try:
        raise RuntimeError(f"postgresql://u:{KEY}@h/db is gone")
    except RuntimeError:
        log.exception("failed for %s", f"mailto://u:{KEY}@example.org")
    log.info("stack of wecombot://%s", KEY, stack_info=True)
    said = output.getvalue()
    assert KEY not in said
    assert "postgresql://***@h/db is gone" in said
    assert "RuntimeError" in said


def test_a_process_that_may_open_no_more_files_says_so_once(output: io.StringIO) -> None:
    """asyncio logs it with a traceback at every connection that it cannot take."""
    configure("text", "INFO", output)
    loop = asyncio.new_event_loop()
    used_up = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    for _ in range(100):
        loop.call_exception_handler(
            {
                "message": "socket.accept() out of system resource",
                "exception": used_up,
                "socket": "<asyncio.TransportSocket fd=9>",
            }
        )
    loop.close()
    (line,) = output.getvalue().splitlines()
    assert line.endswith(
        " socket.accept() out of system resource: this process may open no more files: OSError"
    )


def test_only_known_facts_are_said() -> None:
    with pytest.raises(TypeError, match="household"), working_on(household="H1"):
        pass
    with working_on(community="ma"):
        assert current() == {"community": "ma"}
    assert current() == {}


FLOW = """
from prefect import flow, task, get_run_logger
from domain.kernel.log_context import working_on

@task
def one(code):
    with working_on(community=code, process="audit", period="2026-03", step="close"):
        get_run_logger().warning("told wecombot://%s", "hunter2hunter2")

@flow(name="logged")
def logged():
    one("ma")

logged()
"""


@pytest.mark.e2e
@pytest.mark.xdist_group("prefect")
def test_a_flow_runs_log_carries_community_and_period(prefect_api: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FLOW],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={
            **os.environ,
            **prefect_environment("json", "INFO"),
            "PYTHONPATH": str(ROOT),
            "PREFECT_API_URL": prefect_api,
            "PREFECT_HOME": str(tmp_path),
        },
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    (told,) = [line for line in lines if "told" in line["message"]]
    assert (told["community"], told["period"], told["step"]) == ("ma", "2026-03", "close")
    assert told["message"] == "told wecombot://***"
    assert told["run"]
    with get_client(sync_client=True) as client:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            kept = [
                each.message for each in client.read_logs(limit=200, sort=LogSort.TIMESTAMP_DESC)
            ]
            if any("told" in each for each in kept):
                break
            time.sleep(0.2)
    assert "[ma audit 2026-03 close] told wecombot://***" in kept
    assert KEY not in "".join(kept)


def test_a_run_that_ended_in_a_failed_state_leaves_no_traceback() -> None:
    """Its state has said why, in one sentence; what nobody expected is still told whole."""

    class FailedRun(Exception):  # by its name, as Prefect's is told: logs do not load Prefect
        pass

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.Logger("prefect.engine")
    logger.addHandler(handler)
    logger.addFilter(Ended())
    for thrown in (FailedRun("blocked"), ValueError("unexpected")):
        try:
            raise thrown
        except Exception:
            logger.exception("exited")
    assert "blocked" not in stream.getvalue()
    assert "ValueError: unexpected" in stream.getvalue()
