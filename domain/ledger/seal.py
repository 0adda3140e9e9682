"""The seal (封签): sha256 over a journal's canonical content and the previous journal's digest.

A journal's content is its header, its lines in order, and what rules took from the claims behind
it, by claim and rule. Fields are joined by control characters, which no stored text may contain, so
that no two contents read alike: a line has nine fields, what a rule took three.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Protocol

FIELD, LINE, NULL = "\x1f", "\x1e", "\x00"
# The sealed fields of an entry, in order; people and households by their codes, not our keys.
SEALED = ("line", "household", "member", "year", "kind", "item", "ref", "points", "reason")
SEALED_TEXTS = ("household", "member", "kind", "item", "ref", "reason", "rule")
# And of what a rule took, sorted by them.
SEALED_EFFECT = ("ref", "rule", "points")
CONTROL_CHARACTERS = [chr(code) for code in (*range(32), 127)]
_CONTROL = re.compile(f"[{re.escape(''.join(CONTROL_CHARACTERS))}]")


class Header(Protocol):
    """The sealed fields of a journal itself."""

    @property
    def seq(self) -> int: ...
    @property
    def act(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def posted_at(self) -> datetime: ...
    @property
    def posted_by(self) -> str: ...
    @property
    def ruleset_hash(self) -> str: ...
    @property
    def first_entry(self) -> int: ...
    @property
    def entries(self) -> int: ...


def seal(community: str, journal: Header, previous: str, contents: Iterable[str]) -> str:
    """The digest of a journal with these `contents`: its lines, then what rules took (each as
    `content_of` writes it, joined by `LINE`); none of what it has none of."""
    header = (
        community,
        journal.seq,
        journal.act,
        journal.period,
        _moment(journal.posted_at),
        journal.posted_by,
        journal.ruleset_hash,
        journal.first_entry,
        journal.entries,
        previous,
    )
    digest = hashlib.sha256(FIELD.join(str(field) for field in header).encode())
    for content in contents:
        digest.update(LINE.encode())
        digest.update(content.encode())
    return digest.hexdigest()


def content_of(entry: Iterable[Any]) -> str:
    """The canonical text of an entry, or of what a rule took, from its sealed fields."""
    return FIELD.join([NULL if field is None else str(field) for field in entry])


def has_control(fields: Iterable[Any]) -> bool:
    """Whether a text among these holds a control character, which could pass for a separator."""
    return (
        _CONTROL.search("".join([field for field in fields if isinstance(field, str)])) is not None
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
