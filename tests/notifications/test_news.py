"""What people are told of acts, and what reminders write, on both databases."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from domain.audit.books import open_books
from domain.audit.close import close_audit
from domain.community.registry import add_person, ruleset_on
from domain.cycle.calendar import audit_deadline
from domain.cycle.town_days import set_day
from domain.kernel.local_time import parse_moment, start_of_day
from domain.kernel.period import Period
from domain.objections.cases import file_objection, resolve
from domain.publicity.answering import answer_objection
from domain.publicity.quarter_and_year import publish_quarter
from domain.review.sitting import decide
from domain.steps import settlement
from domain.store.database import writing
from domain.store.tables.claims import RefusedRow, Verdict
from domain.store.tables.objections import Resolution
from domain.store.tables.outbox import Message
from domain.store.tables.people import Community, Person, Role
from notifications.letters.messenger import tell
from notifications.letters.news import (
    tell_objection,
    tell_outcomes,
    tell_published,
    tell_refused,
)
from notifications.letters.reminders import remind_reviewers
from notifications.outbox.messages import render_message
from tests.domain.mornings import morning
from tests.notifications import lived_year

MAAN = "fuling-maan-2022"
CHANGBA = "wulong-changba-2023-example-village"
MARCH = Period.parse("2026-03")
DEADLINE = start_of_day(date(2026, 4, 6))


def at(text: str) -> datetime:
    return parse_moment(text)


def messages(session: Session, *templates: str) -> list[Message]:
    found = session.scalars(select(Message).order_by(Message.recipient, Message.id)).all()
    return [each for each in found if not templates or each.template in templates]


def villager(session: Session, community: Community, code: str, household: str) -> Person:
    return add_person(
        session,
        community,
        code,
        f"村民{code}",
        ["villager"],
        household=household,
        notify=["schan://KEY"],
    )


def in_all_languages(message: Message) -> str:
    """Both languages' texts; no household but the person's own is named in either."""
    for locale in ("zh_CN", "en"):
        title, body = render_message(message, locale)
        assert title
        assert "{{" not in title + body
        assert lived_year.PHONE not in body
    return "\n".join(render_message(message))


def march(session: Session, rules: str = MAAN) -> Community:
    """Books open, two claims of March by H001 and one of H002, all decided in March."""
    community = lived_year.found(session, rules, list(lived_year.names(6)))
    open_books(session, community, Period.parse("2026"), start_of_day(date(2026, 1, 1)))
    items = lived_year.earning_items(rules)
    for number, (home, reject) in enumerate((("H001", False), ("H001", True), ("H002", False))):
        claim = lived_year.add_claim(
            session, community, home, items[number], date(2026, 3, 3 + number), f"C{number}", "好事"
        )
        lived_year.decide_all(session, community, claim, reject=reject)
    return community


def test_villagers_who_gave_a_contact_hear_what_became_of_their_claims(engine: Engine) -> None:
    with writing(engine) as session:
        community = march(session)
        villager(session, community, "v1", "H001")
        villager(session, community, "v3", "H003")
        add_person(session, community, "v2", "没有联系方式", ["villager"], household="H002")
        close_audit(session, community, MARCH, DEADLINE)
        assert tell_outcomes(session, community, MARCH, DEADLINE) == 1
        assert tell_outcomes(session, community, MARCH, DEADLINE) == 0
        [told] = messages(session)
        assert (told.recipient, told.facts["approved"], told.facts["rejected"]) == ("v1", 1, 1)
        assert told.facts["claims"][1]["why"] == "见记录"
        said = in_all_languages(told)
        assert "通过1件，不通过1件" in said
        assert "H002" not in said


def test_an_objection_is_answered_to_the_household_that_filed_it(engine: Engine) -> None:
    with writing(engine) as session:
        community = march(session)
        villager(session, community, "v1", "H001")
        villager(session, community, "v2", "H002")
        close_audit(session, community, MARCH, DEADLINE)
        file_objection(session, community, "Y1", "H001", "C1", "应予通过", at("2026-04-10"))
        resolve(
            session, community, "Y1", Resolution.DISMISSED, "r6", "查无实据", at("2026-04-11T10:00")
        )
        objection = resolve(
            session, community, "Y1", Resolution.DISMISSED, "r6", "查无实据", at("2026-04-11T10:00")
        )
        assert tell_objection(session, community, objection, at("2026-04-11T10:00")) == 1
        [told] = messages(session, "objection_outcome")
        assert told.recipient == "v1"
        assert "查无实据" in in_all_languages(told)


def test_a_group_is_told_of_a_correction_once(engine: Engine) -> None:
    with writing(engine) as session:
        community = march(session)
        villager(session, community, "v1", "H001")
        add_person(session, community, "g1", "村民群", ["group"], notify=["wecombot://KEY"])
        close_audit(session, community, MARCH, DEADLINE)
        file_objection(session, community, "Y1", "H001", "C1", "应予通过", at("2026-04-10"))
        moment = at("2026-04-13T10:00")
        for _ in range(2):
            answer_objection(session, community, "Y1", Resolution.UPHELD, "r6", "", moment, tell)
        [told] = [each for each in messages(session, "announcement") if each.recipient == "g1"]
        assert "更正" in in_all_languages(told)
        assert "成立" in in_all_languages(messages(session, "objection_outcome")[0])
        assert morning(session, community, moment + timedelta(days=1)) == 0


def refuse(session: Session, community: Community, file: str, rows: int, moment: datetime) -> int:
    """Rows of a file that were refused at a moment; how many messages that makes."""
    for row in range(rows):
        session.add(
            RefusedRow(
                community_id=community.id,
                kind="claims",
                file=file,
                row=row,
                column="item",
                value="x",
                reason="no such item",
                content={},
                refused_at=moment,
                digest=f"{file}{row}{moment}",
            )
        )
    session.flush()
    return tell_refused(session, community, moment)


def test_clerks_hear_of_refused_rows_once_a_day_and_file(engine: Engine) -> None:
    with writing(engine) as session:
        community = lived_year.found(session, MAAN, list(lived_year.names(2)))
        moment = at("2026-04-02T10:00")
        assert refuse(session, community, "三月.xlsx", 0, moment) == 0
        assert refuse(session, community, "三月.xlsx", 3, moment) == 1
        assert refuse(session, community, "三月.xlsx", 0, moment) == 0
        assert refuse(session, community, "四月.xlsx", 1, moment + timedelta(hours=1)) == 1
        assert refuse(session, community, "三月.xlsx", 2, moment + timedelta(days=1)) == 1
        assert {each.recipient for each in messages(session)} == {"c1"}
        assert "“三月.xlsx”中有3行" in in_all_languages(messages(session)[0])


def test_a_notice_and_a_preview_are_told(engine: Engine) -> None:
    with writing(engine) as session:
        community = march(session)
        villager(session, community, "v1", "H001")
        for month in ("2026-01", "2026-02", "2026-03"):
            close_audit(session, community, Period.parse(month), DEADLINE)
        notice = publish_quarter(session, community, Period.parse("2026-Q1"), DEADLINE)
        assert tell_published(session, community, notice, DEADLINE) == 2
        told = messages(session, "announcement")
        assert [each.recipient for each in told] == ["c1", "v1"]
        assert told[0].expires_at == notice.closes_at
        assert "异议" in in_all_languages(told[0])
        settlement.preview_year(session, community, Period.parse("2026"), DEADLINE, tell)
        assert "结算前还需处理" in in_all_languages(messages(session, "preview")[0])


@pytest.mark.parametrize(
    ("day", "urgent"), [("2026-03-31", False), ("2026-04-02", False), ("2026-04-03", True)]
)
def test_the_last_reminder_before_the_deadline_does_not_wait(
    engine: Engine, day: str, urgent: bool
) -> None:
    """5 April 2026 is in 清明, so that no reminder falls on the day itself."""
    with writing(engine) as session:
        community = lived_year.found(session, MAAN, list(lived_year.names(3)))
        item = lived_year.earning_items(MAAN)[0]
        lived_year.add_claim(session, community, "H001", item, date(2026, 3, 3), "C1", "好事")
        assert remind_reviewers(session, community, MARCH, at(f"{day}T09:00"))
        told = messages(session)[0]
        assert told.urgent is urgent
        deadline = audit_deadline(ruleset_on(session, community, MARCH.end), MARCH)
        assert told.expires_at == deadline


def test_a_towns_own_working_day_is_the_last_one(engine: Engine) -> None:
    with writing(engine) as session:
        community = lived_year.found(session, MAAN, list(lived_year.names(3)))
        item = lived_year.earning_items(MAAN)[0]
        lived_year.add_claim(session, community, "H001", item, date(2026, 3, 3), "C1", "好事")
        set_day(session, community.town, date(2026, 4, 5), True, "值班", at("2026-03-01"))
        remind_reviewers(session, community, MARCH, at("2026-04-03T09:00"))
        assert not messages(session)[0].urgent


def test_the_second_stage_hears_when_its_first_claims_come(engine: Engine) -> None:
    with writing(engine) as session:
        community = lived_year.found(session, CHANGBA, list(lived_year.names(6)))
        item = lived_year.earning_items(CHANGBA)[0]
        claim = lived_year.add_claim(
            session, community, "H001", item, date(2026, 3, 3), "C1", "好事"
        )
        assert morning(session, community, at("2026-03-11T10:00")) == 0
        decide(session, community, claim.ref, "r2", Verdict.APPROVE, "", at("2026-03-11T10:00"))
        quorum = ruleset_on(session, community, MARCH.end).review.stages[0].quorum
        for number in range(3, 2 + quorum):
            decide(
                session,
                community,
                claim.ref,
                f"r{number}",
                Verdict.APPROVE,
                "",
                at("2026-03-11T10:00"),
            )
        assert morning(session, community, at("2026-03-11T10:00")) == 1
        assert morning(session, community, at("2026-03-12T10:00")) == 0
        [told] = messages(session)
        assert (told.recipient, told.template) == ("t1", "approval")
        assert "1件申报等待您审批" in in_all_languages(told)


def test_claims_that_nobody_may_decide_are_told_before_the_deadline(engine: Engine) -> None:
    with writing(engine) as session:
        community = lived_year.found(session, CHANGBA, list(lived_year.names(6)))
        item = lived_year.earning_items(CHANGBA)[0]
        lived_year.add_claim(session, community, "H001", item, date(2026, 3, 3), "C1", "好事")
        session.execute(delete(Role).where(Role.role == "reviewer"))
        assert morning(session, community, at("2026-03-11T10:00")) > 0
        assert morning(session, community, at("2026-03-12T10:00")) == 0
        written = messages(session, "undecidable")
        assert {each.recipient for each in written} >= {"c1", "t1"}
        assert "没有人可以评议" in in_all_languages(written[0])
        # Again before the deadline, and then at once.
        assert morning(session, community, at("2026-04-03T10:00")) > 0
        assert messages(session, "undecidable")[-1].urgent


def objected(session: Session) -> Community:
    """An objection filed on 7 April 2026; its answer is due after the scheme's days."""
    community = march(session)
    close_audit(session, community, MARCH, DEADLINE)
    file_objection(session, community, "Y1", "H001", "C1", "应予通过", at("2026-04-07T10:00"))
    return community


