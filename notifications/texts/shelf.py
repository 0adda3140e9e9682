"""Where a language's templates are found (模板来源): an installation's own over ours."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader, TemplateNotFound

from notifications.texts.wording import sentences, worded

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
# Frames, tables and styles without words, which an installation replaces for all languages at once.
COMMON = "common/"


class Shelf(BaseLoader):
    """The templates of a language by name.

    Ours stand once for all languages, `message/reminder.txt`; an installation's own are of one
    language, `zh_CN/message/reminder.txt`. Either name leads to the one that is in force.
    """

    def __init__(self, locale: str, overrides: Path | None) -> None:
        self._prefix = f"{locale}/"
        self._translations = sentences(locale)
        self._own = FileSystemLoader([overrides] if overrides else [])
        self._ours = FileSystemLoader(TEMPLATES)

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """The template in its language, the file that it is from, whether that is unchanged."""
        name = template.removeprefix(self._prefix)
        for loader, path in ((self._own, self._own_name(name)), (self._ours, name)):
            with suppress(TemplateNotFound):
                source, file, is_unchanged = loader.get_source(environment, path)
                return worded(source, self._translations), file, is_unchanged
        raise TemplateNotFound(template)

    def list_templates(self) -> list[str]:
        """The names of all templates, by which an installation replaces them."""
        ours = {
            self._own_name(name)
            for name in self._ours.list_templates()
            if not name.endswith(".yaml")
        }
        own = {
            name for name in self._own.list_templates() if name.startswith((self._prefix, COMMON))
        }
        return sorted(ours | own)

    def _own_name(self, name: str) -> str:
        """The name under which an installation keeps its own."""
        return name if name.startswith(COMMON) else self._prefix + name


def in_force(environment: Environment, template: str) -> tuple[str, Path]:
    """A template in its language, and the file that it is from; TemplateNotFound."""
    assert environment.loader is not None  # `load_texts` sets it
    source, file, _ = environment.loader.get_source(environment, template)
    return source, Path(str(file))


def file_of(environment: Environment, template: str) -> Path | None:
    """The file that is in force for a template; None where it cannot be read."""
    try:
        return in_force(environment, template)[1]
    except (TemplateNotFound, OSError, ValueError):
        return None
