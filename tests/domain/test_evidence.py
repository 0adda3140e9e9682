"""What a claim rests on, and who has to say why it passes without (ruling 33)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.intake.ballot import ballot
from domain.kernel.errors import Refused
from domain.review.docket import docket
from domain.sheets.reading import read_table
from domain.sheets.writing import write_xlsx
from domain.store.tables.claims import Verdict
from tests.domain.builders import Village, review, rules, stage
from tests.rules.builders import item

Founding = Callable[..., Village]
TERMS = rules(
    item("base", "base", points=6, per="year"),
    item("sweep", points=3),
    item("vow", points=2, evidence="promise"),
    review=review(stage("group"), stage("committee", role="committee")),
)


@pytest.fixture
def village(founding: Founding) -> Village:
    village = founding(TERMS)
    village.person("c1", stages=["committee"])
    village.claim("C1", "H1", "sweep", "03-05", evidence=" ")
    village.claim("C2", "H2", "vow", "03-05", evidence="")
    village.claim("C3", "H3", "sweep", "03-05")
    return village


def test_without_expected_evidence_an_approval_says_why(village: Village) -> None:
    with pytest.raises(Refused, match="“C1” came without evidence"):
        village.decide("C1")
    village.decide("C1", note="邻居证实")
    assert village.look("C1").stage == 1
    with pytest.raises(Refused, match="“C1” came without evidence"):
        village.decide("C1", by="c1", stage="committee", note="  ")
    village.decide("C1", by="c1", stage="committee", note="会议讨论")
    assert village.look("C1").status == "approved"


def test_a_rejection_says_why_in_any_case(village: Village) -> None:
    with pytest.raises(Refused, match="a rejection needs a note"):
        village.decide("C1", Verdict.REJECT, note="")


@pytest.mark.parametrize("ref", ["C2", "C3"])
def test_a_promise_or_a_document_stands_for_it(village: Village, ref: str) -> None:
    village.decide(ref)
    assert village.look(ref).stage == 1


@pytest.mark.parametrize("channel", ["inspection", "vote"])
def test_what_the_group_saw_or_residents_voted_needs_no_paper(
    village: Village, channel: str
) -> None:
    village.look("C1").channel = channel
    village.decide("C1")
    assert village.look("C1").stage == 1


def test_a_reviewer_is_shown_what_is_missing(village: Village, tmp_path: Path) -> None:
    _, cases = docket(village.session, village.community, village.who("r1"), 9)
    standing = {case.ref: case.evidence_standing for case in cases}
    assert standing == {"C1": "missing", "C2": "promise", "C3": "given"}
    path = tmp_path / "评议表.xlsx"
    write_xlsx(path, [ballot(village.session, village.community, village.who("r1"))])
    table = read_table(path)
    remarks = {str(row[0]): str(row[-1]) for _, row in table.rows}
    assert list(table.header) == ["编号", "评议人", "层级", "结论", "说明", "备注"]
    assert "没有附依据，通过须写明理由" in remarks["C1"]
    assert "以申报时的承诺为据" in remarks["C2"]
    assert remarks["C3"].endswith("依据：照片")


def test_a_member_of_the_committee_sits_at_its_stage_only(village: Village) -> None:
    village.person("w1", "committee")
    with pytest.raises(Refused, match="not a reviewer at the stage group"):
        village.decide("C3", by="w1")
    village.decide("C3")
    village.decide("C3", by="w1", stage="committee", at="03-06")
    assert village.look("C3").status == "approved"
