"""Headers: codes and aliases in any order; what is unknown, twice or missing is named."""

from dataclasses import replace

import pytest

from domain.intake.columns import COLUMNS
from domain.intake.fitting import fit
from domain.intake.parsed import digest_of, parse
from domain.intake.sheets import sheets_of
from domain.kernel.errors import BadInput
from domain.sheets.reading import Table
from tests.intake.desk import as_table

MEMBERS = ["household", "member", "name"]


def refusal(kind: str, header: list[str]) -> str:
    with pytest.raises(BadInput) as caught:
        fit(kind, as_table(header, [["x"] * len(header)]))
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return caught.value.why.text("en")


@pytest.mark.parametrize(
    "header",
    [
        ["household", "member", "name"],
        ["姓名", "户号", "成员编号"],
        ["户号", "member", "姓名"],
        [" HOUSEHOLD ", "成员 编号", "姓名*"],
        ["name", "member", "household", "原因", "行号", "问题列", "登记号"],
    ],
)
def test_codes_and_aliases_in_any_order(header: list[str]) -> None:
    assert set(fit("members", as_table(header, [])).places) == set(MEMBERS)


def test_every_contracted_column_is_known_by_its_alias() -> None:
    aliases = {
        "households": "户号 户主 组 电话 本地户籍 居住起始 参与人数 加入日期 社区同意 另一户",
        "members": "户号 户主 组 成员编号 姓名 另一人",
        "claims": "编号 户号 户主 组 项目 发生日期 地点 事由 方式 成员编号 次数 评分 事项 依据"
        " 申报时间",
        "decisions": "编号 评议人 结论 说明 时间 层级",
        "objections": "编号 户号 户主 组 申报编号 异议 提出时间 结果 处理人 处理时间 说明",
        "redemptions": "编号 户号 户主 组 积分 物品 数量 兑换时间 经手人 领取人",
        "goods": "物品 标价 库存 来源 另一种",
    }
    for kind, header in aliases.items():
        assert set(fit(kind, as_table(header.split(), [])).places) == {
            column.code for column in COLUMNS[kind]
        }


def test_unknown_columns_are_named_with_what_is_known() -> None:
    message = refusal("members", [*MEMBERS, "年龄", "=HYPERLINK(1)\n" + "长" * 99])
    assert "“年龄”" in message
    assert "household (户号), head (户主), group (组), member (成员编号), name (姓名)" in message


def test_a_clerk_reads_the_headings_alone() -> None:
    with pytest.raises(BadInput) as caught:
        fit("members", as_table(["户号", "岁数"], []))
    assert "可用的列：户号、户主、组、成员编号、姓名" in str(caught.value)


def test_a_column_twice_is_named() -> None:
    assert "it has “户号” twice" in refusal("members", [*MEMBERS, "户号"])


def test_missing_columns_are_named() -> None:
    assert "member (成员编号), name (姓名)" in refusal("members", ["户号"])


def test_another_kind_of_file_is_told_apart() -> None:
    assert "choose from households" in refusal("homes", MEMBERS)


def test_an_inspection_takes_any_further_column_as_an_item() -> None:
    found = fit("inspection", as_table(["户号", "1.1", "卫生", "评议人"], []))
    assert (found.places, found.items) == ({"household": 0, "reviewer": 3}, {"1.1": 1, "卫生": 2})
    assert "twice" in refusal("inspection", ["户号", "1.1", "1.1"])


def test_a_sheet_among_several() -> None:
    others = (as_table(["ref"], []), as_table(MEMBERS, [["H1", "1", "王"]]))
    first = as_table(["说明"], [["先填户号"]])
    found = sheets_of("members", with_others(first, *others))
    assert [fit.table.rows for fit in found.fits] == [others[1].rows]
    assert [why.code for why in found.passed] == ["sheet_of_other"] * 2
    assert len(sheets_of("members", with_others(others[1], others[1])).fits) == 2


def with_others(table: Table, *others: Table) -> Table:
    return replace(table, others=others)


def test_digests_do_not_hang_on_order_headings_or_blank_columns() -> None:
    digests = {
        parse("members", fit("members", as_table(header, [row]))).digests[0]
        for header, row in (
            (["household", "member", "name"], ["H1", "1", "王"]),
            (["姓名", "成员编号", "户号"], [" 王", 1.0, "H1"]),
            (["姓名", "成员编号", "户号", "原因"], ["王", "1", "H1", "从前的原因"]),
        )
    }
    assert digests == {digest_of("members", {"household": "H1", "member": "1", "name": "王"})}
    claim = {"ref": "1", "household": "2"}
    assert digest_of("claims", claim) == digest_of("claims", {**claim, "evidence": ""})
    assert digest_of("claims", claim) != digest_of("claims", {"ref": "12"})
