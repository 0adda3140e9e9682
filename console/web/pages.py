"""Pages made for one request (动态页面): never stored, and with a policy of their own."""

import base64
import hashlib

from fastapi.responses import HTMLResponse

NO_STORE = {"Cache-Control": "no-store"}


def policy(sources: str, forms: str = "'none'") -> str:
    """A content policy that allows these sources alone, and forms to go to `forms`."""
    fixed = f"base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
    return f"default-src 'none'; {sources}; {fixed}"


def fresh_page(html: str, code: int = 200, *, posts: bool = False) -> HTMLResponse:
    """A page whose policy allows its own style, by digest; and its own form where it `posts`."""
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    own = policy(f"style-src 'sha256-{digest}'", "'self'" if posts else "'none'")
    return HTMLResponse(html, code, NO_STORE | {"Content-Security-Policy": own})
