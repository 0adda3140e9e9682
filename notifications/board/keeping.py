"""Keeping the public folder (公示值守): what is to be published is, and what stands there stays.

A pass asks the receipts what is missing, over or of another form, and looks at those communities
only. Whether the files are as they were written is looked at a few communities at a time, at all
of them within the hour. So a pass in which nothing changes costs the same whatever the history.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Engine,
    and_,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from domain.notices.publishing import PUBLIC_KINDS
from domain.store.database import reading
from domain.store.tables.notices import Notice, Publication
from domain.store.tables.people import Community
from notifications.board.pages import FEED, PAGE
from notifications.board.publication import (
    FORM,
    OVERALL,
    PublicFolder,
    Published,
    publish_each,
    publish_overall,
)
from notifications.files import digest_at, steady_name

ALL_SEEN_WITHIN = timedelta(hours=1)
# Whose windows closed while nobody kept the folder is not known: who begins looks so far back.
BEGINS_WITH = timedelta(days=7)
# A notice's page, and its text for the loudspeaker.
FILES_EACH = 2


class _Place(NamedTuple):
    """A community, as its lists show it."""

    id: int
    code: str
    name: str
    town: str
    complaints: str
    web_list: str
    public_days: int


Digests = tuple[str | None, ...]
Columns = ReadOnlyColumnCollection[str, ColumnElement[Any]]


@dataclass
class Keeper:
    """Keeps an installation's public folder, by one pass each `every`."""

    engine: Engine
    folder: PublicFolder
    every: timedelta
    # What the last pass could not write.
    failed: list[Published] = field(default_factory=list)
    # Of each community, what its lists were made from, and the digests of their files.
    _lists: dict[int, tuple[_Place, Digests]] = field(default_factory=dict)
    _overall: Digests = ()
    _seen_at: datetime | None = None
    _last: int = 0

    def keep(self, at: datetime) -> Counter[str]:
        """One pass; how many files were published, restored, renewed or removed, and how many
        communities failed."""
        with reading(self.engine) as session:
            places = _places(session)
            ids = set(outstanding(session, at, self._seen_at or at - BEGINS_WITH))
            ids |= set(self._changed(places.values()))
            ids |= {each.id for each in self._slice(places) if not self._stands(session, each)}
        due = [places[key] for key in sorted(ids & places.keys())]
        counts: Counter[str] = Counter()
        self.failed = []
        for each in due:
            done = list(publish_each(self.engine, self.folder, at, [each.code]))
            counts += Counter(file.state for file in done if file.state != "there")
            refused = [file for file in done if file.state == "failed"]
            self.failed += refused
            if not refused:
                self._lists[each.id] = each, self._digests(each)
        if due or self._overall != self._shared():
            publish_overall(self.engine, self.folder, at)
            self._overall = self._shared()
        self._seen_at = at
        return counts

    def _changed(self, places: Iterable[_Place]) -> Iterator[int]:
        """Those whose lists would be others by now, or were never written."""
        for each in places:
            known = self._lists.get(each.id)
            if known is None:
                if not (self._own(each) / PAGE).is_file():
                    yield each.id
            elif known[0] != each:
                yield each.id

    def _slice(self, places: dict[int, _Place]) -> list[_Place]:
        """The next few in turn."""
        count = ceil(len(places) * self.every / ALL_SEEN_WITHIN)
        ordered = sorted(places)
        later = [key for key in ordered if key > self._last]
        found = list(islice([*later, *ordered], min(count, len(ordered))))
        self._last = found[-1] if found else 0
        return [places[key] for key in found]

    def _stands(self, session: Session, place: _Place) -> bool:
        """Whether a community's files are as they were written, and none has come back."""
        known = self._lists.get(place.id)
        if known is None or known[1] != self._digests(place):
            return False
        receipts = session.execute(
            select(Publication.place, Publication.digest, Publication.removed_at)
            .join(Notice, Notice.id == Publication.notice_id)
            .where(Notice.community_id == place.id)
        ).tuples()
        return all(
            digest_at(self.folder.path / path) == (digest if removed_at is None else None)
            for path, digest, removed_at in receipts
        )

    def _own(self, place: _Place) -> Path:
        return self.folder.path / steady_name(place.code)

    def _digests(self, place: _Place) -> Digests:
        return tuple(digest_at(self._own(place) / name) for name in (PAGE, FEED))

    def _shared(self) -> Digests:
        return tuple(digest_at(self.folder.path / name) for name in OVERALL)


def outstanding(session: Session, at: datetime, since: datetime) -> Iterator[int]:
    """Communities with notices that have no receipt of today's form, whose term has ended, or whose
    window has closed since a moment."""
    # A notice's row is long: the table is gone through once, and not by each question.
    known = (
        select(Notice.id, Notice.community_id, Notice.kind, Notice.published_at, Notice.closes_at)
        .where(Notice.kind.in_(PUBLIC_KINDS))
        .cte("known")
        .prefix_with("MATERIALIZED")
    )
    notice = known.c
    ended = _ended(session, notice, at)
    form = literal(f"{FORM}:") + Community.web_list + ":%"
    stands = and_(
        Publication.notice_id == notice.id,
        Publication.removed_at.is_(None),
        Publication.form.like(form),
    )
    without_receipt = (
        select(notice.community_id)
        .join(Community, Community.id == notice.community_id)
        .outerjoin(Publication, stands)
        .where(not_(ended))
        .group_by(notice.id, notice.community_id)
        .having(func.count(Publication.id) < FILES_EACH)
    )
    over = (
        select(notice.community_id)
        .join(Community, Community.id == notice.community_id)
        .join(Publication, Publication.notice_id == notice.id)
        .where(Publication.removed_at.is_(None), ended)
    )
    closed = select(notice.community_id).where(notice.closes_at > since, notice.closes_at <= at)
    yield from session.scalars(union_all(without_receipt, over, closed))


def _ended(session: Session, notice: Columns, at: datetime) -> ColumnElement[bool]:
    """That a notice's term has ended (`domain.notices.publishing.leaves_at`), as a condition."""
    since = func.coalesce(notice.closes_at, notice.published_at)
    terms = session.scalars(select(Community.public_days).distinct()).all()
    return or_(
        false(),
        *((Community.public_days == days) & (since <= at - timedelta(days=days)) for days in terms),
    )


def _places(session: Session) -> dict[int, _Place]:
    query = select(*(getattr(Community, name) for name in _Place._fields))
    return {row[0]: _Place(*row) for row in session.execute(query).tuples()}
