"""A changed block of Markdown as a page shows it: what is removed and added, as it is set."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import Literal, NamedTuple

from markupsafe import Markup, escape

from repo_store.markdown import PLAIN, SEPARATOR, Block, Image, Kind, Run
from service.diffing import Block as DiffBlock
from service.diffing import Reading, SpanOp, Spans, read, text_without
from service.present.rich_text import ON_A_PAGE, Setting, inline, picture, rich_text, scrolls
from service.present.stretches import is_long, stretch
from service.present.unseen import with_unseen


@dataclass(frozen=True)
class RichSpan:
    """`html`: the text as it is set on its side. `folded`: it is of a long stretch that is
    unchanged.
    """

    op: SpanOp
    text: str
    html: Markup
    folded: bool = False


@dataclass(frozen=True)
class RichBlock:
    """A block to be shown. `parts`: the spans of each cell of a row, of an image's alt text and
    caption, of the one text of any other. `images`: as it was and as it is if the image changed,
    else the one.
    """

    kind: Kind
    level: int
    number: int | None
    parts: tuple[tuple[RichSpan, ...], ...]
    images: tuple[tuple[Literal["old", "new", ""], Markup], ...] = ()

    @property
    def scrolls(self) -> bool:
        """Whether a row may be wider than a phone's screen."""
        return scrolls([["".join([span.text for span in part]) for part in self.parts]])


def rich_block(
    block: DiffBlock, drop: str = "", setting: Setting = ON_A_PAGE, fold: bool = False
) -> RichBlock:
    """A block of a diff. `drop`: leaves out what is inserted, to show the old side, or what is
    deleted. `fold`: folds long stretches that are unchanged, on both sides alike.
    """
    before, after = (read(text_without(block.stored[""], side)) for side in ("insert", "delete"))
    side = before if drop == "insert" or not block.new else after
    spans = list(_styled(before, after, block.spans, side))
    if fold and is_long(block.spans):
        spans = [piece for span in spans for piece in _with_stretch(span, span is spans[-1])]
    found = [span for span in spans if span.op != drop]
    shown = side.blocks[0]
    return RichBlock(
        shown.kind,
        shown.level,
        shown.number,
        tuple(_part(part, setting) for part in _parts(found)) if shown.parts else (),
        tuple(_images(before.blocks[0], after.blocks[0], drop, setting)),
    )


class Styled(NamedTuple):
    """A span, run by run."""

    op: SpanOp
    runs: tuple[Run, ...]
    folded: bool = False


def _styled(old: Reading, new: Reading, spans: Spans, equal: Reading) -> Iterator[Styled]:
    """The runs of each span; of what is equal those of one side."""
    at = {"old": 0, "new": 0}
    for op, text in spans:
        side = "old" if op == "delete" or (op == "equal" and equal is old) else "new"
        reading = old if side == "old" else new
        yield Styled(op, tuple(_runs(reading, at[side], at[side] + len(text))))
        at["old"] += len(text) * (op != "insert")
        at["new"] += len(text) * (op != "delete")


def _with_stretch(span: Styled, last: bool) -> Iterator[Styled]:
    """The span with a long stretch of it folded, which begins and ends in plain text. A row of a
    table is left as it is.
    """
    text = "".join([run.text for run in span.runs])
    starts = [0, *accumulate(len(run.text) for run in span.runs)]
    placed = [(run, *ends) for run, ends in zip(span.runs, pairwise(starts), strict=True)]
    plain = [(start, end) for run, start, end in placed if run.style == PLAIN]
    found = None
    if span.op == "equal" and SEPARATOR not in text:
        found = stretch(text, last, lambda at: any(start <= at <= end for start, end in plain))
    if not found:
        yield span
        return
    for low, high in pairwise((0, *found, len(text))):
        # An image without alt text has no length, and is in but one part.
        runs = (
            run._replace(text=run.text[max(0, low - start) : high - start])
            for run, start, end in placed
            if (low <= start < high) or start < low < end or (start == len(text) == high)
        )
        if low < high:
            yield span._replace(runs=tuple(runs), folded=(low, high) == found)


