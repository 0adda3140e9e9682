"""An inbox for the tests: sheets that are staged for the rehearsal of 2026, and taken."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from domain.intake.answers import Answer
from domain.intake.fitting import words_of
from domain.intake.inbox import stage, take_due
from domain.kernel.period import Period
from domain.sheets.reading import read_table
from domain.store.database import reading, writing
from domain.store.tables.claims import InboxRow
from tests.intake.desk import CLAIM, Desk, moment


class Inbox:
    """A desk whose sheets are staged for the rehearsal of 2026."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def stage(
        self,
        kind: str,
        header: str,
        rows: Sequence[Sequence[Any]],
        *,
        until: str | None = None,
        period: str | None = None,
        name: str | None = None,
    ) -> list[Answer]:
        path = self.desk.write(header.split(), rows, ".csv")
        if name:
            path = path.rename(path.with_name(name))
        table = read_table(path, words_of(kind))
        with writing(self.desk.engine) as session:
            return stage(
                session,
                self.desk.community(session),
                kind,
                table,
                year=2026,
                until=moment(until) if until else None,
                period=Period.parse(period) if period else None,
            )

    def claims(self, *rows: dict[str, Any]) -> list[Answer]:
        filled = [
            {**CLAIM, "evidence": "照片", "ref": f"C{at}", **row} for at, row in enumerate(rows, 1)
        ]
        header = list(dict.fromkeys(code for row in filled for code in row))
        cells = [[row.get(code, "") for code in header] for row in filled]
        return self.stage("claims", " ".join(header), cells)

    def take(self, upto: str, kinds: Sequence[str] | None = None) -> list[Answer]:
        with writing(self.desk.engine) as session:
            return take_due(session, self.desk.community(session), moment(upto), kinds)

    def times(self, kind: str) -> list[datetime]:
        with reading(self.desk.engine) as session:
            query = select(InboxRow.effective_at).where(InboxRow.kind == kind)
            return list(session.scalars(query.order_by(InboxRow.row)))
