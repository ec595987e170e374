"""One story's files in an export: its versions, differences, report, table, entries, removals."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from repo_store import (
    BUILT_IN,
    Content,
    Damaged,
    Part,
    Revision,
    Shape,
    Shapes,
    StoredCheckpoint,
    kinds,
    rfc3339,
)
from service.audit.export import report
from service.audit.export.bag import File
from service.audit.export.names import folder_of
from service.audit.export.pdf import PdfSettings, make_pdf
from service.audit.log import key_of
from service.audit.snapshot import StorySnapshot, Texts
from service.present import schemas
from service.present.language import language_of
from service.present.story_text import page_text
from service.present.word import word_document
from service.present.wording import note_of

_Item = TypeVar("_Item")
_HEAD = BUILT_IN["article"].parts[:2]
"""Title and summary, as texts of declared shapes have them: the latter may be absent."""


class Section(NamedTuple):
    """What the report says of one version, and what the story is called in it."""

    html: bytes
    title: str


def shown(story: StorySnapshot, drafts: bool) -> list[Revision]:
    """The revisions whose texts are in the export: versions, then drafts if they are wanted."""
    return story.versions + [each for each in story.revisions if drafts and not each.version]


def text_name(revision: Revision) -> str:
    """The name of the files of its text in the story's folder, without their suffix."""
    number = revision.version
    return f"versions/{number:04d}" if number else f"drafts/r{revision.revision:04d}"


def revision_files(
    story: StorySnapshot,
    revisions: Sequence[Revision],
    before: Revision | None,
    texts: Texts,
    checkpoint: StoredCheckpoint,
    word: bool,
    seen: Callable[[report.Step], None] = lambda _: None,
) -> Iterator[File | Section]:
    """What is made of some of the revisions shown. `before`: the version before the first; `texts`
    has its text, too. `word`: whether a Word document goes with each redline. `seen` is called with
    each step, in order.
    """
    folder = f"data/stories/{folder_of(story.id)}"
    said = [(each, texts[each.revision][1]) for each in revisions if each.version]
    for revision in revisions:
        yield from _text_files(f"{folder}/{text_name(revision)}", *texts[revision.revision])
    for step in report.steps(said, (before, texts[before.revision][1]) if before else None):
        seen(step)
        if step.view and step.before and step.content:
            name = f"{folder}/differences/{report.redline_name(step.before, step.version)}"
            yield File(f"{name}.html", report.redline(step))
            if word:
                language, key = language_of(step.content), key_of(checkpoint)
                ends = step.view.diff, step.before, step.version
                yield File(f"{name}.docx", word_document(*ends, language.tag, key.fingerprint))
        until = story.live_until(step.version)
        yield Section(report.section(step, until), step.content.title if step.content else "")


def story_files(
    story: StorySnapshot,
    texts: Texts,
    checkpoint: StoredCheckpoint,
    drafts: bool,
    pdf: PdfSettings | None,
    word: bool,
    seen: Callable[[report.Step], None] = lambda _: None,
) -> Iterator[File]:
    """All files of a story, of which all texts are at hand; `seen` as in `revision_files`."""
    sections: list[bytes] = []
    title = ""
    for part in revision_files(story, shown(story, drafts), None, texts, checkpoint, word, seen):
        if isinstance(part, File):
            yield part
        else:
            sections.append(part.html)
            title = part.title or title
    yield from summary_files(story, title, sections, checkpoint, pdf)


def summary_files(
    story: StorySnapshot,
    title: str,
    sections: Iterable[bytes],
    checkpoint: StoredCheckpoint,
    pdf: PdfSettings | None,
) -> Iterator[File]:
    """What is of all of a story: its report, with the sections of its versions, and its tables."""
    folder = f"data/stories/{folder_of(story.id)}"
    page = b"".join([report.head(story, title, checkpoint), *sections, report.FOOT])
    yield File(f"{folder}/report.html", page)
    if pdf:
        yield File(f"{folder}/report.pdf", make_pdf(page, pdf))
    yield File(f"{folder}/versions.csv", _csv(story))
    yield File(f"{folder}/entries.ndjson", _entries(story))


def _text_files(path: str, data: bytes, content: Content | None) -> Iterator[File]:
    yield File(f"{path}.json", data)
    if content:
        yield File(f"{path}.txt", f"{page_text(content)}\n".encode())


