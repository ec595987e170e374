"""Imports of files: a page's text or HTML, one JSON content, or NDJSON with a revision a line."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from repo_store import (
    STORY,
    ActionInput,
    Archive,
    Author,
    Batch,
    Bulk,
    Changes,
    Content,
    FieldError,
    InvalidInput,
    RevisionInput,
    Shapes,
    Verb,
    parse,
    parse_content,
    parse_json,
    reading,
    shortened,
    story_id,
)
from service.conversion import Dropped
from service.present.story_text import read_page, slug
from service.usecases.html_pages import HtmlPage, from_html, is_html
from service.usecases.html_parts import without_html
from service.usecases.ndjson import IMPORTER, Line, LineExplanation, LineWithdrawal
from service.usecases.near_stories import nearest_story, says_nearly_the_same
from service.usecases.publishing import Publishing


@dataclass
class ImportOutcome:
    """The result of an import, or its progress so far.

    `stories`: the first few ids. `bad`: the errors, each with its line. `changed`: what was changed
    in pasted text, in words. `left_out`: what of HTML is not in it, and how often. `lines` and
    `size`: how many lines have been read, and their bytes. `indexed`: how many revisions are in the
    index.
    """

    stored: int = 0
    unchanged: int = 0
    stories: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    size: int = 0
    indexed: int = 0

    def leave_out(self, dropped: Iterable[Dropped]) -> None:
        for each in dropped:
            self.left_out[each.what] = self.left_out.get(each.what, 0) + each.count


class _Refused(Exception):
    """Ends a batch with nothing stored."""


_MAX_STORIES = 4
BULK_SIZE = 4 * 1024 * 1024
"""The size in bytes from which a file is imported in bulk; for a smaller one, a batch is faster."""

Progress = Callable[[ImportOutcome], None]
Load = Callable[[], Line]


class ImportItem(NamedTuple):
    """A revision to import: a line of a file, or the whole file; `load` parses it."""

    where: str
    number: int
    size: int
    load: Load


def import_file(
    archive: Archive,
    publishing: Publishing,
    path: Path,
    clock: Callable[[], datetime],
    named: str | None = None,
    keep_going: bool = False,
    progress: Progress = lambda _: None,
    bulk_size: int = BULK_SIZE,
    out_of_order: bool = False,
    new: bool = False,
    shape: str | None = None,
) -> ImportOutcome:
    """Import one file: all of it, or, if a line is bad, nothing, unless `keep_going`.

    `named`: the story's id, for a file that holds one content; without it, the id is made of the
    title, and a text that may belong to another story is refused, unless it is to make a `new` one.
    `shape`: of a page's text, `story` if none is given. `out_of_order`: also versions whose times
    are before those of earlier ones, or ahead of the clock; each is marked. A large file whose
    import was killed is resumed. Raises OSError if the file cannot be read.
    """
    outcome = ImportOutcome()

    def add(batch: Batch | Bulk, items: Iterator[ImportItem]) -> Iterator[None]:
        for item in items:
            try:
                line = item.load()
                story_id(line.story)
                if keep_going or not outcome.bad:
                    timed = line.created_at is not None
                    entry, afterwards = _entry(line, clock), _afterwards(line, clock)
                    added = publishing.add(batch, entry, afterwards, timed, out_of_order)
                    outcome.stored += added
                    outcome.unchanged += not added
                    if line.story not in outcome.stories and len(outcome.stories) < _MAX_STORIES:
                        outcome.stories.append(line.story)
            except InvalidInput as error:
                outcome.bad.append(f"{item.where}: {error}")
            outcome.lines, outcome.size = item.number, outcome.size + item.size
            progress(outcome)
            yield
        if outcome.bad and not keep_going:
            raise _Refused

    try:
        if not _is_ndjson(path):
            with archive.batch() as batch:
                deque(
                    add(batch, iter([_single(archive, path, named, new, shape, outcome)])), maxlen=0
                )
        elif option := ("--id" if named else "--new" if new else "--shape" if shape else None):
            own = "shapes" if option == "--shape" else "stories"
            raise InvalidInput([FieldError(option, f"an NDJSON file names its {own} itself")])
        elif path.stat().st_size < bulk_size:
            with archive.batch() as batch:
                deque(add(batch, _lines(archive, path, outcome)), maxlen=0)
        else:
            with archive.bulk(_bulk_name(path, keep_going, out_of_order)) as bulk:
                outcome = ImportOutcome(**bulk.position or {})
                try:
                    for _ in add(bulk, _lines(archive, path, outcome)):
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


def _bulk_name(path: Path, *options: bool) -> str:
    """The same for the same file until it is modified, so that a killed import is resumed."""
    stat = path.stat()
    identity = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns} {options}"
    return sha256(identity.encode()).hexdigest()[:16]


def _is_ndjson(path: Path) -> bool:
    """By its name, or because its first line is a whole revision."""
    if path.suffix in (".ndjson", ".jsonl"):
        return True
    with path.open("rb") as file:
        first = file.readline(4 * 1024 * 1024)
    try:
        value = parse_json(first)
    except InvalidInput:
        return False
    return isinstance(value, dict) and "story" in value and "content" in value


def _lines(archive: Archive, path: Path, outcome: ImportOutcome) -> Iterator[ImportItem]:
    """The lines that have not been read yet."""
    shapes = archive.shapes

    def loader(line: bytes) -> Load:
        return lambda: _line(line, shapes, outcome)

    with path.open("rb") as file:
        file.seek(outcome.size)
        for number, line in enumerate(file, outcome.lines + 1):
            if line.strip():
                yield ImportItem(f"{path.name} line {number}", number, len(line), loader(line))
            else:
                outcome.size += len(line)


def _line(line: bytes, shapes: Shapes, outcome: ImportOutcome) -> Line:
    data = parse_json(line)
    sent = without_html(data.get("content") if isinstance(data, dict) else None, shapes)
    with sent.errors_as_sent():
        found = parse(Line, sent.within(data), reading(shapes, past=True))
    outcome.leave_out(sent.dropped)
    return found


def _content(data: object, shapes: Shapes, outcome: ImportOutcome) -> Content:
    sent = without_html(data, shapes)
    with sent.errors_as_sent():
        found = parse_content(sent.content, shapes, past=True)
    outcome.leave_out(sent.dropped)
    return found


def _has_no_shape(shape: str | None, why: str) -> None:
    if shape:
        raise InvalidInput([FieldError("--shape", f"is for a page's text: {why}")])


def _single(
    archive: Archive,
    path: Path,
    named: str | None,
    new: bool,
    shape: str | None,
    outcome: ImportOutcome,
) -> ImportItem:
    shapes = archive.shapes

    def load() -> Line:
        data = path.read_bytes()
        page: HtmlPage | None = None
        notices: Sequence[str] = ()
        if is_html(path.name, data):
            _has_no_shape(shape, "a page's HTML is an article")
            page = from_html(data, shapes)
            content = page.content
            outcome.leave_out(page.dropped)
        elif (text := _decoded(data)).lstrip(" \t\r\n").startswith("{"):
            _has_no_shape(shape, "JSON names its own")
            content = _content(parse_json(data), shapes, outcome)
        else:
            content, notices = read_page(text, shapes[shape or STORY.name])
        outcome.changed += [f"{path.name}: {each}" for each in notices]
        story = story_of_page(archive, content, named, new)
        created_at = None
        if page:
            known = archive.index.tip(story).head is not None
            created_at = page.modified if known else page.published
        return Line.model_construct(story=story, content=content, created_at=created_at)

    return ImportItem(path.name, 1, path.stat().st_size, load)


def story_of_page(archive: Archive, content: Content, named: str | None, new: bool) -> str:
    """The id of the story that a page belongs to. Raises InvalidInput, with the ways on, where only
    a person can say which it is.
    """
    story = archive.index.resolve(named or slug(content.title))
    known = archive.index.tip(story).head is not None
    if new and known:
        raise _unclear(f"there is a story “{story}”: give the new one another with --id")
    if named or (known and says_nearly_the_same(archive, story, content)):
        return story
    if known:
        raise _unclear(
            f"there is a story “{story}” with another text: give --id {story} to record a new"
            " version of it, or another --id to make a new story"
        )
    if not new and (near := nearest_story(archive, content)):
        way = f"--new or --id {story}" if story else "another --id"
        raise _unclear(
            f"it looks like “{near.story}” ({shortened(near.title)}): {near.shared} of its"
            f" {near.paragraphs} paragraphs are the same or nearly the same: give --id {near.story}"
            f" to record a new version of that story, or {way} to make a new story"
        )
    if not story:
        raise _unclear("the title has no Latin letters to make an id from: give one with --id")
    return story


def _unclear(message: str) -> InvalidInput:
    return InvalidInput([FieldError("id", message)])


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


def _afterwards(line: Line, clock: Callable[[], datetime]) -> list[ActionInput]:
    """What a line says of its version that was public already; `Publishing.add` numbers it."""
    said: list[tuple[Verb, LineExplanation | LineWithdrawal | None, dict[str, Any]]] = [
        *((Verb.EXPLAIN, each, {"kind": each.kind}) for each in line.explanations),
        *((Verb.ALIAS, None, {"alias": each}) for each in line.aliases),
        *([(Verb.WITHDRAW, line.withdrawn, {})] if line.withdrawn else []),
    ]
    return [
        ActionInput(
            story=line.story,
            revision=0,
            verb=verb,
            note=words.note if words else "",
            author=Author(words.author.name, words.author.email) if words else _IMPORTED_BY,
            created_at=(words and words.created_at) or clock(),
            **fields,
        )
        for verb, words, fields in said
    ]


_IMPORTED_BY = Author(IMPORTER.name)
