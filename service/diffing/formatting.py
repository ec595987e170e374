"""What changed under the same words: where a link leads, how text is set, an image, a caption."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeVar

from repo_store.markdown import PLAIN, Block, Image, Kind, Link
from service.diffing.kinds import Range
from service.diffing.places import Side, sides
from service.diffing.reading import Piece, Reading
from service.diffing.types import Formatting, Spans, What

_STYLES: tuple[Literal["strong", "emphasis", "code"], ...] = ("strong", "emphasis", "code")
_NEIGHBOURS = 8
"""How many links or images of an edited passage are looked at for the one that took its place."""


class Shared(NamedTuple):
    """Text that is the same on both sides, in one piece of either; places are in what is seen."""

    old: Piece
    new: Piece
    old_at: int
    new_at: int
    length: int


def shared(old: Reading, new: Reading, spans: Spans) -> Iterator[Shared]:
    """What of the text is the same, piece by piece."""
    i = j = at = to = 0
    for op, text in spans:
        size = len(text)
        if op == "equal":
            end = at + size
            while at < end:
                i, j = _next(old.pieces, i, at), _next(new.pieces, j, to)
                if i == len(old.pieces) or j == len(new.pieces):
                    to += end - at
                    at = end
                    break
                one, other = old.pieces[i], new.pieces[j]
                # Between pieces there is what separates the parts of a block.
                skip = max(one.at - at, other.at - to, 0)
                length = min(one.end - at, other.end - to, end - at) if not skip else 0
                if length > 0:
                    yield Shared(one, other, at, to, length)
                step = length or min(skip, end - at)
                at, to = at + step, to + step
        else:
            at += size * (op == "delete")
            to += size * (op == "insert")


def _next(pieces: Sequence[Piece], index: int, at: int) -> int:
    """The first piece that ends after a place."""
    while index < len(pieces) and pieces[index].end <= at:
        index += 1
    return index


def formatting(
    old: Reading, new: Reading, spans: Spans, same: Iterable[Shared]
) -> tuple[Formatting, ...]:
    """Kinds of block, styles, links, images. `spans`: of what is seen; `same`: what is shared."""
    found = [*_blocks(old.blocks[0], new.blocks[0]), *_styles(same)]
    links, images = zip(_targets(old), _targets(new), strict=True)
    # The same ones in the same order stay, whatever is edited around them.
    if _told(links[0]) != _told(links[1]) or _told(images[0]) != _told(images[1]):
        before, after = sides(spans)
        found += _links(*links, before, after)
        found += _images(*images, before, after)
    return tuple(found)


def targets(reading: Reading, op: Literal["added", "removed"]) -> tuple[Formatting, ...]:
    """The links and images of a text that is in one page only."""
    links, images = _targets(reading)
    found: list[tuple[What, Target]] = []
    found += [("link", each) for each in links if not each.is_its_text]
    found += [("image", each) for each in images]
    sides = ((None, each) if op == "added" else (each, None) for _, each in found)
    return tuple(_changed(what, *side) for (what, _), side in zip(found, sides, strict=True))


def _blocks(old: Block, new: Block) -> Iterator[Formatting]:
    before, after = _kind(old), _kind(new)
    if before != after:
        yield Formatting("block", "", before, after)
    elif old.kind is Kind.EMBED and old.visible != new.visible:
        yield Formatting("embed", "", old.visible, new.visible)


def _kind(block: Block) -> str:
    """Such as “paragraph”, “heading 2” or “numbered item, level 2”."""
    if block.kind is Kind.HEADING:
        return f"heading {block.level}"
    level = f", level {block.level + 1}" if block.level else ""
    return f"{'numbered ' if block.number is not None else ''}{block.kind}{level}"


def _styles(pieces: Iterable[Shared]) -> Iterator[Formatting]:
    open_: dict[str, Formatting] = {}
    for one, other, at, to, length in pieces:
        before, after = one.run.style, other.run.style
        if before is after:
            continue
        text = other.run.text[to - other.at : to - other.at + length]
        for name in _STYLES:
            if getattr(before, name) == getattr(after, name):
                continue
            was, now = (name, None) if getattr(before, name) else (None, name)
            last = open_.get(name)
            if last and last.new == now and _ends(last.old_at, at) and _ends(last.new_at, to):
                start, begin = last.old_at or (0, 0), last.new_at or (0, 0)
                places = (start[0], at + length), (begin[0], to + length)
                open_[name] = Formatting(name, last.text + text, was, now, *places)
                continue
            if last:
                yield last
            places = (at, at + length), (to, to + length)
            open_[name] = Formatting(name, text, was, now, *places)
    yield from open_.values()


def _ends(place: Range | None, at: int) -> bool:
    return place is not None and place[1] == at


# Links and images

Value = TypeVar("Value", Link, Image)


class Target(NamedTuple):
    """A link or an image, with its words and their place in what is seen."""

    value: Link | Image
    text: str
    start: int
    end: int

    @property
    def is_its_text(self) -> bool:
        """Whether the words are the address, and so tell it."""
        return self.text == self.value.href


def _targets(reading: Reading) -> tuple[list[Target], list[Target]]:
    """Links and images."""
    links: list[Target] = []
    images: list[Target] = []
    for piece in reading.pieces:
        style = piece.run.style
        if style is not PLAIN:
            _add(links, style.link, piece)
            _add(images, style.image, piece)
    return links, images


def _add(found: list[Target], value: Link | Image | None, piece: Piece) -> None:
    """Add a piece of a link or an image, which may have several."""
    if value is None:
        return
    if found and found[-1].value is value:
        found[-1] = found[-1]._replace(text=found[-1].text + piece.run.text, end=piece.end)
    else:
        found.append(Target(value, piece.run.text, piece.at, piece.end))


def _told(found: list[Target]) -> list[tuple[Link | Image, str]]:
    return [(each.value, each.text) for each in found]


Pairs = list[tuple[Target | None, Target | None]]


def _links(old: list[Target], new: list[Target], before: Side, after: Side) -> Iterator[Formatting]:
    for one, other in _paired(old, new, before, after):
        if one and other:
            if one.value != other.value and not (one.is_its_text and other.is_its_text):
                yield _changed("link", one, other, one.value.href == other.value.href)
        else:
            side, only = (before, one) if one else (after, other)
            # Words that came or went with a link may tell where it leads.
            if only and not (only.is_its_text and side.edited(only.start, only.end)):
                yield _changed("link", one, other)


def _images(
    old: list[Target], new: list[Target], before: Side, after: Side
) -> Iterator[Formatting]:
    for one, other in _paired(old, new, before, after):
        if one is None or other is None or one.value.href != other.value.href:
            yield _changed("image", one, other)
        if one and other and one.text != other.text:
            places = (one.start, one.end), (other.start, other.end)
            yield Formatting("alt", "", one.text or None, other.text or None, *places)
        if one and other and one.value.title != other.value.title:
            yield Formatting("caption", "", one.value.title or None, other.value.title or None)


def _changed(
    what: What, old: Target | None, new: Target | None, titled: bool = False
) -> Formatting:
    text = (new or old or Target(Link(""), "", 0, 0)).text
    return Formatting(
        what,
        text,
        _address(old, titled) if old else None,
        _address(new, titled) if new else None,
        (old.start, old.end) if old else None,
        (new.start, new.end) if new else None,
    )


def _address(target: Target, titled: bool) -> str:
    """The address, with its title if only that differs."""
    title = target.value.title
    return f"{target.value.href} “{title}”" if titled and title else target.value.href


def _paired(old: list[Target], new: list[Target], before: Side, after: Side) -> Pairs:
    """Which took whose place: one with the same address, or else the next one that stands where
    its words stood.
    """
    places = [before.place_in(after, each.start, each.end) for each in old]
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for same in (True, False):
        first = 0
        for index, (one, (low, high)) in enumerate(zip(old, places, strict=True)):
            while first < len(new) and (new[first].end < low or first in taken):
                first += 1
            if index in partner:
                continue
            for at in range(first, min(first + _NEIGHBOURS, len(new))):
                start, end = new[at].start, new[at].end
                if start > high:
                    break
                matches = one.value.href == new[at].value.href or not same
                empty = one.start == one.end or start == end  # an image without words
                overlaps = (start < high and end > low) or (empty and start <= high and end >= low)
                if at not in taken and matches and overlaps:
                    partner[index] = at
                    taken.add(at)
                    break
    pairs: Pairs = [
        (one, new[partner[at]] if at in partner else None) for at, one in enumerate(old)
    ]
    return pairs + [(None, each) for at, each in enumerate(new) if at not in taken]
