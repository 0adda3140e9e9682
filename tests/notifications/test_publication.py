"""The public folder: complete, in order, once; repaired where damaged; nobody's whole name."""

import hashlib
import re
import shutil
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.community.registry import find_community, households_of
from domain.kernel.errors import BadInput
from domain.notices.notice import notices_of
from domain.notices.publishing import PUBLIC_KINDS, receipts_of, set_publication
from domain.store.database import open_engine, writing
from domain.store.database import reading as reading_only
from domain.store.tables.notices import Notice, NoticeKind, Publication
from domain.store.tables.people import Community
from notifications.board.notice import notice_html
from notifications.board.pages import announcement
from notifications.board.publication import PublicFolder, publish_missing
from notifications.files import steady_name
from notifications.texts.catalogue import LOCALES, load_texts
from tests.notifications import lived_year, reading
from tests.notifications.lived_year import PHONE

AT = datetime(2027, 1, 20, 9, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
ZH = load_texts("zh_CN")


@pytest.fixture
def both(engine: Engine) -> Engine:
    """The two communities, on either database."""
    lived_year.found_two(engine)
    return engine


@pytest.fixture
def folder(tmp_path: Path) -> PublicFolder:
    return PublicFolder(tmp_path / "public", ZH)


def files(folder: PublicFolder) -> dict[str, bytes]:
    return {
        path.relative_to(folder.path).as_posix(): path.read_bytes()
        for path in folder.path.rglob("*")
        if path.is_file()
    }


def states(
    engine: Engine, folder: PublicFolder, at: datetime = AT, again: bool = False
) -> dict[str, str]:
    return {each.place: each.state for each in publish_missing(engine, folder, at, again=again)}


def test_everything_is_published_once_with_its_receipt(both: Engine, folder: PublicFolder) -> None:
    assert set(states(both, folder).values()) == {"published"}
    written = files(folder)
    assert {"index.html", "feed.xml", "ma/index.html", "ma/feed.xml"} <= set(written)
    with reading_only(both) as session:
        receipts = session.scalars(select(Publication)).all()
        kinds = [notice.kind for notice in session.scalars(select(Notice))]
    assert len(receipts) == 2 * sum(kind in PUBLIC_KINDS for kind in kinds)
    for receipt in receipts:
        assert hashlib.sha256(written[receipt.place]).hexdigest() == receipt.digest
        assert receipt.published_at == receipt.written_at == AT
    # Again: nothing is written, nothing is noted.
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}
    assert set(states(both, folder, AT + timedelta(days=1)).values()) == {"there"}
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before
    with reading_only(both) as session:
        assert {each.written_at for each in session.scalars(select(Publication))} == {AT}


def test_what_was_removed_or_changed_is_written_again(both: Engine, folder: PublicFolder) -> None:
    states(both, folder)
    whole = files(folder)
    gone, changed, cut = "ma/2026-q1-quarter.html", "ma/2026-q2-quarter.html", "ma/feed.xml"
    (folder.path / gone).unlink()
    (folder.path / changed).write_text("改过的公示")
    (folder.path / cut).write_bytes(whole[cut][:100])
    shutil.rmtree(folder.path / steady_name("Xin村"))
    later = AT + timedelta(days=9)
    found = states(both, folder, later)
    assert files(folder) == whole
    assert found[gone] == found[changed] == "restored"
    assert found["ma/2026-q1-quarter.txt"] == "there"
    with reading_only(both) as session:
        receipt = session.scalars(select(Publication).where(Publication.place == gone)).one()
        assert (receipt.published_at, receipt.written_at) == (AT, later)