_COLUMNS: dict[str, Callable[[Revision, datetime | None], object]] = {
    "version": lambda version, _: version.version,
    "state": lambda version, _: version.state,
    "kind": lambda version, _: version.kind,
    "live_from": lambda version, _: rfc3339(version.live_since),
    "live_until": lambda _, until: rfc3339(until) if until else "",
    "recorded_at": lambda version, _: rfc3339(version.known_since),
    "out_of_order": lambda version, _: "yes" if version.out_of_order else "",
    "author": lambda version, _: _cell(version.author.name),
    "note": lambda version, _: _cell(note_of(version)),
    "explanations": lambda version, _: _cell(_explanations(version)),
    "words_added": lambda version, _: version.changes.words_added,
    "words_removed": lambda version, _: version.changes.words_removed,
    "sections": lambda version, _: " ".join(version.changes.sections),
    "revision": lambda version, _: version.revision,
    "commit": lambda version, _: version.commit,
    "sha256": lambda version, _: version.sha256,
}


def _csv(story: StorySnapshot) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for version in story.versions:
        until = story.live_until(version)
        rows.writerow(field(version, until) for field in _COLUMNS.values())
    return out.getvalue().encode()


def _explanations(version: Revision) -> str:
    """Each with its kind and when it was added, a line each."""
    return "\n".join(
        f"{each.kind}, {rfc3339(each.created_at)}: {note_of(each)}" for each in version.explanations
    )


def _cell(text: str) -> str:
    """Quoted if a spreadsheet would take it for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _entries(story: StorySnapshot) -> bytes:
    """Every revision and action, as it is at the checkpoint, in the order of the chain."""
    values = {each.entry: schemas.Revision.of(each).as_dict() for each in story.revisions}
    values |= {each.entry: schemas.RecordedAction.of(each).as_dict() for each in story.actions}
    return b"".join(json_line({"entry": entry} | values[entry]) for entry in sorted(values))


def removal_register(story: StorySnapshot) -> list[bytes]:
    """The removals of a story, a line for each removed text, and for each entry whose note alone
    was removed.
    """
    revisions = {revision.revision: revision for revision in story.revisions}
    on_revision = {record.entry: record.revision for record in story.records}
    commits: dict[int, list[str]] = {}
    for leaf in story.leaves:
        commits.setdefault(leaf.entry, []).append(leaf.commit)
    rewritten = [
        {"entry": entry, "ids": ids} for entry, ids in sorted(commits.items()) if len(ids) > 1
    ]
    lines: list[dict[str, object]] = []
    for action in story.removals:
        if (removal := action.removal) is None:
            continue
        about: dict[str, object] = {
            "at": rfc3339(action.created_at),
            "reason": removal.ground.value,
            "legal_reference": removal.reference,
            "note": note_of(action),
            "ordered_by": action.author.name,
            "confirmed_by": removal.confirmed_by,
            "entry": action.entry,
            "commits": rewritten,
        }
        for number in sorted(action.removed):
            removed = revisions[number]
            lines.append(
                {
                    "story": story.id,
                    "revision": number,
                    "version": removed.version,
                    "sha256": removed.sha256,
                }
                | about
            )
        for entry in removal.redacts:
            revision = on_revision[entry]
            lines.append({"story": story.id, "revision": revision, "note_of_entry": entry} | about)
    return [
        json_line({name: field for name, field in line.items() if field is not None})
        for line in lines
    ]


def json_line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def shapes_file(shapes: Iterable[Shape]) -> bytes:
    """How the texts of these shapes are laid out, and so how redlines and reports show them."""
    value = {
        shape.name: [
            {
                "id": part.id,
                "label": part.label,
                "kind": part.kind.name,
                "format": part.format,
                "place": part.place,
                "required": part.required,
                "retired": part.retired,
                "counted": part.counted,
                "fields": [[field.name, field.label] for field in part.kind.fields],
            }
            for part in shape.parts[2:]
        ]
        for shape in sorted(shapes, key=lambda shape: shape.name)
    }
    return f"{json.dumps(value, ensure_ascii=False, indent=2)}\n".encode()


def shapes_in(data: bytes) -> Shapes:
    """The inverse of `shapes_file`, and the shapes that are built in. Raises Damaged if the bytes
    are not just what that would write.
    """
    try:
        made = [_shape_in(name, parts) for name, parts in json.loads(data).items()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"the shapes cannot be read: {error}") from None
    if shapes_file(made) != data:
        raise Damaged("the shapes are not written as this release writes them")
    return Shapes({each.name: each for each in (*made, *BUILT_IN)})


def _shape_in(name: str, parts: Iterable[Mapping[str, Any]]) -> Shape:
    names = "id", "label", "format", "place", "required", "retired", "counted"
    own = [Part(kind=kinds()[each["kind"]], **{x: each[x] for x in names}) for each in parts]
    return Shape(name, (*_HEAD, *own))


def batched(lines: Iterable[bytes], size: int = 1_000) -> Iterator[bytes]:
    """The lines, `size` at a time."""
    return map(b"".join, several(lines, size))


def several(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """The items, `size` at a time."""
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some
