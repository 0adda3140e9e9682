"""Proxies (代理): for couriers, which send to services outside; never between our own parts.

Whatever the environment says of proxies, Prefect's server, our pages and their clients are asked
directly. `no_proxy=*` is what all libraries understand: some fail on a SOCKS proxy that they would
not even use.
"""

import os

from domain.kernel.hosts import LOOPBACK

# What the environment said before `for_couriers_only`.
KEPT = "JIFEN_COURIERS_NO_PROXY"
NAMES = ("no_proxy", "NO_PROXY")
ALL = "*"


def for_couriers_only() -> None:
    """Let this process and its children ask nothing through a proxy; its couriers still may."""
    given = _given()
    if given != ALL or KEPT not in os.environ:
        os.environ[KEPT] = given
    for name in NAMES:
        os.environ[name] = ALL


def couriers_environment() -> dict[str, str]:
    """The variables about proxies as a courier gets them: the user's, but not for this machine."""
    given = _given()
    exempt = os.environ.get(KEPT, given) if given == ALL else given
    if exempt != ALL:
        # A proxy is somewhere else: what it would call by these names is not this machine.
        exempt = ",".join(filter(None, (exempt, *LOOPBACK)))
    proxies = {name: value for name, value in os.environ.items() if _is_proxy(name)}
    return proxies | dict.fromkeys(NAMES, exempt)


def _is_proxy(name: str) -> bool:
    return name.lower().endswith("_proxy") and name not in (*NAMES, KEPT)


def _given() -> str:
    """What the environment exempts: in either case of the name, for libraries read only one."""
    parts = [part.strip() for name in NAMES for part in os.environ.get(name, "").split(",")]
    return ALL if ALL in parts else ",".join(dict.fromkeys(filter(None, parts)))
