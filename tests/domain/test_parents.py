"""An overlay over a town's own file (一社区一方案): found, checked, tried and kept."""

from datetime import date
from pathlib import Path

import pytest

from domain.community.adoption import adopt
from domain.community.registry import ruleset_in_force, versions_of
from domain.rules.faults import FaultyRuleset
from domain.rules.lint import check
from domain.rules.load import content_of, load_file, shipped
from domain.rules.schema import Ruleset
from domain.worked.coverage import run_all, untried
from tests.domain.builders import Village, day, moment
from tests.rules.builders import cap, item, ruleset

AT = moment("01-01")
TOWN = """\
id: our-town
title: 某镇积分办法
document: 某镇2026年文件
issuer: 某镇人民政府
source_file: null
effective_from: 2026-01-01
participants: {opt_in: false, source: "1"}
channels: [self]
categories: [卫生, 志愿]
items:
  - {code: V, name: 志愿服务, category: 志愿, kind: award, points: 2, caps: [{id: v-year, max: 20, per: year, source: "1"}], source: "1"}
  - {code: W, name: 庭院, category: 卫生, kind: award, points: 3, highest_of: yard, source: "1"}
  - {code: X, name: 庭院示范, category: 卫生, kind: award, points: 9, highest_of: yard, source: "1"}
groups: [{id: yard, name: 庭院, source: "1"}]
review: {stages: [{id: g, name: 评议组, quorum: 1, source: "1"}], due: {day: 5}, source: "1"}
audit: {every: month, source: "1"}
publicity: {every: quarter, open_days: 7, source: "1"}
objections: {days: 15, source: "1"}
redemption: {every: always, source: "1"}
standing: {by: score, span: year, source: "1"}
closing: {kind: carry_over, source: "1"}
changes: {at: any_date, source: "1"}
allows: [items.add, items.drop, items.points, publicity.open_days]
rulings: [{number: 2, text: 封顶只减加分。}, {number: 13, text: 并列同名次。}]
clauses: [{id: "1", text: 全文。, executed_by: ["item:V", "item:W", "item:X"]}]
"""  # noqa: E501 - YAML, a line an item


