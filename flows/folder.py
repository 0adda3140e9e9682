"""A rehearsal folder: `community.toml` and the sheets beside it (INTERFACE.md)."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import BadInput
from domain.period import Period
from domain.rules.load import load_file, shipped
from domain.rules.schema import Ruleset
from domain.spreadsheet import Table, read_table

KINDS = ("households", "members", "goods", "claims", "decisions", "objections", "redemptions")
NEEDED = ("households", "claims")
SUFFIXES = (".csv", ".xlsx")
_INSPECTION = re.compile(r"inspection-(\d{4}-(?:\d\d|Q[1-4]))")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reviewer(_Strict):
    """Someone on the review group; `household` for conflicts of interest."""

    code: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=100)
    household: str | None = None
    area: str = ""
    stages: tuple[str, ...] = ()


class CommunityFile(_Strict):
    """`community.toml`."""

    code: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=100)
    town: str = Field(min_length=1, max_length=100)
    ruleset: str
    year: int = Field(ge=2000, le=2100)
    reviewers: tuple[Reviewer, ...] = ()
    kin: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Folder:
    """What a rehearsal works from."""

    path: Path
    community: CommunityFile
    ruleset: Ruleset
    tables: dict[str, Table]
    inspections: dict[Period, Table]


def read_folder(path: Path) -> Folder:
    """Read a rehearsal folder whole, before anything is done with it; BadInput says what is
    missing or cannot be read."""
    toml = path / "community.toml"
    if not path.is_dir():
        raise BadInput(f"{path} is not a folder: give a folder with a community.toml")
    try:
        community = CommunityFile.model_validate(tomllib.loads(toml.read_text("utf-8")))
    except FileNotFoundError as error:
        raise BadInput(f"{path} has no community.toml: see `jifen rehearse --help`") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"{toml} cannot be read: {error}") from error
    except ValidationError as error:
        raise BadInput(f"{toml}: {_sentence(error)}") from error
    tables = {kind: read_table(found) for kind in KINDS if (found := _find(path, kind)) is not None}
    for kind in NEEDED:
        if kind not in tables and not (kind == "claims" and _inspection_files(path)):
            raise BadInput(f"{path} has no {kind}.csv or {kind}.xlsx")
    return Folder(path, community, _ruleset(path, community), tables, _inspections(path))


def _sentence(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: "
        + ("unknown key" if fault["type"] == "extra_forbidden" else fault["msg"])
        for fault in error.errors(include_url=False)
    )


def _find(path: Path, kind: str) -> Path | None:
    found = [path / f"{kind}{suffix}" for suffix in SUFFIXES]
    found = [file for file in found if file.is_file()]
    if len(found) > 1:
        raise BadInput(f"{path} has both {found[0].name} and {found[1].name}: keep one")
    return found[0] if found else None


def _inspection_files(path: Path) -> list[tuple[str, Path]]:
    return sorted(
        (match[1], file)
        for file in path.iterdir()
        if file.suffix in SUFFIXES and (match := _INSPECTION.fullmatch(file.stem))
    )


def _inspections(path: Path) -> dict[Period, Table]:
    return {Period.parse(period): read_table(file) for period, file in _inspection_files(path)}


def _ruleset(path: Path, community: CommunityFile) -> Ruleset:
    """A shipped ruleset by its id, or a village's own: a YAML file in the folder."""
    if community.ruleset.endswith((".yaml", ".yml")):
        return load_file(path / community.ruleset)
    return shipped(community.ruleset)
