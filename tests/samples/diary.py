"""The year as it happened: claims, and who decided them when. Times are those of Asia/Shanghai."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from tests.samples.paper import Cell, Row
from tests.samples.people import Reviewer

YEAR = 2026
CHANNELS = {
    "self": ("居民自荐", "居民自荐", "自荐"),
    "inspection": ("小组现场看", "小组现场看", "现场看"),
    "vote": ("居民一起评", "居民一起评", "一起评"),
    "recommendation": ("组织推荐",),
    "record": ("文件记录",),
}


@dataclass
class Vote:
    """One reviewer's verdict on a claim; without `at` it counts as given before the deadline."""

    reviewer: str
    approve: bool
    note: str = ""
    at: datetime | None = None
    stage: str = ""


@dataclass
class Entry:
    """A claim that a household is due to have accepted; `ref` is given when all are known."""

    home: str
    item: str
    day: date
    place: str
    reason: str
    channel: str
    evidence: str = ""
    member: str = ""
    quantity: int | None = None
    score: float | None = None
    matter: str = ""
    submitted: datetime | None = None
    rejected: str = ""
    late: datetime | None = None
    ref: str = ""
    votes: list[Vote] = field(default_factory=list)

    @property
    def handed_in(self) -> datetime:
        """When it counts as submitted: the day's start where the sheet does not say."""
        return self.submitted or at(self.day)

    @property
    def key(self) -> tuple[str, str, date, str, str]:
        """What makes it a second claim for the same."""
        return (self.home, self.item, self.day, self.member, self.matter)


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of a day, as a sheet writes it."""
    return datetime.combine(day, time(hour, minute))


def month_after(day: date, months: int = 1) -> date:
    """The first day of a later month."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


@dataclass
class Diary:
    """All entries of a community's year; `every` is how many months an audit spans."""

    rng: Random
    every: int = 1
    entries: list[Entry] = field(default_factory=list)
    _keys: set[tuple[str, str, date, str, str]] = field(default_factory=set)

    def add(self, entry: Entry) -> Entry:
        """Take an entry; a second one for the same is a fault of the sample."""
        if entry.key in self._keys:
            raise ValueError(f"twice the same: {entry.key}")
        self._keys.add(entry.key)
        self.entries.append(entry)
        return entry

    def takes(self, entry: Entry) -> bool:
        """Whether nothing stands for the same household, item, day, member and matter."""
        return entry.key not in self._keys

    def deadline(self, moment: datetime, day: date) -> datetime:
        """When the audit closes that a claim of this day, handed in then, joins."""
        month = day.month + (-day.month % self.every)
        closes = at(month_after(date(day.year, month, 1)) + timedelta(days=5))
        while closes <= moment:
            closes = at(month_after(closes.date(), self.every) + timedelta(days=5))
        return closes

    def meeting(self, entry: Entry) -> datetime:
        """When it counts as decided if the sheet does not say: two days before the deadline."""
        return self.deadline(entry.handed_in, entry.day) - timedelta(days=2)

    def hand_in(self, entry: Entry) -> None:
        """Say when it was submitted: mostly at once, at times days later, seldom months later."""
        chance = self.rng.random()
        if chance < 0.6:
            return
        clock = (self.rng.randrange(8, 18), self.rng.choice((0, 5, 10, 20, 30, 40, 50)))
        later = entry.day + timedelta(days=self.rng.choice((0, 0, 1, 1, 2, 3, 5)))
        next_audit = month_after(entry.day, self.every)
        belated = chance > 0.975 and next_audit.year == YEAR
        if belated:
            later = next_audit + timedelta(days=self.rng.randrange(9, 25))
        moment = at(later, *clock)
        if belated or moment < self.deadline(at(entry.day), entry.day) - timedelta(days=2):
            entry.submitted = moment

    def number(self, pattern: str) -> None:
        """Give refs in the order of submission."""
        self.entries.sort(key=lambda entry: (entry.handed_in, entry.home, entry.item, entry.matter))
        for number, entry in enumerate(self.entries, 1):
            entry.ref = pattern.format(number=number, month=entry.handed_in.month)


