"""The reviewers' desk over real HTTP: who it opens to, what it shows, and what it records."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from console.web.desk import CASES_MAX
from domain.kernel.local_time import now
from domain.review.sitting import NOTE_MAX
from domain.store.database import reading, writing
from domain.store.tables.claims import Claim, Decision
from domain.store.tables.people import Person
from notifications.outbox.desk_links import OPEN_FOR, Desk
from tests.console.test_web import Tags, get, served
from tests.domain.builders import Village, found

pytestmark = pytest.mark.e2e

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdeffedcba9876543210"
DESK = Desk("https://desk.example", KEY)
Answer = tuple[int, str]


def post(address: str, body: bytes, **headers: str) -> Answer:
    request = urllib.request.Request(address, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def form(*rows: tuple[str, str, str], stage: str = "group") -> bytes:
    """The page's form with a row of claim, verdict and note for each."""
    fields: dict[str, str] = {}
    for number, (ref, verdict, note) in enumerate(rows, start=1):
        fields |= {f"ref.{number}": ref, f"stage.{number}": stage, f"note.{number}": note}
        fields |= {f"verdict.{number}": verdict} if verdict else {}
    return urlencode(fields).encode()


def village(engine: Engine, fill: Callable[[Village], None]) -> dict[str, int]:
    """A community; its people's ids."""
    with writing(engine) as session:
        made = found(session)
        made.person("kin", household="H1")
        fill(made)
        return dict(session.execute(select(Person.code, Person.id)).tuples().all())


def decisions(engine: Engine) -> list[tuple[str, str, str, str]]:
    with reading(engine) as session:
        rows = session.execute(
            select(Claim.ref, Person.code, Decision.verdict, Decision.note)
            .join(Decision, Decision.claim_id == Claim.id)
            .join(Person, Person.id == Decision.person_id)
            .order_by(Decision.id)
        )
        return list(rows.tuples())


def path(person: int, at_days_ago: int = 0) -> str:
    link = DESK.link(person, now() - timedelta(days=at_days_ago))
    return link.removeprefix(DESK.url)


@pytest.fixture
def base(database_url: str, tmp_path: Path) -> Iterator[str]:
    with served(tmp_path, database_url, JIFEN_DESK_URL=DESK.url, JIFEN_DESK_KEY=KEY) as address:
        yield address
    assert KEY not in (tmp_path / "web.log").read_text("utf-8")
    assert "/desk/" not in (tmp_path / "web.log").read_text("utf-8")


def three_claims(made: Village) -> None:
    made.find("H2").phone = "13812345678"
    made.claim("C1", "H1", "sweep", "03-05", carried=1)
    made.claim("C2", "H2", "sweep", "03-06", evidence="<b>照片</b>3张")
    made.claim("C3", "H3", "fine", "03-07")


def test_a_reviewer_sees_what_waits_and_decides(engine: Engine, base: str) -> None:
    people = village(engine, three_claims)
    desk = path(people["r1"])
    for _ in range(2):
        code, headers, page = get(base, desk)
        assert code == 200
    for said in ("有3件申报等待您评议", "王H2", "&lt;b&gt;照片&lt;/b&gt;3张", "-5分", "超过上一次"):
        assert said in page, said
    assert "13812345678" not in page
    assert decisions(engine) == []
    tags = Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "iframe", "object", "img", "base"}
    assert headers["cache-control"] == "no-store"
    assert "form-action 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]

    code, page = post(
        base + desk, form(("C1", "approve", ""), ("C2", "reject", ""), ("C3", "", "想一想"))
    )
    assert code == 200
    assert "申报C1：已记录您的结论“通过”" in page
    assert "申报C2没有记录：不通过须说明理由" in page
    assert "有2件申报等待您评议" in page
    assert "想一想" in page
    assert decisions(engine) == [("C1", "r1", "approve", "")]

    # Sent again, as a browser does on reloading, it is the same verdict; another one is refused.
    code, page = post(base + desk, form(("C1", "approve", ""), ("C2", "reject", "不是本月的")))
    assert "没有记录" not in page
    code, page = post(base + desk, form(("C1", "reject", "反悔")))
    assert "申报C1没有记录" in page
    code, page = post(base + desk, form(("C3", "approve", "")))
    assert "现在没有等待您评议的申报" in page
    assert decisions(engine) == [
        ("C1", "r1", "approve", ""),
        ("C2", "r1", "reject", "不是本月的"),
        ("C3", "r1", "approve", ""),
    ]


