"""A diff as what a word processor tracks: paragraphs and rows of tables, each with what became of
it, in the order of both pages at once.

Without what was inserted, or moved to its place, it is the old page; without what was deleted, or
moved away, the new one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise, zip_longest
from operator import itemgetter
from typing import Literal, NamedTuple, TypeAlias

from repo_store.markdown import PLAIN, SEPARATOR, Kind, Link, Style, marks
from repo_store.markdown import Block as Line
from service.diffing import (
    Block,
    Diff,
    Reading,
    Section,
    SectionSpec,
    Spans,
    named_characters,
    read,
    text_without,
)
from service.diffing.render.formatting_lines import formatting_lines
from service.diffing.render.labels import character_words

Op = Literal["equal", "insert", "delete", "moved from", "moved to"]
_OLD: tuple[Op, ...] = ("delete", "moved from")
_NEW: tuple[Op, ...] = ("insert", "moved to")
MOST_MARKS = 20_000
"""Of unchanged text with more mark-up than this the rest is shown as it stands."""


class Piece(NamedTuple):
    """Text in one style. `was`: its style on the old page, if that differs under the same words."""

    op: Op
    text: str
    style: Style = PLAIN
    was: Style | None = None


class Look(NamedTuple):
    """A style of paragraphs; of a list's item how deep it is, and its number if it has one."""

    style: str
    level: int = 0
    number: int | None = None


class Move(NamedTuple):
    number: int
    end: Literal["from", "to"]


class Comment(NamedTuple):
    """`author`: "" of what the software says."""

    text: str
    author: str = ""


class Paragraph(NamedTuple):
    """`op`: what became of its end. `was`: its look on the old page, if that differs. `move`: the
    end of a move that it belongs to. `comments`: what its marks do not tell.
    """

    op: Op
    pieces: tuple[Piece, ...]
    look: Look
    was: Look | None = None
    move: Move | None = None
    comments: tuple[Comment, ...] = ()


class Row(NamedTuple):
    """A row of a table, with a paragraph for each cell; rows that follow each other are of one
    table. `header`: whether it heads that.
    """

    op: Op
    cells: tuple[Paragraph, ...]
    header: bool = False


Item: TypeAlias = Paragraph | Row

BODY = Look("Normal")
_HEADING = Look("Heading1")
_HEADLESS = {"title": Look("Title"), "summary": Look("Subtitle")}
_LOOKS = {Kind.QUOTE: Look("Quote"), Kind.RULE: Look("Rule"), Kind.IMAGE: Look("Image")}
_FLOWING = frozenset(Kind) - {Kind.ROW, Kind.DIVIDER, Kind.IMAGE}
_LABEL = Style(strong=True)


def tracked(diff: Diff) -> list[Item]:
    return _with_shifted_ends(list(_tables_together(_in_order(diff))))


def _in_order(diff: Diff) -> Iterator[Item]:
    departures, left = diff.departures(), MOST_MARKS
    moved = [
        (section.section, block.new)
        for section in diff.sections
        for block in section.changes
        if block.op == "moved"
    ]
    numbers = {place: number for number, place in enumerate(moved, 1)}
    for section in diff.sections:
        name = section.section
        placed = list(section.placed(departures.get(name, ())))
        yield from _heading(diff, section, placed)
        items: list[Item] = []
        for block, now in placed:
            if block.op == "same":
                left -= sum(marks(text) for _, text in block.source or ())
            found = list(_items(block, section.spec, left >= 0))
            if block.op == "moved":
                move = Move(numbers[now or name, block.new], "from" if now else "to")
                found = list(_one_end(found, move))
            if now is None and found:
                found[-1] = _commented(found[-1], _comments(block))
            if not found and items and isinstance(items[-1], Row):  # the line below a header
                items[-1] = items[-1]._replace(header=True)
            items += found
        yield from items


def _heading(
    diff: Diff, section: Section, placed: Sequence[tuple[Block, str | None]]
) -> Iterator[Paragraph]:
    spec = section.spec
    if spec.headless:
        return
    op: Op = "equal"
    if spec.optional:
        old = [block for block, now in placed if now or block.op != "moved"]
        new = [block for block, now in placed if now is None]
        ops: dict[tuple[bool, bool], Op] = {(True, False): "delete", (False, True): "insert"}
        says = _say(old, "insert"), _say(new, "delete")
        if not any(says):
            return
        op = ops.get(says, "equal")
    pieces = [Piece(op, spec.label)]
    if spec.counted:
        one, other = map(str, diff.source_count)
        count = [Piece("delete", one), Piece("insert", other)] if one != other else [Piece(op, one)]
        pieces += [Piece(op, " ("), *count, Piece(op, ")")]
    yield Paragraph(op, tuple(pieces), _HEADING)


