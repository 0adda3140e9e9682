"""The tables. Ledger, decisions and notices are append-only (triggers refuse the rest).

Points are integer hundredths, money integer fen, times UTC. Whatever may happen only once has a
unique constraint here: constraints, not caches, make things happen once.
"""

from datetime import UTC, date, datetime
from typing import Any, dataclass_transform

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column,))
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """All tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class Community(Base):
    """A community or village (社区、村) that runs a scheme."""

    __tablename__ = "community"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    town: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]


class RulesetVersion(Base):
    """A version's canonical content, by its hash; never changed once kept."""

    __tablename__ = "ruleset_version"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    ruleset: Mapped[str] = mapped_column(String(100), index=True)
    version: Mapped[str] = mapped_column(String(40))
    content: Mapped[str] = mapped_column(Text)


class Adoption(Base):
    """From when a community runs which version (采用)."""

    __tablename__ = "adoption"
    __table_args__ = (UniqueConstraint("community_id", "starts_on"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    starts_on: Mapped[date]
    hash: Mapped[str] = mapped_column(ForeignKey("ruleset_version.hash"))
    adopted_at: Mapped[datetime]


class Household(Base):
    """A household (户): the unit that earns. `left_on` is the last day it takes part."""

    __tablename__ = "household"
    __table_args__ = (UniqueConstraint("community_id", "code"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    code: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(100))
    area: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    registered: Mapped[bool] = mapped_column(default=True)
    resident_since: Mapped[date | None] = mapped_column(default=None)
    members: Mapped[int | None] = mapped_column(default=None)
    enrolled_on: Mapped[date]
    consent: Mapped[bool] = mapped_column(default=False)
    left_on: Mapped[date | None] = mapped_column(default=None)
    left_why: Mapped[str] = mapped_column(String(40), default="")


class Member(Base):
    """A taking-part member of a household (家庭成员)."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("household_id", "code"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))


class Person(Base):
    """Someone with a role in a community: clerk, reviewer, town contact, supervisor, shop."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("community_id", "code"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"), default=None)
    area: Mapped[str] = mapped_column(String(100), default="")
    notify: Mapped[list[Any]] = mapped_column(default_factory=list)


class Role(Base):
    """A role of a person; a reviewer's `stage` says at which level they decide."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("person_id", "role", "stage"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(String(40), default="")


class Kin(Base):
    """Two households registered as kin (亲属), in both orders."""

    __tablename__ = "kin"
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), primary_key=True)
    kin_id: Mapped[int] = mapped_column(ForeignKey("household.id"), primary_key=True)


class Claim(Base):
    """A claim for points (积分申报).

    `status` is pending, approved, rejected or annulled. `stage` is the number of the stage it
    waits at, `audit` the month of the audit it is in, `registered` of the audit that registered
    it; `carried` counts the deadlines it missed (overdue).
    """

    __tablename__ = "claim"
    __table_args__ = (
        UniqueConstraint("community_id", "ref"),
        Index("ix_claim_community_status", "community_id", "status"),
        Index("ix_claim_household", "household_id", "item", "occurred_on"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    ref: Mapped[str] = mapped_column(String(64))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), default=None)
    item: Mapped[str] = mapped_column(String(64))
    quantity: Mapped[int] = mapped_column(default=1)
    score: Mapped[int | None] = mapped_column(BigInteger, default=None)
    matter: Mapped[str] = mapped_column(String(200), default="")
    occurred_on: Mapped[date]
    submitted_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10), default="pending")
    stage: Mapped[int] = mapped_column(default=0)
    audit: Mapped[str] = mapped_column(String(7))
    registered: Mapped[str | None] = mapped_column(String(7), default=None)
    carried: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)


class Decision(Base):
    """One reviewer's verdict on a claim at a stage (评议). Without a person it is the group's
    own inspection sheet (`note` names the sheet)."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("claim_id", "stage", "person_id"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    stage: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    verdict: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime]


class RefusedRow(Base):
    """A row of an import that was refused, kept with its reason until it is corrected."""

    __tablename__ = "refused_row"
    __table_args__ = (UniqueConstraint("community_id", "kind", "digest"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(255))
    row: Mapped[int]
    ref: Mapped[str] = mapped_column(String(64), default="")
    column: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    refused_at: Mapped[datetime]
    corrected_at: Mapped[datetime | None] = mapped_column(default=None)


class InboxRow(Base):
    """A sheet's row that takes effect at its own time; the collection takes it in then."""

    __tablename__ = "inbox_row"
    __table_args__ = (
        UniqueConstraint("community_id", "kind", "digest", "row"),
        Index("ix_inbox_row_open", "community_id", "taken_at", "effective_at"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(255))
    row: Mapped[int]
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    effective_at: Mapped[datetime]
    taken_at: Mapped[datetime | None] = mapped_column(default=None)


class LedgerHead(Base):
    """Where a community's ledger stands; locking this row serialises its journals."""

    __tablename__ = "ledger_head"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    journals: Mapped[int] = mapped_column(default=0)
    entries: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")


class Journal(Base):
    """One act's entries (凭证), sealed: `digest` covers them and the previous journal's digest."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("community_id", "act"),
        UniqueConstraint("community_id", "seq"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    seq: Mapped[int]
    act: Mapped[str] = mapped_column(String(120))
    period: Mapped[str] = mapped_column(String(7))
    posted_at: Mapped[datetime]
    posted_by: Mapped[str] = mapped_column(String(100))
    ruleset_hash: Mapped[str] = mapped_column(String(64))
    first_entry: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int]
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Entry(Base):
    """One movement of points of one household's account of one year (分录).

    Without foreign keys: checking them took two thirds of a year end's time on PostgreSQL.
    `post` alone writes here and looks up every key; `verify` finds one that leads nowhere.
    """

    __tablename__ = "entry"
    journal_id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int]
    member_id: Mapped[int | None]
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    item: Mapped[str | None] = mapped_column(String(64))
    ref: Mapped[str | None] = mapped_column(String(64))
    points: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)


class Notice(Base):
    """A published notice (公示): its content, the window for objections, the seal it shows."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("community_id", "kind", "key"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(80))
    period: Mapped[str] = mapped_column(String(7))
    published_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any]]
    seal: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Publication(Base):
    """Where a notice stands for the public (发布回执): since when, and what was written there last.

    `place` is the address within the public folder, `digest` the sha256 of the file's content.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("notice_id", "place"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    place: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    written_at: Mapped[datetime]


class Objection(Base):
    """An objection (异议) of a household. `status`: open, upheld, dismissed; `level` counts up."""

    __tablename__ = "objection"
    __table_args__ = (UniqueConstraint("community_id", "ref"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    ref: Mapped[str] = mapped_column(String(64))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    text: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10), default="open")
    level: Mapped[int] = mapped_column(default=1)


class ObjectionEvent(Base):
    """What happened to an objection: filed, upheld, dismissed, appealed; never edited."""

    __tablename__ = "objection_event"
    __table_args__ = (UniqueConstraint("objection_id", "level", "act"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("objection.id"))
    level: Mapped[int]
    act: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")


class Goods(Base):
    """Goods in the points shop (积分超市物品), at a posted price."""

    __tablename__ = "goods"
    __table_args__ = (UniqueConstraint("community_id", "name"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    name: Mapped[str] = mapped_column(String(100))
    points: Mapped[int] = mapped_column(BigInteger)
    stock: Mapped[int | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(String(40), default="")


class Redemption(Base):
    """One hand-out of the points shop (兑换). `refunded_at` when it was given back."""

    __tablename__ = "redemption"
    __table_args__ = (UniqueConstraint("community_id", "ref"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    ref: Mapped[str] = mapped_column(String(64))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    goods_id: Mapped[int | None] = mapped_column(ForeignKey("goods.id"), default=None)
    count: Mapped[int | None] = mapped_column(default=None)
    redeemed_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    refunded_at: Mapped[datetime | None] = mapped_column(default=None)


class Settlement(Base):
    """A community's settled year (年度结算): `settled_at`, then `cleared_at`."""

    __tablename__ = "settlement"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    settled_at: Mapped[datetime]
    forced_by: Mapped[str | None] = mapped_column(String(100), default=None)
    forced_why: Mapped[str | None] = mapped_column(Text, default=None)
    cleared_at: Mapped[datetime | None] = mapped_column(default=None)


class Standing(Base):
    """A household's final place in a settled year (年度排名). `support` is never made public."""

    __tablename__ = "standing"
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), primary_key=True)
    score: Mapped[int] = mapped_column(BigInteger)
    ranked_by: Mapped[int] = mapped_column(BigInteger)
    rank: Mapped[int]
    honours: Mapped[str] = mapped_column(Text, default="")
    support: Mapped[bool] = mapped_column(default=False)


