"""Letters about trouble (告警), to those who run the service."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kernel.local_time import local_iso
from domain.kernel.reasons import kept
from domain.operations.finding import CAUSES, Finding, gather
from domain.store.tables.people import Community, Person, Role, RoleName
from notifications.outbox.messages import ALARM, CONCERN, TROUBLE, enqueue
from notifications.texts.catalogue import Texts

# The installation's own operators stand in its first community under this code.
OPERATORS = "operators"
# To operators; to them by night too, where it cannot wait; and to a town's contact.
OWN_LETTERS = (TROUBLE, ALARM, CONCERN)
# What cannot wait for the morning: all stands still, the record is at fault, or a step with a
# deadline that villagers were promised is not done.
URGENT_SUBJECTS = (
    *CAUSES,
    "disk",
    "outbox",
    "seals",
    "notices",
    "jump",
)
URGENT_STEPS = ("close", "publish", "settle", "clear")
# What a town's contact can do something about.
CONTACTS_SUBJECTS = ("messages",)
# A letter names so many things; the rest is a number.
ITEMS_MAX = 20
PLACES_MAX = 3

log = logging.getLogger("jifen.watch")


@dataclass(frozen=True)
class _Hearer:
    """Who is told of which communities (None: of all; the empty code: what is of none), and
    whether they run the service or can only pass it on."""

    codes: frozenset[str] | None
    runs_it: bool = True
    subjects: tuple[str, ...] | None = None

    def concerning(self, found: Iterable[Finding]) -> list[Finding]:
        return [
            each
            for each in found
            if (self.codes is None or self.codes & set(each.communities or ("",)))
            and (self.subjects is None or each.subject in self.subjects)
        ]


def tell(
    session: Session,
    begun: Iterable[Finding],
    ended: Iterable[Finding],
    operators: Sequence[str],
    ui: str,
    at: datetime,
) -> int:
    """One letter to each whom it concerns; how many they are.

    `operators` are the addresses of the installation's own, `ui` where flow runs are seen.
    """
    begun, ended = list(begun), list(ended)
    names = dict(session.execute(select(Community.code, Community.name)).tuples().all())
    told = 0
    for person, hearer in _people(session, {*_codes(begun), *_codes(ended)}, operators).items():
        concern = [hearer.concerning(found) for found in (begun, ended)]
        if any(concern):
            template = _template(hearer, concern[0])
            facts = letter_facts(concern[0], concern[1], names, ui)
            told += _send(session, person, template, facts, at)
    if not told:
        log.warning("there is trouble and nobody to tell: set `operators`, or add an operator")
    return told


def _template(hearer: _Hearer, begun: Iterable[Finding]) -> str:
    if not hearer.runs_it:
        return CONCERN
    return ALARM if any(map(cannot_wait, begun)) else TROUBLE


def cannot_wait(finding: Finding) -> bool:
    """Whether operators are told by night too."""
    if finding.subject == "step":
        return finding.step in URGENT_STEPS
    return finding.what == "stalled" and finding.subject in URGENT_SUBJECTS


def _codes(found: Iterable[Finding]) -> Iterable[str]:
    return (code for each in found for code in each.communities)


def _people(
    session: Session, codes: set[str], operators: Sequence[str]
) -> Mapping[tuple[int, str], _Hearer]:
    """Who is told (community's id and person's code), and of what.

    The installation's own operators of everything, a community's operators of theirs. A town's
    contact is told of what they can act on; and of the rest where there is nobody else.
    """
    found: dict[tuple[int, str], _Hearer] = {}
    rows = session.execute(
        select(Community.id, Community.code, Person.code, Role.role, Person.notify)
        .join(Person, Person.community_id == Community.id)
        .join(Role, Role.person_id == Person.id)
        .where(Role.role.in_((RoleName.OPERATOR, RoleName.TOWN)), Person.code != OPERATORS)
        .order_by(Community.id, Role.role, Person.code)
    ).tuples()
    by_community: dict[tuple[int, str], dict[RoleName, list[tuple[str, tuple[str, ...]]]]] = {}
    for community, code, person, role, notify in rows:
        by_community.setdefault((community, code), defaultdict(list))[role].append(
            (person, tuple(notify))
        )
    addressed: set[tuple[str, ...]] = set()
    for (community, code), people in by_community.items():
        runs_it = bool(people[RoleName.OPERATOR])
        for person, notify in people[RoleName.OPERATOR] or people[RoleName.TOWN]:
            concern = {code} if code in codes else set()
            if not operators and notify and notify not in addressed:
                # One letter about the installation to each, in however many communities they are.
                addressed.add(notify)
                concern.add("")
            if concern:
                is_last = runs_it or not operators
                subjects = None if is_last else CONTACTS_SUBJECTS
                found[community, person] = _Hearer(frozenset(concern), runs_it, subjects)
        if runs_it and code in codes:
            for person, _ in people[RoleName.TOWN]:
                alone = _Hearer(frozenset({code}), False, CONTACTS_SUBJECTS)
                found.setdefault((community, person), alone)
    ours = _operators(session, operators)
    if ours is not None:
        found[ours] = _Hearer(None)
    return found


def _operators(session: Session, addresses: Sequence[str]) -> tuple[int, str] | None:
    """The installation's operators as a person, with the addresses that the settings name now."""
    community = session.scalar(select(func.min(Community.id)))
    if not addresses or community is None:
        return None
    person = session.scalar(
        select(Person).where(Person.community_id == community, Person.code == OPERATORS)
    )
    if person is None:
        person = Person(community_id=community, code=OPERATORS, name="运维", notify=[])
        session.add(person)
        session.flush()
        session.add(Role(person_id=person.id, role=RoleName.OPERATOR))
    person.notify = list(addresses)
    session.flush()
    return community, OPERATORS