def overlay(file: Path, extends: str, code: str, **more: str) -> Path:
    """A village's overlay that adds one item `code`; `more` are further lines."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        f"id: {file.stem}-2026\nextends: {extends}\ntitle: 某村\ndocument: 村民会议决议\n"
        "issuer: 某村\neffective_from: 2026-02-01\nadd_items:\n"
        f"  - {{code: {code}, name: 河长{code}, category: 志愿, kind: award, points: 4,"
        ' source: "会议"}\n'
        f'clauses: [{{id: "会议", text: 河长每次4分。, executed_by: ["item:{code}"]}}]\n'
        + "".join(f"{key}: {value}\n" for key, value in more.items()),
        "utf-8",
    )
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "town.yaml").write_text(TOWN, "utf-8")
    return tmp_path


def codes(laid: Ruleset) -> list[str]:
    return [each.code for each in laid.items]


def fault(file: Path) -> str:
    with pytest.raises(FaultyRuleset) as caught:
        load_file(file)
    (finding,) = caught.value.findings
    assert finding.startswith(f"{file}: extends: ")
    return finding


@pytest.mark.parametrize(
    ("at", "extends"),
    [
        ("village.yaml", "town.yaml"),
        ("village.yaml", "./town.yaml"),
        ("village.yaml", "our-town"),
        ("villages/a.yaml", "../town.yaml"),
    ],
)
def test_a_towns_own_file_is_extended(folder: Path, at: str, extends: str) -> None:
    file = overlay(folder / at, extends, "Z1")
    laid = load_file(file)
    assert (laid.extends, codes(laid)) == ("our-town", ["V", "W", "X", "Z1"])
    assert check(laid, str(file)) == []


def test_what_a_village_inherits_and_cannot_change_is_not_held_against_it(folder: Path) -> None:
    file = overlay(folder / "village.yaml", "town.yaml", "Z1", drop_items="[W, V]")
    laid = load_file(file)
    assert check(laid, str(file)) == []
    # Without its parent the group of one item, and the clause that names V, would be faults.
    assert len(check(Ruleset.model_validate_json(content_of(laid)), "kept")) > 1


def test_what_the_town_does_not_allow_is_refused(folder: Path) -> None:
    file = overlay(folder / "village.yaml", "town.yaml", "Z1", closing="{kind: keep, source: 会议}")
    with pytest.raises(FaultyRuleset, match=r"closing\.kind: our-town does not allow this change"):
        load_file(file)


def test_levels_lie_one_over_the_other(folder: Path) -> None:
    overlay(folder / "village.yaml", "town.yaml", "Z1")
    top = load_file(overlay(folder / "group.yaml", "village.yaml", "Z2", drop_items="[X]"))
    assert (top.extends, codes(top)) == ("village-2026", ["V", "W", "Z1", "Z2"])
    over_shipped = overlay(folder / "a.yaml", "fuling-maan-2022", "Z3")
    over_shipped.write_text(over_shipped.read_text("utf-8").replace("志愿", "环境好"), "utf-8")
    laid = load_file(overlay(folder / "b.yaml", "a.yaml", "Z4"))
    assert codes(laid) == [*codes(shipped("fuling-maan-2022")), "Z3", "Z4"]


def test_a_circle_is_refused_and_shown(folder: Path) -> None:
    for name, extends in (("a", "b.yaml"), ("b", "c-2026"), ("c", "a.yaml")):
        overlay(folder / f"{name}.yaml", extends, "Z1")
    with pytest.raises(FaultyRuleset, match=r"a\.yaml → b\.yaml → c\.yaml → a\.yaml goes round"):
        load_file(folder / "a.yaml")
    assert "but this one itself" in fault(overlay(folder / "d.yaml", "d-2026", "Z1"))
    with pytest.raises(FaultyRuleset, match=r"e\.yaml → e\.yaml goes round in a circle"):
        load_file(overlay(folder / "e.yaml", "e.yaml", "Z1"))


def test_what_is_not_there_is_said(folder: Path) -> None:
    missing = fault(overlay(folder / "village.yaml", "twon.yaml", "Z1"))
    assert "there is no file “twon.yaml”" in missing
    assert str(folder) in missing
    assert "such as `extends: town.yaml`" in fault(overlay(folder / "v.yaml", "our-twon", "Z1"))
    (folder / "old.yaml").write_text(TOWN, "utf-8")
    both = fault(overlay(folder / "w.yaml", "our-town", "Z1"))
    assert "old.yaml and town.yaml both call themselves “our-town”" in both


def test_a_fault_in_the_towns_file_names_that_file(folder: Path) -> None:
    file = overlay(folder / "village.yaml", "town.yaml", "Z1")
    (folder / "town.yaml").write_text(TOWN.replace("kind: award", "kind: gift"), "utf-8")
    with pytest.raises(FaultyRuleset) as caught:
        load_file(file)
    assert all(each.startswith(f"{folder / 'town.yaml'}: ") for each in caught.value.findings)


def test_its_cases_try_what_is_its_own(folder: Path) -> None:
    laid = load_file(overlay(folder / "village.yaml", "town.yaml", "Z1"))
    cases = folder / "cases.yaml"
    cases.write_text("cases: []\n", "utf-8")
    assert [why.text("en") for why in untried(laid, cases)] == ["no case tries item:Z1"]
    cases.write_text(
        "cases:\n  - name: 河长\n    covers: ['item:Z1']\n    year: 2026\n"
        "    claims: [{ref: C1, item: Z1, on: 2026-03-01}, {ref: C2, item: V, on: 2026-03-01}]\n"
        "    awards: {C1: 4, C2: 2}\n",
        "utf-8",
    )
    assert untried(laid, cases) == []
    assert [result.differences for result in run_all(laid, cases)] == [()]


def test_what_is_kept_needs_no_file(folder: Path, village: Village) -> None:
    laid = load_file(overlay(folder / "village.yaml", "town.yaml", "Z1"))
    adopt(village.session, village.community, laid, day("07-01"), AT)
    for file in folder.iterdir():
        file.unlink()
    village.session.expire_all()
    kept = versions_of(village.session, village.community)[-1].ruleset
    assert content_of(kept) == content_of(laid)
    assert codes(kept) == ["V", "W", "X", "Z1"]


def test_what_a_town_has_in_force_is_extended(folder: Path, village: Village) -> None:
    """The town's version is in the database, and its file is not at hand."""
    session = village.session
    for at, points in (("05-01", 2), ("07-01", 5)):
        town = ruleset(
            item("V", points=points, caps=[cap("v", 20, "year")]),
            allows=["items.add"],
            categories=["志愿", "all"],
            version=at,
        )
        adopt(session, village.community, town, day(at), AT)
    file = overlay(folder / "v.yaml", "made-up", "Z1")
    laid = load_file(file, lambda ruleset_id: ruleset_in_force(session, ruleset_id))
    assert [each.points for each in laid.items] == [500, 400]
    assert ruleset_in_force(session, "nobody-has-it") is None
    assert laid.parent is not None
    assert laid.effective_from == date(2026, 2, 1)


def test_a_villages_clause_1_is_not_the_towns(folder: Path) -> None:
    file = overlay(folder / "village.yaml", "town.yaml", "Z1")
    file.write_text(file.read_text("utf-8").replace("会议", "1"), "utf-8")
    laid = load_file(file)
    assert check(laid, str(file)) == []
    own, towns = laid.item("Z1"), laid.item("V")
    assert own is not None
    assert towns is not None
    assert own.source == "village-2026:1"
    assert laid.words_of(own) == "河长每次4分。"
    assert laid.words_of(towns) == "全文。"
