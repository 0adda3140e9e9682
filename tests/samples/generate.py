"""Writes the sample of every scheme into `rulesets/<scheme>/sample/`.

    .venv/bin/python -m tests.samples.generate          all of them, where they ship
    .venv/bin/python -m tests.samples.generate FOLDER   into FOLDER/<scheme>/ instead

Seeded: the same program writes the same bytes.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from tests.samples import baoshan, changba, fengsheng, longyu, maan, ninghe, zhongping
from tests.samples.paper import Folder

RULESETS = Path(__file__).resolve().parents[2] / "rulesets"
SAMPLES: dict[str, Callable[[], Folder]] = {
    "fuling-maan-2022": maan.build,
    "baoshan-2023": baoshan.build,
    "wulong-changba-2023": changba.build,
    "zhongping": zhongping.build,
    "banan-fengsheng": fengsheng.build,
    "longyuzhuang": longyu.build,
    "ninghe": ninghe.build,
}


def generate(into: Path | None = None) -> list[Path]:
    """Write all samples, below `into` where that is given; the answer is their folders."""
    written = []
    for scheme, build in SAMPLES.items():
        path = RULESETS / scheme / "sample" if into is None else into / scheme
        build().write(path)
        written.append(path)
    return written


def main() -> None:
    """Generate, and say where."""
    for path in generate(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(path)


if __name__ == "__main__":
    main()
