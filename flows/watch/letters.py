"""The watch (值守): tells operators of trouble through the outbox, once, again when it changed, and
when it is over.

Any part of the service may keep it, several at once: who writes down an alarm tells of it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from domain.cycle.interventions import held_by_engine
from domain.kernel.reasons import restored
from domain.operations.finding import Finding, gather
from domain.operations.status import overdue
from domain.store.database import reading, writing
from domain.store.inserting import insert_into
from domain.store.tables.cycle import Alarm, Occurrence, StepState
from domain.store.tables.outbox import Message, MessageState
from domain.store.tables.people import Community
from flows.watch.sights import WatchSettings
from notifications.letters.troubles import OWN_LETTERS, tell

# By whom, and when, what a probe found was seen last; and for how long that counts.
SEEN, SEEN_FOR = "seen", timedelta(minutes=4)
# What belongs to one machine: another's watch sees its own, and this one's only when it is told.
_OF_A_MACHINE = ("disk", "public_folder", "time_apart")
_MACHINE_MAX = 60
# A machine that has not been there for so long is not there any more.
MACHINE_SEEN_FOR = timedelta(days=1)
# Alarms of steps and letters, of which every watch sees the same.
_CYCLE = ("step", "late", "held", "dead")


@dataclass(frozen=True)
class Trouble:
    """A finding that operators are told of; `told` changes with what is to be told again."""

    key: str
    told: str
    finding: Finding


def watch(
    engine: Engine,
    at: datetime,
    manner: WatchSettings,
    there: Iterable[Trouble],
    lasts: Collection[str] | None = None,
    unknown: Collection[str] = (),
    by: str = "",
) -> int:
    """Tell operators what is new, has changed or is over; how many people are told.

    `there` are all troubles that there are now (`troubles_at`). Where `lasts` is given, only what
    it names by key is told of yet; what is known of what nobody can say at the moment (`unknown`
    subjects) stays. So does what others see who look from elsewhere: `by` is who looks.
    """
    troubles = {each.key: each for each in there}
    with reading(engine) as session:
        known = {each.key: each for each in session.scalars(select(Alarm))}
        gone = [
            each
            for key, each in known.items()
            if key not in troubles
            and subject_of(key) not in unknown
            and not _is_seen_by_others(each, by, at)
        ]
        ended = _ended(session, gone)
        still = [known[key] for key in troubles.keys() & known.keys()]
        is_empty = session.scalar(select(func.min(Community.id))) is None
        again = [each for each in still if _is_to_say(each, by, at)]
    fresh = [
        each
        for key, each in troubles.items()
        if (lasts is None or key in lasts) and (key not in known or _is_news(known[key], each))
    ]
    if not fresh and not ended and not again:
        return 0
    if is_empty:
        return 0  # There is no outbox yet: what is found then is told with the first community.
    with writing(engine) as session:
        for alarm in again:
            _say_seen(session, alarm, by, at)
        mine = [each for each in fresh if _raise(session, each, known.get(each.key), by, at)]
        over = [each for each in ended if _end(session, each)]
        if not mine and not over:
            return 0
        begun = [each.finding for each in mine]
        return tell(session, begun, map(_restored, over), manner.operators, manner.ui, at)


def troubles_at(
    engine: Engine, at: datetime, found: Iterable[Finding], by: str = ""
) -> list[Trouble]:
    """All that there is to tell of at a moment, by who looks."""
    with reading(engine) as session:
        return [*of_probes(found, by), *_of_cycle(session, at)]


def of_probes(found: Iterable[Finding], by: str = "") -> Iterable[Trouble]:
    """What the probes found, but for letters, which are told of one by one. What belongs to one
    machine is that machine's: `disk@here`, `disk@here/1`."""
    places: dict[str, int] = {}
    for finding in found:
        if finding.subject == "messages":
            continue
        place = places[finding.subject] = places.get(finding.subject, -1) + 1
        cause = restored(finding.said).code if finding.said else ""
        key = finding.subject
        if {finding.subject, cause.removeprefix("probe_")} & {*_OF_A_MACHINE}:
            key += f"@{_machine(by)}"
        if place:
            key += f"/{place}"
        yield Trouble(key, cause[:64], finding)


def subject_of(key: str) -> str:
    """Which probe's an alarm is."""
    return key.partition("/")[0].partition("@")[0]


def _machine(by: str) -> str:
    """On which machine somebody looks: a watch's name is `machine:process`."""
    return by.rpartition(":")[0][:_MACHINE_MAX]


