"""Addresses (通知地址): the Apprise URLs to which a person's messages go. Each one is a secret.

Pure and without Apprise, so that reading commands can show an address masked at once.
"""

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from domain.kernel.redaction import MASK
from notifications.channels.rate import Rate

# Of these the host is a machine's name; of all others it may be the very key to a robot.
_OPEN_HOSTS = frozenset(
    """
        mailto mailtos json jsons xml xmls form forms bark barks gotify gotifys http https
    """.split()
)
# Of these what stands after the machine's name is no more than a person's mail box.
_MAIL = frozenset(("mailto", "mailtos"))
# What reaches the one person whose address it is. By name, and nothing else: of robots there are
# more every year, and a secret sent to a group cannot be called back.
PERSONAL = frozenset(("bark", "barks", "mailto", "mailtos", "schan"))
# How often a service takes messages of one robot, from its own documentation.
RATES = {
    "wecombot": Rate(per_minute=20),
    "dingtalk": Rate(per_minute=20),
    "feishu": Rate(per_minute=100),
    "lark": Rate(per_minute=100),
}
# So many bytes of text a service takes, title and all; of others what reads well.
_BYTES_MAX = {
    "wecombot": 2_048,
    "dingtalk": 20_000,
    "feishu": 20_000,
    "lark": 20_000,
    "schan": 32_000,
    "bark": 3_500,
    "barks": 3_500,
}
BYTES_MAX_ELSE = 30_000
# Shorter pieces of an address are words such as `send` and `text`, not secrets.
_SECRET_MIN = 6


def scheme_of(address: str) -> str:
    """The service, as Apprise calls it: `wecombot`."""
    return address.partition("://")[0].lower()


def channel_of(address: str) -> str:
    """What stands for an address where the address itself must not be kept."""
    return hashlib.sha256(address.encode()).hexdigest()


def bot_of(address: str) -> str:
    """What a service counts together: all addresses of one robot, or of one machine."""
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    return hashlib.sha256(f"{scheme_of(address)}://{place}".encode()).hexdigest()


def reaches_one_person(address: str) -> bool:
    """Whether one person alone reads what goes to this address, so that it may be a secret."""
    return scheme_of(address) in PERSONAL and _targets(address) <= 1


def _targets(address: str) -> int:
    """How many receivers an address names; none where it is the sender's own."""
    parts = urlsplit(address)
    named = [piece for piece in parts.path.split("/") if piece]
    for key, value in parse_qsl(parts.query):
        if key.lower() in ("to", "cc", "bcc"):
            named.append(value)
    return sum(len([one for one in re.split(r"[\s,;]+", unquote(each)) if one]) for each in named)


def bytes_max(address: str) -> int:
    """How many bytes of text (UTF-8) the service takes."""
    return _BYTES_MAX.get(scheme_of(address), BYTES_MAX_ELSE)


def shown_address(address: str) -> str:
    """What may be shown of an address: the service, and the machine where that is no secret."""
    scheme = scheme_of(address)
    if scheme not in _OPEN_HOSTS or "://" not in address:
        return f"{scheme}://{MASK}" if "://" in address else MASK
    login, _, place = urlsplit(address).netloc.rpartition("@")
    if scheme in _MAIL:
        # Without a login, what stands in the machine's place may be one that was mistyped.
        return f"{scheme}://{MASK}@{place[:80]}" if login else f"{scheme}://{MASK}"
    return f"{scheme}://{place[:80]}/{MASK}"


def without_secrets(text: str, address: str) -> str:
    """A text without any piece of an address that may be secret."""
    for secret in _secrets(address):
        text = text.replace(secret, MASK)
    return text


def _secrets(address: str) -> list[str]:
    """The pieces of an address that must not be seen, longest first, as written and as meant."""
    parts = urlsplit(address)
    login, _, place = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    found = {address, password}
    if scheme_of(address) not in _OPEN_HOSTS:
        found.add(place)
    values = [value for _, value in parse_qsl(parts.query)]
    pieces = [user, *re.split(r"[/,;]", parts.path), *values, *re.split(r"[&=]", parts.query)]
    found |= {piece for piece in pieces if len(piece) >= _SECRET_MIN}
    meant = {unquote(piece) for piece in found}
    found |= meant | {quote(piece, safe="") for piece in meant}
    return sorted(found - {""}, key=len, reverse=True)
