"""The program `jifen`, also as `python -m jifen`: the one import name by which it is installed.

Our packages name each other without it (`domain.audit`, `config.settings`). So their folder comes
before all others here and in every process that is started from here, and the folder in which
somebody starts us is not looked into: no `config` or `domain` of another package, or of that
folder, can take the place of ours. See docs/decisions/one-import-name.md.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

PACKAGES = ("config", "domain", "notifications", "flows", "console")
_HERE = Path(__file__).resolve().parent


def own_folder() -> Path:
    """Where our packages are: in this folder where we are installed, in a checkout beside it."""
    return _HERE if (_HERE / "domain").is_dir() else _HERE.parent


def use_own_packages() -> None:
    """Let our packages' names mean ours, in this process and in those that it starts."""
    ours = str(own_folder())
    sys.path[:] = [ours, *(place for place in sys.path if place != ours)]
    for name in PACKAGES:  # whoever comes before us in the path later is too late
        import_module(name)
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = dict.fromkeys([ours, *filter(None, others)])
    os.environ["PYTHONPATH"] = os.pathsep.join(kept)
    os.environ["PYTHONSAFEPATH"] = "1"


def main() -> None:
    """Run the command line."""
    use_own_packages()
    from console.main import main as command_line  # lazy: entry

    command_line()


if __name__ == "__main__":
    main()