def test_a_run_that_was_killed_before_its_receipts_is_resumed(
    two: Engine, folder: PublicFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> str:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("notifications.board.publication.community_page", killed)
        with pytest.raises(Killed):
            publish_missing(two, folder, AT)
    with reading_only(two) as session:
        assert session.scalars(select(Publication)).all() == []
    assert set(states(two, folder).values()) == {"published"}
    assert not [name for name in files(folder) if name.endswith(".tmp")]


def test_a_new_notice_comes_first(two: Engine, folder: PublicFolder) -> None:
    states(two, folder)
    page = reading.read(files(folder)["ma/index.html"].decode())
    pages = [name for name in page.addresses if re.match(r"\d{4}-.*\.html", name)]
    with reading_only(two) as session:
        notices = notices_of(session, find_community(session, "ma"))
    assert page.text.index("2026年第二季度") < page.text.index("2026年第一季度积分公示 公示时间")
    assert len(dict.fromkeys(pages)) == len([n for n in notices if n.kind in PUBLIC_KINDS])


def test_only_what_was_asked_for_is_published(two: Engine, folder: PublicFolder) -> None:
    publish_missing(two, folder, AT, ["ma"])
    assert not (folder.path / steady_name("Xin村")).exists()
    page = reading.read(files(folder)["index.html"].decode())
    assert "新<村>&" not in page.text
    assert "马鞍街道马鞍社区" in page.text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_stands_alone_and_every_link_leads_somewhere(
    two: Engine, folder: PublicFolder, locale: str
) -> None:
    folder = PublicFolder(folder.path, load_texts(locale), folder.url)
    states(two, folder)
    written = files(folder)
    for name, content in written.items():
        if not name.endswith(".html"):
            continue
        html = content.decode()
        assert "<script" not in html
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
        assert policy is not None
        assert policy[1].startswith("default-src 'none'; style-src 'unsafe-inline'; base-uri")
        links = re.findall(r'(?:href|src)="([^"]*)"', html)
        assert links
        for link in links:
            assert ":" not in link
            target = (folder.path / name).parent.joinpath(unquote(link)).resolve()
            assert target.is_file(), (name, link)


def test_corrections_and_what_they_correct_lead_to_each_other(
    two: Engine, folder: PublicFolder
) -> None:
    states(two, folder)
    written = files(folder)
    (name,) = [
        each
        for each in written
        if "correction" in each and each.startswith("ma/2026") and each.endswith(".html")
    ]
    page = reading.read(written[name].decode())
    assert "2026-q1-quarter.html" in page.addresses
    assert "本公告更正： 2026年第一季度积分公示（2026年4月6日）" in page.text
    listing = reading.read(written["ma/index.html"].decode()).text
    assert "更正的是： 2026年第一季度积分公示" in listing
    assert "已有更正： 异议Y1积分更正公告" in listing


def test_lists_show_the_window_and_where_a_seal_starts(two: Engine, folder: PublicFolder) -> None:
    states(two, folder)
    with reading_only(two) as session:
        notices = notices_of(session, find_community(session, "ma"))
    for name in ("index.html", "ma/index.html"):
        text = reading.read(files(folder)[name].decode()).text
        assert "公示时间：2026年4月6日至2026年4月13日（含当日）" in text
        for notice in notices:
            groups = [notice.seal[at : at + 4] for at in range(0, 64, 4)]
            assert f"{' '.join(groups[:4])} …" in text
            assert " ".join(groups[:5]) not in text


def test_nothing_public_gives_anybody_away(two: Engine, folder: PublicFolder) -> None:
    states(two, folder)
    with reading_only(two) as session:
        heads = {
            home.head
            for community in session.scalars(select(Community))
            for home in households_of(session, community)
        }
    for name, content in files(folder).items():
        text = content.decode()
        for word in (*heads, PHONE, "support", "帮扶", "倒数"):
            assert word not in text, (name, word)


def test_names_are_masked_although_the_scheme_shows_them_whole(
    two: Engine, folder: PublicFolder
) -> None:
    with reading_only(two) as session:
        notice = notices_of(session, find_community(session, "ma"))[0]
        place = {"rank": 1, "household": "H1", "head": "欧阳秀兰", "score": 9, "ranked_by": 9}
        notice.content = {**notice.content, "first": [place]}
        session.expunge_all()
    with writing(two) as session:
        community = find_community(session, "ma")
        session.add(
            Notice(
                community_id=community.id,
                kind=NoticeKind.QUARTER,
                key="2025-Q4",
                period="2025-Q4",
                published_at=AT,
                closes_at=AT,
                content=notice.content,
                seal=notice.seal,
                digest="1" * 64,
            )
        )
    states(two, folder)
    assert "欧阳秀兰" not in (folder.path / "ma/2025-q4-quarter.html").read_text()
    assert "欧**" in (folder.path / "ma/2025-q4-quarter.html").read_text()


DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)")


