"""The 5th of the month for a county: 2,000 communities, 1,000,000 households, 2,000,000 claims.

Ours is the whole way through the engine on two cores: the clock claims the steps, a worker with two
runs at once does them, a task run per community. The floor is the same step in the domain alone, in
two processes with half of the communities each. Their difference is what the engine costs. On
PostgreSQL, as a county runs it; both sides on a copy of one database. All communities run one
version of the rules, or each a version of its own (`the_fifth_own`).
"""

import os
import sys

from sqlalchemy import func, select

from config.database import upgrade
from domain.rules.load import shipped
from domain.store.database import open_engine, reading
from domain.store.tables.claims import Claim
from domain.store.tables.cycle import Occurrence
from domain.store.tables.ledger import Journal
from tests.bench import district, monthly_audit, scoring, service
from tests.bench.harness import Result, Side, in_own_process, report
from tests.bench.year_end import POSTGRES, Server

COMMUNITIES = 2_000
CLAIMS_EACH = 1_000
REACH_RATIO = 1.25
REACH_SECONDS = 15 * 60


def run_own(scale: float) -> Result:
    """The same with a version of its own in every community."""
    return run(scale, own=True)


def run(scale: float, *, own: bool = False) -> Result:
    """Close the month's audit of all communities, through the engine and without it."""
    communities = max(service.PROCESSES, round(COMMUNITIES * scale))
    server = Server(os.environ.get("JIFEN_TEST_POSTGRES_URL", POSTGRES))
    server.find()
    try:
        build(server.create(), communities, own=own)
        domain = _side("domain", server.copy("domain"))
        engine = _side("engine", server.copy("engine"))
        runs = service.runs_of(server.url("engine"), "close")
    finally:
        server.drop()
    ratio = engine.seconds / domain.seconds
    return Result(
        name="the_fifth_own" if own else "the_fifth",
        ours_seconds=engine.seconds,
        floor_seconds=domain.seconds,
        ratio=ratio,
        reach=f"ratio ≤ {REACH_RATIO}, < {REACH_SECONDS // 60} min",
        reached=ratio <= REACH_RATIO and engine.seconds < REACH_SECONDS,
        peak_memory_mib=engine.peak_memory_mib,
        notes=(
            f"{communities:,} communities{' with a version each' if own else ''},"
            f" {communities * district.HOUSEHOLDS_EACH:,} households,"
            f" {communities * CLAIMS_EACH:,} claims; {runs} runs"
        ),
    )


def _side(side: str, url: str) -> Side:
    # Both in processes of one thread, as a worker has them.
    return in_own_process("tests.bench.the_fifth", side, url, threads=1)


def build(url: str, communities: int, *, own: bool = False, claims_each: int = CLAIMS_EACH) -> None:
    """The communities with a month's decided claims, and the one step that is due in each."""
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    loader = district.unchecked(url)
    district.load(loader, district.people(shipped(scoring.RULESET), communities, own=own))
    district.load(loader, {Claim: monthly_audit.claims(claims_each, communities)})
    close = ("audit", str(monthly_audit.MONTH), "close")
    due_at = monthly_audit.AFTER_DEADLINE
    district.load(loader, {Occurrence: district.steps(communities, close, due_at)})
    loader.dispose()


def check(url: str) -> None:
    """The month was registered in all communities."""
    engine = open_engine(url)
    with reading(engine) as session:
        due = session.scalar(
            select(func.count())
            .select_from(Occurrence)
            .where(
                Occurrence.process == "audit",
                Occurrence.step == "close",
                Occurrence.period == str(monthly_audit.MONTH),
            )
        )
        audits = session.scalar(
            select(func.count())
            .select_from(Journal)
            .where(Journal.act == f"audit:{monthly_audit.MONTH}")
        )
    engine.dispose()
    if audits != due:
        raise RuntimeError(f"{audits} audits of {due} were registered")


if __name__ == "__main__":
    at = monthly_audit.AFTER_DEADLINE
    side, url, *rest = sys.argv[1:]
    if side == "half":
        from domain.steps.audit import close

        service.half(url, int(rest[0]), at, close, monthly_audit.MONTH)
    elif side == "domain":
        report(lambda: service.in_the_domain(__spec__.name, url), lambda: check(url))
    else:
        with service.service(url):
            report(lambda: service.through_the_engine(url, at), lambda: check(url))
