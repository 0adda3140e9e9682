"""Posting: once per act, in order, all or nothing, whoever else is posting."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.kernel.errors import BadInput
from domain.ledger.accounts import lines
from domain.ledger.post import ENTRY_COLUMNS, Act, lock_heads, no_entries, post
from domain.ledger.verify import verify
from domain.store.database import reading, writing
from domain.store.tables.ledger import Entry, Journal, LedgerHead
from tests.ledger.books import (
    AT,
    HASH,
    Books,
    found_books,
    frame_of,
    journals_of,
    post_to,
)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


@pytest.fixture
def ma(session: Session) -> Books:
    return found_books(session, "ma")


@pytest.fixture
def bao(session: Session) -> Books:
    return found_books(session, "bao")


def head_of(session: Session, village: Books) -> tuple[int, int, str]:
    row = session.execute(
        select(LedgerHead.journals, LedgerHead.entries, LedgerHead.digest).where(
            LedgerHead.community_id == village.id
        )
    ).one()
    return tuple(row)


def test_a_journal_says_what_it_holds(session: Session, ma: Books) -> None:
    posted = post_to(session, "audit:2026-01", [ma], [ma.entry(0), ma.entry(2, -50)])
    journal = posted[ma.id]
    assert journals_of(session, ma) == [journal]
    assert (journal.seq, journal.act, journal.period) == (1, "audit:2026-01", "2026-01")
    assert (journal.posted_at, journal.posted_by) == (AT, "张三")
    assert (journal.first_entry, journal.entries, journal.ruleset_hash) == (1, 2, HASH)
    assert journal.previous == ""
    assert len(journal.digest) == 64
    assert head_of(session, ma) == (1, 2, journal.digest)
    assert verify(session) == []


def test_an_act_is_posted_once(session: Session, ma: Books) -> None:
    post_to(session, "audit:2026-01", [ma], [ma.entry(0)])
    before = head_of(session, ma)
    assert post_to(session, "audit:2026-01", [ma], [ma.entry(0), ma.entry(1)]) == {}
    assert head_of(session, ma) == before
    assert session.scalar(select(func.count()).select_from(Entry)) == 1


def test_journals_follow_on_one_another(session: Session, ma: Books) -> None:
    for month in range(1, 5):
        post_to(session, f"audit:2026-0{month}", [ma], [ma.entry(n) for n in range(month - 1)])
    journals = journals_of(session, ma)
    assert [journal.seq for journal in journals] == [1, 2, 3, 4]
    assert [journal.first_entry for journal in journals] == [1, 1, 2, 4]
    assert [journal.previous for journal in journals] == [
        "",
        *(journal.digest for journal in journals[:-1]),
    ]
    assert [line.seq for line in lines(session, ma.id)] == [1, 2, 3, 4, 5, 6]


def test_several_communities_at_once(session: Session, ma: Books, bao: Books) -> None:
    rows = [bao.entry(0, 1), ma.entry(1, 2), bao.entry(1, 3), ma.entry(0, 4), bao.entry(0, 5)]
    posted = post_to(session, "settlement:2026", [ma, bao], rows)
    assert {key: journal.entries for key, journal in posted.items()} == {ma.id: 2, bao.id: 3}
    assert [line.points for line in lines(session, ma.id)] == [2, 4]
    assert [line.points for line in lines(session, bao.id)] == [1, 3, 5]
    assert posted[ma.id].id != posted[bao.id].id
    assert verify(session) == []


def test_only_communities_without_the_act_get_it(session: Session, ma: Books, bao: Books) -> None:
    post_to(session, "settlement:2026", [ma], [ma.entry(0)])
    posted = post_to(session, "settlement:2026", [ma, bao], [ma.entry(0), bao.entry(0)])
    assert list(posted) == [bao.id]
    assert len(lines(session, ma.id)) == len(lines(session, bao.id)) == 1


def test_a_journal_may_be_empty(session: Session, ma: Books) -> None:
    rulesets = {ma.id: HASH}
    posted = post(session, Act("audit:2026-01", "2026-01", AT), no_entries(), rulesets)
    assert posted[ma.id].entries == 0
    assert verify(session) == []


def test_nothing_to_post_to(session: Session) -> None:
    assert post(session, Act("audit:2026-01", "2026-01", AT), no_entries(), {}) == {}


def test_what_is_kept_is_what_was_handed_in(session: Session, ma: Books) -> None:
    row = ma.entry(1, -125, member=ma.members[1][1], year=2025, kind="deduction", item=None)
    post_to(session, "audit:2026-01", [ma], [row, ma.entry(0, ref=None, reason="")])
    first, second = lines(session, ma.id)
    assert (first.household, first.member, first.year, first.kind) == ("H2", "2", 2025, "deduction")
    assert (first.item, first.ref, first.points) == (None, "c-1", -125)
    assert (second.member, second.ref, second.reason) == (None, None, "")


def test_columns_may_come_narrower_and_in_another_order(session: Session, ma: Books) -> None:
    frame = pl.DataFrame([ma.entry(0)]).with_columns(pl.col("year").cast(pl.Int16))
    assert frame.schema["member"] == pl.Null
    post(session, Act("a", "2026-01", AT), frame.select(reversed(ENTRY_COLUMNS)), {ma.id: HASH})
    assert verify(session) == []


@pytest.mark.parametrize(
    ("stray", "said"),
    [
        (lambda ma, bao: bao.entry(0), "community that was not named"),
        (lambda ma, bao: ma.entry(0, household=bao.households[0]), "household"),
        (lambda ma, bao: ma.entry(0, household=10**6), "household"),
        (lambda ma, bao: ma.entry(0, member=ma.members[1][0]), "member"),
        (lambda ma, bao: ma.entry(0, member=10**6), "member"),
        (lambda ma, bao: ma.entry(0, household=None), "household"),
    ],
)
def test_an_entry_that_does_not_belong_is_refused(
    session: Session, ma: Books, bao: Books, stray: Callable[..., dict[str, Any]], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        post_to(session, "audit:2026-01", [ma], [ma.entry(0), stray(ma, bao)])
    assert journals_of(session, ma) == []


@pytest.mark.parametrize("character", ["\n", "\x00", "\x1f"])
@pytest.mark.parametrize("column", ["kind", "item", "ref", "reason"])
def test_a_text_that_could_pass_for_another_is_refused(
    session: Session, ma: Books, column: str, character: str
) -> None:
    row = ma.entry(0) | {column: f"a{character}b"}
    with pytest.raises(BadInput, match=f"control character in {column}"):
        post_to(session, "audit:2026-01", [ma], [ma.entry(1), row])
    with pytest.raises(BadInput, match="control character in act"):
        post_to(session, f"audit{character}", [ma])
    assert journals_of(session, ma) == []


def test_a_failing_transaction_leaves_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        ma = found_books(session, "ma")

    class PowerCut(Exception):
        pass

    def cut_off() -> None:
        with writing(engine) as session:
            post_to(session, "audit:2026-01", [ma], [ma.entry(0)])
            raise PowerCut

    with pytest.raises(PowerCut):
        cut_off()
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 0
        assert session.scalar(select(func.count()).select_from(Journal)) == 0
        assert head_of(session, ma) == (0, 0, "")
    with writing(engine) as session:
        assert post_to(session, "audit:2026-01", [ma], [ma.entry(0)])[ma.id].seq == 1


def test_a_savepoint_taken_back_leaves_nothing(session: Session, ma: Books) -> None:
    lock_heads(session, [ma.id])
    savepoint = session.begin_nested()
    post_to(session, "audit:2026-01", [ma], [ma.entry(0)])
    savepoint.rollback()
    post_to(session, "audit:2026-02", [ma], [ma.entry(1)])
    assert [journal.act for journal in journals_of(session, ma)] == ["audit:2026-02"]
    assert verify(session) == []


def test_heads_held_by_the_caller_are_up_to_date(session: Session, ma: Books) -> None:
    head = lock_heads(session, [ma.id])[ma.id]
    journal = post_to(session, "audit:2026-01", [ma], [ma.entry(0)])[ma.id]
    assert (head.journals, head.entries, head.digest) == (1, 1, journal.digest)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do these at the same time, each in a thread; their answers."""
    together = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def do(number: int) -> None:
        together.wait()
        answers[number] = works[number]()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def posting(engine: Engine, key: str, villages: list[Books]) -> Callable[[], int]:
    """Posting one entry to each village, in a transaction of its own; how many got it."""

    def do() -> int:
        with writing(engine) as session:
            rows = [village.entry(0) for village in villages]
            return len(post_to(session, key, villages, rows))

    return do


