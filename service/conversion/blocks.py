"""From elements to blocks: one walk through a document, without recursion."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from repo_store.markdown import Image, Link, is_web, writing
from service.conversion import vocabulary
from service.conversion.addresses import Addresses
from service.conversion.entries import Listed, Written, blocks
from service.conversion.losses import Losses
from service.conversion.parsing import Element, Node
from service.conversion.place import Figure, List, Place
from service.conversion.tables import Grid, Row
from service.conversion.text import in_one_line, is_visible
from service.conversion.writer import Writer

_SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data")
"""Where an image or a player has its address; a page that loads them late has another in `src`."""

_PLACEHOLDER = re.compile(r"\s*(?:data:|about:)", re.IGNORECASE)


_Entered: TypeAlias = tuple[Place, Callable[[], None] | None]
"""The place within an element, and what is to be done after it."""


class _Frame(NamedTuple):
    place: Place
    children: Iterator[Node]
    leaves: list[Callable[[], None]]
    """What is to be done after the element, the last first."""


def converted(root: Element, base: str | None, losses: Losses) -> Iterator[str]:
    """The blocks of an element."""
    walk = Walk(Addresses(base, losses), losses)
    walk.through(root)
    return blocks(walk.writer.entries, losses)


class Walk:
    """Goes through a document, and notes its blocks as entries and what is lost."""

    def __init__(self, addresses: Addresses, losses: Losses) -> None:
        self.writer = Writer(losses)
        self._addresses = addresses
        self._losses = losses
        self._number = 0
        self._last_link = ""

    def through(self, root: Element) -> None:
        frames = [self._entered(root, Place())]
        while frames:
            frame = frames[-1]
            node = next(frame.children, None)
            if node is None:
                for leave in reversed(frames.pop().leaves):
                    leave()
            elif isinstance(node, str):
                self.writer.text(node, frame.place)
            elif inside := self._inside(node, frame.place):
                frames.append(inside)

    def _inside(self, element: Element, place: Place) -> _Frame | None:
        """What is to be read of an element, if anything is."""
        tag = element.tag
        if tag in vocabulary.UNSHOWN:
            return None
        if tag == "br":
            self.writer.line_break()
            return None
        if vocabulary.is_hidden(element):
            self._losses.add("hidden element")
            return None
        if what := vocabulary.left_out(element):
            self._losses.add(what)
            return None
        if tag == "img":
            self._losses.add("tooltip", bool(element.get("title")))
            self._image(element, place)
            return None
        if tag in vocabulary.BLOCKS:
            self.writer.flush()
        if tag in vocabulary.PLAYERS:
            self._player(element, place)
            return None
        if tag == "hr":
            self._rule(place)
            return None
        return self._entered(element, place)

    def _entered(self, element: Element, place: Place) -> _Frame:
        self._note_styles(element)
        place = place._replace(style=vocabulary.styled(element, place.style))
        leaves: list[Callable[[], None]] = []
        for enter in _entries(element):
            place, leave = enter(self, element, place)
            leaves += [leave] if leave else []
        if element.tag in vocabulary.BLOCKS:
            leaves.append(self.writer.flush)
        return _Frame(place, iter(element.children), leaves)

    def _note_styles(self, element: Element) -> None:
        if lost := vocabulary.LOST_STYLES.get(element.tag):
            self._losses.add(lost)
        if vocabulary.has_other_styling(element):
            self._losses.add("colour, size or alignment")
        if element.get("title") and element.tag not in ("a", "abbr"):
            self._losses.add("tooltip")
        if element.get("lang") and element.tag not in ("html", "body"):
            self._losses.add("language of a passage")

    def _link(self, element: Element, place: Place) -> _Entered:
        href = element.get("href")
        if not href:
            if element.get("linktype"):
                self._losses.add("link to a page known by its number only")
            return place, None
        address = self._addresses.link(href)
        self._last_link = address or ""
        if address is None:
            return place, None
        link = Link(address, in_one_line(element.get("title"), self._losses))
        before = self.writer.shown

        def leave() -> None:
            if self.writer.shown == before:
                self._losses.add("link without a text")

        return place._replace(style=place.style._replace(link=link)), leave

    def _heading(self, element: Element, place: Place) -> _Entered:
        if place.quotation is not None or place.item or place.collector is not None:
            self._losses.add("heading in a quotation, list or table")
            return place, None
        if element.tag in vocabulary.OTHER_LEVELS:
            self._losses.add("level of a heading")
        return place._replace(heading=vocabulary.HEADINGS[element.tag]), None

    def _quotation(self, element: Element, place: Place) -> _Entered:
        if element.get("cite"):
            self._losses.add("address of a quotation's source")
        if place.collector is not None:
            self._losses.add("quotation in a table or caption")
            return place, None
        if place.quotation is not None:
            self._losses.add("quotation within a quotation")
            return place, None
        return place.inside()._replace(quotation=self._next_number()), None

    def _post(self, element: Element, place: Place) -> _Entered:
        """A quotation that another site's script replaces: its text, and below it its address."""
        self._last_link = ""
        named = element.get("data-instgrm-permalink") or element.get("cite")

        def leave() -> None:
            self.writer.flush()
            address = named or self._last_link
            if address and (found := self._addresses.embed(address)):
                self.writer.embed(found, place._replace(quotation=None))

        return place, leave

    def _list(self, element: Element, place: Place) -> _Entered:
        if place.collector is not None:
            self._losses.add("list in a table or caption")
        elif place.quotation is not None:
            self._losses.add("list in a quotation (its items became paragraphs)")
        ordered = element.tag == "ol"
        start = _number(element.get("start"))
        other = "reversed" in element.attributes or element.get("type") not in ("", "1")
        if ordered and (other or start is None):
            self._losses.add("numbering of a list")
        first = (1 if start is None else start) if ordered else None
        outer = place.within.number if place.within else 0
        within = List(self._next_number(), first, outer)
        return place._replace(within=within, depth=place.depth + 1, item=None), None

    def _item(self, element: Element, place: Place) -> _Entered:
        if element.get("value"):
            self._losses.add("numbering of a list")
        inside = place.within or List(self._next_number(), None)
        item, before = inside.next_item(max(place.depth, 0)), len(self.writer.entries)

        def leave() -> None:
            if item.runs or place.collector is not None or place.quotation is not None:
                return
            held = self.writer.entries[before:][:1]
            if not held:
                self._losses.add("empty item of a list")
            elif not isinstance(held[0], Listed):
                self._losses.add("item of a list without a text (what it holds stands outside)")

        return place._replace(item=item, heading=0), leave

    def _strong(self, element: Element, place: Place) -> _Entered:
        return place._replace(style=place.style._replace(strong=True)), None

    def _preformatted(self, element: Element, place: Place) -> _Entered:
        return place._replace(preformatted=True), None

    def _raised_or_lowered(self, element: Element, place: Place) -> _Entered:
        return place._replace(script=element.tag), None

    def _quoted(self, element: Element, place: Place) -> _Entered:
        self.writer.run("“", place)
        return place, lambda: self.writer.run("”", place)

    def _abbreviation(self, element: Element, place: Place) -> _Entered:
        if element.get("title"):
            self._losses.add("expansion of an abbreviation")
        return place, None

    def _ruby(self, element: Element, place: Place) -> _Entered:
        self._losses.add("reading beside a text (follows it)")
        bare = not any(isinstance(each, Element) and each.tag == "rp" for each in element.children)
        return place._replace(ruby=bare), None

    def _reading(self, element: Element, place: Place) -> _Entered:
        if not place.ruby:
            return place, None
        self.writer.run("(", place)
        return place, lambda: self.writer.run(")", place)

    def _figure(self, element: Element, place: Place) -> _Entered:
        figure = Figure(len(self.writer.entries))

        def leave() -> None:
            self.writer.flush()
            if figure.caption:
                self.writer.caption(figure)

        return place._replace(captioned=figure), leave

    def _caption_of(self, element: Element, place: Place) -> _Entered:
        if place.captioned is None or place.collector is not None:
            return place, None
        inside = place.inside()._replace(collector=place.captioned.caption, captioned=None)
        return inside, self.writer.flush

    def _table(self, element: Element, place: Place) -> _Entered:
        if place.collector is not None:
            self._losses.add("table in a caption")
            return place, None
        if element.tables or element.cells < 2 or element.get("role") == "presentation":
            self._losses.add("table that lays out a page")
            return place._replace(grid=None), None
        if place.quotation is not None or place.item:
            self._losses.add("table in a quotation or list (stands outside it)")
        grid = Grid(self._next_number())

        def leave() -> None:
            self.writer.entries += grid.entries(self._losses)

        inside = place.inside()._replace(grid=grid, captioned=grid, quotation=None)
        return inside, leave

    def _head(self, element: Element, place: Place) -> _Entered:
        return place._replace(head=True), None

    def _row(self, element: Element, place: Place) -> _Entered:
        if place.grid:
            place.grid.rows.append(Row(place.head))
        return place, None

    def _cell(self, element: Element, place: Place) -> _Entered:
        if place.grid is None:
            return place, None
        cell = place.grid.add_cell(element, self._losses)
        return place._replace(collector=cell.runs, captioned=None), None

    def _embed_place(self, element: Element, place: Place) -> _Entered:
        return place._replace(embed=True), None

    def _card(self, element: Element, place: Place) -> _Entered:
        """A link that shows another page's title and picture: its address, and its texts."""
        self.writer.flush()
        link = place.style.link
        if link and is_web(link.href):
            self.writer.embed(link.href, place)
        inside = place._replace(style=place.style._replace(link=None), card=True)
        return inside, self.writer.flush

    def _image(self, element: Element, place: Place) -> None:
        alt = in_one_line(element.get("alt"), self._losses)
        if not vocabulary.EMOJI.isdisjoint(element.classes) and alt:
            self.writer.run(alt, place)
        elif place.card:
            self._losses.add("picture of a card")
        elif element.get("width") == element.get("height") == "1":
            self._losses.add("tracking pixel")
        elif address := self._addresses.image(_source(element)):
            self.writer.apply_breaks(place)
            self.writer.add(alt, place._replace(style=place.style._replace(image=Image(address))))
        elif is_visible(alt):
            self._losses.add("alternative text of such an image")

    def _player(self, element: Element, place: Place) -> None:
        children = [each for each in element.children if isinstance(each, Element)]
        inside = [_source(each) for each in children if each.tag in ("source", "embed")]
        written = element.get("url") or _source(element) or next(filter(None, inside), "")
        if not written and element.get("embedtype"):
            self._losses.add("image known by its number only")
            return
        self._losses.add("page within a frame", bool(element.get("srcdoc")))
        self._losses.add("preview image of a video", bool(element.get("poster")))
        self._losses.add("subtitles", any(each.tag == "track" for each in children))
        if not written and element.get("srcdoc"):
            return
        address = self._addresses.embed(written)
        if any(each.tag not in vocabulary.SOURCES for each in children) or any(
            isinstance(each, str) and is_visible(each) for each in element.children
        ):
            self._losses.add("text for browsers without a player")
        if address:
            self.writer.embed(address, place)

    def _custom_image(self, element: Element, place: Place) -> _Entered:
        """An image that, other than HTML's own, may have something in it."""
        self._image(element, place)
        return place, None

    def _loaded(self, element: Element, place: Place) -> _Entered:
        """What a script or a later HTML may show something in: named if there is nothing else."""
        before = self._noted()

        def leave() -> None:
            self._losses.add(f"{element.tag} without a text", self._noted() == before)

        return place, leave

    def _noted(self) -> tuple[int, int, int]:
        return self.writer.shown, len(self.writer.entries), self._losses.total

    def _rule(self, place: Place) -> None:
        if place.collector is not None:
            self._losses.add("rule in a table or caption")
        else:
            self.writer.entries.append(Written(writing.RULE))

    def _next_number(self) -> int:
        self._number += 1
        return self._number


