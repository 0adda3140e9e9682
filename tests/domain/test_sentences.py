"""The catalogue of sentences is whole: every code, every language, every name, every form."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from domain.kernel import sentences
from domain.kernel.reasons import COUNTED, kept, reason, told
from domain.kernel.sentences import DEFAULT, LANGUAGES, SOURCE, is_code, sentence
from tests import catalogue
from tests.catalogue import CODED, coded, forms, ids, messages

ENGLISH = coded(SOURCE)
TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
CHINESE = re.compile("[\u4e00-\u9fff]")
# Columns and names are listed for scripts in English, and told to people in Chinese; where an
# audit or a notice is open there is one; a library has English words for a wrong value.
TOLD_APART = {
    "audit_open",
    "not_published",
    "fault_word",
    "unknown_columns",
    "columns_missing",
    "laid_two_files",
    "these_names",
    "worked_covers_unsaid",
}
OF_A_LIBRARY = ("{words}", "{message}")
SHOWN_ONCE = {"name", "stage", "asked", "asked_name", "ruleset", "word", "days", "year"}


def places(text: str) -> set[str]:
    """The named places of a sentence."""
    return {name for _text, name, *_rest in Formatter().parse(text) if name}


def own_words(text: str) -> str:
    """A sentence without its places."""
    return re.sub(r"\{\w+\}", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_are_as_make_texts_leaves_them(language: str) -> None:
    file, compiled = catalogue.po(language), catalogue.po(language).with_suffix(".mo")
    assert file.read_bytes() == catalogue.written(catalogue.updated(language)), "run `make texts`"
    assert compiled.read_bytes() == catalogue.compiled(catalogue.kept(language)), "run `make texts`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_in_all_its_forms(language: str) -> None:
    entries = catalogue.kept(language)
    for each in messages(entries):
        assert not each.fuzzy, f"the English has changed: {ids(each)}"
        assert forms(each), ids(each)
        assert all(forms(each)), ids(each)
        assert len(forms(each)) == (entries.num_plurals if each.pluralizable else 1), ids(each)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_names_what_the_english_names(language: str) -> None:
    for each in messages(catalogue.kept(language)):
        if each.context == CODED:
            english = ENGLISH[ids(each)[0]]
            may_differ = is_told_apart(ids(each)[0], english[-1])
            allowed = (
                SHOWN_ONCE if not may_differ else set.union(*map(places, english + forms(each)))
            )
        else:
            english, allowed = ids(each), set()
        for form in forms(each):
            assert places(form) ^ places(english[-1]) <= allowed, ids(each)


def is_told_apart(code: str, english: str) -> bool:
    return code in TOLD_APART or code.startswith("value_") or english.startswith(OF_A_LIBRARY)


def test_a_sentence_counts_by_one_number_that_it_names() -> None:
    entries = [each for each in messages(catalogue.kept(SOURCE)) if each.context == CODED]
    for each in entries:
        named = set().union(*map(places, forms(each)))
        if each.pluralizable:
            assert named & set(COUNTED), ids(each)
        else:
            assert "count" not in named, f"{ids(each)}: it counts, so give it `msgid_plural`"


def test_no_english_sentence_says_1_claims() -> None:
    """“1 claims” is no English: the form for one has its noun in the singular."""
    numbers = "|".join({*COUNTED} - {"codes"})
    many = re.compile(rf"\{{({numbers})\}} (more |other )?[a-z]+[^su]s\b(?! to)")
    for code, wording in ENGLISH.items():
        if len(wording) > 1:
            assert not many.search(wording[0]), code


def test_chinese_is_chinese() -> None:
    for code, wording in coded(DEFAULT).items():
        words = "".join(map(own_words, wording))
        assert CHINESE.search(words) or not re.search("[A-Za-z]", own_words(ENGLISH[code][-1])), (
            code
        )
        assert CHINESE.search(words) or not re.search(r"\w", words), code


def test_every_reason_is_given_what_its_sentences_name() -> None:
    """A name that is missing would be an error where the message should be."""
    wordings = {language: coded(language) for language in LANGUAGES}
    faults = []
    for path in catalogue.SOURCES:
        for call in catalogue.calls(ast.parse(path.read_text("utf-8")), {"reason", "worded"}):
            code = call.args[0] if call.args else None
            given = {each.arg for each in call.keywords}
            if not isinstance(code, ast.Constant) or not isinstance(code.value, str):
                continue
            where = f"{path.relative_to(catalogue.ROOT)}:{call.lineno}: {code.value}"
            if code.value not in ENGLISH:
                faults.append(f"{where} is not in the catalogue")
            elif None not in given:
                forms = (form for each in wordings.values() for form in each[code.value])
                faults += [f"{where}: {name}" for name in set().union(*map(places, forms)) - given]
    assert not faults


def test_a_sentence_takes_the_form_of_its_number() -> None:
    assert reason("probe_backup_old", days=1).text("en").endswith("older than 1 day")
    assert reason("probe_backup_old", days=8).text("en").endswith("older than 8 days")
    assert reason("lint_award_value", part="item 1", points="0.5").text("en").count("0.5 points")
    assert told(kept(reason("probe_backup_old", days=1)), "en").endswith("older than 1 day")


def test_a_code_that_reads_as_its_sentence_is_one() -> None:
    assert sentence("approved", "en") == "approved"
    assert is_code("approved")
    assert not is_code("approved by nobody")
    with pytest.raises(KeyError):
        sentence("gone", "zh_CN")


def test_another_language_needs_one_file_and_falls_back_on_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = catalogue.updated("fr")
    household = begun.get("own_household", CODED)
    assert household is not None
    household.string = "c'est leur foyer"
    place = tmp_path / "fr" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "jifen.po").write_bytes(catalogue.written(begun))
    (place / "jifen.mo").write_bytes(catalogue.compiled(begun))
    (tmp_path / "en").symlink_to(sentences.LOCALE_DIR / "en")
    monkeypatch.setattr(sentences, "LOCALE_DIR", tmp_path)
    sentences._catalogue.cache_clear()
    try:
        assert sentences._compiled() == ("en", "fr")
        both = (reason("own_household"), reason("probe_backup_old", days=1))
        assert reason("notes", all=both).text("fr") == (
            "c'est leur foyer; the last copy of the database is older than 1 day"
        )
    finally:
        sentences._catalogue.cache_clear()
    assert {ids(each) for each in messages(begun)} == {
        ids(each) for each in messages(catalogue.kept(DEFAULT))
    }
