"""Objections: filed after the decision, answered by someone who had no part in it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tests.samples.diary import Diary, Entry, Panel, at, written_moment
from tests.samples.paper import Cell, Row

UPHELD = ("经核实，异议属实", "重新调查后予以更正", "核对原始材料，异议成立")
DISMISSED = ("经走访核实，原认定无误", "异议人未提供新的依据", "原始签到表与申报一致，维持原认定")


@dataclass
class Objector:
    """Collects the objections' rows; `homes` are those whose points they are about."""

    diary: Diary
    panel: Panel
    pattern: str
    stages: tuple[str, ...] = ("",)
    rows: list[Row] = field(default_factory=list)
    homes: set[str] = field(default_factory=set)
    _taken: set[str] = field(default_factory=set)

    @property
    def rng(self) -> Random:
        return self.diary.rng

    def find(self, month: int, *, rejected: bool = False, item: str = "", home: str = "") -> Entry:
        """A claim of a month that was decided in time and that nobody has objected to yet."""
        for entry in self.diary.entries:
            if (
                entry.day.month == month
                and bool(entry.rejected) == rejected
                and item in ("", entry.item)
                and home in ("", entry.home)
                and entry.ref not in self._taken
                and entry.late is None
                and self.diary.meeting(entry).month == month % 12 + 1
            ):
                return entry
        raise ValueError(f"no claim of month {month} for an objection ({item} {home})")

    def file(
        self,
        entry: Entry,
        text: str,
        upheld: bool,
        *,
        by: str = "",
        after: int = 5,
        took: int = 8,
        note: str = "",
    ) -> None:
        """Object to a claim some days after its meeting; answered some days later."""
        self._taken.add(entry.ref)
        self.homes.add(entry.home)
        filed = self._office(self.diary.meeting(entry) + timedelta(days=after))
        decided = self._office(filed + timedelta(days=took))
        reply = note or self.rng.choice(UPHELD if upheld else DISMISSED)
        self.rows.append(
            {
                "ref": self._ref(),
                "household": by or entry.home,
                "about": entry.ref,
                "text": text,
                "filed_at": written_moment(filed, self.rng),
                "outcome": "成立" if upheld else "不成立",
                "decided_by": self._by(entry, by),
                "decided_at": written_moment(decided, self.rng),
                "note": reply,
            }
        )

    def slip(self, **cells: Cell) -> None:
        """A row that is refused: `cells` over the one before."""
        self.rows.append({**self.rows[-1], "ref": self._ref(), **cells})

    def too_early(self, entry: Entry, text: str) -> None:
        """Refused: the claim is not decided yet."""
        self.slip(
            household=entry.home,
            about=entry.ref,
            text=text,
            filed_at=at(entry.handed_in.date() + timedelta(days=1), 9),
            outcome=None,
            decided_by=None,
            decided_at=None,
            note=None,
        )

    def _ref(self) -> str:
        return self.pattern.format(number=len(self.rows) + 1)

    def _by(self, entry: Entry, objector: str) -> str:
        """Someone who had no vote, and is bound to neither household."""
        voted = {vote.reviewer for vote in entry.votes}
        able = [
            reviewer.code
            for stage in self.stages
            for reviewer in self.panel.able(entry.home, stage)
            if reviewer.code not in voted
            and not (objector and self.panel.barred(reviewer, objector))
        ]
        return self.rng.choice(able)

    def _office(self, moment: datetime) -> datetime:
        return at(moment.date(), self.rng.randrange(9, 17), self.rng.choice((0, 20, 40)))
