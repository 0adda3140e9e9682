"""What failed in a text (文案出错), in either language, and in which line."""

import re
from pathlib import Path
from traceback import walk_tb

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from domain.kernel.reasons import Reason, reason, said

# The first that an error is.
_CODES: dict[type[Exception], str] = {
    SecurityError: "text_unsafe",
    UndefinedError: "text_undefined",
    TemplateSyntaxError: "text_syntax",
}


def fault(error: Exception, file: Path | None) -> Reason:
    """What failed in a template's file, and in which line; never the facts, which are people's.

    Only Jinja2's own errors are quoted: others may repeat a value that they choked on.
    """
    kind = type(error).__name__
    message = " ".join(str(error).split()) if isinstance(error, TemplateError) else ""
    code = next((code for each, code in _CODES.items() if isinstance(error, each)), "text_error")
    return reason(
        code,
        kind=kind,
        words=f"{kind}{f': {message}' if message else ''}",
        names=tuple(re.findall("'([^']*)'", message)),
        place=_place(error, file),
    )


def _place(error: Exception, file: Path | None) -> Reason:
    lines = [
        line
        for frame, line in walk_tb(error.__traceback__)
        if Path(frame.f_code.co_filename) == file
    ]
    line = getattr(error, "lineno", None) or (lines[-1] if lines else None)
    return reason("text_line", line=line) if line else said("")
