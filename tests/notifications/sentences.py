"""The catalogue of the templates' sentences: taken out of the templates, and compiled.

    .venv/bin/python -m tests.notifications.sentences    (`make texts`)

New sentences come into each language's `templates.po` without a translation, those that are no
longer there go, and `templates.mo` is written from it. Translate in the file, and run it again.
"""

from io import BytesIO
from operator import itemgetter
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from domain.kernel.sentences import SOURCE
from notifications.texts.catalogue import LOCALES
from notifications.texts.shelf import TEMPLATES
from notifications.texts.wording import DOMAIN, LOCALE_DIR
from tests.catalogue import compiled, forms, ids, messages

LANGUAGES = tuple(each for each in LOCALES if each != SOURCE)
_READ_AS = "jinja2"
_METHODS = [(f"**.{ending}", _READ_AS) for ending in ("html", "txt", "xml")]
_OPTIONS = {"trim_blocks": "true", "newstyle_gettext": "true", "silent": "false"}


def po(language: str) -> Path:
    """The file that is translated."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def said() -> Catalog:
    """Every sentence of the templates, with the templates that it stands in."""
    catalogue = Catalog(domain=DOMAIN)
    options = {pattern: _OPTIONS for pattern, _method in _METHODS}
    found = extract_from_dir(TEMPLATES, method_map=_METHODS, options_map=options)
    for file, _line, message, _comments, context in sorted(found, key=itemgetter(0)):
        catalogue.add(message, locations=[(Path(file).as_posix(), 0)], context=context)
    return catalogue


def kept(language: str) -> Catalog:
    """What a language's file holds; nothing of a language that is begun."""
    if not po(language).exists():
        return Catalog(
            language, DOMAIN, "# The sentences of the templates.", DOMAIN, "0", fuzzy=False
        )
    with po(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def updated(language: str) -> Catalog:
    """A language's sentences as they should be, with its translations."""
    catalogue = kept(language)
    catalogue.update(said(), no_fuzzy_matching=True, update_creation_date=False)
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The bytes of `templates.po`, template by template."""
    file = BytesIO()
    write_po(
        file, catalogue, width=99, include_lineno=False, sort_by_file=True, ignore_obsolete=True
    )
    return file.getvalue()


def main() -> None:
    """Bring every language up to date, compile it, and say what is not translated."""
    for language in LANGUAGES:
        catalogue = updated(language)
        po(language).parent.mkdir(parents=True, exist_ok=True)
        po(language).write_bytes(written(catalogue))
        po(language).with_suffix(".mo").write_bytes(compiled(catalogue))
        for each in messages(catalogue):
            if not forms(each) or not all(forms(each)):
                print(f"{language}: not translated: {ids(each)[0]}")


if __name__ == "__main__":
    main()
