"""The two ways in which this program says no.

Every message is one sentence for a person: what, where, and what to do next. The console prints
it in English; what a clerk may find beside a row is a `Reason`, and says it in Chinese too.
"""

from domain.reasons import Reason, said


class JifenError(Exception):
    """Base of all refusals; the console prints the message and exits with `exit_code`."""

    exit_code = 1
    language = "en"

    def __init__(self, why: str | Reason) -> None:
        self.why = why if isinstance(why, Reason) else said(why)
        super().__init__(self.why.text(self.language))


class Refused(JifenError):
    """The operation is not allowed, or a check failed (exit code 1)."""


class BadInput(JifenError):
    """The usage is wrong, or an input cannot be read (exit code 2)."""

    exit_code = 2


class BadSheet(BadInput):
    """A sheet cannot be read, or its heading does not fit: clerks read this, so in Chinese."""

    language = "zh_CN"
