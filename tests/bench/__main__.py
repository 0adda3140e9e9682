"""`python tests/bench [name…] [--scale F] [--json FILE]`: how near the floor we are."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

# Run as a folder, Python puts the folder itself on the path; the modules are named from the root.
sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.bench import (  # noqa: E402 - after the path
    evening,
    importing,
    monthly_audit,
    outbox,
    reading,
    scoring,
    the_fifth,
    year_end,
)
from tests.bench.harness import Result, Unavailable  # noqa: E402

BENCHMARKS = {
    "scoring": scoring.run,
    "year_end_postgresql": year_end.on_postgresql,
    "year_end_sqlite": year_end.on_sqlite,
    "monthly_audit": monthly_audit.run,
    "importing": importing.run,
    "outbox": outbox.run,
    "reading": reading.run,
    "the_fifth": the_fifth.run,
    "the_fifth_own": the_fifth.run_own,
    "evening": evening.run,
}
ROW = "{:<20} {:>9} {:>9} {:>7} {:>10}  {:<8} {}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (1.0)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results here")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in BENCHMARKS]:
        known = ", ".join(BENCHMARKS)
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {known}")
    print(
        ROW.format("benchmark", "ours s", "floor s", "ratio", "peak MiB", "reached", "aim; notes")
    )
    results = []
    for name in options.names or BENCHMARKS:
        try:
            results.append(BENCHMARKS[name](options.scale))
        except Unavailable as reason:
            print(f"{name} was not measured: {reason}", file=sys.stderr)
        else:
            print(row(results[-1]), flush=True)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        documents = [dataclasses.asdict(result) for result in results]
        options.json.write_text(json.dumps(documents, ensure_ascii=False, indent=2) + "\n")


def row(result: Result) -> str:
    return ROW.format(
        result.name,
        f"{result.ours_seconds:.2f}",
        f"{result.floor_seconds:.2f}",
        f"{result.ratio:.2f}",
        f"{result.peak_memory_mib:,.0f}",
        "yes" if result.reached else "NO",
        f"{result.reach}; {result.notes}",
    )


main()
