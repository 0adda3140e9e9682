"""The outbox (发件箱): messages written in the transaction of what they tell of, once each.

A message is a template and its facts; it is put into words when it is delivered.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from domain.store.inserting import insert_into
from domain.store.tables.outbox import Message, MessageState
from domain.store.tables.people import Community
from notifications.texts.catalogue import DEFAULT_LOCALE, Texts, texts_in

# Letters about trouble; an alarm goes out in the quiet hours too.
TROUBLE, ALARM, CONCERN = "trouble", "alarm", "concern"


def enqueue(
    session: Session,
    community: Community,
    recipient: str,
    occasion: str,
    template: str,
    facts: dict[str, Any],
    at: datetime,
    *,
    urgent: bool = False,
    expires_at: datetime | None = None,
) -> bool:
    """Put a message in the outbox; False where this recipient has one for this occasion.

    An `urgent` one does not wait for the day's digest; one that is still here at `expires_at`
    is not sent any more.
    """
    statement = (
        insert_into(session, Message)
        .values(
            community_id=community.id,
            recipient=recipient,
            occasion=occasion,
            template=template,
            facts=facts,
            written_at=at,
            state=MessageState.WAITING,
            urgent=urgent,
            expires_at=expires_at,
        )
        .on_conflict_do_nothing(index_elements=["community_id", "recipient", "occasion"])
        .returning(Message.id)
    )
    return session.scalar(statement) is not None


def render_message(message: Message, language: Texts | str = DEFAULT_LOCALE) -> tuple[str, str]:
    """A message's title and body."""
    text = texts_in(language).render(f"message/{message.template}.txt", **message.facts)
    return _split(text)


def render_letter(
    messages: Sequence[Message],
    name: str,
    community: str,
    language: Texts | str = DEFAULT_LOCALE,
    *,
    link: str | None = None,
    desk: str | None = None,
    desk_elsewhere: bool = False,
    bytes_max: int | None = None,
) -> tuple[str, str]:
    """All messages of a turn in one letter: its title, and its body with the greeting.

    `link` leads to the published notices, `desk` to where this person decides. Where others read
    this letter too (`desk_elsewhere`), it says that the way there is in the person's own one.

    Title and body together take at most `bytes_max` of UTF-8; what is cut off is said to be.
    """
    texts = texts_in(language)
    # They are texts already: Markup keeps their lines.
    parts = [
        {"title": title, "body": Markup(body.rstrip())}  # noqa: S704 - plain text, no page
        for title, body in (render_message(message, texts) for message in messages)
    ]
    text = texts.render(
        "message/letter.txt",
        name=name,
        community=community,
        parts=parts,
        link=link,
        desk=desk,
        desk_elsewhere=desk_elsewhere,
    )
    title, body = _split(text)
    if bytes_max is None:
        return title, body
    # A service without titles gets it as a line of the text.
    return title, _cut(body, bytes_max - len(title.encode()) - 2, texts)


def _split(text: str) -> tuple[str, str]:
    title, _, body = text.partition("\n")
    return title.strip(), body.strip() + "\n"


def _cut(body: str, bytes_max: int, texts: Texts) -> str:
    """As many whole lines as there is room for, and a last one that says that more was there."""
    if len(body.encode()) <= bytes_max:
        return body
    note = texts.render("message/cut.txt").strip() + "\n"
    room = bytes_max - len(note.encode())
    kept = body.encode()[:room].decode(errors="ignore")
    return kept[: kept.rfind("\n") + 1] + note
