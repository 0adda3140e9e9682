"""`jifen review list · sheet · decide`."""

from pathlib import Path
from typing import Annotated

import typer

from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    conclude,
    conclude_act,
    moment,
    print_json,
    print_table,
    reading,
    the_community,
    writing,
)
from console.wording import _, heads, word, yes
from domain.community.registry import find_person
from domain.kernel.names import pasted
from domain.review import sitting as domain
from domain.review.claims import find_claim
from domain.review.evidence import evidence_of
from domain.store.tables.claims import Verdict

app = typer.Typer(help="The reviewers' queue.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="review")


@app.command("list")
def list_queue(
    community: CommunityCode = None,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", help="Only what this person can decide.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Claims that wait for a decision, oldest first.

    Example: jifen review list -c ma --reviewer r1
    """
    with reading() as session:
        chosen = the_community(session, community)
        person = find_person(session, chosen, reviewer) if reviewer else None
        rows = [
            {
                "ref": each.claim.ref,
                "household": each.household.code,
                "item": each.claim.item,
                "occurred_on": each.claim.occurred_on.isoformat(),
                "channel": each.claim.channel,
                "place": each.claim.place,
                "reason": each.claim.reason,
                "evidence": each.claim.evidence,
                "evidence_missing": _lacks_evidence(each),
                "stage": each.stage,
                "audit": each.claim.audit,
                "overdue": each.overdue,
            }
            for each in domain.queue(session, chosen, person)
        ]
    if as_json:
        print_json(rows)
    else:
        header = heads(
            "ref", "household", "item", "on", "stage", "audit", "overdue", "evidence", "reason"
        )
        print_table(
            header,
            (
                (
                    row["ref"],
                    row["household"],
                    row["item"],
                    row["occurred_on"],
                    row["stage"],
                    row["audit"],
                    yes(row["overdue"]),
                    _("MISSING") if row["evidence_missing"] else row["evidence"],
                    row["reason"],
                )
                for row in rows
            ),
        )


@app.command()
def sheet(
    out: Annotated[Path, typer.Option("--out", metavar="FILE.xlsx")],
    reviewer: Annotated[str, typer.Option("--reviewer", help="Who will fill it in.")],
    community: CommunityCode = None,
    as_json: AsJson = False,
) -> None:
    """A sheet of decisions to fill in on paper or in a spreadsheet, and to import again.

    Example: jifen review sheet --reviewer r1 --out 评议表.xlsx -c ma
    """
    from domain.intake.ballot import ballot  # lazy: start
    from domain.sheets.writing import write_xlsx  # lazy: start

    with reading() as session:
        chosen = the_community(session, community)
        page = ballot(session, chosen, find_person(session, chosen, reviewer))
    write_xlsx(out, [page])
    claims = len(list(page.rows))
    command = f"jifen import decisions {pasted(chosen.code)} {pasted(str(out))}"
    said = _("claims to decide in {file}: {count}; then `{command}`").format(
        file=out, count=claims, command=command
    )
    conclude(said, {"file": str(out), "claims": claims}, as_json)


def _lacks_evidence(waiting: domain.Waiting) -> bool:
    item = waiting.ruleset.item(waiting.claim.item)
    return evidence_of(item, waiting.claim) == "missing"


@app.command()
def decide(
    ref: Annotated[str, typer.Argument(help="The claim's number.")],
    verdict: Annotated[str, typer.Argument(metavar="approve|reject")],
    reviewer: Annotated[str, typer.Option("--reviewer")],
    note: Annotated[
        str, typer.Option("--note", help="Needed to reject, and to approve without evidence.")
    ] = "",
    stage: Annotated[
        str | None, typer.Option("--stage", help="Else the one at which the claim waits.")
    ] = None,
    community: CommunityCode = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record a reviewer's decision.

    Example: jifen review decide C0042 approve --reviewer r1 -c ma
    """
    verdicts = {
        "approve": Verdict.APPROVE,
        "通过": Verdict.APPROVE,
        "reject": Verdict.REJECT,
        "不通过": Verdict.REJECT,
    }
    if verdict not in verdicts:
        raise typer.BadParameter(_("say approve or reject"))
    with writing() as session:
        chosen = the_community(session, community)
        asked = stage or domain.stage_in_turn(session, chosen, ref, reviewer)
        domain.decide(session, chosen, ref, reviewer, verdicts[verdict], note, moment(as_of), asked)
        row = {
            "ref": ref,
            "stage": asked,
            "reviewer": reviewer,
            "verdict": verdicts[verdict],
            "status": find_claim(session, chosen, ref).status,
        }
    said = _("claim {ref}: {verdict} by {person}; it is {status}").format(
        ref=ref,
        verdict=word("verdicts", row["verdict"]),
        person=reviewer,
        status=word("statuses", row["status"]),
    )
    conclude_act(said, row, as_json, session)
