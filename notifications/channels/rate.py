"""How fast a robot may be written to (限流): the generic cell rate algorithm. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Rate:
    """At most so many messages in any minute, as a token bucket of a quarter of them.

    The bucket is kept as one moment: from when on the next message may go. A bucket of the whole
    limit that also refills in a minute would let twice the limit through in its first minute.
    """

    per_minute: int

    @property
    def burst(self) -> int:
        """How many may go at once after a rest."""
        return max(1, self.per_minute // 4)

    @property
    def interval(self) -> timedelta:
        """How long one token takes to come back."""
        return MINUTE / max(1, self.per_minute - self.burst)

    def after(self, free_at: datetime | None, now: datetime) -> datetime:
        """From when on the next message may go, once one goes `now` (not before `free_at`)."""
        slack = self.interval * (self.burst - 1)
        full_at = now if free_at is None else max(free_at + slack, now)
        return full_at + self.interval - slack
