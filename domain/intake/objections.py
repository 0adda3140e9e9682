"""Objections (异议) from a sheet: filed, and resolved where the row says how they ended."""

from collections.abc import Sequence
from typing import Literal, cast

from sqlalchemy import select

from domain.errors import Refused
from domain.intake.answers import Answer, Outcome
from domain.intake.job import Cells, Job, Kind, Unfit, require_household, require_person, take_rows
from domain.intake.parsed import Parsed
from domain.objection import file_objection, resolve
from domain.publicity import publish_correction
from domain.reasons import Reason, reason
from domain.store.tables.claims import Claim
from domain.store.tables.objections import Objection, ObjectionEvent

Part = Literal["whole", "filing", "outcome"]


def take_objections(job: Job, parsed: Parsed, part: Part = "whole") -> list[Answer]:
    """File objections and record their outcomes; a filing stands even if its outcome is refused.

    One that is upheld is announced by a correction notice (更正公告) of the same moment. In a
    replay the two `part`s of a row are taken at their own times.
    """

    def take(cells: Cells) -> Outcome:
        fault = _outcome_fault(cells)
        if fault:
            raise Unfit(*fault)
        filed: Outcome = "already"
        resolved: Outcome = "already"
        if part != "outcome":
            filed = _file(job, cells)
        if part != "filing" and "outcome" in cells:
            resolved = _resolve(job, cells)
        return "accepted" if "accepted" in (filed, resolved) else "already"

    return take_rows(job, parsed, Kind(take))


def _outcome_fault(cells: Cells) -> tuple[str, Reason] | None:
    """What is missing, or too early, in what a row says of its outcome."""
    if "outcome" not in cells:
        decided = "decided_by" in cells or "decided_at" in cells
        return ("outcome", reason("outcome_missing")) if decided else None
    if "decided_by" not in cells:
        return "decided_by", reason("outcome_lacks")
    if cells.get("decided_at", "9") < cells.get("filed_at", ""):
        return "decided_at", reason("outcome_early")
    return None


def _find(job: Job, ref: str) -> Objection | None:
    return job.session.scalar(
        select(Objection).where(Objection.community_id == job.community.id, Objection.ref == ref)
    )


def _file(job: Job, cells: Cells) -> Outcome:
    known = _find(job, cells["ref"])
    at = job.moment(cells, "filed_at")
    if known is None:
        require_household(job, cells["household"])
        _require_claim(job, cells["about"])
    elif "filed_at" in cells and known.filed_at != at:
        raise Unfit("ref", reason("other_content", ref=cells["ref"]))
    with job.session.begin_nested():
        file_objection(
            job.session, job.community, cells["ref"], cells["household"], cells["about"],
            cells["text"], at,
        )  # fmt: skip
    return "accepted" if known is None else "already"


def _resolve(job: Job, cells: Cells) -> Outcome:
    objection = _find(job, cells["ref"])
    assert objection is not None
    outcome = cast(Literal["upheld", "dismissed"], cells["outcome"])
    at = job.moment(cells, "decided_at")
    by, note = cells["decided_by"], cells.get("note", "")
    person = require_person(job, "decided_by", by)
    ended = _events(job, objection, outcome)
    if ended:
        given = (person.id, note, at if "decided_at" in cells else ended[-1].at)
        if given in [(event.person_id, event.note, event.at) for event in ended]:
            return "already"
        raise Unfit("ref", reason("other_content", ref=cells["ref"]))
    try:
        with job.session.begin_nested():
            resolve(job.session, job.community, cells["ref"], outcome, by, note, at)
            if outcome == "upheld":
                publish_correction(job.session, job.community, objection, at)
    except Refused as error:
        raise Unfit("outcome", error.why) from error
    return "accepted"


def _events(job: Job, objection: Objection, act: str) -> Sequence[ObjectionEvent]:
    """When an objection ended so, level by level."""
    query = (
        select(ObjectionEvent)
        .where(ObjectionEvent.objection_id == objection.id, ObjectionEvent.act == act)
        .order_by(ObjectionEvent.level)
    )
    return job.session.scalars(query).all()


def _require_claim(job: Job, ref: str) -> None:
    query = select(Claim.id).where(Claim.community_id == job.community.id, Claim.ref == ref)
    if job.session.scalar(query) is None:
        raise Unfit("about", reason("claim_unknown", value=ref))
