"""When a rehearsal's rows take effect (生效时间): at their own time, or where one would have come.

Moments are normal texts (see `cells`), which sort like time.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.community.registry import versions_of
from domain.cycle.calendar import audit_deadline, audit_period, next_audit
from domain.intake.cells import BadCell, Text, day, utc_moment, utc_text
from domain.intake.columns import REF_MAX, title_of
from domain.intake.job import Cells
from domain.kernel.errors import Refused
from domain.kernel.local_time import LOCAL, start_of_day
from domain.kernel.period import Period
from domain.rules.versions import version_on
from domain.store.tables.claims import Claim, InboxRow
from domain.store.tables.people import Community

# A decision without a time was made this long before its claim's audit closed.
BEFORE_DEADLINE = timedelta(days=2)
AFTER_DEADLINE = timedelta(days=1)
TO_RESOLVE = timedelta(days=3)
_INSPECTED_AT = time(18)
_CODE = Text(REF_MAX, code=True)
_INSPECTION_REF = re.compile(r"(\d{4}-(?:\d\d|Q[1-4]))/.+")
OWN_TIME = {
    "claims": "submitted_at",
    "decisions": "decided_at",
    "objections": "filed_at",
    "redemptions": "redeemed_at",
}


def inspected_at(period: Period) -> datetime:
    """An inspection sheet is handed in on the evening of its period's last day."""
    return datetime.combine(period.end, _INSPECTED_AT, LOCAL)


class Anchor(NamedTuple):
    """A claim in time: when its audit closes, and when it was submitted."""

    deadline: datetime
    submitted_at: datetime


class Timing:
    """Works out when rows take effect; what is asked of the database is asked once."""

    def __init__(self, session: Session, community: Community, year: int) -> None:
        self.session, self.community = session, community
        self.opening = utc_text(start_of_day(date(year, 1, 1)))
        self.versions = versions_of(session, community)

    def of(self, kind: str, cells: Cells, period: Period | None) -> str:
        """When a row takes effect."""
        own = cells.get(OWN_TIME.get(kind, ""), "")
        if own:
            return own
        if kind in ("decisions", "objections"):
            return self._by_claim(kind, cells)
        if kind == "inspection" and period is not None:
            return utc_text(inspected_at(period))
        if kind == "members":
            return max(self.opening, self._joining.get(cells["household"], ""))
        on = cells.get("occurred_on") or cells.get("enrolled_on")
        return utc_text(start_of_day(date.fromisoformat(on))) if on else self.opening

    def resolution(self, cells: Cells, filed: str) -> str:
        """When an objection was resolved."""
        own = cells.get("decided_at", "")
        return max(own, filed) if own else utc_text(utc_moment(filed) + TO_RESOLVE)

    def _by_claim(self, kind: str, cells: Cells) -> str:
        """From the deadline of the audit that the claim is in; an unknown claim's is refused."""
        anchor = self._anchor(cells["ref"] if kind == "decisions" else cells["about"])
        if anchor is None:
            return self.opening
        if kind == "decisions":
            return utc_text(max(anchor.deadline - BEFORE_DEADLINE, anchor.submitted_at))
        return utc_text(anchor.deadline + AFTER_DEADLINE)

    def _anchor(self, ref: str) -> Anchor | None:
        stored = self._stored.get(ref)
        if stored is not None:
            audit, occurred_on, submitted_at = stored
            ruleset = version_on(self.versions, occurred_on).ruleset
            return Anchor(audit_deadline(ruleset, Period.parse(audit)), submitted_at)
        if ref in self._staged:
            return self._own_audit(*self._staged[ref])
        match = _INSPECTION_REF.fullmatch(ref)
        if match:
            period = Period.parse(match[1])
            return self._own_audit(period.end, inspected_at(period))
        return None

    def _own_audit(self, occurred_on: date, submitted_at: datetime) -> Anchor | None:
        """The audit of the month in which it occurred, or the first not closed on submission."""
        try:
            ruleset = version_on(self.versions, occurred_on).ruleset
        except Refused:
            return None
        audit = audit_period(ruleset, occurred_on)
        while audit_deadline(ruleset, audit) <= submitted_at:
            audit = next_audit(ruleset, audit)
        return Anchor(audit_deadline(ruleset, audit), submitted_at)

    @cached_property
    def _stored(self) -> dict[str, tuple[str, date, datetime]]:
        query = select(Claim.ref, Claim.audit, Claim.occurred_on, Claim.submitted_at).where(
            Claim.community_id == self.community.id
        )
        return {ref: (audit, on, at) for ref, audit, on, at in self.session.execute(query)}

    @cached_property
    def _staged(self) -> dict[str, tuple[date, datetime]]:
        """Claims that wait in the inbox, by number: when they occurred and will be submitted."""
        claims, title = {}, title_of("claims", "occurred_on")
        for content, effective_at in self.session.execute(self._waiting("claims")):
            try:
                occurred_on = date.fromisoformat(day(content.get(title, "")))
            except BadCell:
                continue
            claims[_CODE(content.get(title_of("claims", "ref"), ""))] = (occurred_on, effective_at)
        return claims

    @cached_property
    def _joining(self) -> dict[str, str]:
        """When the households that wait in the inbox join."""
        rows = self.session.execute(self._waiting("households"))
        title = title_of("households", "household")
        return {_CODE(content.get(title, "")): utc_text(at) for content, at in rows}

    def _waiting(self, kind: str) -> Select[tuple[dict[str, Any], datetime]]:
        return select(InboxRow.content, InboxRow.effective_at).where(
            InboxRow.community_id == self.community.id, InboxRow.kind == kind
        )
