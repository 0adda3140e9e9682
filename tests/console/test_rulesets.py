"""`jifen ruleset …`: exit codes, one clear line for each fault, and the shapes of its JSON."""

import json
import re
from pathlib import Path

import pytest

from console.commands.rulesets import document_of
from domain.rules.load import RULESETS_DIR, ruleset_ids, shipped
from tests.console.office import Said, jifen

SHIPPED = (RULESETS_DIR / "zhongping" / "ruleset.yaml").read_text("utf-8")
OVERLAY = """
id: v
extends: wulong-changba-2023
title: 村
document: 村
issuer: 村
effective_from: 2026-01-01
objections: {days: 20, source: null, reason: 村民会议}
"""


def ruleset(*words: str, cwd: Path, code: int = 0) -> Said:
    return jifen("ruleset", *words, cwd=cwd, code=code)


@pytest.mark.parametrize(
    ("content", "code", "lines"),
    [
        (SHIPPED, 0, ("mine.yaml: nothing to object to",)),
        (
            SHIPPED.replace("points: 15", "pionts: 15"),
            1,
            (
                "mine.yaml: items.“1.1”.pionts: the key is unknown; write `points`",
                "mine.yaml: findings: 2; correct them and check again",
            ),
        ),
        (
            SHIPPED.replace("kind: graded\n    points: 15", "kind: graded\n    points: null"),
            1,
            (
                "mine.yaml: item 1.1 (庭院): graded needs its points; write a positive value",
                "mine.yaml: findings: 1; correct them and check again",
            ),
        ),
        (
            OVERLAY,
            1,
            (
                "mine.yaml: objections.second_level: wulong-changba-2023 does not allow this"
                ' change; write "town": of `objections` it allows objections.days',
            ),
        ),
        ("a: [", 2, ("mine.yaml is not YAML: ",)),
        ("id: 中".encode("gb18030"), 2, ("mine.yaml line 1: it is not UTF-8; save the file",)),
        ("", 2, ("mine.yaml is not a mapping: write keys and values",)),
    ],
    ids=["clean", "misspelt", "lint", "not allowed", "no yaml", "no utf-8", "empty"],
)
def test_check(tmp_path: Path, content: str | bytes, code: int, lines: tuple[str, ...]) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "mine.yaml").write_bytes(data)
    said = ruleset("check", "mine.yaml", cwd=tmp_path, code=code).stderr.splitlines()
    assert all(any(each.startswith(line) for each in said) for line in lines), said


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("points: 15", "pionts: 15", "items.“1.1”.pionts：没有这个键；请改为 `points`，或删去"),
        ("kind: graded", "kind: grade", "items.“1.1”.kind：“grade”不是可选的词；可选 "),
        ("objections:", "objections: 3\nelse:", "objections：应为键和值；现在写的是“3”"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_chinese(
    tmp_path: Path, before: str, after: str, line: str
) -> None:
    (tmp_path / "mine.yaml").write_text(SHIPPED.replace(before, after, 1), "utf-8")
    said = jifen("ruleset", "check", "mine.yaml", cwd=tmp_path, code=1, LC_ALL="zh_CN.UTF-8")
    assert f"mine.yaml：{line}" in said.stderr
    assert "处要改" in said.stderr.splitlines()[-1]


def test_a_directory_a_missing_and_an_endless_file(tmp_path: Path) -> None:
    for name, said in (
        (".", "is a directory"),
        ("none.yaml", "cannot be read"),
        ("/dev/zero", "larger than 2 MB"),
    ):
        done = ruleset("check", name, cwd=tmp_path, code=2)
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_show_has_the_contracts_shape(ruleset_id: str) -> None:

    shown = json.loads(json.dumps(document_of(shipped(ruleset_id)), ensure_ascii=False))
    assert {"id", "title", "document", "items", "review", "clauses", "rulings"} <= shown.keys()
    for item in shown["items"]:
        assert {
            "code",
            "name",
            "category",
            "kind",
            "points",
            "per",
            "caps",
            "highest_of",
            "source",
        } <= item.keys()
        assert item["points"] is None or isinstance(item["points"], int | float)
        assert (item["range"] == [0, item["points"]]) == (item["kind"] == "graded")
        assert all(isinstance(cap["max"], int | float) for cap in item["caps"])
    for stage in shown["review"]["stages"]:
        assert {"id", "name", "quorum"} <= stage.keys()
    assert shown["review"]["due"]["day"] == 5


def test_show_takes_a_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SHIPPED.replace("id: zhongping", "id: mine"), "utf-8")
    shown = json.loads(ruleset("show", "mine.yaml", "--json", cwd=tmp_path).stdout)
    assert shown["id"] == "mine"
    told = ruleset("show", "mine.yaml", cwd=tmp_path).stdout
    assert "What a community may change: review.stages.group.quorum" in told


