"""The check of all texts (模板检查): each is rendered with the worst and the least there may be.

It finds what fails, what is too long for a channel and by how much, and what an installation
laid over ours that no text of ours has the place of.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from domain.kernel.errors import BadInput
from domain.kernel.reasons import Reason, reason
from domain.notices.publishing import PUBLIC_KINDS
from domain.store.tables.people import WebList
from notifications.board.notice import (
    Link,
    Links,
    notice_html,
    notice_speech,
    notice_text,
    public_html,
)
from notifications.board.pages import (
    Listed,
    Place,
    community_feed,
    community_page,
    name_of,
    overall_feed,
    overall_page,
)
from notifications.channels.addresses import bytes_max
from notifications.handouts.cards import card_html, cards_html, cards_text
from notifications.handouts.summary import Blocking, File, summary_html
from notifications.handouts.summary import Listed as Contents
from notifications.letters.troubles import OWN_LETTERS
from notifications.template_check.worst_case import card, desk_facts, figures, message_facts
from notifications.template_check.worst_notices import notices
from notifications.template_check.worst_words import CASES, MANY, OPEN_AT, community
from notifications.texts.catalogue import LOCALES, TEMPLATE_FAULTS, Texts, load_texts
from notifications.texts.faults import fault
from notifications.texts.shelf import Shelf, file_of, in_force
from notifications.texts.speech import SPEECH_SECONDS_MAX, seconds_aloud

# A long text message: what gateways pass on in parts is no more than this.
SMS_CHARACTERS_MAX = 500
ROBOTS = ("wecombot", "dingtalk", "feishu")
# A letter is made of messages; it, and what operators are told, is cut line by line to its channel.
_CUT_ELSEWHERE = ("letter", "cut", *OWN_LETTERS)
_ACTIVE = re.compile(
    r"<(script|iframe|object|embed|form|base)\b|\son\w+\s*=|(?:src|href)=[\"']?\s*(javascript:|data:)"
    r"|\bsrc=|@import|url\((?!#)",
    re.IGNORECASE,
)
Rendering = Callable[[Texts], str]


@dataclass(frozen=True)
class Checked:
    """One text in one language and case, and what is wrong with it: nothing where `whys` is empty.

    `measure` is what was measured, of the texts that have a limit.
    """

    locale: str
    template: str
    case: str
    measure: Reason | None = None
    whys: tuple[Reason, ...] = ()

    @property
    def size(self) -> str:
        """What was measured, in English, as `--json` gives it."""
        return self.measure.text("en") if self.measure else ""

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong, in English, as `--json` gives it."""
        return tuple(why.text("en") for why in self.whys)


def check(overrides: Path | None, locales: Sequence[str] = LOCALES) -> list[Checked]:
    """Render everything in the languages, the installation's own over ours."""
    found = [*_strays(overrides)] if overrides else []
    for locale in locales:
        try:
            texts = load_texts(locale, overrides, strict=True)
        except BadInput as error:
            found.append(Checked(locale, "catalogue.yaml", "any", whys=(error.why,)))
            continue
        seen: set[str] = set()
        for case in CASES:
            for name, made in _renderings(texts, case):
                found.append(_checked(texts, name, case, made))
                seen.add(f"{locale}/{name}")
        found += [_compiled(texts, name) for name in templates(texts) if name not in seen]
    return found


def templates(texts: Texts) -> list[str]:
    """The texts of a language by name, with the frames that all languages share."""
    return [
        name
        for name in texts.environment.list_templates(extensions=["html", "txt", "xml", "css"])
        if name.startswith((f"{texts.locale}/", "common/"))
    ]


def source_of(texts: Texts, name: str) -> Path:
    """The file that is in force for a text; BadInput where there is none."""
    return _in_force(texts, name)[1]


def wording_of(texts: Texts, name: str) -> str:
    """A text as it is in force, in its own language; BadInput where there is none."""
    return _in_force(texts, name)[0]


def _in_force(texts: Texts, name: str) -> tuple[str, Path]:
    if name not in templates(texts):
        raise BadInput(reason("template_unknown", name=name))
    return in_force(texts.environment, name)


def _compiled(texts: Texts, name: str) -> Checked:
    """Frames and macros are rendered within others; here only that they can be read."""
    locale, _, rest = name.partition("/")
    try:
        texts.environment.get_template(name)
    except TEMPLATE_FAULTS as error:
        file = file_of(texts.environment, name)
        why = reason("text_unreadable", name=name, why=fault(error, file))
        return Checked(locale, rest, "read", whys=(why,))
    return Checked(locale, rest, "read")


def _strays(overrides: Path) -> Iterator[Checked]:
    """Files laid over nothing: a slip in a name would else never be noticed."""
    shelves = (Shelf(locale, None).list_templates() for locale in LOCALES)
    known = {f"{locale}/catalogue.yaml" for locale in LOCALES}.union(*shelves)
    for path in sorted(overrides.rglob("*")):
        name = path.relative_to(overrides).as_posix()
        if path.is_file() and not path.name.startswith(".") and name not in known:
            locale, _, rest = name.partition("/")
            yield Checked(locale, rest, "any", whys=(reason("text_stray", file=path),))


