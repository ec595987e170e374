r"""A story's page as plain text, as people copy it from a browser, and back.

Title, summary, then the sections under their headings, one paragraph a line; blank lines are
ignored. A source is `name URL`, `name — title — URL` or `name — title — leaning: … — URL`. In the
FAQ a line that ends in a question mark is a question, and the next line its answer; a line without
a question before it is an answer alone. An object of another kind, such as an image, is a line a
field: `Caption: text`. What follows the heading History is not part of the story. Which headings
there are is said by the story's shape; those of parts that may be missing are left out with them.

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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile
from typing import Any, NamedTuple

from repo_store import STORY, Content, FieldError, InvalidInput, Part, Shape, Shapes, parse_content
from repo_store.sameness import same_word
from service.present.pasting import LINE_END, Breaks, cleaned, notice

_HISTORY = "History"
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


def parse_page(text: str, shape: Shape = STORY) -> Content:
    """The content of a page. Raises InvalidInput that names the line or the field."""
    return read_page(text, shape).content


def read_page(text: str, shape: Shape = STORY) -> PageRead:
    """The same, and what was changed in text that was pasted into the page (see `pasting`)."""
    return _form(shape).read(text)


def page_text(content: Content) -> str:
    """The page as text, from which `parse_page` makes the same content."""
    return _form(content.shape).written(content)


def shown(text: str) -> str:
    """A page's text as a terminal may show it."""
    return _UNSEEN.sub(lambda found: f"{found[1]}{found[1]}\\u{ord(found[2]):04x}", text)


def slug(title: str) -> str:
    """A story id from a title; empty if the title has no Latin letter or digit."""
    plain = same_word(title).replace("'", "").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:120].strip("-")


Parts = dict[str, list[Line]]
Placed = dict[tuple[str | int, ...], Line]
"""The lines by the paths of what they became."""


@lru_cache(maxsize=64)
def _form(shape: Shape) -> "_Form":
    return _Form(shape)


