"""What an import answers per row (回执), and the rows that it refused, kept until corrected."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from domain.intake.parsed import Fault, Parsed
from domain.reasons import Reason, shown
from domain.store.tables.claims import RefusedRow
from domain.store.tables.people import Community

Outcome = Literal["accepted", "already", "refused"]
_VALUE_MAX, _COLUMN_MAX, _REF_MAX = 200, 64, 64
_CHUNK = 5_000


class Answer(NamedTuple):
    """What became of one row; `column` is as the sheet heads it, `why` is None unless refused.

    `sheet` names the sheet where a workbook has several; `hidden` is true of a row that the
    sheet hides.
    """

    row: int
    ref: str
    outcome: Outcome
    column: str = ""
    value: str = ""
    why: Reason | None = None
    sheet: str = ""
    hidden: bool = False

    @property
    def reason(self) -> str:
        """Why it was refused, in Chinese; blank otherwise."""
        return self.reason_in("zh_CN")

    def reason_in(self, language: str) -> str:
        """Why it was refused, in `zh_CN` or `en`."""
        return self.why.text(language) if self.why else ""

    def as_dict(self, language: str = "zh_CN") -> dict[str, Any]:
        """The answer for JSON."""
        return {
            "row": self.row, "ref": self.ref, "outcome": self.outcome, "column": self.column,
            "value": self.value, "reason": self.reason_in(language),
        }  # fmt: skip


class Refusal(NamedTuple):
    """A refused row: where it stands in the sheet, what identifies it, and its answer."""

    answer: Answer
    ref: str
    digest: str
    content: dict[str, Any]


def refusal(parsed: Parsed, at: int, ref: str, key: str, fault: Fault) -> Refusal:
    """The refusal of row `at`; `key` is what a corrected row will have in common with it."""
    answer = Answer(
        parsed.numbers[at], ref, "refused", parsed.heading(at, fault.column),
        shown(parsed.raw(at, fault.column), _VALUE_MAX), fault.why,
    )  # fmt: skip
    return Refusal(answer, key, parsed.digests[at], parsed.content(at))


def keep_refused(
    session: Session, community: Community, kind: str, file: str, refusals: Sequence[Refusal],
    now: datetime,
) -> None:  # fmt: skip
    """Keep refused rows once each; one that comes again for another reason says the new one."""
    by_digest = {found.digest: found for found in refusals}
    mine = (RefusedRow.community_id == community.id, RefusedRow.kind == kind)
    known: set[str] = set()
    changed = []
    for part in _chunks(list(by_digest)):
        query = select(
            RefusedRow.id, RefusedRow.digest, RefusedRow.reason, RefusedRow.corrected_at
        ).where(*mine, RefusedRow.digest.in_(part))
        for key, digest, why, corrected_at in session.execute(query).tuples():
            known.add(digest)
            fields = _fields(by_digest[digest], file, now)
            if corrected_at is None and why != fields["reason"]:
                changed.append({"id": key, **fields})
    if changed:
        session.execute(update(RefusedRow), changed)
    rows = [
        {
            "community_id": community.id, "kind": kind, "digest": digest,
            "content": found.content, "corrected_at": None, **_fields(found, file, now),
        }
        for digest, found in by_digest.items()
        if digest not in known
    ]  # fmt: skip
    if rows:
        session.execute(insert(RefusedRow), rows)


def _fields(found: Refusal, file: str, now: datetime) -> dict[str, Any]:
    answer = found.answer
    return {
        "file": file, "row": answer.row, "ref": found.ref[:_REF_MAX],
        "column": shown(answer.column, _COLUMN_MAX), "value": answer.value,
        "reason": answer.reason, "refused_at": now,
    }  # fmt: skip


def mark_corrected(
    session: Session, community: Community, kind: str, refs: Iterable[str],
    entries: Iterable[int], now: datetime,
) -> None:  # fmt: skip
    """Refused rows whose row has now been taken: by their `ref`, or named by the sheet itself."""
    still_open = (
        RefusedRow.community_id == community.id,
        RefusedRow.kind == kind,
        RefusedRow.corrected_at.is_(None),
    )
    waiting = session.execute(select(RefusedRow.id, RefusedRow.ref).where(*still_open)).tuples()
    by_id = dict(waiting.all())
    if not by_id:
        return
    taken, named = {ref[:_REF_MAX] for ref in refs}, set(entries)
    done = [key for key, ref in by_id.items() if key in named or (ref and ref in taken)]
    if done:
        session.execute(update(RefusedRow), [{"id": key, "corrected_at": now} for key in done])


def _chunks(values: list[str]) -> list[list[str]]:
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)]