def test_objections_are_answered_in_time_or_escalated(engine: Engine) -> None:
    with writing(engine) as session:
        community = objected(session)
        due = at("2026-04-07T10:00") + timedelta(
            days=ruleset_on(session, community, MARCH.end).objections.days
        )
        day, told_on = date(2026, 4, 7), {}
        while start_of_day(day) <= due + timedelta(days=4):
            moment = start_of_day(day) + timedelta(hours=10)
            before = len(messages(session))
            morning(session, community, moment)
            morning(session, community, moment)
            if len(messages(session)) > before:
                told_on[day] = len(messages(session)) - before
            day += timedelta(days=1)
        reminded = messages(session, "objection_due")
        # Who decided the claim is not asked to investigate it.
        assert {each.recipient for each in reminded} < {f"r{number}" for number in range(1, 7)}
        assert "r1" not in {each.recipient for each in reminded}
        late = messages(session, "objection_overdue")
        assert {each.recipient for each in late} == {"c1", "t1"}
        assert all(each.urgent for each in late)
        assert len(late) == 2
        for each in (*reminded, *late):
            in_all_languages(each)
        # Nothing goes to those who are done.
        last = max(told_on)
        resolve(session, community, "Y1", Resolution.DISMISSED, "r6", "无", start_of_day(last))
        assert morning(session, community, start_of_day(last) + timedelta(days=1, hours=10)) == 0


