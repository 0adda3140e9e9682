"""The pages of the public folder (公示网页): lists of notices and Atom feeds (RFC 4287), static.

A web server can serve the folder as it is: links are relative, no page needs a script or a file
from elsewhere, and every name is masked, whatever the board may show. What the web shows of the
list of households is the community's choice (`web_content`).
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from domain.kernel.local_time import local_iso
from domain.notices.publishing import PUBLIC_KINDS, complaints_go_to
from domain.store.tables.notices import Notice
from domain.store.tables.people import Community
from notifications.board.notice import (
    Link,
    Links,
    headline,
    listed_title,
    notice_speech,
    public_html,
)
from notifications.files import steady_name
from notifications.texts.catalogue import Texts

PAGE, FEED = "index.html", "feed.xml"
LATEST_MAX = 50  # notices in a feed, and on the page of all communities
# Ids are made from what never changes, under a name space of our own (RFC 4122, version 5).
_SPACE = uuid.UUID("6f0c1b0e-5d0f-5c2b-9a53-2b7d0f3d9c11")


@dataclass(frozen=True)
class Listed:
    """A published notice among the others: its community and file name, what it corrects."""

    notice: Notice
    community: Community
    name: str
    corrects: Sequence["Listed"] = ()
    corrected_by: list["Listed"] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Its address within the public folder."""
        return f"{folder_of(self.community)}/{self.name}.html"

    @property
    def speech_place(self) -> str:
        """The address of its text for the loudspeaker."""
        return f"{folder_of(self.community)}/{self.name}.txt"


@dataclass(frozen=True)
class Place:
    """A community on the page of all: how many notices it has there, and whether it has a page."""

    community: Community
    count: int
    has_page: bool = True


def folder_of(community: Community) -> str:
    """A community's folder within the public one."""
    return steady_name(community.code)


def name_of(notice: Notice) -> str:
    """`2026-q1-quarter`: a notice's file name, without ending; it never changes."""
    name = f"{notice.period}-{notice.kind}".lower()
    return name if notice.key == notice.period else steady_name(f"{name}:{notice.key}")


def listed(
    community: Community, notices: Sequence[Notice], corrected: Mapping[int, Sequence[int]]
) -> list[Listed]:
    """The public notices in the order of their publication; `corrected` by the notices' ids."""
    found: dict[int, Listed] = {}
    for notice in notices:
        if notice.kind in PUBLIC_KINDS:
            earlier = [found[at] for at in corrected.get(notice.id, ()) if at in found]
            found[notice.id] = Listed(notice, community, name_of(notice), earlier)
            for each in earlier:
                each.corrected_by.append(found[notice.id])
    return list(found.values())


def notice_page(each: Listed, texts: Texts) -> str:
    """A notice's own page, with its text for the loudspeaker."""
    corrects = [_link(other, texts) for other in each.corrects]
    speech = Link(f"{quote(each.name)}.txt", notice_speech(each.notice, texts))
    links = Links(PAGE, corrects, speech)
    return public_html(each.notice, texts, links, each.community.web_list)


def community_page(
    community: Community, notices: Sequence[Listed], texts: Texts, at: datetime
) -> str:
    """A community's notices: those open for objections, then the others, the newest first."""
    rows = [_row(each, texts) for each in reversed(notices)]
    return texts.render(
        "public/community.html",
        community=community,
        complaints=complaints_go_to(community),
        **_by_window(rows, at),
    )


def overall_page(
    places: Sequence[Place], newest: Sequence[Listed], texts: Texts, at: datetime
) -> str:
    """All communities with how many notices they have, and the newest notices of them all."""
    communities = [
        {
            "href": f"{quote(folder_of(each.community))}/{PAGE}" if each.has_page else "",
            "name": f"{each.community.town}{each.community.name}",
            "count": each.count,
            "complaints": complaints_go_to(each.community),
        }
        for each in places
    ]
    rows = [_row(each, texts, each.community.name, overall=True) for each in newest]
    return texts.render("public/index.html", communities=communities, **_by_window(rows, at))


def _by_window(rows: Sequence[dict[str, Any]], at: datetime) -> dict[str, list[dict[str, Any]]]:
    """Notices that can be objected to now, soonest over first; and the others as they come."""
    now_open = [row for row in rows if row["closes_at"] and row["closes_at"] > at]
    others = [row for row in rows if row not in now_open]
    return {"open": sorted(now_open, key=lambda row: row["closes_at"]), "others": others}


