"""Time: people's time is Asia/Shanghai, stored time is UTC. Every function here is pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.kernel.errors import BadInput
from domain.kernel.reasons import reason

LOCAL = ZoneInfo("Asia/Shanghai")
# The clocks of two machines of one installation never agree altogether; what lies further ahead of
# now was stored by a clock that was wrong.
SKEW_MAX = timedelta(minutes=1)
# Years that this program keeps: far enough from the ends that days may be added and taken.
YEAR_MIN, YEAR_MAX = 1900, 9000


def start_of_day(day: date) -> datetime:
    """00:00 local time of a day, in UTC."""
    return datetime.combine(day, time.min, LOCAL).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The last second of a day, in UTC: what is due by a day's end is due, and done, on it."""
    return after_day(day) - timedelta(seconds=1)


def after_day(day: date) -> datetime:
    """When a day is over: 00:00 of the next, in UTC."""
    return start_of_day(day + timedelta(days=1))


def local_date(moment: datetime) -> date:
    """The day in Asia/Shanghai on which a moment falls."""
    return moment.astimezone(LOCAL).date()


def parse_moment(text: str) -> datetime:
    """An ISO date or time in UTC; without a zone it is Asia/Shanghai, a bare date its start."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise BadInput(reason("moment_wrong", value=text)) from error
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        raise BadInput(reason("moment_far", value=text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=LOCAL)
    return moment.astimezone(UTC)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def local_text(moment: datetime) -> str:
    """A moment as people read it: `2026-03-05 18:30`."""
    return moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")


def local_iso(moment: datetime) -> str:
    """A moment in JSON: ISO with the zone's offset."""
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")
