"""What is away is told of once a minute, in one line that says how often; surprises keep their
traceback."""

import errno
import logging

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.kernel.errors import Refused
from domain.operations.outages import DATABASE, ENGINE, EVERY_S, FILES, Outages, away

log = logging.getLogger("jifen.test")
GONE = OperationalError("SELECT secret", {"name": "王"}, ConnectionError("connection refused"))


class Hands:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def outages(hands: Hands) -> Outages:
    return Outages(clock=hands)


def wrapped(error: Exception) -> Exception:
    try:
        raise RuntimeError("Failed to reach API") from error
    except RuntimeError as found:
        return found


def answered(status: int) -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "http://127.0.0.1/api")
    return httpx.HTTPStatusError("", request=request, response=httpx.Response(status))


@pytest.mark.parametrize(
    ("error", "which"),
    [
        (GONE, DATABASE),
        (PoolTimeoutError("QueuePool limit"), DATABASE),
        (httpx.ConnectError("refused"), ENGINE),
        (httpx.ReadTimeout("slow"), ENGINE),
        (wrapped(httpx.ConnectError("refused")), ENGINE),
        (ConnectionRefusedError(), ENGINE),
        (wrapped(TimeoutError("timed out")), ENGINE),
        (answered(503), ENGINE),
        (OSError(errno.EMFILE, "Too many open files"), FILES),
        (OSError(errno.ENFILE, "Too many open files in system"), FILES),
        (wrapped(OSError(errno.EMFILE, "Too many open files")), FILES),
        (OSError(errno.ENOENT, "No such file"), ""),
        (answered(404), ""),
        (ValueError("unexpected"), ""),
    ],
)
def test_what_is_away_is_known_by_its_error(error: Exception, which: str) -> None:
    assert away(error) == which


@pytest.mark.parametrize(
    "error", [GONE, httpx.ConnectError("refused"), OSError(errno.EMFILE, "Too many open files")]
)
def test_an_outage_is_one_line_a_minute(
    outages: Outages, hands: Hands, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    for second in range(int(3 * EVERY_S)):
        hands.now = float(second)
        for part in ("the sweep", "the watch", "handing a step to the engine"):
            outages.tell(log, part, error)
    assert len(caplog.records) == 3
    assert "179 more tries" in caplog.records[1].getMessage()
    for record in caplog.records:
        assert record.exc_info is None
        assert "\n" not in record.getMessage()
        assert "王" not in record.getMessage()
        assert "secret" not in record.getMessage()


def test_one_outage_does_not_hide_another(
    outages: Outages, caplog: pytest.LogCaptureFixture
) -> None:
    outages.tell(log, "the sweep", GONE)
    outages.tell(log, "the sweep", httpx.ConnectError("refused"))
    assert len(caplog.records) == 2


def test_a_surprise_keeps_its_traceback_and_does_not_fill_the_log(
    outages: Outages, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        outages.tell(log, "the watch", ValueError("unexpected"))
    (record,) = caplog.records
    assert record.exc_info


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "Permission denied", "/srv/public/ma"),
        Refused("the notices of ma cannot be written"),
    ],
)
def test_what_says_itself_in_a_sentence_needs_no_traceback(
    outages: Outages, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    outages.tell(log, "publication", error)
    (record,) = caplog.records
    assert record.exc_info is None
    assert record.getMessage().startswith("publication waits: ")
    assert error.filename in record.getMessage() if isinstance(error, OSError) else True
