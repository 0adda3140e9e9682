"""Pages made for one request (动态页面): never stored, and with a policy of their own."""

import base64
import hashlib

from fastapi.responses import HTMLResponse

CSP_REST = "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
NO_STORE = {"Cache-Control": "no-store"}


def fresh_page(html: str, code: int = 200, *, posts: bool = False) -> HTMLResponse:
    """A page whose policy allows its own style, by digest; and its own form where it `posts`."""
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rest = CSP_REST.replace("form-action 'none'", "form-action 'self'") if posts else CSP_REST
    policy = f"default-src 'none'; style-src 'sha256-{digest}'{rest}"
    return HTMLResponse(html, code, NO_STORE | {"Content-Security-Policy": policy})
