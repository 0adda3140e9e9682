"""A part of the service starts only where its machine's time is the database's (对时)."""

from sqlalchemy import Engine

from domain.kernel.local_time import now
from domain.kernel.reasons import Reason
from domain.operations.timekeeping import require_agreeing, unlikely
from domain.store.database import database_now, reading
from domain.store.faults import DATABASE_ERRORS


def refuse_other_time(engine: Engine) -> None:
    """Refused where they are more than a minute apart; a database that is away passes, for a part
    that can wait for it, and an embedded one has no other time."""
    if engine.dialect.name != "postgresql":
        return
    try:
        with reading(engine) as session:
            theirs = database_now(session)
    except DATABASE_ERRORS:
        return
    require_agreeing(now(), theirs)


def doubted_at_start(engine: Engine) -> Reason | None:
    """Why an embedded database's clock will not go on by this machine's time, if it will not."""
    with reading(engine) as session:
        return unlikely(session, database_now(session))
