"""`jifen doctor`: every probe of the installation, with its cause and remedy."""

from collections.abc import Iterable
from typing import Any

import typer

from config.settings import load
from console.commands.status import in_words
from console.common import AsJson, print_json, print_table, put
from console.language import spoken
from console.wording import _, heads, word
from domain.kernel.errors import Refused
from domain.kernel.local_time import local_iso
from domain.kernel.reasons import reason
from domain.operations.finding import URGENCY, Finding
from domain.store.database import open_engine
from domain.store.roles import READER
from flows.watch.probes import Board, Checked, Installation

# What hangs is found to hang after so long.
WAIT_S = 10.0


def register(parent: typer.Typer) -> None:
    parent.command("doctor")(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Look at every part of the installation: what is wrong, why, and what to do about it.

    It works whatever is away; exit 1 where a probe fails.

    Example: jifen doctor
    """
    settings = load()
    engine = open_engine(settings.database_url.get_secret_value(), READER)
    board = Board(Installation.of(settings, engine, publishes=True))
    checked = list(board.look(WAIT_S).values())
    engine.dispose()
    if as_json:
        print_json([_document(each) for each in checked])
    else:
        _show(checked)
    failed = [each for each in checked if each.state == "failed"]
    if failed:
        # Of equally urgent ones the first: a cause is looked at before what follows from it.
        every = (finding for each in failed for finding in each.findings)
        worst = min(every, key=lambda finding: URGENCY.index(finding.what))
        raise Refused(reason("doctor_found", count=len(failed), advice=worst.advised))


def _document(each: Checked) -> dict[str, Any]:
    """A probe as a script reads it; `ok` is null where it could not be asked."""
    return {
        "probe": each.name,
        "ok": {"ok": True, "failed": False}.get(each.state),
        "seconds": round(each.seconds, 3),
        "findings": [
            {
                "what": finding.what,
                "about": finding.about,
                "why": finding.why,
                "do": finding.advice,
                "since": local_iso(finding.since) if finding.since else None,
            }
            for finding in each.findings
        ],
    }


def _show(checked: Iterable[Checked]) -> None:
    language = spoken()
    good, unknown = [], []
    rows = []
    for each in checked:
        name = reason(f"about_{each.name}").text(language)
        if each.findings:
            rows += [_row(name, finding) for finding in each.findings]
        elif each.state == "ok":
            good.append(name)
        else:
            unknown.append(name)
    if rows:
        print_table(heads("probe", "what", "why", "do"), rows)
        put("")
    if good:
        put(_("in order: {names}").format(names=_(", ").join(good)))
    if unknown:
        put(_("could not be looked at: {names}").format(names=_(", ").join(unknown)))


def _row(name: str, finding: Finding) -> tuple[str, ...]:
    _about, why, remedy = in_words(finding, "")
    return name, word("findings", finding.what), why, remedy
