"""One story's files in an export: its versions, differences, report, table, entries, removals."""

import csv
import io
import json
from collections.abc import Iterator

from repo_store import Content, Revision
from service.audit.export import report
from service.audit.export.bag import File
from service.audit.export.report import Proven
from service.audit.snapshot import Snapshot, StorySnapshot, content_of
from service.present import schemas
from service.present.story_text import page_text
from service.present.times import rfc3339


def story_files(
    archive: Snapshot, told: StorySnapshot, proven: Proven, drafts: bool, pdf: bool
) -> Iterator[File]:
    folder = f"data/stories/{told.story}"
    contents: list[tuple[Revision, Content | None]] = []
    for version, data in archive.stored(told.versions):
        content = content_of(version, data)
        yield from _text_files(f"{folder}/versions/{version.version:04d}", data, content)
        contents.append((version, content))
    if drafts:
        rest = [each for each in told.revisions if not each.version]
        for draft, data in archive.stored(rest):
            name = f"{folder}/drafts/r{draft.revision:04d}"
            yield from _text_files(name, data, content_of(draft, data))
    sections: list[bytes] = []
    title = ""
    for step in report.steps(contents):
        sections.append(report.section(step, told.live_until(step.version)))
        title = step.content.title if step.content else title
        if step.view and step.before:
            name = f"{step.before.version:04d}-{step.version.version:04d}.html"
            yield File(f"{folder}/differences/{name}", report.redline(step))
    page = b"".join([report.head(told, title, proven), *sections, report.FOOT])
    yield File(f"{folder}/report.html", page)
    if pdf:
        yield File(f"{folder}/report.pdf", report.printed(page))
    yield File(f"{folder}/versions.csv", _csv(told))
    yield File(f"{folder}/entries.ndjson", _entries(told))


def _text_files(path: str, data: bytes, content: Content | None) -> Iterator[File]:
    yield File(f"{path}.json", data)
    if content:
        yield File(f"{path}.txt", f"{page_text(content)}\n".encode())


_COLUMNS = (
    "version",
    "state",
    "kind",
    "live_from",
    "live_until",
    "author",
    "note",
    "words_added",
    "words_removed",
    "sections",
    "revision",
    "commit",
    "sha256",
)


def _csv(told: StorySnapshot) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for each in told.versions:
        until = told.live_until(each)
        rows.writerow(
            (
                each.version,
                each.state,
                each.kind,
                rfc3339(each.live_since),
                rfc3339(until) if until else "",
                _cell(each.author.name),
                _cell(each.note),
                each.changes.words_added,
                each.changes.words_removed,
                " ".join(each.changes.sections),
                each.revision,
                each.commit,
                each.sha256,
            )
        )
    return out.getvalue().encode()


def _cell(text: str) -> str:
    """A spreadsheet takes what begins like this for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _entries(told: StorySnapshot) -> bytes:
    """Every revision and action as it stands at the checkpoint, in the chain's order."""
    values = {each.entry: schemas.Revision.of(each).as_dict() for each in told.revisions}
    values |= {each.entry: schemas.Action.of(each).as_dict() for each in told.actions}
    return b"".join(json_line({"entry": entry} | values[entry]) for entry in sorted(values))


def register(told: StorySnapshot) -> list[bytes]:
    """The removals of a story, a line for each text that is missing."""
    known = {each.revision: each for each in told.revisions}
    commits: dict[int, list[str]] = {}
    for leaf in told.leaves:
        commits.setdefault(leaf.entry, []).append(leaf.commit)
    rewritten = [
        {"entry": entry, "ids": ids} for entry, ids in sorted(commits.items()) if len(ids) > 1
    ]
    lines = []
    for action in told.removals:
        if (removal := action.removal) is None:
            continue
        for number in sorted((action.revision, *removal.also)):
            gone = known[number]
            value = {
                "story": told.story,
                "revision": number,
                "version": gone.version,
                "sha256": gone.sha256,
                "at": rfc3339(action.created_at),
                "reason": removal.ground.value,
                "legal_reference": removal.reference,
                "note": action.note,
                "ordered_by": action.author.name,
                "confirmed_by": removal.confirmed_by,
                "entry": action.entry,
                "commits": rewritten,
            }
            lines.append(
                json_line({name: each for name, each in value.items() if each is not None})
            )
    return lines


def json_line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
