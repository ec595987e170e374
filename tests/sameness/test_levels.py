"""What the levels of sameness join, and what they keep apart."""

from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repo_store.sameness import (
    Level,
    canonical,
    caseless,
    folded_with_offsets,
    looks_alike,
    most_unseen,
    same_word,
    searchable,
    unseen,
    unseen_characters,
)

LEVELS = (canonical, looks_alike, caseless, same_word)
_TAG = "".join(chr(0xE0000 + ord(each)) for each in "gb")
ENGLAND = f"🏴{_TAG}\U000e0065\U000e006e\U000e0067\U000e007f"
SCOTLAND = f"🏴{_TAG}\U000e0073\U000e0063\U000e0074\U000e007f"

ALIKE = [
    ("Zoë", "Zoe\u0308"),
    ("Zoë", "Zoe\u034f\u0308"),
    ("harbour", "har\u00adbour"),
    ("harbour", "\ufeffhar\u200bbour\u2060"),
    ("A\u200e B", "A B"),
    ("♥", "♥\ufe0f"),
    ("12 000", "12\u00a0000"),
    ("12 000", "12\u202f000"),
    ("−5 – 3", "-5 - 3"),
    ("2019–20", "2019\u201120"),
    ("“ja”, „ja‟, «ja», ＂ja＂, 「ja」 『ja』", '"ja", "ja", "ja", "ja", "ja" "ja"'),
    ("‘It’s’, ‚it‛s‹ › ′＇ʼ", "'It's', 'it's' ' '''"),
    ("می\u200c", "می"),
    ("x\u200dy", "xy"),
]
CASELESS = [
    ("STRASSE", "straße"),
    ("ΟΔΟΣ", "οδος"),
    ("ＡＢＣ　１２", "abc 12"),
    ("ｶﾞ", "ガ"),
    ("ﬁnd", "FIND"),
    ("…", "..."),
]
WORD = [
    ("Łódź", "lodz"),
    ("Ærøskøbing", "aeroskobing"),
    ("Đorđe, Eiður, Ħamrun, Ŧ", "dorde, eidur, hamrun, t"),
    ("ISIL ısı İstanbul", "isil isi istanbul"),
    ("Œuvre à l’Élysée", "oeuvre a l'elysee"),
    ("Ἀθῆναι", "αθηναι"),
    ("ёлка", "елка"),
    ("مُحَمَّـد", "محمد"),
    ("שָׁלוֹם", "שלום"),
    ("q\u0323\u0307", "q"),
]
APART: dict[Level, list[tuple[str, ...]]] = {
    canonical: [("a b", "a\u00a0b"), ("ab", "a\u00adb"), ("-", "–")],
    looks_alike: [
        ("ñ", "n"),
        ("5", "٥", "५", "５"),
        ("A", "a", "А", "Ａ"),
        ("2", "²"),
        ("ab", "a b", "a  b", "a\nb"),
        ("'", '"', "-"),
    ],
    caseless: [("resume", "résumé"), ("ł", "l"), ("I", "ı"), ("ㄱㅏ", "가"), ("5", "-5", "5.")],
    same_word: [
        (ENGLAND, SCOTLAND, "🏴"),
        ("می‌خواهم", "میخواهم"),
        ("क्‍ष", "क्ष", "क्‌ष"),
        ("ه\u200d", "ه"),
        ("👩‍👩‍👧", "👩👩👧"),
        ("👍🏽", "👍"),
        ("葛\U000e0100", "葛\U000e0101", "葛"),
        ("は", "ば", "ぱ"),
        ("אב", "אד"),
        ("أحمد", "احمد"),
        ("a", "а", "α"),
        ("=", "≠"),
        ("now here", "nowhere"),
        ("🇦🇹", "🇹🇦"),
    ],
}


@pytest.mark.parametrize(
    ("level", "one", "other"),
    [
        *((looks_alike, *pair) for pair in ALIKE),
        *((caseless, *pair) for pair in ALIKE + CASELESS),
        *((same_word, *pair) for pair in ALIKE + CASELESS + WORD),
    ],
)
def test_what_a_reader_takes_for_the_same_is_joined(level: Level, one: str, other: str) -> None:
    assert level(one) == level(other)


@pytest.mark.parametrize(
    ("level", "texts"),
    [
        (narrower, texts)
        for at, level in enumerate(LEVELS)
        for narrower in LEVELS[: at + 1]
        for texts in APART[level]
    ],
)
def test_what_a_reader_tells_apart_stays_apart(level: Level, texts: tuple[str, ...]) -> None:
    for one, other in combinations(texts, 2):
        assert level(one) != level(other)


@pytest.mark.parametrize(
    ("level", "pairs"), [(canonical, ALIKE[2:]), (looks_alike, CASELESS), (caseless, WORD[:8])]
)
def test_each_level_joins_what_the_one_before_keeps_apart(
    level: Level, pairs: list[tuple[str, str]]
) -> None:
    assert all(level(one) != level(other) for one, other in pairs)


