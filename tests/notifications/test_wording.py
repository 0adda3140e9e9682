"""Templates in words: each sentence is translated whole, in its forms, with the same values."""

import re
from functools import partial
from gettext import GNUTranslations, NullTranslations
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from jinja2 import Environment

from notifications.template_check.check import templates, wording_of
from notifications.texts.catalogue import LOCALES, load_texts
from notifications.texts.shelf import TEMPLATES
from notifications.texts.wording import plural_form, sentences, worded
from tests.catalogue import compiled, forms, ids, messages
from tests.notifications.sentences import LANGUAGES, kept, po, said, written

PLACE = re.compile(r"%\(\w+\)s|%%")


class Asked(NullTranslations):
    """Remembers which sentences were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[tuple[str | None, tuple[str, ...]]] = set()

    def gettext(self, message: str) -> str:
        self.keys.add((None, (message,)))
        return message

    def pgettext(self, context: str, message: str) -> str:
        self.keys.add((context, (message,)))
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.keys.add((None, (msgid1, msgid2)))
        return msgid1 if n == 1 else msgid2


def keys(catalogue: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    return {(each.context, ids(each)) for each in messages(catalogue)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_every_sentence_and_no_other(language: str) -> None:
    assert keys(kept(language)) == keys(said()), "run `make texts`, and translate what is new"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_with_the_same_values(language: str) -> None:
    def as_whole(sentence: str, message: Message) -> bool:
        return (
            sentence.startswith("\n") == ids(message)[0].startswith("\n")
            and sentence.endswith("\n") == ids(message)[0].endswith("\n")
            and sentence.count("<p") >= ids(message)[0].count("<p")
        )

    for each in messages(kept(language)):
        assert forms(each), ids(each)
        assert not each.fuzzy, ids(each)
        values = {*PLACE.findall(" ".join(ids(each)))} - {"%%"}
        for sentence in forms(each):
            assert sentence, ids(each)
            assert {*PLACE.findall(sentence)} - {"%%"} == values, sentence
            assert "%" not in PLACE.sub("", sentence), sentence
            assert as_whole(sentence, each), sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_agrees_with_the_file(language: str) -> None:
    assert po(language).with_suffix(".mo").read_bytes() == compiled(kept(language))
    assert po(language).read_bytes() == written(kept(language))


def test_what_is_put_into_words_is_what_jinja2_and_babel_read() -> None:
    asked = Asked()
    for path in TEMPLATES.rglob("*.*"):
        worded(path.read_text("utf-8"), asked)
    assert asked.keys == keys(said())


@pytest.mark.parametrize("locale", LOCALES)
def test_a_text_is_shown_in_its_own_language_and_can_be_laid_over_ours(locale: str) -> None:
    texts = load_texts(locale)
    for name in templates(texts):
        shown = wording_of(texts, name)
        assert not re.search(r"{%-? (trans|pluralize)|\b_\(", shown), name
        assert worded(shown, sentences("zh_CN" if locale == "en" else "en")) == shown


@pytest.mark.parametrize(
    ("source", "chinese", "english"),
    [
        (
            "{% trans %}Why{% endtrans %}\n",
            "原因",
            "Why",
        ),
        (
            "{% trans day=ends_on | date %}Published on {{ day }}{% endtrans %}",
            "{% with day=ends_on | date %}发布日期：{{ day }}{% endwith %}",
            "{% with day=ends_on | date %}Published on {{ day }}{% endwith %}",
        ),
        (
            "{% trans count=more %}\nThere is {{ count }} more.\n{% pluralize count %}\n"
            "There are {{ count }} more.\n{% endtrans %}\n",
            "{% with count=more %}\n另有{{ count }}件。\n{% endwith %}\n",
            "{% with count=more %}\n{% if count == 1 %}\nThere is {{ count }} more.\n{% else %}\n"
            "There are {{ count }} more.\n{% endif %}\n{% endwith %}\n",
        ),
        (
            '{{ place or _("not given") }} {% trans "of a claim" %}Points{% endtrans %}',
            '{{ place or "未填写" }} 分值',
            '{{ place or "not given" }} Points',
        ),
        (
            "{% trans percent=needed %}The scheme asks for {{ percent }}%: do.{% endtrans %}",
            "{% with percent=needed %}The scheme asks for {{ percent }}%: do.{% endwith %}",
            "{% with percent=needed %}The scheme asks for {{ percent }}%: do.{% endwith %}",
        ),
    ],
)
def test_sentences_are_put_into_words(source: str, chinese: str, english: str) -> None:
    assert worded(source, sentences("zh_CN")) == chinese
    assert worded(source, sentences("en")) == english


def test_a_language_with_three_forms_chooses_by_its_own_rule() -> None:
    catalogue = Catalog("cs", fuzzy=False)
    catalogue.add(
        ("%(hours)s hour", "%(hours)s hours"),
        ("%(hours)s hodina", "%(hours)s hodiny", "%(hours)s hodin"),
    )
    czech = GNUTranslations(BytesIO(compiled(catalogue)))
    source = (
        "{% trans hours=h %}{{ hours }} hour{% pluralize hours %}{{ hours }} hours{% endtrans %}"
    )
    environment = Environment(autoescape=True)
    environment.globals["plural_form"] = partial(plural_form, czech)
    template = environment.from_string(worded(source, czech))
    said = [template.render(h=hours) for hours in (1, 2, 5, 0, 2.5)]
    assert said == ["1 hodina", "2 hodiny", "5 hodin", "0 hodin", "2.5 hodin"]
