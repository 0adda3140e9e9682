"""Every command that does something says with `--json` what it did, and nothing else on stdout."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from config.database import NEWEST
from console.main import application
from tests.console.office import jifen, jifen_process

CLAIMS = (
    "编号,户号,项目,发生日期,地点,事由,方式,依据\n"
    "C1,H001,7,2026-03-05,村东,刷了外墙,居民自荐,照片\n"
    "C2,H009,8,2026-03-06,村西,打扫,小组现场看,\n"
)
WITHOUT = {
    "metrics",
    "up",
    "web",
    "clock",
    "worker",
    "deploy",
    "ruleset schema",
    "server",
    "template show",
}


def without_already(row: dict[str, Any]) -> dict[str, Any]:
    """What a command told, as a list shows it."""
    return {key: value for key, value in row.items() if key != "already"}


@pytest.mark.e2e
@pytest.mark.xdist_group("prefect")
def test_an_offices_first_weeks_in_json(tmp_path: Path, prefect_api: str) -> None:
    def told(*words: str, code: int = 0) -> Any:
        return json.loads(jifen(*words, "--json", cwd=tmp_path, code=code).stdout)

    assert told("init") == {"revision": NEWEST}
    community = {
        "code": "ma",
        "name": "马鞍社区",
        "town": "马鞍街道",
        "rulesets": [{"from": "2026-01-01", "ruleset": "fuling-maan-2022", "version": "2022-05"}],
        "web_list": "first",
        "public_days": 365,
        "complaints": "马鞍街道",
    }
    founded = ("--name", "马鞍社区", "--town", "马鞍街道", "--ruleset", "fuling-maan-2022")
    added = told("community", "add", "ma", *founded, "--from", "2026-01-01")
    assert added == community | {"rulesets": [added["rulesets"][0]], "already": False}
    assert told("community", "list") == [without_already(added)]

    (tmp_path / "households.csv").write_text(
        "户号,户主\nH001,王一\nH002,李二\nH003,张三\n", "utf-8"
    )
    (tmp_path / "claims.csv").write_text(CLAIMS, "utf-8")
    told("import", "households", "ma", "households.csv")
    person = told(
        "person",
        "add",
        "r1",
        "--role",
        "reviewer",
        "--name",
        "评一",
        "--household",
        "H003",
        "--notify",
        "mailto://user:topsecret@example.org",
    )
    assert "topsecret" not in json.dumps(person)
    assert told("person", "list") == [without_already(person)]
    assert (person["household"], person["roles"]) == ("H003", ["reviewer"])
    told("person", "add", "r2", "--role", "reviewer", "--name", "评二")
    assert told("kin", "add", "H002", "H003") == {
        "kin": ["H002", "H003"],
        "already": False,
    }

    told("import", "claims", "ma", "claims.csv")
    assert told("import", "refused", "ma", "--out", "r.xlsx") == {"file": "r.xlsx", "rows": 1}
    decided = told("review", "decide", "C1", "approve", "--reviewer", "r1")
    assert decided == {
        "ref": "C1",
        "stage": "group",
        "reviewer": "r1",
        "verdict": "approve",
        "status": "approved",
        "already": False,
    }
    filed = told(
        "objection", "file", "O1", "--household", "H002", "--about", "C1", "--text", "不实"
    )
    assert (filed["status"], filed["about"], filed["level"]) == ("open", "C1", 1)
    assert told("objection", "list") == [without_already(filed)]
    ended = told("objection", "resolve", "O1", "dismissed", "--by", "r2", "--note", "属实")
    assert ended == filed | {
        "status": "dismissed",
        "outcome": "dismissed",
        "note": "属实",
        "decided_by": "r2",
        "decided_at": ended["decided_at"],
    }

    opening = ("collect", "-c", "ma", "--period", "2026", "--step", "open")
    jifen_process(
        *opening, "--as-of", "2026-01-01", cwd=tmp_path, JIFEN_PREFECT_API_URL=prefect_api
    )
    redeemed = told("redeem", "H001", "1.5", "--ref", "R1", "--as-of", "2026-04-01")
    assert redeemed == {
        "ref": "R1",
        "household": "H001",
        "points": 1.5,
        "goods": None,
        "count": None,
        "redeemed_at": "2026-04-01T00:00:00+08:00",
        "already": False,
    }
    refunded = told("refund", "R1", "--why", "破损", "--as-of", "2026-04-02")
    assert refunded == {
        "ref": "R1",
        "points": 1.5,
        "refunded_at": "2026-04-02T00:00:00+08:00",
        "already": False,
    }
    entries = told("ledger", "export")
    assert [each["points"] for each in entries[-2:]] == [-1.5, 1.5]
    assert len(entries) == 18 + 2
    exported = told("ledger", "export", "--format", "xlsx")
    assert exported == {"file": "ledger-ma.xlsx", "entries": 20}

    assert (
        told("town", "set-day", "2026-12-01", "--town", "马鞍街道", "--off", "--why", "演练")[
            "communities"
        ]
        == 1
    )
    assert told("town", "unset-day", "2026-12-01", "--town", "马鞍街道")["communities"] == 1
    changed = told("household", "change", "H002", "--head", "李三", "--group", "二组")
    assert changed == {
        "household": "H002",
        "head": "李三",
        "group": "二组",
        "phone": "",
        "members": None,
        "consent": False,
        "already": False,
    }
    left = told("household", "leave", "H002", "--why", "moved", "--on", "2026-06-30")
    assert left == {
        "household": "H002",
        "left_on": "2026-06-30",
        "why": "moved",
        "already": False,
    }
    assert told("outbox", "resend") == {"people": 0}
    assert told("backup", "copy.db") == {"file": "copy.db", "ok": True, "removed": []}
    scheme = ("--ruleset", "fuling-maan-2022")
    adopted = told("community", "adopt", "ma", *scheme, "--from", "2027-01-01")
    assert [each["from"] for each in adopted["rulesets"]] == ["2026-01-01", "2027-01-01"]


def test_a_lints_findings_are_json_too(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("id: own\n", "utf-8")
    said = jifen("ruleset", "check", "own.yaml", "--json", cwd=tmp_path, code=1)
    document = json.loads(said.stdout)
    assert document["ok"] is False
    assert all("own.yaml" in finding for finding in document["findings"])


def test_every_other_command_has_json() -> None:
    def without(command: Any, path: tuple[str, ...]) -> set[str]:
        children = getattr(command, "commands", None)
        if children:
            return {
                name for key, child in children.items() for name in without(child, (*path, key))
            }
        has = any("--json" in parameter.opts for parameter in command.params)
        return set() if has else {" ".join(path)}

    assert without(get_command(application("")), ()) == WITHOUT
