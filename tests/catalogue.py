"""The catalogue of sentences, kept up to date with the code and compiled.

    make texts              every language
    make texts NEW=fr       and begin another one

A sentence with a code is written in `locale/en` first; a code that the code says and that is not
there yet is put at its end. Every other language gets what is new without a translation, and what
is no longer said goes. Where the English of a code has changed, its translation is marked `fuzzy`:
look at it, and take the mark away. Translate in the files, and run it again.
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from console import help as usage
from console.main import application
from console.wording import speak
from domain.kernel.sentences import DOMAIN, LANGUAGES, LOCALE_DIR, SOURCE

ROOT = Path(__file__).parents[1]
CONSOLE = ROOT / "console"
SOURCES = sorted(
    path
    for package in ("config", "console", "domain", "flows", "notifications")
    for path in (ROOT / package).rglob("*.py")
)
CODED = "reason"


def po(language: str) -> Path:
    """The file that is translated."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def kept(language: str) -> Catalog:
    """What a language's file holds; nothing of a language that is begun."""
    if not po(language).exists():
        head = f"# What people see, in {language}."
        return Catalog(language, DOMAIN, head, DOMAIN, "0", fuzzy=False)
    with po(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def messages(catalogue: Catalog) -> Iterator[Message]:
    """The entries of a catalogue, without its head."""
    return (message for message in catalogue if message.id)


def forms(message: Message) -> tuple[str, ...]:
    """How an entry is worded: one form, or one for each kind of number."""
    wording = message.string
    return (wording,) if isinstance(wording, str) else tuple(map(str, wording or ()))


def ids(message: Message) -> tuple[str, ...]:
    """The keys of an entry: one, and another for many where it counts."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def coded(language: str) -> dict[str, tuple[str, ...]]:
    """The sentences with a code: by it, the forms."""
    return {ids(each)[0]: forms(each) for each in messages(kept(language)) if each.context == CODED}


def findings() -> set[tuple[str, str]]:
    """What a finding can be and of what, as the catalogue words them; the probes' are others."""
    parts = (code.split("_", 2) for code in coded(SOURCE) if code.startswith("cause_"))
    return {(what, subject) for _cause, what, subject in parts}


def calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    """The calls of functions and classes of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                yield node


def codes_said() -> set[str]:
    """The codes that the code says as they are; others it puts together."""
    found = (
        call.args[0].value
        for path in SOURCES
        for call in calls(ast.parse(path.read_text("utf-8")), {"reason", "worded"})
        if call.args and isinstance(call.args[0], ast.Constant)
    )
    return {code for code in found if isinstance(code, str)}


def said() -> list[str | tuple[str, ...]]:
    """Every sentence that the command line says by its English, in order."""
    found: set[str | tuple[str, ...]] = set()
    found.update(message for _file, _line, message, *_ in extract_from_dir(CONSOLE))
    for path in sorted(CONSOLE.rglob("*.py")):
        for call in calls(ast.parse(path.read_text("utf-8")), {"heads"}):
            found.update(str(each.value) for each in call.args if isinstance(each, ast.Constant))
    found.update((*usage.HEADINGS, *usage.USAGE_FORMS, *usage.PLACES, *_help()))
    return sorted(found, key=lambda each: (each,) if isinstance(each, str) else each)


def _help() -> Iterator[str]:
    """The help of every command and of its options, a paragraph each."""
    speak(SOURCE)
    for command in usage.commands_of(usage.built(application(""))):
        texts = [command.help, *(getattr(each, "help", None) for each in command.params)]
        for text in filter(None, texts):
            yield from (each for each in usage.paragraphs(text) if not usage.is_example(each))


def source() -> Catalog:
    """The English of all codes, those at the end that have none yet."""
    catalogue = kept(SOURCE)
    for code in sorted(codes_said() - {ids(each)[0] for each in messages(catalogue)}):
        catalogue.add(code, context=CODED)
    return catalogue


def template() -> Catalog:
    """What every other language translates: the codes with their English, and what is said."""
    catalogue = Catalog(domain=DOMAIN)
    for each in messages(source()):
        english = forms(each)[-1:]
        catalogue.add(each.id, context=CODED, auto_comments=[text for text in english if text])
    for message in said():
        catalogue.add(message)
    return catalogue


def updated(language: str) -> Catalog:
    """A language's entries as they should be, with its translations."""
    if language == SOURCE:
        return source()
    catalogue = kept(language)
    english = {(ids(each)[0], each.context): _remark(each) for each in messages(catalogue)}
    catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    for each in messages(catalogue):
        before = english.get((ids(each)[0], each.context))
        if before is not None and before != _remark(each):
            each.flags.add("fuzzy")
    return catalogue


def _remark(message: Message) -> str:
    """The English that stands over a translation."""
    return " ".join(" ".join(message.auto_comments).split())


def compiled(catalogue: Catalog) -> bytes:
    """The bytes of `jifen.mo`, without what is not translated in all its forms."""
    for each in messages(catalogue):
        if not all(forms(each)):
            each.string = ""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def written(catalogue: Catalog) -> bytes:
    """The bytes of `jifen.po`, without places in the code."""
    file = BytesIO()
    write_po(file, catalogue, width=99, no_location=True, ignore_obsolete=True)
    return file.getvalue()


def main(begun: list[str]) -> None:
    """Bring every language up to date, compile it, and say what is not translated."""
    for language in (SOURCE, *sorted({*LANGUAGES, *begun} - {SOURCE})):
        catalogue = updated(language)
        po(language).parent.mkdir(parents=True, exist_ok=True)
        po(language).write_bytes(written(catalogue))
        po(language).with_suffix(".mo").write_bytes(compiled(catalogue))
        for each in messages(catalogue):
            if each.fuzzy:
                print(f"{language}: the English has changed: {ids(each)[0]}")
            elif not forms(each) or not all(forms(each)):
                print(f"{language}: not translated: {ids(each)[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
