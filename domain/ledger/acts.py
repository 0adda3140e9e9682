"""Acts (记账事由): what a journal is posted for. A community's ledger has each act once.

An act's key is made here, and read here: nobody else knows how one is written.
"""

from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain.kernel.period import Period
from domain.store.tables.ledger import Journal
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community

_AUDIT, _BASE = "audit:", "base:"


def audit_act(period: Period) -> str:
    """A month's audit (月度审核)."""
    return f"{_AUDIT}{period}"


def base_act(period: Period) -> str:
    """The opening of a year's or a quarter's books (建账), which gives base points."""
    return f"{_BASE}{period}"


def joined_act(day: date, number: int) -> str:
    """Base points of households that have joined (入户), for the `number`th time on a day."""
    return f"{_joined_on(day)}{number}"


def late_act(year: int) -> str:
    """What a settlement registers because no audit has (补登)."""
    return f"late:{year}"


def settlement_act(year: int) -> str:
    """The settlement of a year (年度结算)."""
    return f"settlement:{year}"


def clearing_act(year: int) -> str:
    """The clearing of a settled year's points (积分清零)."""
    return f"clearing:{year}"


def carry_over_act(year: int, corrected_by: str | None = None) -> str:
    """The carrying over of a settled year's points (积分结转), or of what an act corrected in
    it afterwards."""
    act = f"carry_over:{year}"
    return act if corrected_by is None else f"{act}:{corrected_by}"


def redemption_act(ref: str) -> str:
    """A hand-out of the points shop (兑换)."""
    return f"redemption:{ref}"


def refund_act(ref: str) -> str:
    """A hand-out that is taken back (退还)."""
    return f"refund:{ref}"


def objection_act(objection: Objection) -> str:
    """What corrects that which an upheld objection overturned (异议更正)."""
    return f"objection:{objection.ref}:{objection.level}"


def act_in_year(act: str, year: int) -> str:
    """What an act changes in a later year beside its own."""
    return f"{act}:{year}"


def of_act(act: str) -> ColumnElement[bool]:
    """The journals of an act, with those of what it changes in later years."""
    return (Journal.act == act) | Journal.act.startswith(f"{act}:", autoescape=True)


def is_base(act: str) -> bool:
    """Whether an act is the opening of books."""
    return act.startswith(_BASE)


def has_act(session: Session, community: Community, act: str) -> bool:
    """Whether a community's ledger has a journal for this act."""
    query = select(Journal.id).where(Journal.community_id == community.id, Journal.act == act)
    return session.scalar(query) is not None


def has_opened(session: Session, community: Community, year: int) -> bool:
    """Whether any of a year's books are open."""
    return _count(session, community, f"{_BASE}{year}") > 0


def times_joined(session: Session, community: Community, day: date) -> int:
    """How many times households that have joined got their base points on a day."""
    return _count(session, community, _joined_on(day))


def audited_periods(session: Session, community: Community) -> set[str]:
    """The months whose audits are closed."""
    acts = session.scalars(
        select(Journal.act).where(
            Journal.community_id == community.id, Journal.act.startswith(_AUDIT)
        )
    )
    return {act.removeprefix(_AUDIT) for act in acts}


def _joined_on(day: date) -> str:
    return f"joined:{day}:"


def _count(session: Session, community: Community, beginning: str) -> int:
    query = select(func.count()).where(
        Journal.community_id == community.id, Journal.act.startswith(beginning)
    )
    return session.scalar(query) or 0
