"""The suggested note: true, in good English, about what was otherwise; or none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store import Kind, printable
from service.comparison import page_of
from service.diffing import FactKind, compare
from service.present.note_phrases import PHRASES
from service.present.suggested_note import suggested_note
from service.usecases.commands import Restore
from service.usecases.errors import SilentEdit
from service.usecases.silent_edits import check_explained
from tests.diffing.pages import page
from tests.samples import content

EARLIER = "An earlier version of this story"
LONG = "the bridge across the inner harbour that the council had promised to the district "


def _note(old: Any, new: Any, language: str = "en") -> str:
    """For paragraphs, or for whole pages."""
    one, other = (
        page(**side) if isinstance(side, dict) else page(overview=side.split("\n"))
        for side in (old, new)
    )
    facts = tuple(fact for fact in compare(one, other).facts if fact.kind.gated)
    return suggested_note(facts, one, other, language)


@pytest.mark.parametrize(
    ("old", "new", "rest"),
    [
        # Values: a unit that both share is told once, a magnitude is part of the number
        (
            "It cost 4.2 million crowns.",
            "It cost 6.8 million crowns.",
            "said 4.2 million crowns; it is 6.8 million.",
        ),
        (
            "It cost 4.2 million crowns.",
            "It cost 4.2 billion crowns.",
            "said 4.2 million crowns; it is 4.2 billion.",
        ),
        ("It is 5 km off.", "It is 5 miles off.", "said 5 km; it is 5 miles."),
        ("She is 12 years old.", "She is 13 years old.", "said 12 years old; it is 13."),
        ("It fell by 5%.", "It fell by 5.5%.", "said 5%; it is 5.5%."),
        ("Some 12 000 km of it.", "Some 13 000 km of it.", "said 12 000 km; it is 13 000."),
        ("It has 12 homes.", "It has 15 homes.", "said 12 homes; it is 15."),
        ("It rose to 12 in all.", "It rose to 15 in all.", "said 12; it is 15."),
        (
            "It opens on 9 May 2026.",
            "It opens on 12 May 2026.",
            "said 9 May 2026; it is 12 May 2026.",
        ),
        ("They met on Friday.", "They met on Monday.", "said Friday; it is Monday."),
        ("It opens at 10.30 a.m.", "It opens at 11 a.m.", "said 10.30 a.m.; it is 11 a.m."),
        # What can't stand in a sentence alone is quoted
        (
            "Twelve people came.",
            "Thirteen people came.",
            "said “Twelve people”; it now says “Thirteen people”.",
        ),
        ("in the 1980s", "in the 1990s", "said “1980s”; it now says “1990s”."),
        ("the 21st try", "the 22nd try", "said “21st”; it now says “22nd”."),
        (
            "a 15-year-old boy",
            "a 16-year-old boy",
            "said “15-year-old”; it now says “16-year-old”.",
        ),
        # Order
        (
            "It was 52 percent in the north and 48 percent in the south.",
            "It was 48 percent in the north and 52 percent in the south.",
            "had 52 percent and 48 percent the wrong way round.",
        ),
        ("They won 3-1 at home.", "They won 1-3 at home.", "had 3 and 1 the wrong way round."),
        # Names, quotations, words
        (
            "The mayor, Ole Dahl, left.",
            "The mayor, Anna Berg, left.",
            "gave the name as Ole Dahl; it is Anna Berg.",
        ),
        (
            "They met the U.N. there.",
            "They met the U.S. there.",
            "gave the name as U.N.; it is U.S.",
        ),
        (
            "“We will pay it all back,” she said.",
            "“We will pay half of it back,” she said.",
            "gave a quotation as “We will pay it all back”; the words were “We"
            " will pay half of it back”.",
        ),
        (
            f"“We will build {LONG}{LONG}in May,” she said.",
            f"“We will build {LONG}{LONG}in June, or {LONG}{LONG},” she said.",
            "gave a quotation as “…had promised to the district in May”; the words"
            " were “…had promised to"
            " the district in June, or the bridge across the inner harbour that"
            " the council had promised to the…”.",
        ),
        (
            "He said: “It was a slow year.”",
            "He said: “It was a good year.”",
            "gave a quotation as “It was a slow year”; the words were “It was a good year”.",
        ),
        ("They did agree.", "They did not agree.", "left out the word “not”."),
        ("They can go.", "They cannot go.", "left out a negation; it now says “cannot”."),
        ("They did not agree.", "They did agree.", "said “not” where it should not have."),
        (
            "The police say so.",
            "The minister said so.",
            "said “police say”; it now says “minister said”.",
        ),
        (
            "It was a loss.",
            "It was a loss, he said.",
            "did not attribute a statement; it now says “he said”.",
        ),
        # Links
        (
            "See https://a.example/x now.",
            "See https://a.example/y now.",
            "gave the address https://a.example/x; it is https://a.example/y.",
        ),
        (
            "Write to info@a.example now.",
            "Write to news@a.example now.",
            "gave the address info@a.example; it is news@a.example.",
        ),
        (
            "See https://a.example/x.jpg now.",
            "See https://a.example/y.jpg now.",
            "showed another image.",
        ),
        (
            {"sources": [{"name": "Post", "url": "https://a.example/"}]},
            {"sources": [{"name": "Times", "url": "https://a.example/"}]},
            "named the source as Post; it is Times.",
        ),
        (
            {"title": "Bridge stays"},
            {"title": "Bridge goes"},
            "had the headline “Bridge stays”; it is now “Bridge goes”.",
        ),
        # Two
        (
            "It cost 4 crowns.\nThe mayor, Ole Dahl, left.",
            "It cost 6 crowns.\nThe mayor, Anna Berg, left.",
            "said 4 crowns; it is 6. It also gave the name as Ole Dahl; it is Anna Berg.",
        ),
        # One that is told again, or within another
        (
            "It cost 4 crowns.\nYes, 4 crowns.",
            "It cost 6 crowns.\nYes, 6 crowns.",
            "said 4 crowns; it is 6.",
        ),
        (
            {"title": "Bridge costs 4.2 million", "summary": "It costs 4.2 million crowns."},
            {"title": "Bridge costs 6.8 million", "summary": "It costs 6.8 million crowns."},
            "said 4.2 million crowns; it is 6.8 million.",
        ),
        # Two that only look alike
        (
            "It has 1.3 km.\nIt has 3 km.",
            "It has 1.5 km.\nIt has 5 km.",
            "said 1.3 km; it is 1.5. It also said 3 km; it is 5.",
        ),
        (
            "It has 3.1 km.\nThere are 3 in all.",
            "It has 5.1 km.\nThere are 5 in all.",
            "said 3.1 km; it is 5.1. It also said 3; it is 5.",
        ),
        # What was added beside it was not wrong
        ("It has 12 trains.", "It has 15 trains and 3 buses.", "said 12 trains; it is 15."),
    ],
)
def test_what_was_said_and_what_is_so(old: Any, new: Any, rest: str) -> None:
    assert _note(old, new) == f"{EARLIER} {rest}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("There are trains.", "There are 15 trains."),
        ("It fell on Friday, in May.", "It fell."),
        ("The mayor, Ole Dahl, left.", "The mayor, Ole Dahl and Per Lie, left."),
        ("It was a loss, he said.", "It was a loss."),
        ("It closed.", "It closed.\n“We will never forget it,” Anna Berg said."),
        ({"sources": []}, {"sources": [{"name": "Post", "url": "https://a.example/"}]}),
        ("The same.", "The same."),
    ],
)
def test_what_was_only_added_or_removed_was_not_wrong(old: Any, new: Any) -> None:
    assert _note(old, new) == ""


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (
            "It cost 4 crowns.\nThe mayor, Ole Dahl, left.\nIt has 12 seats.",
            "It cost 6 crowns.\nThe mayor, Anna Berg, left.\nIt has 15 seats.",
            "2 numbers, 1 name",
        ),
        (
            "\n".join(f"Row {number} has 12{number} seats." for number in range(30)),
            "\n".join(f"Row {number} has 13{number} seats." for number in range(30)),
            "30 numbers",
        ),
        # Too long, or with what would turn the note round
        (
            f"At https://a.example/{'x' * 300} now.",
            f"At https://a.example/{'y' * 300} now.",
            "1 source or link",
        ),
        ({"title": "A \u2067cat\u2069"}, {"title": "A \u2067dog\u2069"}, "1 headline"),
        ({"title": "x" * 300 + "cat"}, {"title": "x" * 300 + "dog"}, "1 headline"),
    ],
)
def test_many_changes_are_counted(old: Any, new: Any, kinds: str) -> None:
    assert _note(old, new) == f"Changes from an earlier version of this story: {kinds}."


NUMBERS = {
    "de": (
        "Es kostet {} Millionen Euro.",
        "In einer früheren Fassung dieses Artikels hieß es „4,2 Millionen"
        " Euro“; richtig ist „6,8 Millionen“.",
    ),
    "fr": (
        "Il coûte {} millions d’euros.",
        "Une version précédente de cet article indiquait «\u00a04,2 millions"
        " d’euros\u00a0» au lieu de «\u00a06,8 millions\u00a0».",
    ),
    "es": (
        "Cuesta {} millones de coronas.",
        "Una versión anterior de este artículo decía «4,2 millones de"
        " coronas»; lo correcto es «6,8 millones».",
    ),
    "nl": (
        "Het kost {} miljoen euro.",
        "In een eerdere versie van dit artikel stond ‘4,2 miljoen euro’; dat"
        " moet ‘6,8 miljoen’ zijn.",
    ),
    "sv": (
        "Det kostar {} miljoner kronor.",
        "I en tidigare version av artikeln stod det ”4,2 miljoner kronor”; rätt är ”6,8 miljoner”.",
    ),
    "da": (
        "Det koster {} millioner kroner.",
        "I en tidligere version af denne artikel stod der ”4,2 millioner"
        " kroner”; det rigtige er ”6,8 millioner”.",
    ),
    "nb": (
        "Det koster {} millioner kroner.",
        "I en tidligere versjon av denne saken sto det «4,2 millioner kroner»;"
        " det riktige er «6,8 millioner».",
    ),
}


@pytest.mark.parametrize("language", NUMBERS)
def test_it_is_in_the_language_of_the_story(language: str) -> None:
    text, note = NUMBERS[language]
    assert _note(text.format("4,2"), text.format("6,8"), language) == note


@pytest.mark.parametrize("language", ["", "it", "nn", "ar", "und-Arab"])
def test_a_language_without_phrases_has_no_suggestion(language: str) -> None:
    assert _note("It cost 4 crowns.", "It cost 6 crowns.", language) == ""


@pytest.mark.parametrize("language", PHRASES)
def test_every_kind_of_change_has_a_phrase_in_every_language(language: str) -> None:
    phrases = PHRASES[language]
    gated = {kind for kind in FactKind if kind.gated}
    assert set(phrases.nouns) == gated
    clauses = {
        name: text
        for name, text in phrases._asdict().items()
        if name not in ("lead", "also", "nouns", "magnitudes", "units", "joint", "overview")
    }
    assert clauses.pop("picture")
    for name, text in clauses.items():
        assert text.format(old="A", new="B") != text, name
        assert not text.endswith("."), name
    one_sided = {"left_out", "negated", "extra", "unattributed"}
    both = {name for name, text in clauses.items() if "{old}" in text and "{new}" in text}
    assert clauses.keys() - both == one_sided


# Whatever changes, a suggestion can be published as the note.

_VALUE = st.sampled_from(
    [
        *("4 crowns", "6.8 million", "twelve", "Friday", "Ole Dahl", "Anna Berg", "not"),
        *("“so be it,” he said", "“" + "word " * 30 + "”"),
        *("https://a.example/b", "\u2067שלום\u2069", "x" * 99),
    ]
)
_TEXT = st.lists(_VALUE, min_size=1, max_size=4).map(lambda words: " and ".join(["It is", *words]))
_FIELDS = st.fixed_dictionaries(
    {"title": _TEXT, "overview": st.lists(_TEXT, min_size=1, max_size=3)}
    | {"faq": st.lists(_TEXT.map(lambda text: {"question": text, "answer": text}), max_size=2)}
)


@given(_FIELDS, _FIELDS, st.sampled_from(sorted(PHRASES)))
def test_a_suggestion_is_a_valid_note(old: Any, new: Any, language: str) -> None:
    note = _note(old, new, language)
    assert Restore(note=note).note == note
    assert printable(note) == note
    assert len(note) < 1_000
    assert not note or (note[0].isupper() and note.endswith(".") and ".." not in note)


@given(_FIELDS, _FIELDS)
def test_what_is_held_back_is_published_with_the_suggestion(old: Any, new: Any) -> None:
    english = "The council said that it was on the list of the day."
    one, other = (
        content(**{**side, "summary": english, "overview": [english] * 3 + side["overview"]})
        for side in (old, new)
    )
    diff = compare(page_of(one), page_of(other))
    try:
        check_explained(one, other, diff, "", Kind.UPDATE)
    except SilentEdit as error:
        held = error
    else:
        return
    otherwise = any(
        (fact.old and fact.new)
        or fact.kind is FactKind.NEGATION
        or (fact.kind is FactKind.ATTRIBUTION and fact.new)
        for fact in held.facts
    )
    assert bool(held.suggested_note) == otherwise
    if otherwise:
        check_explained(one, other, diff, held.suggested_note, Kind.UPDATE)
