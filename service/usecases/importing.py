"""Files into the archive: a page's text, one JSON content, or NDJSON with a revision a line."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, Field

from repo_store import (
    Archive,
    Author,
    AuthorFields,
    Batch,
    Bulk,
    Changes,
    Content,
    FieldError,
    InvalidInput,
    Kind,
    Note,
    RevisionInput,
    Shape,
    State,
    parse,
    parse_content,
    parse_json,
    story_id,
)
from service.present.story_text import parse_page, slug
from service.usecases.commands import NewState
from service.usecases.publishing import Publishing

IMPORTER = AuthorFields(name="story-history import")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Line(Shape):
    """One line of NDJSON: a revision of a story."""

    story: str
    content: Content
    note: Note = ""
    kind: Annotated[Kind, Field(strict=False)] = Kind.UPDATE
    state: NewState = State.PUBLISHED
    author: AuthorFields = IMPORTER
    created_at: Annotated[AwareDatetime, Field(strict=False, ge=_EPOCH)] | None = None


@dataclass
class ImportOutcome:
    """What became of a file, or of it so far.

    `stories`: the first few that it names. `bad`: the faults found, each named by its line.
    `lines` and `size`: the lines behind us, and their bytes. `indexed`: revisions in the index.
    """

    stored: int = 0
    unchanged: int = 0
    stories: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    lines: int = 0
    size: int = 0
    indexed: int = 0


class _Refused(Exception):
    """Ends a batch with nothing stored."""


_NAMED = 4
# A file beyond this goes through the one stream of a bulk import; below, a batch costs less.
BULK = 4 * 1024 * 1024

Progress = Callable[[ImportOutcome], None]
Load = Callable[[], Line]


class ImportItem(NamedTuple):
    """A line of a file, or a file that is one revision: where it is, and how to read it."""

    where: str
    number: int
    size: int
    load: Load


def import_file(
    archive: Archive,
    writing: Publishing,
    path: Path,
    clock: Callable[[], datetime],
    named: str | None = None,
    keep_going: bool = False,
    progress: Progress = lambda _: None,
) -> ImportOutcome:
    """Take in one file: all of it, or with a bad line nothing, unless `keep_going`.

    A large file whose import was killed is taken up where it was. `progress` is told how far it
    is. Reading errors are OSError.
    """
    outcome = ImportOutcome()

    def take(batch: Batch | Bulk, sources: Iterator[ImportItem]) -> Iterator[None]:
        for source in sources:
            try:
                line = source.load()
                story_id(line.story)
            except InvalidInput as error:
                outcome.bad.append(f"{source.where}: {error}")
            else:
                if keep_going or not outcome.bad:
                    added = writing.add(batch, _entry(line, clock))
                    outcome.stored += added
                    outcome.unchanged += not added
                    if line.story not in outcome.stories and len(outcome.stories) < _NAMED:
                        outcome.stories.append(line.story)
            outcome.lines, outcome.size = source.number, outcome.size + source.size
            progress(outcome)
            yield
        if outcome.bad and not keep_going:
            raise _Refused

    try:
        if not _is_ndjson(path):
            with archive.batch() as batch:
                deque(take(batch, iter([_single(path, named)])), maxlen=0)
        elif named:
            raise InvalidInput([FieldError("--id", "an NDJSON file names its stories itself")])
        elif path.stat().st_size < BULK:
            with archive.batch() as batch:
                deque(take(batch, _lines(path, outcome)), maxlen=0)
        else:
            with archive.bulk(_bulk_name(path, keep_going)) as bulk:
                outcome = ImportOutcome(**bulk.position or {})
                try:
                    for _ in take(bulk, _lines(path, outcome)):
                        if bulk.due and (keep_going or not outcome.bad):
                            bulk.position = asdict(outcome)
                            bulk.checkpoint()
                except _Refused:
                    bulk.discard()
                    raise
            archive.catch_up(lambda count: progress(replace(outcome, indexed=count)))
    except _Refused:
        return ImportOutcome(bad=outcome.bad)
    return outcome


def _bulk_name(path: Path, keep_going: bool) -> str:
    """The same for the same file, as long as it is not touched."""
    found = path.stat()
    mark = f"{path.resolve()} {found.st_size} {found.st_mtime_ns} {keep_going}"
    return sha256(mark.encode()).hexdigest()[:16]


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


def _lines(path: Path, outcome: ImportOutcome) -> Iterator[ImportItem]:
    """The lines behind those that the outcome tells of."""
    with path.open("rb") as file:
        file.seek(outcome.size)
        for number, line in enumerate(file, outcome.lines + 1):
            if line.strip():
                yield ImportItem(f"{path.name} line {number}", number, len(line), _loader(line))
            else:
                outcome.size += len(line)


def _loader(line: bytes) -> Load:
    return lambda: parse(Line, parse_json(line))


def _single(path: Path, named: str | None) -> ImportItem:
    def load() -> Line:
        data = path.read_bytes()
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            content = parse_content(parse_json(data))
        else:
            content = parse_page(_decoded(data))
        story = named or slug(content.title)
        if not story:
            message = "the title has no Latin letters to make an id from: give one with --id"
            raise InvalidInput([FieldError("id", message)])
        return Line.model_construct(**{**_DEFAULTS, "story": story, "content": content})

    return ImportItem(path.name, 1, path.stat().st_size, load)


_DEFAULTS = {name: each.default for name, each in Line.model_fields.items()}


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput([FieldError("", f"not UTF-8: byte {error.start}")]) from None


def _entry(line: Line, clock: Callable[[], datetime]) -> RevisionInput:
    return RevisionInput(
        story=line.story,
        content=line.content,
        state=line.state,
        kind=line.kind,
        note=line.note,
        base_version=None,
        author=Author(line.author.name, line.author.email),
        created_at=line.created_at or clock(),
        changes=Changes(),
    )
