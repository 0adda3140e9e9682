"""The cadence: dates that exist, levels and reminders that make sense."""

from collections.abc import Iterator
from datetime import date, timedelta

from domain.kernel.points import format_points
from domain.kernel.reasons import Reason, reason
from domain.rules.lint.shared import repeated
from domain.rules.parts import part
from domain.rules.schema import YEAR_END, Ruleset

# From this day of the next year on, who writes a clearing date may have meant the year's own.
LATE = "07-01"


def _worth(ruleset: Ruleset) -> Iterator[Reason]:
    """A point is worth something."""
    value = ruleset.value
    if value is not None and (value.points <= 0 or value.fen <= 0):
        yield reason("lint_worth", points=format_points(value.points), fen=value.fen)


def _redemption(ruleset: Ruleset) -> Iterator[Reason]:
    """Shares of households are reported where there is something to redeem."""
    redemption = ruleset.redemption
    if redemption.every == "none" and (redemption.coverage_percent or redemption.awareness_percent):
        yield reason("lint_shares")


def _funds(ruleset: Ruleset) -> Iterator[Reason]:
    """A village has one fund, from which points of a known value are redeemed."""
    for village in repeated(village for fund in ruleset.funds for village in fund.villages):
        yield reason("lint_fund_village_twice", village=village)
    for fund in ruleset.funds:
        if not fund.villages:
            yield reason("lint_fund_villages", fund=fund.name)
    if ruleset.funds and (ruleset.value is None or ruleset.redemption.every == "none"):
        yield reason("lint_funds_idle")


def _closing(ruleset: Ruleset) -> Iterator[Reason]:
    """Balances are cleared on a day that exists, after the year could be settled (ruling 15)."""
    closing = ruleset.closing
    if closing.kind != "clear":
        for name in ("clears_on", "clears_in"):
            if getattr(closing, name) is not None:
                yield reason("lint_clearing_idle", name=name, kind=closing.kind)
        return
    if closing.clears_on is None:
        yield reason("lint_clearing_date")
        return
    clears_on = _yearly(closing.clears_on)
    if clears_on is None:
        yield reason("lint_clearing_day", day=closing.clears_on)
        return
    yield from _clearing_year(ruleset, closing.clears_on)
    if closing.ends_with_the_year:
        return
    # The notice opens the day after the audit's deadline and stays for `open_days` (ruling 26).
    last_open = date(clears_on.year, 1, ruleset.review.due.day) + timedelta(
        days=ruleset.publicity.open_days
    )
    if clears_on <= last_open:
        yield reason("lint_clearing_early", day=closing.clears_on, open=f"{last_open:%m-%d}")


def _clearing_year(ruleset: Ruleset, day: str) -> Iterator[Reason]:
    """Nobody is surprised by the year in which points are cleared."""
    closing, year = ruleset.closing, ruleset.effective_from.year
    if closing.clears_in == "same_year" and day != YEAR_END:
        yield reason("lint_clearing_same_year", year=year, day=day, end=YEAR_END)
    if closing.clears_in is None and LATE <= day < YEAR_END:
        yield reason("lint_clearing_late", year=year, next=year + 1, day=day, end=YEAR_END)
    doubles = [honour for honour in ruleset.standing.honours if honour.doubles]
    if closing.ends_with_the_year and doubles:
        honour = doubles[0].id
        yield reason("lint_clearing_doubles", honour=honour, year=year, next=year + 1, day=day)


def _reports(ruleset: Ruleset) -> Iterator[Reason]:
    """A report is due on a day that exists."""
    for report in ruleset.reports:
        if _yearly(report.due) is None:
            yield reason("lint_report_day", part=part("report", report.id), day=report.due)


def _levels(ruleset: Ruleset) -> Iterator[Reason]:
    """The second level is one of the stages, above the first (ruling 19)."""
    second, stages = ruleset.objections.second_level, ruleset.review.stages
    if second is None:
        return
    if second not in {stage.id for stage in stages}:
        choices = tuple(stage.id for stage in stages)
        yield reason("lint_level_unknown", level=second, choices=choices)
    elif second == stages[0].id:
        yield reason("lint_level_first", level=second)


def _review(ruleset: Ruleset) -> Iterator[Reason]:
    """Areas hold households, and reminders come before the deadline."""
    review = ruleset.review
    if review.area_households_max is not None and review.area_households_max < 1:
        yield reason("lint_area_small")
    if any(days < 0 for days in review.reminders_working_days):
        yield reason("lint_reminder_late")
    for stage in review.stages:
        if stage.quorum < 1:
            yield reason("lint_quorum", part=part("stage", stage.id))


def _start_dates(ruleset: Ruleset) -> Iterator[Reason]:
    """A village starts once."""
    groups = ruleset.participants.start_dates
    for village in repeated(village for group in groups for village in group.villages):
        yield reason("lint_start_twice", village=village)
    if any(not group.villages for group in groups):
        yield reason("lint_start_villages")


def _yearly(month_day: str) -> date | None:
    """A day that every year has, as one of a common year; None where there is no such day."""
    month, day = month_day.split("-")
    try:
        return date(2001, int(month), int(day))
    except ValueError:
        return None


CHECKS = (_worth, _redemption, _funds, _closing, _reports, _levels, _review, _start_dates)
