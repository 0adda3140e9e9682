"""The result goes to the town once its window has closed clean (龙雨庄 二(四).5)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.period import Period
from domain.publicity.answering import answer_objection
from domain.rules.load import shipped
from domain.steps.publicity import close
from domain.store.tables.objections import Resolution
from domain.store.tables.outbox import Message
from notifications.letters.messenger import tell
from tests.domain.builders import Village, found, moment, rules
from tests.rules.builders import SOURCE

Founding = Callable[..., Village]
SUBMITS = rules(publicity={"every": "quarter", "open_days": 3, "submit": True, **SOURCE})


@pytest.fixture
def village(session: Session) -> Village:
    village = found(session, SUBMITS)
    village.open()
    village.person("t1", "town")
    village.award("C1", "H1")
    for month in ("2026-01", "2026-02", "2026-03"):
        village.close(month)
    village.publish("2026-Q1")
    return village


def letters(village: Village) -> list[str]:
    query = select(Message.recipient).where(Message.template == "submission")
    return list(village.session.scalars(query))


def end(village: Village, at: str) -> str:
    did = close(village.session, village.community, Period.parse("2026-Q1"), moment(at), tell)
    return did.text("en")


def test_a_clean_window_is_submitted_once(village: Village) -> None:
    assert end(village, "04-10") == (
        "window closed, objections open: 0; result submitted to the town's contacts: 1"
    )
    assert letters(village) == ["t1"]
    end(village, "04-11")
    assert letters(village) == ["t1"]


def test_with_an_open_objection_it_waits_for_its_end(village: Village) -> None:
    village.object("O1", "C1", at="04-08")
    assert end(village, "04-10").endswith("submitted to the town's contacts: 0")
    assert letters(village) == []
    answer_objection(
        village.session,
        village.community,
        "O1",
        Resolution.DISMISSED,
        "r2",
        "查证",
        moment("04-14"),
        tell,
    )
    assert letters(village) == ["t1"]


def test_longyuzhuang_submits_and_others_do_not() -> None:
    assert shipped("longyuzhuang").publicity.submit
    assert shipped("longyuzhuang-example-village").publicity.submit
    assert not shipped("fuling-maan-2022").publicity.submit
