"""Whatever file is brought: a ruleset, or one clear line for each fault. Never a traceback."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.errors import BadInput, JifenError
from domain.rules.faults import FaultyRuleset
from domain.rules.lint import check
from domain.rules.load import RULESETS_DIR, find_file, load_file, ruleset_ids, shipped
from domain.rules.yaml_file import BYTES_MAX, read_yaml
from tests.selection import examples

GOOD = (RULESETS_DIR / "zhongping" / "ruleset.yaml").read_text("utf-8")
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(9)
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ruleset.yaml"


@pytest.mark.parametrize(
    ("content", "fragments"),
    [
        (b"a: [1", ("is not YAML", "line")),
        (b"a:\n\t- b", ("is not YAML", "line 2")),
        (b"a: 1\na: 2\n", ("“a” is written twice", "line 2")),
        (b"x:\n  a: 1\n  a: 2\n", ("“a” is written twice", "line 3")),
        (b"yes: 1\non: 2\n", ("“on” is written twice", "line 2")),
        (b"? [1]\n: 2", ("a key is a word", "line 1")),
        (b"day: 2026-02-30", ("“2026-02-30”", "line 1")),
        (b"n: " + b"9" * 5000, ("“999", "line 1")),
        (b"a: !!python/object/apply:os.system [ls]", ("constructor", "line 1")),
        (b"a: 1\n---\nb: 2\n", ("another document", "line 2")),
        (b"a: !!bool x", ("is not YAML", "“x” cannot be")),
        (b"a: !!timestamp x", ("is not YAML", "“x” cannot be")),
        (b"a: !!map [1]", ("is not YAML", "line 1")),
        (b"a: \x00", ("is not YAML", "control characters")),
        ("a: 中".encode("gb18030"), ("line 1: it is not UTF-8", "save the file as UTF-8")),
        (b"\xff\xfea\x00:\x00", ("it is not UTF-8",)),
        (b"PK\x03\x04\x14\x00\xff", ("it is not UTF-8",)),
        (BOMB.encode(), ("line", "more than", "values")),
        (b"a: " + b"[" * 100_000, ("line 1", "levels")),
        (b"a: " + b"{a: " * 100_000, ("line 1", "levels")),
        (b"a: &a [*a]", ("line 1", "*a", "within itself")),
        (b"a: *b", ("line 1", "*b", "before its anchor")),
        (b"a: 1\n" * (BYTES_MAX // 5 + 1), ("larger than 2 MB",)),
        (b"", ("is not a mapping", "write keys")),
        (b"[1, 2]", ("is not a mapping", "write keys")),
    ],
)
def test_what_cannot_be_read_is_one_line(
    path: Path, content: bytes, fragments: tuple[str, ...]
) -> None:
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        load_file(path)
    said = str(caught.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    assert all(fragment in said for fragment in fragments), said


def test_a_directory_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a directory: name the YAML file in it"):
        load_file(tmp_path)
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        load_file(tmp_path / "none.yaml")
    with pytest.raises(BadInput, match="cannot be read"):
        load_file(Path("a\0b.yaml"))


def test_anchors_and_merged_mappings_may_be_used(path: Path) -> None:
    path.write_text("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: *a\n", "utf-8-sig")
    assert read_yaml(path) == {"a": {"x": 1}, "b": {"x": 1, "y": 2}, "c": {"x": 1}}


@pytest.mark.parametrize(
    ("wrong", "right", "fragments"),
    [
        (
            "    kind: graded\n    points: 15",
            "    kind: graded\n    pionts: 15",
            ("items.“1.1”.pionts", "write `points`", "items.“1.1”.points: it is missing"),
        ),
        ("title: ", "titel: ", ("titel: the key is unknown; write `title`", "title: it is mis")),
        (
            'unit: 月\n    per: month\n    source: "1.1"',
            "unit: 月\n    per: month",
            ("items.“1.1”.source: ", "clause", "`source: null`"),
        ),
        (
            'per: month\n    source: "1.1"',
            "per: month\n    source: null",
            ("items.“1.1”", "`source: null` needs a `reason`"),
        ),
        ('source: "1.1"', "source: 1.1", ("items.“1.1”.source", 'write "1.1" in quotation marks')),
        ("points: 15", "points: many", ("items.“1.1”.points", "“many” is not a number of points")),
        ("points: 15", "points: 1.005", ("items.“1.1”.points", "at most two decimals")),
        ("points: 15", "points: .inf", ("items.“1.1”.points", "not a number")),
        ("points: 15", "points: [15]", ("items.“1.1”.points", "not a number")),
        (
            "kind: graded\n    points: 15",
            "kind: gradual\n    points: 15",
            ("items.“1.1”.kind", "“gradual”", "'graded'"),
        ),
        (
            "kind: graded\n    points: 15",
            "kind: graded\n    highest_of: [a, b]\n    points: 15",
            ("items.“1.1”.highest_of", "groups must not overlap", "write one id"),
        ),
        ("quorum: 1", "quorum: none", ("review.stages.“group”.quorum", "“none” stands there")),
        ("quorum: 1", "quorum: 0", ("review.stages.“group”.quorum", "greater than or equal to 1")),
        ("due: {day: 5}", "due: {day: 31}", ("review.due.day", "less than or equal to 28")),
        ("channels: [inspection]", "channels: [post]", ("channels.0", "“post”", "'inspection'")),
        ("effective_from: 2023-01-01", "effective_from: soon", ("effective_from", "“soon”")),
        ("id: zhongping", 'id: "a\\nb"', ("id: ", "“a b” stands there")),
        ("id: zhongping", "id: 中坪", ("id: ", "“中坪” stands there")),
        ("id: zhongping", "id: zhongping\nextends: zhongpin", ("participants.", "source")),
    ],
)
def test_each_fault_names_file_item_and_what_to_write(
    path: Path, wrong: str, right: str, fragments: tuple[str, ...]
) -> None:
    assert wrong in GOOD
    path.write_text(GOOD.replace(wrong, right, 1), "utf-8")
    with pytest.raises(FaultyRuleset) as caught:
        load_file(path)
    said = "; ".join(caught.value.findings)
    assert all(finding.startswith(f"{path}: ") for finding in caught.value.findings)
    assert "\n" not in said
    if "extends" not in right:
        assert all(fragment in said for fragment in fragments), said


def changed(path: Path, wrong: str, right: str) -> list[str]:
    """What is found where one thing of the good file is written otherwise."""
    assert wrong in GOOD
    path.write_text(GOOD.replace(wrong, right, 1), "utf-8")
    with pytest.raises(FaultyRuleset) as caught:
        load_file(path)
    return [finding.removeprefix(f"{path}: ") for finding in caught.value.findings]


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        # A key of another place is no advice; one slip of the pen in this place is.
        ("open_days:", "every_days:", "remove it, or correct its spelling; here stand every, full"),
        ("open_days:", "open_dasy:", "write `open_days`"),
        ("open_days:", "Open-Days:", "write `open_days`"),
        ("opt_in: false", "opt_in: false\n  tiers: 3", "here stand members, opt_in, outsiders"),
        ("issuer: ", "unit: 村\nissuer: ", "remove it, or correct its spelling; here stand allows"),
        ("opt_in: false", "opt_in: false\n  not spent:", "put the whole text in quotation marks"),
        # What YAML reads otherwise is quoted as it was written.
        ('code: "1.1"', "code: 1.10", 'write "1.10" in quotation marks'),
        ('code: "1.1"', "code: 007", 'write "007" in quotation marks'),
        ('code: "1.1"', "code: no", 'write "no" in quotation marks'),
        ('code: "1.1"', "code: 2026-01-05", 'write "2026-01-05" in quotation marks'),
        ('code: "1.1"', "code: 1_0", 'write "1_0" in quotation marks'),
        # The library's words are not an officer's.
        ("quorum: 1", "quorum: 1.5", "it must be a whole number; “1.5” stands there"),
        ("opt_in: false", "opt_in: 看情况", "it must be `true` or `false`; “看情况” stands"),
        (
            "effective_from: 2023-01-01",
            "effective_from: 2023年1月1日",
            "it must be a date, written as 2026-01-31; “2023年1月1日” stands there",
        ),
        ("channels: [inspection]", "channels: inspection", "it must be a list; write it in"),
        (
            "effective_from: 2023-01-01",
            "effective_from: 2023-01-01\nvalue: 5",
            "it must be keys and values",
        ),
    ],
)
def test_advice_is_of_the_place_and_of_what_was_written(
    path: Path, wrong: str, right: str, said: str
) -> None:
    found = changed(path, wrong, right)
    assert said in "; ".join(found)
    assert not any(
        word in finding for finding in found for word in ("tuple", "pattern", "Input", "validation")
    )


def test_points_are_told_as_they_are_written(path: Path) -> None:
    items = "shared_caps:\n  - {id: c, max: -10, per: year, items: ['1.1'], source: '(一)'}\nitems:"
    (finding,) = changed(path, "\nitems:", f"\n{items}")
    assert finding.startswith("shared_caps.“c”.max: it must be greater than 0; “-10” stands there")


def test_points_are_a_number_alone(path: Path) -> None:
    (finding,) = changed(path, "points: 15", "points: 15分")
    assert "write the number alone" in finding


def test_what_follows_from_a_fault_is_no_fault_of_its_own(path: Path) -> None:
    (finding,) = changed(path, "quorum: 1", "quorum: none")
    assert finding.startswith("review.stages.“group”.quorum: it must be a whole number")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id： v\ntitle: 村\n", ("line 1 has a full-width", "第1行用了全角冒号")),
        ("id: v\n积分项目：\n  - a: b\n", ("line 2 has a full-width", "请改为半角")),
        ("id: v\nitems:\n\t- code: a\n", ("line 3 is indented with a tab", "第3行用制表符")),
    ],
)
def test_what_an_input_method_did_is_said(path: Path, content: str, said: tuple[str, str]) -> None:
    path.write_text(content, "utf-8")
    with pytest.raises(BadInput) as caught:
        load_file(path)
    english, chinese = said
    assert english in caught.value.text("en")
    assert chinese in caught.value.text("zh_CN")


def test_many_faults_are_counted(path: Path) -> None:
    path.write_text(GOOD.replace("category:", "categroy:"), "utf-8")
    with pytest.raises(FaultyRuleset) as caught:
        load_file(path)
    assert len(caught.value.findings) == 21
    assert "further faults: 8;" in caught.value.findings[-1]


@pytest.mark.parametrize("extends", ["nowhere", "v", "../zhongping"])
def test_an_overlay_extends_what_ships(path: Path, extends: str) -> None:
    path.write_text(
        f"id: v\nextends: {extends}\ntitle: 村\ndocument: 村\nissuer: 村\n"
        "effective_from: 2026-01-01\n",
        "utf-8",
    )
    with pytest.raises(FaultyRuleset, match="extends: there is no ruleset"):
        load_file(path)


def test_a_name_is_an_id_or_a_file(path: Path) -> None:
    assert find_file("zhongping") == RULESETS_DIR / "zhongping" / "ruleset.yaml"
    assert find_file(str(path)) == path
    assert find_file("my.yml") == Path("my.yml")
    for name in ("nowhere", "../rulesets/zhongping", ""):
        with pytest.raises(BadInput, match="choose one of"):
            shipped(name)


@settings(deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode()))
def test_any_bytes_end_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "ruleset.yaml"
    path.write_bytes(content)
    with pytest.raises(JifenError) as caught:
        load_file(path)
    assert "\n" not in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=examples(60))
@given(st.data())
def test_any_value_anywhere_ends_in_findings(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A shipped ruleset with one value replaced by whatever YAML can say."""
    document = read_yaml(RULESETS_DIR / data.draw(st.sampled_from(ruleset_ids())) / "ruleset.yaml")
    place: Any = document
    key: Any = data.draw(st.sampled_from(sorted(document)))
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
    place[key] = data.draw(VALUES)
    path = tmp_path_factory.mktemp("any") / "ruleset.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    try:
        found = check(load_file(path), str(path))
    except JifenError as error:
        found = [str(error)]
    assert all("\n" not in finding for finding in found)
