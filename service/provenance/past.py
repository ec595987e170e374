"""What versions did to one sentence: wrote, changed, removed and returned it. Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from service.diffing import Page, PageSection, SectionSpec, Span, Spans, difference
from service.provenance.ledger import Form

_MARKED = 40_000
"""Characters of wordings that are compared word by word; beyond it they are shown as they are."""
_LINE = SectionSpec("sentence", "", "", "line")


class Step(NamedTuple):
    """What a version did. `spans`: the words since then, with what it changed marked; of a sentence
    that it took out, the words until then.
    """

    what: Literal["wrote", "changed", "removed", "returned"]
    version: int
    spans: Spans


class Past(NamedTuple):
    """`last`: the newest form of the sentence. `steps`: the newest first, down to the first one;
    where they are not `complete`, some before that are left out.
    """

    last: Form
    first: int
    steps: tuple[Step, ...]
    complete: bool


def past_of(newest: Sequence[Form], first: Form) -> Past:
    """`newest`: of a sentence's forms the newest ones, newest first. `first`: its first one."""
    steps = [*_steps(newest)]
    wrote = Step("wrote", first.since, (Span("equal", first.text),))
    return Past(newest[0], first.since, (*steps, wrote), newest[-1].since == first.since)


def _steps(newest: Sequence[Form]) -> Iterator[Step]:
    last, left = newest[0], _MARKED
    if last.until is not None:
        yield Step("removed", last.until + 1, (Span("delete", last.text),))
    for form, before in pairwise(newest):
        left -= len(form.text) + len(before.text)
        spans = _marked(before.text, form.text) if left >= 0 else (Span("equal", form.text),)
        gone = (before.until or before.since) + 1
        if gone == form.since:
            yield Step("changed", form.since, spans)
        else:
            yield Step("returned", form.since, spans)
            yield Step("removed", gone, (Span("delete", before.text),))


def _marked(old: str, new: str) -> Spans:
    old_page, new_page = (Page({_LINE.name: PageSection(_LINE, [(text,)])}) for text in (old, new))
    [block] = difference(old_page, new_page).sections[0].blocks
    return block.texts[""]
