"""Decisions (评议结论) from a sheet: each goes through the review's own rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from sqlalchemy import select

from domain.community import households_of, versions_of
from domain.intake.answers import Answer, Outcome
from domain.intake.job import Cells, Job, Kind, Unfit, take_rows
from domain.intake.parsed import Parsed
from domain.reasons import reason
from domain.review import decide
from domain.rules.schema import Ruleset
from domain.rules.versions import Version, version_on
from domain.store.tables import Claim, Decision, Person, RulesetVersion

_CHUNK = 5_000


@dataclass
class _Register:
    """What the sheet's decisions are checked against, read once."""

    versions: list[Version]
    claims: dict[str, tuple[int, date]]
    people: dict[str, Person]
    given: dict[tuple[int, str, int | None], str]
    # Held so that the review finds them in the session, not in the database again and again.
    held: list[object]


def take_decisions(job: Job, parsed: Parsed) -> list[Answer]:
    """Record decisions in the order in which they were made, stage after stage."""
    register = _read(job, parsed.texts("ref"))

    def take(cells: Cells) -> Outcome:
        return _take(job, register, cells)

    return take_rows(job, parsed, Kind(take, nested=True), _order(register.versions, parsed))


def _read(job: Job, refs: Sequence[str]) -> _Register:
    mine = Claim.community_id == job.community.id
    claims: dict[str, tuple[int, date]] = {}
    given: dict[tuple[int, str, int | None], str] = {}
    for start in range(0, len(refs), _CHUNK):
        these = Claim.ref.in_(refs[start : start + _CHUNK])
        found = select(Claim.ref, Claim.id, Claim.occurred_on).where(mine, these)
        claims |= {ref: (key, on) for ref, key, on in job.session.execute(found)}
        decided = (
            select(Decision.claim_id, Decision.stage, Decision.person_id, Decision.verdict)
            .join(Claim, Claim.id == Decision.claim_id)
            .where(mine, these)
        )
        given |= {tuple(key): verdict for *key, verdict in job.session.execute(decided)}
    people = job.session.scalars(select(Person).where(Person.community_id == job.community.id))
    held = [
        *households_of(job.session, job.community),
        *job.session.scalars(select(RulesetVersion)),
    ]
    versions = versions_of(job.session, job.community)
    return _Register(versions, claims, {one.code: one for one in people}, given, held)


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


def _take(job: Job, register: _Register, cells: Cells) -> Outcome:
    ref, reviewer = cells["ref"], cells["reviewer"]
    verdict = cast(Literal["approve", "reject"], cells["verdict"])
    at = job.moment(cells, "decided_at")
    if verdict == "reject" and "note" not in cells:
        raise Unfit("note", reason("note_needed"))
    if ref not in register.claims:
        raise Unfit("ref", reason("claim_unknown", value=ref))
    if reviewer not in register.people:
        raise Unfit("reviewer", reason("person_unknown", value=reviewer))
    claim, occurred_on = register.claims[ref]
    stage = _stage(version_on(register.versions, occurred_on).ruleset, cells.get("stage", ""))
    key = (claim, stage, register.people[reviewer].id)
    if register.given.get(key) == verdict:
        return "already"
    note = cells.get("note", "")
    decide(job.session, job.community, ref, reviewer, verdict, note, at, stage)
    register.given[key] = verdict
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
