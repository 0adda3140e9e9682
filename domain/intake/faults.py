"""What is wrong with a claim (初审不符): all of it, the weightiest first."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple

from domain.intake.book import Book, Day, Days, Home, ItemRule
from domain.intake.cells import utc_moment, utc_text
from domain.intake.columns import CHANNELS
from domain.intake.parsed import Fault
from domain.kernel.local_time import local_text, start_of_day
from domain.kernel.points import format_points
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason


class Row(NamedTuple):
    """A claim as normal texts; `when` is its time of submission, given or not."""

    household: str
    item: str
    on: str
    channel: str
    member: str
    quantity: str
    score: str
    evidence: str
    submitted: str
    when: str


def is_complete(
    rule: ItemRule, channel: str, person: str, times: str, graded: str, evidence: str
) -> bool:
    """Whether a claim's details are all that its item asks for."""
    return (
        channel in rule.channels
        and (not rule.member or person != "")
        and (not rule.single or times in ("", "1"))
        and (not rule.evidence or evidence != "")
        and (graded == "" if rule.score_max is None else _is_within(graded, rule.score_max))
    )


def _is_within(graded: str, score_max: int) -> bool:
    return graded != "" and 0 <= int(graded) <= score_max


def faults_of_claim(book: Book, day: Day, row: Row, latest: str) -> Iterator[Fault]:
    """All that is wrong with a claim of a day on which a ruleset is in force."""
    home, rule = day.homes[row.household], day.items[row.item]
    if not home.since <= row.on <= home.until:
        yield home_fault(day, home, row.household, row.on)
    if rule.fault is not None:
        yield Fault("item", rule.fault)
    if row.when < day.start:
        yield _early_fault(row.when, row.on)
    elif row.when > latest:
        value = local_text(utc_moment(row.when))
        yield Fault("submitted_at", reason("future_time", value=value))
    if row.member and home.id and (home.id, row.member) not in book.members:
        value = shown(row.member)
        yield Fault("member", reason("member_unknown", household=shown(row.household), value=value))
    if rule.fault is None:
        yield from _detail_faults(rule, row)


def faults_of_day(book: Book, why: Reason, row: Row) -> Iterator[Fault]:
    """All that is wrong with a claim of a day of which none is taken: `why`."""
    if row.submitted and row.submitted < utc_text(start_of_day(date.fromisoformat(row.on))):
        # One that was handed in before it happened says so first.
        yield _early_fault(row.submitted, row.on)
    else:
        yield Fault("occurred_on", why)
    yield from _names_faults(book, row)


def faults_of_unread(
    book: Book, days: Days, row: Row, latest: str, unread: Collection[str]
) -> Iterator[Fault]:
    """What else is wrong with a claim of which the cells of some columns cannot be read."""
    day = days[row.on] if row.on else None
    if isinstance(day, Day):
        found = faults_of_claim(book, day, row, latest)
    elif day is not None:
        found = faults_of_day(book, day, row)
    else:
        found = _names_faults(book, row)
    blank = {"household": not row.household, "item": not row.item}
    return (fault for fault in found if fault.column not in unread and not blank.get(fault.column))


def _names_faults(book: Book, row: Row) -> Iterator[Fault]:
    """What the newest rules say of a claim's household and item, whenever it was."""
    items, homes = book.parts(book.versions[-1])
    home = homes[row.household] if row.household else None
    if home is not None and home.id == 0 and home.fault is not None:
        yield Fault("household", home.fault)
    if not row.item:
        return
    rule = items[row.item]
    if rule.fault is not None:
        yield Fault("item", rule.fault)
    else:
        yield from _detail_faults(rule, row)


def home_fault(day: Day, home: Home, code: str, on: str) -> Fault:
    """Why a household takes no part on a day."""
    if home.fault is not None:
        return Fault("household", home.fault)
    return Fault("occurred_on", day.homes.absence(code, on))


def _detail_faults(rule: ItemRule, row: Row) -> Iterator[Fault]:
    """What an item asks of a claim's details."""
    if row.channel not in rule.channels:
        names = CHANNELS.names
        choices = tuple(names[way] for way in rule.channels)
        value = names.get(row.channel, "")
        why = reason("channel_unwanted", item=rule.code, value=value, choices=choices)
        yield Fault("channel", why)
    if rule.member and not row.member:
        yield Fault("member", reason("member_needed", item=rule.code))
    if rule.single and row.quantity not in ("", "1"):
        yield Fault("quantity", reason("quantity_one", item=rule.code))
    if rule.evidence and not row.evidence:
        yield Fault("evidence", reason("evidence_needed", item=rule.code))
    if rule.score_max is not None:
        yield from _score_faults(rule.code, rule.score_max, row.score)
    elif row.score:
        yield Fault("score", reason("score_unwanted", item=rule.code))


def _score_faults(item: str, score_max: int, graded: str) -> Iterator[Fault]:
    high = format_points(score_max)
    if not graded:
        yield Fault("score", reason("score_needed", item=item, high=high))
    elif not _is_within(graded, score_max):
        value = format_points(int(graded))
        yield Fault("score", reason("out_of_range", value=value, low=0, high=high))


def _early_fault(when: str, on: str) -> Fault:
    value = local_text(utc_moment(when))
    return Fault("submitted_at", reason("submitted_before", value=value, day=on))
