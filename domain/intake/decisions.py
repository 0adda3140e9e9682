"""Decisions (评议结论) from a sheet: each goes through the review's own rules."""

from collections.abc import Iterator

from domain.intake.answers import Answer, RowOutcome
from domain.intake.job import Cells, Job, Kind, Unfit, take_rows
from domain.intake.parsed import Fault, Parsed
from domain.kernel.reasons import reason
from domain.review.sitting import Sitting
from domain.rules.schema import Ruleset
from domain.rules.versions import Version
from domain.store.tables.claims import Verdict


def take_decisions(job: Job, parsed: Parsed) -> list[Answer]:
    """Record decisions in the order in which they were made, stage after stage."""
    sitting = Sitting(job.session, job.community, parsed.texts("ref"))

    def take(cells: Cells) -> RowOutcome:
        return _take(job, sitting, cells)

    def check(cells: Cells) -> Iterator[Fault]:
        yield from job.ahead(cells, "decided_at")
        yield from _faults(sitting, cells)

    return take_rows(job, parsed, Kind(take, check), _order(sitting.versions, parsed))


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


def _faults(sitting: Sitting, cells: Cells) -> Iterator[Fault]:
    ref, reviewer = cells.get("ref"), cells.get("reviewer")
    if cells.get("verdict") == Verdict.REJECT and "note" not in cells:
        yield Fault("note", reason("note_needed"))
    if ref is not None and ref not in sitting.claims:
        yield Fault("ref", reason("claim_unknown", value=ref))
    if reviewer is not None and reviewer not in sitting.people:
        yield Fault("reviewer", reason("person_unknown", value=reviewer))


def _take(job: Job, sitting: Sitting, cells: Cells) -> RowOutcome:
    ref, reviewer = cells["ref"], cells["reviewer"]
    verdict = Verdict(cells["verdict"])
    at = job.moment(cells, "decided_at")
    claim, person = sitting.claims[ref], sitting.people[reviewer]
    stage = _stage(sitting.ruleset_of(claim), cells.get("stage", ""))
    given = sitting.given(claim, stage, person)
    if given is not None and given.verdict == verdict:
        same = given.note == cells.get("note", "") and (
            "decided_at" not in cells or given.decided_at == at
        )
        if not same:
            raise Unfit("ref", reason("other_content", ref=ref))
        return "already"
    sitting.decide(ref, reviewer, verdict, cells.get("note", ""), at, stage, on_paper=True)
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
