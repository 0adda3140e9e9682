"""What a rehearsal begins with (演练准备): its community, people, and sheets in the inbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy.orm import Session

from domain.community.adoption import add_community, adopt
from domain.community.registry import add_person, adoptions_of, register_kin
from domain.cycle.occurrences import open_cycle
from domain.intake.imports import import_table
from domain.intake.inbox import stage
from domain.kernel.errors import Refused
from domain.kernel.local_time import now, start_of_day
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.rules.faults import FaultyRuleset
from domain.rules.load import content_hash, content_of
from domain.shop.opening_days import set_round
from domain.store.database import writing
from domain.store.tables.people import Community, RoleName
from flows.rehearsal.folder import Folder
from flows.steps.runtime import engine

# What the clerk enters before the year begins.
_BEFORE = ("households", "members", "goods")


def prepare(folder: Folder) -> None:
    """Community, people and sheets, in one transaction: all of it, or nothing."""
    toml = folder.community
    starts_on = max(date(toml.year, 1, 1), folder.ruleset.effective_from)
    with writing(engine()) as session:
        community = add_community(
            session,
            toml.code,
            toml.name,
            toml.town,
            folder.ruleset,
            starts_on,
            now(),
            rehearsed=True,
        )
        _go_on_by(session, community, folder, starts_on)
        opening = start_of_day(date(toml.year, 1, 1))
        for kind in _BEFORE:
            if kind in folder.tables:
                import_table(session, community, kind, folder.tables[kind], opening)
        for reviewer in toml.reviewers:
            with _named(f"reviewer {reviewer.code}"):
                add_person(
                    session,
                    community,
                    reviewer.code,
                    reviewer.name,
                    [RoleName.REVIEWER],
                    stages=reviewer.stages,
                    household=reviewer.household,
                    area=reviewer.area,
                )
        for first, second in toml.kin:
            with _named(f"kin {first}, {second}"):
                register_kin(session, community, first, second)
        for each in toml.rounds:
            with _named(f"round {each.period}"):
                half = Period.parse(each.period)
                set_round(session, community, half, each.first, each.last, "", opening)
        open_cycle(session, community, toml.year)
        _stage(session, community, folder)


def _go_on_by(session: Session, community: Community, folder: Folder, starts_on: date) -> None:
    """A rehearsal that goes on does so by the folder's rules: it adopts them for a later year, and
    is refused where months were already audited by others."""
    known = [each for each in adoptions_of(session, community) if each.starts_on <= starts_on]
    if known and known[-1].hash == content_hash(content_of(folder.ruleset)):
        return
    try:
        adopt(session, community, folder.ruleset, starts_on, now())
    except FaultyRuleset:
        raise
    except Refused as error:
        raise Refused(reason("rehearsed_by_other_rules", community=community.code)) from error


@contextmanager
def _named(entry: str) -> Iterator[None]:
    """A refusal names the entry of `community.toml` that it is about."""
    try:
        yield
    except Refused as error:
        raise Refused(reason("folder_entry", entry=entry, why=error.why)) from error


def _stage(session: Session, community: Community, folder: Folder) -> None:
    """Put what happens in the year into the inbox: what is decided after what is claimed."""
    year = folder.community.year
    if "claims" in folder.tables:
        stage(session, community, "claims", folder.tables["claims"], year=year)
    for period, table in folder.inspections.items():
        stage(session, community, "inspection", table, year=year, period=period)
    for kind in ("decisions", "objections", "redemptions"):
        if kind in folder.tables:
            stage(session, community, kind, folder.tables[kind], year=year)
