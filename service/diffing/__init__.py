"""What changed between two texts of a story: pure functions from two pages to a value.

No HTML, Flask, git, clock or randomness here, and no import of any other part of this project: the
same two pages give the same diff on any machine, and both can be rebuilt from it.

Other packages import from this one; `service.diffing.render` turns a diff into a patch, a
redline or labels.
"""

from service.diffing.cosmetic import cosmetic_edit
from service.diffing.differ import compare, difference, first_version_changes
from service.diffing.mentions import FactKind
from service.diffing.page import (
    EMPTY_PAGE,
    LINES,
    PARAGRAPHS,
    RECORDS,
    SECTION_SPECS,
    SECTIONS,
    Page,
    SectionName,
    units,
)
from service.diffing.sentences import sentence_spans, trimmed_span
from service.diffing.three_way import Agreed, Choice, Conflict, Merge, Piece, merge
from service.diffing.types import (
    Block,
    BlockOp,
    Cosmetic,
    Diff,
    Fact,
    Same,
    Section,
    Span,
    SpanOp,
    Spans,
)

__all__ = [
    "EMPTY_PAGE",
    "LINES",
    "PARAGRAPHS",
    "RECORDS",
    "SECTIONS",
    "SECTION_SPECS",
    "Agreed",
    "Block",
    "BlockOp",
    "Choice",
    "Conflict",
    "Cosmetic",
    "Diff",
    "Fact",
    "FactKind",
    "Merge",
    "Page",
    "Piece",
    "Same",
    "Section",
    "SectionName",
    "Span",
    "SpanOp",
    "Spans",
    "compare",
    "cosmetic_edit",
    "difference",
    "first_version_changes",
    "merge",
    "sentence_spans",
    "trimmed_span",
    "units",
]
