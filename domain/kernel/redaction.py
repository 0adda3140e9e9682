"""Redaction (脱敏) of text that may quote an address, a key or a person's number: logs and errors.

An address of which the whole is a secret (a bot's, a mail account's) keeps only its scheme; a
database's keeps where it is; a web address elsewhere keeps its host, for its path may be the key.
"""

import re

from domain.kernel.hosts import EVERYWHERE, LOOPBACK

MASK = "***"
_OWN = (*LOOPBACK, "[::1]", *EVERYWHERE)
_PLACES = ("sqlite", "file")  # they name a file
# Their pages are public documentation, and the path says which: SQLAlchemy's of an error.
_HANDBOOKS = ("sqlalche.me",)
_DATABASES = ("postgresql", "postgres", "redis", "rediss")
_URL = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*)://(?P<rest>[^\s\"'<>`]+)")
_PARTS = re.compile(
    r"(?:(?P<user>.*)@)?(?P<host>\[[0-9A-Fa-f:]*\]|[^/?#:]*)(?P<port>:\d+)?(?P<path>[^?#]*)(?P<query>.*)"
)
# Parameters and headers that stand alone: `access_token=…`, `password: …`, `Bearer …`.
_NAMED = re.compile(
    r"(?i)\b(?P<name>[\w-]*(?:token|secret|passw(?:or)?d|pwd|api[_-]?key|sendkey|authorization))"
    r"(?P<sign>[\"']?\s*[=:]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s\"'&,;)}\]]+"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
# What a statement was given, and what PostgreSQL tells of a row.
_PARAMETERS = re.compile(r"\[parameters: .*\](?=\n|$)", re.DOTALL)
_DETAIL = re.compile(r"^DETAIL:.*$", re.MULTILINE)
_MOBILE = re.compile(r"(?<![\w.-])(?:\+?86[- ]?)?1[3-9]\d{9}(?![\w.-])")
_IDENTITY = re.compile(r"(?<!\w)\d{17}[\dXx](?!\w)")


def redacted(text: str) -> str:
    """The text without credentials, without values of statements, without phone numbers."""
    text = _PARAMETERS.sub("[parameters hidden]", text)
    text = _DETAIL.sub("DETAIL: hidden", text)
    text = _URL.sub(lambda found: redacted_url(found[0]), text)
    text = _NAMED.sub(rf"\g<name>\g<sign>{MASK}", text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    text = _IDENTITY.sub(MASK, text)
    return _MOBILE.sub(MASK, text)


def redacted_url(url: str) -> str:
    """An address as it may be shown."""
    scheme, _, rest = url.partition("://")
    kind = scheme.lower().partition("+")[0]
    if kind in _PLACES:
        return url
    parts = _PARTS.fullmatch(rest)
    if parts is None or kind not in (*_DATABASES, "http", "https"):
        return f"{scheme}://{MASK}"
    where = parts["host"] + (parts["port"] or "")
    user = f"{MASK}@" if parts["user"] is not None else ""
    keeps_path = kind in _DATABASES or parts["host"] in (*_OWN, *_HANDBOOKS)
    path = parts["path"] if keeps_path or parts["path"] in ("", "/") else f"/{MASK}"
    query = f"?{MASK}" if parts["query"] else ""
    return f"{scheme}://{user}{where}{path}{query}"
