"""A ruleset's keys and values as people read them: in Chinese in words, in English as written."""

from collections.abc import Iterable, Iterator
from typing import Any

from console.wording import _, listed, word
from domain.rules.schema import Ruleset

_SECTIONS = (
    "participants",
    "review",
    "audit",
    "publicity",
    "objections",
    "redemption",
    "value",
    "standing",
    "closing",
    "changes",
)
# Keys whose values are names that the ruleset itself gives.
_NAMING = ("id", "series", "second_level")


def process(ruleset: Ruleset) -> Iterator[tuple[str, str, str | None]]:
    """Each section in a line of `key value`s, with where it comes from."""
    document = ruleset.model_dump(mode="json", exclude_none=True)
    for name in _SECTIONS:
        section = document.get(name)
        if section is not None:
            source = section.get("source") or section.get("reason")
            yield word("ruleset", name), _in_words(section), source
    channels = " · ".join(word("channels", channel) for channel in ruleset.channels)
    yield word("ruleset", "channels"), channels, None
    for report in ruleset.reports:
        what = _("{name}, due {day}").format(name=report.name, day=report.due)
        yield word("ruleset", "report"), what, report.source


def executors(names: Iterable[str]) -> str:
    """What executes a clause: `item:7 publicity`, in Chinese 项目7 季度公示."""
    return " ".join(map(_part, names))


def _part(name: str) -> str:
    kind, colon, id_ = name.partition(":")
    if not colon:
        return word("features", name)
    said = word("parts", kind)
    if said == kind:
        return name
    return f"{said}{word('channels', id_) if kind == 'channel' else id_}"


def _in_words(value: Any) -> str:
    """A section's values without where they come from."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key not in ("source", "reason")}
        named = kept.pop("name", None)
        words = [str(named)] if named else []
        return listed([*words, *(_pair(key, each) for key, each in kept.items() if each != [])])
    if isinstance(value, list):
        return _("; ").join(map(_in_words, value))
    return word("ruleset", ("yes" if value else "no") if isinstance(value, bool) else value)


def _pair(key: str, value: Any) -> str:
    return f"{word('ruleset', key)} {value if key in _NAMING else _in_words(value)}"
