"""Files into the archive: a page's text, one JSON content, or NDJSON with a revision a line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field

from repo_store.codec import parse_json
from repo_store.errors import FieldError, InvalidInput
from repo_store.models import (
    Author,
    Changes,
    Content,
    Entry,
    Kind,
    Note,
    Shape,
    State,
    parse,
    parse_content,
    story_id,
)
from repo_store.store import Store
from service.page_text import parse_page, slug
from service.stories import Stories

IMPORTER = Author(name="story-history import")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Line(Shape):
    """One line of NDJSON: a revision of a story."""

    story: str
    content: Content
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: Annotated[State, Field(strict=False)] = State.PUBLISHED
    author: Author = IMPORTER
    created_at: Annotated[AwareDatetime, Field(strict=False, ge=_EPOCH)] | None = None


@dataclass
class Outcome:
    """What became of a file. `bad`: the faults found, each named by its line."""

    stored: int = 0
    unchanged: int = 0
    stories: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


class _Refused(Exception):
    """Ends a batch with nothing stored."""


def import_file(
    store: Store,
    stories: Stories,
    path: Path,
    clock: Callable[[], datetime],
    named: str | None = None,
    keep_going: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Take in one file: all of it, or with a bad line nothing, unless `keep_going`.

    `progress` is told the bytes read so far. Reading errors are OSError.
    """
    outcome = Outcome()
    lines = _lines(path, named) if _is_ndjson(path) else iter([(path.name, _single(path, named))])
    read = 0
    try:
        with store.batch() as batch:
            for where, load in lines:
                try:
                    size, line = load()
                    story_id(line.story)
                except InvalidInput as error:
                    outcome.bad.append(f"{where}: {error}")
                    continue
                if outcome.bad and not keep_going:
                    continue
                recorded = stories.add(batch, _entry(line, clock))
                outcome.stored += not recorded.unchanged
                outcome.unchanged += recorded.unchanged
                if line.story not in outcome.stories[-1:]:
                    outcome.stories.append(line.story)
                progress(read := read + size)
            if outcome.bad and not keep_going:
                raise _Refused
    except _Refused:
        return Outcome(bad=outcome.bad)
    outcome.stories = list(dict.fromkeys(outcome.stories))
    return outcome


Load = Callable[[], tuple[int, Line]]


def _is_ndjson(path: Path) -> bool:
    """By its name, or because its first line is already a whole revision."""
    if path.suffix in (".ndjson", ".jsonl"):
        return True
    with path.open("rb") as file:
        first = file.readline(4 * 1024 * 1024)
    try:
        value = parse_json(first)
    except InvalidInput:
        return False
    return isinstance(value, dict) and "story" in value and "content" in value


def _lines(path: Path, named: str | None) -> Iterator[tuple[str, Load]]:
    if named:
        raise InvalidInput([FieldError("--id", "an NDJSON file names its stories itself")])
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield f"{path.name} line {number}", _loader(line)


def _loader(line: bytes) -> Load:
    return lambda: (len(line), parse(Line, parse_json(line)))


def _single(path: Path, named: str | None) -> Load:
    def load() -> tuple[int, Line]:
        data = path.read_bytes()
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            content = parse_content(parse_json(data))
        else:
            content = parse_page(_decoded(data))
        story = named or slug(content.title)
        if not story:
            message = "the title has no Latin letters to make an id from: give one with --id"
            raise InvalidInput([FieldError("id", message)])
        return len(data), Line.model_construct(**{**_DEFAULTS, "story": story, "content": content})

    return load


_DEFAULTS = {name: each.default for name, each in Line.model_fields.items()}


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput([FieldError("", f"not UTF-8: byte {error.start}")]) from None


def _entry(line: Line, clock: Callable[[], datetime]) -> Entry:
    return Entry(
        story=line.story,
        content=line.content,
        state=line.state,
        kind=line.kind,
        note=line.note,
        base_version=None,
        author=line.author,
        created_at=line.created_at or clock(),
        changes=Changes(),
    )
