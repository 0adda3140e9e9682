"""Numbers that the program gives to what is done one at a time (编号): `R260404-01`."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.local_time import local_date
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community
from domain.store.tables.shop import Redemption

_LETTERS = {Redemption: "R", Objection: "O"}
# Longer endings are of numbers that were made of a sheet's rows.
_ENDING_MAX = 4


def next_number(
    session: Session, community: Community, table: type[Redemption | Objection], at: datetime
) -> str:
    """The next free number of the day. The community's ledger must be locked, so that nobody else
    is given the same."""
    beginning = f"{_LETTERS[table]}{local_date(at):%y%m%d}-"
    refs = session.scalars(
        select(table.ref).where(
            table.community_id == community.id, table.ref.startswith(beginning, autoescape=True)
        )
    )
    endings = (ref.removeprefix(beginning) for ref in refs)
    used = [
        int(each)
        for each in endings
        if each.isascii() and each.isdecimal() and len(each) <= _ENDING_MAX
    ]
    return f"{beginning}{max(used, default=0) + 1:02}"