_ODD = "\u00ad\u034f\u0301\u0316\u200b\u200c\u200d\ufe0f\ufe00\u0640\u064b\u0654\u05b8\u3099ﾞ"
_ODD += "ʼ’“–−\u00a0\u2028 \n'-"
_LETTERS = "aÅßŁıİæΐςёйمیاأאकक्हが가ㄱㅏｶ葛㊗ﷺﹷｱǅŉ5²½５٥👩🏽🏴🇦🇹\U000e0067\U000e007f"
TEXTS = st.text(st.sampled_from(_ODD + _LETTERS), max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize("level", LEVELS)
@given(TEXTS)
def test_folding_again_changes_nothing(level: Level, text: str) -> None:
    assert level(level(text)) == level(text)


@example("\u0131\u0301\u094d")
@given(TEXTS)
def test_each_level_is_wider_than_the_one_before(text: str) -> None:
    assert looks_alike(canonical(text)) == looks_alike(text)
    assert caseless(looks_alike(text)) == caseless(text)
    assert same_word(caseless(text)) == same_word(text)
    assert searchable(searchable(text)) == searchable(text)


@pytest.mark.parametrize("level", LEVELS)
@example("a\u0640\u0301")
@example("か\u0640\u064b\u3099")
@given(TEXTS)
def test_each_part_of_a_fold_leads_back_to_what_it_is_from(level: Level, text: str) -> None:
    fold = folded_with_offsets(level, text)
    assert fold.text == level(text)
    spans = [fold.span(at, at + 1) for at in range(len(fold.text))]
    assert spans == sorted(spans)
    for start, end in dict.fromkeys(spans):
        part = "".join(fold.text[at] for at, span in enumerate(spans) if span == (start, end))
        alone = folded_with_offsets(level, text[start:end]).text
        # A joiner is seen only beside other letters.
        assert part == alone or "\u200c" in text or "\u200d" in text
    assert fold.span(0, len(fold.text)) == ((spans[0][0], spans[-1][1]) if spans else (0, 0))


def test_offsets_skip_what_shows_nothing_and_keep_graphemes_whole() -> None:
    text = "Die Stra\u00adße\u200b, Zoe\u0308 — «12\u00a0000»"
    fold = folded_with_offsets(same_word, text)
    assert fold.text == 'die strasse, zoe - "12 000"'
    found = {
        part: text[slice(*fold.span(at, at + len(part)))]
        for part in ("strasse", "s", "zoe", "12 000")
        for at in [fold.text.rindex(part)]
    }
    assert found == {
        "strasse": "Stra\u00adße",
        "s": "ß",
        "zoe": "Zoe\u0308",
        "12 000": "12\u00a0000",
    }
    assert fold.span(4, 4) == (4, 4)


@pytest.mark.parametrize("level", LEVELS)
def test_every_character_alone_folds_as_it_does_among_others(level: Level) -> None:
    """The table for texts of characters that stand alone, and the rules for all others, agree."""
    for first in (*range(0, 0xD800, 256), *range(0xE000, 0x20000, 256), 0xE0000, 0xE0100):
        parts = ["e\u0301 ", *(f"a{chr(code)}b " for code in range(first, first + 256))]
        folded = level("".join(parts))
        assert folded == "".join(map(level, parts)) == level(folded)
        assert folded == folded_with_offsets(level, "".join(parts)).text


def test_a_long_run_of_marks_stays_as_it_is() -> None:
    text = "e" + "\u0301\u0316" * 100_000
    assert looks_alike(text) == text
    assert same_word(text) == "e"


def test_what_shows_nothing_is_found_whatever_stands_elsewhere_in_the_text() -> None:
    """A joiner, of which what is around it decides, has the rest of the text looked at closely."""
    joiner = "\U0001f469\u200d\U0001f469"
    for first in range(0, 0x110000, 256):
        characters = [chr(code) for code in range(first, first + 256)]
        text = "".join(f"a{each}" for each in characters)
        alone, beside = list(unseen(text)), list(unseen(f"{joiner} {text}"))
        assert beside == [4 + at for at in alone], hex(first)
        assert unseen_characters(text) == [text[at] for at in alone]
        # Where there are any, each is looked at by itself, too.
        for character in characters if alone else ():
            alone_here = character not in joiner and list(unseen(f"a{character}")) == [1]
            beside_here = list(unseen(f"{joiner} a{character}")) == [5]
            assert alone_here == beside_here or character in joiner, hex(ord(character))
            assert unseen_characters(character) == [character] * len(list(unseen(character)))
    assert most_unseen(f"{joiner} a\u200b") == 2
    assert unseen_characters(f"{joiner} a\u200b") == ["\u200b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("♥\ufe0f ☎\ufe0e 1\ufe0f\u20e3 #\ufe0f\u20e3 🏳\ufe0f\u200d🌈 ©\ufe0f", []),
        (f"👩\u200d👧 {ENGLAND}", []),
        ("a\ufe0f", [1]),
        ("1\ufe0f", [1]),
        ("♥\ufe0f\ufe0f", [2]),
        ("♥\ufe01", [1]),
        ("\ufe0f♥", [0]),
        ("桥\ufe0f", [1]),
    ],
)
def test_the_selector_of_an_emoji_is_a_part_of_it(text: str, found: list[int]) -> None:
    assert list(unseen(text)) == found
    assert len(unseen_characters(text)) == len(found)
    assert "\ufe0f" not in looks_alike(text)
