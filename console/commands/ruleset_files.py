"""Rulesets by name for the commands: their ids, their files, and what the database has in force."""

from pathlib import Path

from console.common import reading
from domain.community.registry import ruleset_in_force
from domain.kernel.errors import Refused
from domain.rules.load import find_file, load_file
from domain.rules.schema import Ruleset
from domain.store.faults import DATABASE_ERRORS


def named(name: str) -> Ruleset:
    """The ruleset of an id that ships or of a YAML file; an overlay may extend what the database
    has in force."""
    return from_file(find_file(name))


def from_file(file: Path) -> Ruleset:
    """The ruleset of a YAML file, with what the database has in force for overlays to extend."""
    return load_file(file, _in_force)


def _in_force(ruleset_id: str) -> Ruleset | None:
    """What the database has in force; nothing where there is no database yet."""
    try:
        with reading() as session:
            return ruleset_in_force(session, ruleset_id)
    except (Refused, *DATABASE_ERRORS):
        return None
