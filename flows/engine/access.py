"""Access to Prefect's API (引擎口令): where it answers, and the secret that it asks for.

The loopback is no authority: any program of this machine reaches it, and so does any page that a
browser shows. The secret is made once per installation and lies in a file that is its owner's
alone; another machine has it in JIFEN_PREFECT_API_URL (`http://jifen:SECRET@10.0.0.5:4200/api`).
"""

import base64
import os
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from config.private import kept_secret, read_secret
from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from flows.engine.home import DIRECTLY

FILE = "auth"
USER = "jifen"
# What Prefect itself calls it, for its clients and for its server.
CLIENT_VARIABLE, SERVER_VARIABLE = "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"
# Ours, for `flows.engine.engine_server`: the names that the server goes by.
NAMES_VARIABLE = "JIFEN_ENGINE_NAMES"
# What every client asks first; it wants the secret, which the server's health does not.
ASKED = "/admin/version"
TIMEOUT_S = 10


@dataclass(frozen=True)
class Access:
    """Where the API answers, and the secret (`user:password`), empty where there is none."""

    url: str
    secret: str = field(default="", repr=False)

    @property
    def with_secret(self) -> str:
        """The address as JIFEN_PREFECT_API_URL takes it."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=f"{self.secret}@{parts.netloc}"))

    @property
    def client_environment(self) -> dict[str, str]:
        """For a process that reports to the API."""
        said = {CLIENT_VARIABLE: self.secret} if self.secret else {}
        return {"PREFECT_API_URL": self.url, **said}


def access_to(api_url: str, home: Path) -> Access:
    """The address without the secret that it may hold, and the secret: that one, else that of the
    environment, else the installation's own."""
    parts = urlsplit(api_url)
    given, _, place = parts.netloc.rpartition("@")
    url = urlunsplit(parts._replace(netloc=place))
    return Access(url, unquote(given) or os.environ.get(CLIENT_VARIABLE) or _read(home))


def server_secret(home: Path) -> str:
    """The secret that a server of this installation asks for; made where there is none yet."""
    given = os.environ.get(SERVER_VARIABLE)
    if given:
        return given
    path = home / FILE
    made = _read(home) if path.exists() else kept_secret(path, _new)
    if ":" not in made:
        raise Refused(reason("engine_secret_unusable", file=path))
    return made


def _new() -> str:
    return f"{USER}:{secrets.token_urlsafe()}"


def require_access(access: Access) -> None:
    """Refused, saying what is missing, where the API does not let us in."""
    request = urllib.request.Request(f"{access.url}{ASKED}")  # noqa: S310 - of the settings
    if access.secret:
        coded = base64.b64encode(access.secret.encode()).decode()
        request.add_header("Authorization", f"Basic {coded}")
    try:
        with DIRECTLY.open(request, timeout=TIMEOUT_S):
            return
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 401:
            code = "engine_secret_wrong" if access.secret else "engine_secret_missing"
            raise Refused(reason(code, url=access.url, file=FILE)) from None
        if error.code == 400:
            host = urlsplit(access.url).hostname
            raise Refused(reason("engine_name_unknown", url=access.url, host=host)) from None
    except OSError as error:
        fault = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(fault, TimeoutError):  # which Prefect's client would wait for, many times
            raise Refused(reason("engine_silent")) from None
        # Prefect's own client will say so: it may know of certificates that we do not.
        return


def _read(home: Path) -> str:
    try:
        return read_secret(home / FILE)
    except OSError:
        return ""
