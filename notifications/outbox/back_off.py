"""When a message that failed is tried again (重试). Pure."""

from datetime import datetime, timedelta

# The pauses after each attempt that failed; after the last attempt a message is dead. A mail server
# that is away from Friday evening to Monday morning is waited for; once it is back, nothing is
# later than a quarter of a day.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    *(timedelta(hours=6),) * 11,
)
ATTEMPTS_MAX = len(BACK_OFF) + 1
# No service is waited for longer than this, whatever it asks for.
HOLD_MAX = timedelta(days=1)


def retry_at(attempts: int, failed_at: datetime, hold: timedelta | None = None) -> datetime | None:
    """When to try again after so many attempts; None where it is not tried any more.

    `hold` is what the service asked for (Retry-After).
    """
    if attempts >= ATTEMPTS_MAX:
        return None
    return failed_at + max(BACK_OFF[attempts - 1], min(hold or timedelta(0), HOLD_MAX))
