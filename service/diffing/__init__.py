"""What changed between two pages of a story: pure functions from two pages to a value.

No HTML, Flask, git, clock or randomness here, and no import of any other part of this project but
`repo_store.sameness`, which knows what is the same to a reader: the same two pages give the same
diff on any machine, and both can be rebuilt from it, byte for byte (`rebuild`). Other packages
import from this one; `service.diffing.render` makes a patch, a redline or labels of a diff.

From a page to its diff (`differ`), with the algorithm of each step:

1. **Blocks** (`align`): which paragraph, source or FAQ entry became which. Equal blocks are paired
   in order by a longest common subsequence, then by the fields that identify a record, then by
   similarity (`similarity`): Dice's coefficient of their distinct words, which for many blocks is
   computed only where they share a rare word. Words rather than characters, because an edited
   paragraph keeps its words and unrelated ones share letters.
2. **Splits and merges** (`splits`): adjacent blocks that hold what a paired one lacks.
3. **Moves** (`increasing_subsequence`): a weighted longest increasing subsequence, over a Fenwick
   tree, keeps the most and longest blocks in place; all others have moved. It finds the fewest
   moves, in O(n log n).
4. **Words** (`tokenizer`, `words`): tokens never cut a word or a grapheme; links and compounds are
   several. Words are matched first, then the marks between them. Their longest common subsequence
   (`matching`) comes from Hyyrö's bit-parallel table (rapidfuzz), 64 cells a step; for long texts
   that differ little from Myers's O(ND) search (diff-match-patch), which costs what the texts
   differ rather than what they measure. Then `merge_nearby` joins fragments, and `boundary_shift`
   moves an insertion or deletion to where a word or sentence begins.
   `cosmetic` recognises edits of space, punctuation or capitals alone; `characters` names those
   characters that a reader would not see.
5. **Facts** (`facts`): values at places. `mentions`, `names` and `quotations` find, by rules, the
   numbers, dates, times, names, links, negations, attributions and quotations near an edit;
   `places` says which took whose place; `facts` and `renaming` leave out what is the same in
   another form, or has only moved. `stale`: numbers that another section still repeats.
6. **What still stands** (`repeats`): where a page, this story's or another one's, still says the
   old value of the same thing, however many versions later.

**Markdown** (`reading`, `rich`, `formatting`) is compared as a reader sees it: all of the above is
given its visible text. Blocks are equal as they are stored, similar as they are seen. The spans of
the stored text follow from those of the visible one, mark-up being compared by itself; a block has
both. What changed under the same words (where a link leads, a style, the kind of a block, an image)
is a list of its own.

A three-way merge (`three_way`, after diff3) combines two such diffs of one base.

**Work is bounded by counting, not by time**, so that load never changes a result: one diff has a
budget of steps, of which a block may take half of what is left. Beyond it a block is compared by
sentences (`sentences`), then replaced as a whole; it is then `coarse`, and still exact. The budget
and every other tuned number are in `thresholds`, with their reasons.

A page comes with what its sections are (`page`); the kinds of facts are a table in `kinds`.
"""

from service.diffing.characters import NamedCharacter, named_characters
from service.diffing.cosmetic import cosmetic_edit
from service.diffing.differ import compare, difference, first_version_changes, with_facts
from service.diffing.facts import searched
from service.diffing.kinds import FactKind
from service.diffing.page import (
    EMPTY_PAGE,
    TITLE,
    Page,
    PageSection,
    SectionSpec,
    Unit,
)
from service.diffing.reading import Reading, read
from service.diffing.repeats import (
    Corrected,
    Said,
    Statement,
    corrected,
    is_rare,
    repeats,
    said,
    same_elsewhere,
    same_thing,
    undone,
)
from service.diffing.sentences import sentence_spans, trimmed_span
from service.diffing.three_way import Agreed, Choice, Conflict, Merge, Piece, merge
from service.diffing.types import (
    Block,
    BlockOp,
    Cosmetic,
    Diff,
    Fact,
    Formatting,
    Same,
    Section,
    Span,
    SpanOp,
    Spans,
    What,
    text_without,
)

__all__ = [
    "EMPTY_PAGE",
    "TITLE",
    "Agreed",
    "Block",
    "BlockOp",
    "Choice",
    "Conflict",
    "Corrected",
    "Cosmetic",
    "Diff",
    "Fact",
    "FactKind",
    "Formatting",
    "Merge",
    "NamedCharacter",
    "Page",
    "PageSection",
    "Piece",
    "Reading",
    "Said",
    "Same",
    "Section",
    "SectionSpec",
    "Span",
    "SpanOp",
    "Spans",
    "Statement",
    "Unit",
    "What",
    "compare",
    "corrected",
    "cosmetic_edit",
    "difference",
    "first_version_changes",
    "is_rare",
    "merge",
    "named_characters",
    "read",
    "repeats",
    "said",
    "same_elsewhere",
    "same_thing",
    "searched",
    "sentence_spans",
    "text_without",
    "trimmed_span",
    "undone",
    "with_facts",
]
