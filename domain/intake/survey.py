"""A survey's answers (入户调查) from the sheet that was filled in."""

from collections.abc import Iterator

from domain.community.registry import households_of
from domain.intake.answers import Answer, RowOutcome
from domain.intake.directory import Directory
from domain.intake.job import Cells, Job, Kind, Known, Unfit, take_rows
from domain.intake.lookalikes import naming
from domain.intake.parsed import Fault, Parsed
from domain.kernel.errors import BadSheet, Refused
from domain.kernel.period import Period
from domain.kernel.quoting import shown
from domain.kernel.reasons import reason
from domain.store.tables.surveys import SurveyCorrection
from domain.surveys.draw import QUESTIONS, corrections_of, drawn, find_survey


def take_survey(job: Job, parsed: Parsed, period: Period | None) -> list[Answer]:
    """Enter the answers of the households that were drawn.

    A row may leave out what was not answered, and a later one add it. What was answered otherwise
    before is refused; an answer that was corrected since is known. A row without an answer changes
    nothing, and says so.
    """
    if period is None:
        raise BadSheet(reason("survey_period"))
    survey = find_survey(job.session, job.community, period)
    if survey is None:
        raise Refused(reason("survey_not_drawn", period=period))
    asked = {home.code: row for row, home in drawn(job.session, survey)}
    replaced: dict[int, list[SurveyCorrection]] = {}
    for each in corrections_of(job.session, survey):
        replaced.setdefault(each.household_id, []).append(each)
    homes = Directory(households_of(job.session, job.community))

    def check(cells: Cells) -> Iterator[Fault]:
        code = cells.get("household")
        if code is None:
            return
        unknown = homes.unknown(code)
        if unknown is not None:
            yield Fault("household", unknown)
            return
        if code not in asked:
            why = reason("not_drawn", household=shown(code), period=period)
            yield Fault("household", why)
        head, written = homes.by_code[code].head, cells.get("head", "")
        if written and naming(written) != naming(head):
            why = reason("head_differs", household=code, head=head, value=shown(written))
            yield Fault("head", why)

    def take(cells: Cells) -> RowOutcome | Known:
        given = _given(cells)
        if not given:
            return Known(reason("survey_unanswered"))
        row = asked[cells["household"]]
        known = {name: getattr(row, name) for name in given}
        if known == given:
            return "already"
        answers = {name: value for name, value in given.items() if name in QUESTIONS}
        for each in replaced.get(row.household_id, ()):
            if all(getattr(each, name) == value for name, value in answers.items()):
                return Known(reason("survey_corrected"))
        for name, value in given.items():
            if known[name] not in (None, "", value):
                raise Unfit(name, reason("survey_answered", household=cells["household"]))
        for name, value in given.items():
            setattr(row, name, value)
        return "accepted"

    return take_rows(job, parsed, Kind(take, check, column="household"))


def _given(cells: Cells) -> dict[str, bool | str]:
    """What a row answers; nothing where it answers no question."""
    answers: dict[str, bool | str] = {
        name: cells[name] == "yes" for name in QUESTIONS if name in cells
    }
    return answers | {"note": cells["note"]} if answers and "note" in cells else answers
