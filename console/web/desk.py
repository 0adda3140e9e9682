"""The reviewers' desk (评议台): where a reviewer decides, by the link in their own letter.

To look changes nothing: some mail programs open every link. What is decided goes through the
review's own rules, as on the command line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from console.web.pages import fresh_page
from domain.kernel.documents import document
from domain.kernel.errors import Refused
from domain.review.docket import docket
from domain.review.sitting import NOTE_MAX, Sitting, verdict_of
from domain.store.database import reading, writing
from domain.store.tables.people import Community, Person
from notifications.outbox.desk_links import PATH, Desk
from notifications.texts.catalogue import Texts

# As many claims as a person decides at a sitting; the others follow once these are decided.
CASES_MAX = 30
_WEB = ("http", "https")
_FORM = "application/x-www-form-urlencoded"
_FIELDS = ("ref", "stage", "verdict", "note")
# A page of notes of full length, each character as `%E8%AF%84`.
_BODY_MAX = CASES_MAX * (NOTE_MAX * 9 + 2_000)


@dataclass(frozen=True)
class DeskSite:
    """What the desk is made from."""

    engine: Engine
    texts: Texts
    desk: Desk
    moment: Callable[[], datetime]


@dataclass(frozen=True)
class EnteredVerdict:
    """What a reviewer has entered for one claim."""

    ref: str
    stage: str
    verdict: str
    note: str


def add_desk(app: FastAPI, site: DeskSite) -> None:
    """Let reviewers decide at `/desk/…`."""

    @app.api_route(f"/{PATH}/{{token}}", methods=["GET", "HEAD"])
    def look(token: str) -> Response:
        """What waits for this reviewer."""
        return _page(site, token, [])

    @app.post(f"/{PATH}/{{token}}")
    async def decide(token: str, request: Request) -> Response:
        """Record the verdicts that were entered, and show what is left."""
        # First: a stranger's body is not even read.
        if site.desk.person(token, site.moment()) is None:
            return await run_in_threadpool(_closed, site)
        _refuse_other_pages(request, site.desk.url)
        entered = _entered(await _body(request))
        return await run_in_threadpool(_page, site, token, entered)


def _page(site: DeskSite, token: str, entered: list[EnteredVerdict]) -> Response:
    at = site.moment()
    key = site.desk.person(token, at)
    if key is None:
        return _closed(site)
    answers = _decide(site, key, entered, at)
    lost = {each["ref"] for each in answers if each["why"]}
    notes = {each.ref: each.note for each in entered if not each.verdict or each.ref in lost}
    with reading(site.engine) as session:
        person = session.get(Person, key)
        if person is None:
            return _closed(site)
        community = session.get_one(Community, person.community_id)
        total, cases = docket(session, community, person, CASES_MAX)
        html = site.texts.render(
            "desk.html",
            community=community.name,
            name=person.name,
            total=total,
            cases=[document(case) | {"note": notes.get(case.ref, "")} for case in cases],
            answers=answers,
            note_max=NOTE_MAX,
            ends_on=site.desk.ends_on(token),
        )
    return fresh_page(html, posts=True)


def _closed(site: DeskSite) -> Response:
    return fresh_page(site.texts.render("desk_closed.html"), 404)


def _decide(
    site: DeskSite, key: int, entered: list[EnteredVerdict], at: datetime
) -> list[dict[str, Any]]:
    """Each verdict and, where it was refused, why; one that is refused leaves the others be."""
    chosen = [each for each in entered if each.verdict]
    if not chosen:
        return []
    answers = []
    with writing(site.engine) as session:
        person = session.get(Person, key)
        if person is None:
            return []
        community = session.get_one(Community, person.community_id)
        sitting = Sitting(session, community, [each.ref for each in chosen])
        for each in chosen:
            why = ""
            try:
                verdict = verdict_of(each.verdict)
                sitting.decide(each.ref, person.code, verdict, each.note, at, each.stage)
            except Refused as refusal:
                why = refusal.why.text(site.texts.locale)
            answers.append({"ref": each.ref, "verdict": each.verdict, "why": why})
    return answers


def _refuse_other_pages(request: Request, desk_url: str) -> None:
    """Only our own page's form decides: 403 for another site's, 415 for what is no form.

    Our pages send no referrer, so a browser that does not say from where a form comes
    (`Sec-Fetch-Site`) gives its origin as `null`.
    """
    headers = request.headers
    came_from = headers.get("sec-fetch-site")
    if came_from not in (None, "same-origin", "none"):
        raise HTTPException(403)
    origin = headers.get("origin", "null")
    own = {_origin(desk_url), *(f"{scheme}://{headers.get('host')}" for scheme in _WEB)}
    if origin != "null" and origin not in own:
        raise HTTPException(403)
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(415)


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_MAX:
            raise HTTPException(413)
    return body


def _entered(body: bytes) -> list[EnteredVerdict]:
    """The page's form: `ref.1`, `stage.1`, `verdict.1`, `note.1`, `ref.2`, …"""
    try:
        fields = parse_qsl(body.decode(), True, max_num_fields=CASES_MAX * len(_FIELDS))
    except ValueError:
        raise HTTPException(400) from None
    rows: dict[str, dict[str, str]] = {}
    for name, value in fields:
        field, _, number = name.partition(".")
        rows.setdefault(number, dict.fromkeys(_FIELDS, ""))[field] = value
    return [
        EnteredVerdict(*(row[field] for field in _FIELDS)) for row in rows.values() if row["ref"]
    ]
