"""Publication (发布): notices go to the public folder in their order, once, and stay as written.

What is missing there or was changed is written again, until the notice's term ends: then it
leaves. A receipt says since when a notice stands where, the sha256 of what was written last, and
when it left.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session, defer

from domain.community.registry import find_community
from domain.kernel.errors import JifenError
from domain.kernel.period import Period
from domain.notices.notice import notices_of
from domain.notices.publishing import leaves_at, receipts_of
from domain.operations.outages import tell
from domain.store.database import reading, writing
from domain.store.faults import fault_of
from domain.store.tables.claims import Claim
from domain.store.tables.notices import Notice, NoticeKind, Publication
from domain.store.tables.objections import Objection
from domain.store.tables.people import Community
from notifications.board.notice import notice_speech
from notifications.board.pages import (
    FEED,
    LATEST_MAX,
    PAGE,
    Listed,
    Place,
    community_feed,
    community_page,
    folder_of,
    listed,
    notice_page,
    overall_feed,
    overall_page,
)
from notifications.files import digest_at, digest_of, make_folder, remove, write_bytes, write_text
from notifications.texts.catalogue import Texts

# What pages of a notice show; they are written anew where it is another than before.
FORM = 2
# For a web server at whose top the folder stands; pages say the same for themselves.
ROBOTS, NO_ROBOTS = "robots.txt", "User-agent: *\nDisallow: /\n"
# What all communities share.
OVERALL = (PAGE, FEED, ROBOTS)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """What became of a notice's file: published, restored, renewed, removed, or there as it was.

    `state` is failed, with the reason in `said`, where a community's notices could not be written;
    `notice`, its id, is None then.
    """

    community: str
    notice: int | None
    place: str
    state: str
    said: str = ""


@dataclass(frozen=True)
class PublicFolder:
    """The public folder (`public_dir`), and the address where it is served, if that is known."""

    path: Path
    texts: Texts
    url: str | None = None


def publish_missing(
    engine: Engine,
    folder: PublicFolder,
    at: datetime,
    communities: Sequence[str] = (),
    *,
    again: bool = False,
) -> list[Published]:
    """Write what is missing or changed in the public folder, of those communities or of all.

    `again` also renews what stands there as it was written, after a change of the texts. What
    fails for one community is logged and told, and leaves the others alone.
    """
    with reading(engine) as session:
        codes = (
            list(communities)
            or session.scalars(select(Community.code).order_by(Community.code)).all()
        )
    done = list(publish_each(engine, folder, at, codes, again=again))
    publish_overall(engine, folder, at)
    return done


def publish_each(
    engine: Engine, folder: PublicFolder, at: datetime, codes: Iterable[str], *, again: bool = False
) -> Iterator[Published]:
    """The same for these communities, one after the other, without what all of them share."""
    for code in codes:
        try:
            with writing(engine) as session:
                done = _publish(session, find_community(session, code), folder, at, again)
        except (JifenError, OSError) as error:
            tell(log, f"publishing the notices of {code}", error)
            done = [Published(code, None, "", "failed", fault_of(error).text("en"))]
        yield from done


def publish_overall(engine: Engine, folder: PublicFolder, at: datetime) -> None:
    """The list and the feed of all communities, of what has been published."""
    with writing(engine) as session:
        _write_overall(session, folder, at)


def _publish(
    session: Session, community: Community, folder: PublicFolder, at: datetime, again: bool
) -> list[Published]:
    """A community's notices in their order, then its list and feed."""
    _alone(session, community)
    known = notices_of(session, community)
    notices = _listed(session, community, known, at)
    make_folder(folder.path, public=True)
    make_folder(folder.path / folder_of(community), public=True)
    done = _remove_ended(session, community, known, folder, at)
    receipts = {
        (receipt.notice_id, receipt.place): receipt
        for kept in receipts_of(session, [each.notice for each in notices]).values()
        for receipt in kept
    }
    for each in notices:
        for place, made in (
            (each.place, lambda each=each: notice_page(each, folder.texts)),
            (each.speech_place, lambda each=each: notice_speech(each.notice, folder.texts)),
        ):
            receipt = receipts.get((each.notice.id, place))
            state = _write(session, folder, each, place, made, receipt, at, again)
            done.append(Published(community.code, each.notice.id, place, state))
    own = folder.path / folder_of(community)
    for name, text in (
        (PAGE, community_page(community, notices, folder.texts, at)),
        (FEED, community_feed(community, notices, folder.texts, folder.url)),
    ):
        write_text(own / name, text, public=True)
    return done


def _remove_ended(
    session: Session,
    community: Community,
    known: Sequence[Notice],
    folder: PublicFolder,
    at: datetime,
) -> list[Published]:
    """Take away the files of notices whose term has ended, also where somebody put them back."""
    ended = {notice.id: notice for notice in known if leaves_at(notice, community) <= at}
    done = []
    for receipt in chain.from_iterable(receipts_of(session, list(ended.values())).values()):
        remove(folder.path / receipt.place)
        if receipt.removed_at is None:
            receipt.removed_at = at
            done.append(Published(community.code, receipt.notice_id, receipt.place, "removed"))
    return done


