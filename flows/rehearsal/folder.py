"""A rehearsal folder: `community.toml` and the sheets beside it (INTERFACE.md)."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from domain.intake.fitting import words_of
from domain.kernel.errors import BadInput
from domain.kernel.library_text import toml_fault, value_fault
from domain.kernel.period import Period
from domain.kernel.reasons import Reason, reason
from domain.rules.lint import require_lawful
from domain.rules.load import load_file, shipped
from domain.rules.schema import Ruleset
from domain.sheets.reading import Table, read_table

KINDS = ("households", "members", "goods", "claims", "decisions", "objections", "redemptions")
NEEDED = ("households", "claims")
SUFFIXES = (".csv", ".xlsx")
# How like one of `KINDS` a name must be to be taken for a misspelt one: `decision`, `claim`.
NEARLY = 0.8
_INSPECTION = re.compile(r"inspection-(\d{4}-(?:\d\d|q[1-4]))")
_FAULTS = {"extra_forbidden": "folder_key_unknown", "missing": "folder_key_missing"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reviewer(_Strict):
    """Someone on the review group; `household` for conflicts of interest."""

    code: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=100)
    household: str | None = None
    area: str = ""
    stages: tuple[str, ...] = ()


class Round(_Strict):
    """The opening days of a redemption round, the first and the last one."""

    period: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")


class CommunityFile(_Strict):
    """`community.toml`."""

    code: str = Field(min_length=1, max_length=64)
    name: str = Field(min_length=1, max_length=100)
    town: str = Field(min_length=1, max_length=100)
    ruleset: str
    year: int = Field(ge=2000, le=2100)
    reviewers: tuple[Reviewer, ...] = ()
    kin: tuple[tuple[str, str], ...] = ()
    rounds: tuple[Round, ...] = ()


@dataclass(frozen=True)
class Folder:
    """What a rehearsal works from."""

    path: Path
    community: CommunityFile
    ruleset: Ruleset
    tables: dict[str, Table]
    inspections: dict[Period, Table]
    unused: Sequence[str] = ()  # sheets whose names say nothing to us


def read_folder(path: Path) -> Folder:
    """Read a rehearsal folder whole, before anything is done with it; BadInput says what is
    missing or cannot be read."""
    toml = path / "community.toml"
    if not path.is_dir():
        raise BadInput(reason("folder_is_none", folder=path))
    try:
        community = CommunityFile.model_validate(tomllib.loads(toml.read_text("utf-8-sig")))
    except FileNotFoundError as error:
        raise BadInput(reason("folder_no_toml", folder=path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadInput(reason("file_unreadable", file=toml, why=toml_fault(error))) from error
    except ValidationError as error:
        raise BadInput(reason("folder_toml_faults", file=toml, faults=_faults(error))) from error
    ruleset = _ruleset(path, community)
    _check(toml, community, ruleset)
    sheets = _sheets(path)
    unused = _unused(sheets)
    tables = {
        kind: read_table(found, words_of(kind))
        for kind in KINDS
        if (found := _find(path, sheets, kind))
    }
    inspections = {
        period: read_table(file, words_of("inspection"))
        for period, file in _inspections(sheets, community.year).items()
    }
    for kind in NEEDED:
        if kind not in tables and not (kind == "claims" and inspections):
            raise BadInput(reason("folder_lacks", folder=path, kind=kind))
    return Folder(path, community, ruleset, tables, inspections, unused)


def _faults(error: ValidationError) -> tuple[Reason, ...]:
    return tuple(map(_fault, error.errors(include_url=False)))


def _fault(fault: ErrorDetails) -> Reason:
    """`reviewers no. 1 name is missing`."""
    where = " ".join(f"no. {at + 1}" if isinstance(at, int) else at for at in fault["loc"])
    if fault["type"] in _FAULTS:
        return reason(_FAULTS[fault["type"]], where=where)
    why = value_fault(fault, fault["msg"].replace("Input should be", "must be"))
    return reason("folder_key_wrong", where=where, why=why)


def _check(toml: Path, community: CommunityFile, ruleset: Ruleset) -> None:
    """Refuse a year before the ruleset's time, and stages that it does not have."""
    if community.year < ruleset.effective_from.year:
        raise BadInput(
            reason(
                "folder_year_early",
                file=toml,
                ruleset=ruleset.id,
                day=ruleset.effective_from,
                year=community.year,
            )
        )
    stages = [stage.id for stage in ruleset.review.stages]
    for reviewer in community.reviewers:
        for stage in reviewer.stages:
            if stage not in stages:
                raise BadInput(
                    reason(
                        "folder_stage_unknown",
                        file=toml,
                        reviewer=reviewer.code,
                        value=stage,
                        ruleset=ruleset.id,
                        choices=tuple(stages),
                    )
                )


def _sheets(path: Path) -> list[Path]:
    """The folder's sheets; what Excel keeps beside an open one (`~$claims.xlsx`) is none."""
    return sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in SUFFIXES and file.is_file() and not file.name.startswith("~$")
    )


def _find(path: Path, sheets: list[Path], kind: str) -> Path | None:
    found = [file for file in sheets if file.stem.lower() == kind]
    if len(found) > 1:
        one, other = found[0].name, found[1].name
        raise BadInput(reason("folder_has_both", folder=path, one=one, other=other))
    return found[0] if found else None


def _unused(sheets: list[Path]) -> list[str]:
    """Sheets that nothing reads; a misspelt name is refused, or its rows would be missed."""
    unused = [
        file
        for file in sheets
        if file.stem.lower() not in KINDS and not file.stem.lower().startswith("inspection")
    ]
    for file in unused:
        if meant := get_close_matches(file.stem.lower(), KINDS, 1, NEARLY):
            better = f"{meant[0]}{file.suffix}"
            raise BadInput(reason("folder_misnamed", file=file, meant=better))
    return [file.name for file in unused]


def _inspections(sheets: list[Path], year: int) -> dict[Period, Path]:
    """The inspection sheets by the period in their names."""
    found: dict[Period, Path] = {}
    for file in sheets:
        name = file.stem.lower()
        if not name.startswith("inspection"):
            continue
        match = _INSPECTION.fullmatch(name)
        if not match:
            better = f"inspection-{year}-03{file.suffix}"
            raise BadInput(reason("folder_inspection", file=file.name, meant=better))
        try:
            period = Period.parse(match[1].upper())
        except BadInput as error:
            raise BadInput(reason("folder_file", file=file.name, why=error.why)) from error
        if period in found:
            one, other = found[period].name, file.name
            raise BadInput(reason("folder_has_both", folder=file.parent, one=one, other=other))
        found[period] = file
    return found


def _ruleset(path: Path, community: CommunityFile) -> Ruleset:
    """A shipped ruleset by its id, or a village's own: a YAML file in the folder, which must stand
    the linter."""
    if not community.ruleset.endswith((".yaml", ".yml")):
        return shipped(community.ruleset)
    file = path / community.ruleset
    ruleset = load_file(file)
    require_lawful(ruleset, str(file))
    return ruleset
