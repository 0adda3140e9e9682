"""Which rules a community runs by, from when (采用): nothing that was scored or settled changes."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.community.activity import acted
from domain.community.registry import adoptions_of, versions_of
from domain.community.years import last_settled
from domain.kernel.errors import Refused
from domain.kernel.names import require_community_code, require_short
from domain.kernel.reasons import Reason, reason
from domain.rules.lint import require_lawful
from domain.rules.load import content_hash, content_of
from domain.rules.schema import Ruleset, StartDate
from domain.rules.versions import version_on
from domain.store.tables.claims import Claim, ClaimStatus
from domain.store.tables.ledger import LedgerHead
from domain.store.tables.people import Community, Household
from domain.store.tables.rules import Adoption, RulesetVersion

# So many claims are named in a refusal.
REFS_NAMED = 5


def add_community(
    session: Session,
    code: str,
    name: str,
    town: str,
    ruleset: Ruleset,
    starts_on: date,
    now: datetime,
    *,
    rehearsed: bool = False,
) -> Community:
    """A new community that runs `ruleset` from `starts_on`; the same again changes nothing.

    FaultyRuleset where the linter objects to the rules. `rehearsed` marks a rehearsal's community.
    """
    require_short("name_of_community", name)
    require_short("name_of_town", town)
    known = session.scalar(select(Community).where(Community.code == code))
    if known is not None:
        running = version_on(versions_of(session, known), starts_on).ruleset.id
        if (known.name, known.town, running) != (name, town, ruleset.id):
            raise Refused(
                reason(
                    "community_exists",
                    community=code,
                    name=known.name,
                    town=known.town,
                    ruleset=running,
                )
            )
        return known
    require_community_code(code)
    _refuse_early_start(name, ruleset, starts_on)
    community = Community(code=code, name=name, town=town, added_at=now, rehearsed=rehearsed)
    session.add(community)
    session.flush()
    session.add(LedgerHead(community_id=community.id))
    adopt(session, community, ruleset, starts_on, now)
    return community


def adopt(
    session: Session, community: Community, ruleset: Ruleset, starts_on: date, now: datetime
) -> Adoption:
    """Run `ruleset` from `starts_on` on; claims before that date keep the version of their day.

    FaultyRuleset where the linter objects to the rules: what must not be encoded is not run.
    """
    _refuse_early_start(community.name, ruleset, starts_on)
    earlier = adoptions_of(session, community)
    if (
        earlier
        and ruleset.changes.at == "year_start"
        and (starts_on.month, starts_on.day) != (1, 1)
    ):
        raise Refused(reason("adopt_in_january", ruleset=ruleset.id))
    content = content_of(ruleset)
    key = content_hash(content)
    if session.get(RulesetVersion, key) is None:
        require_lawful(ruleset, ruleset.id)
        session.add(
            RulesetVersion(hash=key, ruleset=ruleset.id, version=ruleset.version, content=content)
        )
        session.flush()
    same_day = next((known for known in earlier if known.starts_on == starts_on), None)
    if same_day is not None:
        if same_day.hash == key:
            return same_day
        raise Refused(reason("adopted_otherwise", community=community.code, day=starts_on))
    _refuse_rewriting(session, community, starts_on)
    _refuse_orphaned(session, community, ruleset, starts_on)
    adoption = Adoption(community_id=community.id, starts_on=starts_on, hash=key, adopted_at=now)
    session.add(adoption)
    if not ruleset.participants.opt_in:
        _enrol_everybody(session, community, starts_on)
    acted(session, community, on_register=True)
    session.flush()
    return adoption


def _enrol_everybody(session: Session, community: Community, starts_on: date) -> None:
    """Where no will is asked, households that had not declared theirs take part from now on."""
    session.execute(
        update(Household)
        .where(Household.community_id == community.id, Household.enrolled_on.is_(None))
        .values(enrolled_on=starts_on)
    )


def _refuse_rewriting(session: Session, community: Community, starts_on: date) -> None:
    """Rules do not change behind what an audit has registered or a settlement has closed."""
    settled = last_settled(session, community)
    if settled is not None and starts_on.year <= settled:
        raise Refused(
            reason("adopt_settled", year=settled, community=community.name, next=settled + 1)
        )
    registered = session.scalar(
        select(func.max(Claim.occurred_on)).where(
            Claim.community_id == community.id, Claim.registered.is_not(None)
        )
    )
    if registered is not None and starts_on <= registered:
        following = registered + timedelta(days=1)
        raise Refused(
            reason("adopt_registered", community=community.name, day=registered, next=following)
        )


def _refuse_orphaned(
    session: Session, community: Community, ruleset: Ruleset, starts_on: date
) -> None:
    """A claim whose item the version lacks, or gives no value, could never be registered, nor could
    the others of its audit."""
    codes = [item.code for item in ruleset.items if item.is_valued]
    later = [each.starts_on for each in adoptions_of(session, community)]
    until = min((day for day in later if day > starts_on), default=date.max)
    refs = session.scalars(
        select(Claim.ref)
        .where(
            Claim.community_id == community.id,
            Claim.occurred_on >= starts_on,
            Claim.occurred_on < until,
            Claim.registered.is_(None),
            Claim.status.in_((ClaimStatus.PENDING, ClaimStatus.APPROVED)),
            Claim.item.not_in(codes),
        )
        .order_by(Claim.ref)
        .limit(REFS_NAMED + 1)
    ).all()
    if refs:
        named: object = tuple(refs[:REFS_NAMED])
        if len(refs) > REFS_NAMED:
            named = reason("refs_and_others", refs=named)
        raise Refused(
            reason(
                "adopt_lacks_items",
                ruleset=ruleset.id,
                version=ruleset.version,
                refs=named,
                day=starts_on,
            )
        )


def first_day(name: str, ruleset: Ruleset) -> date | None:
    """From when a village of this name may run a ruleset (推广实施步骤).

    A village that the document lists starts on its own day, be that before or after the others'.
    None where the source masks that day: the town knows it, so it has to be said.
    """
    group = _start_of(name, ruleset)
    return ruleset.effective_from if group is None else group.starts_on


def _start_of(name: str, ruleset: Ruleset) -> StartDate | None:
    listed = ruleset.participants.start_dates
    return next((group for group in listed if name in group.villages), None)


def start_unsaid(name: str, ruleset: Ruleset) -> Reason:
    """Why a village whose start the source masks cannot be entered without its day."""
    group = _start_of(name, ruleset)
    return reason("start_unsaid", name=name, note=group.note if group else "")


def _refuse_early_start(name: str, ruleset: Ruleset, starts_on: date) -> None:
    first = first_day(name, ruleset)
    if first is not None and starts_on < first:
        listed = _start_of(name, ruleset) is not None
        code = "village_start_early" if listed else "start_early"
        raise Refused(reason(code, name=name, ruleset=ruleset.id, first=first, day=starts_on))
