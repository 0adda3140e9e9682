"""Who gives a command (操作人), as far as the machine knows."""

import getpass
import os

from domain.names import NAME_MAX


def who() -> str:
    """The name by which they are logged in, also behind `sudo`."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = str(os.getuid())
    return name[:NAME_MAX]
