"""What rules took is sealed with its posting: whoever changes it with direct SQL is found out."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.ledger.verify import verify
from tests.domain.builders import Village, rules
from tests.rules.builders import cap, item

Founding = Callable[..., Village]
MARCH = "audit:2026-03"
UNSEALED = "its content does not match its seal"


@pytest.fixture
def capped(founding: Founding) -> Village:
    """C2 of H1 and of H2 were each cut by a cap in March; C3 in April."""
    village = founding(rules(item("sweep", points=3, caps=[cap("most", 4, "month")])))
    for ref, home, on in (
        ("C1", "H1", "03-01"),
        ("C2", "H1", "03-02"),
        ("D1", "H2", "03-01"),
        ("D2", "H2", "03-02"),
        ("C3", "H1", "04-01"),
        ("C4", "H1", "04-02"),
    ):
        village.award(ref, home, on=on)
    village.close("2026-03")
    village.close("2026-04")
    assert verify(village.session) == []
    return village


def unguard(village: Village) -> None:
    if village.session.get_bind().dialect.name == "postgresql":
        village.session.execute(text("DROP TRIGGER effect_append_only ON effect"))
        return
    for act in ("update", "delete"):
        village.session.execute(text(f"DROP TRIGGER effect_no_{act}"))


C2 = "(SELECT id FROM claim WHERE ref = 'C2')"


def found(village: Village) -> list[tuple[str, str, str]]:
    """What does not hold, as the command line tells it."""
    findings = verify(village.session)
    return [(each.community, each.journal, each.problem) for each in findings]


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE effect SET points = 0 WHERE claim_id = {C2}",
        f"UPDATE effect SET rule = 'frequency' WHERE claim_id = {C2}",
        f"DELETE FROM effect WHERE claim_id = {C2}",
        "DELETE FROM effect",
        "INSERT INTO effect SELECT id, 1, 'void', 300 FROM claim WHERE ref = 'C1'",
        "UPDATE effect SET claim_id = (SELECT id FROM claim WHERE ref = 'C1')"
        f" WHERE claim_id = {C2}",
        "UPDATE effect SET claim_id = 1000 - claim_id",
        f"UPDATE effect SET journal_id = 2 WHERE claim_id = {C2}",
    ],
)
def test_what_was_taken_cannot_be_changed_unseen(capped: Village, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), capped.session.begin_nested():
        capped.session.execute(text("UPDATE effect SET points = points"))
    unguard(capped)
    capped.session.execute(text(statement))
    assert found(capped) == [(capped.community.code, MARCH, UNSEALED)]


def test_what_belongs_to_no_journal_is_found(capped: Village) -> None:
    capped.session.execute(text("INSERT INTO effect VALUES (1, 1000, 'void', 1)"))
    assert found(capped) == [("?", "?", "1 effect belongs to no journal")]
