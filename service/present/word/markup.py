"""WordprocessingML (ISO/IEC 29500) of paragraphs and rows with their tracked changes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import count, groupby
from operator import attrgetter
from typing import NamedTuple, NewType

from repo_store import rfc3339
from repo_store.markdown import Style, leads_to
from service.present.word.tracked import (
    BODY,
    Comment,
    Item,
    Look,
    Move,
    Op,
    Paragraph,
    Piece,
    Row,
)

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NOT_IN_XML = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS: dict[Op, str] = {
    "insert": "ins",
    "delete": "del",
    "moved from": "moveFrom",
    "moved to": "moveTo",
}
_BREAKS = {"\t": "tab", "\n": "br"}
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""The blocks that Unicode sets aside for such scripts."""
_BULLETS = 1
"""The numbering of every list without numbers; each list with numbers has one of its own."""
_PAGE_WIDTH = 9_000
"""Of the text, in twentieths of a point."""

Xml = NewType("Xml", str)
"""Elements as they are written."""


def w(name: str, /, *children: Xml, **attributes: str) -> Xml:
    """An element of the main namespace with its attributes."""
    written = "".join([f' w:{key}="{quoted(value)}"' for key, value in attributes.items()])
    if not children:
        return Xml(f"<w:{name}{written}/>")
    return Xml(f"<w:{name}{written}>{''.join(children)}</w:{name}>")


def quoted(text: str) -> Xml:
    """Text in an element or an attribute. A character that XML cannot hold is ⟨U+FFFE⟩."""
    return Xml(escape(_NOT_IN_XML.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)))


def text_run(text: str) -> Xml:
    return _run(text, "t", ())


class ListStart(NamedTuple):
    """A list with numbers: which of them it begins with, and how deep it is."""

    number: int
    start: int
    level: int


