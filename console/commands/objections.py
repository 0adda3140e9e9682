"""`jifen objection file · list · resolve · appeal`."""

from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    conclude_act,
    moment,
    print_json,
    print_table,
    reading,
    the_community,
    writing,
)
from console.installation import tell
from console.wording import _, heads, word
from domain.kernel.local_time import local_iso
from domain.ledger.disputes import objections_of, outcome_of
from domain.store.tables.objections import Objection, ObjectionStatus, Resolution
from domain.store.tables.people import Household, Person

app = typer.Typer(help="Objections (异议).", no_args_is_help=True)
Ref = Annotated[str, typer.Argument(help="The objection's number.")]

_ABOUT = (
    "A claim's number; an entry as the card shows it (#17); a notice's period with a household"
    " (2026-Q1/H007); or - for a claim that was never entered."
)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="objection")


def _row(session: Session, objection: Objection) -> dict[str, Any]:
    ended = outcome_of(session, objection)
    person = session.get(Person, ended.person_id) if ended and ended.person_id else None
    return {
        "ref": objection.ref,
        "household": session.get_one(Household, objection.household_id).code,
        "about": objection.about,
        "text": objection.text,
        "filed_at": local_iso(objection.filed_at),
        "due_at": local_iso(objection.due_at),
        "status": objection.status,
        "level": objection.level,
        "outcome": ended.act if ended else None,
        "note": ended.note if ended else "",
        "decided_by": person.code if person else None,
        "decided_at": local_iso(ended.at) if ended else None,
    }


@app.command("file")
def file_one(
    household: Annotated[str, typer.Option("--household")],
    about: Annotated[str, typer.Option("--about", help=_ABOUT)],
    text: Annotated[str, typer.Option("--text")],
    ref: Annotated[
        str | None,
        typer.Argument(help="The objection's number: given twice, it is one. Else one is given."),
    ] = None,
    community: CommunityCode = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """File an objection to a claim, an entry, a notice, or to what was never entered.

    Example: jifen objection file O1 --household H007 --about C0042 --text 当天我家参加了 -c ma
    """
    from domain.objections.cases import file_objection  # lazy: start

    with writing() as session:
        filed = file_objection(
            session, the_community(session, community), ref, household, about, text, moment(as_of)
        )
        row = _row(session, filed)
    if row["status"] == ObjectionStatus.OPEN:
        said = _("objection {ref} is filed; an answer is due by {moment}").format(
            ref=row["ref"], moment=row["due_at"]
        )
    else:
        said = _state(row)
    conclude_act(said, row, as_json, session)


def _state(row: dict[str, Any]) -> str:
    return _("objection {ref} is {status}").format(
        ref=row["ref"], status=word("objections", row["status"])
    )


@app.command("list")
def list_all(
    community: CommunityCode = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only open ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Objections and their state; of those that ended, also who decided so and why.

    Example: jifen objection list --open -c ma
    """
    with reading() as session:
        chosen = the_community(session, community)
        found = objections_of(session, chosen, only_open=only_open)
        rows = [_row(session, each) for each in found]
    if as_json:
        print_json(rows)
    else:
        header = heads("ref", "household", "about", "status", "level", "due", "text", "by", "note")
        print_table(
            header,
            (
                (
                    row["ref"],
                    row["household"],
                    row["about"],
                    word("objections", row["status"]),
                    row["level"],
                    row["due_at"],
                    row["text"],
                    row["decided_by"],
                    row["note"],
                )
                for row in rows
            ),
        )


@app.command()
def resolve(
    ref: Ref,
    outcome: Annotated[str, typer.Argument(metavar="upheld|dismissed")],
    by: Annotated[str, typer.Option("--by", help="A reviewer who did not decide the claim.")],
    note: Annotated[str, typer.Option("--note", help="The reason, for the objector.")] = "",
    community: CommunityCode = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record an objection's outcome; upheld, the ledger is corrected.

    Example: jifen objection resolve O1 upheld --by r2 --note 经查属实 -c ma
    """
    outcomes = {
        "upheld": Resolution.UPHELD,
        "成立": Resolution.UPHELD,
        "dismissed": Resolution.DISMISSED,
        "不成立": Resolution.DISMISSED,
    }
    if outcome not in outcomes:
        raise typer.BadParameter(_("say upheld or dismissed"))
    from domain.publicity.answering import answer_objection  # lazy: start

    with writing() as session:
        chosen = the_community(session, community)
        row = _row(
            session,
            answer_objection(
                session, chosen, ref, outcomes[outcome], by, note, moment(as_of), tell
            ),
        )
    conclude_act(_state(row), row, as_json, session)


@app.command()
def appeal(
    ref: Ref,
    text: Annotated[str, typer.Option("--text")] = "",
    community: CommunityCode = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Take a dismissed objection to the second level, where the scheme names one.

    Example: jifen objection appeal O1 --text 请镇里复核 -c cb
    """
    from domain.objections.cases import appeal as appeal_objection  # lazy: start

    with writing() as session:
        chosen = the_community(session, community)
        row = _row(session, appeal_objection(session, chosen, ref, text, moment(as_of)))
    said = _("objection {ref} goes to the second level").format(ref=ref)
    conclude_act(said, row, as_json, session)
