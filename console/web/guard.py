"""What holds for every request to the web part (请求守则): methods, headers, and who goes away."""

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.web.error_pages import error_page
from console.web.pages import policy
from notifications.outbox.desk_links import PATH
from notifications.texts.catalogue import Texts

READ = ["GET", "HEAD"]
# Notices carry their own style and pictures, and nothing else; no page of ours runs a script.
CSP_PUBLIC = policy("style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self'")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Notices name people; texts and feeds cannot say it for themselves as pages do.
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": CSP_PUBLIC,
    "Cache-Control": "no-cache",
}


class Guard:
    """The application behind it answers to GET, and at the desk to POST, with our headers."""

    def __init__(self, app: ASGIApp, texts: Texts) -> None:
        self.app = app
        self.texts = texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in READ and not scope["path"].startswith(f"/{PATH}/"):
            refusal = error_page(self.texts, 405)
            refusal.headers["Allow"] = ", ".join(READ)
            await refusal(scope, receive, send_guarded)
            return
        try:
            await self.app(scope, receive, send_guarded)
        except ClientDisconnect:
            return  # nobody is left to answer, and nothing was done
