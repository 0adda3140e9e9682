"""The two ways in which this program says no.

Every message is one sentence for a person: what, where, and what to do next.
"""


class JifenError(Exception):
    """Base of all refusals; the console prints the message and exits with `exit_code`."""

    exit_code = 1


class Refused(JifenError):
    """The operation is not allowed, or a check failed (exit code 1)."""


class BadInput(JifenError):
    """The usage is wrong, or an input cannot be read (exit code 2)."""

    exit_code = 2
