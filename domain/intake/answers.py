"""What an import answers per row (回执), and the rows that it refused, kept until corrected."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from domain.intake.parsed import Fault, Parsed
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason
from domain.store.statements import in_chunks
from domain.store.tables.claims import RefusedRow
from domain.store.tables.people import Community

RowOutcome = Literal["accepted", "already", "refused"]
_VALUE_MAX, _COLUMN_MAX, _REF_MAX = 200, 64, 64
# Between the columns in which something is wrong with a kept row.
COLUMNS_JOINED_BY = "、"


class Wrong(NamedTuple):
    """One thing that is wrong with a row; `column` is as the sheet heads it."""

    column: str
    value: str
    why: Reason

    def as_dict(self, language: str) -> dict[str, str]:
        return {"column": self.column, "value": self.value, "reason": self.why.text(language)}


class Answer(NamedTuple):
    """What became of one row; `column` is as the sheet heads it, `why` is None unless refused.

    `also` is what else is wrong with it. `sheet` names the sheet where a workbook has several;
    `hidden` is true of a row that the sheet hides. `note` is what there is to say of a row that
    was not refused, `household` the household that was found where the sheet did not give its code.
    """

    row: int
    ref: str
    outcome: RowOutcome
    column: str = ""
    value: str = ""
    why: Reason | None = None
    sheet: str = ""
    hidden: bool = False
    note: Reason | None = None
    also: tuple[Wrong, ...] = ()
    household: str = ""

    @property
    def faults(self) -> tuple[Wrong, ...]:
        """All that is wrong with the row."""
        return (Wrong(self.column, self.value, self.why), *self.also) if self.why else ()

    @property
    def reason(self) -> str:
        """Why it was refused, in Chinese; blank otherwise."""
        return self.reason_in("zh_CN")

    def reason_in(self, language: str) -> str:
        """Why it was refused first of all, in `zh_CN` or `en`."""
        return self.why.text(language) if self.why else ""

    def as_dict(self, language: str = "zh_CN") -> dict[str, Any]:
        """The answer for JSON; `sheet` and `hidden` only where there is something to say."""
        told = {
            "row": self.row,
            "ref": self.ref,
            "outcome": self.outcome,
            "column": self.column,
            "value": self.value,
            "reason": self.reason_in(language),
            "faults": [wrong.as_dict(language) for wrong in self.faults],
            "household": self.household,
            "note": self.note.text(language) if self.note else "",
        }
        # What few rows have is left out where this one has it not.
        if self.sheet:
            told["sheet"] = self.sheet
        return told | {"hidden": True} if self.hidden else told


class Refusal(NamedTuple):
    """A refused row: where it stands in the sheet, what identifies it, and its answer."""

    answer: Answer
    ref: str
    digest: str
    content: dict[str, Any]


def refusal(parsed: Parsed, at: int, ref: str, key: str, fault: Fault) -> Refusal:
    """The refusal of row `at`; `key` is what a corrected row will have in common with it."""
    first, *others = (
        Wrong(
            parsed.heading(at, each.column),
            shown(parsed.raw(at, each.column), _VALUE_MAX),
            each.why,
        )
        for each in (fault, *fault.also)
    )
    answer = Answer(parsed.numbers[at], ref, "refused", *first, also=tuple(others))
    return Refusal(answer, key, parsed.digests[at], parsed.content(at))


def keep_refused(
    session: Session,
    community: Community,
    kind: str,
    file: str,
    refusals: Sequence[Refusal],
    now: datetime,
) -> None:
    """Keep refused rows once each; one that comes again for another reason says the new one."""
    by_digest = {found.digest: found for found in refusals}
    mine = (RefusedRow.community_id == community.id, RefusedRow.kind == kind)
    known: set[str] = set()
    changed = []
    for part in in_chunks(list(by_digest)):
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
            "community_id": community.id,
            "kind": kind,
            "digest": digest,
            "content": found.content,
            "corrected_at": None,
            **_fields(found, file, now),
        }
        for digest, found in by_digest.items()
        if digest not in known
    ]
    if rows:
        session.execute(insert(RefusedRow), rows)


def _fields(found: Refusal, file: str, now: datetime) -> dict[str, Any]:
    answer, faults = found.answer, found.answer.faults
    reason = answer.reason
    if len(faults) > 1:
        reason = "；".join(f"{wrong.column}：{wrong.why.text()}" for wrong in faults)
    columns = COLUMNS_JOINED_BY.join(dict.fromkeys(wrong.column for wrong in faults))
    return {
        "file": file,
        "row": answer.row,
        "ref": found.ref[:_REF_MAX],
        "column": shown(columns, _COLUMN_MAX),
        "value": answer.value,
        "reason": reason,
        "refused_at": now,
    }


def mark_corrected(
    session: Session,
    community: Community,
    kind: str,
    refs: Iterable[str],
    entries: Iterable[int],
    now: datetime,
) -> None:
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