class Body:
    """Makes elements, and notes what other parts of the document have to say of them: links by
    their relation's id, comments, lists.

    `author` and `at`: whose changes these are, and of when.
    """

    def __init__(self, author: str, at: datetime) -> None:
        self._change = {"author": author, "date": rfc3339(at)}
        self._ids = count(1)
        self._list_numbers = count(_BULLETS + 1)
        self._open_lists: dict[int, int] = {}
        self.links: dict[str, str] = {}
        self.comments: list[Comment] = []
        self.lists: list[ListStart] = []

    def elements(self, items: Iterable[Item]) -> Iterator[Xml]:
        for belongs, group in groupby(items, key=_belongs):
            if isinstance(belongs, Move):
                yield from self._moved(belongs, group)
            elif belongs is Row:
                yield self._table([item for item in group if isinstance(item, Row)])
            else:
                yield from (self.paragraph(each) for each in group if isinstance(each, Paragraph))

    def _moved(self, move: Move, paragraphs: Iterable[Item]) -> Iterator[Xml]:
        name, number = f"move{move.end.capitalize()}Range", str(next(self._ids))
        start = w(f"{name}Start", id=number, name=f"move{move.number}", **self._change)
        for each in paragraphs:
            if isinstance(each, Paragraph):
                yield self.paragraph(each, start)
                start = Xml("")
        yield w(f"{name}End", id=number)

    def paragraph(self, item: Paragraph, start: Xml = Xml("")) -> Xml:
        """`start`: what the paragraph begins with."""
        rtl = _direction("".join([piece.text for piece in item.pieces])) or False
        comments = self._comments(item.comments)
        parts = [self._properties(item, rtl), start]
        parts += [w("commentRangeStart", id=each) for each in comments]
        for link, group in groupby(item.pieces, key=attrgetter("style.link")):
            runs = list(self._runs(group, rtl))
            address = link and leads_to(link.href)
            parts += [self._hyperlink(address, runs)] if address and runs else runs
        parts += [w("commentRangeEnd", id=each) for each in comments]
        references = [w("r", w("commentReference", id=each)) for each in comments]
        return w("p", *parts, *self._tracked(item.op, references))

    def _hyperlink(self, address: str, runs: Iterable[Xml]) -> Xml:
        relation = self.links.setdefault(address, f"link{len(self.links) + 1}")
        return Xml(f'<w:hyperlink r:id="{relation}">{"".join(runs)}</w:hyperlink>')

    def _runs(self, pieces: Iterable[Piece], rtl: bool) -> Iterator[Xml]:
        for op, group in groupby((piece for piece in pieces if piece.text), attrgetter("op")):
            yield from self._tracked(op, [self._piece(piece, rtl) for piece in group])

    def _piece(self, piece: Piece, rtl: bool) -> Xml:
        own = _direction(piece.text)
        properties = _character_properties(piece.style, rtl if own is None else own)
        if piece.was is not None:
            old = w("rPr", *_character_properties(piece.was, False))
            properties.append(w("rPrChange", old, **self._mark()))
        return _run(piece.text, "delText" if piece.op == "delete" else "t", properties)

    def _tracked(self, op: Op, runs: list[Xml]) -> list[Xml]:
        if op == "equal" or not runs:
            return runs
        return [w(_TAGS[op], *runs, **self._mark())]

    def _mark(self) -> dict[str, str]:
        return {"id": str(next(self._ids)), **self._change}

    def _properties(self, item: Paragraph, rtl: bool) -> Xml:
        if not item.look.style.startswith("List"):
            self._open_lists.clear()
        properties = list(self._look(item.look, rtl))
        if item.op != "equal":
            properties.append(w("rPr", w(_TAGS[item.op], **self._mark())))
        if item.was is not None:
            old = w("pPr", *self._look(item.was, rtl))
            properties.append(w("pPrChange", old, **self._mark()))
        return w("pPr", *properties)

    def _look(self, look: Look, rtl: bool) -> Iterator[Xml]:
        if look != BODY:
            yield w("pStyle", val=look.style)
        if look.style.startswith("List"):
            level, number = w("ilvl", val=str(look.level)), str(self._list_of(look))
            yield w("numPr", level, w("numId", val=number))
        if rtl:
            yield w("bidi")

    def _list_of(self, item: Look) -> int:
        """The list that an item goes on with, or that it begins."""
        for level in [level for level in self._open_lists if level > item.level]:
            del self._open_lists[level]
        if item.number is None:
            self._open_lists.pop(item.level, None)
            return _BULLETS
        if item.level not in self._open_lists:
            number = self._open_lists[item.level] = next(self._list_numbers)
            self.lists.append(ListStart(number, item.number, item.level))
        return self._open_lists[item.level]

    def _table(self, rows: list[Row]) -> Xml:
        columns = max(len(row.cells) for row in rows)
        width = str(_PAGE_WIDTH // columns)
        return w(
            "tbl",
            w("tblPr", w("tblStyle", val="Table"), w("tblW", w="0", type="auto")),
            w("tblGrid", *(w("gridCol", w=width) for _ in range(columns))),
            *(self._row(row, columns) for row in rows),
        )

    def _row(self, row: Row, columns: int) -> Xml:
        properties = [w("tblHeader")] if row.header else []
        if row.op != "equal":
            properties.append(w(_TAGS[row.op], **self._mark()))
        cells = []
        for number, cell in enumerate(row.cells, 1):
            spans = columns - number + 1 if number == len(row.cells) else 1
            span = [w("gridSpan", val=str(spans))] if spans > 1 else []
            shown = _as_header(cell) if row.header else cell
            cells.append(w("tc", w("tcPr", *span), self.paragraph(shown)))
        return w("tr", w("trPr", *properties), *cells)

    def _comments(self, comments: Iterable[Comment]) -> list[str]:
        first = len(self.comments)
        self.comments += comments
        return [str(number) for number in range(first, len(self.comments))]


def _belongs(item: Item) -> object:
    """What a table, or one end of a move, has in common."""
    return Row if isinstance(item, Row) else item.move


def _as_header(cell: Paragraph) -> Paragraph:
    return cell._replace(
        pieces=tuple(
            piece._replace(style=piece.style._replace(strong=True)) for piece in cell.pieces
        )
    )


def _character_properties(style: Style, rtl: bool) -> list[Xml]:
    """In the order that the schema asks for. `Cs`: the same for complex scripts, such as Arabic."""
    names = []
    if style.link:
        names.append(w("rStyle", val="Hyperlink"))
    elif style.code:
        names.append(w("rStyle", val="Code"))
    if style.strong:
        names += [w("b"), w("bCs")]
    if style.emphasis:
        names += [w("i"), w("iCs")]
    return [*names, w("rtl")] if rtl else names


def _run(text: str, tag: str, properties: Sequence[Xml]) -> Xml:
    """A run of text, in which tabs and newlines are elements."""
    parts = [w("rPr", *properties)] if properties else []
    for part in re.split(r"([\t\n])", text):
        if part in _BREAKS:
            parts.append(w(_BREAKS[part]))
        elif part:
            parts.append(Xml(f'<w:{tag} xml:space="preserve">{quoted(part)}</w:{tag}>'))
    return w("r", *parts)


def _direction(text: str) -> bool | None:
    """Whether it is written from right to left, by its first letter."""
    first = next(filter(str.isalpha, text), None)
    return None if first is None else _RIGHT_TO_LEFT.match(first) is not None
