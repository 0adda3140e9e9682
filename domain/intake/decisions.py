"""Decisions (评议结论) from a sheet: each goes through the review's own rules."""

from typing import Literal, cast

from sqlalchemy import select

from domain.community import versions_of
from domain.intake.answers import Answer, Outcome
from domain.intake.job import Cells, Job, Kind, Unfit, take_rows
from domain.intake.parsed import Parsed
from domain.intake.reasons import reason
from domain.review import decide
from domain.rules.schema import Ruleset
from domain.rules.versions import Version, version_on
from domain.store.tables import Claim, Decision, Person


def take_decisions(job: Job, parsed: Parsed) -> list[Answer]:
    """Record decisions in the order in which they were made, stage after stage."""
    versions = versions_of(job.session, job.community)

    def take(cells: Cells) -> Outcome:
        return _take(job, versions, cells)

    return take_rows(job, parsed, Kind(take, nested=True), _order(versions, parsed))


def _order(versions: list[Version], parsed: Parsed) -> list[int]:
    latest = versions[-1].ruleset
    times, stages = parsed.texts("decided_at"), parsed.texts("stage")

    def moment_and_stage(at: int) -> tuple[str, int, int]:
        # A blank time is now, and sorts after all that have been.
        return times[at] or "9", stage_number(latest, stages[at]), at

    return sorted(range(len(parsed)), key=moment_and_stage)


def stage_number(ruleset: Ruleset, stage: str) -> int:
    """Which stage is meant, from 0; the first where it is blank or unknown."""
    stages = ruleset.review.stages
    return next((at for at, known in enumerate(stages) if stage in (known.id, known.name)), 0)


def _take(job: Job, versions: list[Version], cells: Cells) -> Outcome:
    ref, reviewer = cells["ref"], cells["reviewer"]
    verdict = cast(Literal["approve", "reject"], cells["verdict"])
    at = job.moment(cells, "decided_at")
    if verdict == "reject" and "note" not in cells:
        raise Unfit("note", reason("note_needed"))
    claim = job.session.execute(
        select(Claim.id, Claim.occurred_on).where(
            Claim.community_id == job.community.id, Claim.ref == ref
        )
    ).first()
    if claim is None:
        raise Unfit("ref", reason("claim_unknown", value=ref))
    stage = _stage(version_on(versions, claim.occurred_on).ruleset, cells.get("stage", ""))
    given = job.session.scalar(
        select(Decision.verdict)
        .join(Person, Person.id == Decision.person_id)
        .where(
            Decision.claim_id == claim.id,
            Decision.stage == stage,
            Person.community_id == job.community.id,
            Person.code == reviewer,
        )
    )
    if given == verdict:
        return "already"
    require_person(job, "reviewer", reviewer)
    note = cells.get("note", "")
    decide(job.session, job.community, ref, reviewer, verdict, note, at, stage)
    return "accepted"


def _stage(ruleset: Ruleset, stage: str) -> str:
    """The stage's id; blank is the first."""
    stages = ruleset.review.stages
    if not stage:
        return stages[0].id
    for known in stages:
        if stage in (known.id, known.name):
            return known.id
    choices = tuple(f"{known.name} {known.id}" for known in stages)
    raise Unfit("stage", reason("not_choice", value=stage, choices=choices))


def require_person(job: Job, column: str, code: str) -> None:
    """Refuse a person whom the community does not know."""
    query = select(Person.id).where(Person.community_id == job.community.id, Person.code == code)
    if job.session.scalar(query) is None:
        raise Unfit(column, reason("person_unknown", value=code))