def _of_cycle(session: Session, at: datetime) -> Iterable[Trouble]:
    for finding in overdue(session, at):
        key = f"late/{finding.process}/{finding.period}/{finding.step}"
        # Told again when about twice as many communities are concerned.
        yield Trouble(key, str(len(finding.communities).bit_length()), finding)
    failed = (
        select(Occurrence, Community.code)
        .join(Community, Community.id == Occurrence.community_id)
        .where(Occurrence.state == StepState.FAILED)
        .order_by(Occurrence.due_at, Occurrence.id)
    )
    for step, code in session.execute(failed).tuples():
        finding = Finding(
            "failed",
            "step",
            (code,),
            step.process,
            step.period,
            step.step,
            since=step.due_at,
            said=step.outcome,
            run=step.run,
        )
        yield Trouble(f"step/{step.id}", str(step.attempt), finding)
    held = (
        Finding(
            "held",
            "step",
            (code,),
            step.process,
            step.period,
            step.step,
            since=step.due_at,
            said=step.outcome,
            run=step.run,
        )
        for step, code in held_by_engine(session)
    )
    for finding in gather(held):
        key = f"held/{finding.process}/{finding.period}/{finding.step}"
        yield Trouble(key, str(len(finding.communities).bit_length()), finding)
    # Of our own messages nobody is told: another one would fare no better.
    dead = (
        select(
            Community.code,
            Community.id,
            func.max(Message.id),
            func.count(),
            func.min(Message.written_at),
        )
        .join(Community, Community.id == Message.community_id)
        .where(Message.state == MessageState.DEAD, Message.template.not_in(OWN_LETTERS))
        .group_by(Community.code, Community.id)
        .order_by(Community.id)
    )
    for code, community, newest, count, oldest in session.execute(dead).tuples():
        finding = Finding("dead", "messages", (code,), count=count, since=oldest)
        yield Trouble(f"dead/{community}", str(newest), finding)


def _is_news(known: Alarm, trouble: Trouble) -> bool:
    if subject_of(trouble.key) in ("late", "held"):
        return int(trouble.told) > int(known.told)
    return known.told != trouble.told


def _ended(session: Session, gone: Sequence[Alarm]) -> list[Alarm]:
    """Alarms that are over. A failed step that is tried again is not over until it is done."""
    steps = {int(each.key.partition("/")[2]): each for each in gone if each.key[:5] == "step/"}
    states = select(Occurrence.id).where(
        Occurrence.id.in_(steps), Occurrence.state.not_in((StepState.DONE, StepState.DROPPED))
    )
    open_steps = {steps[number].key for number in session.scalars(states)} if steps else set()
    return [each for each in gone if each.key not in open_steps]


def _is_seen_by_others(alarm: Alarm, by: str, at: datetime) -> bool:
    """Whether another watch has seen it lately: the engine is reached from one machine, and not
    from another. Of what is another machine's, only that machine can say that it is over."""
    _, at_machine, machine = alarm.key.partition("/")[0].partition("@")
    lately = MACHINE_SEEN_FOR if at_machine and machine != _machine(by) else SEEN_FOR
    return any(
        who != by and datetime.fromisoformat(when) > at - lately
        for who, when in alarm.finding.get(SEEN, {}).items()
    )


def _is_to_say(alarm: Alarm, by: str, at: datetime) -> bool:
    """Whether it is time to write down that we still see what a probe found."""
    if subject_of(alarm.key) in _CYCLE:
        return False
    when = alarm.finding.get(SEEN, {}).get(by)
    return when is None or datetime.fromisoformat(when) <= at - SEEN_FOR / 4


def _say_seen(session: Session, alarm: Alarm, by: str, at: datetime) -> None:
    seen = alarm.finding.get(SEEN, {}) | {by: at.isoformat()}
    session.execute(
        update(Alarm)
        .where(Alarm.key == alarm.key, Alarm.told == alarm.told)
        .values(finding=alarm.finding | {SEEN: seen})
    )


def _raise(session: Session, trouble: Trouble, known: Alarm | None, by: str, at: datetime) -> bool:
    """Write an alarm down; False where another watch has done so."""
    if known is not None:
        changed = (
            update(Alarm)
            .where(Alarm.key == trouble.key, Alarm.told == known.told)
            .values(told=trouble.told)
        )
        return session.scalar(changed.returning(Alarm.key)) is not None
    raised = insert_into(session, Alarm).values(
        key=trouble.key,
        told=trouble.told,
        raised_at=at,
        finding=_kept(trouble.finding) | {SEEN: {by: at.isoformat()}},
    )
    return session.scalar(raised.on_conflict_do_nothing().returning(Alarm.key)) is not None


def _end(session: Session, alarm: Alarm) -> bool:
    ended = delete(Alarm).where(Alarm.key == alarm.key, Alarm.told == alarm.told)
    return session.scalar(ended.returning(Alarm.key)) is not None


def _kept(finding: Finding) -> dict[str, Any]:
    names = ("what", "subject", "communities", "process", "period", "step", "said", "remedy")
    return {name: getattr(finding, name) for name in names}


def _restored(alarm: Alarm) -> Finding:
    kept = {name: value for name, value in alarm.finding.items() if name != SEEN}
    return Finding(**kept | {"communities": tuple(kept["communities"])})
