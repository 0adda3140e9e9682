"""The mutation score (变异得分): the share of a seeded sample of mutants that some test notices.

    python -m tests.mutation [--count 100] [--minutes 20] [--tests FOLDER…] domain/rules …

First all tests that need no other process run once, and it is written down which lines each of
them comes by. Then each mutant meets the tests that come by its line, the quickest first. One that
no test comes by has survived. JIFEN_SEED draws another sample.

Why not mutmut: it forks after the tests have run, and Polars' threads do not survive a fork. Why
not cosmic-ray: it changes the checkout itself, and gives every mutant all tests.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from coverage import CoverageData

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("tests/rules", "tests/ledger", "tests/domain", "tests/intake", "tests/store")
# Reads the source itself, not what it does.
NOT_THESE = ("tests/rules/test_fields.py",)
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header"]
# So many tests at most meet one mutant, and so long at most: an endless loop is noticed too.
TESTS_MAX, TIMEOUT_S = 400, 300
# How pytest ends where a test failed, and where a module cannot even be imported.
NOTICED = (1, 2, 3, 4)

Coming = dict[str, dict[int, list[str]]]


def main() -> None:
    """Draw, try, and print the score with what survived."""
    wanted = _arguments()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        coming, seconds = _baseline(Path(folder), wanted.tests)
    print(f"{len(seconds)} tests, run once in {time.monotonic() - began:.0f} s", flush=True)
    everything = [
        each
        for package in wanted.packages
        for file in sorted((ROOT / package).rglob("*.py"))
        for each in mutants(ROOT, file.relative_to(ROOT).as_posix())
    ]
    dice = Random(os.environ.get("JIFEN_SEED", "jifen"))
    sample = dice.sample(everything, min(wanted.count, len(everything)))
    deadline = time.monotonic() + wanted.minutes * 60

    def fate(mutant: Mutant) -> str:
        if time.monotonic() > deadline:
            return "untried"
        return _fate(mutant, _meeting(mutant, coming, seconds))

    with ThreadPoolExecutor(wanted.at_once) as threads:
        fates = list(zip(sample, threads.map(fate, sample), strict=True))
    _report(fates, len(everything), wanted.packages)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.mutation")
    parser.add_argument("packages", nargs="+")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--tests", nargs="+", default=TESTS)
    return parser.parse_args()


def _baseline(folder: Path, tests: Sequence[str]) -> tuple[Coming, dict[str, float]]:
    """By file and line, the tests that come by; and how long each test takes."""
    data, report = folder / "coverage", folder / "report.xml"
    subprocess.run(
        [
            *PYTEST,
            "-n",
            "2",
            "--dist",
            "loadgroup",
            "-m",
            "unit or integration",
            "--cov=domain",
            "--cov-context=test",
            "--cov-report=",
            f"--junitxml={report}",
            *(f"--ignore={each}" for each in NOT_THESE),
            *tests,
        ],
        cwd=ROOT,
        check=True,
        env={**os.environ, "COVERAGE_FILE": str(data)},
    )
    kept = CoverageData(str(data))
    kept.read()
    coming: Coming = {}
    for file in kept.measured_files():
        lines = coming[Path(file).relative_to(ROOT).as_posix()] = defaultdict(list)
        for line, contexts in kept.contexts_by_lineno(file).items():
            lines[line] = sorted({each.partition("|")[0] for each in contexts} - {""})
    return coming, dict(_durations(report))


def _durations(report: Path) -> Iterator[tuple[str, float]]:
    for case in ElementTree.parse(report).iter("testcase"):
        yield _key(str(case.get("classname")), str(case.get("name"))), float(case.get("time", 0))


def _key(classname: str, name: str) -> str:
    return f"{classname}.{name}"


def _key_of(test: str) -> str:
    file, *rest = test.split("::")
    return _key(".".join([file.removesuffix(".py").replace("/", "."), *rest[:-1]]), rest[-1])


def _meeting(mutant: Mutant, coming: Coming, seconds: dict[str, float]) -> list[str]:
    """The tests that come by a mutant's lines; of what runs at import, by its file's."""
    lines = coming.get(mutant.file, {})
    found = {test for at in range(mutant.line, mutant.end_line + 1) for test in lines.get(at, ())}
    if not found:
        found = {test for tests in lines.values() for test in tests}
    return sorted(found, key=lambda test: (seconds.get(_key_of(test), 0.0), test))[:TESTS_MAX]


def _fate(mutant: Mutant, tests: list[str]) -> str:
    if not tests:
        return "survived: no test comes by"
    try:
        done = subprocess.run(
            [*PYTEST, "-x", "-p", "tests.mutation.loaded", *tests],
            cwd=ROOT,
            check=False,
            capture_output=True,
            timeout=TIMEOUT_S,
            env={**os.environ, "JIFEN_MUTANT": mutant.name},
        )
    except subprocess.TimeoutExpired:
        return "noticed"
    return "noticed" if done.returncode in NOTICED else f"survived {len(tests)} tests"


def _report(fates: list[tuple[Mutant, str]], there: int, packages: list[str]) -> None:
    tried = [each for each in fates if each[1] != "untried"]
    noticed = sum(fate == "noticed" for _, fate in tried)
    for mutant, fate in sorted(fates, key=lambda each: each[0].name):
        if fate.startswith("survived"):
            print(f"{mutant.file}:{mutant.line} {fate}: {mutant.what}")
    share = 100 * noticed / len(tried) if tried else 0.0
    print(
        f"mutation score of {', '.join(packages)}: {share:.0f} % "
        f"({noticed} of {len(tried)} mutants noticed, of {there})"
    )
    if len(tried) < len(fates):
        print(f"{len(fates) - len(tried)} of the sample were not tried: the time was over")


if __name__ == "__main__":
    main()
