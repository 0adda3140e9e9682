"""What an objection is about (异议事项): a claim, an entry, a notice, or a claim never entered
(ruling 19)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.community.registry import find_household, ruleset_on
from domain.kernel.errors import BadInput, Refused
from domain.kernel.local_time import local_date
from domain.kernel.period import Period
from domain.kernel.reasons import reason
from domain.ledger.entries import of_entries
from domain.notices.notice import find_notice
from domain.rules.schema import Ruleset
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.ledger import Entry, Journal
from domain.store.tables.notices import Notice, NoticeKind
from domain.store.tables.objections import Objection, ObjectionStatus
from domain.store.tables.people import Community
from domain.store.tables.settlement import Settlement

Kind = Literal["claim", "entry", "notice", "unentered"]
# How a claim is named that nobody entered.
UNENTERED = ("-", "未登记", "unentered")
_SEQ = re.compile(r"#?(\d{1,12})")
_LINE = re.compile(r"(\d{1,9})/(\d{1,9})")
_PLACE = re.compile(r"(\d{4}(?:-Q[1-4]|-H[12])?)(?:/(.+))?")
_NOTICES = {
    "quarter": NoticeKind.QUARTER,
    "half_year": NoticeKind.REDEMPTION,
    "year": NoticeKind.YEAR,
}


@dataclass(frozen=True)
class Subject:
    """What is objected to, of which account year, and whose household it concerns.

    `entry` with its `journal` is one that no claim stands behind: an entry of a claim is the
    claim's. `seq` is the entry's number as cards show it.
    """

    about: str
    year: int
    household_id: int | None = None
    claim: Claim | None = None
    entry: Entry | None = None
    journal: Journal | None = None
    notice: Notice | None = None

    @property
    def kind(self) -> Kind:
        if self.claim is not None:
            return "claim"
        if self.entry is not None:
            return "entry"
        return "notice" if self.notice is not None else "unentered"


def find_subject(session: Session, community: Community, about: str, at: datetime) -> Subject:
    """What `about` names: a claim's number; an entry, as `#17` like a card shows it or as
    `JOURNAL/LINE`; a notice's period with the household of the line, as `2026-Q1/H003`; or `-`
    for a claim that was never entered. Refused where it names nothing that there is."""
    claim = session.scalar(
        select(Claim).where(Claim.community_id == community.id, Claim.ref == about)
    )
    if claim is not None:
        return _of_claim(claim)
    if about in UNENTERED:
        return Subject(UNENTERED[0], local_date(at).year)
    if _SEQ.fullmatch(about) or _LINE.fullmatch(about):
        return _entry_named(session, community, about)
    if match := _PLACE.fullmatch(about):
        return _notice_named(session, community, match[1], match[2])
    raise Refused(reason("claim_unknown", value=about))


def subject_of(session: Session, objection: Objection) -> Subject:
    """What an objection is about."""
    if objection.claim_id is not None:
        return _of_claim(session.get_one(Claim, objection.claim_id))
    if objection.journal_id is not None and objection.line is not None:
        entry = session.get_one(Entry, (objection.journal_id, objection.line))
        journal = session.get_one(Journal, objection.journal_id)
        return _of_entry(objection.about, entry, journal)
    notice = session.get(Notice, objection.notice_id) if objection.notice_id else None
    return Subject(objection.about, objection.year, objection.household_id, notice=notice)


def rules_for(session: Session, community: Community, subject: Subject, at: datetime) -> Ruleset:
    """The ruleset by which an objection filed at a moment is handled."""
    day = local_date(at) if subject.claim is None else subject.claim.occurred_on
    return ruleset_on(session, community, day)


def refuse_filing(session: Session, community: Community, subject: Subject, at: datetime) -> None:
    """Refuse an objection that comes too early, too late, or beside an open one."""
    if subject.claim is not None:
        _refuse_claim(session, community, subject.claim, at)
    began = subject.journal.posted_at if subject.journal else None
    if subject.notice is not None:
        began = subject.notice.published_at
    if began is not None and at < began:
        raise Refused(reason("objected_before", about=subject.about))
    settled = session.get(Settlement, (community.id, subject.year))
    if settled is not None and began is not None and began >= settled.settled_at:
        # What the settlement itself made can be objected to until the next year is settled.
        settled = session.get(Settlement, (community.id, subject.year + 1))
    if settled is not None:
        day = local_date(settled.settled_at)
        raise Refused(reason("objections_closed", year=settled.year, day=day))
    if subject.kind == "unentered":
        return
    open_ref = session.scalar(
        select(Objection.ref).where(
            Objection.community_id == community.id,
            Objection.about == subject.about,
            Objection.status == ObjectionStatus.OPEN,
        )
    )
    if open_ref is not None:
        raise Refused(reason("objection_open", ref=open_ref, claim=subject.about))


def _refuse_claim(session: Session, community: Community, claim: Claim, at: datetime) -> None:
    item = ruleset_on(session, community, claim.occurred_on).item(claim.item)
    if item is not None and not item.objectionable:
        raise Refused(reason("not_objectionable", item=item.name))
    if claim.status == ClaimStatus.PENDING:
        raise Refused(reason("claim_undecided", ref=claim.ref))
    if at < claim.submitted_at:
        raise Refused(reason("objected_early", ref=claim.ref))


def _of_claim(claim: Claim) -> Subject:
    return Subject(claim.ref, claim.occurred_on.year, claim.household_id, claim)


def _of_entry(about: str, entry: Entry, journal: Journal) -> Subject:
    return Subject(about, entry.year, entry.household_id, entry=entry, journal=journal)


def _entry_named(session: Session, community: Community, about: str) -> Subject:
    query = of_entries(community.id, Entry, Journal)
    if line := _LINE.fullmatch(about):
        query = query.where(Journal.seq == int(line[1]), Entry.line == int(line[2]))
    else:
        query = query.where(Journal.first_entry + Entry.line - 1 == int(about.lstrip("#")))
    found = session.execute(query).tuples().first()
    if found is None:
        raise Refused(reason("entry_unknown", value=about))
    entry, journal = found
    claim = session.scalar(
        select(Claim).where(
            Claim.community_id == community.id, Claim.ref == entry.ref, Claim.item == entry.item
        )
    )
    if claim is not None:
        return _of_claim(claim)
    return _of_entry(f"#{journal.first_entry + entry.line - 1}", entry, journal)


def _notice_named(
    session: Session, community: Community, text: str, household: str | None
) -> Subject:
    try:
        period = Period.parse(text)
    except BadInput as error:
        raise Refused(reason("claim_unknown", value=text)) from error
    notice = find_notice(session, community, _NOTICES[period.kind], str(period))
    if notice is None:
        raise Refused(reason("notice_unknown", value=text))
    home = find_household(session, community, household) if household else None
    about = f"{period}/{home.code}" if home else str(period)
    return Subject(about, period.year, home.id if home else None, notice=notice)
