"""What claims are screened against (初审依据): read once, looked up a hundred thousand times.

A day's and an item's rules are worked out when they are first asked for, and then are one
dictionary look-up each.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.participation import eligibility
from domain.community.registry import households_of, versions_of
from domain.cycle.calendar import audit_period, next_audit
from domain.intake.cells import half_width, utc_text
from domain.intake.directory import Directory
from domain.intake.lookalikes import look
from domain.kernel.local_time import local_date, start_of_day
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason
from domain.ledger.acts import audited_periods
from domain.rules.schema import Item, Participants, Ruleset
from domain.rules.versions import Version, version_on
from domain.store.tables.people import Community, Household, Member
from domain.store.tables.settlement import Settlement

SIMILAR_MAX = 3
# Comparing spellings costs a millisecond a name: a sheet of another village is not worth minutes.
_GUESSES_MAX = 50
_POINTLESS = ("zeroing", "voiding", "record")


@dataclass(slots=True)
class ItemRule:
    """What screening asks of an item, or (`fault`) why it cannot be claimed."""

    fault: Reason | None
    code: str = ""
    single: bool = False
    member: bool = False
    score_max: int | None = None
    evidence: bool = False
    channels: tuple[str, ...] = ()
    repeatable: bool = False


@dataclass(slots=True)
class Home:
    """A household under a version: from when until when it earns, as ISO days; `id` 0: unknown."""

    id: int
    since: str
    until: str
    fault: Reason | None = None


class Guesses:
    """What a misspelt code or name may have meant, for the first few that are asked.

    Codes are only guessed where they look alike: one digit off is another household.
    """

    def __init__(self, codes: Sequence[str], names: Sequence[str] = ()) -> None:
        self.names = names
        self.asked = 0
        self.looks: dict[str, list[str]] = {}
        for code in codes:
            self.looks.setdefault(look(code), []).append(code)

    def near(self, text: str) -> tuple[str, ...]:
        self.asked += 1
        if self.asked > _GUESSES_MAX:
            return ()
        close = difflib.get_close_matches(text, self.names, SIMILAR_MAX)
        return tuple([*self.looks.get(look(text), ()), *close][:SIMILAR_MAX])


class Items(dict[str, ItemRule]):
    """A version's items by what a sheet calls them: their code, or a name that only one has."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.by_code = {item.code: item for item in ruleset.items}
        self.by_name: dict[str, list[Item]] = {}
        for item in ruleset.items:
            self.by_name.setdefault(item.name, []).append(item)
        self.guesses = Guesses(list(self.by_code), list(self.by_name))

    def __missing__(self, text: str) -> ItemRule:
        rule = self[text] = self._rule(text)
        return rule

    def find(self, text: str) -> Item | Reason:
        """The item that is meant, or why none is."""
        named = self.by_name.get(text, [])
        item = self.by_code.get(text) or self.by_code.get(half_width(text))
        if item is not None:
            return item
        if len(named) == 1:
            return named[0]
        if named:
            codes = tuple(item.code for item in named)
            return reason("item_ambiguous", value=shown(text), codes=codes)
        similar = self.guesses.near(text)
        if similar:
            return reason("item_similar", value=shown(text), similar=similar)
        return reason("item_unknown", value=shown(text))

    def _rule(self, text: str) -> ItemRule:
        item = self.find(text)
        if isinstance(item, Reason):
            return ItemRule(item)
        if item.kind == "base":
            return ItemRule(reason("item_base", item=item.code))
        if item.points is None and item.kind not in _POINTLESS:
            return ItemRule(reason("item_no_value", item=item.code))
        allowed = self.ruleset.channels
        return ItemRule(
            None,
            item.code,
            single=self._stands_alone(item),
            member=item.of == "member",
            score_max=item.points if item.kind == "graded" else None,
            evidence=item.evidence == "required",
            channels=tuple(way for way in allowed if not item.channels or way in item.channels),
            repeatable=self._counts_in_events(item),
        )

    @staticmethod
    def _stands_alone(item: Item) -> bool:
        """Whether a claim is of one award: by frequency, grade, or 就高不就低 (ruling 4)."""
        limited = item.per is not None or item.highest_of is not None
        return limited or item.kind in ("graded", *_POINTLESS)

    def _counts_in_events(self, item: Item) -> bool:
        """Several services in one event are what an `event` cap is for."""
        shared = [cap for cap in self.ruleset.shared_caps if item.code in cap.items]
        return any(cap.per == "event" for cap in (*item.caps, *shared))


