"""A trial never touches the record: a rehearsal has a database and a server of its own."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from config.database import upgrade
from domain.intake.fitting import words_of
from domain.kernel.errors import Refused
from domain.sheets.reading import read_table
from domain.store.database import open_engine
from flows.rehearsal.folder import read_folder
from tests.conftest import Postgres
from tests.console.office import jifen, jifen_process

RULESET = """
id: our-village
title: 本村积分办法
document: 村规〔2026〕1号
issuer: 本村
source_file: null
effective_from: 2026-01-01
participants: {opt_in: false, source: "1"}
channels: [self]
categories: [劳动]
items:
  - {code: "1", name: 义务劳动, category: 劳动, kind: award, points: POINTS, source: "1"}
review: {stages: [{id: g, name: 评议小组, quorum: 1, source: "1"}], due: {day: 5}, source: "1"}
audit: {every: month, source: "1"}
publicity: {every: quarter, open_days: 7, source: "1"}
objections: {days: 15, source: "1"}
redemption: {every: always, source: "1"}
standing: {by: score, span: year, source: "1"}
closing: {kind: carry_over, source: "1"}
changes: {at: any_date, source: "1"}
clauses:
  - {id: "1", text: 全文。, executed_by: [participants, screening, "channel:self", "item:1",
     "stage:g", review, audit, publicity, objections, redemption, standing, closing, changes]}
"""
TOML = """
code = "cun"
name = "我们村"
town = "我们镇"
ruleset = "village.yaml"
year = 2026
reviewers = [ { code = "r1", name = "于梅" } ]
"""
CLAIMS = """编号,户号,项目,发生日期,地点,事由,方式,申报时间
C1,H1,1,2026-03-05,村口,扫雪,居民自荐,2026-03-05
C2,H2,1,2026-03-31,村口,扫雪,居民自荐,2026-03-31T23:59:59
C3,H2,1,2026-03-30,村口,修路,居民自荐,2026-04-01
"""
DECISIONS = "编号,评议人,结论\nC1,r1,通过\nC2,r1,通过\nC3,r1,通过\n"
REDEMPTIONS = "编号,户号,积分,兑换时间\nR1,H1,1,2029-02-01\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A village's folder, whose one item is worth 2 points."""
    return write_folder(tmp_path / "village", points=2)


def write_folder(path: Path, points: int) -> Path:
    path.mkdir()
    (path / "community.toml").write_text(TOML, "utf-8")
    (path / "village.yaml").write_text(RULESET.replace("POINTS", str(points)), "utf-8")
    (path / "households.csv").write_text("户号,户主\nH1,冯桂芳\nH2,余梅\n", "utf-8")
    (path / "claims.csv").write_text(CLAIMS, "utf-8")
    (path / "decisions.csv").write_text(DECISIONS, "utf-8")
    (path / "redemptions.csv").write_text(REDEMPTIONS, "utf-8")
    return path


