"""When a message may go out (节奏): robots' limits, back-off, quiet hours. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.clock import LOCAL, local_date

MINUTE = timedelta(minutes=1)
# The pauses after each attempt that failed; after the last attempt a message is dead. A mail server
# that is away from Friday evening to Monday morning is waited for; once it is back, nothing is
# later than a quarter of a day.
BACK_OFF = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2),
    *(timedelta(hours=6),) * 11,
)  # fmt: skip
ATTEMPTS_MAX = len(BACK_OFF) + 1
# No service is waited for longer than this, whatever it asks for.
HOLD_MAX = timedelta(days=1)


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


def retry_at(attempts: int, failed_at: datetime, hold: timedelta | None = None) -> datetime | None:
    """When to try again after so many attempts; None where it is not tried any more.

    `hold` is what the service asked for (Retry-After).
    """
    if attempts >= ATTEMPTS_MAX:
        return None
    return failed_at + max(BACK_OFF[attempts - 1], min(hold or timedelta(0), HOLD_MAX))


@dataclass(frozen=True)
class Hours:
    """When people are written to: not in the quiet hours, and the day's digest from `digest` on.

    Times are Asia/Shanghai. Equal `quiet_from` and `quiet_until` mean no quiet hours.
    """

    quiet_from: time = time(21, 0)
    quiet_until: time = time(7, 30)
    digest: time = time(9, 30)

    def are_quiet(self, moment: datetime) -> bool:
        """Whether nobody is to be woken (免打扰)."""
        clock = moment.astimezone(LOCAL).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until

    def digest_at(self, moment: datetime) -> datetime:
        """When the digest of this moment's day goes out."""
        return datetime.combine(local_date(moment), self.digest, LOCAL)

    def awake_before(self, moment: datetime, awake: timedelta) -> datetime:
        """The latest time since which so much of the time until `moment` was not quiet."""
        while True:
            if self.are_quiet(moment):
                moment = self._last(self.quiet_from, moment)
            morning = self._last(self.quiet_until, moment)
            if self.quiet_from == self.quiet_until or moment - morning >= awake:
                return moment - awake
            awake -= moment - morning
            moment = self._last(self.quiet_from, morning)

    def _last(self, clock: time, moment: datetime) -> datetime:
        """The last time before or at a moment at which clocks showed this."""
        at = datetime.combine(local_date(moment), clock, LOCAL)
        return at if at <= moment else at - timedelta(days=1)