def _say(blocks: Iterable[Block], drop: str) -> bool:
    """Whether there is any text in them on one side."""
    return any(text_without(spans, drop) for block in blocks for spans in block.stored.values())


def _items(block: Block, spec: SectionSpec, reads: bool) -> Iterator[Item]:
    """Both sides of a block. `reads`: whether a text that is the same is still read."""
    if spec.of_records:
        yield from _fields(block, spec)
    elif block.source is None or not (reads or block.op != "same"):
        look = _HEADLESS.get(spec.name, BODY) if spec.headless else BODY
        looks = [look] * max(len(block.old), len(block.new))
        for name, spans in block.texts.items():
            yield from _split(_plain(spans), _end(block, spec, name), looks, looks)
    elif block.op in ("same", "added", "removed"):
        lines = read(text_without(block.source, "")).blocks
        yield from _whole(lines, _end(block, spec, ""))
    else:
        yield from _rich(block)


def _end(block: Block, spec: SectionSpec, name: str) -> Op:
    """What became of a field's paragraph: one that may be missing goes with its text."""
    if not (block.old and block.new):
        return "insert" if block.new else "delete"
    ops = {op for op, _ in block.texts[name]}
    return ops.pop() if len(ops) == 1 and name not in spec.required else "equal"


def _fields(block: Block, spec: SectionSpec) -> Iterator[Paragraph]:
    look = Look("Record")
    for name, spans in block.texts.items():
        op = _end(block, spec, name)
        label = "Address" if name in spec.addresses else name.replace("_", " ").capitalize()
        yield Paragraph(op, (Piece(op, f"{label}: ", _LABEL), *_plain(spans)), look)
        look = Look("Field")


def _plain(spans: Spans) -> Iterator[Piece]:
    return (Piece(op, text) for op, text in spans)


def _rich(block: Block) -> Iterator[Item]:
    """Markdown of which both sides are set in their own way."""
    old, new = (read(text_without(block.stored[""], drop)) for drop in ("insert", "delete"))
    pieces = list(_styled(block.spans, old, new))
    kinds = {line.kind for line in (*old.blocks, *new.blocks)}
    one, other = old.blocks[0], new.blocks[0]
    if kinds <= _FLOWING:
        looks = [list(map(_look, reading.blocks)) for reading in (old, new)]
        yield from _split(pieces, "equal", *looks)
    elif kinds == {Kind.ROW} and len(one.parts) == len(other.parts) and _are_single(block):
        yield Row("equal", tuple(_cells(pieces)))
    elif kinds == {Kind.IMAGE} and _are_single(block):
        addresses = [line.image.href if line.image else "" for line in (one, other)]
        yield _picture("equal", _replaced(*addresses), pieces)
    else:
        yield from _whole(old.blocks, "delete")
        yield from _whole(new.blocks, "insert")


def _are_single(block: Block) -> bool:
    return len(block.old) == len(block.new) == 1


def _whole(lines: Iterable[Line], op: Op) -> Iterator[Item]:
    """Lines that are on one side only, or the same on both."""
    for line in lines:
        parts = [[Piece(op, run.text, _shown(run.style)) for run in part] for part in line.parts]
        if line.kind is Kind.ROW:
            yield Row(op, tuple(Paragraph(op, tuple(part), BODY) for part in parts))
        elif line.image:
            caption = [Piece(op, SEPARATOR), *parts[1]] if len(parts) > 1 else []
            yield _picture(op, [Piece(op, line.image.href)], [*parts[0], *caption])
        elif line.kind is not Kind.DIVIDER:
            yield Paragraph(op, tuple(parts[0] if parts else ()), _look(line))


def _picture(op: Op, address: Iterable[Piece], pieces: Iterable[Piece]) -> Paragraph:
    """An image by its address, with its alt text and caption."""
    words = (each._replace(style=each.style._replace(link=None), was=None) for each in pieces)
    label = Piece(op, "Image ", _LABEL)
    return Paragraph(op, (label, *address, Piece(op, ": "), *words), _LOOKS[Kind.IMAGE])