_Enter: TypeAlias = Callable[[Walk, Element, Place], _Entered]

_BY_TAG: Mapping[str, _Enter] = {
    "a": Walk._link,
    "abbr": Walk._abbreviation,
    "blockquote": Walk._quotation,
    "caption": Walk._caption_of,
    "dt": Walk._strong,
    "figcaption": Walk._caption_of,
    "figure": Walk._figure,
    "li": Walk._item,
    "q": Walk._quoted,
    "rt": Walk._reading,
    "ruby": Walk._ruby,
    "summary": Walk._strong,
    "table": Walk._table,
    "td": Walk._cell,
    "th": Walk._cell,
    "thead": Walk._head,
    "tr": Walk._row,
    **dict.fromkeys(vocabulary.CUSTOM_IMAGES, Walk._custom_image),
    **dict.fromkeys(vocabulary.HEADINGS, Walk._heading),
    **dict.fromkeys(vocabulary.LISTS, Walk._list),
    **dict.fromkeys(vocabulary.PREFORMATTED, Walk._preformatted),
    **dict.fromkeys(vocabulary.SCRIPTS, Walk._raised_or_lowered),
}
_BY_CLASS: Sequence[tuple[frozenset[str], _Enter]] = (
    (vocabulary.POSTS, Walk._post),
    (vocabulary.EMBEDS, Walk._embed_place),
    (vocabulary.CARDS, Walk._card),
    (frozenset({"wp-caption"}), Walk._figure),
    (frozenset({"wp-caption-text"}), Walk._caption_of),
)


def _entries(element: Element) -> Iterator[_Enter]:
    """What is to be done on entering an element."""
    if element.tag in _BY_TAG:
        yield _BY_TAG[element.tag]
    elif element.tag not in vocabulary.SOURCES and (
        "-" in element.tag or element.tag == "picture" or _source(element)
    ):
        yield Walk._loaded
    classes = element.classes
    yield from (enter for known, enter in _BY_CLASS if not known.isdisjoint(classes))


def _source(element: Element) -> str:
    """The address of an image or a player: not one of data if there is another."""
    found = [element.get(name) for name in _SOURCES if element.get(name)]
    found += [element.get("srcset").split()[0]] if element.get("srcset").strip() else []
    return next((each for each in found if not _PLACEHOLDER.match(each)), found[0] if found else "")


def _number(start: str) -> int | None:
    """What a list's first number is for a browser, or None if no item may have it."""
    written = re.match(r"[ \t\n\f\r]*([+-]?)0*([0-9]+)", start)
    if written is None:
        return 1
    sign, digits = written.groups()
    return None if len(digits) > 9 or (sign == "-" and digits != "0") else int(digits)
