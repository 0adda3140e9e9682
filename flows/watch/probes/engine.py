"""The engine (引擎): whether Prefect's server answers, takes our secret, is of our version, and
whether what the clock hands to it can be done: its pool, queues, deployments and workers."""

from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from domain.kernel.errors import machine_fault
from domain.kernel.reasons import reason
from domain.operations.finding import Finding
from flows.engine.access import FILE, Access
from flows.engine.pool import COMING, POOL
from flows.watch.probes.asking import NoAnswer, ask
from flows.watch.probes.found import caused, found, gone
from flows.watch.probes.installation import Installation

NAMED_MAX = 5


def engine(place: Installation) -> Iterator[Finding]:
    """The server answers and lets us in."""
    access = place.access
    if access is None:
        yield found("stalled", "engine", "engine_unnamed")
        return
    try:
        ask(access, "/admin/version")
    except NoAnswer as answer:
        yield _silence(place, access, answer)


def _silence(place: Installation, access: Access, answer: NoAnswer) -> Finding:
    if answer.code == 401:
        code = "engine_secret_wrong" if access.secret else "engine_secret_missing"
        return caused("stalled", "engine", reason(code, url=access.url, file=FILE))
    if answer.code == 400:
        host = urlsplit(access.url).hostname
        why = reason("engine_name_unknown", url=access.url, host=host)
        return caused("stalled", "engine", why)
    if answer.code:
        return found("stalled", "engine", "engine_answers_wrong", url=access.url, code=answer.code)
    if isinstance(answer.fault, TimeoutError):
        return found("stalled", "engine", "engine_hangs", url=access.url)
    if isinstance(answer.fault, ConnectionRefusedError):
        return gone(place, "engine", "engine_down", "server.log", url=access.url)
    why = machine_fault(answer.fault) if answer.fault else reason("run_stateless")
    return found("stalled", "engine", "engine_unreachable", url=access.url, why=why)


def engine_version(place: Installation) -> Iterator[Finding]:
    """The server is of the version that our parts bring along."""
    theirs, ours = _asked(place, "/admin/version"), version("prefect")
    if theirs != ours:
        yield found("risk", "engine_version", "engine_version", theirs=theirs, ours=ours)


def pool(place: Installation) -> Iterator[Finding]:
    """The work pool is there, and hands out runs."""
    try:
        known = _asked(place, f"/work_pools/{POOL}")
    except NoAnswer as answer:
        if answer.code != 404:
            raise
        yield found("stalled", "pool", "pool_missing", pool=POOL)
        return
    if known["is_paused"]:
        yield found("stalled", "pool", "pool_paused", _when(known["updated"]), pool=POOL)
    elif known["concurrency_limit"] == 0:
        yield found("stalled", "pool", "pool_limited", pool=POOL)


def queues(place: Installation) -> Iterator[Finding]:
    """No queue is paused but the one that only shows what is coming."""
    for each in _of_pool(place, "queues"):
        if each["name"] == COMING:
            continue
        if each["is_paused"]:
            yield found(
                "stalled",
                "queues",
                "queue_paused",
                _when(each["updated"]),
                queue=each["name"],
                pool=POOL,
            )
        elif each["concurrency_limit"] == 0:
            yield found("stalled", "queues", "queue_limited", queue=each["name"], pool=POOL)


def workers(place: Installation) -> Iterator[Finding]:
    """At least one worker gives signs of life."""
    known = _of_pool(place, "workers")
    if any(each["status"] == "ONLINE" for each in known):
        return
    last = max((each["last_heartbeat_time"] or "" for each in known), default="")
    if last:
        yield gone(place, "workers", "workers_gone", "worker.log", _when(last), count=len(known))
    else:
        yield gone(place, "workers", "workers_none", "worker.log")


def deployments(place: Installation) -> Iterator[Finding]:
    """Every deployment is there, for the clock to submit runs to."""
    pools = {"work_pools": {"name": {"any_": [POOL]}}}
    there = {
        (each["name"], each["entrypoint"]) for each in _asked(place, "/deployments/filter", pools)
    }
    missing = sorted(_expected(place.prefect_file) - there)
    if missing:
        names = tuple(f"{entrypoint.rpartition('.')[2]}/{name}" for name, entrypoint in missing)
        yield found(
            "stalled",
            "deployments",
            "deployments_missing",
            count=len(missing),
            names=names[:NAMED_MAX],
        )


def _expected(path: Path) -> set[tuple[str, str]]:
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["deployments"]
    return {(each["name"], each["entrypoint"]) for each in listed}


def _of_pool(place: Installation, what: str) -> list[dict[str, Any]]:
    """The pool's queues or workers; none where the pool itself is missing."""
    try:
        known: list[dict[str, Any]] = _asked(place, f"/work_pools/{POOL}/{what}/filter", {})
    except NoAnswer as answer:
        if answer.code == 404:
            return []
        raise
    return known


def _asked(place: Installation, path: str, body: dict[str, Any] | None = None) -> Any:
    access = place.access
    if access is None:
        raise NoAnswer(0)
    return ask(access, path, body)


def _when(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