def _replaced(old: str, new: str) -> list[Piece]:
    return [Piece("equal", new)] if old == new else [Piece("delete", old), Piece("insert", new)]


def _look(line: Line) -> Look:
    if line.kind is Kind.HEADING:
        return Look(f"Heading{line.level}")
    if line.kind is Kind.ITEM:
        return Look("ListBullet" if line.number is None else "ListNumber", line.level, line.number)
    return _LOOKS.get(line.kind, BODY)


# Pieces


def _styled(spans: Spans, old: Reading, new: Reading) -> Iterator[Piece]:
    """What is seen, as it is set on its side. A link that leads elsewhere is another one."""
    at = to = 0
    for op, text in spans:
        size = len(text)
        before = _styles(old, at, at + size) if op != "insert" else ()
        after = _styles(new, to, to + size) if op != "delete" else ()
        at, to = at + size * (op != "insert"), to + size * (op != "delete")
        start = 0
        for end in sorted({each for each, _ in (*before, *after)}):
            if start == end:
                continue
            part = text[start:end]
            was, now = _style_at(before, end), _style_at(after, end)
            start = end
            if was is None or now is None:
                yield Piece(op, part, now or was or PLAIN)
            elif was.link != now.link:
                yield from (Piece("delete", part, was), Piece("insert", part, now))
            else:
                yield Piece(op, part, now, None if was == now else was)


_Ends = Sequence[tuple[int, Style]]
"""Styles, each with where it ends."""


def _styles(reading: Reading, start: int, end: int) -> _Ends:
    """Those of what is seen from one place to another, which is the first that they count from."""
    found: list[tuple[int, Style]] = []
    for piece in reading.between(start, end):
        if piece.at > start:
            found.append((piece.at - start, PLAIN))
        found.append((min(piece.end, end) - start, _shown(piece.run.style)))
    return [*found, (end - start, PLAIN)]


def _style_at(styles: _Ends, end: int) -> Style | None:
    """The style of what ends there, or of what it is a part of."""
    return styles[bisect_left(styles, end, key=itemgetter(0))][1] if styles else None


def _shown(style: Style) -> Style:
    """An image in a line of text is shown as a link to it."""
    if style.image is None:
        return style
    return style._replace(image=None, link=style.link or Link(style.image.href))


def _split(
    pieces: Iterable[Piece], end: Op, old: Sequence[Look], new: Sequence[Look]
) -> Iterator[Paragraph]:
    """The paragraphs of pieces between which newlines end them. `end`: what became of the last
    one's end.
    """
    i = j = 0

    def paragraph(op: Op) -> Paragraph:
        look = old[i] if op == "delete" else new[j]
        was = old[i] if op == "equal" and old[i] != look else None
        return Paragraph(op, tuple(found), look, was)

    found: list[Piece] = []
    for piece in pieces:
        first, *more = piece.text.split("\n")
        found.append(piece._replace(text=first))
        for text in more:
            yield paragraph(piece.op)
            i, j = i + (piece.op != "insert"), j + (piece.op != "delete")
            found = [piece._replace(text=text)]
    yield paragraph(end)


def _cells(pieces: Iterable[Piece]) -> Iterator[Paragraph]:
    found: list[Piece] = []
    for piece in pieces:
        first, *more = piece.text.split(SEPARATOR)
        found.append(piece._replace(text=first))
        for text in more:
            yield Paragraph("equal", tuple(found), BODY)
            found = [piece._replace(text=text)]
    yield Paragraph("equal", tuple(found), BODY)


def _one_end(items: Iterable[Item], move: Move) -> Iterator[Item]:
    """What is to be seen of a move at one of its ends. Of the words that stay those that moved are
    at both; what was deleted is where it was, what was inserted where it is.
    """
    old = move.end == "from"
    other: Op = "insert" if old else "delete"
    own: Op = "delete" if old else "insert"
    moved: Op = "moved from" if old else "moved to"
    before: tuple[Piece, ...] = ()
    for item in items:
        if item.op == other:
            # The end of a paragraph that this side lacks: it goes on with the next one.
            before += _pieces_at(item, other, moved) if isinstance(item, Paragraph) else ()
            continue
        if isinstance(item, Row):
            # No word processor tracks a row as moved.
            cells = (
                each._replace(op=own, pieces=_pieces_at(each, other, own)) for each in item.cells
            )
            yield item._replace(op=own, cells=tuple(cells))
            continue
        pieces = before + _pieces_at(item, other, moved)
        look = (item.was if old else None) or item.look
        # LibreOffice 7.4 lets no end go that moved without words before it, or with a link.
        op = next((piece.op for piece in reversed(pieces) if piece.text), own)
        op = own if any(piece.style.link for piece in pieces) else op
        yield Paragraph(op, pieces, look, None, move)
        before = ()


