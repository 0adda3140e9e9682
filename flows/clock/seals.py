"""The nightly check of the seals (夜间验账): every ledger is computed again, by one clock, once."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from domain.kernel.local_time import LOCAL
from domain.kernel.reasons import kept, reason
from domain.ledger.verify import verify
from domain.operations import self_check
from domain.operations.leases import take_lease
from domain.operations.timekeeping import is_doubted
from domain.store.database import database_now, open_engine, reading, writing
from domain.store.roles import QUERY, SWEEP

HOURS = range(1, 6)  # of the night
# Often enough to find it missing in the night, wherever the clock was started.
EVERY_S = 600.0
_AGE_MIN, _AGE_MAX = timedelta(hours=18), timedelta(hours=30)
_LENGTH = timedelta(hours=2)


def check_seals(engine: Engine, holder: str) -> bool:
    """Check them if it is time, and note what was found; whether they were checked."""
    with writing(engine) as session:
        at = database_now(session)
        if is_doubted(session, at):
            return False
        last = self_check.last(session, self_check.SEALS, at)
        if last is not None and not _is_time(at, at - last.at):
            return False
        if not take_lease(session, self_check.SEALS, holder, at, _LENGTH):
            return False
    # A large ledger takes longer than a sweep may, but no more of the clock's memory.
    patient = open_engine(engine.url, replace(QUERY, cache_kib=SWEEP.cache_kib))
    try:
        with reading(patient) as session:
            faults = verify(session)
    finally:
        patient.dispose()
    said = ""
    if faults:
        first = faults[0]
        said = kept(
            reason(
                "ledger_broken", community=first.community, journal=first.journal, problem=first.why
            )
        )
    with writing(engine) as session:
        self_check.note(session, self_check.SEALS, not faults, said, database_now(session))
    return True


def _is_time(at: datetime, age: timedelta) -> bool:
    by_night = at.astimezone(LOCAL).hour in HOURS
    return age > (_AGE_MIN if by_night else _AGE_MAX)
