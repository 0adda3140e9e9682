"""Asking Prefect's server (询问引擎) without Prefect: a few requests, each within some seconds.

To load Prefect's own client takes two seconds and a hundred megabytes, which neither the web part
nor a reading command has.
"""

import base64
import json
import os
import ssl
import urllib.error
import urllib.request
from typing import Any

from flows.engine.access import Access

TIMEOUT_S = 5.0
# Where Prefect's own client looks for the certificate of a private authority.
_CERTIFICATES = "PREFECT_API_SSL_CERT_FILE"


class NoAnswer(Exception):
    """The server gave no answer that can be used; `code` is HTTP's, or 0 where none came."""

    def __init__(self, code: int, fault: OSError | None = None) -> None:
        super().__init__(code)
        self.code, self.fault = code, fault


def ask(access: Access, path: str, body: dict[str, Any] | None = None) -> Any:
    """What the API answers at `path`, to a GET or, with a body, to a POST; NoAnswer raised."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{access.url}{path}", data)  # noqa: S310 - of the settings
    request.add_header("Content-Type", "application/json")
    if access.secret:
        coded = base64.b64encode(access.secret.encode()).decode()
        request.add_header("Authorization", f"Basic {coded}")
    try:
        with _opener().open(request, timeout=TIMEOUT_S) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        error.close()
        raise NoAnswer(error.code) from None
    except urllib.error.URLError as error:
        fault = error.reason if isinstance(error.reason, OSError) else error
        raise NoAnswer(0, fault) from fault
    except OSError as error:  # also where it takes the request and says nothing
        raise NoAnswer(0, error) from error
    except ValueError:
        raise NoAnswer(0) from None


def _opener() -> urllib.request.OpenerDirector:
    """Never through a proxy; with the authority that Prefect's client is told of."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if os.environ.get(_CERTIFICATES):
        context = ssl.create_default_context(cafile=os.environ[_CERTIFICATES])
        handlers.append(urllib.request.HTTPSHandler(context=context))
    return urllib.request.build_opener(*handlers)
