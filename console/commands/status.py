"""`jifen calendar`, `jifen status`, `jifen metrics`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.settings import Settings, load
from console.commands.communities import parse_day
from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    communities_meant,
    moment,
    open_database,
    print_json,
    print_table,
    put,
    reading,
    say,
)
from console.language import spoken
from console.wording import _, heads, listed, step_word, word
from domain.community.registry import find_community
from domain.kernel.errors import Refused
from domain.kernel.local_time import end_of_day, local_date, local_iso
from domain.kernel.reasons import reason, told
from domain.operations.finding import ALARMING, Finding, counted, gather
from domain.store.database import open_engine
from domain.store.roles import READER

if TYPE_CHECKING:
    from flows.watch.probes import Checked

# More lines than these nobody reads; the rest is asked for by community.
LINES_MAX = 40
CODES_SHOWN = 3
# So long the probes are waited for: one that is silent is found to be.
PROBES_WAIT_S = 2.0


def register(parent: typer.Typer) -> None:
    parent.command("calendar")(calendar)
    parent.command("status")(status)
    parent.command("metrics")(metrics)


def calendar(
    community: CommunityCode = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """What falls due when: process, step, due time, state; what moved, from when and why.

    Example: jifen calendar -c ma --until 2026-06-30
    """
    from domain.cycle.occurrences import coming  # lazy: start
    from domain.cycle.town_days import announced_years  # lazy: start

    at = moment(as_of)
    with reading() as session:
        rows: list[dict[str, Any]] = [
            {
                "community": each.code,
                "process": found.step.process,
                "period": str(found.step.period),
                "step": found.step.step,
                "due": local_iso(found.step.due_at),
                "state": found.state,
                "moved_from": local_iso(found.moved_from) if found.moved_from else None,
                "why": told(found.why, "en" if as_json else spoken()),
            }
            for each in communities_meant(session, [community] if community else ())
            for found in coming(session, each, local_date(at).year)
            if until is None or found.step.due_at <= end_of_day(parse_day(until))
        ]
        known = announced_years(session)
    if as_json:
        print_json(rows)
    else:
        print_table(
            heads("community", "due", "process", "period", "step", "state", "moved"),
            (
                (
                    row["community"],
                    row["due"][:16].replace("T", " "),
                    word("processes", row["process"]),
                    row["period"],
                    step_word(row["step"]),
                    word("step_states", row["state"]),
                    _moved(row["moved_from"], row["why"]),
                )
                for row in rows
            ),
        )
    for year in sorted({row["due"][:4] for row in rows} - {str(year) for year in known}):
        text = _(
            "the working days of {year} are not announced in this version: dates of reminders may"
            " move; take in the State Council's notice with `jifen town import FILE`"
        )
        say(text.format(year=year))


def _moved(moved_from: str | None, why: str) -> str:
    """From when a step moved, and why; or why it is there or was dropped."""
    if not moved_from:
        return why
    return _("from {moment}: {why}").format(moment=moved_from, why=why)


def status(
    community: CommunityCode = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 where something needs an operator.")
    ] = False,
    as_of: AsOf = None,
    link: Annotated[
        bool, typer.Option("--link", help="The address of /status with its token: a secret.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What is late, blocked, failed or undelivered, and what to do about each.

    Example: jifen status -c ma --check
    """
    from flows.watch.sights import WatchSettings, look  # lazy: start

    settings = load()
    if link:
        _show_link(settings, as_json)
        return
    checked = None if community or as_of else _probed(settings)
    with reading(READER) as session:
        chosen = find_community(session, community) if community else None
        found = look(session, chosen, moment(as_of), WatchSettings.of(settings), checked)
    if as_json:
        print_json([_row(each, settings.prefect_ui_url) for each in found])
    else:
        _show(found, settings.prefect_ui_url)
    counts = counted(found)
    alarming = tuple(
        reason(f"counted_{what}", count=counts[what]) for what in ALARMING if counts[what]
    )
    if check and alarming:
        advice = gather(found)[0].advised
        raise Refused(reason("status_alarming", counts=alarming, advice=advice))


def _probed(settings: Settings) -> "dict[str, Checked]":
    """What the probes find now, of the whole installation."""
    from flows.watch.probes import Board, Installation  # lazy: start

    engine = open_engine(settings.database_url.get_secret_value(), READER)
    try:
        return Board(Installation.of(settings, engine)).look(PROBES_WAIT_S)
    finally:
        engine.dispose()


def _show_link(settings: Settings, as_json: bool) -> None:
    """Where the web part of this machine shows the same as a page, to whoever has the token."""
    from console.operators import link_here  # lazy: start

    shown = link_here(settings)
    if as_json:
        print_json({"link": shown})
    else:
        put(shown)


def _row(finding: Finding, ui: str) -> dict[str, Any]:
    """A finding as a script reads it; `community` is empty where it is the installation's."""
    return {
        "community": ",".join(finding.communities),
        "what": finding.what,
        "about": finding.about,
        "why": finding.why,
        "do": finding.advice,
        "count": finding.count,
        "since": local_iso(finding.since) if finding.since else None,
        "waits_for": [asdict(each) for each in finding.awaits],
        "run": finding.link(ui) or None,
    }


def _show(found: Sequence[Finding], ui: str) -> None:
    """Counts first, then a line for each kind of thing."""
    if not found:
        put(_("nothing is late, blocked, failed or undelivered"))
        return
    places = len({code for each in found for code in each.communities})
    counts = listed(
        _("{count} {what}").format(count=count, what=word("findings", what))
        for what, count in counted(found).items()
        if count
    )
    put(_("{counts}; communities: {places}").format(counts=counts, places=places) + "\n")
    lines = gather(found)
    print_table(
        heads("what", "community", "about", "why", "do"),
        (
            (word("findings", each.what), _places(each), *in_words(each, ui))
            for each in lines[:LINES_MAX]
        ),
    )
    if len(lines) > LINES_MAX:
        more = _("{count} more: see `jifen status -c CODE` or `--json`")
        put("\n" + more.format(count=len(lines) - LINES_MAX))


def _places(finding: Finding) -> str:
    codes = finding.communities
    first = listed(codes[:CODES_SHOWN])
    if len(codes) <= CODES_SHOWN:
        return first
    return _("{codes} and {count} more").format(codes=first, count=len(codes) - CODES_SHOWN)


def in_words(finding: Finding, ui: str) -> tuple[str, str, str]:
    """What it is about, why it is a finding, and what to do, in the reader's language."""
    language = spoken()
    about, why = finding.about, finding.why
    if language != "en":
        from notifications.letters.troubles import finding_words  # lazy: start
        from notifications.texts.catalogue import load_texts  # lazy: start

        about, why = finding_words(finding, load_texts(language, load().templates_dir))
    return about, _with_link(why, finding.link(ui)), finding.advised.text(language)


def _with_link(why: str, link: str) -> str:
    return _("{why}; see {link}").format(why=why, link=link) if link else why


def metrics(as_of: AsOf = None) -> None:
    """Measurements in Prometheus's text format, as the web part's /metrics gives them.

    Example: jifen metrics
    """
    from console.exposition import exposition  # lazy: start

    engine = open_database(READER)
    try:
        put(exposition(engine, lambda: moment(as_of)), end="")
    finally:
        engine.dispose()
