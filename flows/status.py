"""运行情况: the findings as artifacts, for operators who look at Prefect's UI."""

from collections.abc import Sequence
from datetime import datetime

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas import State
from prefect.states import Completed
from sqlalchemy import func, select

from domain.kernel.errors import JifenError
from domain.kernel.local_time import local_text
from domain.kernel.reasons import reason
from domain.operations.finding import Finding, counted, gather
from domain.store.database import database_now, reading
from domain.store.tables.people import Community
from flows.steps.asked import moment_asked
from flows.steps.names import finding_word, name_of_status
from flows.steps.outcomes import together
from flows.steps.running import refused
from flows.steps.runtime import engine, language, manner
from flows.watch.sights import look
from notifications.letters.troubles import finding_words
from notifications.texts.catalogue import load_texts

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
        description=_said("status_counts"),
    )
    create_table_artifact(
        key="status",
        table=[_row(each) for each in gather(found)[:ROWS_MAX]],
        description=_said("status_table"),
    )
    return Completed(message=together(map(_counted, counts.items())) or _said("status_fine"))


def _said(code: str, **values: object) -> str:
    return reason(code, **values).text(language())


def _counted(counted: tuple[str, int]) -> str:
    what, count = counted
    return _said(f"counted_{what}", count=count)


def _summary(
    found: Sequence[Finding], counts: dict[str, int], communities: int, at: datetime
) -> str:
    places = len({code for each in found for code in each.communities})
    concerned = _said("status_places", places=places, communities=communities)
    lines = [f"# {local_text(at)}", "", concerned, ""]
    if counts:
        lines += [f"| {_said('status_what')} | {_said('status_count')} |", "|---|---:|"]
        lines += [f"| {finding_word(what)} | {count} |" for what, count in counts.items()]
    else:
        lines.append(_said("status_fine"))
    return "\n".join(lines)


def _row(finding: Finding) -> dict[str, str]:
    codes = ", ".join(finding.communities[:CODES_MAX])
    if len(finding.communities) > CODES_MAX:
        codes = _said("status_more", codes=codes, count=len(finding.communities))
    about, why = finding.about, finding.why
    if language() != "en":
        about, why = finding_words(finding, load_texts(language()))
    row = {
        "what": finding_word(finding.what),
        "communities": codes,
        "about": about,
        "why": why,
        "do": finding.advised.text(language()),
        # Within Prefect's UI itself: no address is needed.
        "run": f"[{finding.run[:8]}](/runs/flow-run/{finding.run})" if finding.run else "",
    }
    return {_said(f"status_{name}"): value for name, value in row.items()}


# As in `flows.catalogue`, by process; it belongs to no community's cycle, so it is no step there.
FLOWS = {"status": status_flow}
