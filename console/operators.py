"""Who may see the operators' pages (运维页面): whoever has the token of the installation.

No address and no header tells a program on this machine from a stranger: a forwarder connects
from the loopback, and says of the stranger what it likes. So a token is always needed.
"""

import base64
import binascii
import hmac
from urllib.parse import quote

from fastapi import Request
from starlette.exceptions import HTTPException

from config.ports import WEB_PORT
from config.private import kept_secret
from config.settings import Settings
from domain.kernel.hosts import HERE

KEPT_IN = "web.token"
ADDRESS_FILE = "web.address"
_USER = "jifen"


def token_of(settings: Settings) -> str:
    """The token of the settings, else the one that is kept for this installation."""
    if settings.web_token:
        return settings.web_token.get_secret_value()
    return kept_secret(settings.var_dir / KEPT_IN)


def remember_address(settings: Settings, port: int) -> None:
    """Keep where the web part of this machine answers, for `link_here`."""
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    (settings.var_dir / ADDRESS_FILE).write_text(f"{HERE}:{port}\n", "ascii")


def link_here(settings: Settings) -> str:
    """The address of this machine's status page with the token in it, for an operator's browser.

    It is a secret: it goes to a terminal, and never into a log.
    """
    try:
        place = (settings.var_dir / ADDRESS_FILE).read_text("ascii").strip()
    except OSError:
        place = f"{HERE}:{WEB_PORT}"
    return f"http://{_USER}:{quote(token_of(settings), safe='')}@{place}/status"


def refuse_strangers(request: Request, token: str) -> None:
    """401 without the token: as a bearer, or as the password of whatever user."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        given = _password(given)
    elif scheme.lower() != "bearer":
        given = ""
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="jifen"'})


def _password(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
