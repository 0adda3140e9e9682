"""Every clause is the source's own words, and nothing of the source is left out."""

import re
from dataclasses import dataclass
from functools import cache

import pytest

from domain.rules.clauses import FEATURES, account, known_names
from domain.rules.load import RULESETS_DIR, ruleset_ids, shipped
from domain.rules.schema import Clause, Honour, HonourGroup, Stage

SCHEMES = [ruleset_id for ruleset_id in ruleset_ids() if shipped(ruleset_id).extends is None]
# Above this, something exempt is no heading but a paragraph that ought to be a clause.
EXEMPT_CHARS_MAX = 50


@dataclass(frozen=True)
class Section:
    """Where a scheme stands in its source file, and what in it is no clause.

    `starts` are the first words of its first paragraph, `ends` the first words after it (None:
    the end of the file). `exempt` are headings, letterheads and column titles. `page_breaks` are
    what the print puts between the halves of a table cell.
    """

    starts: str
    ends: str | None
    exempt: tuple[str, ...] = ()
    page_breaks: tuple[str, ...] = ()


SECTIONS = {
    "fuling-maan-2022": Section(
        starts="为深入推广运用乡村治理积分制，提升乡村善治水平",
        ends=None,
        exempt=(
            "一、总体要求",
            "（一）指导思想",
            "（二）基本原则",
            "二、工作内容",
            "（一）健全完善积分体系",
            "（二）积分操作程序",
            "（三）强化积分结果运用",
            "（四）建好管好积分超市",
            "（五）加强信息技术运用",
            "三、时间安排",
            "四、组织保障",
            "（三）建立投入机制",
            "附件 涪陵区乡居治理积分制推广应用积分项目及分值设定参考表",
            "类别 项目 积分内容 分值",
            '负 向 扣 分 <ol style="list-style-type:none">',
            "重庆市涪陵区人民政府马鞍街道办事处规范性文件",
        ),
        page_breaks=("2分 重庆市涪陵区人民政府马鞍街道办事处规范性文件",),
    ),
    "baoshan-2023": Section(
        starts="2021年以来，根据",
        ends="(此页无正文)",
        exempt=(
            "一、指导思想",
            "二、工作原则",
            "三、工作目标",
            "四、实施办法",
            "（三）做好积分管理。",
            "五、实施步骤",
            "六、加强保障",
            "附件: “宝善治”乡村积分细则(样张)",
            "类别 积分任务名称 积分事项名称 积分内容 分值 备注",
        ),
    ),
    "wulong-changba-2023": Section(
        starts="在乡村治理中推广运用积分制,是深入学习",
        ends="附件下载:",
        exempt=(
            "一、基本要求",
            "二、实施内容",
            "三、积分管理",
            "四、积分结果运用",
            "五、保障措施",
        ),
    ),
    "zhongping": Section(
        starts="为解决中坪村发展中",
        ends="村积分管理考核细则篇二",
    ),
    "banan-fengsheng": Section(
        starts="为切实加强丰盛镇乡村治理工作",
        ends="村积分管理考核细则篇三",
        exempt=("（二）加分项",),
    ),
    "longyuzhuang": Section(
        starts="为促进基层治理方式转变",
        ends="村积分管理考核细则篇四",
    ),
    "ninghe": Section(
        starts="为充分调动农民群众参与乡村治理的积极性、主动性、创造性，提高乡村治理的可操作性",
        ends="村积分管理考核细则篇六",
        exempt=(
            "（一）总体思路",
            "（二）基本原则",
            "（三）工作目标",
            "（一）积分对象",
            "（二）积分项目",
            "（三）积分采集",
            "（四）积分结果运用",
            "（五）积分管理",
        ),
    ),
}


def _squeezed(text: str) -> str:
    """Without white space: line and page breaks are the print's, not the scheme's."""
    return re.sub(r"\s", "", text)


@cache
def _source(ruleset_id: str) -> str:
    source_file = shipped(ruleset_id).source_file
    assert source_file is not None, f"{ruleset_id} names no source file"
    return _squeezed((RULESETS_DIR / "sources" / source_file).read_text("utf-8"))


def _section(ruleset_id: str) -> str:
    """The scheme's part of its source file."""
    source, section = _source(ruleset_id), SECTIONS[ruleset_id]
    starts = _squeezed(section.starts)
    assert source.count(starts) == 1, f"“{section.starts}” must mark one place"
    start = source.index(starts)
    end = len(source) if section.ends is None else source.index(_squeezed(section.ends), start)
    return source[start:end]


def _left_over(text: str, quotations: list[str]) -> list[str]:
    """The stretches of a text that no quotation covers."""
    covered = bytearray(len(text))
    for quotation in quotations:
        at = text.find(quotation)
        while at >= 0:
            covered[at : at + len(quotation)] = b"\x01" * len(quotation)
            at = text.find(quotation, at + 1)
    return [text[run.start() : run.end()] for run in re.finditer(b"\x00+", covered)]


