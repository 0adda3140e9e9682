"""Files that are written whole or not at all (整份写入)."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BY_UMASK, OWNERS_ALONE = 0o666, 0o600


@contextmanager
def replacing(path: Path, mode: int = BY_UMASK) -> Iterator[Path]:
    """A new file beside `path` that takes its place at the end; where anything fails, it leaves no
    trace. Raises OSError."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
