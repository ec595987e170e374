"""The worst texts that a story's limits let in, as two versions of each, for every public route.

Each is made so that some algorithm on the way to a reader does the most that it can: a differ, a
regular expression, a splitter of sentences, a template.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from repo_store.archive import Archive
from repo_store.history.records import Kind
from repo_store.story.content import Content
from repo_store.story.rules import MAX_STORY_BYTES
from service.server import stop_briefly
from tests.chance import seeded
from tests.samples import content, entry, ticking

PARAGRAPH, PARAGRAPHS, SOURCES, ENTRIES = 20_000, 1_000, 1_000, 500
ROOM = MAX_STORY_BYTES - 8_000
"""Bytes for the text under test: the rest of a sample story and its JSON take some thousand."""

Pair = tuple[Content, Content]


def _filled(text: str) -> list[str]:
    """Paragraphs of the greatest length, as many as fit, made of a text that goes on."""
    size = len(json.dumps(text[:PARAGRAPH], ensure_ascii=False).encode())
    count = min(ROOM // (size + 16), PARAGRAPHS)
    return [text[at * PARAGRAPH : (at + 1) * PARAGRAPH].strip() for at in range(count)]


def _repeated(unit: str) -> list[str]:
    return _filled(unit * (ROOM // len(unit.encode()) + PARAGRAPH))


def _words(letter: str) -> list[str]:
    return _filled(" ".join(f"{letter}{number}" for number in range(ROOM // 5)))


def _edited(paragraphs: list[str], old: str, new: str) -> list[str]:
    return [each.replace(old, new)[:PARAGRAPH] for each in paragraphs]


def _pair(old: list[str], new: list[str]) -> Pair:
    return content(overview=old), content(overview=new)


def _shuffled(items: list[Any]) -> list[Any]:
    seeded(1).shuffle(items)
    return items


def _different() -> Pair:
    return _pair(_words("v"), _words("w"))


def _sorted_otherwise() -> Pair:
    old = _words("v")
    return _pair(old, [" ".join(_shuffled(each.split())) for each in old])


def _periodic() -> Pair:
    return _pair(_repeated("a b c "), _repeated("a c b "))


def _every_second() -> Pair:
    return _pair(_repeated("a "), _repeated("a b "))


def _one_edit_a_sentence() -> Pair:
    old = _repeated("The council voted nine to six to keep the library open for another year. ")
    return _pair(old, _edited(old, "nine", "ten"))


def _permuted() -> Pair:
    line = "Paragraph {0} says of its number {0} that it is {0}, and little else. "
    old = [(line.format(n) * 20)[:1_000].strip() for n in range(PARAGRAPHS)]
    return _pair(old, _shuffled([each.replace("little", "nothing", 1) for each in old]))


def _reversed() -> Pair:
    old = [f"Paragraph number {n} of this story." for n in range(PARAGRAPHS)]
    return _pair(old, old[::-1])


def _chinese() -> Pair:
    return _pair(_repeated("水火木金"), _repeated("火水金木"))


def _graphemes() -> Pair:
    marks = "".join(map(chr, range(0x300, 0x340)))
    return _pair(_repeated(f"z{marks}"), _repeated(f"y{marks[::-1]}"))


def _short_sentences() -> Pair:
    return _pair(_repeated("A b. "), _repeated("A c. "))


def _alike_sentences() -> Pair:
    """Long sentences that resemble each other, each in another paragraph than before."""
    words = "the council of the old town and its many neighbours met again to vote on the plans "
    old = [f"{words * 118}number {n} x" for n in range(100)]
    return _pair(old, [each.replace("council", "court") for each in _shuffled(old)])


def _numbers() -> Pair:
    def paid(more: int, month: str) -> list[str]:
        return _repeated(f"Mirela Dusk paid {more},000 crowns on 3 {month}, “no more”, she said. ")

    return _pair(paid(7, "May"), paid(9, "June"))


def _facts_in_reach() -> Pair:
    """As many facts as are searched for, and as many places that say the old one still."""
    old = [f"On 3 May {n} people paid {n * 7},000 crowns." for n in range(1, 800)]
    new = [f"On 4 June {n} people paid {n * 9},000 crowns." for n in range(1, 800)]
    return content(overview=old, analysis=old), content(overview=new, analysis=old)


def _sources() -> Pair:
    def made(of: str) -> list[dict[str, str]]:
        return [
            {"name": f"Gazette {of} {n}", "url": f"https://gazette.example/{'a/' * 400}{of}{n}"}
            for n in range(SOURCES)
        ]

    return content(sources=made("one"), source_count=SOURCES), content(
        sources=_shuffled(made("two")), source_count=SOURCES
    )


def _entries() -> Pair:
    def made(word: str) -> list[dict[str, str]]:
        said = f"It opens at {word} on each day but one, the council says. " * 16
        return [
            {"question": f"When does number {n} open?", "answer": f"{said}{n}"}
            for n in range(ENTRIES)
        ]

    return content(faq=made("nine")), content(faq=_shuffled(made("ten")))


def _units() -> Pair:
    """As many blocks as a story may have, all of them changed."""

    def made(word: str) -> dict[str, Any]:
        lines = [f"{word} {n}" for n in range(PARAGRAPHS)]
        return {
            "overview": lines,
            "analysis": [f"{each}." for each in lines],
            "sources": [
                {"name": each, "url": f"https://{word}.example/{n}"} for n, each in enumerate(lines)
            ],
            "source_count": SOURCES,
            "faq": [{"question": each, "answer": each} for each in lines[:ENTRIES]],
        }

    return content(**made("One")), content(**made("Other"))


def _against(unit: str, end: str = "/") -> Callable[[], Pair]:
    """A repeated text that a regular expression could try in many ways, and one edit at its end."""

    def made() -> Pair:
        old = _repeated(unit)
        return _pair(old, [f"{each[: PARAGRAPH - len(end)]}{end}" for each in old])

    return made


PAIRS: dict[str, Callable[[], Pair]] = {
    "different everywhere": _different,
    "sorted otherwise": _sorted_otherwise,
    "periodic": _periodic,
    "every second word gone": _every_second,
    "one edit a sentence": _one_edit_a_sentence,
    "1,000 paragraphs permuted": _permuted,
    "1,000 paragraphs reversed": _reversed,
    "Chinese without a full stop": _chinese,
    "letters with 64 marks each": _graphemes,
    "sentences of two words": _short_sentences,
    "long sentences much alike": _alike_sentences,
    "numbers, dates, names, quotations": _numbers,
    "every fact changed, the old ones repeated": _facts_in_reach,
    "1,000 sources much alike": _sources,
    "500 FAQ entries": _entries,
    "3,500 blocks": _units,
    "against names": _against("Of "),
    "against capitals": _against("A"),
    "against initials": _against("A.B. "),
    "against stops": _against(".!?"),
    "against closers": _against(")"),
    "against spaces": _against("a\u00a0\u00a0"),
    "against quotations": _against("“a"),
    "against straight quotations": _against('"a '),
    "against links": _against("http://a"),
    "against addresses": _against("a@a."),
    "against paths": _against("./-"),
    "against numbers": _against("1.1,"),
    "against grouped numbers": _against("1\u00a0111"),
    "against dates": _against("3 May "),
    "against spelled numbers": _against("two thousand "),
    "against apostrophes": _against("'a "),
    "against single quotations": _against("‘a’s "),
    "against numerals": _against("一"),
    "against counted numerals": _against("三人"),
    "against ranges": _against("1-"),
    "against units": _against("5 million "),
    "against times": _against("2 to "),
    "against acronyms": _against("Ab C (AC) "),
    "against camel case": _against("aB"),
    "against lists": _against("1) "),
    "against code": _against("`a"),
    "against shares of links": _against("a.com/"),
    "against what shows nothing": _against("a\u200b"),
    "against markup": _against("<&\"'`"),
    "against direction": _against("א(a) "),
    "against emoji": _against("👩🏽\u200d"),
    "against flags": _against("🇦"),
    "against selectors": _against("❤\ufe0f"),
    "against Thai": _against("กำา"),
}


ADDRESSES = (
    "/stories/{story}",
    "/stories/{story}?since=1",
    "/stories/{story}/versions/2",
    "/stories/{story}/play/2",
    "/stories/{story}/provenance",
    "/stories/{story}/provenance?colours=age&view=text",
    "/stories/{story}/provenance?sentence=1&view=text",
    "/stories/{story}/provenance?sentence=1&view=sentence",
    "/stories/{story}/diff/1..2",
    "/stories/{story}/diff/1..2?view=split",
    "/stories/{story}/preview.png",
    "/stories/{story}/versions/2/preview.png",
    "/stories/{story}/diff/1..2/preview.png",
    "/stories/{story}/history.atom",
    "/api/v1/stories/{story}",
    "/api/v1/stories/{story}/diff/1..2",
    "/api/v1/stories/{story}/diff/1..2/text?format=unified",
    "/api/v1/stories/{story}/diff/1..2/text?format=markdown",
)
"""Of a story with two versions, whose texts they read."""
BEGINNINGS = "+".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz")
LISTS = (
    "/",
    f"/?q={'+'.join('abcdefghijklmnopqrstuvwxyz' * 4)}",
    f"/?q={BEGINNINGS}",
    f"/api/v1/search?limit=100&q={BEGINNINGS}",
    "/api/v1/search?limit=100&q=the",
    "/history.atom",
    "/sitemap.xml",
    "/sitemap/1.xml",
    "/api",
    "/stories/{story}/history",
    "/stories/{story}/history/embed",
    "/oembed?format=json&url=http://localhost/stories/{story}",
    "/timemap/stories/{story}",
    "/timegate/stories/{story}",
    "/api/v1/stories/{story}/versions?limit=100",
)
"""Of a story with many versions, and of many stories."""


def story_of(name: str) -> str:
    return f"worst-{list(PAIRS).index(name)}"


@contextmanager
def archive(path: Path, names: Iterable[str] = PAIRS) -> Iterator[Archive]:
    """An archive with a story of two versions of each of these."""
    made = Archive.open(path, ticking(), create=True)
    with made.bulk("ab") as bulk:
        for name in names:
            for each in PAIRS[name]():
                bulk.append(entry(each, story_of(name)))
    made.catch_up()
    yield made
    made.close()


@contextmanager
def as_the_server() -> Iterator[None]:
    """The process collects garbage as the server's workers do."""
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    stop_briefly()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)


def history(versions: int) -> Iterator[tuple[Content, dict[str, Any]]]:
    """Versions that are all corrections with a long note."""
    said = {"kind": Kind.CORRECTION, "note": "It was wrong. " * 300}
    for number in range(versions):
        yield content(summary=f"It is number {number}."), said


def counted() -> float:
    """The seconds of CPU that counting to a million takes: a measure of the machine."""
    start, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return time.process_time() - start
