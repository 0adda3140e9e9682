"""Who gives a command (操作人), as far as the machine knows."""

import getpass
import os
from typing import Annotated

import typer

from domain.kernel.names import NAME_MAX

By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who; left out: who is logged in.")
]


def who(by: str | None = None) -> str:
    """Who is named, else the name by which they are logged in, also behind `sudo`."""
    if by is not None:
        return by
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = str(os.getuid())
    return name[:NAME_MAX]
