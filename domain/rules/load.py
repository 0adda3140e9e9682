"""Reading rulesets from YAML, and laying an overlay over its parent (一社区一方案)."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from domain.errors import BadInput
from domain.rules.schema import Overlay, Ruleset, Strict

RULESETS_DIR = Path(__file__).resolve().parents[2] / "rulesets"
FILE_NAME = "ruleset.yaml"
Model = TypeVar("Model", bound=Strict)

# An overlay's sections that replace the parent's whole.
_SECTIONS = (
    "participants", "review", "audit", "publicity", "objections",
    "redemption", "value", "standing", "closing",
)  # fmt: skip


def ruleset_ids() -> list[str]:
    """The ids that ship, in alphabetical order."""
    return sorted(path.parent.name for path in RULESETS_DIR.glob(f"*/{FILE_NAME}"))


@cache
def shipped(ruleset_id: str) -> Ruleset:
    """The ruleset that ships under this id."""
    path = RULESETS_DIR / ruleset_id / FILE_NAME
    if not path.is_file():
        known = ", ".join(ruleset_ids())
        raise BadInput(f"there is no ruleset “{ruleset_id}”: choose one of {known}")
    return load_file(path)


def load_file(path: Path) -> Ruleset:
    """A ruleset or overlay from one YAML file; BadInput names the file and the place in it."""
    data = read_yaml(path)
    if "extends" not in data:
        return _validated(Ruleset, data, path)
    overlay = _validated(Overlay, data, path)
    if overlay.extends == overlay.id:
        raise BadInput(f"{path}: `extends` names the overlay itself")
    return merge(overlay, shipped(overlay.extends), str(path))


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file."""
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadInput(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise BadInput(f"{path} is not a mapping of keys to values")
    return data


def _validated(model: type[Model], data: dict[str, Any], path: Path) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise BadInput("; ".join(_findings(error, data, path))) from error


def _findings(error: ValidationError, data: dict[str, Any], path: Path) -> list[str]:
    """One sentence per fault: file, place (an item by its code), and what to write instead."""
    findings = []
    for fault in error.errors(include_url=False)[:10]:
        place = list(fault["loc"])
        if len(place) > 1 and place[0] in ("items", "add_items") and isinstance(place[1], int):
            code = data[place[0]][place[1]]
            place[1] = code.get("code", place[1]) if isinstance(code, dict) else place[1]
        where = ".".join(str(part) for part in place) or "the file"
        advice = (
            "remove the unknown key, or correct its spelling"
            if fault["type"] == "extra_forbidden"
            else fault["msg"]
        )
        findings.append(f"{path}: {where}: {advice}")
    return findings


def merge(overlay: Overlay, parent: Ruleset, where: str) -> Ruleset:
    """The parent with the overlay's changes, each checked against what the parent allows."""
    allows = parent.allows
    codes = {item.code for item in parent.items}
    if (overlay.add_items or overlay.drop_items) and not allows.items:
        raise BadInput(f"{where}: {parent.id} does not let an overlay add or drop items")
    if overlay.revalue_items and not allows.values:
        raise BadInput(f"{where}: {parent.id} does not let an overlay re-value items")
    if overlay.add_shared_caps and not allows.caps:
        raise BadInput(f"{where}: {parent.id} does not let an overlay add caps")
    for code in (*overlay.drop_items, *overlay.revalue_items):
        if code not in codes:
            raise BadInput(f"{where}: item {code}: {parent.id} has no such item; check the code")
    sections = {
        name: getattr(overlay, name) for name in _SECTIONS if getattr(overlay, name) is not None
    }
    for name in sections:
        if name not in allows.cadence:
            raise BadInput(f"{where}: {parent.id} does not let an overlay change `{name}`")
    items = tuple(
        item.model_copy(update={"points": overlay.revalue_items[item.code]})
        if item.code in overlay.revalue_items
        else item
        for item in parent.items
        if item.code not in overlay.drop_items
    )
    return parent.model_copy(
        update={
            "id": overlay.id,
            "version": overlay.version,
            "extends": parent.id,
            "title": overlay.title,
            "document": overlay.document,
            "issuer": overlay.issuer,
            "effective_from": overlay.effective_from,
            "example": overlay.example,
            "note": overlay.note,
            "items": items + overlay.add_items,
            "shared_caps": parent.shared_caps + overlay.add_shared_caps,
            "groups": parent.groups + overlay.add_groups,
            "exclusions": parent.exclusions + overlay.add_exclusions,
            "rulings": parent.rulings + overlay.rulings,
            "clauses": parent.clauses + overlay.clauses,
            **sections,
        }
    )


def content_of(ruleset: Ruleset) -> str:
    """The canonical JSON of a version: what is stored, hashed and read back."""
    return ruleset.model_dump_json(exclude_defaults=True)


def content_hash(content: str) -> str:
    """sha256 of a version's canonical JSON, kept with every journal that it scored."""
    return hashlib.sha256(content.encode()).hexdigest()


class _UniqueKeyLoader(yaml.SafeLoader):
    """A key written twice is a mistake, not an override."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key “{key}” is written twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
