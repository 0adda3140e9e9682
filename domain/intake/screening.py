"""The clerk's screening (初审) of claims: each row is taken, known already, or refused.

One pass in plain Python over normal texts: a hundred thousand rows take a fraction of a second.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from domain.clock import local_text
from domain.intake.book import Book, Day, Home, ItemRule
from domain.intake.cells import utc_moment, utc_text
from domain.intake.parsed import Fault
from domain.intake.reasons import Reason, reason, shown
from domain.points import format_points
from domain.store.tables import Claim, Community

# A claim's columns in the order of `Screened.rows`.
STORED = (
    "community_id", "ref", "household_id", "member_id", "item", "quantity", "score", "matter",
    "occurred_on", "submitted_at", "channel", "place", "reason", "evidence", "digest", "audit",
    "status", "stage", "carried",
)  # fmt: skip
_CHUNK = 5_000
# Above this many rows all claims of the days in question are read, else those of the households.
_MANY = 5_000

Key = tuple[int, str, str, int | None, str]


@dataclass
class Sheet:
    """Claims by column, as normal texts; `defaults` stand in for a blank `submitted_at`."""

    refs: Sequence[str]
    households: Sequence[str]
    items: Sequence[str]
    days: Sequence[str]
    places: Sequence[str]
    reasons: Sequence[str]
    channels: Sequence[str]
    members: Sequence[str]
    quantities: Sequence[str]
    scores: Sequence[str]
    matters: Sequence[str]
    evidence: Sequence[str]
    submitted: Sequence[str]
    defaults: Sequence[str]
    digests: Sequence[str]
    faults: dict[int, Fault]


@dataclass
class Screened:
    """What became of a sheet: rows to store, and by position what is already there or refused."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    already: list[int] = field(default_factory=list)
    refused: dict[int, Fault] = field(default_factory=dict)


def screen(
    session: Session, community: Community, book: Book, sheet: Sheet, now: datetime,
    year: int | None = None,
) -> Screened:  # fmt: skip
    """Screen claims in the sheet's order; nothing is written.

    With a `year` (a rehearsal) only its days are taken, and a blank time of submission is the
    start of the day on which it occurred.
    """
    known = known_refs(session, community, sheet.refs)
    standing = _standing(session, community, book, sheet, known)
    screening = _Screening(community.id, book, now, year, known, standing)
    screening.done.refused.update(sheet.faults)
    rows = zip(
        sheet.refs, sheet.households, sheet.items, sheet.days, sheet.places, sheet.reasons,
        sheet.channels, sheet.members, sheet.quantities, sheet.scores, sheet.matters,
        sheet.evidence, sheet.submitted, sheet.defaults, sheet.digests, strict=True,
    )  # fmt: skip
    for at, row in enumerate(rows):
        if at not in sheet.faults:
            screening.take(at, row)
    return screening.done


class _Screening:
    """One sheet's screening: what it looks up, and what has become of the rows so far."""

    def __init__(
        self, community: int, book: Book, now: datetime, year: int | None,
        known: dict[str, str], standing: dict[Key, str],
    ) -> None:  # fmt: skip
        self.community = community
        self.members = book.members
        self.days = book.days(now, year)
        self.latest = utc_text(now)
        self.known, self.standing = known, standing
        self.done = Screened()

    def take(self, at: int, row: tuple[str, ...]) -> None:
        """Screen one row; the first thing that is wrong with it is its reason."""
        (
            ref, code, text, on, place, why, channel, person, times, graded, matter, evidence,
            submitted, default, digest,
        ) = row  # fmt: skip
        before = self.known.get(ref)
        if before is not None:
            if before == digest:
                self.done.already.append(at)
            else:
                self._refuse(at, "ref", reason("other_content", ref=shown(ref)))
            return
        day = self.days[on]
        if isinstance(day, Reason):
            self._refuse(at, "occurred_on", day)
            return
        home, rule = day.homes[code], day.items[text]
        submitted = submitted or default or day.start
        member = self.members.get((home.id, person)) if person else None
        if not home.since <= on <= home.until or home.fault:
            self._refuse(at, *_home_fault(day, home, code, on))
        elif rule.fault:
            self._refuse(at, "item", rule.fault)
        elif fault := _detail_fault(rule, channel, person, times, graded, evidence):
            self._refuse(at, *fault)
        elif submitted < day.start:
            self._refuse(at, "submitted_at", _too_early(submitted, on))
        elif submitted > self.latest:
            self._refuse(at, "submitted_at", reason("future_time", value=_local(submitted)))
        elif person and member is None:
            self._refuse(at, "member", _no_member(code, person))
        elif other := self._twin(rule, ref, (home.id, rule.code, on, member, matter)):
            self._refuse(at, "ref", reason("duplicate", ref=shown(other)))
        else:
            self.known[ref] = digest
            self.done.rows.append((
                self.community, ref, home.id, member, rule.code, int(times or 1),
                int(graded) if graded else None, matter, on, submitted, channel, place, why,
                evidence, digest, day.audit, "pending", 0, 0,
            ))  # fmt: skip

    def _twin(self, rule: ItemRule, ref: str, key: Key) -> str | None:
        """Another claim for the same; several services in one event are none."""
        if rule.repeatable:
            return None
        other = self.standing.setdefault(key, ref)
        return other if other != ref else None

    def _refuse(self, at: int, column: str, why: Reason) -> None:
        self.done.refused[at] = Fault(column, why)


