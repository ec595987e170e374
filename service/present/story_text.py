r"""A story's page as plain text, as people copy it from a browser, and back.

Title, summary, then the sections under their headings, one paragraph a line; blank lines are
ignored. A source is `name URL`, `name — title — URL` or `name — title — leaning: … — URL`. In the
FAQ a line that ends in a question mark is a question, and the next line its answer; a line without
a question before it is an answer alone. What follows the heading History is not part of the story.

`page_text` and `parse_page` are inverses. What would be read as something else is marked:

- A backslash before a line says that it is text as it stands: no heading, no question, and the
  spaces at its beginning belong to it (`\Overview`, `\Why not?`). One at its end keeps the spaces
  there (`\ both sides \`). It is a mark only before what needs one: `\o/` is what it seems to be.
- `? ` before a line of the FAQ says that it is a question: `? Who pays`.
- In a source a backslash before a dash, or before `leaning:`, says that it separates nothing
  (`Herald \— Sunday — Beds are back — https://…`).
- Characters that show nothing or would reverse what is read are as they are in a file. A terminal
  is shown `\u200f` and the like (`shown`), which is read as the character; so a backslash that
  stands before `u200f` in the text is doubled.
"""

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from repo_store import (
    Content,
    FieldError,
    InvalidInput,
    Source,
    parse_content,
    place_of_field,
)
from repo_store.sameness import same_word
from service.diffing import PARAGRAPHS, SECTION_SPECS
from service.present.pasting import LINE_END, Breaks, cleaned, notice

_HEADINGS = [spec.label for spec in SECTION_SPECS.values() if spec.kind != "line"] + ["History"]
_OPTIONAL = {spec.label for spec in SECTION_SPECS.values() if spec.optional} | {"History"}
_OF_PARAGRAPHS = {SECTION_SPECS[name].label for name in PARAGRAPHS}
_SOURCES = re.compile(r"Sources \((\d{1,7})\)")
_QUESTION = re.compile(r"[?？؟]['\"”’»)]*$")
_URL = re.compile(r"https?://", re.IGNORECASE)
_MARK = "\\"
_ASKED = "? "
_DASH = " — "
_LEANING = "leaning: "

# What a text holds, and `repo_store.printable` shows as an escape
_UNSEEN = re.compile(r"(?<!\\)(\\*)([\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069\ufeff])")
_ESCAPE = re.compile(r"(?<!\\)(\\+)u(061c|200e|200f|202[abc]|206[6-9]|feff)")
# A dash by itself, and the word for a leaning after one, each with its backslashes
_LONE_DASH = re.compile(r"(?<![^ ])(\\*)—(?![^ ])")
_LONE_LEANING = re.compile(r"(?<= — )(\\*)leaning:(?![^ ])")


class PageRead(NamedTuple):
    """What a page says, and what was changed to read it: “Title: a tab became a space.”"""

    content: Content
    notices: tuple[str, ...]


class Line(NamedTuple):
    """`changes`: what was changed in it, in words."""

    number: int
    text: str
    changes: tuple[str, ...] = ()


def parse_page(text: str) -> Content:
    """The content of a page. Raises InvalidInput that names the line or the field."""
    return read_page(text).content


