"""`python tests/bench [name…] [--scale F] [--json FILE]`: how near the floor we are."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

# Run as a folder, Python puts the folder itself on the path; the modules are named from the root.
sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.bench import scoring  # noqa: E402 - after the path
from tests.bench.harness import Result  # noqa: E402

BENCHMARKS = (scoring,)
ROW = "{:<12} {:>9} {:>9} {:>7} {:>10}  {:<8} {}"


def main() -> None:
    by_name = {module.__name__.rpartition(".")[2]: module for module in BENCHMARKS}
    parser = argparse.ArgumentParser(prog="python tests/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(by_name))
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (1.0)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results here")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in by_name]:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(by_name)}")
    print(
        ROW.format("benchmark", "ours s", "floor s", "ratio", "peak MiB", "reached", "aim; notes")
    )
    results = []
    for name in options.names or by_name:
        results.append(by_name[name].run(options.scale))
        print(row(results[-1]), flush=True)
    if options.json:
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
