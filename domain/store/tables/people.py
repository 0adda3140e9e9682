"""Communities, their households, and the people with a role."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from domain.store.tables.base import Base, word_of


class WebList(StrEnum):
    """What of a quarter's list of households the web shows (网上名单); the board has all of it."""

    FIRST = "first"  # 只公布名列前茅者: first places only
    FULL = "full"  # 全部公布, masked


class RoleName(StrEnum):
    """What a person does in a scheme (角色)."""

    CLERK = "clerk"  # 录入员: enters what is on paper
    REVIEWER = "reviewer"  # 评议员: decides on claims, at a stage
    TOWN = "town"  # 乡镇联系人: the town's contact, who also decides where a stage is the town's
    COMMITTEE = "committee"  # 村“两委”成员: decides where a stage is the committee's
    SUPERVISOR = "supervisor"  # 监督员
    SHOP = "shop"  # 积分超市管理员: hands out goods
    OPERATOR = "operator"  # 运维: runs the service
    VILLAGER = "villager"  # 村民: hears what becomes of their household's claims
    GROUP = "group"  # 群: a chat group's robot, told of each notice


class Community(Base):
    """A community or village (社区、村) that runs a scheme. `rehearsed`: a rehearsal made it.

    How it publishes on the web: `web_list` says what stands there; a notice leaves `public_days`
    after its window, or after its publication where it has none; `complaints` says where to
    complain, blank for the town.
    """

    __tablename__ = "community"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    town: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]
    rehearsed: Mapped[bool] = mapped_column(default=False, server_default=false())
    web_list: Mapped[WebList] = mapped_column(
        word_of(WebList, 5), default=WebList.FIRST, server_default=WebList.FIRST
    )
    public_days: Mapped[int] = mapped_column(default=365, server_default="365")
    complaints: Mapped[str] = mapped_column(String(200), default="", server_default="")


class Household(Base):
    """A household (户): the unit that earns.

    `enrolled_on` is the day from which it takes part, None where it has not declared its will
    (有意愿); `left_on` is the last day it takes part; `imported` is the digest of the row by which
    it came.
    """

    __tablename__ = "household"
    __table_args__ = (UniqueConstraint("community_id", "code"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    code: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(100))
    area: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    registered: Mapped[bool] = mapped_column(default=True)
    resident_since: Mapped[date | None] = mapped_column(default=None)
    members: Mapped[int | None] = mapped_column(default=None)
    enrolled_on: Mapped[date | None] = mapped_column(default=None)
    consent: Mapped[bool] = mapped_column(default=False)
    left_on: Mapped[date | None] = mapped_column(default=None)
    left_why: Mapped[str] = mapped_column(String(40), default="")
    imported: Mapped[str] = mapped_column(String(64), default="", server_default="")


class Member(Base):
    """A taking-part member of a household (家庭成员)."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("household_id", "code"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id))
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))


class Person(Base):
    """Someone with a role in a community: clerk, reviewer, town contact, supervisor, shop."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("community_id", "code"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey(Community.id))
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    household_id: Mapped[int | None] = mapped_column(ForeignKey(Household.id), default=None)
    area: Mapped[str] = mapped_column(String(100), default="")
    notify: Mapped[list[Any]] = mapped_column(default_factory=list)


class Role(Base):
    """A role of a person; a reviewer's `stage` says at which level they decide."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("person_id", "role", "stage"),)
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    role: Mapped[RoleName] = mapped_column(word_of(RoleName, 20))
    stage: Mapped[str] = mapped_column(String(40), default="")


class Kin(Base):
    """Two households registered as kin (亲属), in both orders."""

    __tablename__ = "kin"
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id), primary_key=True)
    kin_id: Mapped[int] = mapped_column(ForeignKey(Household.id), primary_key=True)
