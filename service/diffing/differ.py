"""Two pages in, a Diff out."""

from collections.abc import Iterator, Mapping, Sequence

from service.diffing.align import Unit, align
from service.diffing.matching import Budget
from service.diffing.tokens import count_words
from service.diffing.types import (
    FIELDS,
    SECTIONS,
    Block,
    BlockOp,
    Diff,
    Page,
    Section,
    Span,
    SpanOp,
    Spans,
    Stats,
)
from service.diffing.words import word_spans


def compare(old: Page, new: Page) -> Diff:
    """The difference between two pages: the same for the same pages, on any machine."""
    budget = Budget()
    sections = tuple(Section(name, tuple(_section(old, new, name, budget))) for name in SECTIONS)
    blocks = [block for section in sections for block in section.blocks]
    stats = Stats(
        words_added=_words(blocks, "insert"),
        words_removed=_words(blocks, "delete"),
        blocks_moved=sum(block.op == "moved" for block in blocks),
    )
    return Diff(sections, (old["source_count"], new["source_count"]), stats)


def units(page: Page, section: str) -> list[Unit]:
    """The blocks of a section; a title or a summary is a section of one block."""
    match section:
        case "sources":
            return [_record(source, "sources") for source in page["sources"]]
        case "faq":
            return [_record(entry, "faq") for entry in page["faq"]]
        case "overview":
            return [(("", text),) for text in page["overview"]]
        case "analysis":
            return [(("", text),) for text in page["analysis"]]
        case "title":
            return [(("", page["title"]),)]
        case _:
            return [(("", page["summary"]),)]


def _record(record: Mapping[str, object], section: str) -> Unit:
    return tuple((name, str(record[name])) for name in FIELDS[section] if name in record)


def _section(old: Page, new: Page, name: str, budget: Budget) -> Iterator[Block]:
    before, after = units(old, name), units(new, name)
    if name in ("title", "summary"):
        # A title stays the title, however much of it changed.
        return iter([_pair(before, after, 0, 0, False, budget)])
    return _blocks(before, after, budget)


def _blocks(old: Sequence[Unit], new: Sequence[Unit], budget: Budget) -> Iterator[Block]:
    """Every block of either text once, in the new order; what went stands where it was."""
    pairs, moved = align(old, new, budget)
    from_new = {j: i for i, j in pairs}
    from_old = dict(pairs)
    i = j = 0
    for stop_i, stop_j in [*(pair for pair in pairs if pair not in moved), (len(old), len(new))]:
        for gone in range(i, stop_i):
            if gone not in from_old:
                yield Block("removed", (gone,), (), _one_sided(old[gone], "delete"))
        for come in range(j, stop_j):
            if come in from_new:
                yield _pair(old, new, from_new[come], come, True, budget)
            else:
                yield Block("added", (), (come,), _one_sided(new[come], "insert"))
        if stop_i < len(old) and stop_j < len(new):
            yield _pair(old, new, stop_i, stop_j, False, budget)
        i, j = stop_i + 1, stop_j + 1


def _pair(
    old: Sequence[Unit], new: Sequence[Unit], i: int, j: int, moved: bool, budget: Budget
) -> Block:
    before, after = dict(old[i]), dict(new[j])
    names = [name for name in _field_names(old[i]) if name in before or name in after]
    texts = {name: word_spans(before.get(name, ""), after.get(name, ""), budget) for name in names}
    op: BlockOp = "moved" if moved else "same" if before == after else "changed"
    return Block(op, (i,), (j,), texts, coarse=before != after and budget.left < 0)


def _field_names(unit: Unit) -> tuple[str, ...]:
    names = [name for name, _ in unit]
    return next((fields for fields in FIELDS.values() if fields[0] == names[0]), ("",))


def _one_sided(unit: Unit, op: SpanOp) -> dict[str, Spans]:
    return {name: (Span(op, text),) if text else () for name, text in unit}


def _words(blocks: list[Block], op: str) -> int:
    return sum(
        count_words(span.text)
        for block in blocks
        for spans in block.texts.values()
        for span in spans
        if span.op == op
    )
