"""One change of a difference by itself: found by its lasting name, and said in a few words."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.diffing import Block, Diff, SectionSpec, Span, SpanOp, Spans, text_without
from service.diffing.render.formatting_lines import formatting_lines
from service.diffing.render.labels import label
from service.messages import gettext
from service.present.change_ids import change_ids
from service.present.diff_view import Change
from service.present.fact_view import Lead, lead, leads_of

_AROUND, _EDIT, _LONGEST = 60, 110, 280
"""Characters of an excerpt: that stay beside an edit, of an edit itself, and in all."""
_CUT = "…"


@dataclass(frozen=True)
class OneChange:
    """`change`: as the difference's own page shows it. `lead`: the most important fact that it
    changed, if any.
    """

    change: Change
    spec: SectionSpec
    lead: Lead | None

    @property
    def spans(self) -> Spans:
        """Its text with its marks; the fields of a record each on a line of its own."""
        return tuple(_joined(self.change.block))

    @property
    def before(self) -> str:
        return text_without(self.spans, "insert")

    @property
    def after(self) -> str:
        return text_without(self.spans, "delete")

    @property
    def excerpt(self) -> Spans:
        """What differs, with a few words around it, on one line."""
        return excerpt(self.spans)

    @property
    def words(self) -> str:
        """What it said and says, such as “Said “431 cm”, says “455 cm””."""
        shown = self.excerpt
        old, new = (_trimmed(text_without(shown, side)) for side in ("insert", "delete"))
        block = self.change.block
        if not block.old:
            return gettext("New: “%(text)s”", text=new) if new else self.change.label
        if not block.new:
            return gettext("Removed: “%(text)s”", text=old) if old else self.change.label
        if old != new:
            return gettext("Said “%(old)s”, says “%(new)s”", old=old, new=new)
        return "; ".join([self.change.label, *map(str, formatting_lines(block))])


def one_change(diff: Diff, name: str) -> OneChange | None:
    """The change of this name (`change_ids`); None if the difference has none."""
    changes = [(section.spec, block) for section in diff.sections for block in section.changes]
    names = change_ids((spec.name, block) for spec, block in changes)
    if name not in names:
        return None
    at = names.index(name)
    return _made(diff, at + 1, name, *changes[at])


def first_change(diff: Diff) -> OneChange | None:
    """The first change in the order of the text; None if no text differs."""
    names = change_ids(
        (section.section, block) for section in diff.sections for block in section.changes[:1]
    )
    return one_change(diff, names[0]) if names else None


def in_words(diff: Diff) -> str:
    """What changed, in one line: the most important fact, else what the first change said."""
    if fact := lead(diff):
        return str(fact)
    first = first_change(diff)
    return first.words if first else gettext("There are no differences between the two versions.")


def excerpt(spans: Spans) -> Spans:
    """What differs, with a few words around each edit, on one line and not long."""
    shown: list[Span] = []
    room = _LONGEST
    for at, (op, text) in enumerate(spans):
        part = text.replace("\n", " ")
        if op == "equal":
            part = _context(part, at == 0, at == len(spans) - 1)
        most = room if op == "equal" else min(room, _EDIT)
        if len(part) > most:
            part = part[:most].rstrip() + _CUT
        room -= len(part)
        shown.append(Span(op, part))
        if room <= 0:
            break
    return tuple(shown)


def _context(text: str, first: bool, last: bool) -> str:
    """Of an unchanged text what stands next to the edits on its sides, in whole words."""
    if (first and last) or len(text) <= _AROUND * (1 if first or last else 2):
        return text
    head = "" if first else text[:_AROUND].rpartition(" ")[0] or text[:_AROUND]
    tail = "" if last else text[-_AROUND:].partition(" ")[2] or text[-_AROUND:]
    return f"{head} {_CUT} {tail}" if head and tail else f"{head}{_CUT}{tail}"


def _trimmed(text: str) -> str:
    return " ".join(text.split())


def _joined(block: Block) -> Iterator[Span]:
    fields = [spans for spans in block.texts.values() if spans]
    for at, spans in enumerate(fields):
        if at:
            # On the sides that both of them are on.
            ops: set[SpanOp] = {op for op, _ in (*fields[at - 1], *spans)}
            yield Span(ops.pop() if len(ops) == 1 else "equal", "\n")
        yield from spans


def _made(diff: Diff, number: int, name: str, spec: SectionSpec, block: Block) -> OneChange:
    change = Change(number, name, block, label(block, spec, diff.specs))
    facts = [
        fact
        for fact in diff.facts
        if fact.section == spec.name
        and (
            (fact.new_at is not None and fact.new_at.block in block.new)
            or (fact.old_at is not None and fact.old_at.block in block.old)
        )
    ]
    return OneChange(change, spec, next(iter(leads_of(facts)), None))
