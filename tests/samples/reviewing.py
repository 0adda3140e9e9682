"""How the reviewers decided: in time but for a few, and not on their own or their kin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tests.samples.diary import Diary, Entry, Panel, Vote, at, decision_rows, vote_row
from tests.samples.paper import Row

AGREED = ("", "", "", "", "", "属实", "现场已核", "同意", "材料齐全", "小组一致通过")
# Why a claim passes that came without evidence (ruling 33).
VOUCHED = ("邻居证实", "评议人亲见", "已到户核实", "村干部在场证明", "查阅会议签到")
WhyNot = Callable[[str, Random], str]


@dataclass(frozen=True)
class Step:
    """A stage of review: its id, what the sheet calls it, and how many votes it takes."""

    id: str
    written: str
    quorum: int = 1


ONE_STAGE = (Step("", ""),)


@dataclass(frozen=True)
class Odds:
    """How often claims are rejected, given an explicit time, or voted on by someone barred."""

    rejected: float = 0.06
    timed: float = 0.05
    barred: float = 0.12


def review(
    diary: Diary,
    panel: Panel,
    why_not: WhyNot,
    steps: Sequence[Step] = ONE_STAGE,
    odds: Odds = Odds(),
    keep: Callable[[Entry], bool] = lambda entry: False,
) -> None:
    """Give every entry its votes; those that `keep` names are approved and in time."""
    for entry in diary.entries:
        certain = entry.rejected or entry.late or keep(entry)
        if not certain and diary.rng.random() < odds.rejected:
            entry.rejected = why_not(entry.item, diary.rng)
        last = len(steps) - 1
        failing = diary.rng.choice((0, last)) if entry.rejected else len(steps)
        for number, step in enumerate(steps[: failing + 1]):
            when = entry.late if number == last else None
            if when is None and not entry.late and diary.rng.random() < odds.timed and not last:
                when = _early(diary, entry)
            entry.votes += _step(diary.rng, panel, entry, step, number < failing, when, odds)


def _step(
    rng: Random,
    panel: Panel,
    entry: Entry,
    step: Step,
    approve: bool,
    when: datetime | None,
    odds: Odds,
) -> list[Vote]:
    """A stage's votes; at times someone votes first who may not, which is refused."""
    able = panel.able(entry.home, step.id)
    unable = panel.unable(entry.home, step.id)
    votes = []
    if unable and rng.random() < odds.barred:
        votes.append(Vote(rng.choice(unable).code, True, "", when, step.written))
    chosen = rng.sample(able, step.quorum)
    against = rng.choice((0, 0, 0, 1, 2)) if approve else rng.choice((3, 4, 5))
    for number, reviewer in enumerate(chosen):
        agrees = approve if step.quorum == 1 else number >= against
        note = rng.choice(AGREED) if agrees else entry.rejected or "个人认为依据不足"
        if not note and not entry.evidence:
            note = VOUCHED[entry.day.day % len(VOUCHED)]
        votes.append(Vote(reviewer.code, agrees, note, when, step.written))
    return votes


def _early(diary: Diary, entry: Entry) -> datetime | None:
    """A time of office between the submission and the meeting, if there is one."""
    first = entry.handed_in.date() + timedelta(days=1)
    days = (diary.meeting(entry).date() - first).days
    if days < 1:
        return None
    day = first + timedelta(days=diary.rng.randrange(days))
    return at(day, diary.rng.randrange(9, 18), diary.rng.choice((0, 15, 30)))


def miss_deadline(
    diary: Diary, count: int, months: Sequence[int], after: Sequence[int] = range(2, 6)
) -> None:
    """Let some claims be decided so many days `after` the deadline: they are carried over."""
    pool = [
        entry
        for entry in diary.entries
        if entry.day.month in months and not entry.rejected and entry.submitted is None
    ]
    for entry in diary.rng.sample(pool, count):
        closes = diary.deadline(entry.handed_in, entry.day)
        day = closes.date() + timedelta(days=diary.rng.choice(after))
        entry.late = at(day, diary.rng.randrange(9, 17), 30)


def approved_at(diary: Diary, entry: Entry) -> datetime | None:
    """When the ledger has an approved entry's points; None where it was rejected."""
    if entry.rejected:
        return None
    return diary.deadline(entry.late or entry.handed_in, entry.day)


def decisions_with_slips(
    diary: Diary, steps: Sequence[Step], unknown_refs: Sequence[str] = ()
) -> list[Row]:
    """The decisions' sheet with what goes wrong in one.

    Refused: a rejection without a note, a verdict that is none, an unknown reviewer, a claim
    that was itself refused, a second decision on a decided claim. A line twice is the same one.
    """
    rng = diary.rng
    rows = decision_rows(diary, [step.written for step in steps])
    first = steps[0].written
    approvals = [at for at, row in enumerate(rows) if row["verdict"] == "通过"]
    rejections = [at for at, row in enumerate(rows) if row["verdict"] == "不通过"]
    before: dict[int, list[Row]] = {}
    for at_ in rng.sample(rejections, min(2, len(rejections))):
        before.setdefault(at_, []).append({**rows[at_], "note": ""})
    fifth, sixth, seventh, eighth = rng.sample(approvals, 4)
    before.setdefault(fifth, []).append({**rows[fifth], "verdict": "同意"})
    before.setdefault(sixth, []).append({**rows[sixth], "reviewer": "r99"})
    before.setdefault(seventh, []).append(rows[seventh])
    before.setdefault(eighth, []).append({})
    spoilt = [row for at_, row in enumerate(rows) for row in [*before.get(at_, []), row]]
    for ref in unknown_refs:
        vote = Vote(str(rows[0]["reviewer"]), True, "", None, first)
        spoilt.insert(rng.randrange(len(spoilt)), vote_row(ref, vote, rng))
    return spoilt
