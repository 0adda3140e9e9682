"""Files for people (文件): whole or not at all, and under names that every system can keep."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from domain.kernel.errors import BadInput, machine_fault
from domain.kernel.reasons import reason
from domain.kernel.whole_files import replacing

NAME_MAX = 60
# What anybody may read; all other files are their owner's alone, by the umask of the process.
_PUBLIC_FILE, _PUBLIC_FOLDER = 0o644, 0o755
# The list of what we wrote in a folder, as `sha256sum -c` reads it.
MANIFEST = "files.sha256"
_LISTED = re.compile(r"([0-9a-f]{64})  (.+)")
# Letters and digits of any script, and what never means anything to a shell or a file system.
_UNSAFE = re.compile(r"[^\w.-]+")
# Without capitals no other name is mistaken for it, and without dots for one of our own files.
_STEADY = re.compile(r"[a-z0-9_-]{1,60}")
# Names that Windows keeps for devices, whatever follows the first dot.
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}


def write_text(path: str | os.PathLike[str], text: str, *, public: bool = False) -> None:
    """Write UTF-8 text, all of it or nothing; a file with the same content stays as it is."""
    write_bytes(path, text.encode(), public=public)


def write_bytes(path: str | os.PathLike[str], content: bytes, *, public: bool = False) -> None:
    """Write a file, all of it or nothing; a file with the same content stays as it is.

    A `public` one can be read by a web server that runs as another user.
    """
    target = Path(path)
    try:
        if target.is_file() and target.read_bytes() == content:
            return
        with replacing(target) as part:
            part.write_bytes(content)
            if public:
                part.chmod(_PUBLIC_FILE)
    except (OSError, ValueError) as error:
        why = machine_fault(error)
        raise BadInput(reason("file_unwritable", file=target, why=why)) from error


def remove(path: Path) -> None:
    """Take a file away, unless it is gone already."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        why = machine_fault(error)
        raise BadInput(reason("file_unremovable", file=path, why=why)) from error


def digest_of(content: bytes) -> str:
    """The sha256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def digest_at(path: Path) -> str | None:
    """The sha256 of what stands at a path; None where nothing can be read there."""
    try:
        return digest_of(path.read_bytes())
    except OSError:
        return None


@dataclass(frozen=True)
class Manifest:
    """What an earlier run wrote in a folder (文件清单): digests by address within it."""

    folder: Path
    digests: dict[str, str]

    @classmethod
    def of(cls, folder: Path) -> "Manifest":
        """The folder's list; empty where there is none that can be read."""
        try:
            text = (folder / MANIFEST).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        found = map(_LISTED.fullmatch, text.splitlines())
        return cls(folder, {match[2]: match[1] for match in found if match})

    def replace(self, written: Iterable[Path]) -> Path:
        """List what is written now, and delete what the list had besides; the list's path.

        Only a file that is still as we wrote it goes: any other has become somebody's own.
        """
        names = {path.relative_to(self.folder).as_posix(): path for path in written}
        for name, digest in self.digests.items():
            if name not in names:
                self._delete(name, digest)
        lines = [f"{digest_of(path.read_bytes())}  {name}" for name, path in sorted(names.items())]
        write_text(self.folder / MANIFEST, "\n".join([*lines, ""]))
        return self.folder / MANIFEST

    def _delete(self, name: str, digest: str) -> None:
        """A file that somebody holds open, or that is elsewhere, stays where it is."""
        path = self.folder / PurePosixPath(name)
        root = self.folder.resolve()
        with suppress(OSError, ValueError):
            inside = path.parent.resolve().is_relative_to(root) and not path.is_symlink()
            if inside and path.is_file() and digest_of(path.read_bytes()) == digest:
                path.unlink()
                if path.parent.resolve() != root:
                    path.parent.rmdir()  # only an empty one goes


def make_folder(path: Path, *, public: bool = False) -> None:
    """The folder, with those above it, unless it is there.

    A `public` one can be entered by a web server that runs as another user; those above it keep
    the modes that they have.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if public and path.stat().st_mode & _PUBLIC_FOLDER != _PUBLIC_FOLDER:
            path.chmod(_PUBLIC_FOLDER)
    except (OSError, ValueError) as error:
        why = machine_fault(error)
        raise BadInput(reason("folder_unmade", folder=path, why=why)) from error


def file_names(codes: Iterable[str]) -> dict[str, str]:
    """A file name (without ending) for each code, unlike all others on every file system.

    A plain code is its own name; one that had to be changed, or that another is mistaken for
    where case does not count, carries a piece of its hash.
    """
    plain = {code: _slug(code) for code in codes}
    taken = Counter(name.casefold() for name in plain.values())
    return {
        code: name if name == code and taken[name.casefold()] == 1 else f"{name}-{_mark(code)}"
        for code, name in plain.items()
    }


def steady_name(code: str) -> str:
    """A file name that stays the same whatever other codes there come to be, on every system."""
    return (
        code if _STEADY.fullmatch(code) and code not in _DEVICES else f"{_slug(code)}-{_mark(code)}"
    )


def _slug(code: str) -> str:
    name = _UNSAFE.sub("_", code)[:NAME_MAX].strip("._ ") or "_"
    return f"_{name}" if name.split(".")[0].casefold() in _DEVICES else name


def _mark(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()[:8]
