"""The JSON Schemas that ship are current, say what the program says, and are named in each file."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from domain.rules.json_schema import FORMS, file_name, json_schema, schema_text, write_schemas
from domain.rules.load import RULESETS_DIR, ruleset_ids
from domain.rules.yaml_file import read_yaml

FILES = sorted(RULESETS_DIR.glob("*/*.yaml"))


def form_of(path: Path) -> str:
    if path.name == "cases.yaml":
        return "cases"
    return "overlay" if "extends" in read_yaml(path) else "ruleset"


def as_editors_see(value: Any) -> Any:
    """YAML as JSON: dates are text, and `on`, which YAML 1.1 takes for a truth value, a word."""
    if isinstance(value, dict):
        return {"on" if key is True else key: as_editors_see(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_editors_see(each) for each in value]
    return value if isinstance(value, str | int | float | None) else value.isoformat()


@pytest.mark.parametrize("form", FORMS)
def test_what_ships_is_current(form: str) -> None:
    """Else: `jifen ruleset schema --out rulesets`."""
    assert (RULESETS_DIR / file_name(form)).read_text("utf-8") == schema_text(form)


@pytest.mark.parametrize("form", FORMS)
def test_a_schema_is_valid(form: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(form))


def test_all_are_written_into_a_folder(tmp_path: Path) -> None:
    written = write_schemas(tmp_path)
    assert [path.name for path in written] == [file_name(form) for form in FORMS]
    assert all(json.loads(path.read_text("utf-8"))["$schema"] for path in written)


def test_every_ruleset_has_its_files() -> None:
    names = {path.parent.name for path in FILES}
    assert names == set(ruleset_ids())


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_names_its_schema_and_fits_it(path: Path) -> None:
    form = form_of(path)
    first = path.read_text("utf-8").partition("\n")[0]
    assert first == f"# yaml-language-server: $schema=../{file_name(form)}"
    jsonschema.validate(
        as_editors_see(read_yaml(path)), json_schema(form), jsonschema.Draft202012Validator
    )


def _misspelt(data: dict[str, Any]) -> None:
    data["items"][0]["pionts"] = 1


def _without_source(data: dict[str, Any]) -> None:
    del data["items"][0]["source"]


def _null_without_reason(data: dict[str, Any]) -> None:
    data["items"][0]["source"] = None


def _unknown_kind(data: dict[str, Any]) -> None:
    data["items"][0]["kind"] = "gradual"


def _clause_of_nobody(data: dict[str, Any]) -> None:
    data["clauses"][0] = {"id": "x", "text": "x"}


@pytest.mark.parametrize(
    "spoil", [_misspelt, _without_source, _null_without_reason, _unknown_kind, _clause_of_nobody]
)
def test_an_editor_marks_what_the_program_refuses(spoil: Any) -> None:
    data = deepcopy(as_editors_see(read_yaml(RULESETS_DIR / "zhongping" / "ruleset.yaml")))
    spoil(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json_schema("ruleset"), jsonschema.Draft202012Validator)
