"""The samples that ship: what the generator writes, readable, large enough, and nobody's data."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from domain.rules.load import shipped
from domain.sheets.reading import Table
from flows.rehearsal.folder import Folder, read_folder
from tests.samples.generate import RULESETS, SAMPLES, generate
from tests.samples.people import NEVER

PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
# Households, and rows of claims or of the largest inspection sheet, at least.
SIZES = {
    "fuling-maan-2022": (120, 1500),
    "baoshan-2023": (120, 1500),
    "wulong-changba-2023": (30, 300),
    "zhongping": (20, 20),
    "banan-fengsheng": (20, 100),
    "longyuzhuang": (30, 100),
    "ninghe": (20, 200),
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All samples, written anew."""
    into = tmp_path_factory.mktemp("samples")
    generate(into)
    return into


@pytest.fixture(params=sorted(SAMPLES))
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(scheme: str) -> Folder:
    return read_folder(RULESETS / scheme / "sample")


def parts(data: bytes) -> dict[str, bytes]:
    """A workbook's parts: how tightly they are packed depends on the machine's zlib."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def tables(folder: Folder) -> list[Table]:
    return [*folder.tables.values(), *folder.inspections.values()]


def cells(folder: Folder) -> list[str]:
    return [str(cell) for table in tables(folder) for _, row in table.rows for cell in row]


def test_what_ships_is_what_the_generator_writes(scheme: str, fresh: Path) -> None:
    kept, written = RULESETS / scheme / "sample", fresh / scheme
    names = sorted(path.name for path in written.iterdir())
    assert sorted(path.name for path in kept.iterdir()) == names
    for name in names:
        ours, theirs = (kept / name).read_bytes(), (written / name).read_bytes()
        if name.endswith(".xlsx"):
            assert parts(ours) == parts(theirs), name
        else:
            assert ours == theirs, name


def test_the_same_machine_writes_the_same_bytes(fresh: Path, tmp_path: Path) -> None:
    for path in generate(tmp_path):
        for file in path.iterdir():
            assert file.read_bytes() == (fresh / path.name / file.name).read_bytes(), file.name


def test_every_scheme_has_a_sample() -> None:
    schemes = {path.parent.name for path in RULESETS.glob("*/ruleset.yaml")}
    assert {name for name in schemes if shipped(name).extends is None} == set(SAMPLES)


def test_it_is_large_enough(scheme: str, folder: Folder) -> None:
    households, rows = SIZES[scheme]
    assert len(folder.tables["households"].rows) >= households
    assert len(folder.tables["claims"].rows) >= rows
    if scheme in ("zhongping", "banan-fengsheng"):
        assert len(folder.inspections) == 12
    assert folder.community.year == 2026


def test_a_scheme_runs_itself_or_its_example(scheme: str, folder: Folder) -> None:
    assert scheme in (folder.ruleset.id, folder.ruleset.extends)
    assert any(item.points for item in folder.ruleset.items)


def test_every_item_occurs(folder: Folder) -> None:
    told = set(cells(folder))
    if folder.inspections:
        told |= {head for table in folder.inspections.values() for head in table.header}
    missing = [
        item.code
        for item in folder.ruleset.items
        if item.kind != "base" and not {item.code, f"{item.code}.0", item.name} & told
    ]
    assert not missing


def test_every_channel_of_the_scheme_occurs(scheme: str, folder: Folder) -> None:
    words = {
        "self": "居民自荐",
        "inspection": "小组现场看",
        "vote": "居民一起评",
        "recommendation": "组织推荐",
        "record": "文件记录",
    }
    told = set(cells(folder))
    assert all(words[channel] in told for channel in folder.ruleset.channels)


def test_nobody_real_is_in_it(scheme: str, folder: Folder) -> None:
    told = "\n".join(cells(folder))
    assert all(phone.startswith("1380000") for phone in PHONE.findall(told))
    assert not IDENTITY.search(told)
    toml = (folder.path / "community.toml").read_text("utf-8")
    assert not any(name in told + toml for name in NEVER)
    comments = [line for line in toml.splitlines() if line.startswith("#")]
    assert any("虚构" in line for line in comments)
    assert any("invented" in line for line in comments)


def test_files_come_in_the_encodings_of_offices() -> None:
    kept = RULESETS / "fuling-maan-2022" / "sample" / "households.csv"
    with pytest.raises(UnicodeDecodeError):
        kept.read_bytes().decode("utf-8")
    assert kept.read_bytes().decode("gb18030").startswith("户号,户主")
    signed = (RULESETS / "fuling-maan-2022" / "sample" / "redemptions.csv").read_bytes()
    assert signed.startswith(b"\xef\xbb\xbf")