@pytest.fixture
def town(postgres: Postgres) -> Iterator[str]:
    """A town's own database, with nothing in it yet."""
    url = postgres.create()
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="module")
def engine_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where rehearsals keep their Prefect database: to make a new one takes the longest."""
    return tmp_path_factory.mktemp("var")


def rehearsed(*words: str, cwd: Path, **environment: str) -> dict[str, Any]:
    said = jifen_process("rehearse", *words, "--json", cwd=cwd, code=0, **environment)
    result: dict[str, Any] = json.loads(said.stdout)
    return result


def scores(result: dict[str, Any]) -> dict[str, float]:
    return {row["household"]: row["score"] for row in result["households"]}


@pytest.mark.e2e
def test_the_live_books_stay_as_they_are(tmp_path: Path, folder: Path, engine_home: Path) -> None:
    add = ("community", "add", "cun", "--name", "我们村", "--town", "我们镇")
    jifen("init", cwd=tmp_path)
    jifen(*add, "--ruleset", "village/village.yaml", "--from", "2026-01-01", cwd=tmp_path)
    live = tmp_path / "var" / "jifen.db"
    # Whatever the environment says: this Prefect server would not answer.
    elsewhere = {
        "JIFEN_VAR_DIR": str(engine_home),
        "JIFEN_DATABASE_URL": f"sqlite:///{live}",
        "JIFEN_PREFECT_API_URL": "http://127.0.0.1:9/api",
        "JIFEN_PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://nobody@127.0.0.1:9/none",
    }
    before = content(live)
    result = rehearsed(str(folder), "--out", "out", cwd=tmp_path, **elsewhere)
    assert scores(result) == {"H1": 2, "H2": 4}
    assert (result["settled"], result["ledger_ok"]) == (True, True)
    assert result["left_out"] == {}
    # What takes effect after the replay's end is refused with its day, not left out in silence.
    refused = read_table(tmp_path / "out" / "refused.xlsx", words_of("redemptions"))
    assert [str(row[0]) for row in refused.cells] == ["R1"]
    assert content(live) == before
    assert not (tmp_path / "prefect").exists()


@pytest.mark.e2e
@pytest.mark.slow
def test_new_rules_show_new_figures(tmp_path: Path, engine_home: Path) -> None:
    other = write_folder(tmp_path / "other rules", points=100)
    result = rehearsed(str(other), cwd=tmp_path, JIFEN_VAR_DIR=str(engine_home))
    assert scores(result) == {"H1": 100, "H2": 200}


def content(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump())


@pytest.mark.e2e
@pytest.mark.slow
def test_a_rehearsal_goes_on_where_it_stopped(
    tmp_path: Path, folder: Path, engine_home: Path
) -> None:
    home = str(engine_home)
    year = f"sqlite:///{tmp_path / 'year.db'}"
    half = rehearsed(
        str(folder), "--into", year, "--until", "2026-03-31", cwd=tmp_path, JIFEN_VAR_DIR=home
    )
    # C3 comes in the first second of the next day.
    assert half["claims"]["accepted"] == 2
    assert half["left_out"] == {"claims": 1, "decisions": 3, "redemptions": 1}
    whole = rehearsed(str(folder), "--into", year, cwd=tmp_path, JIFEN_VAR_DIR=home)
    at_once = rehearsed(str(folder), cwd=tmp_path, JIFEN_VAR_DIR=home)
    assert whole["flow_runs"] > 0
    for key in ("households", "claims", "journals", "seal"):
        assert whole[key] == at_once[key]
    words = ("card", "H1", "--year", "2026", "--json")
    shown = jifen(*words, cwd=tmp_path, JIFEN_DATABASE_URL=year)
    assert json.loads(shown.stdout)["score"] == 2


def test_other_rules_do_not_go_on_with_a_rehearsal(
    tmp_path: Path, folder: Path, engine: Engine
) -> None:
    from flows.rehearsal.preparing import prepare  # lazy: settings
    from flows.steps.runtime import use  # lazy: settings

    use(engine)
    prepare(read_folder(folder))
    prepare(read_folder(folder))
    with pytest.raises(Refused, match="by other rules"):
        prepare(read_folder(write_folder(tmp_path / "other rules", points=100)))


@pytest.mark.parametrize("made", ["installation", "its own empty one", "other program"])
def test_into_takes_no_database_but_a_rehearsals(tmp_path: Path, folder: Path, made: str) -> None:
    into = tmp_path / "kept.db"
    url = f"sqlite:///{into}"
    here = url if made != "other program" else f"sqlite:///{tmp_path / 'other.db'}"
    if made == "other program":
        with sqlite3.connect(into) as connection:
            connection.execute("CREATE TABLE recipes (name text)")
    else:
        jifen("init", cwd=tmp_path, JIFEN_DATABASE_URL=here)
    if made == "installation":
        jifen(
            "community",
            "add",
            "ma",
            "--name",
            "马鞍社区",
            "--town",
            "马鞍街道",
            "--ruleset",
            "fuling-maan-2022",
            cwd=tmp_path,
            JIFEN_DATABASE_URL=here,
        )
    before = content(into)
    said = jifen(
        "rehearse", str(folder), "--into", url, cwd=tmp_path, code=1, JIFEN_DATABASE_URL=here
    )
    assert "leave out --into" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert content(into) == before


def test_into_is_a_database_url(tmp_path: Path, folder: Path) -> None:
    said = jifen("rehearse", str(folder), "--into", "year.db", cwd=tmp_path, code=2)
    assert said.stderr == "--into is not a database URL such as postgresql+psycopg://…\n"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_into_a_towns_database_is_refused(
    tmp_path: Path, folder: Path, town: str, host: str
) -> None:
    here = make_url(town).set(drivername="postgresql+psycopg", host=host)
    said = jifen(
        "rehearse",
        str(folder),
        "--into",
        here.render_as_string(hide_password=False),
        cwd=tmp_path,
        code=1,
        JIFEN_DATABASE_URL=town,
    )
    assert "the installation's own database" in said.stderr
    with psycopg.connect(town) as connection:
        assert connection.execute("SELECT count(*) FROM community").fetchone() == (0,)


@pytest.mark.e2e
def test_what_check_refuses_is_neither_run_nor_rehearsed(tmp_path: Path, folder: Path) -> None:
    file = folder / "village.yaml"
    file.write_text(file.read_text("utf-8").replace("kind: carry_over", "kind: clear"), "utf-8")
    findings = jifen("ruleset", "check", "village/village.yaml", cwd=tmp_path, code=1).stderr
    finding = findings.splitlines()[0]
    assert "clears_on" in finding
    jifen("init", cwd=tmp_path)
    add = ("community", "add", "cun", "--name", "我们村", "--town", "我们镇", "--ruleset")
    said = jifen(*add, "village/village.yaml", "--from", "2026-01-01", cwd=tmp_path, code=1)
    assert said.stderr == f"{finding}\n"
    said = jifen("rehearse", "village", cwd=tmp_path, code=1)
    assert finding in said.stderr
    jifen(*add, "fuling-maan-2022", "--from", "2026-01-01", cwd=tmp_path)
    adopt = ("community", "adopt", "cun", "--ruleset", "village/village.yaml")
    said = jifen(*adopt, "--from", "2026-07-01", cwd=tmp_path, code=1)
    assert said.stderr == f"{finding}\n"
    rows = json.loads(jifen("community", "list", "--json", cwd=tmp_path).stdout)
    assert [each["ruleset"] for each in rows[0]["rulesets"]] == ["fuling-maan-2022"]


def test_the_demonstration_ignores_the_installation(tmp_path: Path) -> None:
    from console.commands.up import _demo_settings, _parts  # lazy: settings

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("JIFEN_DATABASE_URL", "postgresql+psycopg://town@db.example/jifen")
        patch.setenv("JIFEN_PREFECT_HOME", str(tmp_path / "live" / "prefect"))
        patch.setenv("JIFEN_PUBLIC_DIR", str(tmp_path / "live" / "public"))
        settings = _demo_settings(4280)
        parts = _parts(settings, 4200, 4280, 2, 2880.0)
    home = tmp_path / "var" / "demo-service"
    shutil.rmtree(home, ignore_errors=True)
    for part in parts[1:]:
        assert part.environment["JIFEN_DATABASE_URL"] == f"sqlite:///{home / 'jifen.db'}"
        assert part.environment["JIFEN_PUBLIC_DIR"] == str(home / "public")
        assert part.environment["JIFEN_PREFECT_HOME"] == str(home / "prefect")
