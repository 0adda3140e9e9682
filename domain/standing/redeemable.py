"""What can be redeemed (可兑换积分): one answer for shop, cards and lists (ruling 30)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from domain.community.years import year_ruleset
from domain.kernel.local_time import local_date, now
from domain.ledger.accounts import balances_by_year, last_posting
from domain.ledger.disputes import disputed_points
from domain.standing.lists import listed
from domain.store.tables.people import Community, Household


@dataclass(frozen=True)
class Redeemable:
    """A household's points that buy, in hundredths: `by_year` by account year, oldest first.

    `barred` are the years whose points a black list keeps back, `kept_back` how many those are.
    """

    by_year: Mapping[int, int] = field(default_factory=dict)
    barred: frozenset[int] = frozenset()
    kept_back: int = 0

    @property
    def points(self) -> int:
        """How much can be redeemed in all."""
        return sum(self.by_year.values())


NOTHING = Redeemable()


def redeemable(
    session: Session,
    community: Community,
    on: date | None = None,
    household: Household | None = None,
) -> dict[int, Redeemable]:
    """By household id, what can be redeemed on a day; without a day, on that of the last posting.

    The balance of all years that are still open, oldest first, less what an open objection
    disputes, and never more than all of them together: a debt of one year is not hidden by points
    of another. A household on the black list of the day's year has nothing to redeem.
    """
    on = on or local_date(last_posting(session, community.id) or now())
    balances = balances_by_year(session, community.id, household)
    if not balances:
        return {}
    disputed = disputed_points(session, community.id, household)
    ended = _ended(session, community, on, {year for each in balances.values() for year in each})
    barred: dict[int, set[int]] = {}
    for key, year in listed(session, community, "black", on, household):
        barred.setdefault(key, set()).add(year)
    found = {}
    for key, accounts in balances.items():
        still_open = {year: points for year, points in accounts.items() if year not in ended}
        under = disputed.get(key, {})
        years = barred.get(key, set())
        free = within(still_open, under, years)
        kept = sum(within(still_open, under).values()) - sum(free.values())
        if on.year in years:
            free = {}
        found[key] = Redeemable(free, frozenset(years), max(0, kept))
    return found


def of_household(
    session: Session, community: Community, household: Household, on: date | None = None
) -> Redeemable:
    """What one household can redeem; one without any points may be on a black list too."""
    found = redeemable(session, community, on, household).get(household.id)
    if found is None:
        day = on or local_date(now())
        barred = {year for _, year in listed(session, community, "black", day, household)}
        return Redeemable(barred=frozenset(barred))
    return found


def within(
    balances: Mapping[int, int], disputed: Mapping[int, int], barred: Collection[int] = ()
) -> dict[int, int]:
    """What these balances let redeem per year, oldest first; none of the `barred` years'."""
    free = {}
    for year in sorted({*balances, *disputed}):
        rest = balances.get(year, 0) - disputed.get(year, 0)
        free[year] = min(0, rest) if year in barred else rest
    together = sum(free.values())
    taken = {}
    for year, points in free.items():
        part = min(points, together)
        if part > 0:
            taken[year] = part
            together -= part
    return taken


def _ended(session: Session, community: Community, on: date, years: Collection[int]) -> set[int]:
    """Years whose points ended with them (每年12月31日清零) before a day."""
    return {
        year
        for year in years
        if year < on.year and year_ruleset(session, community, year).closing.ends_with_the_year
    }