def test_nobody_decides_what_is_not_theirs(engine: Engine, base: str) -> None:
    people = village(engine, three_claims)
    own = path(people["kin"])
    page = get(base, own)[2]
    assert "王H2" in page
    assert "王H1" not in page
    for rows, stage in (
        ([("C1", "approve", "")], "group"),
        ([("C9", "approve", "")], "group"),
        ([("C2", "approve", "")], "town"),
        ([("C2", "yes", "")], "group"),
    ):
        code, page = post(base + own, form(*rows, stage=stage))
        assert code == 200
        assert "没有记录" in page
    # The town's contact has no seat at the first stage.
    code, page = post(base + path(people["t1"]), form(("C2", "approve", "")))
    assert "没有记录" in page
    assert decisions(engine) == []


def test_only_a_link_of_ours_that_has_not_ended_opens(engine: Engine, base: str) -> None:
    people = village(engine, three_claims)
    good = path(people["r1"])
    person, last, mac = good.removeprefix("/desk/").split(".")
    forged = Desk(DESK.url, KEY + "x").link(people["r1"], now()).removeprefix(DESK.url)
    for wrong in (
        forged,
        path(people["r1"], OPEN_FOR.days + 1),
        f"/desk/{people['r2']}.{last}.{mac}",
        f"/desk/{person}.{int(last) + 1}.{mac}",
        good + "A",
        good[:-1],
        "/desk/x",
        "/desk/",
        path(10**9),
    ):
        code, _, page = get(base, wrong)
        assert code == 404, wrong
        assert "王H" not in page
        assert post(base + wrong, form(("C2", "approve", "")))[0] in (404, 405), wrong
    assert "请使用最近一封提醒里的链接" in get(base, forged)[2]
    assert get(base, path(people["r1"], OPEN_FOR.days))[0] == 200
    assert decisions(engine) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_no_page_of_ours_sends_is_refused(engine: Engine, base: str) -> None:
    people = village(engine, three_claims)
    desk = base + path(people["r1"])
    assert post(desk, b"\xff\xfe=1")[0] == 400
    assert post(desk, b"&".join(b"a=1" for _ in range(CASES_MAX * 4 + 1)))[0] == 400
    assert post(desk, b"a=" + b"x" * CASES_MAX * NOTE_MAX * 10)[0] == 413
    assert post(desk, b"")[0] == 200
    assert post(desk, b"verdict.1=approve&unknown.1=x&ref.2=C2")[0] == 200
    assert decisions(engine) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_our_own_page_decides(engine: Engine, base: str) -> None:
    people = village(engine, three_claims)
    desk = base + path(people["r1"])
    body = form(("C2", "approve", ""))
    for other in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": f"{DESK.url}.evil.example"},
        {"Origin": "https://desk.example:444", "Sec-Fetch-Site": "same-origin"},
    ):
        code, page = post(desk, body, **other)
        assert code == 403, other
        assert "最近一封提醒" in page
    for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x", ""):
        assert post(desk, body, **{"Content-Type": kind})[0] == 415, kind
    assert decisions(engine) == []
    for own in (
        {"Origin": DESK.url, "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null"},
        {"Origin": base},
        {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"},
    ):
        assert post(desk, body, **own)[0] == 200, own
    assert len(decisions(engine)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_page_of_long_notes_is_taken(engine: Engine, base: str) -> None:
    refs = [f"C{number}" for number in range(CASES_MAX + 5)]

    def many(made: Village) -> None:
        for ref in refs:
            made.claim(ref, "H2", "sweep", "03-05")

    people = village(engine, many)
    desk = path(people["r1"])
    assert "下面是最早的30件" in get(base, desk)[2]
    note = "评" * NOTE_MAX
    page = post(base + desk, form(*((ref, "reject", note) for ref in sorted(refs)[:CASES_MAX])))[1]
    assert "没有记录" not in page
    assert "有5件申报等待您评议" in page
    assert len(decisions(engine)) == CASES_MAX


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_desk_there_is_none(engine: Engine, database_url: str, tmp_path: Path) -> None:
    people = village(engine, three_claims)
    with served(tmp_path, database_url) as base:
        assert get(base, path(people["r1"]))[0] == 404
        assert post(base + path(people["r1"]), form(("C2", "approve", "")))[0] == 405
    assert decisions(engine) == []


@given(person=st.integers(1, 2**31), other=st.text(max_size=60), data=st.data())
def test_a_changed_link_is_nobodys(person: int, other: str, data: st.DataObject) -> None:
    token = DESK.link(person, now()).rpartition("/")[2]
    assert DESK.person(token, now()) == person
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters())
    changed = token[:at] + letter + token[at + 1 :]
    assert (DESK.person(changed, now()) is None) == (changed != token)
    assert DESK.person(other, now()) is None
    assert KEY not in repr(DESK)
