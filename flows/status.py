"""运行情况: the findings as artifacts, for operators who look at Prefect's UI."""

from collections.abc import Sequence
from datetime import datetime

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas import State
from prefect.states import Completed
from sqlalchemy import func, select

from domain.clock import local_text
from domain.errors import JifenError
from domain.finding import Finding, counted, gather
from domain.store.database import database_now, reading
from domain.store.tables.people import Community
from flows.asked import moment_asked
from flows.manner import look
from flows.names import name_of_status
from flows.runtime import engine, manner
from flows.steps import refused

# What an artifact shows of one kind; `jifen status --json` has all.
CODES_MAX = 50
ROWS_MAX = 500


@flow(name="status", flow_run_name=name_of_status)
def status_flow(as_of: datetime | None = None) -> State:
    """What is late, blocked, failed or undelivered, and what to do about each (运行情况).

    Args:
        as_of: stands in for now
    """
    try:
        with reading(engine()) as session:
            at = moment_asked(session, as_of, database_now(session))
    except JifenError as error:
        return refused(error)
    with reading(engine()) as session:
        found = look(session, None, at, manner())
        communities = session.scalar(select(func.count()).select_from(Community)) or 0
    counts = {what: count for what, count in counted(found).items() if count}
    create_markdown_artifact(
        key="status-counts",
        markdown=_summary(found, counts, communities, at),
        description="how many things are late, blocked, failed or undelivered",
    )
    create_table_artifact(
        key="status",
        table=[_row(each) for each in gather(found)[:ROWS_MAX]],
        description="what is late, blocked, failed or undelivered, and what to do about each",
    )
    said = ", ".join(f"{count} {what}" for what, count in counts.items())
    return Completed(message=said or "nothing is late, blocked, failed or undelivered")


def _summary(
    found: Sequence[Finding], counts: dict[str, int], communities: int, at: datetime
) -> str:
    places = {code for each in found for code in each.communities}
    lines = [
        f"# {local_text(at)}",
        "",
        f"{len(places)} of {communities} communities concerned.",
        "",
    ]
    if counts:
        lines += ["| what | how many |", "|---|---:|"]
        lines += [f"| {what} | {count} |" for what, count in counts.items()]
    else:
        lines.append("Nothing is late, blocked, failed or undelivered.")
    return "\n".join(lines)


def _row(finding: Finding) -> dict[str, object]:
    more = len(finding.communities) - CODES_MAX
    return {
        "what": finding.what,
        "communities": ", ".join(finding.communities[:CODES_MAX])
        + (f" and {more} more" if more > 0 else ""),
        "about": finding.about,
        "why": finding.why,
        "do": finding.advice,
        # Within Prefect's UI itself: no address is needed.
        "run": f"[{finding.run[:8]}](/runs/flow-run/{finding.run})" if finding.run else "",
    }


# As in `flows.catalogue`, by process; it belongs to no community's cycle, so it is no step there.
FLOWS = {"status": status_flow}