def _write(
    session: Session,
    folder: PublicFolder,
    each: Listed,
    place: str,
    made: Callable[[], str],
    receipt: Publication | None,
    at: datetime,
    again: bool,
) -> str:
    """One file and its receipt."""
    # A link to a notice that has left must go too.
    path, form = folder.path / place, f"{FORM}:{each.community.web_list}:{len(each.corrects)}"
    intact = receipt is not None and digest_at(path) == receipt.digest
    if receipt is not None and intact and receipt.form == form and not again:
        return "there"
    content = made().encode()
    digest = digest_of(content)
    write_bytes(path, content, public=True)
    if receipt is None:
        session.add(
            Publication(
                notice_id=each.notice.id,
                place=place,
                digest=digest,
                published_at=at,
                written_at=at,
                form=form,
            )
        )
        return "published"
    receipt.form, receipt.removed_at = form, None
    if intact and receipt.digest == digest:
        return "there"
    receipt.digest, receipt.written_at = digest, at
    return "renewed" if intact else "restored"


def _write_overall(session: Session, folder: PublicFolder, at: datetime) -> None:
    communities = session.scalars(select(Community).order_by(Community.code)).all()
    if not communities:
        return
    first = min(communities, key=lambda community: community.id)
    _alone(session, first)
    counts = dict(session.execute(_published_by_community()).tuples().all())
    noted = set(session.scalars(select(Notice.community_id).distinct()))
    newest = _newest(session, {community.id: community for community in communities}, at)
    make_folder(folder.path, public=True)
    # One whose notices are still to be published is left out, one that has none yet is not.
    own = [
        Place(each, counts.get(each.id, 0), (folder.path / folder_of(each) / PAGE).is_file())
        for each in communities
        if each.id in counts or each.id not in noted
    ]
    page = overall_page(own, newest, folder.texts, at)
    feed = overall_feed(first, newest, folder.texts, folder.url)
    for name, text in zip(OVERALL, (page, feed, NO_ROBOTS), strict=True):
        write_text(folder.path / name, text, public=True)


def _published_by_community() -> Select[tuple[int, int]]:
    return (
        select(Notice.community_id, func.count(Notice.id.distinct()))
        .join(Publication, Publication.notice_id == Notice.id)
        .where(Publication.removed_at.is_(None))
        .group_by(Notice.community_id)
    )


def _newest(session: Session, communities: Mapping[int, Community], at: datetime) -> list[Listed]:
    """The latest notices that stand in the folder, of all communities, the newest first.

    Of these alone the content is read, and of what they correct: a district has tens of thousands.
    """
    standing = select(Publication.notice_id).where(Publication.removed_at.is_(None))
    latest = session.execute(
        select(Notice.id, Notice.community_id)
        .where(Notice.id.in_(standing))
        .order_by(Notice.published_at.desc(), Notice.id.desc())
        .limit(LATEST_MAX)
    ).tuples()
    order = dict(latest.all())
    found = {
        each.notice.id: each
        for community in dict.fromkeys(order.values())
        for each in _listed(
            session, communities[community], _unread(session, communities[community]), at
        )
    }
    return [found[notice] for notice in order if notice in found]


def _unread(session: Session, community: Community) -> Sequence[Notice]:
    """A community's notices in their order; the content of each is read when it is asked for."""
    query = select(Notice).where(Notice.community_id == community.id)
    query = query.options(defer(Notice.content)).order_by(Notice.published_at, Notice.id)
    return session.scalars(query).all()


def _alone(session: Session, community: Community) -> None:
    """Wait for another publisher of this community; what only refers to its row need not wait.

    (On SQLite a transaction that writes is alone from its beginning.)
    """
    session.execute(
        select(Community.id).where(Community.id == community.id).with_for_update(key_share=True)
    )


def _listed(
    session: Session, community: Community, known: Sequence[Notice], at: datetime
) -> list[Listed]:
    """Those of a community's notices that are public and whose term has not ended."""
    notices = [each for each in known if leaves_at(each, community) > at]
    return listed(community, notices, _corrected(session, community, notices))


def _corrected(
    session: Session, community: Community, notices: Sequence[Notice]
) -> dict[int, list[int]]:
    """Which notices a correction corrects: that of the quarter whose audit decided on the claim."""
    audits = dict(
        session.execute(
            select(Objection.ref, Claim.audit)
            .join(Claim, Claim.id == Objection.claim_id)
            .where(Objection.community_id == community.id)
        )
        .tuples()
        .all()
    )
    quarters = {notice.key: notice.id for notice in notices if notice.kind == NoticeKind.QUARTER}
    found = {}
    for notice in notices:
        if notice.kind != NoticeKind.CORRECTION:
            continue
        audit = audits.get(notice.content.get("objection", ""))
        if audit:
            quarter = str(Period.of("quarter", Period.parse(audit).start))
            found[notice.id] = [quarters[quarter]] if quarter in quarters else []
    return found
