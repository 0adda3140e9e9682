"""Notices that stand nowhere are found without reading what they say: a county's years of them
would fill the memory of whoever looks."""

from sqlalchemy import event
from sqlalchemy.orm import Session

from domain.notices.publishing import unpublished
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.people import Community
from tests.domain.builders import moment

AT = moment("04-10T12:00")


def test_what_a_notice_says_is_not_read(session: Session) -> None:
    village = Community(code="v", name="村", town="镇", added_at=AT)
    session.add(village)
    session.flush()
    for quarter in ("2025-Q4", "2026-Q1"):
        session.add(
            Notice(
                community_id=village.id,
                kind=NoticeKind.QUARTER,
                key=quarter,
                period=quarter,
                published_at=AT,
                closes_at=None,
                content={"households": ["王*"]},
                seal="",
                digest=quarter,
            )
        )
    session.flush()
    session.expunge_all()
    asked: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    assert unpublished(session, AT, AT) == [("v", AT), ("v", AT)]
    assert asked
    assert not any("notice.content" in each for each in asked)
