"""What a town's users may do in its PostgreSQL (授权): given by `jifen init`, table by table.

`config/postgresql/roles.sql` makes an owner, under whom `jifen init` runs, and two groups named
after the database: its service, and readers of reports. Where they are not, nothing is given.
"""

from sqlalchemy import Connection, Table, text

from config.guards import APPEND_ONLY
from domain.store.tables.everything import metadata

# All else that is taken back leaves a trace: rows are deleted from these only.
DELETED_FROM = ("acted", "alarm", "kin", "lease", "town_day")
# What no report needs: whole tables, and columns of others.
UNREAD = (
    "alarm",
    "backup",
    "bot",
    "delivery",
    "inbox_row",
    "outbox",
    "permit",
    "receipt",
    "refused_row",
    "self_check",
)
UNREAD_COLUMNS = {
    "claim": ("place", "reason", "evidence"),
    "decision": ("note",),
    "household": ("head", "phone"),
    "member": ("name",),
    "notice": ("content",),
    "objection": ("text",),
    "objection_event": ("note",),
    "person": ("name", "notify"),
    "redemption": ("handed_out_by", "receiver"),
    "discarded_row": ("by", "why"),
    "step_act": ("by", "why"),
    "survey_correction": ("by", "why"),
    "surveyed_household": ("note",),
    "time_act": ("by", "why"),
}
# The groups of the database that we may give rights in: those of its tables that are ours to give.
_GROUPS = """
    SELECT rolname FROM pg_roles
    WHERE rolname IN (current_database() || '_service', current_database() || '_reader')
        AND pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'alembic_version'::regclass),
                        'USAGE')
"""


def grant(connection: Connection) -> None:
    """Give both groups what they need of this version's tables, and nothing else."""
    if connection.dialect.name != "postgresql":
        return
    quote = connection.dialect.identifier_preparer.quote
    for group in connection.scalars(text(_GROUPS)).all():
        name = quote(group)
        for statement in (
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}",
            "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}",
            "GRANT SELECT ON alembic_version TO {}",
        ):
            connection.execute(text(statement.format(name)))
        if group.endswith("_service"):
            _grant_to_service(connection, name)
        else:
            _grant_to_reader(connection, name)


def _grant_to_service(connection: Connection, group: str) -> None:
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {group}"))
    for table in metadata.sorted_tables:
        acts = ["SELECT", "INSERT"]
        acts += ["UPDATE"] if table.name not in APPEND_ONLY else []
        acts += ["DELETE"] if table.name in DELETED_FROM else []
        connection.execute(text(f'GRANT {", ".join(acts)} ON "{table.name}" TO {group}'))


def _grant_to_reader(connection: Connection, group: str) -> None:
    for table in metadata.sorted_tables:
        if table.name not in UNREAD:
            columns = ", ".join(f'"{name}"' for name in _read(table))
            connection.execute(text(f'GRANT SELECT ({columns}) ON "{table.name}" TO {group}'))


def _read(table: Table) -> list[str]:
    unread = UNREAD_COLUMNS.get(table.name, ())
    return [column.name for column in table.columns if column.name not in unread]
