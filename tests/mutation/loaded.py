"""A plugin of pytest that loads one module with a mutant in it: `-p tests.mutation.loaded`.

JIFEN_MUTANT names it, `domain/rules/caps.py#12`. The checkout stays as it is: several mutants can
be tried at once.
"""

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tests.mutation.mutants import mutated

ROOT = Path(__file__).resolve().parents[2]


class _Mutant(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, file: str, number: int) -> None:
        self.path, self.number = ROOT / file, number
        self.module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.module:
            return None
        is_package = self.path.name == "__init__.py"
        spec = importlib.machinery.ModuleSpec(
            fullname, self, origin=str(self.path), is_package=is_package
        )
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [str(self.path.parent)]
        return spec

    def exec_module(self, module: ModuleType) -> None:
        tree = mutated(self.path.read_text("utf-8"), self.number)
        exec(compile(tree, self.path, "exec"), vars(module))


def pytest_load_initial_conftests() -> None:
    """Before any module of ours is imported."""
    if named := os.environ.get("JIFEN_MUTANT"):
        file, _, number = named.partition("#")
        sys.meta_path.insert(0, _Mutant(file, int(number)))