def atom(xml: bytes) -> ET.Element:
    """A feed with all that RFC 4287 requires of one (sections 4.1.1 and 4.1.2)."""
    feed = ET.fromstring(xml)
    assert feed.tag == f"{ATOM}feed"
    ids = []
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, name
        ids.append(part.findtext(f"{ATOM}id"))
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", str(ids[-1]))
        for name in ("updated", "published"):
            for found in part.findall(f"{ATOM}{name}"):
                assert DATE.fullmatch(str(found.text))
        assert all(author.findtext(f"{ATOM}name") for author in part.findall(f"{ATOM}author"))
        assert part.findall(f"{ATOM}author")
        alternates = [
            (link.get("type"), link.get("hreflang"))
            for link in part.findall(f"{ATOM}link")
            if link.get("rel") == "alternate"
        ]
        assert len(alternates) == len(set(alternates)) == 1
    assert feed.find(f"{ATOM}link[@rel='self']") is not None
    assert len(ids) == len(set(ids))
    return feed


@pytest.mark.parametrize("url", [None, "https://gs.example.cn/jifen"])
def test_feeds_are_valid_and_newest_first(
    two: Engine, folder: PublicFolder, url: str | None
) -> None:
    folder = PublicFolder(folder.path, folder.texts, url)
    states(two, folder)
    for name in ("feed.xml", "ma/feed.xml", f"{steady_name('Xin村')}/feed.xml"):
        feed = atom((folder.path / name).read_bytes())
        entries = feed.findall(f"{ATOM}entry")
        assert entries
        dates = [str(entry.findtext(f"{ATOM}updated")) for entry in entries]
        assert dates == sorted(dates, reverse=True)
        assert feed.findtext(f"{ATOM}updated") == dates[0]
        for link in feed.iter(f"{ATOM}link"):
            address = unquote(str(link.get("href")))
            if url:
                assert address.startswith(f"{url}/")
                path = folder.path / address.removeprefix(f"{url}/")
            else:
                path = (folder.path / name).parent / address
            assert path.is_file(), address


def test_ids_of_a_feed_stay(two: Engine, folder: PublicFolder, tmp_path: Path) -> None:
    states(two, folder)
    elsewhere = PublicFolder(tmp_path / "other", load_texts("en"), "https://example.cn")
    states(two, elsewhere)
    for name in ("feed.xml", "ma/feed.xml"):
        one, other = ((each.path / name).read_text() for each in (folder, elsewhere))
        assert re.findall("<id>.*</id>", one) == re.findall("<id>.*</id>", other)


def test_after_a_change_of_the_texts_all_can_be_renewed(two: Engine, folder: PublicFolder) -> None:
    states(two, folder)
    english = PublicFolder(folder.path, load_texts("en"))
    assert set(states(two, english).values()) == {"there"}
    assert set(states(two, english, again=True).values()) == {"renewed"}
    assert set(states(two, english, again=True).values()) == {"there"}
    with reading_only(two) as session:
        assert len(session.scalars(select(Publication)).all()) == len(
            [name for name in files(folder) if re.search(r"/2026-.*(html|txt)$", name)]
        )


def test_a_folder_that_cannot_be_written_is_told_of_and_leaves_others_alone(
    two: Engine, folder: PublicFolder
) -> None:
    folder.path.mkdir()
    (folder.path / "ma").write_text("a file where a folder must be")
    done = publish_missing(two, folder, AT)
    assert [(each.community, each.state) for each in done if each.notice is None] == [
        ("ma", "failed")
    ]
    assert {each.state for each in done if each.community != "ma"} == {"published"}


@pytest.fixture
def threads(both: Engine) -> Iterator[list[Engine]]:
    engines = [both, open_engine(both.url)] if both.dialect.name == "postgresql" else [both, both]
    yield engines
    if engines[1] is not both:
        engines[1].dispose()


def test_two_publishers_at_once_leave_one_receipt_each(
    threads: list[Engine], folder: PublicFolder
) -> None:
    errors: list[BaseException] = []

    def work(engine: Engine) -> None:
        try:
            publish_missing(engine, folder, AT)
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(engine,)) for engine in threads]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert set(states(threads[0], folder).values()) == {"there"}


def test_an_empty_installation_has_no_pages(engine: Engine, folder: PublicFolder) -> None:
    assert publish_missing(engine, folder, AT) == []
    assert not folder.path.exists()


