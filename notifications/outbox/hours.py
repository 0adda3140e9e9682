"""When a message may go out (节奏): robots' limits, back-off, quiet hours. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.kernel.local_time import LOCAL, local_date


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