def letter_facts(
    begun: Sequence[Finding], ended: Sequence[Finding], names: Mapping[str, str], ui: str
) -> dict[str, Any]:
    """What the letters' templates are given: what has begun, and what is over."""
    lines, over = gather(begun), gather(ended)
    return {
        "begun": [finding_facts(each, names, ui) for each in lines[:ITEMS_MAX]],
        "ended": [finding_facts(each, names, ui) for each in over[:ITEMS_MAX]],
        "more": max(0, len(lines) - ITEMS_MAX) + max(0, len(over) - ITEMS_MAX),
    }


def finding_facts(finding: Finding, names: Mapping[str, str], ui: str) -> dict[str, Any]:
    """What the templates `finding.txt` are given of a finding; the words are the language's."""
    return {
        "what": finding.what,
        "may_act": finding.subject in CONTACTS_SUBJECTS,
        "subject": finding.subject,
        "named": kept(finding.named) if finding.named else "",
        "places": [names[code] for code in finding.communities[:PLACES_MAX]],
        "place_count": len(finding.communities),
        "process": finding.process,
        "step": finding.step.partition("_")[0],
        "period": finding.period,
        "ref": finding.ref,
        "count": finding.count,
        "since": local_iso(finding.since) if finding.since else "",
        "said": finding.said,
        "after": list(finding.after),
        "awaits": [asdict(each) for each in finding.awaits],
        "link": finding.link(ui),
        "command": finding.command,
        "advice": kept(finding.advised),
    }


def finding_words(finding: Finding, texts: Texts) -> tuple[str, str]:
    """What a finding is about, and why it is one, as letters and the status page say it."""
    names = {code: code for code in finding.communities}
    template = texts.environment.get_template(f"{texts.locale}/finding.txt")
    macros, facts = vars(template.module), finding_facts(finding, names, "")
    return str(macros["about"](facts)), str(macros["why"](facts))


def _send(
    session: Session, to: tuple[int, str], template: str, facts: dict[str, Any], at: datetime
) -> bool:
    community = session.get_one(Community, to[0])
    what = hashlib.sha256(f"{at.isoformat()}{facts}".encode()).hexdigest()[:32]
    return enqueue(session, community, to[1], f"watch:{what}", template, facts, at, urgent=True)