def read_page(text: str) -> PageRead:
    """The same, and what was changed in text that was pasted into the page (see `pasting`)."""
    text = _ESCAPE.sub(_unescaped, text.removeprefix("\ufeff"))
    parts, count = _parts(LINE_END.split(text))
    if len(parts["head"]) > 2:
        raise _fault(parts["head"][2].number, "only a title and a summary may come before Overview")
    title, summary = [*parts["head"], Line(0, ""), Line(0, "")][:2]
    sources = parts["Sources"]
    faq = _faq(parts["FAQ"])
    placed: dict[tuple[str | int, ...], Line] = {("title",): title, ("summary",): summary}
    content: dict[str, Any] = {
        "title": _unquoted(title.text, _title_needs_mark),
        "summary": _unquoted(summary.text),
        "sources": list(map(_source, sources)),
        "source_count": max(count, len(sources)),
    }
    for name in PARAGRAPHS:
        lines = parts[SECTION_SPECS[name].label]
        placed |= {(name, at): line for at, line in enumerate(lines)}
        content[name] = [_unquoted(line.text) for line in lines]
    content["faq"] = [
        {"question": _asked(question.text), "answer": _unquoted(answer.text, _answer_needs_mark)}
        for question, answer in faq
    ]
    placed |= {("sources", at): line for at, line in enumerate(sources)}
    for at, (question, answer) in enumerate(faq):
        placed |= {("faq", at, "question"): question, ("faq", at, "answer"): answer}
    notices = (
        notice(place_of_field(path), line.changes) for path, line in placed.items() if line.changes
    )
    return PageRead(parse_content(content), tuple(notices))


def slug(title: str) -> str:
    """A story id from a title; empty if the title has no Latin letter or digit."""
    plain = same_word(title).replace("'", "").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:120].strip("-")


Parts = dict[str, list[Line]]


def _parts(lines: list[str]) -> tuple[Parts, int]:
    """The lines under each heading, and the number in `Sources (n)`."""
    parts: Parts = {heading: [] for heading in ("head", *_HEADINGS)}
    expected = list(_HEADINGS)
    current, count = "head", 0
    last = 1
    for number, pasted in enumerate(lines, 1):
        for line in _lines(number, pasted.strip(), current in _OF_PARAGRAPHS):
            sources = _SOURCES.fullmatch(line.text)
            heading = "Sources" if sources else line.text
            if heading in _next(expected):
                current = heading
                del expected[: expected.index(heading) + 1]
                count = int(sources[1]) if sources else count
            else:
                parts[current].append(line)
            last = number
    if missing := [heading for heading in expected if heading not in _OPTIONAL]:
        raise _fault(last, f"the heading “{missing[0]}” is missing")
    return parts, count


def _lines(number: int, pasted: str, paragraphs: bool) -> Iterator[Line]:
    """A line of the file, cleaned. It is several where it holds separators, among paragraphs or
    with a heading between them.
    """
    clean = cleaned(pasted, Breaks.PARAGRAPH)
    texts = [text for text in map(str.strip, clean.text.split("\n")) if text]
    if len(texts) > 1 and not paragraphs and not any(map(_is_heading, texts)):
        clean = cleaned(pasted, Breaks.SPACE)
        texts = [clean.text]
    said_at = next((at for at, text in enumerate(texts) if not _is_heading(text)), 0)
    for at, text in enumerate(texts):
        yield Line(number, text, clean.changes if at == said_at else ())


def _next(expected: list[str]) -> list[str]:
    """The headings that may come next: all up to the first that must come."""
    optional = len(list(takewhile(_OPTIONAL.__contains__, expected)))
    return expected[: optional + 1]


def _source(line: Line) -> dict[str, str]:
    text, _, url = _unquoted(line.text).rpartition(" ")
    if not _URL.match(url) or not text:
        raise _fault(line.number, "a source must be a name and, at the end, its URL")
    name, dash, rest = text.removesuffix(_DASH[:-1]).partition(_DASH)
    title, _, leaning = f"{dash}{rest}".partition(f"{_DASH}{_LEANING}")
    title = _LONE_LEANING.sub(_without_mark, title).removeprefix(_DASH)
    source = {"name": _LONE_DASH.sub(_without_mark, name), "url": url}
    return source | {key: text for key, text in (("title", title), ("leaning", leaning)) if text}


def _faq(lines: list[Line]) -> list[tuple[Line, Line]]:
    """Questions, empty where there is none, each with its answer."""
    entries = []
    question: Line | None = None
    for line in lines:
        answers = _unquoted(line.text, _answer_needs_mark) != line.text
        if not answers and (line.text.startswith(_ASKED) or _QUESTION.search(line.text)):
            if question:
                raise _fault(question.number, "this question has no answer")
            question = line
        else:
            entries.append((question or Line(line.number, ""), line))
            question = None
    if question:
        raise _fault(question.number, "this question has no answer")
    return entries