@pytest.mark.parametrize("ruleset", ["wulong-changba-2023", "longyuzhuang", "ninghe"])
def test_its_process_and_clauses_are_told_in_chinese_words(tmp_path: Path, ruleset: str) -> None:
    shown = jifen("ruleset", "show", ruleset, cwd=tmp_path, JIFEN_LOCALE="zh_CN").stdout
    process = shown.partition("事项")[2].partition("村（社区）可以改的")[0]
    ids = r"代号 \w+|第二级 \w+|系列 \w+"
    assert not re.search("[A-Za-z]{3,}", re.sub(ids, "", process)), process
    clauses = jifen("ruleset", "clauses", ruleset, cwd=tmp_path, JIFEN_LOCALE="zh_CN").stdout
    for code in ("item:", "stage:", "publicity", "collection", "channel:"):
        assert code not in clauses
    for word in ("季度公示", "说明"):
        assert word in clauses


def test_cases_say_what_is_uncovered(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SHIPPED.replace("id: zhongping", "id: mine"), "utf-8")
    ruleset("cases", "mine.yaml", cwd=tmp_path, code=2)
    (tmp_path / "cases.yaml").write_text(
        "cases:\n  - {name: one, covers: [], year: 2026,"
        ' claims: [{ref: C1, item: "1.1", on: 2026-03-05, score: 5}], awards: {C1: 6}}\n',
        "utf-8",
    )
    done = ruleset("cases", "mine.yaml", "--json", cwd=tmp_path, code=1)
    told = json.loads(done.stdout)
    assert [(row["case"], row["passed"]) for row in told["cases"]] == [("one", False)]
    assert {"ruleset": "mine", "what": "no case tries item:1.2"} in told["uncovered"]
    assert "cases that failed: 1 of 1;" in done.stderr
    (tmp_path / "cases.yaml").write_text("cases: 7", "utf-8")
    ruleset("cases", "mine.yaml", cwd=tmp_path, code=1)


def test_cases_of_one_that_ships(tmp_path: Path) -> None:
    told = json.loads(ruleset("cases", "zhongping", "--json", cwd=tmp_path).stdout)
    assert told["uncovered"] == []
    assert all(row["passed"] for row in told["cases"])
    assert ruleset("cases", "zhongping", cwd=tmp_path).stdout == (
        f"cases passed: {len(told['cases'])}, failed: 0, uncovered: 0\n"
    )


def test_schemas_are_printed_or_written(tmp_path: Path) -> None:
    printed = json.loads(ruleset("schema", "cases", cwd=tmp_path).stdout)
    assert "cases" in printed["properties"]
    ruleset("schema", "--out", ".", cwd=tmp_path)
    assert json.loads((tmp_path / "cases.schema.json").read_text("utf-8")) == printed
    assert len(list(tmp_path.glob("*.schema.json"))) == 3
    ruleset("schema", "--out", "nowhere/else", cwd=tmp_path, code=2)
    ruleset("schema", "book", cwd=tmp_path, code=2)
