"""The forms of the files as JSON Schema, so that an editor completes keys and marks faults."""

import json
from pathlib import Path
from typing import Any

from domain.rules.casebook import CaseBook
from domain.rules.overlay import Overlay
from domain.rules.schema import Ruleset, Strict

FORMS: dict[str, type[Strict]] = {"ruleset": Ruleset, "overlay": Overlay, "cases": CaseBook}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def file_name(form: str) -> str:
    """`ruleset.schema.json`, `overlay.schema.json` or `cases.schema.json`."""
    return f"{form}.schema.json"


def json_schema(form: str) -> dict[str, Any]:
    """The JSON Schema of a ruleset, an overlay, or a file of worked cases."""
    return {"$schema": DIALECT, **FORMS[form].model_json_schema()}


def schema_text(form: str) -> str:
    """The same as the text of its file."""
    return json.dumps(json_schema(form), ensure_ascii=False, indent=2) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write all of them into a folder; the answer is the files."""
    written = [folder / file_name(form) for form in FORMS]
    for form, path in zip(FORMS, written, strict=True):
        path.write_text(schema_text(form), "utf-8")
    return written
