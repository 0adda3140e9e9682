"""The way to the reviewers' desk (评议台): a link of their own, which is in their letters only.

Who has the link decides as that person; so it is signed, ends with its day, is written nowhere
but into the letter, and opens nothing once the person has no claims to decide.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.kernel.local_time import local_date

# A link opens until the end of this many days after its letter: longer than from one audit's
# first reminder to the next one's.
OPEN_FOR = timedelta(days=31)
PATH = "desk"
# Messages that ask for decisions on claims.
ASKING = frozenset({"reminder", "approval"})
_TOKEN = re.compile(r"(\d{1,18})\.(\d{1,7})\.([A-Za-z0-9_-]{32})", re.ASCII)
_MAC_BYTES = 24


@dataclass(frozen=True)
class Desk:
    """Where the pages are reached by reviewers, and what their links are signed with."""

    url: str
    key: str = field(repr=False)

    def link(self, person: int, at: datetime) -> str:
        """The link for a letter of this moment to the person with this id."""
        last = (local_date(at) + OPEN_FOR).toordinal()
        return f"{self.url.rstrip('/')}/{PATH}/{person}.{last}.{self._mac(person, last)}"

    def person(self, token: str, at: datetime) -> int | None:
        """Whose link it is; None where it is not one of ours, or has ended."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        person, last = int(match[1]), int(match[2])
        ours = hmac.compare_digest(match[3], self._mac(person, last))
        return person if ours and local_date(at).toordinal() <= last else None

    def ends_on(self, token: str) -> date:
        """The last day of a link that `person` has found to be ours."""
        return date.fromordinal(int(token.split(".")[1]))

    def _mac(self, person: int, last: int) -> str:
        signed = hmac.new(self.key.encode(), f"{PATH}.{person}.{last}".encode(), hashlib.sha256)
        return urlsafe_b64encode(signed.digest()[:_MAC_BYTES]).decode()