def _pieces_at(paragraph: Paragraph, drop: Op, moved: Op) -> tuple[Piece, ...]:
    own: Op = "delete" if drop == "insert" else "insert"
    pieces = []
    for op, text, style, was in paragraph.pieces:
        shown = was if was and own == "delete" else style
        if op == "equal":
            pieces.append(Piece(moved, text, shown))
        elif op == own:
            pieces.append(Piece(op, text, shown))
    return tuple(pieces)


# Tables


def _tables_together(items: Iterable[Item]) -> Iterator[Item]:
    """What comes and goes between what stays: the old first, so that no row of one side stands
    between paragraphs of the other.
    """
    for of_one, group in groupby(items, key=lambda i: _is_within(i, _OLD) or _is_within(i, _NEW)):
        found = list(group)
        if of_one and any(isinstance(item, Row) for item in found):
            found.sort(key=lambda item: _is_within(item, _NEW))
        yield from found


def _is_within(item: Item, ops: Sequence[Op]) -> bool:
    """Whether this became of its end and of all its text."""
    pieces = item.pieces if isinstance(item, Paragraph) else ()
    return item.op in ops and all(piece.op in ops for piece in pieces)


def _with_shifted_ends(items: list[Item]) -> list[Item]:
    """Of paragraphs that come or go, each with the end of the next one, where they could not be
    rejected or accepted otherwise: before a table, since the last one's text had no paragraph to go
    on in; and, for LibreOffice, after one to whose end something was added.
    """
    for at, (item, following) in enumerate(pairwise(items)):
        if isinstance(item, Row) or item.op == "equal":
            continue
        if isinstance(following, Paragraph) and following.op != "equal":
            continue
        first = at
        while first and items[first].op != "equal" and isinstance(items[first], Paragraph):
            first -= 1
        chain = [each for each in items[first : at + 1] if isinstance(each, Paragraph)]
        if chain[0].op != "equal":  # between two tables, which it keeps apart
            items[at] = item._replace(op="equal" if isinstance(following, Row) else item.op)
        elif isinstance(following, Row) or _is_added_to(chain):
            items[at + 1 - len(chain) : at + 1] = _shifted(chain)
    return items


def _is_added_to(chain: Sequence[Paragraph]) -> bool:
    first, *others = chain
    texts = [piece for piece in first.pieces if piece.text]
    return (
        bool(texts)
        and texts[-1].op in _NEW
        and others[0].op in _NEW
        and all(_is_within(each, _OLD) or _is_within(each, _NEW) for each in others)
    )


def _shifted(chain: list[Paragraph]) -> Iterator[Paragraph]:
    """Paragraphs, each with what became of the next one's end, and with the look of those that it
    then ends.
    """
    old = new = BODY
    for each, following in zip_longest(chain, chain[1:]):
        op = _ENDS[following.op] if following else "equal"
        old = old if each.op in _NEW else each.was or each.look
        new = new if each.op in _OLD else each.look
        look = old if op == "delete" else new
        yield each._replace(op=op, look=look, was=old if op == "equal" and old != new else None)


_ENDS: Mapping[Op, Op] = {
    "equal": "equal",
    "insert": "insert",
    "delete": "delete",
    "moved from": "delete",
    "moved to": "insert",
}


def _comments(block: Block) -> tuple[Comment, ...]:
    lines = *map(str, formatting_lines(block)), *map(character_words, named_characters(block))
    return tuple(map(Comment, lines))


def _commented(item: Item, comments: tuple[Comment, ...]) -> Item:
    if isinstance(item, Paragraph):
        return item._replace(comments=comments)
    first, *others = item.cells
    return item._replace(cells=(first._replace(comments=comments), *others))
