"""Verifying, by chance: any ledger holds; with any one value, row or place changed it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Table, delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.ledger.verify import verify
from domain.store.database import writing
from domain.store.tables.ledger import Entry, EntryKind, Journal, LedgerHead
from domain.store.tables.people import Household
from tests.ledger.books import Books, found_books, post_to, without_triggers
from tests.selection import examples

# No character that post refuses; short enough for every column.
CLEAN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
# What a forger may write is not so limited; only NUL is impossible in PostgreSQL.
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
NUMBERS = st.integers(-(2**31), 2**31 - 1)
ENTRIES = st.fixed_dictionaries(
    {
        "home": st.integers(0, 2),
        "member": st.none() | st.integers(0, 1),
        "year": st.integers(2020, 2030),
        "kind": st.sampled_from(["award", "correction"]),
        "item": st.none() | CLEAN,
        "ref": st.none() | CLEAN,
        "points": NUMBERS,
        "reason": CLEAN,
    }
)
LEDGERS = st.lists(st.lists(st.tuples(st.booleans(), ENTRIES), max_size=4), min_size=1, max_size=4)
TABLES = [Entry.metadata.tables[each.__tablename__] for each in (Entry, Journal, LedgerHead)]
RELAXED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples(30),
)
Rows = list[list[tuple[bool, dict[str, Any]]]]


class Ledgers:
    """Two villages with a ledger each, and one without; for one example at a time."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.villages = [found_books(session, code) for code in ("ma", "bao", "new")]

    @contextmanager
    def posted(self, journals: Rows) -> Iterator[None]:
        """Each journal goes to both villages, each entry to one of them; taken back at the end."""
        savepoint = self.session.begin_nested()
        try:
            for number, rows in enumerate(journals):
                entries = [entry_of(self.villages[first], row) for first, row in rows]
                post_to(self.session, f"act:{number}", self.villages[:2], entries)
            without_triggers(self.session)
            yield
        finally:
            savepoint.rollback()

    def change(self, data: st.DataObject) -> bool:
        """Change one thing at random; False where the database refuses or nothing is other."""
        table = data.draw(st.sampled_from(TABLES), "table")
        rows = self._rows(table)
        assume(rows)
        row = data.draw(st.sampled_from(rows), "row")
        statement = self._statement(table, row, data)
        try:
            with self.session.begin_nested():
                self.session.execute(statement)
        except DBAPIError:
            return False
        return self._rows(table) != rows

    def _rows(self, table: Table) -> list[dict[str, Any]]:
        rows = self.session.execute(select(table).order_by(*table.primary_key)).mappings()
        return [dict(row) for row in rows]

    def _statement(self, table: Table, row: dict[str, Any], data: st.DataObject) -> Any:
        this = [column == row[column.name] for column in table.primary_key]
        act = data.draw(st.sampled_from(["update", "update", "update", "delete", "insert"]), "act")
        if act == "delete":
            return delete(table).where(*this)
        name = data.draw(st.sampled_from(sorted(row)), "column")
        # A journal's key means nothing of itself; without entries nothing hangs on it either.
        assume((table.name, name) != ("journal", "id"))
        value = data.draw(self._values(name, row[name]), "value")
        if act == "update":
            return update(table).where(*this).values({name: value})
        place = {"entry": "line", "journal": "seq"}.get(table.name, name)
        copy = row | {place: data.draw(NUMBERS, place), name: value}
        copy.pop("id", None)
        return insert(table).values(copy)

    def _values(self, name: str, old: Any) -> st.SearchStrategy[Any]:
        """Values likely to deceive, and any others."""
        ids = {
            "household_id": [home for each in self.villages for home in each.households],
            "member_id": [m for each in self.villages for pair in each.members for m in pair],
            "community_id": [each.id for each in self.villages],
        }
        nulls = st.none() if name in ("member_id", "item", "ref") else st.nothing()
        if name == "posted_at":
            return st.integers(0, 2**32).map(lambda second: datetime.fromtimestamp(second, UTC))
        if name in ids:
            return st.sampled_from(ids[name]) | NUMBERS | nulls
        if isinstance(old, EntryKind):
            return st.sampled_from(EntryKind)
        if isinstance(old, int):
            return st.sampled_from([old + 1, old - 1, 0, -old]) | NUMBERS
        return ANY | nulls


@pytest.fixture
def ledgers(engine: Engine) -> Iterator[Ledgers]:
    with writing(engine) as session:
        yield Ledgers(session)
        session.rollback()


def entry_of(village: Books, row: dict[str, Any]) -> dict[str, Any]:
    home, member = row["home"], row["member"]
    members = village.members[home]
    return village.entry(**row | {"member": None if member is None else members[member]})


@RELAXED
@given(LEDGERS)
def test_a_ledger_as_posted_has_no_fault(ledgers: Ledgers, journals: Rows) -> None:
    with ledgers.posted(journals):
        assert verify(ledgers.session) == []


@RELAXED
@given(LEDGERS, st.data())
def test_any_one_change_is_found(ledgers: Ledgers, journals: Rows, data: st.DataObject) -> None:
    with ledgers.posted(journals):
        assume(ledgers.change(data))
        assert verify(ledgers.session) != []


@RELAXED
@given(LEDGERS.filter(any), st.data())
def test_any_other_household_code_is_found(
    ledgers: Ledgers, journals: Rows, data: st.DataObject
) -> None:
    with ledgers.posted(journals):
        used = ledgers.session.scalars(select(Entry.household_id).distinct()).all()
        home = ledgers.session.get_one(Household, data.draw(st.sampled_from(sorted(used))))
        code = data.draw(ANY.filter(lambda text: text != home.code))
        ledgers.session.execute(update(Household).where(Household.id == home.id).values(code=code))
        assert verify(ledgers.session) != []
