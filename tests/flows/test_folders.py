"""A rehearsal's folder: what is wrong with it is said in one line, before anything is done."""

from datetime import date
from pathlib import Path

import pytest

from domain.kernel.errors import BadInput
from domain.kernel.period import Period
from flows.rehearsal.folder import read_folder
from tests.languages import foreign

TOML = """\
code = "ma"
name = "马鞍社区"
town = "马鞍街道"
ruleset = "fuling-maan-2022"
year = 2026
reviewers = [ { code = "r1", name = "张", household = "H1" } ]
kin = [ ["H1", "H2"] ]
"""
CLAIMS = "编号,户号,项目,发生日期,地点,事由,方式\nC1,H1,7,2026-03-05,村东,刷墙,self\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that can be rehearsed."""
    (tmp_path / "community.toml").write_text(TOML, "utf-8")
    (tmp_path / "households.csv").write_text("户号,户主\nH1,王\nH2,李\n", "utf-8")
    (tmp_path / "claims.csv").write_text(CLAIMS, "utf-8")
    return tmp_path


def test_as_windows_leaves_it(folder: Path) -> None:
    """Notepad marks its UTF-8; some programs write the ending in capitals."""
    (folder / "community.toml").write_text(TOML.replace("\n", "\r\n"), "utf-8-sig")
    (folder / "claims.csv").rename(folder / "claims.CSV")
    (folder / "inspection-2026-q1.csv").write_text("户号,x\nH1,5\n", "utf-8")
    (folder / "~$claims.xlsx").write_bytes(b"open in Excel")
    found = read_folder(folder)
    assert sorted(found.tables) == ["claims", "households"]
    assert list(found.inspections) == [Period.parse("2026-Q1")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("year = 2026", 'year = "x"', "community.toml: year must be a valid integer"),
        ("year = 2026", "year = 1999", "community.toml: year must be greater than or equal to"),
        ("year = 2026", "", "community.toml: year is missing"),
        ("year = 2026", "year = 2021", "takes effect on 2022-06-30"),
        ("year = 2026", "year = 2026\nyear = 2026", "cannot be read: Cannot overwrite a value"),
        ('town = "马鞍街道"', "town = 5", "community.toml: town must be a valid string"),
        ("year", "colour = 1\nyear", "community.toml: colour is unknown"),
        ('[ ["H1", "H2"] ]', '[ ["H1"] ]', "community.toml: kin no. 1 no. 2 is missing"),
        ('[ ["H1", "H2"] ]', "5", "community.toml: kin must be a valid"),
        ('name = "张", ', "", "community.toml: reviewers no. 1 name is missing"),
        ('name = "张"', 'name = "张", stages = ["县"]', "“县” is not a stage of fuling-maan-2022"),
        ("fuling-maan-2022", "nope", "no ruleset “nope”"),
        ("fuling-maan-2022", "own.yaml", "own.yaml cannot be read"),
        ("year", "[", "cannot be read"),
    ],
)
def test_what_is_wrong_with_its_community(folder: Path, old: str, new: str, said: str) -> None:
    (folder / "community.toml").write_text(TOML.replace(old, new), "utf-8")
    refused(folder, said)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("community.toml", None, "has no community.toml"),
        ("community.toml", b"\xff\xfe\0", "community.toml cannot be read"),
        ("households.csv", None, "has no households.csv or households.xlsx"),
        ("claims.csv", None, "has no claims.csv or claims.xlsx"),
        ("decision.csv", b"x", "call it decisions.csv, or take it out"),
        ("claims.xlsx", b"x", "has both claims.csv and claims.xlsx"),
        ("claims.csv", b"\x00\xff", "claims.csv：这不是表格"),
        ("decisions.csv", b"", "decisions.csv 是空的"),
        ("inspection-2026-13.csv", b"x", "inspection-2026-13.csv: “2026-13” is not a period"),
        ("inspection-March.csv", b"x", "call it inspection-2026-03.csv"),
    ],
)
def test_what_is_wrong_with_its_files(
    folder: Path, file: str, content: bytes | None, said: str
) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    refused(folder, said)


def test_sheets_that_nothing_reads(folder: Path) -> None:
    (folder / "会议记录.xlsx").write_bytes(b"notes")
    assert read_folder(folder).unused == ["会议记录.xlsx"]


def test_what_is_no_folder(folder: Path) -> None:
    refused(folder / "nowhere", "is not a folder")
    refused(folder / "claims.csv", "is not a folder")


def refused(folder: Path, said: str) -> None:
    with pytest.raises(BadInput) as error:
        read_folder(folder)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not foreign(error.value.text("zh_CN"))


def test_rounds_of_redemption_have_their_days(folder: Path) -> None:
    days = 'rounds = [{ period = "2026-H1", from = 2026-06-10, to = "2026-06-20" }]\n'
    (folder / "community.toml").write_text(TOML + days, "utf-8")
    (found,) = read_folder(folder).community.rounds
    assert (found.period, found.first, found.last) == (
        "2026-H1",
        date(2026, 6, 10),
        date(2026, 6, 20),
    )
    (folder / "community.toml").write_text(TOML + days.replace("to =", "until ="), "utf-8")
    with pytest.raises(BadInput, match=r"rounds no\. 1 to is missing"):
        read_folder(folder)
