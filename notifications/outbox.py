"""The outbox (发件箱): messages written in the transaction of what they tell of, once each.

A message is a template and its facts; it is put into words when it is delivered.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.store.tables import Community, Message
from notifications.texts import DEFAULT_LOCALE, Texts, texts_in


def enqueue(
    session: Session,
    community: Community,
    recipient: str,
    occasion: str,
    template: str,
    facts: dict[str, Any],
    at: datetime,
) -> bool:
    """Put a message in the outbox; False where this recipient has one for this occasion."""
    dialect = session.connection().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = (
        insert(Message)
        .values(
            community_id=community.id,
            recipient=recipient,
            occasion=occasion,
            template=template,
            facts=facts,
            written_at=at,
            state="waiting",
        )
        .on_conflict_do_nothing(index_elements=["community_id", "recipient", "occasion"])
        .returning(Message.id)
    )
    return session.scalar(statement) is not None


def render_message(message: Message, language: Texts | str = DEFAULT_LOCALE) -> tuple[str, str]:
    """A message's title and body."""
    text = texts_in(language).render(f"message/{message.template}.txt", **message.facts)
    title, _, body = text.partition("\n")
    return title.strip(), body.strip() + "\n"
