"""The folder that `--out` receives: exactly this run's files, and whatever a user put there."""

import hashlib
import shutil
from pathlib import Path

import pytest

from domain.cards.summary import summary
from notifications.files import MANIFEST, Manifest
from notifications.handouts.folder import SUMMARY, write_out
from tests.notifications.lived_year import YEAR, LivedYear


def hand_out(village: LivedYear, folder: Path, locale: str = "zh_CN") -> set[str]:
    figures = summary(village.session, village.community, YEAR)
    write_out(village.session, village.community, YEAR, folder, figures, locale)
    return names_in(folder)


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_files_of_an_earlier_run_go_and_a_users_own_stay(
    worst: LivedYear, maan: LivedYear, tmp_path: Path
) -> None:
    many = hand_out(worst, tmp_path / "out")
    (tmp_path / "out" / "notices" / "批注.docx").write_text("mine")
    (tmp_path / "out" / "cards" / "H300.html.bak").write_text("mine")
    few = hand_out(maan, tmp_path / "out")
    only = hand_out(maan, tmp_path / "fresh")
    assert many - few, "the larger village left files that the smaller one has not"
    assert few == only | {"notices/批注.docx", "cards/H300.html.bak"}


def test_a_file_that_a_user_changed_is_theirs(
    worst: LivedYear, maan: LivedYear, tmp_path: Path
) -> None:
    hand_out(worst, tmp_path)
    (tmp_path / "cards" / "H300.html").write_text("with remarks of mine")
    assert "cards/H300.html" in hand_out(maan, tmp_path)


def test_folders_that_are_left_empty_go_too(maan: LivedYear, tmp_path: Path) -> None:
    manifest = Manifest.of(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.txt").write_text("a")
    manifest.replace([tmp_path / "old" / "a.txt"])
    hand_out(maan, tmp_path)
    assert not (tmp_path / "old").exists()


@pytest.mark.parametrize("name", ["../precious.txt", "link/precious.txt", "/etc/hostname", "."])
def test_a_forged_list_deletes_nothing_outside(maan: LivedYear, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    precious = tmp_path / "precious.txt"
    precious.write_text("p")
    (out / "link").symlink_to(tmp_path)
    digest = hashlib.sha256(b"p").hexdigest()
    (out / MANIFEST).write_text(f"{digest}  {name}\nnot a line\n\0\n", "utf-8")
    hand_out(maan, out)
    assert precious.read_text() == "p"


def test_the_list_can_be_checked_with_sha256sum(maan: LivedYear, tmp_path: Path) -> None:
    written = hand_out(maan, tmp_path)
    listed = {}
    for line in (tmp_path / MANIFEST).read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    assert set(listed) == written - {MANIFEST}
    assert SUMMARY in listed
    for name, digest in listed.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest


def test_a_folder_with_no_list_loses_nothing(maan: LivedYear, tmp_path: Path) -> None:
    hand_out(maan, tmp_path)
    (tmp_path / MANIFEST).unlink()
    shutil.copy(tmp_path / SUMMARY, tmp_path / "notices" / "2020-year.html")
    assert "notices/2020-year.html" in hand_out(maan, tmp_path)
