"""One import (导入): whose, when, and what its rows come to."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from itertools import repeat, starmap
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Integer, Table, select
from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.intake.answers import Answer, RowOutcome, keep_refused, mark_corrected, refusal
from domain.intake.cells import utc_moment
from domain.intake.parsed import Fault, Parsed, together
from domain.kernel.errors import JifenError, Refused
from domain.kernel.local_time import local_date, local_text
from domain.kernel.reasons import Reason, reason
from domain.occasions.occasion import Tell, silent
from domain.store.frames import write_frame
from domain.store.tables.people import Community, Person

Cells = dict[str, str]

# Sheets of what the next collection looks at: who has joined, and with how many.
REGISTER = ("households", "members")

# What identifies a row among its kind, and so a corrected one with the refused one.
_KEYS = {
    "households": ("household",),
    "members": ("household", "member"),
    "decisions": ("ref", "reviewer", "stage"),
    "goods": ("goods",),
    "inspection": ("household",),
    "survey": ("household",),
}


def key_of(kind: str, cells: Cells) -> str:
    """A row's key; blank where the row has none of its parts."""
    return "/".join(cells.get(code, "") for code in _KEYS.get(kind, ("ref",))).strip("/")


class Unfit(Refused):
    """A row that cannot be taken, with the column that says why."""

    def __init__(self, column: str, why: Reason) -> None:
        super().__init__(why)
        self.fault = Fault(column, why)


@dataclass(frozen=True)
class Job:
    """A community's import at a moment; `tell` writes the letters that its rows make."""

    session: Session
    community: Community
    now: datetime
    tell: Tell = silent

    @property
    def today(self) -> date:
        """The day on which people live who import now."""
        return local_date(self.now)

    def ahead(self, cells: Cells, *columns: str) -> Iterator[Fault]:
        """The columns of a row whose times are still to come."""
        for column in columns:
            if column in cells and utc_moment(cells[column]) > self.now:
                value = local_text(utc_moment(cells[column]))
                yield Fault(column, reason("future_time", value=value))

    def moment(self, cells: Cells, column: str) -> datetime:
        """A row's time, now where it is blank."""
        return utc_moment(cells[column]) if column in cells else self.now


class Known(NamedTuple):
    """A row that is already there, with what has become of it since."""

    note: Reason


@dataclass(frozen=True)
class Kind:
    """How rows of a kind are taken one by one.

    `check` finds what is wrong with a row before anything is changed, also with one of which some
    cells cannot be read.

    `take` answers what became of a row, or raises Refused; `column` is where a refusal belongs
    that names none. `nested` guards the database against what a refusal leaves half done.
    """

    take: Callable[[Cells], RowOutcome | Known]
    check: Callable[[Cells], Iterable[Fault]] = lambda _: ()
    column: str = "ref"
    nested: bool = False


def take_rows(
    job: Job, parsed: Parsed, kind: Kind, order: Iterable[int] | None = None
) -> list[Answer]:
    """Take rows one by one, in their own or another `order`; answers are in the sheet's order."""
    rows = [parsed.row(at) for at in range(len(parsed))]
    refused: dict[int, Fault] = dict(parsed.faults)
    already, notes = [], {}
    for at in range(len(rows)) if order is None else order:
        if at in parsed.asides:
            continue
        unread = refused.get(at)
        wrong = unread.columns if unread else set()
        found = (fault for fault in kind.check(rows[at]) if fault.column not in wrong)
        fault = together([*([unread] if unread else []), *found])
        if fault is not None:
            refused[at] = fault
            continue
        try:
            with job.session.begin_nested() if kind.nested else nullcontext():
                outcome = kind.take(rows[at])
            if outcome != "accepted":
                already.append(at)
            if isinstance(outcome, Known):
                notes[at] = outcome.note
        except Unfit as error:
            refused[at] = error.fault
        except JifenError as error:
            refused[at] = Fault(kind.column, error.why)
    keys = [key_of(parsed.kind, cells) for cells in rows]
    refs = parsed.texts("ref") if "ref" in parsed.columns else keys
    return conclude(job, parsed, refused, already, refs, keys, notes)


