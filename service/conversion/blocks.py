"""From elements to blocks: one walk through a document, without recursion."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from repo_store.markdown import PLAIN, Image, Link, Style, is_web, writing
from repo_store.sameness import looks_alike
from service.conversion import vocabulary
from service.conversion.addresses import Addresses
from service.conversion.entries import Entry, Listed, Picture, Quoted, Written, blocks
from service.conversion.losses import Losses
from service.conversion.parsing import WHOLE_PAGE, Element, Node
from service.conversion.tables import Grid, Row
from service.conversion.text import apart, collapsed, in_one_line, is_visible

_SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data")
"""Where an image or a player has its address; a page that loads them late has another in `src`."""

_PLACEHOLDER = re.compile(r"\s*(?:data:|about:)", re.IGNORECASE)


@dataclass
class Figure:
    """`first`: of its entries. `caption`: what its caption says, as far as it was read."""

    first: int
    caption: list[writing.Styled] = field(default_factory=list)


class List(NamedTuple):
    number: int
    start: int | None


class Place(NamedTuple):
    """Where in the document something stands.

    `quotation` is the number of the one around it, `within` is the list and `depth` counts
    those around it, `collector` takes the
    text of a table's cell or of a caption, `embed` says that text is the address of something
    embedded, `script` that it is raised or lowered.
    """

    style: Style = PLAIN
    quotation: int | None = None
    within: List | None = None
    depth: int = -1
    item: Listed | None = None
    heading: int = 0
    preformatted: bool = False
    collector: list[writing.Styled] | None = None
    captioned: "Figure | Grid | None" = None
    grid: Grid | None = None
    head: bool = False
    embed: bool = False
    card: bool = False
    ruby: bool = False
    script: str = ""

    @property
    def in_one_line(self) -> bool:
        return (
            self.collector is not None
            or bool(self.item and self.quotation is None)
            or bool(self.heading)
        )

    def inside(self) -> "Place":
        """Within something that is no part of a list or a heading."""
        return self._replace(within=None, depth=-1, item=None, heading=0)


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
    return blocks(walk.entries, losses)


class Walk:
    """Goes through a document, and notes its blocks as entries and what is lost."""

    def __init__(self, addresses: Addresses, losses: Losses) -> None:
        self.entries: list[Entry] = []
        self._addresses = addresses
        self._losses = losses
        self._runs: list[writing.Styled] = []
        self._place = Place()
        self._breaks = 0
        self._number = 0
        self._shown = 0
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
                self._text(node, frame.place)
            elif inside := self._inside(node, frame.place):
                frames.append(inside)

    # Elements

    def _inside(self, element: Element, place: Place) -> _Frame | None:
        """What is to be read of an element, if anything is."""
        tag = element.tag
        if tag in vocabulary.UNSHOWN:
            return None
        if tag == "br":
            self._breaks += bool(self._runs)
            return None
        if vocabulary.is_hidden(element):
            self._losses.add("hidden element")
            return None
        if tag in vocabulary.DROPPED and not (tag == "form" and element.paragraphs >= WHOLE_PAGE):
            self._losses.add(vocabulary.DROPPED[tag])
            return None
        if tag == "img":
            self._image(element, place)
            return None
        if tag in vocabulary.BLOCKS:
            self._flush()
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
            leaves.append(self._flush)
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
        before = self._shown

        def leave() -> None:
            if self._shown == before:
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
            self._flush()
            address = named or self._last_link
            if address and (found := self._addresses.embed(address)):
                self._embedded(found, place._replace(quotation=None))

        return place, leave

    def _list(self, element: Element, place: Place) -> _Entered:
        if place.collector is not None:
            self._losses.add("list in a table or caption")
        elif place.quotation is not None:
            self._losses.add("list in a quotation (its items became paragraphs)")
        ordered = element.tag == "ol"
        if ordered and (element.get("reversed") or element.get("type") not in ("", "1")):
            self._losses.add("numbering of a list")
        start = _number(element.get("start")) if ordered else None
        number = List(self._next_number(), start)
        return place._replace(within=number, depth=place.depth + 1, item=None), None

    def _item(self, element: Element, place: Place) -> _Entered:
        if element.get("value"):
            self._losses.add("numbering of a list")
        inside = place.within or List(self._next_number(), None)
        item = Listed(max(place.depth, 0), inside.number, inside.start)
        return place._replace(item=item, heading=0), None

    def _strong(self, element: Element, place: Place) -> _Entered:
        return place._replace(style=place.style._replace(strong=True)), None

    def _preformatted(self, element: Element, place: Place) -> _Entered:
        return place._replace(preformatted=True), None

    def _raised_or_lowered(self, element: Element, place: Place) -> _Entered:
        return place._replace(script=element.tag), None

    def _quoted(self, element: Element, place: Place) -> _Entered:
        self._run("“", place)
        return place, lambda: self._run("”", place)

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
        self._run("(", place)
        return place, lambda: self._run(")", place)

    def _figure(self, element: Element, place: Place) -> _Entered:
        figure = Figure(len(self.entries))

        def leave() -> None:
            self._flush()
            if figure.caption:
                self._caption(figure)

        return place._replace(captioned=figure), leave

    def _caption_of(self, element: Element, place: Place) -> _Entered:
        if place.captioned is None or place.collector is not None:
            return place, None
        inside = place.inside()._replace(collector=place.captioned.caption, captioned=None)
        return inside, self._flush

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
            self.entries += grid.entries(self._losses)

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
        self._flush()
        link = place.style.link
        if link and is_web(link.href):
            self._embedded(link.href, place)
        inside = place._replace(style=place.style._replace(link=None), card=True)
        return inside, self._flush

    # What has no content

    def _image(self, element: Element, place: Place) -> None:
        alt = in_one_line(element.get("alt"), self._losses)
        if element.get("title"):
            self._losses.add("tooltip")
        if not vocabulary.EMOJI.isdisjoint(element.classes) and alt:
            self._run(alt, place)
        elif place.card:
            self._losses.add("picture of a card")
        elif element.get("width") == element.get("height") == "1":
            self._losses.add("tracking pixel")
        elif address := self._addresses.image(_source(element)):
            self._apply_breaks(place)
            self._add(alt, place._replace(style=place.style._replace(image=Image(address))))
        elif is_visible(alt):
            self._losses.add("alternative text of such an image")

    def _player(self, element: Element, place: Place) -> None:
        children = [each for each in element.children if isinstance(each, Element)]
        inside = [_source(each) for each in children if each.tag in ("source", "embed")]
        written = element.get("url") or _source(element) or next(filter(None, inside), "")
        if not written and element.get("embedtype"):
            self._losses.add("image known by its number only")
            return
        address = self._addresses.embed(written)
        if any(isinstance(each, str) and is_visible(each) for each in element.children):
            self._losses.add("text for browsers without a player")
        if address:
            self._embedded(address, place)

    def _rule(self, place: Place) -> None:
        if place.collector is not None:
            self._losses.add("rule in a table or caption")
        else:
            self.entries.append(Written(writing.RULE))

    # Text

    def _text(self, text: str, place: Place) -> None:
        if place.script and text.strip():
            characters, lost = vocabulary.SCRIPTS[place.script]
            if all(ord(each) in characters or each.isspace() for each in text):
                text = text.translate(characters)
            else:
                self._losses.add(lost)
        lines = text.split("\n") if place.preformatted else [text]
        for at, line in enumerate(lines):
            self._breaks += bool(at and self._runs)
            self._run(line, place)

    def _run(self, text: str, place: Place) -> None:
        if text.strip(" \t\n\f\r"):
            self._apply_breaks(place)
            self._add(text, place)
        elif self._runs:
            self._runs.append((text, place.style))

    def _add(self, text: str, place: Place) -> None:
        if not self._runs:
            self._place = place
        self._runs.append((text, place.style))
        self._shown += 1

    def _apply_breaks(self, place: Place) -> None:
        """Line breaks that stand before something: they end a paragraph, where there may be one."""
        if not self._breaks:
            return
        if place.in_one_line:
            self._losses.add("line break that became a space", 0 if place.preformatted else 1)
            self._runs.append((" ", PLAIN))
        else:
            single = self._breaks == 1 and not place.preformatted
            self._losses.add("line break that became a paragraph", single)
            self._flush()
        self._breaks = 0

    def _flush(self) -> None:
        """Make a block of what was read since the last one."""
        if not self._runs:
            return
        place, runs = self._place, collapsed(self._runs, self._losses)
        self._runs, self._breaks = [], 0
        before, text, after = apart(runs)
        if place.collector is not None:
            self._collect(place.collector, runs if before or text else [])
        elif place.item and place.quotation is None and text:
            self._list_item(place.item, runs)
        else:
            self._pictures(before, place)
            if text:
                self._block(text, place)
            self._pictures(after, place)

    def _block(self, runs: list[writing.Styled], place: Place) -> None:
        said = "".join([text for text, _ in runs])
        if not looks_alike(said).strip():
            return
        self._losses.add_intricate(runs)
        if place.embed and is_web(said):
            self._embedded(said, place)
        elif place.quotation is not None:
            self.entries.append(Quoted(writing.quote(runs), place.quotation))
        elif place.heading:
            self.entries.append(Written(writing.heading(place.heading, runs)))
        else:
            self.entries.append(Written(writing.paragraph(runs)))

    def _collect(self, collector: list[writing.Styled], runs: list[writing.Styled]) -> None:
        if collector and runs:
            self._losses.add("border between paragraphs of a table or caption")
            collector.append((" ", PLAIN))
        collector += runs

    def _list_item(self, item: Listed, runs: list[writing.Styled]) -> None:
        if not item.runs:
            item.runs = runs
            self.entries.append(item)
        elif self.entries[-1] is item:
            self._losses.add("border between paragraphs of a list item")
            item.runs += [(" ", PLAIN), *runs]
        else:
            self._losses.add("paragraph of a list item that left the list")
            self.entries.append(Written(writing.paragraph(runs)))

    def _pictures(self, images: list[writing.Styled], place: Place) -> None:
        for alt, style in images:
            if style.image:
                self._losses.add("link of an image", style.link is not None)
                self._losses.add("image in a quotation (outside it)", place.quotation is not None)
                self.entries.append(Picture(style.image.href, alt))

    def _embedded(self, address: str, place: Place) -> None:
        if place.collector is not None:
            self._losses.add("embed in a table or caption (became a link)")
            self._add(address, place._replace(style=Style(link=Link(address))))
            return
        self._losses.add("embed in a quotation (outside it)", place.quotation is not None)
        self.entries.append(Written(address))

    def _caption(self, figure: Figure) -> None:
        """Put what a caption says where it belongs."""
        count = len(self.entries) - figure.first
        last = self.entries[-1] if count else None
        picture = last if count == 1 else None
        if isinstance(picture, Picture) and not picture.caption:
            picture.caption = "".join([text for text, _ in figure.caption])
            styles = {style for _, style in figure.caption}
            self._losses.add("link in a caption", len({style.link for style in styles} - {None}))
            self._losses.add(
                "formatting in a caption", any(each._replace(link=None) != PLAIN for each in styles)
            )
        else:
            self._losses.add("caption that became a paragraph")
            if isinstance(last, Quoted):
                self.entries.append(Quoted(writing.quote(figure.caption), last.quotation))
            else:
                self.entries.append(Written(writing.paragraph(figure.caption)))

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
    classes = element.classes
    yield from (enter for known, enter in _BY_CLASS if not known.isdisjoint(classes))


def _source(element: Element) -> str:
    """The address of an image or a player: not one of data if there is another."""
    found = [element.get(name) for name in _SOURCES if element.get(name)]
    found += [element.get("srcset").split()[0]] if element.get("srcset").strip() else []
    return next((each for each in found if not _PLACEHOLDER.match(each)), found[0] if found else "")


def _number(start: str) -> int:
    return int(start) if re.fullmatch("[0-9]{1,9}", start) else 1
