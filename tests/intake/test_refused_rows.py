"""Refused rows: kept once, exported with their reasons, corrected and imported again."""

import json
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from domain.intake.refused import export_refused, refused_rows
from domain.kernel.errors import BadInput
from domain.operations.status import findings
from domain.sheets.reading import read_table
from domain.store.database import reading
from domain.store.tables.claims import Claim, DiscardedRow, RefusedRow
from tests.console.office import jifen
from tests.intake.desk import CLAIM, Desk, moment, outcomes, why


def export(desk: Desk) -> Path:
    path = desk.folder / "refused.xlsx"
    with reading(desk.engine) as session:
        count = export_refused(session, desk.community(session), path)
    assert count == len(desk.refused())
    return path


def correct(path: Path, sheet: str, changes: dict[str, str]) -> None:
    """Type over the first row's cells."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    heads = [cell.value for cell in page[1]]
    for head, text in changes.items():
        page.cell(2, heads.index(head) + 1, text)
    book.save(path)


def test_kept_once_with_file_row_column_value_and_reason(desk: Desk) -> None:
    desk.claim(household="H9", now="2026-04-01")
    desk.claim(household="H9", now="2026-04-02")
    (row,) = desk.refused()
    assert (row.kind, row.file, row.row, row.ref) == ("claims", "sheet2.csv", 2, "C1")
    assert (row.column, row.value) == ("household", "H9")
    assert row.reason == "没有户号“H9”，请核对或先导入农户"
    assert row.refused_at == moment("2026-04-01")
    assert row.content == {
        "编号": "C1",
        "户号": "H9",
        "项目": "sweep",
        "发生日期": "2026-03-05",
        "地点": "村委会",
        "事由": "清扫",
        "方式": "self",
    }


def test_a_row_refused_for_another_reason_says_the_new_one(desk: Desk) -> None:
    desk.claim(household="H9", quantity="2", item="monthly")
    desk.bring("households", "household head enrolled_on", [["H9", "王", "2026-01-01"]])
    desk.claim(household="H9", quantity="2", item="monthly")
    (row,) = desk.refused()
    assert (row.column, row.value) == ("quantity", "2")


def test_a_corrected_row_is_done_with(desk: Desk) -> None:
    desk.claims({"household": "H9"}, {"place": ""})
    desk.claim(now="2026-05-01")
    assert [row.ref for row in desk.refused()] == ["C2"]
    with reading(desk.engine) as session:
        corrected = session.scalars(select(RefusedRow.corrected_at)).all()
    assert moment("2026-05-01") in corrected
    desk.claim(household="H9")
    assert [row.ref for row in desk.refused()] == ["C2"]


def test_the_same_number_of_another_kind_or_later_in_the_sheet_corrects_nothing(desk: Desk) -> None:
    desk.claims({"ref": "H1", "household": "H9"})
    desk.bring("households", "household head enrolled_on", [["H1", "王H1", "2026-01-01"]])
    assert len(desk.refused()) == 1
    desk.claims({"ref": "C1", "household": "H9"}, {"ref": "C1"})
    assert [row.ref for row in desk.refused()] == ["H1", "C1"]


def test_exported_and_corrected_and_imported_again(desk: Desk) -> None:
    desk.claims({"household": "H9", "quantity": 2.0}, {"item": "proven", "matter": "=1+1"})
    path = export(desk)
    page = openpyxl.load_workbook(path)["申报"]
    lines = [[cell.value for cell in row] for row in page]
    assert lines[0] == [
        "编号",
        "户号",
        "项目",
        "发生日期",
        "地点",
        "事由",
        "方式",
        "次数",
        "事项",
        "行号",
        "问题列",
        "原因",
        "登记号",
    ]
    assert lines[1][9:12] == [2, "户号", "没有户号“H9”，请核对或先导入农户"]
    assert page["I3"].data_type == "s"
    correct(path, "申报", {"户号": "H2"})
    answers = desk.hand_in("claims", path)
    assert [why(answer) for answer in answers] == ["", "evidence_needed"]
    assert desk.stored("C1").quantity == 2
    assert [row.ref for row in desk.refused()] == ["C2"]
    assert desk.count(RefusedRow) == 2


def test_a_number_that_was_wrong_itself_is_known_by_its_entry(desk: Desk) -> None:
    desk.claim(ref="C\u200b7")
    path = export(desk)
    correct(path, "申报", {"编号": "C7"})
    assert outcomes(desk.hand_in("claims", path)) == {"accepted": 1}
    assert desk.refused() == []


def test_all_kinds_in_one_workbook_and_each_found_by_its_import(desk: Desk) -> None:
    desk.bring("households", "household head", [["H7", ""]])
    desk.bring("members", "household member name", [["H9", "1", "王"]])
    desk.bring("goods", "goods points", [["米", "贵"]])
    desk.bring("decisions", "ref reviewer verdict", [["C9", "r1", "通过"]])
    desk.bring("objections", "ref household about text", [["Y1", "H9", "C1", "x"]])
    desk.bring("redemptions", "ref household points redeemed_at", [["D1", "H9", "1", "2026-03-01"]])
    desk.bring("inspection", "household tidy", [["H1", "11"], ["H8", "5"]], period="2026-03")
    desk.claim(household="H9")
    path = export(desk)
    assert [table.sheet for table in (read_table(path), *read_table(path).others)] == [
        "农户",
        "成员",
        "申报",
        "评议",
        "异议",
        "兑换",
        "物品",
        "入户检查",
    ]
    correct(path, "农户", {"户主": "王"})
    correct(path, "成员", {"户号": "H1"})
    correct(path, "物品", {"标价": "3"})
    correct(path, "入户检查", {"tidy": "10"})
    for kind in ("households", "members", "goods"):
        assert outcomes(desk.hand_in(kind, path)) == {"accepted": 1}
    answers = desk.hand_in("inspection", path, period="2026-04")
    assert [(answer.ref, answer.outcome) for answer in answers] == [
        ("2026-03/H1/tidy", "accepted"),
        ("2026-03/H8", "refused"),
    ]
    for kind in ("decisions", "objections", "redemptions", "claims"):
        assert outcomes(desk.hand_in(kind, path)) == {"refused": 1}
    kinds = sorted(row.kind for row in desk.refused())
    assert kinds == ["claims", "decisions", "inspection", "objections", "redemptions"]


def test_nothing_refused(desk: Desk) -> None:
    path = export(desk)
    assert read_table(path).header == ("行号", "问题列", "原因", "登记号")
    with pytest.raises(BadInput, match="缺少列"):
        desk.hand_in("claims", path)


def test_entries_that_are_none_are_passed_over(desk: Desk) -> None:
    desk.claim(household="H9")
    entries = ["x", "", "999999", "9" * 30, "-1"]
    rows = [
        [*{**CLAIM, "ref": f"X{at}", "occurred_on": f"2026-04-{at:02}"}.values(), entry]
        for at, entry in enumerate(entries, 1)
    ]
    answers = desk.bring("claims", " ".join([*CLAIM, "登记号"]), rows)
    assert outcomes(answers) == {"accepted": 5}
    assert len(desk.refused()) == 1
    assert desk.count(Claim) == 5


def test_a_cell_beyond_reason_is_kept_cut(desk: Desk) -> None:
    answer = desk.claim(reason="长" * 30_000)
    assert (why(answer), len(answer.value)) == ("too_long", 200)
    assert len(desk.refused()[0].content["事由"]) == 10_000


def test_a_number_is_kept_as_the_sheet_shows_it(desk: Desk) -> None:
    row = {**CLAIM, "household": 12.0, "quantity": 1, "matter": 7.0, "evidence": 2.5}
    path = desk.write(list(row), [list(row.values())], ".xlsx")
    desk.hand_in("claims", path)
    (kept,) = desk.refused()
    assert (kept.value, kept.reason) == ("12", "没有户号“12”，请核对或先导入农户")
    assert [repr(kept.content[head]) for head in ("户号", "次数", "事项", "依据")] == [
        "12",
        "1",
        "7",
        "2.5",
    ]
    (exported,) = read_table(export(desk)).rows
    assert "12" in [str(cell).removesuffix(".0") for cell in exported[1]]
    csv = desk.write(list(row), [[str(cell).removesuffix(".0") for cell in row.values()]], ".csv")
    desk.hand_in("claims", csv)
    assert desk.count(RefusedRow) == 1


def test_totals_and_signatures_are_discarded_and_kept(desk: Desk, database_url: str) -> None:
    def at_office(*words: str, code: int = 0) -> str:
        said = jifen(*words, cwd=desk.folder, code=code, JIFEN_DATABASE_URL=database_url)
        return said.stdout if code == 0 else said.stderr

    def waiting() -> tuple[int, int]:
        """Rows that the finding counts, and those that the exported list has."""
        with reading(desk.engine) as session:
            found = [
                each
                for each in findings(session, None, moment("2026-12-31"))
                if each.subject == "refused"
            ]
            rows = refused_rows(session, desk.community(session))
        return sum(each.count for each in found), len(rows)

    asides = [["H9", "", "2026-01-01"], ["合计", "3户", ""], ["填表人：王五", "审核人：李四", ""]]
    desk.bring("households", "household head enrolled_on", asides)
    other = desk.bring("goods", "goods points", [["合计", "50"], ["小计", "3"]])
    assert [answer.outcome for answer in other] == ["refused"] * 2
    assert waiting() == (5, 5)
    blank, total, _signature = (row.id for row in desk.refused() if row.kind == "households")
    words = ("import", "discard", "c", "--why", "合计行", "--by", "张文书", "--json")
    told = json.loads(at_office(*words, "--entry", str(total)))
    assert (told["discarded"], told["already"]) == ([total], 0)
    assert json.loads(at_office(*words, "--entry", str(total)))["already"] == 1
    assert waiting() == (4, 4)
    at_office(*words, "--all-of", "elsewhere/sheet3.csv")
    assert waiting() == (2, 2)
    # The same sheet once more: what was discarded stays so, and no letter counts it.
    desk.bring("households", "household head enrolled_on", asides)
    assert waiting() == (2, 2)
    desk.bring("households", "household head enrolled_on", [["H9", "王九", "2026-01-01"]])
    assert waiting() == (1, 1)
    assert desk.count(RefusedRow) == 5
    assert {row.why for row in desk.rows_of(DiscardedRow)} == {"合计行"}
    assert "was corrected" in at_office(*words, "--entry", str(blank), code=1)
    for refused in (("--entry", "999"), ("--all-of", "no.csv")):
        at_office(*words, *refused, code=1)
    at_office("import", "discard", "c", "--why", "x", code=2)
    at_office("import", "discard", "c", "--why", " ", "--entry", str(blank), code=2)
