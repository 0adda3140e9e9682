"""The outbox and what the audit puts there, on both databases."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.community.registry import register_kin
from domain.kernel.local_time import start_of_day
from domain.kernel.period import Period
from domain.review.sitting import decide
from domain.store.database import writing
from domain.store.tables.claims import Claim, Verdict
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community, Household, Person
from notifications.letters.reminders import escalate, remind_reviewers
from notifications.outbox.messages import enqueue, render_message
from tests.notifications import lived_year

pytestmark = pytest.mark.both_databases

RULES = "wulong-changba-2023-example-village"
MARCH = Period.parse("2026-03")
AT = start_of_day(date(2026, 4, 2)) + timedelta(hours=9)


def founded(session: Session, count: int = 4) -> tuple[Community, list[Claim]]:
    """A community with as many claims in March, all waiting for the village's reviewers."""
    community = lived_year.found(session, RULES, list(lived_year.names(6)))
    item = lived_year.earning_items(RULES)[0]
    claims = [
        lived_year.add_claim(
            session, community, f"H00{at + 1}", item, date(2026, 3, 3 + at), f"C{at}", "好事"
        )
        for at in range(count)
    ]
    return community, claims


def messages(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).order_by(Message.recipient, Message.id)))


def test_one_message_per_recipient_and_occasion(engine: Engine) -> None:
    with writing(engine) as session:
        community, _ = founded(session, 0)
        assert enqueue(session, community, "r1", "o1", "reminder", {"count": 1}, AT)
        assert not enqueue(session, community, "r1", "o1", "reminder", {"count": 2}, AT)
        assert enqueue(session, community, "r2", "o1", "reminder", {"名": "王"}, AT)
        assert enqueue(session, community, "r1", "o2", "reminder", {}, AT)
    with writing(engine) as session:
        kept = messages(session)
        assert [(each.recipient, each.occasion) for each in kept] == [
            ("r1", "o1"),
            ("r1", "o2"),
            ("r2", "o1"),
        ]
        assert kept[0].facts == {"count": 1}
        assert kept[2].facts == {"名": "王"}
        assert {each.state for each in kept} == {"waiting"}
        assert kept[0].written_at == AT


def test_a_message_lives_and_dies_with_its_transaction(engine: Engine) -> None:
    with writing(engine) as session:
        founded(session, 0)
    with Session(engine) as session:
        community = session.scalars(select(Community)).one()
        assert enqueue(session, community, "r1", "o1", "reminder", {}, AT)
        session.rollback()
    with writing(engine) as session:
        assert messages(session) == []


def test_reviewers_with_work_are_reminded_once_a_day(engine: Engine) -> None:
    with writing(engine) as session:
        community, claims = founded(session)
        for claim in claims:
            decide(session, community, claim.ref, "r1", Verdict.APPROVE, "", AT, "village")
        # The village has decided: now it is the town's turn, and nobody else's.
        assert remind_reviewers(session, community, MARCH, AT) == ["t1"]
        assert remind_reviewers(session, community, MARCH, AT) == []
        tomorrow = AT + timedelta(days=1)
        assert remind_reviewers(session, community, MARCH, tomorrow) == ["t1"]
        told = messages(session)[0]
        assert told.occasion == "audit:2026-03:remind:2026-04-02"
        assert told.facts["count"] == 4
        assert told.facts["oldest"] == "2026-03-03"
        for claim in claims:
            decide(session, community, claim.ref, "t1", Verdict.APPROVE, "", tomorrow, "town")
        assert remind_reviewers(session, community, MARCH, tomorrow + timedelta(days=1)) == []


def test_a_reviewer_is_not_reminded_of_what_they_may_not_decide(engine: Engine) -> None:
    with writing(engine) as session:
        community, _ = founded(session, 1)
        home = session.scalars(select(Household).where(Household.code == "H001")).one()
        other = session.scalars(select(Household).where(Household.code == "H002")).one()
        people = {each.code: each for each in session.scalars(select(Person))}
        people["r1"].household_id = home.id
        people["r2"].household_id = other.id
        register_kin(session, community, "H001", "H002")
        assert remind_reviewers(session, community, MARCH, AT) == ["r3", "r4", "r5", "r6"]


def test_claims_of_a_later_audit_are_left_out_and_late_ones_are_counted(engine: Engine) -> None:
    with writing(engine) as session:
        community, claims = founded(session)
        claims[0].audit = "2026-04"
        claims[1].carried = 1
        session.flush()
        assert len(remind_reviewers(session, community, MARCH, AT)) == 6
        facts = messages(session)[0].facts
        assert (facts["count"], facts["overdue"], facts["oldest"]) == (3, 1, "2026-03-04")


def test_no_reminder_names_a_household_or_a_phone(engine: Engine) -> None:
    with writing(engine) as session:
        community, _ = founded(session)
        remind_reviewers(session, community, MARCH, AT)
        for each in messages(session):
            said = "".join(render_message(each))
            assert lived_year.PHONE not in said
            assert "H00" not in said


def test_delay_is_told_once_to_the_clerk_and_the_town(engine: Engine) -> None:
    with writing(engine) as session:
        community, _ = founded(session, 0)
        assert escalate(session, community, MARCH, 0, AT) == []
        assert escalate(session, community, MARCH, 3, AT) == ["c1", "t1"]
        assert escalate(session, community, MARCH, 3, AT + timedelta(days=3)) == []
        told = messages(session)[0]
        assert told.facts["next_period"] == "2026-04"


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_messages_read_as_letters(engine: Engine, locale: str) -> None:
    with writing(engine) as session:
        community, claims = founded(session)
        claims[1].carried = 1
        session.flush()
        remind_reviewers(session, community, MARCH, AT)
        escalate(session, community, MARCH, 3, AT)
        said = {each.template: render_message(each, locale) for each in messages(session)}
    title, body = said["reminder"]
    assert "\n" not in title
    assert "4" in title
    deadline = "2026年4月5日" if locale == "zh_CN" else "2026-04-05"
    assert deadline in body
    assert "{{" not in body
    assert body.endswith("\n")
    assert deadline in said["escalation"][1]


def test_the_oldest_claim_and_deadline_are_those_of_the_clock_of_the_village() -> None:
    message = Message(
        community_id=1,
        recipient="r1",
        occasion="o",
        template="reminder",
        facts={
            "name": "王",
            "community": "甲村",
            "town": "乙镇",
            "period": "2026-09",
            "count": 1,
            "overdue": 0,
            "oldest": "2026-09-30",
            "deadline": "2026-10-06T00:00:00+08:00",
        },
        written_at=datetime.fromisoformat("2026-09-30T09:00:00+08:00"),
    )
    title, body = render_message(message)
    assert title == "【甲村】2026年9月积分审核：还有1件待您评议"
    assert "2026年9月30日" in body
    assert "2026年10月5日（含当日）" in body
    assert "超过" not in body
