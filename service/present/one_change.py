"""One change of a difference by itself: found by its lasting name, and said in a few words."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.diffing import (
    Block,
    Diff,
    SectionSpec,
    Span,
    SpanOp,
    Spans,
    sentence_spans,
    text_without,
)
from service.diffing.render.fact_lines import Words
from service.diffing.render.formatting_lines import formatting_lines
from service.diffing.render.labels import label
from service.messages import gettext
from service.present.change_ids import change_ids
from service.present.diff_view import Change, DiffView
from service.present.fact_view import Edited, Lead, lead, leads_of

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
    changes = [(section.spec, block) for section in diff.sections for block in section.told]
    names = change_ids((spec.name, block) for spec, block in changes)
    if name not in names:
        return None
    at = names.index(name)
    return _made(diff, at + 1, name, *changes[at])


def first_change(diff: Diff) -> OneChange | None:
    """The first change in the order of the text; None if no text differs."""
    names = change_ids(
        (section.section, block) for section in diff.sections for block in section.told[:1]
    )
    return one_change(diff, names[0]) if names else None


def in_words(diff: Diff) -> str:
    """What changed, in one line: the most important fact, else what the first change said."""
    if fact := lead(diff):
        return str(fact)
    first = first_change(diff)
    return first.words if first else gettext("There are no differences between the two versions.")


def sentence(spans: Spans) -> Spans:
    """The one sentence, of the old text and of the new, that has all edits; empty if it takes more
    than one.
    """
    at = [index for index, span in enumerate(spans) if span.op != "equal"]
    if not at:
        return ()
    prefix = sum(len(text) for _, text in spans[: at[0]])
    suffix = sum(len(text) for _, text in spans[at[-1] + 1 :])
    kept = []
    for side in ("insert", "delete"):
        text = text_without(spans, side)
        first, last = prefix, len(text) - suffix
        around = [(s, e) for s, e in sentence_spans(text) if s <= first and last <= e]
        kept += [(first - start, end - last) for start, end in around]
    if len(kept) != 2 or kept[0] != kept[1]:
        return ()
    before, after = kept[0]
    edited = spans[at[0] : at[-1] + 1]
    head = "".join(text for _, text in spans[: at[0]])[prefix - before :] if before else ""
    tail = "".join(text for _, text in spans[at[-1] + 1 :])[:after]
    found = (Span("equal", head), *edited, Span("equal", tail))
    return tuple(span for span in found if span.text)


def marked(view: DiffView) -> tuple[Spans, Spans]:
    """What changed, as marked text: the most important fact in a few words and the sentence that it
    is in; else what the first change said and says. Either may be empty.
    """
    if (fact := lead(view.diff)) and any(fact.words):
        entries = view.facts.first
        first = entries[0] if entries else None
        return lead_spans(fact), excerpt(first.sentence) if isinstance(first, Edited) else ()
    first_of_all = first_change(view.diff)
    said: Spans = (Span("equal", fact.heading),) if fact else ()
    return (first_of_all.excerpt if first_of_all else ()), said


def lead_spans(fact: Lead) -> Spans:
    """A fact in a few words, the old ones and the new ones marked."""
    heading, words = fact.heading, fact.words
    more = str(fact._replace(heading="", words=Words())) if fact.more else ""
    spans = (
        Span("equal", f"{heading} "),
        Span("delete", words.old),
        Span("equal", words.joint),
        Span("insert", words.new),
        Span("equal", f"{words.rest}{more}"),
    )
    return tuple(span for span in spans if span.text)


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
