"""Rulesets from their files: those that ship, a town's own, and overlays laid over them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from domain.kernel.errors import BadInput
from domain.kernel.reasons import Reason, reason
from domain.rules.faults import FaultyRuleset, Unfit, findings
from domain.rules.overlay import Overlay, merge, with_own_clauses
from domain.rules.parents import FILE_NAME, SUFFIXES, InForce, file_of, none_in_force
from domain.rules.schema import Ruleset, Strict

RULESETS_DIR = Path(__file__).resolve().parents[2] / "rulesets"
Model = TypeVar("Model", bound=Strict)


def ruleset_ids() -> list[str]:
    """The ids that ship, in alphabetical order."""
    return sorted(path.parent.name for path in RULESETS_DIR.glob(f"*/{FILE_NAME}"))


@cache
def shipped(ruleset_id: str) -> Ruleset:
    """The ruleset that ships under this id; BadInput names those that there are."""
    if ruleset_id not in ruleset_ids():
        choices = tuple(ruleset_ids())
        raise BadInput(reason("ruleset_unknown", value=ruleset_id, choices=choices))
    return load_file(RULESETS_DIR / ruleset_id / FILE_NAME)


def find_file(name: str) -> Path:
    """The file that is meant: a YAML file, or the one of the ruleset that ships under an id."""
    if name.endswith(SUFFIXES) or (name not in ruleset_ids() and Path(name).exists()):
        return Path(name)
    return RULESETS_DIR / shipped(name).id / FILE_NAME


def load_file(path: Path, in_force: InForce = none_in_force) -> Ruleset:
    """A ruleset from one YAML file; an overlay laid over what it extends, so that the answer needs
    no other file.

    `in_force` gives a town's own ruleset that a database keeps. BadInput where a file cannot be
    read; FaultyRuleset names each place that is wrong.
    """
    return _loaded(path, in_force, ())


def _loaded(path: Path, in_force: InForce, below: tuple[Path, ...]) -> Ruleset:
    """`below` are the overlays' files that led here, the first one first."""
    from domain.rules.yaml_file import read_yaml  # lazy: start

    data = read_yaml(path)
    if "extends" not in data:
        return _validated(Ruleset, data, path)
    overlay = _validated(Overlay, data, path)
    parent = _parent_of(overlay, path, in_force, (*below, path))
    overlay = _validated(Overlay, with_own_clauses(data, parent), path)
    merged = merge(overlay, parent, str(path))
    return merged if overlay.extends in ruleset_ids() else merged.over(parent)


def _parent_of(overlay: Overlay, path: Path, in_force: InForce, below: tuple[Path, ...]) -> Ruleset:
    """What an overlay extends: by its id one that ships, lies beside or is in force, or a file."""
    extends = overlay.extends
    if extends == overlay.id:
        raise _faulty(path, reason("extends_itself", value=extends))
    if extends in ruleset_ids():
        return shipped(extends)
    try:
        file = file_of(extends, path)
    except Unfit as error:
        raise _faulty(path, error.why) from error
    if file is None:
        kept = in_force(extends)
        if kept is None:
            raise _faulty(path, _nowhere(overlay, path))
        return kept
    if any(file.samefile(each) for each in below):
        circle = " → ".join(each.name for each in (*below, file))
        raise _faulty(path, reason("extends_circle", files=circle))
    return _loaded(file, in_force, below)


def _nowhere(overlay: Overlay, path: Path) -> Reason:
    if overlay.extends.endswith(SUFFIXES):
        folder = path.parent.resolve()
        return reason("extends_no_file", value=overlay.extends, folder=folder)
    others = tuple(each for each in ruleset_ids() if each != overlay.id)
    return reason("extends_unknown", value=overlay.extends, choices=others)


def _faulty(path: Path, why: Reason) -> FaultyRuleset:
    return FaultyRuleset([reason("extends_wrong", file=path, why=why)])


def _validated(model: type[Model], data: dict[str, Any], path: Path) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        from domain.rules.yaml_file import written  # lazy: start

        found = findings(error, data, model, written(path))
        faults = [reason("fault_in_file", file=path, why=each) for each in found]
        raise FaultyRuleset(faults) from error


def content_of(ruleset: Ruleset) -> str:
    """The canonical JSON of a version: what is stored, hashed and read back."""
    return ruleset.model_dump_json(exclude_defaults=True)


def content_hash(content: str) -> str:
    """sha256 of a version's canonical JSON, kept with every journal that it scored."""
    return hashlib.sha256(content.encode()).hexdigest()