def community_feed(
    community: Community, notices: Sequence[Listed], texts: Texts, public_url: str | None
) -> str:
    """A community's feed; relative links unless it is known where the folder is served."""
    base = f"{public_url.rstrip('/')}/{quote(folder_of(community))}/" if public_url else ""
    newest = list(reversed(notices))[:LATEST_MAX]
    entries = [_entry(each, texts, base, each.name) for each in newest]
    feed = _feed("community", community, newest, base)
    return texts.render("public/community.xml", community=community, feed=feed, entries=entries)


def overall_feed(
    first: Community, newest: Sequence[Listed], texts: Texts, public_url: str | None
) -> str:
    """The feed of all communities; `first` is the one that was here first: it stays for good."""
    base = f"{public_url.rstrip('/')}/" if public_url else ""
    entries = [
        _entry(each, texts, base, f"{folder_of(each.community)}/{each.name}") for each in newest
    ]
    feed = _feed("all", first, newest, base)
    return texts.render("public/index.xml", feed=feed, entries=entries)


def public_link(notice: Notice, community: Community, public_url: str | None) -> str | None:
    """Where a notice can be read, if it is known where the public folder is served."""
    if public_url is None or notice.kind not in PUBLIC_KINDS:
        return None
    return f"{public_url.rstrip('/')}/{quote(Listed(notice, community, name_of(notice)).place)}"


def announcement_facts(
    notice: Notice, community: Community, public_url: str | None = None
) -> dict[str, Any]:
    """What the message `announcement` needs: for a community's group channels."""
    content = notice.content
    return {
        "community": content["community"],
        "kind": notice.kind,
        "period": content["period"],
        "objection": content.get("objection", ""),
        "report": content.get("report", ""),
        "published_at": content["published_at"],
        "closes_at": content["closes_at"],
        "link": public_link(notice, community, public_url),
    }


def announcement(
    notice: Notice, community: Community, texts: Texts, public_url: str | None = None
) -> str:
    """A short text about a notice for group channels (微信群等): its title, and how to object."""
    facts = announcement_facts(notice, community, public_url)
    return texts.render("message/announcement.txt", **facts)


def _link(each: Listed, texts: Texts) -> Link:
    return Link(f"{quote(each.name)}.html", listed_title(each.notice, texts))


def _row(
    each: Listed, texts: Texts, community: str = "", *, overall: bool = False
) -> dict[str, Any]:
    """A notice in a list; from the page of all communities, links go into their folders."""
    before = f"{quote(folder_of(each.community))}/" if overall else ""

    def link(other: Listed) -> Link:
        found = _link(other, texts)
        return Link(before + found.href, found.title)

    notice = each.notice
    return {
        "href": link(each).href,
        "title": headline(notice, texts),
        "community": community,
        "kind": notice.kind,
        "published_at": notice.published_at,
        "closes_at": notice.closes_at,
        "corrects": [link(other) for other in each.corrects],
        "corrected_by": [link(other) for other in each.corrected_by],
        "seal": notice.seal,
        "speech": f"{before}{quote(each.name)}.txt",
    }


def _feed(kind: str, community: Community, newest: Sequence[Listed], base: str) -> dict[str, str]:
    updated: datetime = newest[0].notice.published_at if newest else community.added_at
    who = (kind, community.town, community.code, community.added_at.isoformat())
    return {
        "id": _id(*who),
        "updated": local_iso(updated),
        "author": community.name if kind == "community" else community.town,
        "self": f"{base}{FEED}",
        "page": f"{base}{PAGE}",
    }


def _entry(each: Listed, texts: Texts, base: str, path: str) -> dict[str, Any]:
    notice, community = each.notice, each.community
    folder = path.rpartition("/")[0]
    before = f"{base}{quote(folder)}/" if folder else base
    return {
        "id": _id("notice", community.town, community.code, notice.kind, notice.key, notice.digest),
        "title": f"{community.name} · {headline(notice, texts)}",
        "at": local_iso(notice.published_at),
        "author": community.name,
        "kind": notice.kind,
        "href": f"{base}{quote(path)}.html",
        "corrects": [f"{before}{quote(other.name)}.html" for other in each.corrects],
        "summary": announcement(notice, community, texts).partition("\n")[2].strip(),
    }


def _id(*parts: str) -> str:
    return uuid.uuid5(_SPACE, "\0".join(parts)).urn
