"""Text that a terminal and a log show as it is (可见文本): nothing in it gives them orders.

What people enter may hold escape sequences, which change colours, titles or lines already shown.
"""

import re

# Controls but for tab and line end, what turns the direction of writing, and halves of characters.
_ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def plain(text: str) -> str:
    """The text with each such character as its code: `\\x1b`."""
    return _ORDERS.sub(_code, text)


def plain_json(text: str) -> str:
    """A JSON document with each such character escaped: it still means the same."""
    return _ORDERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _code(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
