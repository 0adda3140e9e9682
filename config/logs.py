"""Logs of the service's processes (日志): lines of text, or of JSON for a log collector.

Every line says what it is about (`domain.kernel.log_context`), and no secret and no person's
number leaves through it. `prefect_logging.yaml` does the same for Prefect's own processes and for
flow runs.
"""

import json
import logging
import sys
from asyncio import CancelledError
from datetime import datetime
from pathlib import Path
from typing import TextIO

from domain.kernel.local_time import LOCAL
from domain.kernel.log_context import FIELDS, current
from domain.kernel.redaction import redacted
from domain.kernel.visible_text import plain
from domain.operations.outages import OUTAGES, away, in_short

# For PREFECT_LOGGING_SETTINGS_PATH.
PREFECT_LOGGING = Path(__file__).with_name("prefect_logging.yaml")
# A log record's own `process` is a number; ours comes from the context only.
# Libraries that say at each step that all is well.
CHATTY = ("apscheduler", "httpx", "alembic")
# What Prefect throws of a flow that has returned a state which is no success.
ENDS = ("FailedRun", "CancelledRun")
_EXTRA = tuple(field for field in FIELDS if field != "process")


def configure(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Let this process log to `stream` (stderr) as the settings say."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    handler.addFilter(Sparing())
    handler.addFilter(Redacting())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    # That a sweep is still under way when the next falls due is no news.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


def prefect_environment(log_format: str, level: str) -> dict[str, str]:
    """The environment in which Prefect's processes and flow runs log as ours do."""
    return {
        "PREFECT_LOGGING_SETTINGS_PATH": str(PREFECT_LOGGING),
        "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": log_format,
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": level,
    }


class Redacting(logging.Filter):
    """Redacts what a record says, whoever wrote it and whichever formatter comes after."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = plain(redacted(_said(record))), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            # Formatters use the text where there is one.
            record.exc_text = plain(redacted(record.exc_text))
        if record.stack_info:
            record.stack_info = plain(redacted(record.stack_info))
        return True


class Sparing(logging.Filter):
    """What libraries log of an outage, with its traceback, is one line a minute too. What was cut
    off as its process ended, a page or a question, is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        thrown = record.exc_info[1] if record.exc_info else None
        if isinstance(thrown, CancelledError):
            return False
        if thrown is None or not (cause := away(thrown)):
            return True
        since = OUTAGES.admit(cause)
        if since is None:
            return False
        # asyncio's messages go on over several lines: the socket, the protocol.
        what = _said(record).partition("\n")[0]
        record.msg = f"{what}: {in_short(cause, thrown)}{since}"
        record.args = record.exc_info = None
        return True


class Ended(logging.Filter):
    """A run that ended in a state of its own has said why in it: that Prefect's engine took this
    for an exception says no more."""

    def filter(self, record: logging.LogRecord) -> bool:
        thrown = record.exc_info[0] if record.exc_info else None
        if record.exc_info and thrown is None:
            return False  # a traceback is asked for where nothing was thrown: a state was returned
        return thrown is None or thrown.__name__ not in ENDS


def _said(record: logging.LogRecord) -> str:
    """The message; one whose values do not fit its form is still said."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _about(record: logging.LogRecord) -> dict[str, str]:
    """What a record is about: what it says itself, else what was being worked on."""
    found = current()
    run = getattr(record, "flow_run_id", None)  # Prefect's run loggers say it
    if run:
        found["run"] = str(run)
    for field in _EXTRA:
        value = getattr(record, field, None)
        if value:
            found[field] = str(value)
    return {field: found[field] for field in FIELDS if field in found}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": _said(record),
            **_about(record),
        }
        if record.exc_text:
            line["exception"] = record.exc_text
        elif record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """A line for people, with what it is about in brackets."""

    def __init__(self) -> None:
        super().__init__("%(time)s %(levelname)-7s %(name)s %(about)s%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.time, record.about = _time(record), _bracketed(record)
        return super().format(record)


class AboutLines(logging.Formatter):
    """A flow run's log in Prefect's UI, which shows the time and level itself."""

    def __init__(self) -> None:
        super().__init__("%(about)s%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.about = _bracketed(record)
        return super().format(record)


def _bracketed(record: logging.LogRecord) -> str:
    words = [value for field, value in _about(record).items() if field != "run"]
    return f"[{' '.join(words)}] " if words else ""


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, LOCAL).isoformat(timespec="milliseconds")
