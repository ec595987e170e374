"""The chapter of hard cases in docs/diff.md shows what the code shows, also where that is wrong."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from service.diffing import Diff, Span, compare, cosmetic_edit
from service.diffing.render.fact_lines import fact_lines, line_text
from service.diffing.render.labels import label
from service.diffing.render.signs import on_one_line
from tests.diffing.pages import page

DOCUMENT = Path(__file__).parents[2] / "docs" / "diff.md"
TAGS = {"delete": "s", "insert": "strong"}


def _rows() -> list[list[str]]:
    """The old text, the new one and what is shown, as a reader of the chapter sees them."""
    chapter = DOCUMENT.read_text().partition("\n## Hard cases\n")[2].partition("\n## ")[0]
    # Tags are compared, not Markdown's signs: those mark nothing between a letter and punctuation.
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(chapter)
    rows = [re.findall("<td>(.*)</td>", row) for row in html.split("<tr>")]
    return [[unescape(cell) for cell in row[1:]] for row in rows if row]


def _shown(diff: Diff) -> Iterator[str]:
    for section in diff.sections:
        for block in section.changes:
            if not cosmetic_edit(block):
                yield "".join(map(_marked, block.spans))
            labelled = label(block, section.spec, diff.specs)
            if not labelled.endswith(" changed"):
                yield f"<em>{labelled}</em>"
    for line in fact_lines(diff):
        yield f"<em>{line_text(line, diff.specs).replace(' in Overview', '', 1)}</em>"


def _marked(span: Span) -> str:
    text = on_one_line(span.text)
    if span.op == "equal":
        return text
    words, tag = text.strip(), TAGS[span.op]
    return text.replace(words, f"<{tag}>{words}</{tag}>") if words else ""


@pytest.mark.parametrize(("old", "new", "shown"), _rows())
def test_a_hard_case_is_shown_as_the_chapter_says(old: str, new: str, shown: str) -> None:
    diff = compare(page(overview=old.split(" ¶ ")), page(overview=new.split(" ¶ ")))
    assert " · ".join(_shown(diff)) == shown


def test_the_chapter_is_read() -> None:
    assert len(_rows()) > 50