def _runs(reading: Reading, start: int, end: int) -> Iterator[Run]:
    """What is seen from one place to another, run by run."""
    at = start
    for piece in reading.between(start, end):
        if at < piece.at:
            yield Run(reading.text[at : piece.at], PLAIN, 0, 0)
        first, last = max(piece.at, start), min(piece.end, end)
        # An image is shown by itself; here stands its alt text, of which but a word may differ.
        style = piece.run.style._replace(image=None)
        yield piece.run._replace(text=reading.text[first:last], style=style)
        at = last
    if at < end:
        yield Run(reading.text[at:end], PLAIN, 0, 0)


def _parts(spans: Iterable[Styled]) -> Iterator[list[Styled]]:
    """The spans between what separates the parts of a block."""
    part: list[Styled] = []
    for span in spans:
        for separates, group in groupby(span.runs, key=lambda run: run.text == SEPARATOR):
            if separates:
                yield part
                part = []
            else:
                part.append(span._replace(runs=tuple(group)))
    yield part


def _part(spans: list[Styled], setting: Setting) -> tuple[RichSpan, ...]:
    return tuple(
        RichSpan(
            op,
            "".join([run.text for run in runs]),
            inline(runs, setting, escape if op == "equal" else with_unseen),
            is_folded,
        )
        for op, runs, is_folded in spans
    )


def _images(
    old: Block, new: Block, drop: str, setting: Setting
) -> Iterator[tuple[Literal["old", "new", ""], Markup]]:
    one, other = old.image, new.image
    if one and other and one.href == other.href:
        yield "", picture(other, _alt(new), setting)
        return
    if one and drop != "delete":
        yield "old", picture(one, _alt(old), setting)
    if other and drop != "insert":
        yield "new", picture(other, _alt(new), setting)


def pictures(
    block: DiffBlock, drop: str = "", setting: Setting = ON_A_PAGE
) -> list[tuple[Literal["old", "new", ""], Markup]]:
    """The image that a record is about: as it was and as it is if that changed, else the one."""
    found: list[tuple[Literal["old", "new", ""], Markup]] = []
    sides: tuple[tuple[Literal["old", "new"], str, str], ...] = (
        ("old", "insert", "delete"),
        ("new", "delete", "insert"),
    )
    for side, without, other in sides:
        url, alt = (text_without(block.texts.get(name, ()), without) for name in ("url", "alt"))
        if url and drop != other:
            found.append((side, picture(Image(url), alt, setting)))
    same = all(span.op == "equal" for span in block.texts.get("url", ()))
    return [("", found[-1][1])] if found and same else found


def _alt(block: Block) -> str:
    return "".join([run.text for run in block.parts[0]])


_FIELD = '<span class="quiet" dir="ltr" lang="en">{}:</span> '


def unchanged(
    blocks: Sequence[DiffBlock],
    section: str,
    paper: bool = False,
    under: int = 2,
    loads: bool = True,
) -> Markup:
    """Blocks of a section that are the same on both sides: Markdown with its lists and tables, else
    a paragraph for each or for each field of a record. `under`: the level of the heading that they
    stand under. Most of a page is this, so no template makes it.
    """
    if blocks[0].source is not None:
        sources = (text_without(block.stored[""], "") for block in blocks)
        text = rich_text(sources, loads=loads, under=under)
        return Markup('<div class="rich{}">{}</div>').format(" same" if paper else "", text)
    lines = []
    for block in blocks:
        for name, spans in block.texts.items():
            if spans and paper:
                label = _FIELD.format(name) if name else ""
                lines.append(f'<p dir="auto" class="same">{label}{escape(spans[0][1])}</p>')
            elif spans:
                kind = f"field-{name}" if name else f"text-{section}"
                lines.append(f'<p class="{kind}" dir="auto">{escape(spans[0][1])}</p>')
    return Markup("\n".join(lines))  # noqa: S704 names are those of a shape, its text is escaped
