"""Verifying: every single way to tamper with the ledger is found, and where it begins."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CursorResult, delete, insert, inspect, select, text, update
from sqlalchemy.orm import Session

from domain.ledger.contents import contents_of
from domain.ledger.seal import seal
from domain.ledger.verify import LedgerFault, verify
from domain.store.database import writing
from domain.store.tables.ledger import Entry, Journal, LedgerHead
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.people import Community, Household, Member
from tests.conftest import opened
from tests.ledger.books import (
    AT,
    HASH,
    Books,
    found_books,
    journals_of,
    post_to,
    without_triggers,
)

OPENING, JANUARY, FEBRUARY, MARCH = (
    "opening:2026",
    "audit:2026-01",
    "audit:2026-02",
    "audit:2026-03",
)
MISSING_BEFORE = "a journal before it is missing or was added"
NOT_FOLLOWING = "it does not follow from the journal before it"
ADDED_OR_REMOVED = "entries were added or removed"
OUT_OF_ORDER = "its lines are out of order or not well formed"
NOT_WELL_FORMED = "its own fields are not well formed"
SEAL = "its content does not match its seal"
AT_THE_END = "journals at the end are missing or were added"
UNREADABLE = "it holds a value that cannot be read"


Villages = tuple[Books, Books, Books]


def seeded(session: Session) -> Villages:
    """Two villages' ledgers of four journals each, without fault; and the triggers gone.

    The third village has households and members of the same codes, and no journal.
    """
    ma, bao, new = (found_books(session, code) for code in ("ma", "bao", "new"))
    both = [ma, bao]
    base = {"kind": "base", "item": None, "ref": None}
    post_to(
        session, OPENING, both, [each.entry(n, 1000) | base for each in both for n in (0, 1, 2)]
    )
    for month in (JANUARY, FEBRUARY):
        post_to(session, month, both, [row for each in both for row in _month(each, month)])
    post_to(session, MARCH, both, [each.entry(1, 5) for each in both])
    session.flush()
    assert verify(session) == []
    without_triggers(session)
    return ma, bao, new


def _month(village: Books, month: str) -> list[dict[str, Any]]:
    return [
        village.entry(0, 100, ref=f"{month}-1"),
        village.entry(1, 200, ref="c-2", item="11", member=village.members[1][0]),
        village.entry(1, 200, ref="c-3", item=None, reason="中文 'x' \\"),
        village.entry(2, -300, ref="", item="N1", kind="deduction"),
    ]


class Tampering:
    """A session in which anything can be done to the ledgers of `seeded`."""

    def __init__(self, session: Session, villages: Villages) -> None:
        self.session = session
        self.ma, self.bao, self.new = villages
        self.journals = {journal.act: journal for journal in journals_of(session, self.ma)}

    def id(self, act: str) -> int:
        return self.journals[act].id

    def sql(self, statement: Any, **values: Any) -> None:
        """Run what must change something."""
        statement = text(statement) if isinstance(statement, str) else statement
        result = self.session.execute(statement, values or None)
        assert isinstance(result, CursorResult)
        assert result.rowcount

    def entry(self, at: int, of: str = JANUARY, **values: Any) -> None:
        """Change one entry of 马鞍."""
        where = (Entry.journal_id == self.id(of), Entry.line == at)
        self.sql(update(Entry).where(*where).values(values))

    def journal(self, of: str = JANUARY, **values: Any) -> None:
        """Change one journal of 马鞍."""
        self.sql(update(Journal).where(Journal.id == self.id(of)).values(values))

    def head(self, **values: Any) -> None:
        self.sql(update(LedgerHead).where(LedgerHead.community_id == self.ma.id).values(values))

    def drop_entry(self, line: int, act: str = JANUARY) -> None:
        self.sql(delete(Entry).where(Entry.journal_id == self.id(act), Entry.line == line))

    def drop_journal(self, act: str, with_entries: bool = True) -> None:
        if with_entries:
            self.sql(delete(Entry).where(Entry.journal_id == self.id(act)))
        self.sql(delete(Journal).where(Journal.id == self.id(act)))

    def add_entry(self, line: int, act: str = JANUARY, **values: Any) -> None:
        plain = {"kind": "award", "item": "10", "ref": "c-9", "reason": "好人好事", "year": 2026}
        keys = {"journal_id": self.id(act), "line": line, "household_id": self.ma.households[0]}
        self.sql(insert(Entry).values(plain | keys | {"points": 100, "member_id": None} | values))

    def add_journal(self, seq: int, **values: Any) -> None:
        """A forged journal with one entry, whose digest is right in itself."""
        last = self.journals[MARCH]
        forged = Journal(
            community_id=self.ma.id,
            seq=seq,
            act="audit:2026-04",
            period="2026-04",
            posted_at=AT,
            posted_by="jifen",
            ruleset_hash=HASH,
            first_entry=last.first_entry + last.entries,
            entries=1,
            previous=last.digest,
            digest="",
        )
        line = ("1", "H1", "\x00", "2026", "award", "10", "c-9", "100", "好人好事")
        forged.digest = seal("ma", forged, forged.previous, ["\x1f".join(line)])
        for name, value in values.items():
            setattr(forged, name, value)
        self.session.add(forged)
        self.session.flush()
        self.journals[forged.act] = forged
        self.add_entry(1, forged.act)

    def exchange(self, column: str, table: str, where: str, one: int, other: int) -> None:
        """Exchange a unique number between two rows, by way of one that is free."""
        for old, new in ((one, -1), (other, one), (-1, other)):
            self.sql(
                f"UPDATE {table} SET {column} = :new WHERE {column} = :old AND {where}",
                old=old,
                new=new,
            )

    def exchange_lines(self, one: int, other: int, act: str = JANUARY) -> None:
        self.exchange("line", "entry", f"journal_id = {self.id(act)}", one, other)

    def exchange_seqs(self, one: int, other: int) -> None:
        self.exchange("seq", "journal", f"community_id = {self.ma.id}", one, other)

    def shift_lines(self, act: str, start: int, by: int) -> None:
        lines = select(Entry.line).where(Entry.journal_id == self.id(act), Entry.line >= start)
        for line in sorted(self.session.scalars(lines).all(), reverse=by > 0):
            self.entry(line, act, line=line + by)


@pytest.fixture(scope="module")
def seeded_once(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Villages]:
    """The ledgers in a SQLite file to copy."""
    path = tmp_path_factory.mktemp("seeded") / "jifen.db"
    shutil.copy(sqlite_template, path)
    with opened(f"sqlite:///{path}") as engine, writing(engine) as session:
        return path, seeded(session)


@pytest.fixture
def tamper(database_url: str, request: pytest.FixtureRequest) -> Iterator[Tampering]:
    villages: Villages | None = None
    if database := database_url.partition("sqlite:///")[2]:
        path, villages = request.getfixturevalue("seeded_once")
        shutil.copy(path, database)
    with opened(database_url) as engine, writing(engine) as session:
        yield Tampering(session, villages or seeded(session))
        session.rollback()


Case = Callable[[Tampering], object]


def in_turn(*acts: Case) -> Case:
    """One after the other."""

    def all_of_them(tamper: Tampering) -> None:
        for act in acts:
            act(tamper)

    return all_of_them


def cases(**named: tuple[Case, str, str]) -> pytest.MarkDecorator:
    """Parametrise by name: how it is tampered with, the first bad journal, what is said."""
    return pytest.mark.parametrize(
        ("act", "journal", "problem"),
        [pytest.param(*case, id=name.replace("_", " ")) for name, case in named.items()],
    )


def told(findings: list[LedgerFault]) -> list[tuple[str, str, str]]:
    """Findings as the command line tells them."""
    return [(each.community, each.journal, each.problem) for each in findings]


def check(tamper: Tampering, act: Case, journal: str, problem: str) -> None:
    act(tamper)
    found = verify(tamper.session)
    assert told(found[:1]) == [("ma", journal, problem)]
    assert [finding for finding in found if finding.community == "bao"] == []


ENTRY_CASES: dict[str, list[Case]] = {
    "journal_id": [
        lambda t: t.entry(4, journal_id=t.id(FEBRUARY), line=5),
        lambda t: t.entry(4, journal_id=10**6),
        lambda t: t.entry(4, journal_id=t.id(OPENING)),
    ],
    "line": [lambda t: t.entry(4, line=5), lambda t: t.entry(1, line=0)],
    "household_id": [
        lambda t: t.entry(1, household_id=t.ma.households[1]),
        lambda t: t.entry(1, household_id=t.bao.households[0]),  # of the same code
        lambda t: t.entry(1, household_id=t.new.households[0]),
        lambda t: t.entry(2, household_id=t.bao.households[1]),
        lambda t: t.entry(1, household_id=10**6),
    ],
    "member_id": [
        lambda t: t.entry(2, member_id=t.ma.members[1][1]),
        lambda t: t.entry(2, member_id=t.ma.members[0][0]),  # of the same code
        lambda t: t.entry(2, member_id=t.bao.members[1][0]),
        lambda t: t.entry(2, member_id=None),
        lambda t: t.entry(2, member_id=10**6),
        lambda t: t.entry(1, member_id=t.ma.members[0][0]),
        lambda t: t.entry(1, member_id=t.ma.members[2][0]),
        lambda t: t.entry(1, member_id=10**6),
    ],
    "year": [lambda t: t.entry(1, year=2025)],
    "kind": [lambda t: t.entry(1, kind="bonus"), lambda t: t.entry(1, kind="carry_over")],
    "item": [
        lambda t: t.entry(1, item="11"),
        lambda t: t.entry(1, item=None),
        lambda t: t.entry(3, item=""),
        lambda t: t.entry(3, item="\x1d"),
    ],
    "ref": [
        lambda t: t.entry(1, ref="c-4"),
        lambda t: t.entry(1, ref=None),
        lambda t: t.entry(4, ref=None),
        lambda t: t.entry(1, ref=" audit:2026-01-1"),
    ],
    "points": [lambda t: t.entry(1, points=101), lambda t: t.entry(4, points=300)],
    "reason": [lambda t: t.entry(1, reason="好人"), lambda t: t.entry(3, reason="中文 'x' /")],
}


@pytest.mark.parametrize(
    "act", [pytest.param(act, id=name) for name, acts in ENTRY_CASES.items() for act in acts]
)
def test_a_changed_entry(tamper: Tampering, act: Case) -> None:
    act(tamper)
    first = verify(tamper.session)[0]
    # An entry that was moved to an earlier journal makes that one the first bad one.
    opening = tamper.session.query(Entry).filter_by(journal_id=tamper.id(OPENING)).count()
    assert (first.community, first.journal) == ("ma", JANUARY if opening == 3 else OPENING)


JOURNAL_CASES: dict[str, list[tuple[Case, str]]] = {
    "id": [(lambda t: t.journal(id=10**6), JANUARY)],
    "community_id": [
        (lambda t: t.journal(community_id=t.new.id), FEBRUARY),
        (lambda t: t.journal(MARCH, community_id=t.new.id), "head"),
    ],
    "seq": [
        (lambda t: t.journal(seq=9), FEBRUARY),
        (lambda t: t.journal(seq=0), JANUARY),
        (lambda t: t.journal(MARCH, seq=9), MARCH),
    ],
    "act": [(lambda t: t.journal(act="audit:2026-12"), "audit:2026-12")],
    "period": [(lambda t: t.journal(period="2026-02"), JANUARY)],
    "posted_at": [(lambda t: t.journal(posted_at=AT - timedelta(microseconds=1)), JANUARY)],
    "posted_by": [(lambda t: t.journal(posted_by="李四"), JANUARY)],
    "ruleset_hash": [(lambda t: t.journal(ruleset_hash="b" * 64), JANUARY)],
    "first_entry": [(lambda t: t.journal(first_entry=5), JANUARY)],
    "entries": [
        (lambda t: t.journal(entries=3), JANUARY),
        (lambda t: t.journal(entries=5), JANUARY),
    ],
    "previous": [
        (lambda t: t.journal(previous="b" * 64), JANUARY),
        (lambda t: t.journal(OPENING, previous="b" * 64), OPENING),
    ],
    "digest": [
        (lambda t: t.journal(digest="b" * 64), JANUARY),
        (lambda t: t.journal(MARCH, digest=""), MARCH),
    ],
}


@pytest.mark.parametrize(
    ("act", "journal"),
    [pytest.param(*case, id=name) for name, acts in JOURNAL_CASES.items() for case in acts],
)
def test_a_changed_journal(tamper: Tampering, act: Case, journal: str) -> None:
    act(tamper)
    first = verify(tamper.session)[0]
    assert (first.community, first.journal) == ("ma", journal)


def test_no_column_is_left_out() -> None:
    assert {column.name for column in inspect(Entry).columns} == set(ENTRY_CASES)
    assert {column.name for column in inspect(Journal).columns} == set(JOURNAL_CASES)


@cases(
    first_removed=(lambda t: t.drop_entry(1), JANUARY, ADDED_OR_REMOVED),
    middle_removed=(lambda t: t.drop_entry(2), JANUARY, ADDED_OR_REMOVED),
    last_removed=(lambda t: t.drop_entry(4), JANUARY, ADDED_OR_REMOVED),
    only_one_removed=(lambda t: t.drop_entry(1, MARCH), MARCH, ADDED_OR_REMOVED),
    added_at_the_end=(lambda t: t.add_entry(5), JANUARY, ADDED_OR_REMOVED),
    added_in_the_middle=(
        in_turn(lambda t: t.shift_lines(JANUARY, 2, 1), lambda t: t.add_entry(2)),
        JANUARY,
        ADDED_OR_REMOVED,
    ),
    added_at_the_ledgers_end=(lambda t: t.add_entry(2, MARCH), MARCH, ADDED_OR_REMOVED),
    replaced=(
        in_turn(lambda t: t.drop_entry(4), lambda t: t.add_entry(4)),
        JANUARY,
        SEAL,
    ),
    replaced_out_of_line=(
        in_turn(lambda t: t.drop_entry(4), lambda t: t.add_entry(7)),
        JANUARY,
        OUT_OF_ORDER,
    ),
    exchanged=(lambda t: t.exchange_lines(1, 2), JANUARY, SEAL),
    exchanged_far=(lambda t: t.exchange_lines(1, 4), JANUARY, SEAL),
    exchanged_alike_but_for_the_ref=(lambda t: t.exchange_lines(2, 3), JANUARY, SEAL),
    moved_to_the_next=(
        lambda t: t.entry(4, journal_id=t.id(FEBRUARY), line=5),
        JANUARY,
        ADDED_OR_REMOVED,
    ),
    moved_to_the_one_before=(
        lambda t: t.entry(4, journal_id=t.id(OPENING)),
        OPENING,
        ADDED_OR_REMOVED,
    ),
    exchanged_between_journals=(
        in_turn(
            lambda t: t.entry(1, JANUARY, journal_id=t.id(MARCH), line=9),
            lambda t: t.entry(1, FEBRUARY, journal_id=t.id(JANUARY)),
            lambda t: t.entry(9, MARCH, journal_id=t.id(FEBRUARY), line=1),
        ),
        JANUARY,
        SEAL,
    ),
)
def test_entries(tamper: Tampering, act: Case, journal: str, problem: str) -> None:
    check(tamper, act, journal, problem)


@cases(
    first_removed=(lambda t: t.drop_journal(OPENING), JANUARY, MISSING_BEFORE),
    middle_removed=(lambda t: t.drop_journal(JANUARY), FEBRUARY, MISSING_BEFORE),
    last_removed=(lambda t: t.drop_journal(MARCH), "head", AT_THE_END),
    first_removed_without_entries=(
        lambda t: t.drop_journal(OPENING, with_entries=False),
        JANUARY,
        MISSING_BEFORE,
    ),
    middle_removed_without_entries=(
        lambda t: t.drop_journal(JANUARY, with_entries=False),
        FEBRUARY,
        MISSING_BEFORE,
    ),
    last_removed_without_entries=(
        lambda t: t.drop_journal(MARCH, with_entries=False),
        "head",
        AT_THE_END,
    ),
    middle_removed_and_the_rest_moved_up=(
        in_turn(
            lambda t: t.drop_journal(JANUARY),
            lambda t: t.journal(FEBRUARY, seq=2),
            lambda t: t.journal(MARCH, seq=3),
        ),
        FEBRUARY,
        NOT_FOLLOWING,
    ),
    added_at_the_end=(lambda t: t.add_journal(5), "head", AT_THE_END),
    added_in_the_middle=(
        in_turn(lambda t: t.journal(MARCH, seq=5), lambda t: t.add_journal(4)),
        "audit:2026-04",
        NOT_FOLLOWING,
    ),
    added_with_a_gap=(lambda t: t.add_journal(6), "audit:2026-04", MISSING_BEFORE),
    added_with_a_false_digest=(
        lambda t: t.add_journal(5, digest="b" * 64),
        "audit:2026-04",
        SEAL,
    ),
    exchanged_neighbours=(lambda t: t.exchange_seqs(2, 3), FEBRUARY, NOT_FOLLOWING),
    exchanged_first_and_last=(lambda t: t.exchange_seqs(1, 4), MARCH, NOT_FOLLOWING),
    entries_exchanged_between_two=(
        lambda t: t.exchange("journal_id", "entry", "true", t.id(JANUARY), t.id(FEBRUARY)),
        JANUARY,
        SEAL,
    ),
    recomputed_after_a_change=(
        in_turn(lambda t: t.entry(1, points=10_000), lambda t: resealed(t, JANUARY)),
        FEBRUARY,
        NOT_FOLLOWING,
    ),
    last_recomputed_after_a_change=(
        in_turn(lambda t: t.entry(1, MARCH, points=10_000), lambda t: resealed(t, MARCH)),
        "head",
        AT_THE_END,
    ),
)
def test_journals(tamper: Tampering, act: Case, journal: str, problem: str) -> None:
    check(tamper, act, journal, problem)


def test_a_journal_added_to_another_community(tamper: Tampering) -> None:
    tamper.add_journal(5, community_id=tamper.bao.id)
    assert told(verify(tamper.session)) == [("bao", "audit:2026-04", NOT_FOLLOWING)]


def resealed(tamper: Tampering, act: str) -> None:
    """Give a journal the digest that its present content asks for."""

    tamper.session.flush()
    row = tamper.session.execute(
        select(*inspect(Journal).columns).where(Journal.id == tamper.id(act))
    ).one()
    content = contents_of(tamper.session, Journal.id == row.id)[row.id]
    tamper.journal(act, digest=seal("ma", row, row.previous, [content.text]))


@cases(
    journals=(lambda t: t.head(journals=3), "head", AT_THE_END),
    entries=(lambda t: t.head(entries=11), "head", AT_THE_END),
    digest=(lambda t: t.head(digest="b" * 64), "head", AT_THE_END),
    digest_of_one_before=(
        lambda t: t.head(digest=t.journals[FEBRUARY].digest, journals=3, entries=11),
        "head",
        AT_THE_END,
    ),
    removed=(
        lambda t: t.sql(delete(LedgerHead).where(LedgerHead.community_id == t.ma.id)),
        "head",
        "the ledger's head is missing",
    ),
    given_to_another=(
        in_turn(
            lambda t: t.sql(delete(LedgerHead).where(LedgerHead.community_id == t.new.id)),
            lambda t: t.head(community_id=t.new.id),
        ),
        "head",
        "the ledger's head is missing",
    ),
)
def test_heads(tamper: Tampering, act: Case, journal: str, problem: str) -> None:
    check(tamper, act, journal, problem)


def recoded(tamper: Tampering, home: int, code: str) -> None:
    of = Household.id == tamper.ma.households[home]
    tamper.sql(update(Household).where(of).values(code=code))


@cases(
    household_code=(
        lambda t: recoded(t, 0, "H9"),
        OPENING,
        SEAL,
    ),
    household_codes_exchanged=(
        in_turn(
            lambda t: recoded(t, 0, "?"),
            lambda t: recoded(t, 1, "H1"),
            lambda t: recoded(t, 0, "H2"),
        ),
        OPENING,
        SEAL,
    ),
    household_of_another_community=(
        lambda t: t.sql(
            update(Household)
            .where(Household.id == t.ma.households[2])
            .values(community_id=t.new.id, code="H3x")
        ),
        OPENING,
        SEAL,
    ),
    member_code=(
        lambda t: t.sql(update(Member).where(Member.id == t.ma.members[1][0]).values(code="9")),
        JANUARY,
        SEAL,
    ),
    member_removed=(
        lambda t: t.sql(delete(Member).where(Member.id == t.ma.members[1][0])),
        JANUARY,
        OUT_OF_ORDER,
    ),
)
def test_households_and_members(tamper: Tampering, act: Case, journal: str, problem: str) -> None:
    check(tamper, act, journal, problem)


def test_the_communitys_code(tamper: Tampering) -> None:
    tamper.sql(update(Community).where(Community.id == tamper.ma.id).values(code="mx"))
    assert told(verify(tamper.session)) == [("mx", OPENING, SEAL)]


@cases(
    item_into_ref=(lambda t: t.entry(1, item="10\x1faudit", ref=""), JANUARY, OUT_OF_ORDER),
    ref_into_reason=(lambda t: t.entry(1, reason="100\x1f好人好事", ref=""), JANUARY, OUT_OF_ORDER),
    ref_holds_points=(
        lambda t: t.entry(1, ref="audit:2026-01-1\x1f100", points=0),
        JANUARY,
        OUT_OF_ORDER,
    ),
    # Its text is the sealed one, to the last character.
    next_line_into_reason=(
        in_turn(
            lambda t: t.entry(
                3,
                reason="中文 'x' \\\x1e"
                + "\x1f".join(
                    ("4", "H3", "\x1d", "2026", "deduction", "N1", "", "-300", "好人好事")
                ),
            ),
            lambda t: t.drop_entry(4),
        ),
        JANUARY,
        ADDED_OR_REMOVED,
    ),
    last_lines_as_one=(
        in_turn(
            lambda t: t.journal(entries=3),
            lambda t: t.entry(
                2,
                reason="好人好事\x1e"
                + "\x1f".join(("3", "H2", "\x1d", "2026", "award", "\x1d", "c-3", "200", "中文")),
            ),
            lambda t: t.drop_entry(3),
            lambda t: t.entry(4, line=3),
        ),
        JANUARY,
        OUT_OF_ORDER,
    ),
    act_into_period=(
        lambda t: t.journal(act="audit:2026-01\x1f2026", period="-01"),
        "audit:2026-01\x1f2026",
        NOT_WELL_FORMED,
    ),
    period_into_act=(lambda t: t.journal(period="\x1f26-01"), JANUARY, NOT_WELL_FORMED),
    who_into_ruleset=(lambda t: t.journal(posted_by="张\x1f三"), JANUARY, NOT_WELL_FORMED),
    ruleset=(lambda t: t.journal(ruleset_hash="a\x1e"), JANUARY, NOT_WELL_FORMED),
)
def test_control_characters(tamper: Tampering, act: Case, journal: str, problem: str) -> None:
    check(tamper, act, journal, problem)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@cases(
    item_is_null_or_reads_like_it=(lambda t: t.entry(3, item="\x00"), JANUARY, OUT_OF_ORDER),
    points_not_whole=(lambda t: t.entry(1, points=text("100.5")), JANUARY, UNREADABLE),
    points_no_number=(lambda t: t.entry(1, points=text("'many'")), JANUARY, UNREADABLE),
    points_bytes=(lambda t: t.entry(1, points=text("x'313030'")), JANUARY, UNREADABLE),
    reason_bytes=(
        lambda t: t.entry(1, reason=text("CAST(reason AS BLOB)")),
        JANUARY,
        UNREADABLE,
    ),
    reason_not_utf8=(
        lambda t: t.entry(1, reason=text("CAST(x'ff' AS TEXT)")),
        JANUARY,
        UNREADABLE,
    ),
    line_not_whole=(lambda t: t.entry(4, line=text("4.5")), JANUARY, UNREADABLE),
    year_no_number=(lambda t: t.entry(1, FEBRUARY, year=text("'x'")), FEBRUARY, UNREADABLE),
    time_that_is_none=(lambda t: t.journal(posted_at=text("'today'")), JANUARY, UNREADABLE),
    time_a_number=(lambda t: t.journal(posted_at=text("5")), JANUARY, UNREADABLE),
    seq_no_number=(lambda t: t.journal(seq=text("'x'")), FEBRUARY, MISSING_BEFORE),
    entries_no_number=(lambda t: t.journal(entries=text("'x'")), JANUARY, ADDED_OR_REMOVED),
    first_entry_not_whole=(
        lambda t: t.journal(first_entry=text("4.5")),
        JANUARY,
        "its entries do not follow on",
    ),
    act_bytes=(lambda t: t.journal(act=text("x'61'")), "b'a'", SEAL),
    act_not_utf8=(lambda t: t.journal(act=text("CAST(x'ff' AS TEXT)")), "\ufffd", UNREADABLE),
    digest_bytes=(lambda t: t.journal(digest=text("CAST(digest AS BLOB)")), JANUARY, SEAL),
    an_earlier_one_is_bad=(
        in_turn(lambda t: t.journal(OPENING, period="x"), lambda t: t.entry(1, points=text("0.5"))),
        OPENING,
        SEAL,
    ),
    heads_entries_no_number=(lambda t: t.head(entries=text("'x'")), "head", AT_THE_END),
    heads_journals_not_whole=(lambda t: t.head(journals=text("4.5")), "head", AT_THE_END),
    heads_digest_not_utf8=(
        lambda t: t.head(digest=text("CAST(x'ff' AS TEXT)")),
        "head",
        UNREADABLE,
    ),
)
def test_values_that_sqlite_should_not_hold(
    tamper: Tampering, act: Case, journal: str, problem: str
) -> None:
    check(tamper, act, journal, problem)


def published(tamper: Tampering, act: str = MARCH, key: str = "2026-Q1", **values: Any) -> Notice:
    """A notice that was published after a journal, and shows its seal."""
    seal = tamper.journals[act].digest if act else ""
    notice = Notice(
        community_id=tamper.ma.id,
        kind=NoticeKind.QUARTER,
        key=key,
        period="2026-Q1",
        published_at=AT,
        closes_at=None,
        content={"seal": seal},
        seal=seal,
        digest="",
    )
    for name, value in values.items():
        setattr(notice, name, value)
    tamper.session.add(notice)
    tamper.session.flush()
    return notice


def test_notices_that_show_seals_of_the_ledger(tamper: Tampering) -> None:
    for number, act in enumerate(("", OPENING, FEBRUARY, FEBRUARY, MARCH)):
        published(tamper, act, f"2026-{number}")
    assert verify(tamper.session) == []
    assert verify(tamper.session, tamper.session.get_one(Community, tamper.ma.id)) == []


def drop_last_and_reset_the_head(tamper: Tampering) -> None:
    february = tamper.journals[FEBRUARY]
    tamper.drop_journal(MARCH)
    tamper.head(
        journals=february.seq,
        entries=february.first_entry + february.entries - 1,
        digest=february.digest,
    )


NO_JOURNAL = "no journal has its seal: one was removed or changed"
OTHER_SEAL = "it shows another seal than it was published with"


@cases(
    last_journal_removed_and_head_reset=(
        drop_last_and_reset_the_head,
        "notice quarter 2026-Q1",
        NO_JOURNAL,
    ),
    last_journal_sealed_again_after_a_change=(
        in_turn(
            lambda t: t.entry(1, MARCH, points=10_000),
            lambda t: resealed(t, MARCH),
            lambda t: t.head(digest=journals_of(t.session, t.ma)[-1].digest),
        ),
        "notice quarter 2026-Q1",
        NO_JOURNAL,
    ),
    another_communitys_seal=(
        lambda t: published(t, key="x", **of_seal(journals_of(t.session, t.bao)[-1].digest)),
        "notice quarter x",
        NO_JOURNAL,
    ),
    seal_on_the_notice_changed=(
        lambda t: published(t, key="x", content={"seal": t.journals[JANUARY].digest}),
        "notice quarter x",
        OTHER_SEAL,
    ),
    seal_taken_off_the_notice=(
        lambda t: published(t, key="x", content={}),
        "notice quarter x",
        OTHER_SEAL,
    ),
    seal_kept_with_the_notice_changed=(
        lambda t: published(t, key="x", seal=""),
        "notice quarter x",
        OTHER_SEAL,
    ),
    # What is wrong in the ledger itself is said first.
    journal_before_it_changed=(lambda t: t.journal(period="x"), JANUARY, SEAL),
)
def test_notices(tamper: Tampering, act: Case, journal: str, problem: str) -> None:
    published(tamper, FEBRUARY, "2025-Q4")
    published(tamper)
    assert verify(tamper.session) == []
    check(tamper, act, journal, problem)


def of_seal(seal: str) -> dict[str, Any]:
    return {"seal": seal, "content": {"seal": seal}}


def test_the_ledger_of_a_notice_emptied(tamper: Tampering) -> None:
    published(tamper)
    for act in (OPENING, JANUARY, FEBRUARY, MARCH):
        tamper.drop_journal(act)
    tamper.head(journals=0, entries=0, digest="")
    assert told(verify(tamper.session)) == [("ma", "notice quarter 2026-Q1", NO_JOURNAL)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_notice_that_cannot_be_read(tamper: Tampering) -> None:
    notice = published(tamper)
    tamper.sql("UPDATE notice SET content = '{' WHERE id = :id", id=notice.id)
    assert told(verify(tamper.session)) == [("ma", "notices", UNREADABLE)]


def test_a_ledger_without_fault(tamper: Tampering) -> None:
    community = tamper.session.get_one(Community, tamper.ma.id)
    assert verify(tamper.session) == []
    assert verify(tamper.session, community) == []


def test_each_community_has_its_own_finding(tamper: Tampering) -> None:
    tamper.journal(period="")
    tamper.sql(delete(LedgerHead).where(LedgerHead.community_id == tamper.bao.id))
    found = verify(tamper.session)
    assert [(each.community, each.journal) for each in found] == [("ma", JANUARY), ("bao", "head")]
    for village, community in ((tamper.ma, "ma"), (tamper.bao, "bao")):
        alone = verify(tamper.session, tamper.session.get_one(Community, village.id))
        assert [each.community for each in alone] == [community]
    assert verify(tamper.session, tamper.session.get_one(Community, tamper.new.id)) == []


def test_only_the_first_fault_is_named(tamper: Tampering) -> None:
    tamper.journal(MARCH, period="")
    tamper.entry(1, FEBRUARY, points=0)
    assert [each.journal for each in verify(tamper.session)] == [FEBRUARY]


def test_what_belongs_to_nothing_is_found(tamper: Tampering) -> None:
    tamper.add_entry(1, journal_id=10**6)
    assert told(verify(tamper.session)) == [("?", "?", "1 entry belongs to no journal")]


def test_many_communities_are_read_in_parts(
    tamper: Tampering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.ledger.verify._ENTRIES_PER_READ", 1)
    assert verify(tamper.session) == []
    tamper.entry(1, points=0)
    assert [each.journal for each in verify(tamper.session)] == [JANUARY]
