"""Texts (文案): what goes out is written in Jinja2 templates, each once for all languages.

A sentence is always whole in one template, and translated as a whole (`wording`); a language's
`catalogue.yaml` holds only names (of entry kinds, channels, columns) and the forms of dates and
numbers. An installation may lay a folder of its own over both: a file there of the same language
and path stands in for ours. Where its own fails, people are still told: the log names the
template, and ours is used; `jifen template check` finds such a template before anybody needs it.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError, TemplateNotFound, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter
from markupsafe import Markup

from domain.kernel.errors import BadInput, machine_fault
from domain.kernel.local_time import LOCAL, parse_moment
from domain.kernel.period import Period
from domain.kernel.points import HUNDREDTHS, format_points
from domain.kernel.reasons import Reason, reason, told
from domain.kernel.sentences import DEFAULT, LANGUAGES
from domain.rules.yaml_file import yaml_fault
from notifications.texts.faults import fault
from notifications.texts.shelf import TEMPLATES, Shelf, file_of
from notifications.texts.speech import brief, count_aloud
from notifications.texts.wording import plural_form, sentences

# The languages that have names for kinds, steps and columns; the sentences follow.
LOCALES = tuple(each for each in LANGUAGES if (TEMPLATES / each / "catalogue.yaml").is_file())
DEFAULT_LOCALE = DEFAULT
# What an installation's template can make Jinja2 raise.
TEMPLATE_FAULTS = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    OSError,
)
log = logging.getLogger(__name__)
_MASKED = re.compile(r"([^\s*]*)\*\*")
# Controls, zero-width and direction marks, halves of characters: no name needs them, and with
# them a line can be made to read as something else.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]"
)

Moment = str | date | datetime


@dataclass(frozen=True)
class Texts:
    """The templates and the catalogue of one language.

    `shipped` is ours alone, which stands in where an installation's own fails; None where these
    are ours, or where every failure is to be heard of.
    """

    locale: str
    environment: ImmutableSandboxedEnvironment
    catalogue: Mapping[str, Any]
    shipped: "Texts | None" = None

    def render(self, template: str, **facts: object) -> str:
        """The text of a template of this language; BadInput where it fails, and ours as well."""
        try:
            return self._render(f"{self.locale}/{template}", facts)
        except BadInput as error:
            if self.shipped is None:
                raise
            text = self.shipped.render(template, **facts)
            log.warning("%s; the one that ships is used: `jifen template check`", error)
            return text

    def _render(self, name: str, facts: dict[str, object]) -> str:
        try:
            return self.environment.get_template(name).render(facts)
        except TemplateNotFound as error:
            raise BadInput(reason("template_missing", name=error.name)) from error
        except TEMPLATE_FAULTS as error:
            why = fault(error, file_of(self.environment, name))
            raise BadInput(reason("template_fails", name=name, why=why)) from error

    def label(self, group: str, key: str) -> str:
        """What the catalogue calls something: `label("kinds", "award")`."""
        try:
            return str(self.catalogue[group][key])
        except (LookupError, TypeError):
            why = reason("catalogue_lacks", language=self.locale, group=group, key=key)
            raise BadInput(why) from None

    def form(self, name: str, **values: object) -> str:
        """A form of the catalogue, filled in: `form("rank", rank=3)`."""
        return self.filled("forms", name, **values)

    def filled(self, group: str, key: str, **values: object) -> str:
        """A name of the catalogue with its places filled in; BadInput where they do not fit."""
        try:
            return self._filled(self.label(group, key), **values)
        except BadInput as error:
            if self.shipped is None:
                raise
            log.warning("%s; the one that ships is used: `jifen template check`", error)
            return self.shipped.filled(group, key, **values)

    def _filled(self, form: str, **values: object) -> str:
        try:
            return SandboxedFormatter(self.environment).vformat(form, (), values)
        except TEMPLATE_FAULTS:
            places = tuple(f"{{{name}}}" for name in values)
            why = reason("catalogue_places", language=self.locale, form=form, places=places)
            raise BadInput(why) from None

    def date(self, moment: Moment) -> str:
        """2026年3月5日"""
        return self._dated("date", moment)

    def moment(self, moment: Moment) -> str:
        """2026年3月5日 18:30"""
        return self._dated("moment", moment)

    def short_date(self, moment: Moment) -> str:
        """3月5日, where the year is plain"""
        return self._dated("short_date", moment)

    def next_years_date(self, moment: Moment) -> str:
        """次年1月5日, among dates of the year before"""
        return self._dated("next_years_date", moment)

    def last_day(self, moment: Moment) -> str:
        """The last day on which something is in time; a deadline may be 00:00 of the next."""
        return self.date(_local(moment) - timedelta(microseconds=1))

    def last_day_said(self, moment: Moment) -> str:
        """The same as it is said: 4月13号"""
        return self._dated("said_date", _local(moment) - timedelta(microseconds=1))

    def _dated(self, form: str, moment: Moment) -> str:
        at = _local(moment)
        name = self.catalogue["months"][at.month - 1]
        return self.form(
            form,
            year=at.year,
            month=at.month,
            day=at.day,
            hour=at.hour,
            minute=at.minute,
            month_name=name,
        )

    def period(self, text: str) -> str:
        """2026年第一季度"""
        period = Period.parse(text)
        forms = self.catalogue["periods"][period.kind]
        form = forms if isinstance(forms, str) else forms[period.index - 1]
        return self._filled(str(form), year=period.year, index=period.index)

    def aloud(self, head: str) -> str:
        """A masked name as it is read out: 王某某."""
        match = _MASKED.fullmatch(head)
        return self.form("masked_aloud", first=match[1]) if match else head

    def spoken(self, number: float | Decimal) -> str:
        """A number before what it counts, as it is said: 两, 四百零七."""
        return count_aloud(number) if self.locale == "zh_CN" else points_text(number)


def texts_in(language: Texts | str) -> Texts:
    """The texts themselves, or those of a language that is only named."""
    return language if isinstance(language, Texts) else load_texts(language)


@lru_cache(maxsize=8)
def load_texts(
    locale: str = DEFAULT_LOCALE, overrides: Path | None = None, *, strict: bool = False
) -> Texts:
    """The texts of a language, with an installation's own laid over them.

    `strict`: what fails in the installation's own is an error, rather than replaced by ours.
    """
    if locale not in LOCALES:
        raise BadInput(reason("language_unknown", value=locale, choices=tuple(LOCALES)))
    folders = [overrides, TEMPLATES] if overrides else [TEMPLATES]
    shipped = load_texts(locale) if overrides and not strict else None
    environment = ImmutableSandboxedEnvironment(
        loader=Shelf(locale, overrides),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html", "xml")),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    try:
        catalogue = _catalogue(locale, folders)
    except BadInput as error:
        if shipped is None:
            raise
        log.warning("%s; the one that ships is used: `jifen template check`", error)
        catalogue = dict(shipped.catalogue)
    texts = Texts(locale, environment, catalogue, shipped)
    environment.filters |= {
        "aloud": texts.aloud,
        "brief": brief,
        "date": texts.date,
        "last_day": texts.last_day,
        "last_day_said": texts.last_day_said,
        "moment": texts.moment,
        "next_years_date": texts.next_years_date,
        "period": texts.period,
        "points": points_text,
        "seal": seal_groups,
        "short_date": texts.short_date,
        "signed": signed_text,
        "spoken": texts.spoken,
        "told": partial(told, language=locale),
    }
    environment.globals |= {
        "filled": texts.filled,
        "form": texts.form,
        "label": texts.label,
        "language": texts.catalogue["language"],
        "numerals": [Markup.escape(numeral) for numeral in texts.catalogue["numerals"]],
        "plural_form": partial(plural_form, sentences(locale)),
    }
    return texts


def _catalogue(locale: str, folders: list[Path]) -> dict[str, Any]:
    """Our catalogue with the installation's entries over it."""
    merged: dict[str, Any] = {}
    for folder in reversed(folders):
        path = folder / locale / "catalogue.yaml"
        if not path.is_file():
            continue
        try:
            found = yaml.safe_load(path.read_text("utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            why = machine_fault(error) if isinstance(error, OSError) else yaml_fault(error)
            raise BadInput(reason("file_unreadable", file=path, why=why)) from error
        if not isinstance(found, dict):
            raise BadInput(reason("catalogue_no_groups", file=path))
        for group, names in found.items():
            place = reason("catalogue_place", file=path, group=group)
            merged[group] = _laid_over(merged.get(group), names, place)
    return merged


def _laid_over(ours: Any, own: Any, place: Reason) -> Any:
    """A group of the installation's names over ours; it must be of the same make."""
    if isinstance(ours, dict) and isinstance(own, dict):
        return ours | own
    if ours is not None and (type(own) is not type(ours) or isinstance(ours, dict)):
        raise BadInput(reason("catalogue_unlike", place=place))
    if isinstance(ours, list) and len(own) != len(ours):
        raise BadInput(reason("catalogue_entries", place=place, count=len(ours)))
    return own


def _clean(value: object) -> object:
    """People's text on one line, without characters that turn or hide what stands there."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _UNSEEN.sub("", " ".join(value.split()))


def _local(moment: Moment) -> datetime:
    if isinstance(moment, str):
        moment = parse_moment(moment)
    if isinstance(moment, datetime):
        return moment.astimezone(LOCAL)
    return datetime(moment.year, moment.month, moment.day, tzinfo=LOCAL)


def points_text(points: float | Decimal) -> str:
    """A JSON number of points as people write it: at most two decimals, no trailing zeros."""
    return format_points(round(Decimal(str(points)) * HUNDREDTHS))


def signed_text(points: float | Decimal) -> str:
    """The same with its sign: `+3`."""
    return f"+{points_text(points)}" if points > 0 else points_text(points)


def seal_groups(seal: str) -> list[str]:
    """A seal in groups of four, so that people can compare it."""
    return [seal[start : start + 4] for start in range(0, len(seal), 4)]
