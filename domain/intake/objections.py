"""Objections (异议) from a sheet: filed, and resolved where the row says how they ended."""

from collections.abc import Iterator, Sequence
from typing import Literal

from sqlalchemy import select

from domain.community.registry import households_of
from domain.intake.answers import Answer, RowOutcome
from domain.intake.directory import Directory
from domain.intake.job import Cells, Job, Kind, Unfit, require_person, take_rows
from domain.intake.parsed import Fault, Parsed
from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from domain.objections.cases import file_objection
from domain.objections.subject import find_subject
from domain.publicity.answering import answer_objection
from domain.store.tables.objections import (
    Objection,
    ObjectionAct,
    ObjectionEvent,
    ObjectionStatus,
    Resolution,
)

Part = Literal["whole", "filing", "outcome"]


def take_objections(job: Job, parsed: Parsed, part: Part = "whole") -> list[Answer]:
    """File objections and record their outcomes; a filing stands even if its outcome is refused.

    What follows from an outcome follows at its own moment. In a replay the two `part`s of a row are
    taken at their own times.
    """

    # Of a filing that is replayed, the outcome is still to come.
    times = ("filed_at",) if part == "filing" else ("filed_at", "decided_at")
    known = set(
        job.session.scalars(select(Objection.ref).where(Objection.community_id == job.community.id))
    )
    homes = Directory(households_of(job.session, job.community))

    def check(cells: Cells) -> Iterator[Fault]:
        yield from _outcome_faults(cells)
        yield from job.ahead(cells, *times)
        if cells.get("ref") not in known:
            yield from _unknown(job, cells, homes)

    def take(cells: Cells) -> RowOutcome:
        filed: RowOutcome = "already"
        resolved: RowOutcome = "already"
        if part != "outcome":
            filed = _file(job, cells)
        if part != "filing" and "outcome" in cells:
            resolved = _resolve(job, cells)
        return "accepted" if "accepted" in (filed, resolved) else "already"

    return take_rows(job, parsed, Kind(take, check))


def _outcome_faults(cells: Cells) -> Iterator[Fault]:
    """What is missing, or too early, in what a row says of its outcome."""
    if "outcome" not in cells:
        if "decided_by" in cells or "decided_at" in cells:
            yield Fault("outcome", reason("outcome_missing"))
        return
    if "decided_by" not in cells:
        yield Fault("decided_by", reason("outcome_lacks"))
    if cells.get("decided_at", "9") < cells.get("filed_at", ""):
        yield Fault("decided_at", reason("outcome_early"))


def _unknown(job: Job, cells: Cells, homes: Directory) -> Iterator[Fault]:
    """The household of a new objection, and what it is about, where nobody knows them."""
    code, about = cells.get("household"), cells.get("about")
    unknown = homes.unknown(code) if code is not None else None
    if unknown is not None:
        yield Fault("household", unknown)
    if about is not None:
        try:
            find_subject(job.session, job.community, about, job.now)
        except Refused as error:
            yield Fault("about", error.why)


def _find(job: Job, ref: str) -> Objection | None:
    return job.session.scalar(
        select(Objection).where(Objection.community_id == job.community.id, Objection.ref == ref)
    )


def _file(job: Job, cells: Cells) -> RowOutcome:
    known = _find(job, cells["ref"])
    at = job.moment(cells, "filed_at")
    if known is not None and "filed_at" in cells and known.filed_at != at:
        raise Unfit("ref", reason("other_content", ref=cells["ref"]))
    with job.session.begin_nested():
        file_objection(
            job.session,
            job.community,
            cells["ref"],
            cells["household"],
            cells["about"],
            cells["text"],
            at,
        )
    return "accepted" if known is None else "already"


def _resolve(job: Job, cells: Cells) -> RowOutcome:
    objection = _find(job, cells["ref"])
    assert objection is not None
    outcome = Resolution(cells["outcome"])
    at = job.moment(cells, "decided_at")
    by, note = cells["decided_by"], cells.get("note", "")
    person = require_person(job, "decided_by", by)
    ended = _events(job, objection, ObjectionAct(outcome))
    if ended:
        given = (person.id, note, at if "decided_at" in cells else ended[-1].at)
        if given in [(event.person_id, event.note, event.at) for event in ended]:
            return "already"
        # One that was taken to the second level ends once more, perhaps in the same way.
        if objection.status != ObjectionStatus.OPEN:
            raise Unfit("ref", reason("other_content", ref=cells["ref"]))
    try:
        with job.session.begin_nested():
            answer_objection(
                job.session, job.community, cells["ref"], outcome, by, note, at, job.tell
            )
    except Refused as error:
        raise Unfit("outcome", error.why) from error
    return "accepted"


def _events(job: Job, objection: Objection, act: ObjectionAct) -> Sequence[ObjectionEvent]:
    """When an objection ended so, level by level."""
    query = (
        select(ObjectionEvent)
        .where(ObjectionEvent.objection_id == objection.id, ObjectionEvent.act == act)
        .order_by(ObjectionEvent.level)
    )
    return job.session.scalars(query).all()