@dataclass(frozen=True)
class _Form:
    """How the contents of a shape are written, and read."""

    shape: Shape

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """The parts that have a heading, by it."""
        return {part.label: part for part in self.shape.parts[2:]}

    @cached_property
    def sources(self) -> Part | None:
        return next((part for part in self.shape.parts if part.kind.cites), None)

    @cached_property
    def _sources_heading(self) -> re.Pattern[str]:
        label = self.sources.label if self.sources else "Sources"
        return re.compile(rf"{re.escape(label)} \((\d{{1,7}})\)")

    def is_optional(self, heading: str) -> bool:
        return heading == _HISTORY or not self.parts[heading].required

    # Reading

    def read(self, text: str) -> PageRead:
        text = _ESCAPE.sub(_unescaped, text.removeprefix("\ufeff"))
        parts, count = self._split(LINE_END.split(text))
        if len(parts["head"]) > 2:
            first = next(iter(self.parts))
            message = f"only a title and a summary may come before {first}"
            raise _fault(parts["head"][2].number, message)
        title, summary = [*parts["head"], Line(0, ""), Line(0, "")][:2]
        placed: Placed = {("title",): title, ("summary",): summary}
        content: dict[str, Any] = {
            "shape": self.shape.name,
            "title": self._unquoted(title.text, self._title_needs_mark),
            "summary": self._unquoted(summary.text),
        }
        for heading, part in self.parts.items():
            value, found = self._value(part, parts[heading])
            if part.required or parts[heading]:
                content[part.id] = value
            placed |= {(part.id, *path): line for path, line in found.items()}
            if part.counted:
                content["source_count"] = max(count, len(value))
        notices = (
            notice(self.shape.by_id[str(path[0])].where(path[1:]), line.changes)
            for path, line in placed.items()
            if line.changes
        )
        return PageRead(
            parse_content(content, Shapes({self.shape.name: self.shape})), tuple(notices)
        )

    def _value(self, part: Part, lines: list[Line]) -> tuple[Any, Placed]:
        kind = part.kind
        if kind.cites:
            return list(map(self._source, lines)), {(at,): line for at, line in enumerate(lines)}
        if kind.name == "faq":
            return self._faq(lines)
        if kind.named:
            return self._records(part, lines)
        texts = [self._unquoted(line.text) for line in lines]
        if kind.many:
            return texts, {(at,): line for at, line in enumerate(lines)}
        if len(lines) > 1:
            raise _fault(lines[1].number, f"{part.label} is one line")
        return "".join(texts), dict.fromkeys(((),), lines[0]) if lines else {}

    def _split(self, lines: list[str]) -> tuple[Parts, int]:
        """The lines under each heading, and the number in `Sources (n)`."""
        headings = [*self.parts, _HISTORY]
        parts: Parts = {heading: [] for heading in ("head", *headings)}
        expected = list(headings)
        current, count = "head", 0
        last = 1
        for number, pasted in enumerate(lines, 1):
            prose = current in self.parts and self.parts[current].kind.prose
            for line in self._lines(number, pasted.strip(), prose):
                sources = self._sources_heading.fullmatch(line.text) if self.sources else None
                heading = self.sources.label if sources and self.sources else line.text
                if heading in self._next(expected):
                    current = heading
                    del expected[: expected.index(heading) + 1]
                    count = int(sources[1]) if sources else count
                else:
                    parts[current].append(line)
                last = number
        if missing := [heading for heading in expected if not self.is_optional(heading)]:
            raise _fault(last, f"the heading “{missing[0]}” is missing")
        return parts, count

    def _lines(self, number: int, pasted: str, paragraphs: bool) -> Iterator[Line]:
        """A line of the file, cleaned. It is several where it holds separators, among paragraphs or
        with a heading between them.
        """
        clean = cleaned(pasted, Breaks.PARAGRAPH)
        texts = [text for text in map(str.strip, clean.text.split("\n")) if text]
        if len(texts) > 1 and not paragraphs and not any(map(self._is_heading, texts)):
            clean = cleaned(pasted, Breaks.SPACE)
            texts = [clean.text]
        said_at = next((at for at, text in enumerate(texts) if not self._is_heading(text)), 0)
        for at, text in enumerate(texts):
            yield Line(number, text, clean.changes if at == said_at else ())

    def _next(self, expected: list[str]) -> list[str]:
        """The headings that may come next: all up to the first that must come."""
        optional = len(list(takewhile(self.is_optional, expected)))
        return expected[: optional + 1]

    def _source(self, line: Line) -> dict[str, str]:
        text, _, url = self._unquoted(line.text).rpartition(" ")
        if not _URL.match(url) or not text:
            raise _fault(line.number, "a source must be a name and, at the end, its URL")
        name, dash, rest = text.removesuffix(_DASH[:-1]).partition(_DASH)
        title, _, leaning = f"{dash}{rest}".partition(f"{_DASH}{_LEANING}")
        title = _LONE_LEANING.sub(_without_mark, title).removeprefix(_DASH)
        source = {"name": _LONE_DASH.sub(_without_mark, name), "url": url}
        more = (("title", title), ("leaning", leaning))
        return source | {key: text for key, text in more if text}

    def _faq(self, lines: list[Line]) -> tuple[list[dict[str, str]], Placed]:
        """Questions, empty where there is none, each with its answer."""
        entries: list[tuple[Line, Line]] = []
        question: Line | None = None
        for line in lines:
            answers = self._unquoted(line.text, self._answer_needs_mark) != line.text
            if not answers and (line.text.startswith(_ASKED) or _QUESTION.search(line.text)):
                if question:
                    raise _fault(question.number, "this question has no answer")
                question = line
            else:
                entries.append((question or Line(line.number, ""), line))
                question = None
        if question:
            raise _fault(question.number, "this question has no answer")
        placed: Placed = {}
        for at, (asked, answer) in enumerate(entries):
            placed |= {(at, "question"): asked, (at, "answer"): answer}
        value = [
            {
                "question": _ended(asked.text.removeprefix(_ASKED)),
                "answer": self._unquoted(answer.text, self._answer_needs_mark),
            }
            for asked, answer in entries
        ]
        return value, placed

    def _records(self, part: Part, lines: list[Line]) -> tuple[Any, Placed]:
        """Objects of a line a field; the first field begins each."""
        names = {field.label: field.name for field in part.kind.fields}
        records: list[dict[str, str]] = []
        placed: Placed = {}
        for line in lines:
            label, _, text = line.text.partition(": ")
            if label not in names:
                known = ", ".join(names)
                raise _fault(
                    line.number, f"{part.label} has a line a field, each after its name: {known}"
                )
            name = names[label]
            if not records or name in records[-1]:
                records.append({})
            records[-1][name] = _ended(text)
            placed[(len(records) - 1, name) if part.kind.many else (name,)] = line
        if part.kind.many:
            return records, placed
        if len(records) > 1:
            raise _fault(lines[-1].number, f"{part.label} is there once")
        return records[0] if records else None, placed

    # Writing

    def written(self, content: Content) -> str:
        lines = [
            self._quoted(content.title, self._title_needs_mark),
            self._quoted(content.summary),
        ]
        for part in self.shape.parts[2:]:
            blocks = [block for block in part.blocks(content.fields) if any(block)]
            if part.required or blocks:
                count = f" ({content.source_count})" if part.kind.cites else ""
                lines.append(f"{part.label}{count}")
            for block in blocks:
                lines += self._block_lines(part, block)
        text = "\n".join([*lines, _HISTORY])
        if "\\" not in text:
            return text
        return _ESCAPE.sub(lambda found: f"{found[1]}{found[0]}", text)

    def _block_lines(self, part: Part, block: tuple[str, ...]) -> Iterator[str]:
        if part.kind.cites:
            yield self._source_line(*block)
        elif part.kind.name == "faq":
            question, answer = block
            if question:
                yield self._question_line(question)
            yield self._quoted(answer, self._answer_needs_mark)
        elif part.kind.named:
            for field, text in zip(part.kind.fields, block, strict=True):
                if text or field.required:
                    yield f"{field.label}: {_ending(text)}"
        else:
            yield self._quoted(block[0])

    def _question_line(self, question: str) -> str:
        plain = _QUESTION.search(question) and not question.startswith((_MARK, _ASKED))
        if plain and not self._needs_mark(question):
            return question
        return f"{_ASKED}{_ending(question)}"

    def _source_line(self, name: str, url: str, title: str, leaning: str) -> str:
        parts = [_LONE_DASH.sub(_with_mark, name)]
        if title:
            marked = _LONE_LEANING.sub(_with_mark, f"{_DASH}{title}")
            parts.append(marked.removeprefix(_DASH))
        if leaning:
            parts.append(f"{_LEANING}{leaning}")
        return self._quoted(_DASH.join([*parts, url]))

    # Marks

    def _needs_mark(self, core: str) -> bool:
        """Whether a line would be read as something else. Backslashes at its ends make no
        difference, so that what has a mark and what it marks agree.
        """
        return self._is_heading(core) or core != core.strip() or core.startswith("\ufeff")

    def _is_heading(self, text: str) -> bool:
        return text in self.parts or text == _HISTORY or bool(self._sources_heading.fullmatch(text))

    def _title_needs_mark(self, core: str) -> bool:
        return self._needs_mark(core) or core.startswith(("{", "<"))  # which begin JSON, HTML

    def _answer_needs_mark(self, core: str) -> bool:
        return bool(self._needs_mark(core) or core.startswith(_ASKED) or _QUESTION.search(core))

    def _quoted(self, text: str, needs_mark: Callable[[str], bool] | None = None) -> str:
        if not (needs_mark or self._needs_mark)(text.strip(_MARK)):
            return text
        return f"{_MARK}{_ending(text)}"

    def _unquoted(self, line: str, needs_mark: Callable[[str], bool] | None = None) -> str:
        if line.startswith(_MARK) and (needs_mark or self._needs_mark)(line.strip(_MARK)):
            return _ended(line[1:])
        return line


def _fault(line: int, message: str) -> InvalidInput:
    return InvalidInput([FieldError(f"line {line}", message)])


def _unescaped(found: re.Match[str]) -> str:
    backslashes, code = found[1], found[2]
    kept = _MARK * (len(backslashes) // 2)
    return f"{kept}{chr(int(code, 16))}" if len(backslashes) % 2 else f"{kept}u{code}"


def _ending(text: str) -> str:
    """With a backslash at the end that keeps the spaces there."""
    return f"{text}{_MARK}" if _keeps_spaces(text) else text


def _ended(text: str) -> str:
    return text[:-1] if _keeps_spaces(text) else text


def _keeps_spaces(text: str) -> bool:
    return text.rstrip(_MARK)[-1:].isspace()


def _with_mark(found: re.Match[str]) -> str:
    return f"{_MARK}{found[0]}"


def _without_mark(found: re.Match[str]) -> str:
    return found[0].removeprefix(_MARK)
