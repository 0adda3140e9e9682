"""The outlines (要点) of the rulesets in force, for many communities at once."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.rules.load import content_hash
from domain.rules.outline import Outline
from domain.store.statements import in_chunks
from domain.store.tables.rules import Adoption, RulesetVersion

# Whole versions are held in memory only so many at a time.
_READ_AT_ONCE = 100
# By the version's hash. What has this hash never changes, so that this process reads each once;
# villages' own versions differ in their items, so that most of them share one outline.
_known: dict[str, Outline] = {}
_shared: dict[Outline, Outline] = {}


def outlines_on(session: Session, day: date, ids: Collection[int] | None) -> dict[int, Outline]:
    """The outline in force on a day in each of the communities (None: all) that have one."""
    query = (
        select(Adoption.community_id, Adoption.hash)
        .where(Adoption.starts_on <= day, among(Adoption.community_id, ids))
        .order_by(Adoption.starts_on)
    )
    # Later adoptions overwrite earlier ones.
    hashes = dict(session.execute(query).tuples().all())
    _read(session, set(hashes.values()) - _known.keys())
    return {community: _known[key] for community, key in hashes.items()}


def among(column: Any, ids: Collection[int] | None) -> ColumnElement[bool]:
    """That a column is one of these; of all, where they are None."""
    return true() if ids is None else column.in_(list(ids))


def _read(session: Session, hashes: Collection[str]) -> None:
    for part in in_chunks(sorted(hashes), _READ_AT_ONCE):
        query = select(RulesetVersion.hash, RulesetVersion.content)
        stored = dict(session.execute(query.where(RulesetVersion.hash.in_(part))).tuples().all())
        for key in part:
            content = stored.get(key)
            if content is None or content_hash(content) != key:
                raise Refused(reason("rules_missing_in_database", version=key[:12]))
            outline = Outline.model_validate_json(content)
            _known[key] = _shared.setdefault(outline, outline)