def _asked(line: str) -> str:
    return _ended(line.removeprefix(_ASKED))


def _fault(line: int, message: str) -> InvalidInput:
    return InvalidInput([FieldError(f"line {line}", message)])


def page_text(content: Content) -> str:
    """The page as text, from which `parse_page` makes the same content."""
    lines = [_quoted(content.title, _title_needs_mark), _quoted(content.summary)]
    for name in PARAGRAPHS:
        paragraphs = getattr(content, name)
        if paragraphs or not SECTION_SPECS[name].optional:
            lines += [SECTION_SPECS[name].label, *map(_quoted, paragraphs)]
    lines.append(f"Sources ({content.source_count})")
    lines += map(_source_line, content.sources)
    lines.append("FAQ")
    for entry in content.faq:
        lines += [*map(_question_line, filter(None, [entry.question]))]
        lines.append(_quoted(entry.answer, _answer_needs_mark))
    text = "\n".join([*lines, "History"])
    return _ESCAPE.sub(lambda found: f"{found[1]}{found[0]}", text)


def shown(text: str) -> str:
    """A page's text as a terminal may show it."""
    return _UNSEEN.sub(lambda found: f"{found[1]}{found[1]}\\u{ord(found[2]):04x}", text)


def _unescaped(found: re.Match[str]) -> str:
    backslashes, code = found[1], found[2]
    kept = _MARK * (len(backslashes) // 2)
    return f"{kept}{chr(int(code, 16))}" if len(backslashes) % 2 else f"{kept}u{code}"


def _needs_mark(core: str) -> bool:
    """Whether a line would be read as something else. Backslashes at its ends make no difference,
    so that what has a mark and what it marks agree.
    """
    return _is_heading(core) or core != core.strip() or core.startswith("\ufeff")


def _is_heading(text: str) -> bool:
    return text in _HEADINGS or _SOURCES.fullmatch(text) is not None


def _title_needs_mark(core: str) -> bool:
    return _needs_mark(core) or core.startswith("{")  # which would begin JSON


def _answer_needs_mark(core: str) -> bool:
    return bool(_needs_mark(core) or core.startswith(_ASKED) or _QUESTION.search(core))


def _quoted(text: str, needs_mark: Callable[[str], bool] = _needs_mark) -> str:
    if not needs_mark(text.strip(_MARK)):
        return text
    return f"{_MARK}{_ending(text)}"


def _unquoted(line: str, needs_mark: Callable[[str], bool] = _needs_mark) -> str:
    if line.startswith(_MARK) and needs_mark(line.strip(_MARK)):
        return _ended(line[1:])
    return line


def _ending(text: str) -> str:
    """With a backslash at the end that keeps the spaces there."""
    return f"{text}{_MARK}" if _keeps_spaces(text) else text


def _ended(text: str) -> str:
    return text[:-1] if _keeps_spaces(text) else text


def _keeps_spaces(text: str) -> bool:
    return text.rstrip(_MARK)[-1:].isspace()


def _question_line(question: str) -> str:
    plain = _QUESTION.search(question) and not question.startswith((_MARK, _ASKED))
    return question if plain and not _needs_mark(question) else f"{_ASKED}{_ending(question)}"


def _source_line(source: Source) -> str:
    parts = [_LONE_DASH.sub(_with_mark, source.name)]
    if source.title:
        parts.append(_LONE_LEANING.sub(_with_mark, f"{_DASH}{source.title}").removeprefix(_DASH))
    if source.leaning:
        parts.append(f"{_LEANING}{source.leaning}")
    return _quoted(_DASH.join([*parts, source.url]))


def _with_mark(found: re.Match[str]) -> str:
    return f"{_MARK}{found[0]}"


def _without_mark(found: re.Match[str]) -> str:
    return found[0].removeprefix(_MARK)
