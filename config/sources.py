"""Where settings come from: `jifen.toml` in the folder at hand, and `JIFEN_*` variables."""

import os
import tomllib
from pathlib import Path
from typing import Any

FILE = "jifen.toml"
PREFIX = "JIFEN_"


def in_file() -> dict[str, Any]:
    """What the file sets; raises as `tomllib` and `read_text` do where it cannot be read."""
    path = Path(FILE)
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}


def variable(key: str) -> str | None:
    """What the variable of a setting says; an empty one is as good as none."""
    return os.environ.get(PREFIX + key.upper()) or None


def set_locale() -> str | None:
    """The setting `locale` where somebody has set it; None where not, or where it cannot be read.

    For messages, which have to come whatever is wrong with the settings.
    """
    try:
        in_toml = in_file().get("locale")
    except (OSError, ValueError):
        in_toml = None
    chosen = variable("locale") or in_toml
    return chosen if isinstance(chosen, str) else None