def conclude(
    job: Job,
    parsed: Parsed,
    refused: dict[int, Fault],
    already: Sequence[int],
    refs: Sequence[str],
    keys: Sequence[str],
    notes: Mapping[int, Reason] | None = None,
) -> list[Answer]:
    """The answers in the sheet's order; refused rows are kept, corrected ones are done with.

    `notes` are what is to be said of rows that are not refused.
    """
    accepted = zip(parsed.numbers, refs, repeat("accepted"))
    answers = list(starmap(Answer, accepted))
    for at in already:
        answers[at] = answers[at]._replace(outcome="already")
    for at, note in _notes(parsed.notes, notes or {}).items():
        household = parsed.filled.get(at, {}).get("household", "")
        answers[at] = answers[at]._replace(note=note, household=household)
    refusals = [
        # A number that was given to a row is none while the row is refused.
        refusal(parsed, at, "" if parsed.is_given(at, "ref") else refs[at], keys[at], fault)
        for at, fault in sorted(refused.items())
    ]
    for at, found in zip(sorted(refused), refusals, strict=True):
        answers[at] = found.answer
    mark_corrected(
        job.session,
        job.community,
        parsed.kind,
        _taken(parsed, answers, keys),
        _entries(parsed, answers),
        job.now,
    )
    file = parsed.fit.table.file
    keep_refused(job.session, job.community, parsed.kind, file, refusals, job.now)
    if any(answer.outcome == "accepted" for answer in answers):
        acted(job.session, job.community, on_register=parsed.kind in REGISTER)
    return answers


def _notes(*all_notes: Mapping[int, Reason]) -> dict[int, Reason]:
    """Notes by row, those on the same row together."""
    together: dict[int, Reason] = {}
    for notes in all_notes:
        for at, note in notes.items():
            known = together.get(at)
            together[at] = reason("notes", all=(known, note)) if known else note
    return together


def _taken(parsed: Parsed, answers: Sequence[Answer], keys: Sequence[str]) -> Iterable[str]:
    """The keys of the rows that were accepted."""
    accepted = (at for at, answer in enumerate(answers) if answer.outcome == "accepted")
    return (key for at in accepted for key in parsed.keys(at, keys[at]))


def _entries(parsed: Parsed, answers: Sequence[Answer]) -> Iterable[int]:
    """The refused rows that the sheet says its good rows correct."""
    if parsed.fit.entry is None:
        return ()
    found = (parsed.entry(at) for at, answer in enumerate(answers) if answer.outcome != "refused")
    return (entry for entry in found if entry is not None)


def insert_rows(
    session: Session,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    common: Mapping[str, str | int],
) -> None:
    """Insert many rows whose days and moments are texts in UTC; `common` values hold for all.

    SQLite takes the tuples as they are: on their way through a frame they would cost as much
    again as their writing.
    """
    if session.get_bind().dialect.name != "sqlite":
        numbers = {name for name in columns if isinstance(table.c[name].type, Integer)}
        schema = {name: pl.Int64 if name in numbers else pl.String for name in columns}
        frame = pl.DataFrame(rows, schema, orient="row")
        write_frame(session, table, frame.with_columns(**{k: pl.lit(v) for k, v in common.items()}))
        return
    if not rows:
        return
    session.flush()
    connection = session.connection()
    names = ", ".join(f'"{name}"' for name in (*columns, *common))
    values = ", ".join([*"?" * len(columns), *map(repr, common.values())])
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({values})'  # noqa: S608 - our own
    connection.exec_driver_sql(statement, rows)


def require_person(job: Job, column: str, code: str) -> Person:
    """The person with this code; refuse one whom the community does not know."""
    query = select(Person).where(Person.community_id == job.community.id, Person.code == code)
    person = job.session.scalar(query)
    if person is None:
        raise Unfit(column, reason("person_unknown", value=code))
    return person


def unknown_person(job: Job, cells: Cells, column: str) -> Iterator[Fault]:
    """A person whom a row names and the community does not know."""
    try:
        if column in cells:
            require_person(job, column, cells[column])
    except Unfit as error:
        yield error.fault
