"""Guesses the language of a text, as a BCP 47 tag, for screen readers and typesetting.

A story does not name its language. The script decides where only one language here uses it, else
letters or function words that are typical of one language. In doubt the tag is empty: a wrong tag
is worse than none.
"""

import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from repo_store import Content, is_language_tag
from repo_store.sameness import UNSPACED


class Language(NamedTuple):
    """`tag`: "" if unknown. `rtl`: written from right to left."""

    tag: str
    rtl: bool


_RTL = frozenset({"ar", "fa", "ur", "he", "und-Arab"})
_SCRIPTS = {
    "Thai": re.compile("[\u0e00-\u0e7f]"),
    "Kana": re.compile("[\u3040-\u30ff]"),
    "Hangul": re.compile("[\uac00-\ud7af]"),
    "Han": re.compile("[\u3400-\u9fff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Cyrillic": re.compile("[\u0400-\u04ff]"),
    "Devanagari": re.compile("[\u0900-\u097f]"),
    "Latin": re.compile("[A-Za-z\u00c0-\u024f]"),
}
_RTL_SCRIPT = re.compile("[\u0590-\u06ff]")
_ONE_LANGUAGE = {"Thai": "th", "Hangul": "ko", "Han": "zh", "Hebrew": "he", "Greek": "el"}
_LETTERS: dict[str, tuple[tuple[str, str | tuple[str, ...]], ...]] = {
    "Arabic": (("ur", "ٹڈڑںےہ"), ("fa", "پچژگکی"), ("ar", "ةيىكأإ")),
    "Cyrillic": (("uk", "іїєґ"), ("ru", "ыэё"), ("bg", "ъщ")),
    "Devanagari": (("hi", ("है", "के", "की")), ("mr", ("ळ", "आहे")), ("ne", ("छ", "हरू"))),
}
_WORDS = {
    "en": "the and of to that was is for with from which has were by on",
    "de": "der die das und ist nicht mit auch eine werden wurde dass den von zu",
    "fr": "le les des une est dans qui pour pas sur avec plus par ont aux",
    "es": "el los las una es por con para del que se como más fue sus",
    "pt": "o os uma é não com para do da dos das em mais foi ao",
    "it": "il gli una è che non per con del della di sono nel alla anche",
    "nl": "de het een en van is niet dat met voor zijn op werd ook aan",
    "sv": "och att det som är inte för med den av på till har ett var",
    "da": "og at det er som ikke for med den af på til har et var blev efter fra nu sig siger",
    "nb": "og at det er som ikke for med den av på til har et var ble etter fra nå seg sier",
    "nn": "og at det er som ikkje for med den av på til har eit var vart etter frå no seg seier",
    "pl": "nie się jest na do że w z i przez oraz był dla jak od",
    "tr": "ve bir bu için ile de da olarak çok daha olan gibi kadar sonra değil",
    "id": "yang dan di dengan untuk dari pada ini itu tidak akan dalam telah oleh",
    "vi": "và của là có được trong một những cho không với các đã này người",
}
_LANGUAGES_BY_WORD = {
    word: frozenset(tag for tag, words in _WORDS.items() if word in words.split())
    for words in _WORDS.values()
    for word in words.split()
}
_RTL_LANGUAGES = frozenset(["ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"])
_UNSPACED = re.compile(f"[{UNSPACED}]")
SAMPLE = 2_000
"""How many characters are read."""
_MIN_VOTES = 4
_MIN_TELLING = 2
"""Votes of words that the second language does not have."""
_MIN_LEAD = 1.5
"""How many times as many of those the first language needs as the second."""


def language_of(content: Content) -> Language:
    """The language that a content names, or that of its text as far as it can be detected."""
    if tag := named_language(content):
        return Language(tag, tag.partition("-")[0].lower() in _RTL_LANGUAGES)
    prose = next((part for part in content.shape.parts if part.kind.prose), None)
    texts = content[prose.id] if prose else ()
    return language("\n".join([content.summary, *texts, content.title]))


def by_character(text: str) -> bool:
    """Whether most of it is in a script without spaces, whose characters count as words."""
    sample = text[:SAMPLE]
    others = _UNSPACED.sub(" ", sample).split()
    return len(_UNSPACED.findall(sample)) > len(others)


def named_language(content: Content) -> str:
    """The tag that a content names, if it is one."""
    named = str(content.fields.get("language", ""))
    return named if is_language_tag(named) else ""


def is_rtl(text: str) -> bool:
    """Whether most of the text is written from right to left: as `language` says, but fast."""
    return bool(_RTL_SCRIPT.search(text, 0, SAMPLE)) and language(text).rtl


@lru_cache(1024)
def language(text: str) -> Language:
    """The language of most of the text."""
    tag = _tag(text[:SAMPLE].lower())
    return Language(tag, tag in _RTL)


def _tag(text: str) -> str:
    # Names, addresses and units in Latin letters occur in text of any language: they weigh less.
    counts = {name: 4 * len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    counts["Latin"] //= 4
    script = max(counts, key=lambda name: counts[name])
    if not counts[script]:
        return ""
    if counts["Kana"] and script in ("Han", "Kana"):
        return "ja"
    if script in _ONE_LANGUAGE:
        return _ONE_LANGUAGE[script]
    if script in _LETTERS:
        votes = {tag: sum(map(text.count, letters)) for tag, letters in _LETTERS[script]}
        best = max(votes, key=lambda tag: votes[tag])
        return best if votes[best] else {"Arabic": "und-Arab"}.get(script, "")
    return _by_words(text) if script == "Latin" else ""


def _by_words(text: str) -> str:
    known = [_LANGUAGES_BY_WORD.get(word, frozenset()) for word in re.findall(r"[^\W\d_]+", text)]
    votes = Counter(tag for tags in known for tag in tags).most_common(2)
    (best, most), (second, _) = [*votes, ("", 0), ("", 0)][:2]
    # Danish and Norwegian share most of their words: only the others tell.
    lead = sum(best in tags and second not in tags for tags in known)
    against = sum(second in tags and best not in tags for tags in known)
    clear = lead >= max(_MIN_TELLING, _MIN_LEAD * against)
    return best if most >= _MIN_VOTES and clear else ""
