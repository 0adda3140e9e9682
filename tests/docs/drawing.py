"""The map of the house: pictures of the packages and their pages, made from the code.

    .venv/bin/python -m tests.docs.drawing    (`make map`)

Writes the marked parts of docs/architecture.md and docs/glossary.md, and docs/packages/.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.docs.house import (
    ROOT,
    TOPS,
    Room,
    Vocabulary,
    room,
    rooms_in,
    uses_among,
    vocabularies,
    without_detours,
)

DOCS = ROOT / "docs"
ARCHITECTURE, GLOSSARY = DOCS / "architecture.md", DOCS / "glossary.md"
PACKAGES = DOCS / "packages"
# Pictures by the mark that they stand in: all folders, then the rooms of one.
PICTURES = ("house", "domain", "notifications", "flows")
_MARKED = re.compile(r"(<!-- map: (\w+) -->\n).*?(<!-- /map -->)", re.DOTALL)


def picture(name: str) -> str:
    """A Mermaid picture: an arrow says “uses”, and whatever lies below may be used as well."""
    rooms = [room(each) for each in TOPS] if name == "house" else list(rooms_in(name))
    arrows = without_detours(uses_among([each.name for each in rooms]))
    lines = ["```mermaid", "flowchart TD"]
    lines += [f'    {_key(each.name)}["{_label(each)}"]' for each in rooms]
    lines += [
        f"    {_key(each.name)} --> {_key(used)}"
        for each in rooms
        for used in sorted(arrows[each.name])
    ]
    return "\n".join([*lines, "```", ""])


def _key(name: str) -> str:
    return name.replace(".", "_")


def _label(each: Room) -> str:
    return f"{each.word}<br>{each.chinese}" if each.chinese else each.word


def marked(page: Path) -> str:
    """A page with its marked parts made anew."""
    return _MARKED.sub(
        lambda found: (
            f"{found[1]}{words() if found[2] == 'words' else picture(found[2])}{found[3]}"
        ),
        page.read_text("utf-8"),
    )


def words() -> str:
    """The glossary's table of the words that the database keeps."""
    return "| term | 中文 | words | where |\n|---|---|---|---|\n" + "".join(
        f"| {_spaced(each.name)} | {each.chinese} | {_values(each)} | `{each.where}` |\n"
        for module in rooms_in("domain.store.tables")
        for each in vocabularies(module)
    )


def _spaced(name: str) -> str:
    """`StepState` as two words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _values(each: Vocabulary) -> str:
    return " · ".join(f"`{word}` {chinese}".strip() for word, chinese in each.words)


def page(top: str) -> str:
    """The page of a folder: its packages one after the other, with their modules."""
    whole = room(top)
    rooms = list(rooms_in(top))
    packages = [each for each in rooms if each.is_package]
    uses = uses_among([each.name for each in packages])
    lines = [
        "<!-- Made from the code by `make map`: change the docstrings, not this page. -->",
        f"# `{top}/` ({whole.chinese})",
        "",
        whole.text,
        "",
        "All pages: "
        + ", ".join(f"[{each}]({each}.md)" for each in TOPS)
        + ". The picture: [architecture](../architecture.md).",
    ]
    for each in packages:
        lines += ["", f"## {each.word}", "", each.text, "", *_neighbours(each, uses), ""]
        lines += _table(rooms_in(each.name))
    modules = [each for each in rooms if not each.is_package]
    if modules:
        lines += ["", "## Modules that lie in no package", "", *_table(iter(modules))]
    return "\n".join(lines) + "\n"


def _neighbours(each: Room, uses: dict[str, set[str]]) -> Iterator[str]:
    """What a package uses of its folder, and what there uses it."""
    used_by = {other for other, used in uses.items() if each.name in used}
    for said, names in (("Uses", uses[each.name]), ("Used by", used_by)):
        words = sorted(name.rpartition(".")[2] for name in names)
        links = ", ".join(f"[{word}](#{word})" for word in words)
        yield f"- {said}: {links or 'nothing here'}"


def _table(rooms: Iterator[Room]) -> list[str]:
    """The rooms of a package with what each says of itself."""
    rows = [
        f"| [`{each.word}`](../../{each.path.relative_to(ROOT)}) | {_cell(each.headline)} |"
        for each in rooms
    ]
    return ["| module | what it holds |", "|---|---|", *rows] if rows else []


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("<", "&lt;")


@cache
def pages() -> dict[Path, str]:
    """All that `make map` writes, by file."""
    made = {page: marked(page) for page in (ARCHITECTURE, GLOSSARY)}
    return made | {PACKAGES / f"{top}.md": page(top) for top in TOPS}


def main() -> None:
    """Write them."""
    PACKAGES.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
