"""Files: whole or not at all, under names that every system can keep."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import BadInput
from notifications.files import file_names, make_folder, write_bytes, write_text

CODES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64), unique=True
)


@given(CODES)
def test_every_code_has_a_name_of_its_own_that_windows_keeps(codes: list[str]) -> None:
    names = file_names(codes)
    assert set(names) == set(codes)
    assert len({name.casefold() for name in names.values()}) == len(codes)
    for name in names.values():
        assert re.fullmatch(r"[\w.-]+", name)
        assert not name.endswith((".", " "))
        assert name.split(".")[0].casefold() not in {"con", "nul", "aux", "prn", "com1", "lpt9"}
        assert len(name.encode()) <= 250


@given(CODES)
def test_a_name_does_not_hang_on_the_order(codes: list[str]) -> None:
    assert file_names(codes) == file_names(sorted(codes))


def test_plain_codes_are_their_own_names() -> None:
    assert file_names(["H001", "一组-12", "h002"]) == {
        "H001": "H001",
        "一组-12": "一组-12",
        "h002": "h002",
    }


def test_codes_that_differ_in_case_only_are_told_apart() -> None:
    names = file_names(["H1", "h1", "a/b", "a:b", "CON", "../../etc/passwd"])
    assert len({name.casefold() for name in names.values()}) == 6
    assert all("/" not in name and ":" not in name for name in names.values())


def test_a_file_is_replaced_whole_and_left_alone_when_nothing_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "一")
    before = path.stat().st_mtime_ns
    write_text(path, "一")
    assert path.stat().st_mtime_ns == before
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        write_text(tmp_path / "none" / "a.txt", "")
    with pytest.raises(BadInput, match="cannot be made"):
        make_folder(tmp_path / "file" / "folder")


def test_public_files_are_for_a_web_server_and_others_for_their_owner(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        make_folder(tmp_path / "public" / "ma", public=True)
        write_text(tmp_path / "public" / "ma" / "index.html", "公示", public=True)
        make_folder(tmp_path / "out")
        write_text(tmp_path / "out" / "cards.html", "积分卡")
    finally:
        os.umask(before)
    modes = {
        path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777
        for path in tmp_path.rglob("*")
    }
    assert modes == {
        "public": 0o700,
        "public/ma": 0o755,
        "public/ma/index.html": 0o644,
        "out": 0o700,
        "out/cards.html": 0o600,
    }