class Homes(dict[str, Home]):
    """Households by code, with when they take part under a version's rules."""

    def __init__(
        self, known: dict[str, Household], who: Participants, directory: Directory
    ) -> None:
        self.known, self.who, self.directory = known, who, directory

    def __missing__(self, code: str) -> Home:
        home = self[code] = self._home(code)
        return home

    def _home(self, code: str) -> Home:
        household = self.known.get(code)
        if household is None:
            return Home(0, "", "", self.directory.unknown(code))
        able = eligibility(household, self.who)
        if able.since is None:
            return Home(household.id, "", "", able.lacks)
        until = able.until.isoformat() if able.until else "9999-12-31"
        return Home(household.id, able.since.isoformat(), until)

    def absence(self, code: str, day: str) -> Reason:
        """Why a household does not take part on a day outside its span."""
        home, household = self[code], self.known[code]
        if day > home.until:
            return reason("after_left", day=day, until=home.until)
        if household.enrolled_on and day < household.enrolled_on.isoformat():
            return reason("before_enrolled", day=day, since=household.enrolled_on)
        return reason("outsider_months", day=day, since=home.since)


@dataclass(slots=True)
class Day:
    """What holds for claims that occurred on a day; `start` is its first moment."""

    start: str
    audit: str
    items: Items
    homes: Homes


@dataclass
class Book:
    """A community's rules, households and members, and what is closed."""

    versions: list[Version]
    households: dict[str, Household]
    members: dict[tuple[int, str], int]
    closed: set[str]
    settled: set[int]
    directory: Directory
    _parts: dict[int, tuple[Items, Homes]] = field(default_factory=dict)

    def days(self, now: datetime) -> "Days":
        """The days as they look at `now`."""
        return Days(self, local_date(now))

    def parts(self, version: Version) -> tuple[Items, Homes]:
        """A version's items and households."""
        key = id(version)
        if key not in self._parts:
            homes = Homes(self.households, version.ruleset.participants, self.directory)
            self._parts[key] = (Items(version.ruleset), homes)
        return self._parts[key]

    def audit_of(self, ruleset: Ruleset, day: date) -> str:
        """The audit that a claim of this day joins: its own, or the first that is open."""
        period = audit_period(ruleset, day)
        while str(period) in self.closed:
            period = next_audit(ruleset, period)
        return str(period)


class Days(dict[str, Day | Reason]):
    """Days by ISO text: what holds, or why no claim of that day is taken."""

    def __init__(self, book: Book, today: date) -> None:
        self.book, self.today = book, today

    def __missing__(self, text: str) -> Day | Reason:
        day = self[text] = self._day(date.fromisoformat(text))
        return day

    def _day(self, day: date) -> Day | Reason:
        if day > self.today:
            return reason("future_day", day=day)
        if day.year in self.book.settled:
            return reason("year_settled", year=day.year)
        if all(version.starts_on > day for version in self.book.versions):
            return reason("no_ruleset", day=day)
        version = version_on(self.book.versions, day)
        audit = self.book.audit_of(version.ruleset, day)
        return Day(utc_text(start_of_day(day)), audit, *self.book.parts(version))


def open_book(session: Session, community: Community) -> Book:
    """Read what screening needs."""
    directory = Directory(households_of(session, community))
    members = session.execute(
        select(Member.household_id, Member.code, Member.id)
        .join(Household, Household.id == Member.household_id)
        .where(Household.community_id == community.id)
    ).tuples()
    settled = session.scalars(
        select(Settlement.year).where(Settlement.community_id == community.id)
    )
    return Book(
        versions_of(session, community),
        directory.by_code,
        {(household, code): key for household, code, key in members},
        audited_periods(session, community),
        set(settled),
        directory,
    )
