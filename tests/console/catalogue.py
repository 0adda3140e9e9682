"""The catalogue of what the command line says: taken out of the code, and compiled.

    .venv/bin/python -m tests.console.catalogue    (`make texts`)

New sentences come into `jifen.po` without a translation, those that are no longer said go, and
`jifen.mo` is written from it. Translate in the file, and run it again.
"""

import ast
from collections.abc import Iterator
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from console import help as usage
from console.main import application
from console.wording import DOMAIN, LOCALE_DIR, speak

CONSOLE = LOCALE_DIR.parent
PO = LOCALE_DIR / "zh_CN" / "LC_MESSAGES" / f"{DOMAIN}.po"
MO = PO.with_suffix(".mo")


def said() -> Catalog:
    """Every sentence that the code says."""
    catalogue = Catalog(domain=DOMAIN)
    for _file, _line, message, *_ in extract_from_dir(CONSOLE):
        catalogue.add(message)
    for path in sorted(CONSOLE.rglob("*.py")):
        for message in _heads(ast.parse(path.read_text("utf-8"))):
            catalogue.add(message)
    for message in (*usage.HEADINGS, *usage.USAGE_FORMS, *usage.PLACES, *_help()):
        catalogue.add(message)
    return catalogue


def _heads(module: ast.Module) -> Iterator[str]:
    """The words in calls of `heads`."""
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "heads":
            yield from (str(each.value) for each in call.args if isinstance(each, ast.Constant))


def _help() -> Iterator[str]:
    """The help of every command and of its options, a paragraph each."""
    speak("en")
    for command in usage.commands_of(usage.built(application(""))):
        texts = [command.help, *(getattr(each, "help", None) for each in command.params)]
        for text in filter(None, texts):
            yield from (each for each in usage.paragraphs(text) if not usage.is_example(each))


def kept() -> Catalog:
    """What `jifen.po` holds."""
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN", domain=DOMAIN)


def sentences(catalogue: Catalog) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each sentence in its forms (one, many), and how each is translated."""
    for message in catalogue:
        if message.id:
            ids, strings = message.id, message.string
            yield (
                (ids,) if isinstance(ids, str) else tuple(ids),
                (strings,) if isinstance(strings, str) else tuple(map(str, strings or ())),
            )


def compiled(catalogue: Catalog) -> bytes:
    """The bytes of `jifen.mo`."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def written(catalogue: Catalog) -> bytes:
    """The bytes of `jifen.po`: in order of the sentences, without where and when."""
    file = BytesIO()
    write_po(
        file,
        catalogue,
        width=99,
        no_location=True,
        sort_output=True,
        omit_header=False,
        ignore_obsolete=True,
    )
    return file.getvalue()


def main() -> None:
    """Bring `jifen.po` up to date, compile it, and say what is not translated."""
    catalogue = kept()
    catalogue.update(said(), no_fuzzy_matching=True, update_creation_date=False)
    PO.write_bytes(written(catalogue))
    MO.write_bytes(compiled(catalogue))
    for ids, strings in sentences(catalogue):
        if not all(strings):
            print(f"not translated: {ids}")


if __name__ == "__main__":
    main()
