"""The two ways in which this program says no.

Every message is one sentence for a person: what, where, and what to do next. It is a `Reason` of
the catalogue, so that the console can print it in the reader's language; `str` gives the English.
"""

import errno

from domain.kernel.reasons import Reason, reason, said
from domain.kernel.sentences import is_code


class JifenError(Exception):
    """Base of all refusals; the console prints the message and exits with `exit_code`."""

    exit_code = 1
    language = "en"

    def __init__(self, why: str | Reason) -> None:
        self.why = why if isinstance(why, Reason) else said(why)
        super().__init__(self.why.text(self.language))

    def text(self, language: str) -> str:
        """The message for a reader of this language."""
        return self.why.text(language)


class Refused(JifenError):
    """The operation is not allowed, or a check failed (exit code 1)."""


class BadInput(JifenError):
    """The usage is wrong, or an input cannot be read (exit code 2)."""

    exit_code = 2


class BadSheet(BadInput):
    """A sheet cannot be read, or its heading does not fit: clerks read this, so in Chinese."""

    language = "zh_CN"

    def text(self, language: str) -> str:
        """The message, always in Chinese."""
        return str(self)


def machine_fault(error: Exception) -> Reason:
    """What the machine says of a file that it does not give; where we have no words for it, in
    English its own, and in Chinese its code."""
    name = errno.errorcode.get(getattr(error, "errno", None) or 0)
    if is_code(f"os_{name}"):
        return reason(f"os_{name}")
    words = getattr(error, "strerror", None) or error
    if name is None:
        return reason("os_no_file_name" if isinstance(error, ValueError) else "os_any", words=words)
    return reason("os_coded", code=name, words=words)