def _checked(texts: Texts, template: str, case: str, made: Rendering) -> Checked:
    try:
        text = made(texts)
    except BadInput as error:
        return Checked(texts.locale, template, case, whys=(error.why,))
    except Exception as error:  # a fact that only the code around a template chokes on
        why = reason("text_chokes", name=template, kind=type(error).__name__)
        return Checked(texts.locale, template, case, whys=(why,))
    measure, over = _measured(template, text)
    return Checked(texts.locale, template, case, measure, (*over, *_unsafe(template, text)))


def _measured(template: str, text: str) -> tuple[Reason | None, tuple[Reason, ...]]:
    """What was measured, and each limit that it is over."""
    if template.endswith(".speech.txt"):
        seconds = seconds_aloud(text)
        over = seconds - SPEECH_SECONDS_MAX
        said = reason("text_over_aloud", over=over, limit=SPEECH_SECONDS_MAX)
        return reason("text_aloud", seconds=seconds), (said,) if over > 0 else ()
    folder, _, name = template.partition("/")
    name = name.removesuffix(".txt")
    if folder != "message" or name in _CUT_ELSEWHERE:
        return None, ()
    characters, size = len(text), len(text.encode())
    wrong = [
        reason("text_over_robot", robot=robot, over=size - limit)
        for robot in ROBOTS
        if size > (limit := bytes_max(f"{robot}://"))
    ]
    if characters > SMS_CHARACTERS_MAX:
        wrong.append(reason("text_over_sms", over=characters - SMS_CHARACTERS_MAX))
    return reason("text_size", characters=characters, bytes=size), tuple(wrong)


def _unsafe(template: str, text: str) -> tuple[Reason, ...]:
    """What a page must not have: scripts, or anything from elsewhere."""
    if not template.endswith(".html"):
        return ()
    wrong = []
    if "Content-Security-Policy" not in text:
        wrong.append(reason("text_no_policy"))
    # The desk's own form is all that people fill in.
    active = _ACTIVE.search(text.replace("<form ", "", 1) if template == "desk.html" else text)
    if active:
        wrong.append(reason("text_active", words=active[0].strip()))
    return tuple(wrong)


def _renderings(texts: Texts, case: str) -> Iterator[tuple[str, Rendering]]:
    """Every text that goes out by itself, with what renders it."""
    prefix = f"{texts.locale}/message/"
    for name in texts.environment.list_templates(extensions=["txt"]):
        if name.startswith(prefix):
            template = f"message/{name.removeprefix(prefix)}"
            yield template, partial(_rendered, template, message_facts(case))
    place = community(case)
    listed = [Listed(each, place, name_of(each)) for each in notices(case)]
    links = Links("index.html", [Link("a.html", "b")], Link("a.txt", "c"))
    for each in listed:
        notice, name = each.notice, f"notice/{each.notice.kind}"
        yield f"{name}.html", partial(notice_html, notice)
        for shown in WebList:
            yield f"{name}.html", partial(public_html, notice, links=links, web_list=shown)
        yield f"{name}.txt", partial(notice_text, notice)
        yield f"{name}.speech.txt", partial(notice_speech, notice)
    places = [Place(place, MANY, bool(number % 2)) for number in range(MANY)]
    public = [each for each in listed if each.notice.kind in PUBLIC_KINDS]
    yield "card.html", partial(card_html, card(case), place)
    yield "cards.html", partial(cards_html, [card(case)], place)
    yield "card.txt", partial(cards_text, [card(case)], place)
    yield "desk.html", partial(_rendered, "desk.html", desk_facts(case))
    yield "desk_closed.html", partial(_rendered, "desk_closed.html", {})
    for code in (400, 401, 403, 404, 405, 413, 500, 503):
        yield "error.html", partial(_rendered, "error.html", {"code": code})
    yield "summary.html", partial(_summary, case)
    yield "public/community.html", partial(community_page, place, public, at=OPEN_AT)
    yield "public/index.html", partial(overall_page, places, public, at=OPEN_AT)
    yield "public/community.xml", partial(community_feed, place, public, public_url=None)
    yield "public/index.xml", partial(overall_feed, place, public, public_url=None)


def _rendered(template: str, facts: Mapping[str, object], texts: Texts) -> str:
    return texts.render(template, **facts)


def _summary(case: str, texts: Texts) -> str:
    year = figures(case)
    heads = {row.household: "欧**" for row in year.households}
    blockers = [Blocking(what, 300) for what in texts.catalogue["blockers"]]
    files = [(what, [File("a.xlsx", "XLSX")]) for what in texts.catalogue["files"]]
    months = [("2026", -300), ("2026-01", 12_345), ("2027-01", 0)]
    contents = Contents(heads, months, blockers, [("甲" * 60, [File("a.html", "b")])] * 300, files)
    return summary_html(year, community(case), contents, texts)
