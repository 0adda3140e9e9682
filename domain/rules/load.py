"""Rulesets from their files: those that ship, a town's own, and overlays laid over them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from domain.errors import BadInput
from domain.rules.faults import FaultyRuleset, findings, one_line
from domain.rules.overlay import Overlay, merge
from domain.rules.schema import Ruleset, Strict

RULESETS_DIR = Path(__file__).resolve().parents[2] / "rulesets"
FILE_NAME = "ruleset.yaml"
Model = TypeVar("Model", bound=Strict)


def ruleset_ids() -> list[str]:
    """The ids that ship, in alphabetical order."""
    return sorted(path.parent.name for path in RULESETS_DIR.glob(f"*/{FILE_NAME}"))


@cache
def shipped(ruleset_id: str) -> Ruleset:
    """The ruleset that ships under this id; BadInput names those that there are."""
    if ruleset_id not in ruleset_ids():
        known = ", ".join(ruleset_ids())
        raise BadInput(f"there is no ruleset “{ruleset_id}”: choose one of {known}")
    return load_file(RULESETS_DIR / ruleset_id / FILE_NAME)


def find_file(name: str) -> Path:
    """The file that is meant: a YAML file, or the one of the ruleset that ships under an id."""
    if name.endswith((".yaml", ".yml")) or (name not in ruleset_ids() and Path(name).exists()):
        return Path(name)
    return RULESETS_DIR / shipped(name).id / FILE_NAME


def load_file(path: Path) -> Ruleset:
    """A ruleset or an overlay from one YAML file.

    BadInput where the file cannot be read; FaultyRuleset names each place in it that is wrong.
    """
    from domain.rules.yaml_file import read_yaml  # noqa: PLC0415 - a kept version is JSON

    data = read_yaml(path)
    if "extends" not in data:
        return _validated(Ruleset, data, path)
    overlay = _validated(Overlay, data, path)
    if overlay.extends not in ruleset_ids() or overlay.extends == overlay.id:
        others = ", ".join(each for each in ruleset_ids() if each != overlay.id)
        fault = f"there is no ruleset “{overlay.extends}” to extend; write one of {others}"
        raise FaultyRuleset([one_line(f"{path}: extends: {fault}")])
    return merge(overlay, shipped(overlay.extends), str(path))


def _validated(model: type[Model], data: dict[str, Any], path: Path) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = findings(error, data, model)
        raise FaultyRuleset([f"{path}: {finding}" for finding in found]) from error


def content_of(ruleset: Ruleset) -> str:
    """The canonical JSON of a version: what is stored, hashed and read back."""
    return ruleset.model_dump_json(exclude_defaults=True)


def content_hash(content: str) -> str:
    """sha256 of a version's canonical JSON, kept with every journal that it scored."""
    return hashlib.sha256(content.encode()).hexdigest()