@dataclass(frozen=True)
class Panel:
    """Who reviews, and whose kin they are (回避)."""

    reviewers: Sequence[Reviewer]
    kin: Sequence[tuple[str, str]] = ()
    areas: dict[str, str] | None = None

    def barred(self, reviewer: Reviewer, home: str) -> bool:
        """Own household, kin, or where the scheme assesses crosswise the own area."""
        if reviewer.household == home:
            return True
        if any({reviewer.household, home} == set(pair) for pair in self.kin):
            return True
        return self.areas is not None and self.areas[home] == reviewer.area

    def able(self, home: str, stage: str = "") -> list[Reviewer]:
        """Those who may decide on a household at a stage."""
        return [
            reviewer
            for reviewer in self.reviewers
            if reviewer.stage == stage and not self.barred(reviewer, home)
        ]

    def unable(self, home: str, stage: str = "") -> list[Reviewer]:
        """Those of a stage who may not."""
        return [
            reviewer
            for reviewer in self.reviewers
            if reviewer.stage == stage and self.barred(reviewer, home)
        ]


def claim_rows(diary: Diary, names: dict[str, str], named: float = 1) -> list[dict[str, Cell]]:
    """The entries as the clerk writes them: a share of `named` items by what `names` call them."""
    rng = diary.rng
    return [
        {
            "ref": entry.ref,
            "household": entry.home,
            "item": _called(entry.item, names, named, rng),
            "occurred_on": written(entry.day, rng),
            "place": entry.place,
            "reason": entry.reason,
            "channel": rng.choice(CHANNELS[entry.channel]),
            "member": entry.member,
            "quantity": entry.quantity,
            "score": entry.score,
            "matter": entry.matter,
            "evidence": entry.evidence,
            "submitted_at": written_moment(entry.submitted, rng),
        }
        for entry in diary.entries
    ]


def _called(item: str, names: dict[str, str], named: float, rng: Random) -> Cell:
    """An item's name or code; a code of digits is a number to a spreadsheet, as often as not."""
    if rng.random() < named and item in names:
        return names[item]
    return int(item) if item.isdigit() and rng.random() < 0.5 else item


def decision_rows(diary: Diary, stages: Sequence[str]) -> list[Row]:
    """Votes in the order of the meetings; at each, one stage after the other."""
    found = [
        ((vote.at or diary.meeting(entry), stages.index(vote.stage), number), entry, vote)
        for number, entry in enumerate(diary.entries)
        for vote in entry.votes
    ]
    found.sort(key=lambda each: each[0])
    return [vote_row(entry.ref, vote, diary.rng) for _, entry, vote in found]


def vote_row(ref: str, vote: Vote, rng: Random) -> dict[str, Cell]:
    """A row of the decisions' sheet."""
    return {
        "ref": ref,
        "reviewer": vote.reviewer,
        "verdict": "通过" if vote.approve else "不通过",
        "note": vote.note,
        "decided_at": written_moment(vote.at, rng),
        "stage": vote.stage,
    }


def written(day: date, rng: Random) -> Cell:
    """A date as it comes: mostly Excel's own, else one of the ways in which people write it."""
    chance = rng.random()
    if chance < 0.7:
        return day
    if chance < 0.82:
        return f"{day.year}/{day.month}/{day.day}"
    if chance < 0.93:
        return f"{day.year}年{day.month}月{day.day}日"
    return day.isoformat() if chance < 0.97 else f"{day.year}.{day.month}.{day.day}"


def written_moment(moment: datetime | None, rng: Random) -> Cell:
    """A time as it comes."""
    if moment is None:
        return None
    chance = rng.random()
    if chance < 0.5:
        return moment
    if chance < 0.8:
        return moment.strftime("%Y-%m-%d %H:%M")
    return f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment.minute:02d}"


def some_day(rng: Random, month: int, first: date = date(YEAR, 1, 1)) -> date:
    """A day of a month, not before `first`; the month after where that lies behind it."""
    start = max(date(YEAR, month, 1), first)
    end = month_after(start) - timedelta(days=1)
    return start + timedelta(days=rng.randrange((end - start).days + 1))
