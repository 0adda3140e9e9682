"""Which ruleset an overlay extends (一社区一方案): one that ships, a town's own file, or one in
force already."""

import re
from collections.abc import Callable
from pathlib import Path

from domain.kernel.reasons import reason
from domain.rules.faults import Unfit
from domain.rules.schema import Ruleset

# The ruleset in force under an id, or None: what a database has kept of a town's own.
InForce = Callable[[str], Ruleset | None]
SUFFIXES = (".yaml", ".yml")
FILE_NAME = "ruleset.yaml"
HEAD_BYTES = 4_000


def none_in_force(_ruleset_id: str) -> None:
    """What is in force where no database is asked."""


def file_of(extends: str, overlay_file: Path) -> Path | None:
    """The file that an overlay names: a path from its own folder (`../town.yaml`), or the one
    beside it that bears this id; None where there is no such file.

    Unfit names the files where several bear the id.
    """
    folder = overlay_file.parent
    if extends.endswith(SUFFIXES):
        named = folder / extends
        return named if named.is_file() else None
    bearing = [file for file in _beside(overlay_file) if _bears(file, extends)]
    if len(bearing) > 1:
        files = tuple(file.relative_to(folder).as_posix() for file in bearing)
        both = " and ".join(files)
        raise Unfit(reason("laid_two_files", files=files, named=both, value=extends))
    return bearing[0] if bearing else None


def _beside(overlay_file: Path) -> list[Path]:
    folder = overlay_file.parent
    found = [file for suffix in SUFFIXES for file in sorted(folder.glob(f"*{suffix}"))]
    found += sorted(folder.glob(f"*/{FILE_NAME}"))
    return [file for file in found if file.is_file() and not file.samefile(overlay_file)]


def _bears(file: Path, ruleset_id: str) -> bool:
    """Whether a file's `id:` is this one, by its first lines: most files beside are others."""
    try:
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return False
    return bool(re.search(rf"^id:\s*['\"]?{re.escape(ruleset_id)}['\"]?\s*(#.*)?$", head, re.M))
