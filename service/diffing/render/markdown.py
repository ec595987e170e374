"""The diff as a redline in Markdown: [-<del>removed</del>-] and {+<ins>added</ins>+}."""

from collections.abc import Iterator

from service.diffing.render.fact_lines import fact_lines, line_text, verdict
from service.diffing.render.formatting_lines import formatting_lines
from service.diffing.render.labels import (
    departure,
    label,
    stale_line,
    stats_line,
)
from service.diffing.render.signs import SIGNS, on_one_line
from service.diffing.types import Diff, Span

_SPECIAL = "\\`*_{}[]<>()#+-.!|~&"
"""The backslash first: it escapes the others."""
_TAGS = {"equal": ("", ""), "insert": ("<ins>", "</ins>"), "delete": ("<del>", "</del>")}


def redline(diff: Diff, title: str) -> str:
    """CommonMark with the two HTML tags; the story's own text is escaped."""
    return "\n\n".join([f"# {_escaped(title)}", *_parts(diff)]) + "\n"


def _parts(diff: Diff) -> Iterator[str]:
    yield f"{stats_line(diff.stats)}."
    if said := verdict(diff):
        yield f"{_escaped(said)}."
    if lines := fact_lines(diff):
        yield "## Facts changed" if diff.facts else "## In short"
        yield "\n".join(f"- {_escaped(line_text(line, diff.specs))}" for line in lines)
    if diff.stale:
        yield "## Still in the old form"
        yield "\n".join(f"- {_escaped(stale_line(stale, diff.specs))}" for stale in diff.stale)
    changed, departures = set(diff.changed_sections()), diff.departures()
    for section in diff.sections:
        if section.section not in changed:
            continue
        yield f"## {section.spec.label}"
        if section.spec.counted and diff.recounted:
            old, new = map(str, diff.source_count)
            yield f"Count: {_span(Span('delete', old))}{_span(Span('insert', new))}"
        for block, now in departures.get(section.section, ()):
            if now != section.section:
                yield f"*{_escaped(departure(block, section.section, now, diff.specs))}*"
        for block in section.told:
            yield f"*{_escaped(label(block, section.spec, diff.specs))}*"
            for spans in block.texts.values():
                if spans:
                    yield "> " + "".join(map(_span, spans))
            if lines_of_block := formatting_lines(block):
                yield "\n".join(f"- {_escaped(str(line))}" for line in lines_of_block)


def _span(span: Span) -> str:
    # The signs need no escape: only a link's definition or an address after them would make them
    # mark-up, and a story's own text is escaped.
    (before, after), (opening, closing) = SIGNS[span.op], _TAGS[span.op]
    return f"{before}{opening}{_escaped(on_one_line(span.text))}{closing}{after}"


def _escaped(text: str) -> str:
    for special in _SPECIAL:
        if special in text:
            text = text.replace(special, f"\\{special}")
    return text
