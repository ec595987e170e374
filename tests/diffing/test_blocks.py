"""Which block became which: a rule, two documents, what became of each block.

Documents are spelt as `paragraphs` says, with those of Analysis after " | ". A block has its place
in the old document, a sign, and its place in the new one: `1=1` is the same, `1~1` edited, `1>2`
moved, `1~>2` both, `+1` added, `-1` removed, `1~1,2` split, `1,2~1` merged; `overview 1>2` moved
from there.
"""

import re

import pytest

from service.diffing import Block, Page, compare
from tests.chance import seeded
from tests.diffing.pages import page, paragraph, paragraphs

SIGNS = {"same": "=", "changed": "~", "added": "+", "removed": "-", "moved": ">"}

PARAGRAPHS = """
added and removed ones stand in their place: A / B / C → A / D / B: 1=1 +2 2=3 -3
an edited one pairs with its old self: A / B / C → A / b / C: 1=1 2~2 3=3
also beside added ones: A / B → D / A / C / b: +1 1=2 +3 2~4
with nothing in common it is another one: A → D: -1 +1
a third is enough in its place: A / it was so / B → A / so be that / C / B: 1=1 2~2 +3 3=4
but not elsewhere: it was then / A / B → A / B / then and there: -1 2=1 3=2 +3
in place half a word is enough: A / Warning / B → A / Warnings / B / C: 1=1 2~2 3=3 +4
but not among several: A / in N1 / E / B → A / in N2 / in N1 now / B / C: 1=1 +2 2~3 -3 4=4 +5
short ones pair in order: [1](1) / [2](2) / B → [1 x](1) / [2 y](2) / B / C: 1~1 2~2 3=3 +4
equal is more than similar: 9 to 6 / A / B → 6 to 9 / A / B / 9 to 6: +1 2=2 3=3 1>4
rows that shift stay the same: Row a / Row b / Row c → Row b / Row c / Row d: 2=1 3=2 1~>3
a move is marked once, where it is now: A / B / C / D → D / A / B / C: 4>1 1=2 2=3 3=4
with its edits: A / B / C / D → d / A / B / C: 4~>1 1=2 2=3 3=4
as few as possible moved: AAA / N / E → N / E / AAA: 2=1 3=2 1>3
also of several: N / E / S / W / X → S / N / X / E / W: 3>1 1=2 5>3 2=4 4=5
of two that swapped the shorter moved: AA / B → B / AA: 2>1 1=2
whichever comes first: B / AA → AA / B: 2=1 1>2
one of two equal ones goes, and none moved: A / B / A → B / A: -1 2=1 3=2
one moved to another section: A / B | C → A | C / b: 1=1 | 1=1 overview 2~>2
one of two words did not: A / So far. | C → A | C / So far.: 1=1 -2 | 1=1 +2
one is split, with its edits: AB / C → A / b / C: 1~1,2 2=3
also before its longest part: CA / B → C / A / B: 1~1,2 2=3
two are merged: A / B / C → AB / C: 1,2~1 3=2
what was there before is no part: C / ABD → A / B / D / C: 2~1,2,3 1>4
nor what shares a few words: AB → A / It will open a year from now.: 1~1 +2
nor two words of which it has one: AB → A / run out: 1~1 +2
one is split into many: z y x w v u t s r → z / y / x / w / v / u / t / s / r: 1~1,2,3,4,5,6,7,8,9
but not if most of it is gone: z y x w v u t s r → z / y / N / E: -1 +1 +2 +3 +4
"""

# Each a name, an address and perhaps a title
SOURCES = """
known by its address: Post p.org Vote / Mail m.org → Mail m.org / News p.org Tax: 2>1 1~2
or by its name: Post p.org Vote / Mail m.org → Mail m.org / Post q.org Tax: 2>1 1~2
by its address first: W w.org/1 / W w.org/2 → W http://w.org/2?gclid=x / W www.w.org/1/: 2~1 1~>2
another one: Post p.org → Mail m.org: -1 +1
with one more field: Post p.org → Post p.org Vote: 1~1
"""

# Each a question and an answer
ENTRIES = """
known by its question: Why? A / How? N → How? E / Why? A: 2~>1 1=2
or by its answer: Why? A / How? N → How? N / Since? A: 2>1 1~2
"""


def _document(section: str, text: str) -> Page:
    if section == "overview":
        overview, _, analysis = text.partition(" | ")
        return page(overview=paragraphs(overview), analysis=paragraphs(analysis))
    return page(**{section: [RECORDS[section](each) for each in text.split(" / ")]})


def _source(spelt: str) -> dict[str, str]:
    source = dict(zip(("name", "url", "title"), spelt.split(" "), strict=False))
    return source if "://" in spelt else source | {"url": f"https://{source['url']}"}


def _entry(spelt: str) -> dict[str, str]:
    question, answer = spelt.split(" ", 1)
    return {"question": question, "answer": paragraph(answer)}


RECORDS = {"sources": _source, "faq": _entry}


def _became(block: Block) -> str:
    old, new = (",".join(str(at + 1) for at in side) for side in (block.old, block.new))
    sign = "~>" if block.op == "moved" and block.edited else SIGNS[block.op]
    origin = f"{block.from_section} " if block.from_section else ""
    return f"{origin}{old}{sign}{new}" if old and new else f"{sign}{old}{new}"


CASES = [
    pytest.param(section, *re.split(": | → ", line)[1:], id=line.partition(":")[0])
    for section, rules in (("overview", PARAGRAPHS), ("sources", SOURCES), ("faq", ENTRIES))
    for line in rules.strip().splitlines()
]


@pytest.mark.parametrize(("section", "old", "new", "became"), CASES)
def test_blocks(section: str, old: str, new: str, became: str) -> None:
    diff = compare(_document(section, old), _document(section, new))
    parts = [part.blocks for part in diff.sections if part.spec.kind != "line" and part.blocks]
    assert " | ".join(" ".join(map(_became, blocks)) for blocks in parts) == became
    assert diff.stats.blocks_moved == became.count(">")


def test_a_title_stays_the_title_however_much_of_it_changed() -> None:
    diff = compare(page(title="One thing"), page(title="Quite different words"))
    assert [block.op for block in diff.sections[0].blocks] == ["changed"]


def test_a_changed_number_of_sources_changes_the_sources() -> None:
    diff = compare(page(source_count=3), page(source_count=4))
    assert list(diff.changed_sections()) == ["sources"]
    assert diff.source_count == (3, 4)
    assert not any(section.changed for section in diff.sections)


def test_many_reordered_paragraphs_are_found_though_no_word_is_rare() -> None:
    chance = seeded(1)
    words = [f"word{number}" for number in range(100)]
    old = [" ".join(chance.choices(words, k=30)) for _ in range(90)]
    new = [f"{text} edited" for text in old[::-1]]
    blocks = compare(page(overview=old), page(overview=new)).sections[2].blocks
    assert {block.op for block in blocks} <= {"moved", "changed"}
    assert all(block.old[0] + block.new[0] == 89 for block in blocks)