def known_refs(session: Session, community: Community, refs: Sequence[str]) -> dict[str, str]:
    """Of these numbers, those that exist, with the digest of what was imported."""
    query = select(Claim.ref, Claim.digest).where(Claim.community_id == community.id)
    if len(refs) > _MANY:
        asked = set(refs)
        found = session.execute(query).tuples()
        return {ref: digest for ref, digest in found if ref in asked}
    known: dict[str, str] = {}
    for start in range(0, len(refs), _CHUNK):
        part = refs[start : start + _CHUNK]
        known.update(session.execute(query.where(Claim.ref.in_(part))).tuples().all())
    return known


def _standing(
    session: Session, community: Community, book: Book, sheet: Sheet, known: dict[str, str]
) -> dict[Key, str]:
    """Pending and approved claims that a row of the sheet could be a second one of."""
    rows: Iterable[tuple[str, str]] = zip(sheet.days, sheet.households, strict=True)
    if known or sheet.faults:
        rows = (
            (sheet.days[at], sheet.households[at])
            for at, ref in enumerate(sheet.refs)
            if ref not in known and at not in sheet.faults
        )
    fresh = set(rows)
    if not fresh:
        return {}
    days = {day for day, _ in fresh}
    query = select(
        Claim.household_id, Claim.item, cast(Claim.occurred_on, String), Claim.member_id,
        Claim.matter, Claim.ref,
    ).where(
        Claim.community_id == community.id,
        Claim.status.in_(("pending", "approved")),
        Claim.occurred_on.between(date.fromisoformat(min(days)), date.fromisoformat(max(days))),
    )  # fmt: skip
    if len(fresh) <= _MANY:
        codes = {code for _, code in fresh}
        homes = [book.households[code].id for code in codes if code in book.households]
        query = query.where(Claim.household_id.in_(homes))
    return {tuple(key): ref for *key, ref in session.execute(query)}


def _home_fault(day: Day, home: Home, code: str, on: str) -> Fault:
    if home.fault is not None:
        return Fault("household", home.fault)
    return Fault("occurred_on", day.homes.absence(code, on))


def _detail_fault(
    rule: ItemRule, channel: str, person: str, times: str, graded: str, evidence: str
) -> Fault | None:
    """What an item asks of a claim's details."""
    if channel not in rule.channels:
        return Fault("channel", reason(
            "channel_unwanted", item=rule.code, value=channel, choices=rule.channels
        ))  # fmt: skip
    if rule.member and not person:
        return Fault("member", reason("member_needed", item=rule.code))
    if rule.single and times not in ("", "1"):
        return Fault("quantity", reason("quantity_one", item=rule.code))
    if rule.evidence and not evidence:
        return Fault("evidence", reason("evidence_needed", item=rule.code))
    if rule.score_max is None:
        return Fault("score", reason("score_unwanted", item=rule.code)) if graded else None
    return _score_fault(rule.code, rule.score_max, graded)


def _score_fault(item: str, score_max: int, graded: str) -> Fault | None:
    high = format_points(score_max)
    if not graded:
        return Fault("score", reason("score_needed", item=item, high=high))
    if not 0 <= int(graded) <= score_max:
        value = format_points(int(graded))
        return Fault("score", reason("out_of_range", value=value, low=0, high=high))
    return None


def _too_early(submitted: str, on: str) -> Reason:
    return reason("submitted_before", value=_local(submitted), day=on)


def _local(moment: str) -> str:
    return local_text(utc_moment(moment))


def _no_member(code: str, person: str) -> Reason:
    return reason("member_unknown", household=shown(code), value=shown(person))
