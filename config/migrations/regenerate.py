"""Writes the first migration's tables anew from `domain.store.tables`; until the first release.

Run as `python -m config.migrations.regenerate`.
"""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import DowngradeOps, UpgradeOps
from sqlalchemy import create_engine

from domain.store.tables.base import UtcDateTime
from domain.store.tables.everything import metadata

FIRST = Path(__file__).parent / "versions" / "0001_first.py"
_MARKED = re.compile(r"(# -- generated from here\n).*(# -- generated up to here\n)", re.DOTALL)


def generated() -> str:
    """The two functions that create and drop all tables, as Python."""
    with create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"target_metadata": metadata, "render_item": _render_item}
        )
        script = produce_migrations(context, metadata)
        assert script.upgrade_ops is not None
        assert script.downgrade_ops is not None
        return (
            f"def create_tables() -> None:\n{_code(context, script.upgrade_ops)}\n\n\n"
            f"def drop_tables() -> None:\n{_code(context, script.downgrade_ops)}\n"
        )


def _code(context: MigrationContext, operations: UpgradeOps | DowngradeOps) -> str:
    code = render_python_code(operations, migration_context=context, render_item=_render_item)
    lines = [line.strip() for line in code.splitlines() if not line.strip().startswith("#")]
    return indent("\n".join(lines), "    ")


def _render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Types of our own by what they are in the database: a migration must not change with us."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def main() -> None:
    """Rewrite the marked part of the file, and format it."""
    marked = _MARKED.sub(
        lambda match: f"{match[1]}{generated()}{match[2]}", FIRST.read_text(encoding="utf-8")
    )
    FIRST.write_text(marked, encoding="utf-8")
    ruff = Path(sys.executable).parent / "ruff"
    subprocess.run([ruff, "format", "--quiet", FIRST], check=True)  # noqa: S603 - our own file


if __name__ == "__main__":
    main()