def test_a_community_without_notices_has_an_empty_list_and_a_valid_feed(
    engine: Engine, folder: PublicFolder
) -> None:
    with writing(engine) as session:
        lived_year.found(session)
    assert publish_missing(engine, folder, AT) == []
    atom((folder.path / "ma" / "feed.xml").read_bytes())
    atom((folder.path / "feed.xml").read_bytes())
    assert "还没有发布过公示" in (folder.path / "ma" / "index.html").read_text("utf-8")


@pytest.mark.parametrize("locale", LOCALES)
def test_an_announcement_for_groups_says_what_where_and_until_when(
    two: Engine, locale: str
) -> None:
    with reading_only(two) as session:
        community = find_community(session, "ma")
        notice = next(each for each in notices_of(session, community) if each.kind == "quarter")
        text = announcement(notice, community, load_texts(locale), "https://gs.example.cn/")
    assert "马鞍社区" in text.splitlines()[0]
    assert "https://gs.example.cn/ma/2026-q1-quarter.html" in text
    assert ("4月13日" if locale == "zh_CN" else "2026-04-13") in text
    assert "**" not in text
    assert len(text) < 300


def test_receipts_are_found_by_notice(two: Engine, folder: PublicFolder) -> None:
    states(two, folder)
    with Session(two) as session:
        notices = notices_of(session, find_community(session, "ma"))
        for notice in notices:
            places = [each.place for each in receipts_of(session, notices)[notice.id]]
            assert len(places) == (2 if notice.kind in PUBLIC_KINDS else 0)


def set_up(engine: Engine, **choices: Any) -> None:
    with writing(engine) as session:
        set_publication(find_community(session, "ma"), **choices)


def notices_in(engine: Engine, kind: str) -> list[Notice]:
    with reading_only(engine) as session:
        notices = notices_of(session, find_community(session, "ma"))
        return [each for each in notices if each.kind == kind]


@pytest.mark.parametrize("locale", LOCALES)
def test_the_web_shows_first_places_and_no_households_number(
    two: Engine, folder: PublicFolder, locale: str
) -> None:
    """A number is the same in every notice, and with a group most names are one household's."""
    states(two, PublicFolder(folder.path, load_texts(locale)))
    for name, content in files(folder).items():
        text = content.decode()
        assert not re.search(r"H00\d", text), name
        assert "2组" not in text, name
    notice = notices_in(two, "quarter")[0]
    page = reading.read((folder.path / "ma/2026-q1-quarter.html").read_text()).text
    for place in notice.content["first"]:
        assert f"{place['rank']} {place['head']} {place['score']}" in page
    if locale == "zh_CN":
        assert "请带上本户积分卡到马鞍社区查询" in page
        assert "共4户" in page


def test_the_board_has_the_full_list(two: Engine) -> None:
    notice = notices_in(two, "quarter")[0]
    text = reading.read(notice_html(notice, ZH)).text
    for row in notice.content["households"]:
        assert f"{row['household']} {row['head']} {row['area']} {row['gained']}" in text


def test_a_community_may_show_its_full_list_and_take_it_back(
    two: Engine, folder: PublicFolder
) -> None:
    states(two, folder)
    strict = files(folder)
    set_up(two, web_list="full")
    found = states(two, folder)
    assert found["ma/2026-q1-quarter.html"] == "renewed"
    assert found["ma/2026-q1-quarter.txt"] == "there"
    page = reading.read((folder.path / "ma/2026-q1-quarter.html").read_text()).text
    rows = notices_in(two, "quarter")[0].content["households"]
    assert all(f"{row['household']} {row['head']} {row['gained']}" in page for row in rows)
    assert "2组" not in page
    set_up(two, web_list="first")
    states(two, folder)
    assert files(folder) == strict


def test_files_of_an_earlier_release_are_written_anew(two: Engine, folder: PublicFolder) -> None:
    states(two, folder)
    whole = files(folder)
    page = "ma/2026-q1-quarter.html"
    (folder.path / page).write_text("H001 王** 2组 9")
    with writing(two) as session:
        receipt = session.scalars(select(Publication).where(Publication.place == page)).one()
        receipt.digest = hashlib.sha256("H001 王** 2组 9".encode()).hexdigest()
        receipt.form = ""
    assert states(two, folder)[page] == "renewed"
    assert files(folder) == whole


