"""A story's page as plain text, as people copy it from a browser.

Title, summary, then the sections under their headings, one paragraph a line; blank lines are
ignored. A source is `name URL` or `name — title — URL`. In the FAQ a line that ends in a question
mark is a question, and the next line its answer; a line without a question before it is an answer
alone. What follows the heading History is not part of the story.
"""

import re
from itertools import takewhile
from typing import Any

from repo_store import Content, FieldError, InvalidInput, parse_content
from repo_store.sameness import same_word
from service.diffing import PARAGRAPHS, SECTION_SPECS

_HEADINGS = [spec.label for spec in SECTION_SPECS.values() if spec.kind != "line"] + ["History"]
_OPTIONAL = {spec.label for spec in SECTION_SPECS.values() if spec.optional} | {"History"}
_SOURCES = re.compile(r"Sources \((\d{1,6})\)")
_QUESTION = re.compile(r"[?？؟]['\"”’»)]*$")


def parse_page(text: str) -> Content:
    """The content of a page. Raises InvalidInput that names the line or the field."""
    lines = [
        (number, line.strip())
        for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1)
        if line.strip()
    ]
    parts, count = _parts(lines)
    if len(parts["head"]) > 2:
        raise _fault(parts["head"][2][0], "only a title and a summary may come before Overview")
    head = [line for _, line in parts["head"]] + ["", ""]
    sources = [_source(number, line) for number, line in parts["Sources"]]
    content: dict[str, Any] = {
        "title": head[0],
        "summary": head[1],
        **{name: [line for _, line in parts[SECTION_SPECS[name].label]] for name in PARAGRAPHS},
        "sources": sources,
        "source_count": max(count, len(sources)),
        "faq": _faq(parts["FAQ"]),
    }
    return parse_content(content)


def slug(title: str) -> str:
    """A story id from a title; empty if the title has no Latin letter or digit."""
    plain = same_word(title).replace("'", "").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:120].strip("-")


Lines = list[tuple[int, str]]


def _parts(lines: Lines) -> tuple[dict[str, Lines], int]:
    """The lines under each heading, and the number in `Sources (n)`."""
    parts: dict[str, Lines] = {heading: [] for heading in ("head", *_HEADINGS)}
    expected = list(_HEADINGS)
    current, count = "head", 0
    for number, line in lines:
        sources = _SOURCES.fullmatch(line)
        heading = "Sources" if sources else line
        if heading in _next(expected):
            current = heading
            del expected[: expected.index(heading) + 1]
            count = int(sources[1]) if sources else count
        else:
            parts[current].append((number, line))
    if missing := [heading for heading in expected if heading not in _OPTIONAL]:
        last = lines[-1][0] if lines else 1
        raise _fault(last, f"the heading “{missing[0]}” is missing")
    return parts, count


def _next(expected: list[str]) -> list[str]:
    """The headings that may come next: all up to the first that must come."""
    optional = len(list(takewhile(_OPTIONAL.__contains__, expected)))
    return expected[: optional + 1]


def _source(number: int, line: str) -> dict[str, str]:
    text, _, url = line.rpartition(" ")
    if not url.startswith(("http://", "https://")) or not text:
        raise _fault(number, "a source must be a name and, at the end, its URL")
    name, _, title = text.removesuffix(" —").partition(" — ")
    return {"name": name, "url": url} | ({"title": title} if title else {})


def _faq(lines: Lines) -> list[dict[str, str]]:
    entries = []
    question: tuple[int, str] | None = None
    for number, line in lines:
        if _QUESTION.search(line):
            if question:
                raise _fault(question[0], "this question has no answer")
            question = (number, line)
        else:
            entries.append({"question": question[1] if question else "", "answer": line})
            question = None
    if question:
        raise _fault(question[0], "this question has no answer")
    return entries


def _fault(line: int, message: str) -> InvalidInput:
    return InvalidInput([FieldError(f"line {line}", message)])


def page_text(content: Content) -> str:
    """The page as text, in the form that `import` reads."""
    lines = [content.title, content.summary]
    for name in PARAGRAPHS:
        paragraphs = getattr(content, name)
        if paragraphs or not SECTION_SPECS[name].optional:
            lines += [SECTION_SPECS[name].label, *paragraphs]
    lines.append(f"Sources ({content.source_count})")
    for source in content.sources:
        lines.append(" — ".join(filter(None, (source.name, source.title, source.url))))
    lines.append("FAQ")
    for entry in content.faq:
        lines += [*filter(None, [entry.question]), entry.answer]
    return "\n".join([*lines, "History"])