def test_a_window_that_closes_is_told_on_the_last_working_day(engine: Engine) -> None:
    with writing(engine) as session:
        community = march(session)
        for month in ("2026-01", "2026-02", "2026-03"):
            close_audit(session, community, Period.parse(month), DEADLINE)
        notice = publish_quarter(session, community, Period.parse("2026-Q1"), DEADLINE)
        tell_published(session, community, notice, DEADLINE)
        assert notice.closes_at is not None
        told: list[date] = []
        day = date(2026, 4, 6)
        while start_of_day(day) < notice.closes_at + timedelta(days=2):
            if morning(session, community, start_of_day(day) + timedelta(hours=10)):
                told.append(day)
            day += timedelta(days=1)
        assert len(told) == 1
        assert timedelta(0) < notice.closes_at - start_of_day(told[0]) <= timedelta(days=3)
        assert "公示即将结束" in in_all_languages(messages(session, "closing")[0])


def test_a_year_that_cannot_be_settled_is_told_before_and_after(engine: Engine) -> None:
    with writing(engine) as session:
        community = march(session)
        days = []
        for number in range(40):
            moment = start_of_day(date(2027, 1, 1)) + timedelta(days=number, hours=10)
            if morning(session, community, moment):
                days.append(moment)
        told = messages(session, "blocked")
        assert {each.recipient for each in told} == {"c1", "t1"}
        assert 2 <= len(days) <= 4
        assert [each.urgent for each in told if each.recipient == "c1"][-1]
        assert "暂不能结算" in in_all_languages(told[0])


def test_a_report_that_is_due_is_told(engine: Engine) -> None:
    with writing(engine) as session:
        community = lived_year.found(session, CHANGBA, list(lived_year.names(3)))
        told = []
        for number in range(25):
            moment = start_of_day(date(2026, 6, 1)) + timedelta(days=number, hours=10)
            told += [moment.date()] * morning(session, community, moment)
        assert 2 <= len(told) <= 3
        assert {each.recipient for each in messages(session)} == {"c1"}
        assert "报送" in in_all_languages(messages(session)[0])


def test_nobody_is_reminded_on_days_off(engine: Engine) -> None:
    with writing(engine) as session:
        community = objected(session)
        assert morning(session, community, at("2026-04-25T10:00")) == 0
        assert morning(session, community, at("2026-12-30T10:00")) == 2
        assert morning(session, community, at("2026-12-31T10:00")) == 0
