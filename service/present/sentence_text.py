"""A text as it is set, each of its sentences a link to where it comes from. Pure.

Links do not nest, so those of the text itself lead nowhere here: `links_in` lists them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from markupsafe import Markup

from repo_store.markdown import (
    SEPARATOR,
    Block,
    Image,
    Link,
    Run,
    Style,
    leads_to,
    parse,
    unread,
)
from service.present.rich_text import Setting, element, inline, set_blocks

AGES = 4
"""Steps of age, besides that of what has stood since the first version."""
Place = tuple[str, int, str]
"""Section, block and field."""


class Sentence(NamedTuple):
    """`id`: its lasting number in the story. `age`: 0 if it has stood since the first version, else
    from 1 to `AGES`, the last changed.
    """

    id: int
    text: str
    age: int = 0


class Span(NamedTuple):
    """A sentence and its place in a text."""

    start: int
    end: int
    sentence: Sentence


@dataclass(frozen=True)
class SentenceText:
    """The sentences of a text by their places, each list in order. `address`: of what tells more of
    a sentence. `chosen`: the one that it is told of. `base`: the article's own address.
    """

    sentences: Mapping[Place, Sequence[Sentence]]
    address: Callable[[int], str]
    chosen: int | None = None
    base: str | None = None

    def line(self, text: str, section: str, block: int = 0, field: str = "") -> Markup:
        """The HTML of a text without mark-up."""
        parts = linked(unread(text), self._at(section, block, field)).parts
        return inline(parts[0], self._setting)

    def rich(self, sources: Sequence[str], section: str, blocks: range, under: int = 1) -> Markup:
        """The HTML of some blocks of Markdown. `under`: the level of the heading above them."""
        read = (linked(parse(sources[at]), self._at(section, at)) for at in blocks)
        return set_blocks(read, self._setting, under)

    def picture(self, image: Mapping[str, str], section: str) -> Markup:
        """An image; its sentence is its alternative text or, without one, its address."""
        [*found] = self._at(section, 0, "alt") or self._at(section, 0, "url")
        link = _link(found[0], begins=True) if found else None
        style = Style(image=Image(image["url"]), link=link)
        return inline((Run(image.get("alt", ""), style, 0, 0),), self._setting)

    def _at(self, section: str, block: int, field: str = "") -> Sequence[Sentence]:
        return self.sentences.get((section, block, field), ())

    @property
    def _setting(self) -> Setting:
        return Setting(self.base, anchor=self._anchor)

    def _anchor(self, content: Markup, link: Link) -> Markup:
        number, age = map(int, link.href.split())
        place = {"id": f"s-{number}"} if link.title else {}
        current = {"aria-current": "true"} if number == self.chosen else {}
        where = {"href": self.address(number), "rel": "nofollow"}
        return element(
            "a", content, **{"class": f"sentence age-{age}"}, **place, **where, **current
        )


def linked(block: Block, sentences: Sequence[Sentence]) -> Block:
    """A block in which each sentence is a link that `SentenceText` knows, and nothing else is one.
    Its visible text stays the same.
    """
    spans = list(located(block.visible, sentences))
    parts: list[tuple[Run, ...]] = []
    at = 0
    for part in block.parts:
        parts.append(tuple(_linked(part, at, spans)))
        at += sum([len(run.text) for run in part]) + len(SEPARATOR)
    return block._replace(parts=tuple(parts))


def located(text: str, sentences: Iterable[Sentence]) -> Iterator[Span]:
    """Where each sentence stands. They are in order, and only space is between them."""
    end = 0
    for sentence in sentences:
        start = text.find(sentence.text, end)
        if start >= 0:
            end = start + len(sentence.text)
            yield Span(start, end, sentence)


def _linked(part: Sequence[Run], at: int, spans: Sequence[Span]) -> Iterator[Run]:
    """The runs of a part that begins at this place, cut where sentences begin and end."""
    begun = at
    image: Run | None = None
    for run in part:
        end = at + len(run.text)
        if run.style.image is not None:
            # All of an image is in one sentence, however many its alternative text has.
            if image is None or image.style.image is not run.style.image:
                image = _styled(run, _over(at, spans), begun)
            yield run._replace(style=image.style)
        elif not run.text:
            yield _styled(run, None, begun)
        else:
            for start, stop in pairwise(_borders(at, end, spans)):
                piece = run._replace(text=run.text[start - at : stop - at])
                yield _styled(piece, _over(start, spans), begun)
        at = end


def _borders(start: int, end: int, spans: Sequence[Span]) -> Iterable[int]:
    """A place, another one, and where sentences begin and end between them."""
    first = bisect_right(spans, start, key=attrgetter("end"))
    last = bisect_left(spans, end, key=attrgetter("start"))
    between = (place for span in spans[first:last] for place in span[:2] if start < place < end)
    return dict.fromkeys((start, *between, end))


def _over(at: int, spans: Sequence[Span]) -> Span | None:
    """The sentence in which the character at this place is."""
    number = bisect_right(spans, at, key=attrgetter("end"))
    return spans[number] if number < len(spans) and spans[number].start <= at else None


def _styled(run: Run, span: Span | None, begun: int) -> Run:
    """A run of a part that begins at `begun`, in the sentence that it is in."""
    link = _link(span.sentence, begins=span.start >= begun) if span else None
    return run if link == run.style.link else run._replace(style=run.style._replace(link=link))


def _link(sentence: Sentence, begins: bool) -> Link:
    """What `SentenceText` makes an anchor of. `begins`: the sentence begins in this part."""
    return Link(f"{sentence.id} {sentence.age}", "begins" if begins else "")


def links_in(block: Block, text: str, base: str | None = None) -> list[str]:
    """Where the links in one sentence of a block lead, each once."""
    start = block.visible.find(text)
    found = {
        run.style.link.href: None
        for at, run in block.placed()
        if run.style.link and start <= at < start + len(text)
    }
    addresses = (leads_to(href, base) for href in found)
    return [address for address in addresses if address]


class Ages(NamedTuple):
    """The first and last version of each step of age, oldest first; at most `AGES`."""

    steps: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, sinces: Iterable[int]) -> "Ages":
        """Steps of about as many versions each. `sinces`: the version that each wording is from."""
        versions = sorted({since for since in sinces if since > 1})
        count = min(AGES, len(versions))
        borders = [len(versions) * at // count for at in range(count + 1)] if count else []
        return cls(tuple((versions[start], versions[end - 1]) for start, end in pairwise(borders)))

    def age(self, since: int) -> int:
        """The last step is always `AGES`, however few there are."""
        newer = sum(first > since for first, _ in self.steps)
        return AGES - newer if newer < len(self.steps) else 0