def test_every_scheme_has_its_section() -> None:
    assert sorted(SECTIONS) == sorted(SCHEMES)


@pytest.mark.parametrize("ruleset_id", SCHEMES)
def test_clauses_are_verbatim(ruleset_id: str) -> None:
    source = _source(ruleset_id)
    altered = [
        clause.id
        for clause in shipped(ruleset_id).clauses
        if not _squeezed(clause.text) or _squeezed(clause.text) not in source
    ]
    assert altered == []


@pytest.mark.parametrize("ruleset_id", SCHEMES)
def test_the_whole_section_is_quoted(ruleset_id: str) -> None:
    clauses = [_squeezed(clause.text) for clause in shipped(ruleset_id).clauses]
    exempt = [_squeezed(text) for text in SECTIONS[ruleset_id].exempt]
    assert _left_over(_section(ruleset_id), clauses + exempt) == []


@pytest.mark.parametrize("ruleset_id", SCHEMES)
def test_exemptions_are_short_and_needed(ruleset_id: str) -> None:
    section = _section(ruleset_id)
    for text in SECTIONS[ruleset_id].exempt:
        assert len(_squeezed(text)) <= EXEMPT_CHARS_MAX, f"“{text}” is too long for a heading"
        assert _squeezed(text) in section, f"“{text}” does not stand in the source"


@pytest.mark.parametrize("ruleset_id", SCHEMES)
def test_items_say_what_the_source_says(ruleset_id: str) -> None:
    source = _source(ruleset_id)
    for page_break in SECTIONS[ruleset_id].page_breaks:
        source += source.replace(_squeezed(page_break), "")
    altered = [
        item.code for item in shipped(ruleset_id).items if _squeezed(item.text) not in source
    ]
    assert altered == []


# Deductions and voids that stand only in the remarks are named after their row (ruling 27).
NAMED_AFTER_ROWS = {"房屋租赁 安全事故", "红白喜事 不符合", "环境卫生 不达标"}


@pytest.mark.parametrize("ruleset_id", SCHEMES)
def test_names_are_the_sources_own(ruleset_id: str) -> None:
    """Also where its print masks a word: what was meant may stand in a `note`."""
    ruleset, source = shipped(ruleset_id), _source(ruleset_id)
    parts: tuple[HonourGroup | Stage | Honour, ...] = (
        *ruleset.groups,
        *ruleset.review.stages,
        *ruleset.standing.honours,
    )
    names = [*(item.name for item in ruleset.items), *ruleset.categories, *(p.name for p in parts)]
    altered = {name for name in names if _squeezed(name) not in source}
    assert altered <= NAMED_AFTER_ROWS
    assert all(_squeezed(name.partition(" ")[0]) in source for name in altered)


@pytest.mark.parametrize("ruleset_id", ruleset_ids())
def test_what_executes_a_clause_exists(ruleset_id: str) -> None:
    accounts = account(shipped(ruleset_id))
    assert accounts, "a ruleset quotes its source"
    assert {entry.id: entry.missing for entry in accounts if entry.missing} == {}
    assert any(entry.executed_by for entry in accounts)
    assert all(entry.executed_by or entry.people for entry in accounts)


@pytest.mark.parametrize("ruleset_id", SCHEMES)
def test_every_item_is_some_clauses(ruleset_id: str) -> None:
    """An item that no clause is executed by would be ours, not the government's."""
    ruleset = shipped(ruleset_id)
    executing = {name for clause in ruleset.clauses for name in clause.executed_by}
    assert [item.code for item in ruleset.items if f"item:{item.code}" not in executing] == []


def test_known_names_are_the_rulesets_parts_and_the_features() -> None:
    names = known_names(shipped("longyuzhuang-example-village"))
    assert names >= {
        "item:1",
        "item:P6-1",
        "cap:p1-year",
        "cap:help-year",
        "group:civil-family",
        "exclusion:lavish-not-plain",
        "stage:group",
        "honour:five_star",
        "channel:self",
    }
    assert names >= FEATURES
    assert "report:june" in known_names(shipped("wulong-changba-2023"))


def test_account_names_what_is_missing() -> None:
    parent = shipped("longyuzhuang")
    clause = Clause(
        id="x", text="另定。", executed_by=("item:1", "item:99", "magic"), people="town"
    )
    entry = account(parent.model_copy(update={"clauses": (clause,)}))[0]
    assert (entry.id, entry.text, entry.people) == ("x", "另定。", "town")
    assert entry.executed_by == ("item:1", "item:99", "magic")
    assert entry.missing == ("item:99", "magic")


def test_account_keeps_the_sources_order() -> None:
    ruleset = shipped("banan-fengsheng")
    assert [entry.id for entry in account(ruleset)] == [clause.id for clause in ruleset.clauses]
