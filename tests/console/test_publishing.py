"""`jifen notice publish · list · export` and `jifen template …` as a clerk types them."""

import json
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.store.database import writing
from tests.console.office import Said, jifen_process
from tests.console.office import jifen as typed
from tests.notifications import lived_year

# The quarter's notice leaves the public folder a year after its window.
IN_TIME = ("--as-of", "2026-04-20")


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """An installation with a published quarter, on either database."""
    with writing(engine) as session:
        community = lived_year.found(session, heads=list(lived_year.names(4)))
        lived_year.run_year(session, community, "fuling-maan-2022", until=3)
    url = engine.url.render_as_string(hide_password=False)
    return tmp_path, {"JIFEN_DATABASE_URL": url, "JIFEN_PUBLIC_URL": "https://gs.example.cn"}


def jifen(office: tuple[Path, dict[str, str]], *words: str, code: int = 0) -> Said:
    folder, settings = office
    return typed(*words, cwd=folder, code=code, **settings)


def _in_a_process(office: tuple[Path, dict[str, str]], *words: str, code: int = 0) -> Said:
    folder, settings = office
    return jifen_process(*words, cwd=folder, code=code, **settings)


def test_a_clerk_publishes_and_sees_the_receipts(office: tuple[Path, dict[str, str]]) -> None:
    (before,) = json.loads(jifen(office, "notice", "list", "--json").stdout)
    assert before["publications"] == []
    done = json.loads(jifen(office, "notice", "publish", "-c", "ma", *IN_TIME, "--json").stdout)
    assert {each["state"] for each in done["files"]} == {"published"}
    page = office[0] / "var" / "public" / "ma" / "2026-q1-quarter.html"
    assert page.is_file()
    assert "https://gs.example.cn/ma/2026-q1-quarter.html" in (page.parent / "feed.xml").read_text(
        "utf-8"
    )
    (after,) = json.loads(jifen(office, "notice", "list", "--json").stdout)
    assert [each["place"] for each in after["publications"]] == [
        "ma/2026-q1-quarter.html",
        "ma/2026-q1-quarter.txt",
    ]
    assert "since 20" in " ".join(jifen(office, "notice", "list").stdout.split())
    page.unlink()
    assert "1 restored, 1 there" in jifen(office, "notice", "publish", *IN_TIME).stdout
    jifen(office, "notice", "publish", "-c", "nobody", code=1)


def test_a_community_sets_how_it_publishes(office: tuple[Path, dict[str, str]]) -> None:
    (before,) = json.loads(jifen(office, "community", "list", "--json").stdout)
    assert (before["web_list"], before["public_days"], before["complaints"]) == (
        "first",
        365,
        "马鞍街道",
    )
    words = ("--web-list", "full", "--public-days", "30", "--complaints", "镇纪委 023-00000000")
    done = json.loads(jifen(office, "community", "set", "ma", *words, "--json").stdout)
    (after,) = json.loads(jifen(office, "community", "list", "--json").stdout)
    assert done == {**after, "already": False}
    assert (after["web_list"], after["public_days"]) == ("full", 30)
    assert after["complaints"] == "镇纪委 023-00000000"
    jifen(office, "community", "set", "ma", "--complaints", "")
    (after,) = json.loads(jifen(office, "community", "list", "--json").stdout)
    assert (after["web_list"], after["complaints"]) == ("full", "马鞍街道")
    jifen(office, "community", "set", "ma", code=2)
    jifen(office, "community", "set", "ma", "--web-list", "all", code=2)
    jifen(office, "community", "set", "ma", "--public-days", "0", code=2)
    jifen(office, "community", "set", "nobody", "--public-days", "3", code=1)


def test_what_left_the_public_folder_is_told(office: tuple[Path, dict[str, str]]) -> None:
    jifen(office, "notice", "publish", *IN_TIME)
    jifen(office, "community", "set", "ma", "--public-days", "3")
    done = jifen(office, "notice", "publish", "--as-of", "2026-04-20T10:00")
    assert "2 removed" in done.stdout
    page = office[0] / "var" / "public" / "ma" / "2026-q1-quarter.html"
    assert not page.exists()
    (told,) = json.loads(jifen(office, "notice", "list", "--json").stdout)
    assert {each["removed_at"] for each in told["publications"]} == {"2026-04-20 10:00"}
    assert " to 2026-04-20 10:00" in " ".join(jifen(office, "notice", "list").stdout.split())
    jifen(office, "notice", "export", "quarter", "2026-Q1", "--out", "q1.html")
    assert "H001" in (office[0] / "q1.html").read_text("utf-8")


def test_the_loudspeakers_text_is_exported(office: tuple[Path, dict[str, str]]) -> None:
    jifen(office, "notice", "export", "quarter", "2026-Q1", "--format", "speech")
    text = (office[0] / "quarter-2026-Q1.speech.txt").read_text("utf-8")
    assert text.startswith("各位乡亲请注意，现在播送马鞍社区二零二六年第一季度积分公示。")


@pytest.mark.e2e
def test_an_installations_own_text_is_checked_and_gives_way_where_it_fails(
    office: tuple[Path, dict[str, str]],
) -> None:
    assert "wrong: 0" in jifen(office, "template", "check").stdout
    own = office[0] / "config" / "templates" / "zh_CN" / "notice" / "quarter.speech.txt"
    own.parent.mkdir(parents=True)
    own.write_text("{{ nobody }}", "utf-8")
    # In processes of their own: texts are read once, and what is wrong is logged.
    process = partial(_in_a_process, office)
    failed = process("template", "check", "--json", code=1)
    assert "zh_CN/notice/quarter.speech.txt" in failed.stderr
    assert not json.loads(failed.stdout)["ok"]
    shown = process("notice", "export", "quarter", "2026-Q1", "--format", "speech")
    assert "zh_CN/notice/quarter.speech.txt fails" in shown.stderr
    assert "各位乡亲" in (office[0] / "quarter-2026-Q1.speech.txt").read_text("utf-8")
    listed = json.loads(process("template", "list", "--json").stdout)
    assert [each["template"] for each in listed if each["source"] == "own"] == [
        "zh_CN/notice/quarter.speech.txt"
    ]
    shown = process("template", "show", "zh_CN/notice/quarter.speech.txt")
    assert shown.stdout == "{{ nobody }}"
    process("template", "show", "zh_CN/none.txt", code=2)
