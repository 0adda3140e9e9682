"""The steps of the review cycle, who alone drives them, and what operators were told of."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base, word_of
from domain.store.tables.people import Community


class StepState(StrEnum):
    """How a step of the cycle stands (环节状态)."""

    DUE = "due"  # 待办: to be done at its time
    CLAIMED = "claimed"  # 进行中: handed to the engine
    BLOCKED = "blocked"  # 受阻: it waits for people, and is tried again when they have acted
    FAILED = "failed"  # 失败: it waits for an operator
    HELD = "held"  # 暂停: a person holds it until they release it
    DONE = "done"  # 已完成
    DROPPED = "dropped"  # 取消: left out, by a person or because the plan has it no more


class Intervention(StrEnum):
    """What a person does to a step (步骤处置)."""

    HOLD = "hold"  # 暂停: nobody does it until it is released
    RELEASE = "release"  # 恢复: what was held or dropped is due again
    RETRY = "retry"  # 重做: what was blocked or has failed is due again
    DROP = "drop"  # 取消: it is left out for good
    BY_HAND = "by_hand"  # 手工办理: the person started it, and it was done


class Occurrence(Base):
    """A step of the review cycle that falls due (到期事项).

    A claimed step was handed to the engine as `attempt`, in the flow run `run`. `moved_why` says
    why a step moved, and `moved_from` from when.
    """

    __tablename__ = "occurrence"
    __table_args__ = (
        UniqueConstraint("community_id", "process", "period", "step"),
        Index("ix_occurrence_open", "state", "due_at"),
    )
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    process: Mapped[str] = mapped_column(String(20))
    period: Mapped[str] = mapped_column(String(7))
    step: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime]
    state: Mapped[StepState] = mapped_column(word_of(StepState, 10), default=StepState.DUE)
    attempt: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(default=None)
    run: Mapped[str] = mapped_column(String(64), default="")
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[str] = mapped_column(Text, default="")
    moved_from: Mapped[datetime | None] = mapped_column(default=None)
    moved_why: Mapped[str] = mapped_column(Text, default="")


class StepAct(Base):
    """What a person did to a step (步骤处置), who (`by`), why, and when. Append-only."""

    __tablename__ = "step_act"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey(Occurrence.id), index=True)
    act: Mapped[Intervention] = mapped_column(word_of(Intervention, 10))
    by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Acted(Base):
    """That somebody acted in a community (有人办理), until `domain.community.activity` saw to it.

    `on_register`: for the next collection, which looks at its households; else for its blocked
    steps.
    """

    __tablename__ = "acted"
    __table_args__ = (Index("ix_acted_on_register", "on_register", "community_id"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    on_register: Mapped[bool] = mapped_column(default=False)


class Lease(Base):
    """Who alone does something (the clock), since when and until when; another takes over after
    that."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime]
    since: Mapped[datetime | None] = mapped_column(default=None)


class SelfCheck(Base):
    """How the service itself found something to be (自检), and when: the last time only.

    `name` is what is done again and again, `said` what was wrong (`ok` false), or what was found.
    """

    __tablename__ = "self_check"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    ok: Mapped[bool]
    said: Mapped[str] = mapped_column(Text)
    # Since when it has been as it is.
    since: Mapped[datetime]


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
