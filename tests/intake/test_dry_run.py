"""A sheet that is only tried is answered row by row, and nothing is changed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.intake.answers import Answer
from domain.intake.imports import import_table
from domain.kernel.period import Period
from domain.sheets.reading import read_table
from domain.store.database import trying
from tests.console.office import jifen
from tests.intake.desk import CLAIM, Desk, moment, outcomes

SHEETS: dict[str, tuple[str, list[list[Any]]]] = {
    "households": ("户号 户主", [["H7", "王"], ["H1", "王H1"], ["h1", "李"], ["合计", "3户"]]),
    "members": ("户号 成员编号 姓名", [["H1", "M1", "甲"], ["H9", "M1", "乙"]]),
    "claims": (
        " ".join(CLAIM),
        [
            list(CLAIM.values()),
            ["", *list(CLAIM.values())[1:]],
            ["C9", "H9", *list(CLAIM.values())[2:]],
        ],
    ),
    "goods": ("物品 标价", [["米", 3], ["面", 0]]),
    "redemptions": ("户号 积分 兑换时间", [["H1", 1, "2026-05-01"], ["3", 1, "2026-05-01"]]),
    "decisions": ("编号 评议人 结论", [["C0", "r1", "通过"], ["C0", "r9", "通过"]]),
    "objections": ("户号 申报编号 异议", [["H1", "C0", "不实"], ["H1", "C7", "不实"]]),
    "inspection": ("户号 tidy", [["H1", 5], ["H2", 50], ["填表人：王", ""]]),
}


@pytest.mark.parametrize("kind", SHEETS)
def test_it_answers_as_the_import_does_and_changes_nothing(desk: Desk, kind: str) -> None:
    desk.person("r1")
    desk.claim(ref="C0", matter="另一件")
    header, rows = SHEETS[kind]
    path = desk.write(header.split(), rows, ".csv")
    period = "2026-03" if kind == "inspection" else None
    before = desk.snapshot()
    tried = [_try(desk, kind, path, period) for _ in "12"]
    assert desk.snapshot() == before
    assert "refused" in outcomes(tried[0])
    assert tried[0] == tried[1] == desk.hand_in(kind, path, period=period)


def _try(desk: Desk, kind: str, path: Path, period: str | None) -> Sequence[Answer]:
    with trying(desk.engine) as session:
        return import_table(
            session,
            desk.community(session),
            kind,
            read_table(path),
            moment("2026-12-31T12:00"),
            period=Period.parse(period) if period else None,
        )


@pytest.mark.integration
def test_on_the_command_line(tmp_path: Path) -> None:
    def told(*words: str) -> Any:
        return json.loads(jifen("import", *words, "--json", cwd=tmp_path).stdout)

    jifen("init", cwd=tmp_path)
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
        "--from",
        "2026-01-01",
        cwd=tmp_path,
    )
    (tmp_path / "h.csv").write_text("户号,户主\nH1,王一\n合计,1户\n", "utf-8")
    tried = told("households", "ma", "h.csv", "--dry-run")
    assert (tried["accepted"], tried["refused"], tried["dry_run"]) == (1, 1, True)
    said = jifen("import", "households", "ma", "h.csv", "--dry-run", cwd=tmp_path)
    assert "nothing is changed: 1 accepted" in said.stderr
    assert "这一行像合计/落款" in said.stdout
    jifen("import", "refused", "ma", "--out", "r.xlsx", cwd=tmp_path)
    assert read_table(tmp_path / "r.xlsx").cells == []
    done = told("households", "ma", "h.csv")
    assert (done["accepted"], done["dry_run"]) == (1, False)
    assert done["rows"] == tried["rows"]
    (tmp_path / "bad.csv").write_text("户号,年龄\nH1,3\n", "utf-8")
    jifen("import", "households", "ma", "bad.csv", "--dry-run", cwd=tmp_path, code=2)
