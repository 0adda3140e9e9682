"""A community whose people have addresses at local receivers, for the tests of delivery."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from domain.community.adoption import add_community
from domain.community.registry import add_person
from domain.kernel.local_time import start_of_day
from domain.rules.load import shipped
from domain.store.database import reading, writing
from domain.store.tables.outbox import Delivery, Message, Receipt
from domain.store.tables.people import Community
from notifications.outbox.deliverer import Deliverer, Manner
from notifications.outbox.messages import enqueue
from tests.notifications.receivers import WebReceiver

MORNING = start_of_day(date(2026, 4, 2)) + timedelta(hours=10)
FACTS = {
    "name": "王",
    "community": "甲村",
    "town": "乙镇",
    "period": "2026-03",
    "count": 1,
    "overdue": 0,
    "oldest": "2026-03-30",
    "deadline": "2026-04-06T00:00:00+08:00",
}


class Watch:
    """A clock that stands still until it is set."""

    def __init__(self, at: datetime = MORNING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def people(engine: Engine, addresses: dict[str, list[str]], code: str = "ma") -> None:
    """A community with these people, each with their addresses."""
    with writing(engine) as session:
        opened = start_of_day(date(2026, 1, 1))
        community = add_community(
            session,
            code,
            "马鞍社区",
            "马鞍街道",
            shipped("fuling-maan-2022"),
            date(2026, 1, 1),
            opened,
        )
        for person, notify in addresses.items():
            add_person(session, community, person, f"姓名{person}", ["reviewer"], notify=notify)


def write(engine: Engine, recipient: str, occasion: str, at: datetime, **options: Any) -> bool:
    """A reminder in the outbox."""
    facts = FACTS | {"count": options.pop("count", 1)}
    with writing(engine) as session:
        community = session.scalars(select(Community)).one()
        return enqueue(session, community, recipient, occasion, "reminder", facts, at, **options)


def deliverer(engine: Engine, server: WebReceiver, watch: Watch, **options: Any) -> Deliverer:
    """A deliverer whose robots' services are the local receiver."""
    services = ("wecombot", "dingtalk", "feishu", "lark", "schan")
    usual = Manner(couriers=1, limit_s=3.0, gateways=dict.fromkeys(services, server.url))
    return Deliverer(engine, replace(usual, **options), watch)


def states(engine: Engine) -> list[tuple[str, str]]:
    """Each message's recipient and state, in the order in which they were written."""
    with reading(engine) as session:
        rows = session.scalars(select(Message).order_by(Message.id))
        return [(row.recipient, row.state) for row in rows]


def deliveries(engine: Engine) -> list[Delivery]:
    with reading(engine) as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def receipts(engine: Engine) -> list[Receipt]:
    with reading(engine) as session:
        return list(session.scalars(select(Receipt).order_by(Receipt.id)))