class Occurrence(Base):
    """A step of the review cycle that falls due (到期事项).

    `state`: due, claimed (handed to the engine as `attempt`, in the flow run `run`), blocked,
    failed, done, dropped. `moved_why` says why it moved, and `moved_from` from when.
    """

    __tablename__ = "occurrence"
    __table_args__ = (
        UniqueConstraint("community_id", "process", "period", "step"),
        Index("ix_occurrence_open", "state", "due_at"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    process: Mapped[str] = mapped_column(String(20))
    period: Mapped[str] = mapped_column(String(7))
    step: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="due")
    attempt: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(default=None)
    run: Mapped[str] = mapped_column(String(64), default="")
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[str] = mapped_column(Text, default="")
    moved_from: Mapped[datetime | None] = mapped_column(default=None)
    moved_why: Mapped[str] = mapped_column(Text, default="")


class TownDay(Base):
    """A day that a town makes a working day or a day off (调休、放假) of its own."""

    __tablename__ = "town_day"
    town: Mapped[str] = mapped_column(String(100), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    why: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]


class Lease(Base):
    """Who alone does something (the clock) until when; another takes over after that."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime]


class Alarm(Base):
    """A trouble that operators were told of (告警), until it is over.

    `told` changes with what is to be told again; `finding` is what it was, so that its end can
    be told too.
    """

    __tablename__ = "alarm"
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    told: Mapped[str] = mapped_column(String(64))
    finding: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]


class Message(Base):
    """A message to a person (消息), once per person and occasion: a template and its facts.

    `state`: waiting for the person's turn; sending, from then on, in the texts of `turn`; sent;
    expired (`expires_at` came first); unaddressed (the person has no address); dead (an address
    of theirs refused it for good).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("community_id", "recipient", "occasion"),
        Index("ix_outbox_state", "state", "community_id", "recipient"),
        Index("ix_outbox_turn", "turn"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    recipient: Mapped[str] = mapped_column(String(80))
    occasion: Mapped[str] = mapped_column(String(120))
    template: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]]
    written_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    urgent: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    turn: Mapped[int | None] = mapped_column(default=None)
    turned_at: Mapped[datetime | None] = mapped_column(default=None)


class Delivery(Base):
    """One text on its way to one address of a person (投递): all messages of a turn.

    `channel` is the hash of the address, `shown` what may be shown of it, `bot` what a service
    counts together. `state`: waiting, sending, sent, dead, or dropped (the address was removed).
    It is tried at `next_at`; while it is being sent, that is when its deliverer is given up.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("turn", "channel"),
        Index("ix_delivery_next_at", "next_at"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    recipient: Mapped[str] = mapped_column(String(80))
    turn: Mapped[int]
    channel: Mapped[str] = mapped_column(String(64))
    shown: Mapped[str] = mapped_column(String(120))
    bot: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]


class Receipt(Base):
    """What a service answered to one attempt (回执); `ok` is None where nobody knows."""

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_delivery_id", "delivery_id"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    at: Mapped[datetime]
    ok: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(500))


class Bot(Base):
    """From when on a service takes the next message of a robot (限频); without a row: now."""

    __tablename__ = "bot"
    bot: Mapped[str] = mapped_column(String(64), primary_key=True)
    free_at: Mapped[datetime]
