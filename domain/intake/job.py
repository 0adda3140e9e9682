"""One import (导入): whose, when, and what its rows come to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from itertools import repeat, starmap
from typing import Any

import polars as pl
from sqlalchemy import Integer, Table, select
from sqlalchemy.orm import Session

from domain.clock import local_date, local_text
from domain.errors import JifenError, Refused
from domain.intake.answers import Answer, Outcome, keep_refused, mark_corrected, refusal
from domain.intake.cells import utc_moment
from domain.intake.parsed import Fault, Parsed
from domain.reasons import Reason, reason
from domain.store.frames import write_frame
from domain.store.tables.people import Community, Household, Person

Cells = dict[str, str]


# What identifies a row among its kind, and so a corrected one with the refused one.
_KEYS = {
    "households": ("household",),
    "members": ("household", "member"),
    "decisions": ("ref", "reviewer", "stage"),
    "goods": ("goods",),
    "inspection": ("household",),
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
    """A community's import at a moment."""

    session: Session
    community: Community
    now: datetime

    @property
    def today(self) -> date:
        """The day on which people live who import now."""
        return local_date(self.now)

    def moment(self, cells: Cells, column: str) -> datetime:
        """A row's time, now where it is blank; one to come is refused."""
        text = cells.get(column)
        if text is None:
            return self.now
        when = utc_moment(text)
        if when > self.now:
            raise Unfit(column, reason("future_time", value=local_text(when)))
        return when


@dataclass(frozen=True)
class Kind:
    """How rows of a kind are taken one by one.

    `take` answers what became of a row, or raises Refused; `column` is where a refusal belongs
    that names none. `nested` guards the database against what a refusal leaves half done.
    """

    take: Callable[[Cells], Outcome]
    column: str = "ref"
    nested: bool = False


def take_rows(
    job: Job, parsed: Parsed, kind: Kind, order: Iterable[int] | None = None
) -> list[Answer]:
    """Take rows one by one, in their own or another `order`; answers are in the sheet's order."""
    rows = [parsed.row(at) for at in range(len(parsed))]
    refused: dict[int, Fault] = dict(parsed.faults)
    already = []
    for at in range(len(rows)) if order is None else order:
        if at in refused:
            continue
        try:
            with job.session.begin_nested() if kind.nested else nullcontext():
                if kind.take(rows[at]) == "already":
                    already.append(at)
        except Unfit as error:
            refused[at] = error.fault
        except JifenError as error:
            refused[at] = Fault(kind.column, error.why)
    keys = [key_of(parsed.kind, cells) for cells in rows]
    refs = parsed.texts("ref") if "ref" in parsed.columns else keys
    return conclude(job, parsed, refused, already, refs, keys)


def conclude(
    job: Job,
    parsed: Parsed,
    refused: dict[int, Fault],
    already: Sequence[int],
    refs: Sequence[str],
    keys: Sequence[str],
) -> list[Answer]:
    """The answers in the sheet's order; refused rows are kept, corrected ones are done with."""
    accepted = zip(parsed.numbers, refs, repeat("accepted"))
    answers = list(starmap(Answer, accepted))
    for at in already:
        answers[at] = answers[at]._replace(outcome="already")
    refusals = [
        refusal(parsed, at, refs[at], keys[at], fault) for at, fault in sorted(refused.items())
    ]
    for at, found in zip(sorted(refused), refusals, strict=True):
        answers[at] = found.answer
    mark_corrected(
        job.session, job.community, parsed.kind,
        _taken(parsed, answers, keys), _entries(parsed, answers), job.now,
    )  # fmt: skip
    file = parsed.fit.table.file
    keep_refused(job.session, job.community, parsed.kind, file, refusals, job.now)
    return answers


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
    session: Session, table: Table, columns: Sequence[str], rows: list[tuple[Any, ...]],
    common: Mapping[str, str | int],
) -> None:  # fmt: skip
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


def require_household(job: Job, code: str) -> None:
    """Refuse a household that the community does not have."""
    query = select(Household.id).where(
        Household.community_id == job.community.id, Household.code == code
    )
    if job.session.scalar(query) is None:
        raise Unfit("household", reason("household_unknown", value=code))