def test_a_notice_leaves_at_the_end_of_its_term(both: Engine, folder: PublicFolder) -> None:
    states(both, folder)
    set_up(both, public_days=100)
    first, second = notices_in(both, "quarter")
    assert first.closes_at is not None
    end = first.closes_at + timedelta(days=100)
    place = "ma/2026-q1-quarter.html"
    assert states(both, folder, end - timedelta(seconds=1))[place] == "there"
    found = states(both, folder, end)
    gone = [name for name, state in found.items() if state == "removed"]
    assert {place, "ma/2026-q1-quarter.txt"} <= set(gone)
    assert "ma/2026-q2-quarter.html" not in gone
    for name in gone:
        assert not (folder.path / name).exists()
    for name, content in files(folder).items():
        assert b"2026-q1-quarter" not in content or not name.startswith("ma/"), name
    # It is not written again, and goes again where somebody puts it back.
    (folder.path / place).write_text("put back")
    later = states(both, folder, end + timedelta(days=1))
    assert place not in later
    assert not (folder.path / place).exists()
    with reading_only(both) as session:
        receipt = session.scalars(select(Publication).where(Publication.place == place)).one()
        assert receipt.removed_at == end
        assert session.get(Notice, first.id) is not None
    # A longer term brings it back.
    set_up(both, public_days=3650)
    assert states(both, folder, end + timedelta(days=2))[place] == "restored"
    assert second.closes_at is not None


def test_one_without_a_window_leaves_after_its_publication(
    two: Engine, folder: PublicFolder
) -> None:
    (correction,) = notices_in(two, "correction")
    states(two, folder)
    at = correction.published_at + timedelta(days=365)
    removed = [name for name, state in states(two, folder, at).items() if state == "removed"]
    assert [name for name in removed if "correction" in name and name.startswith("ma/")]


@pytest.mark.parametrize(
    "choice",
    [{"web_list": "all"}, {"public_days": 0}, {"public_days": 3651}, {"complaints": "a\nb"}],
)
def test_other_settings_are_refused(two: Engine, choice: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        set_up(two, **choice)


def test_every_page_says_where_to_complain(two: Engine, folder: PublicFolder) -> None:
    set_up(two, complaints="镇纪委 023-00000000")
    states(two, folder)
    for name, content in files(folder).items():
        if name.endswith(".html"):
            assert "要投诉的，请向" in content.decode(), name
    assert "请向镇纪委 023-00000000反映" in (folder.path / "ma/index.html").read_text()
    assert "<li>镇纪委 023-00000000</li>" in (folder.path / "index.html").read_text()
    # What a notice says is what was so when it was published.
    assert "请向马鞍街道反映" in (folder.path / "ma/2026-q1-quarter.html").read_text()


def test_what_can_be_objected_to_comes_first(two: Engine, folder: PublicFolder) -> None:
    first, second = notices_in(two, "quarter")
    assert first.closes_at is not None
    states(two, folder, second.published_at + timedelta(hours=1))
    for name in ("index.html", "ma/index.html"):
        text = reading.read(files(folder)[name].decode()).text
        now_open, earlier = text.index("正在公示，可以提出异议"), text.index("以往的公示公告")
        assert now_open < text.index("2026年第二季度积分公示") < earlier
        assert earlier < text.index("2026年第一季度积分公示", earlier)
    states(two, folder)
    assert "正在公示" not in files(folder)["index.html"].decode()


def test_a_community_without_a_notice_is_on_the_page_of_all(
    two: Engine, folder: PublicFolder
) -> None:
    with writing(two) as session:
        lived_year.found(session, code="lu", name="芦荻村")
    publish_missing(two, folder, AT, ["ma"])
    assert "芦荻村（暂无公示）" in reading.read(files(folder)["index.html"].decode()).text
    publish_missing(two, folder, AT)
    assert "lu/index.html" in reading.read(files(folder)["index.html"].decode()).addresses


def test_a_notices_page_holds_what_the_loudspeaker_says(two: Engine, folder: PublicFolder) -> None:
    states(two, folder)
    page = reading.read((folder.path / "ma/2026-q1-quarter.html").read_text()).text
    for line in (folder.path / "ma/2026-q1-quarter.txt").read_text().splitlines():
        assert " ".join(line.split()) in page


def test_search_engines_are_kept_out(two: Engine, folder: PublicFolder) -> None:
    states(two, folder)
    assert (folder.path / "robots.txt").read_text() == "User-agent: *\nDisallow: /\n"
    for name, content in files(folder).items():
        assert not name.endswith(".html") or b'<meta name="robots" content="noindex' in content