def test_two_posting_different_acts_take_turns(engine: Engine) -> None:
    with writing(engine) as session:
        ma = found_books(session, "ma")
    assert at_once(*(posting(engine, f"act:{n}", [ma]) for n in range(6))) == [1] * 6
    with reading(engine) as session:
        assert [journal.seq for journal in journals_of(session, ma)] == [1, 2, 3, 4, 5, 6]
        assert verify(session) == []


def test_two_posting_the_same_act_post_one(engine: Engine) -> None:
    with writing(engine) as session:
        ma = found_books(session, "ma")
    for month in range(1, 6):
        answers = at_once(*[posting(engine, f"audit:2026-0{month}", [ma])] * 3)
        assert sorted(answers) == [0, 0, 1]
    with reading(engine) as session:
        assert len(journals_of(session, ma)) == len(lines(session, ma.id)) == 5
        assert verify(session) == []


def test_batches_in_another_order_do_not_wait_for_each_other(engine: Engine) -> None:
    with writing(engine) as session:
        villages = [found_books(session, f"v{n}") for n in range(8)]
    for n in range(5):
        answers = at_once(
            posting(engine, f"one:{n}", villages), posting(engine, f"two:{n}", villages[::-1])
        )
        assert answers == [8, 8]
    with reading(engine) as session:
        assert verify(session) == []


def test_verifying_while_others_post(engine: Engine) -> None:
    """What is posted between two of its queries must not look like a forgery."""
    with writing(engine) as session:
        ma = found_books(session, "ma")
    done = threading.Event()
    findings = []

    def keep_verifying() -> None:
        while not done.is_set():
            with reading(engine) as session:
                findings.extend(verify(session))

    thread = threading.Thread(target=keep_verifying)
    thread.start()
    for n in range(40):
        posting(engine, f"act:{n}", [ma])()
    done.set()
    thread.join()
    assert findings == []


def test_entries_of_many_communities_go_in_together(session: Session) -> None:
    villages = [found_books(session, f"v{n}", households=2) for n in range(60)]
    rows = [village.entry(n % 2, n) for n in range(50) for village in villages]
    posted = post_to(session, "settlement:2026", villages, rows)
    assert {journal.entries for journal in posted.values()} == {50}
    assert frame_of(rows).height == session.scalar(select(func.count()).select_from(Entry))
    assert verify(session) == []
