"""All tables at once: for migrations, and for whoever empties or copies a database."""

from domain.store.tables import (
    backups,
    claims,
    cycle,
    ledger,
    notices,
    objections,
    outbox,
    people,
    rules,
    settlement,
    shop,
    surveys,
    timekeeping,
)
from domain.store.tables.base import Base

# To import a subject's module is to add its tables.
SUBJECTS = (
    backups,
    claims,
    cycle,
    ledger,
    notices,
    objections,
    outbox,
    people,
    rules,
    settlement,
    shop,
    surveys,
    timekeeping,
)
metadata = Base.metadata
