"""Every tuned number of the differ, and why it has its value.

The values were chosen on real edits in 19 languages; `docs/diff.md` has the measurements.
"""

# Which block became which (align.py, splits.py). A share is Dice's coefficient of distinct words.
SAME_BLOCK = 0.5
"""Blocks that share half their words are the same block, wherever they stand."""
SAME_BLOCK_IN_PLACE = 0.25
"""Between the same neighbours less is enough: nothing else can have become of the block. Of 35 such
pairs of real edits with a share of 0.25 to 0.35, 33 were the same paragraph.
"""
MIN_WORDS_ACROSS_SECTIONS = 3
"""A shorter text may stand in two sections by coincidence, so it never moves between them."""
PART_OF_WHOLE = 0.6
"""Share of a paragraph's words that must come from the one it was split from."""
MIN_WORDS_OF_PART = 3
"""Fewer words occur in many paragraphs; so short a part must come from the whole entirely."""
MAX_SPLIT_COMPARISONS = 500
"""Beyond this many, wholes that resemble none of their parts aren't looked for."""

# Similarity of many blocks in linear time (similarity.py)
MAX_COMPARISONS = 2_500
"""Up to this many pairs are compared one by one; beyond, only blocks that share a rare word."""
RARE_WORDS = 6
"""So many of its rarest words identify a block."""
MAX_BLOCKS_PER_WORD = 128
"""A word that stands in more blocks than this identifies none."""
CANDIDATES_PER_BLOCK = 4
SIMILARITY_CHARACTERS = 20_000
"""How much of a block is compared: its beginning identifies a longer one."""
SIMILARITY_TOTAL = 300_000
"""How much of all blocks of a section, old and new, is compared at most; of each the same share;"""
SIMILARITY_UNSPACED = 3
"""A text without spaces has so many times as many words, which are pairs of its characters."""
SIMILARITY_LEAST = 120
"""but of each at least this."""
FRAGMENT_CHARACTERS = 2_000
"""Up to here two blocks without a common word are compared by runs of letters and digits."""

# Which words are marked (words.py, merge_nearby.py)
MERGE_RATIO = 6
"""Equal text between edits is merged into them if they have 6 times its words and twice its length
on either side: at most a third more words are marked.
"""
LINK_MERGE_RATIO = 2
"""Within a link or a compound less is enough: it is read as one word."""
SHIFT_MARGIN = 100
"""Characters kept on either side of an edit that may shift to the next word or sentence."""
ONE_PASS_CHARACTERS = 4_000
"""Longer texts aren't matched twice, first without that margin and then with it."""

# Facts (facts.py)
MAX_FACT_CHARACTERS = 20_000
"""Text within reach of an edit, old and new, that is searched for facts: about 0.1 s of work."""
WORDS_OF_AN_EDIT = {"negation": 5, "attribution": 12}
"""An edit of more words, or one with a sentence's end, writes a sentence rather than edits it."""
CHARACTERS_PER_TEXT = 100
"""What it costs to search one more text, in characters,"""
CHARACTERS_PER_NUMBER = 20
"""and to read one more number."""
VALUE_REACH = 24
"""Characters beyond an edit in which a value or name that it touches may begin or end."""
MOST_PLACES = 100
"""Places of a page that are looked at for a name or link that was added or removed."""
MAX_PAIRINGS = 2_000
"""Up to this many pairs of facts of one edit are looked at for those that belong together."""
LONGEST_LINK = 500
"""Characters of a link beyond an edit in it."""
LONGEST_QUOTATION = 1_000
"""Characters of a quotation that is found."""
SHORT_EDIT = 40
"""Characters up to which a replaced word is about the word that took its place."""

# Markdown (reading.py)
MARKS_READ = 20_000
"""Characters of changed blocks that may begin mark-up: of more, mark-up is text like any other.
It takes about 10 microseconds to read one.
"""

# The work budget (matching.py): steps of about 10 ns, counted so that no clock decides
BUDGET = 3_000_000
"""Steps for one whole diff, about 30 ms; an ordinary edit takes a few hundred."""
CELLS_PER_STEP = 64
"""Cells of the bit-parallel table that one machine word holds."""
STEPS_PER_ROUND = 64
"""What one step of the bisection, in Python, costs in steps of the table, in C."""
STEPS_PER_CHARACTER = 8
"""What it costs to cut a character into tokens;"""
STEPS_PER_COMPLEX_CHARACTER = 32
"""the same in a text with combining marks or scripts that the fast engine can't handle."""
STEPS_PER_TOKEN = 25
"""What it costs to compare a token beyond the table or the search."""
STEPS_PER_STOP = 100
"""What it costs to decide whether a full stop ends a sentence."""
STEPS_PER_SPAN = 200
"""What it costs to make and show one more mark: a page with 10,000 of them helps nobody."""
COUNTED_CHARACTERS = 200_000
"""Added and removed text of which the words are counted; of more, they are estimated."""
