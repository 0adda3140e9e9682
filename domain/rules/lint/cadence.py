"""The cadence: dates that exist, levels and reminders that make sense."""

from collections.abc import Iterator
from datetime import date, timedelta

from domain.points import format_points
from domain.rules.lint.shared import repeated
from domain.rules.schema import YEAR_END, Ruleset

# From this day of the next year on, who writes a clearing date may have meant the year's own.
LATE = "07-01"


def _worth(ruleset: Ruleset) -> Iterator[str]:
    """A point is worth something."""
    value = ruleset.value
    if value is not None and (value.points <= 0 or value.fen <= 0):
        yield (
            f"value: {format_points(value.points)} points are worth {value.fen} fen; write a"
            " positive number for both, or leave `value` away"
        )


def _redemption(ruleset: Ruleset) -> Iterator[str]:
    """Shares of households are reported where there is something to redeem."""
    redemption = ruleset.redemption
    if redemption.every == "none" and (redemption.coverage_percent or redemption.awareness_percent):
        yield (
            "redemption: a share of households is set, but nothing is redeemed; remove"
            " `coverage_percent` and `awareness_percent`, or write when points are redeemed"
        )


def _funds(ruleset: Ruleset) -> Iterator[str]:
    """A village has one fund, from which points of a known value are redeemed."""
    for village in repeated(village for fund in ruleset.funds for village in fund.villages):
        yield f"funds: {village} is named twice; list the village once, with the whole sum"
    for fund in ruleset.funds:
        if not fund.villages:
            yield f"funds: {fund.name} names no village; list its villages"
    if ruleset.funds and (ruleset.value is None or ruleset.redemption.every == "none"):
        yield (
            "funds: what is redeemed from a fund needs a value of points and a shop; write `value`"
            " and when points are redeemed, or remove `funds`"
        )


def _closing(ruleset: Ruleset) -> Iterator[str]:
    """Balances are cleared on a day that exists, after the year could be settled (ruling 15)."""
    closing = ruleset.closing
    if closing.kind != "clear":
        for name in ("clears_on", "clears_in"):
            if getattr(closing, name) is not None:
                yield (
                    f"closing: `{name}` does nothing where the kind is {closing.kind}; remove it,"
                    " or write `kind: clear`"
                )
        return
    if closing.clears_on is None:
        yield "closing: `kind: clear` needs its date; write `clears_on: 01-31`, as month and day"
        return
    clears_on = _yearly(closing.clears_on)
    if clears_on is None:
        yield f"closing: {closing.clears_on} is not a day of every year; write an existing MM-DD"
        return
    yield from _clearing_year(ruleset, closing.clears_on)
    if closing.ends_with_the_year:
        return
    # The notice opens the day after the audit's deadline and stays for `open_days` (ruling 26).
    last_open = date(clears_on.year, 1, ruleset.review.due.day) + timedelta(
        days=ruleset.publicity.open_days
    )
    if clears_on <= last_open:
        yield (
            f"closing: points are cleared on {closing.clears_on}, while the year's last notice is"
            f" open for objections until {last_open:%m-%d}; write a later date"
        )


def _clearing_year(ruleset: Ruleset, day: str) -> Iterator[str]:
    """Nobody is surprised by the year in which points are cleared."""
    closing, year = ruleset.closing, ruleset.effective_from.year
    if closing.clears_in == "same_year" and day != YEAR_END:
        yield (
            f"closing: on {year}-{day} the year {year} is not over and cannot be settled; write"
            f" `clears_on: {YEAR_END}`, or `clears_in: next_year`"
        )
    if closing.clears_in is None and LATE <= day < YEAR_END:
        yield (
            f"closing: points of {year} would be cleared on {year + 1}-{day}, long after their"
            f" year; write `clears_in: next_year` if that is meant, or `clears_on: {YEAR_END}` for"
            " the end of their own year"
        )
    doubles = [honour for honour in ruleset.standing.honours if honour.doubles]
    if closing.ends_with_the_year and doubles:
        yield (
            f"closing: honour {doubles[0].id} doubles what is left when the year is settled, in"
            f" January of {year + 1}, but points of {year} can be redeemed until {year}-{day}"
            " only; write a later `clears_on`, or remove `doubles`"
        )


def _reports(ruleset: Ruleset) -> Iterator[str]:
    """A report is due on a day that exists."""
    for report in ruleset.reports:
        if _yearly(report.due) is None:
            yield (
                f"report {report.id}: {report.due} is not a day of every year; write an existing"
                " MM-DD"
            )


def _levels(ruleset: Ruleset) -> Iterator[str]:
    """The second level is one of the stages, above the first (ruling 19)."""
    second, stages = ruleset.objections.second_level, ruleset.review.stages
    if second is None:
        return
    if second not in {stage.id for stage in stages}:
        yield (
            f"objections: second_level “{second}” is no stage of the review; write one of"
            f" {', '.join(stage.id for stage in stages)}, or remove it"
        )
    elif second == stages[0].id:
        yield (
            f"objections: second_level “{second}” is the first stage, which decided already;"
            " write a later stage, or remove it"
        )


def _review(ruleset: Ruleset) -> Iterator[str]:
    """Areas hold households, and reminders come before the deadline."""
    review = ruleset.review
    if review.area_households_max is not None and review.area_households_max < 1:
        yield "review: area_households_max leaves no household in an area; write 1 or more"
    if any(days < 0 for days in review.reminders_working_days):
        yield "review: a reminder after the deadline reminds of nothing; write 0 or more days"
    for stage in review.stages:
        if stage.quorum < 1:
            yield f"stage {stage.id}: nobody would decide; write a quorum of 1 or more"


def _start_dates(ruleset: Ruleset) -> Iterator[str]:
    """A village starts once."""
    groups = ruleset.participants.start_dates
    for village in repeated(village for group in groups for village in group.villages):
        yield f"participants: {village} has several start dates; list the village once"
    if any(not group.villages for group in groups):
        yield "participants: a start date names no village; list its villages"


def _yearly(month_day: str) -> date | None:
    """A day that every year has, as one of a common year; None where there is no such day."""
    month, day = month_day.split("-")
    try:
        return date(2001, int(month), int(day))
    except ValueError:
        return None


CHECKS = (_worth, _redemption, _funds, _closing, _reports, _levels, _review, _start_dates)
