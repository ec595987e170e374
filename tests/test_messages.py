"""The catalogues are complete, and the check of them finds each kind of fault."""

from typing import Any

import pytest
from babel.messages.catalog import Catalog

from service import messages
from service.messages import Interface
from tests.catalogues import TRANSLATED, extracted, faults, missing, read, updated


@pytest.fixture(scope="module")
def used() -> Catalog:
    return extracted()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_complete(used: Catalog, language: str) -> None:
    """If not: `make messages` says what is missing, and takes it in once it is filled in."""
    assert list(faults(used, read(language))) == []


def test_every_text_of_the_interface_is_extracted(used: Catalog) -> None:
    for context, message in (
        (None, "This story does not have any previous versions."),
        (None, ("%(number)s word", "%(number)s words")),
        (None, "Source or link"),
        ("kind of version", "correction"),
        ("part of a story", "Overview"),
        ("spoken before words", "added: "),
    ):
        assert used.get(message, context), message


PLANTS: tuple[tuple[str, Any, Any, str], ...] = (
    ("missing", "Compare", "", "not translated: 'Compare'"),
    ("fuzzy", "Compare", "Vergleichen", "fuzzy: 'Compare'"),
    ("unused", "Nobody says this", "Das sagt niemand", "not used: 'Nobody says this'"),
    ("lost", "Version %(number)s", "Fassung", "other placeholders than"),
    ("unknown", "Version %(number)s", "Fassung %(number)s %(version)s", "other placeholders than"),
    ("mistyped", "Version %(number)s", "Fassung %(number) s", "other placeholders than"),
    ("stray", "Compare", "100 %", "a stray %"),
    (
        "markup",
        "Read the article at <bdi>%(site)s</bdi>",
        "Weg %(site)s",
        "other placeholders than",
    ),
    ("turned", "%(old)s → %(new)s", "%(new)s ← %(old)s", "the new before the old"),
)


@pytest.mark.parametrize(("name", "message", "string", "fault"), PLANTS)
def test_a_fault_is_found(used: Catalog, name: str, message: str, string: str, fault: str) -> None:
    german = read("de")
    german.delete(message)  # or the old translation would stay
    german.add(message, string, flags=["fuzzy"] if name == "fuzzy" else [])
    assert [each for each in faults(used, german) if each.startswith(fault)]


def test_a_missing_form_is_found(used: Catalog) -> None:
    arabic = read("ar")
    assert arabic.num_plurals == 6
    word = ("%(number)s word", "%(number)s words")
    arabic.delete(word)
    arabic.add(word, ("كلمة",) * 2)
    assert [each for each in faults(used, arabic) if each.startswith("2 of 6 forms")]
    arabic.delete(word)
    arabic.add(word, ("كلمة",) * 5 + ("",))
    assert f"not translated: {word}" in faults(used, arabic)


def test_what_is_missing_is_printed_to_be_filled_in_and_taken(used: Catalog) -> None:
    word = ("%(number)s word", "%(number)s words")
    arabic, german = read("ar"), read("de")
    arabic.delete(word)
    german.delete("correction", "kind of version")
    one, other = sorted(
        missing(used, {"ar": arabic, "de": german}), key=lambda each: str(each.get("context"))
    )
    assert one == {"message": word[0], "plural": word[1], "ar": [""] * 6}
    assert other == {"context": "kind of version", "message": "correction", "de": ""}
    filled = [{**one, "ar": list("abcdef")}, {**other, "de": "Korrektur"}]
    taken = updated(used, "ar", filled).get(word)
    assert taken
    assert taken.string == tuple("abcdef")
    correction = updated(used, "de", filled).get("correction", "kind of version")
    assert correction
    assert correction.string == "Korrektur"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 كلمة"),
        (1, "كلمة واحدة"),
        (2, "كلمتان"),
        (3, "3 كلمات"),
        (11, "11 كلمة"),
        (1_100, "1,100 كلمة"),
    ],
)
def test_arabic_has_six_forms(number: int, text: str) -> None:
    catalogue = messages.catalogue("ar")
    found = catalogue.ngettext("%(number)s word", "%(number)s words", number)
    messages.use(lambda: Interface("ar"))
    try:
        assert messages.ngettext("%(number)s word", "%(number)s words", number) == text
    finally:
        messages.use(messages.plain)
    assert found % {"number": f"{number:,}"} == text
