"""What services answer (应答): an HTTP 200 is no success until the service's own code says so."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TEXT_MAX = 500
# More of an answer is not read.
BYTES_MAX = 65_536
# Where each service says how it went, and what it says when all is well.
_CODES: dict[str, tuple[tuple[str, ...], int]] = {
    "wecombot": (("errcode",), 0),
    "dingtalk": (("errcode",), 0),
    # Feishu's robots of before 2022 say StatusCode.
    "feishu": (("code", "StatusCode"), 0),
    "lark": (("code", "StatusCode"), 0),
    "schan": (("code",), 0),
    "bark": (("code",), 200),
}
_WORDS = ("errmsg", "msg", "message", "StatusMessage")
# Codes that mean “too fast”, with how many seconds to keep still: DingTalk shuts a robot up for
# ten minutes.
_TOO_FAST = {
    ("wecombot", 45009): 60,
    ("dingtalk", 130101): 600,
    ("dingtalk", 410100): 600,
    ("feishu", 11232): 60,
    ("lark", 11232): 60,
    ("feishu", 9499): 0,
    ("lark", 9499): 0,
}


@dataclass(frozen=True)
class ServiceAnswer:
    """How one attempt went: only `ok` is success; `text` is the service's own answer.

    `hold_s` is for how many seconds the service wants no more messages.
    """

    ok: bool
    text: str
    hold_s: float = 0.0


def read_answer(
    service: str, status: int, content: bytes, headers: Mapping[str, str], now: datetime
) -> ServiceAnswer:
    """What a robot's service answered over HTTP."""
    hold = _retry_after(headers.get("Retry-After", ""), now)
    said = _document(content)
    names, good = _CODES[service]
    code = next((said[name] for name in names if name in said), None)
    words = next((said[name] for name in _WORDS if said.get(name)), "")
    told = f"HTTP {status}"
    if code is not None:
        name = next(name for name in names if name in said)
        told += f", {name} {code}"
    if words:
        told += f": {words}"
    if status == 429:
        return ServiceAnswer(False, told, hold or 60.0)
    if status == 200 and code is None:
        # A gateway's or a hotel's log-in page also says 200.
        return ServiceAnswer(False, f"{told}, but not in the words of {service}", hold)
    if isinstance(code, int) and (service, code) in _TOO_FAST:
        hold = max(hold, float(_TOO_FAST[service, code]))
    return ServiceAnswer(status == 200 and code == good and code is not False, told, hold)


def _document(content: bytes) -> dict[str, object]:
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _retry_after(text: str, now: datetime) -> float:
    """Seconds, or an HTTP date."""
    if text.strip().isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
