"""Masked names: a person's first character alone, a unit's name in whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.masking import is_unit, masked_name
from tests.samples.people import FIRST, LAST, SURNAMES


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王**"),
        ("欧阳锋", "欧**"),
        ("李", "李**"),
        ("", "**"),
        ("（已故）李国强", "李**"),
        ("(已故) 李国强", "李**"),
        ("李国强（已故）", "李**"),
        ("（低保）（已故）李国强（其子代）", "李**"),
        ("户主：李国强", "李**"),
        ("已故李国强", "李**"),
        ("（已故）", "**"),
        ("阿卜杜拉·买买提", "阿**"),
        ("买合木提•吐尔逊", "买**"),
        ("扎西・多吉村小学", "扎**"),
        ("𠮷田国强", "𠮷**"),
        ("\ue863国强", "\ue863**"),
        ("㛃", "㛃**"),
        ("John Smith", "J**"),
        ("E\u0301lodie", "E\u0301**"),
        ("·李国强", "李**"),
        ("李国强、王小店", "李**"),
        ("李国强 王村委会", "李**"),
        ("欧阳小学", "欧**"),
        ("王小学", "王**"),
        ("李会", "李**"),
        ("李国强张小会", "李**"),
    ],
)
def test_persons_are_masked(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "村口便民商店",
        "村小学",
        "合作社",
        "党支部",
        "卫生室",
        "村委会",
        "小卖部",
        "老年协会",
        "李家超市",
        "永丰种植专业合作社",
        "马鞍小学",
        "镇中学",
        "第三村民小组",
        "二组",
        "芦荻村卫生室",
        "红白理事会",
        "村头老王理发店",
        "供销社",
        "邮政网点驿站",
        "宁河农商银行",
        "向阳幼儿园",
        "张氏祠堂",
        "村妇联",
        "志愿服务队",
        "石磨豆腐坊",
        "老李摩托车修理铺",
        "丰盛镇中心校",
        "家家乐超市",
    ],
)
def test_units_and_shops_keep_their_names(name: str) -> None:
    assert masked_name(name) == name
    assert masked_name(f"{name}（负责人李国强）") == name


@given(st.sampled_from(SURNAMES), st.sampled_from(["", *FIRST]), st.sampled_from(LAST))
def test_no_invented_person_is_taken_for_a_unit(surname: str, first: str, last: str) -> None:
    name = surname + first + last
    assert masked_name(name) == f"{surname}**"
    assert masked_name(f"（已故）{name}") == f"{surname}**"


@given(st.text(max_size=12))
def test_masking_again_changes_nothing(name: str) -> None:
    assert masked_name(masked_name(name)) == masked_name(name)


@given(st.text(alphabet=st.characters(categories=["Lo"]), min_size=2, max_size=4))
def test_of_a_person_no_second_character_is_shown(name: str) -> None:
    if not is_unit(name):
        assert masked_name(name) == f"{name[0]}**"
