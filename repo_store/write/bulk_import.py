"""Bulk import: very many revisions as one stream to `git fast-import`, resumed after a kill.

Nothing is visible before the end: objects go into packs that no ref leads to, and each time a pack
is closed, a journal notes the state of each story. At the end all refs move together.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple, Self, cast

from cachetools import LRUCache

from repo_store import durable
from repo_store.errors import ArchiveError, StoreFull
from repo_store.git.repository import Repository
from repo_store.history import commits
from repo_store.history.declared_shapes import DeclaredShapes
from repo_store.history.records import (
    ActionInput,
    Kind,
    Record,
    Revision,
    RevisionInput,
    State,
    Tip,
    Verb,
)
from repo_store.index.read_model import Index
from repo_store.story import story_json
from repo_store.story.content import Content

CHECKPOINT = 25_000
"""Revisions between two checkpoints: at most so many are imported again after a kill."""
CACHED_TEXTS = 500


class Standing(NamedTuple):
    """What a new revision needs to know of the one that it follows. `said`: its note and kind, and
    those of its explanations.
    """

    revision: int
    version: int | None
    blob: str
    said: Sequence[Sequence[str]] = ()

    @classmethod
    def of(cls, revision: Revision) -> Self:
        later = ((each.note, each.kind) for each in revision.explanations)
        said = ((revision.note, revision.kind), *later)
        return cls(revision.revision, revision.version, revision.blob, said)


class _Story(NamedTuple):
    """A story's head before the import, and its state now."""

    before: str | None
    tip: Tip
    published: Standing | None
    draft: Standing | None


@dataclass
class Bulk:
    """Takes revisions as `Batch` does, in any number, and actions on live versions.

    `position` is the caller's own note of how far it is; resuming restores it.
    """

    _git: Repository
    _index: Index
    _clock: Callable[[], datetime]
    _folder: Path
    _contents: LRUCache[str, Content]
    _shapes: DeclaredShapes
    position: Any = None
    written: int = 0
    aliases: dict[str, str] = field(default_factory=dict)
    _new_aliases: dict[str, str] = field(default_factory=dict)
    _stories: dict[str, _Story] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    _unclosed: set[str] = field(default_factory=set)
    _marks: dict[str, int] = field(default_factory=dict)
    _process: Any = None
    _head: str | None = None
    _since: int = 0

    @classmethod
    def resume(
        cls,
        git: Repository,
        index: Index,
        clock: Callable[[], datetime],
        folder: Path,
        cached_texts: int,
    ) -> Self:
        """A new import, or the one that was killed with this folder, from its last checkpoint."""
        bulk = cls(git, index, clock, folder, LRUCache(cached_texts), DeclaredShapes(git))
        durable.make_folder(str(folder))
        complete = 0
        if bulk._journal.exists():
            with bulk._journal.open("rb") as lines:
                for line in lines:
                    if not line.endswith(b"\n"):
                        break  # cut off by the kill
                    note = json.loads(line)
                    bulk.position, bulk.written = note["position"], note["written"]
                    bulk.aliases |= note.get("aliases", {})
                    for story, (before, tip, published, draft) in note["stories"].items():
                        bulk._stories[story] = _Story(
                            before,
                            Tip._make(tip),
                            Standing(*published) if published else None,
                            Standing(*draft) if draft else None,
                        )
                    complete += len(line)
            os.truncate(bulk._journal, complete)
        return bulk

    # As Batch does

    def tip(self, story: str) -> Tip:
        return self._story(story).tip

    def newest(self, story: str, state: State) -> Standing | None:
        known = self._story(story)
        return known.published if state is State.PUBLISHED else known.draft

    def content(self, standing: Standing | Revision) -> Content:
        blob = standing.blob
        if (content := self._contents.get(blob)) is None:
            data = self._from_stream(blob) if blob in self._unclosed else self._git.read_blob(blob)
            content = self._contents[blob] = self._shapes.reading(story_json.decode, data)
        return content

    def append(self, new: RevisionInput) -> None:
        story = self._story(new.story)
        written = commits.write_revision(new, story.tip, self._clock())
        record = written.record
        self._send(written, story.tip.head)
        standing = Standing.of(cast(Revision, record))
        story = story._replace(tip=story.tip.after(record))
        self._stories[new.story] = (
            story._replace(published=standing)
            if new.state is State.PUBLISHED
            else story._replace(draft=standing)
        )
        self._unclosed.add(record.blob)
        self._contents[record.blob] = new.content
        self._sent(record)

    def act(self, new: ActionInput) -> None:
        """An action on the live version, which `new` names. KeyError if it is another one."""
        story = self._story(new.story)
        live = story.published
        if live is None or live.revision != new.revision:
            raise KeyError(new.revision)
        written = commits.write_action(new, live.blob, story.tip, self._clock())
        self._send(written, story.tip.head)
        if new.verb is Verb.EXPLAIN:
            live = live._replace(said=(*live.said, (new.note, new.kind or Kind.CORRECTION)))
        tip = story.tip.after(written.record)
        self._stories[new.story] = story._replace(tip=tip, published=live)
        if new.alias:
            self.aliases[new.alias] = self._new_aliases[new.alias] = new.story
        self._sent(written.record)

    # Checkpoints

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return self._since >= CHECKPOINT

    def checkpoint(self) -> None:
        """Close the pack and journal the position: a later kill resumes from here."""
        with durable.disk_errors():
            self._checkpoint()

    def _checkpoint(self) -> None:
        if self._since:
            self._ask("checkpoint\nprogress closed\n", b"progress closed\n")
            self._check()
            durable.flush([f"{self._git.path}/objects/pack"])
        known = {story: self._stories[story] for story in self._touched}
        note = {"position": self.position, "written": self.written, "stories": known}
        if self._new_aliases:
            note["aliases"] = self._new_aliases
        with open(self._journal, "ab", opener=durable.private) as journal:
            journal.write(json.dumps(note).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())
        durable.flush([str(self._folder)])
        self._touched.clear()
        self._new_aliases.clear()
        self._unclosed.clear()
        self._since = 0

    def close(self) -> Mapping[str, tuple[str | None, str]]:
        """Write and flush everything; returns the moves of refs that will make it visible."""
        if self._process is not None:
            self.checkpoint()
            self._stream.write(b"done\n")
            self._stream.close()
            self._process.wait()
            self._end()
        durable.flush([f"{self._git.path}/objects/pack"])
        self._git.forget_import(self._ref)
        return {
            story: (known.before, known.tip.head)
            for story, known in self._stories.items()
            if known.tip.head and known.tip.head != known.before
        }

    def stop(self) -> None:
        """End the stream at once."""
        if self._process is not None:
            self._end()

    def discard(self) -> None:
        """Delete the journal: the next import of this name starts from the beginning."""
        self.stop()
        self._git.forget_import(self._ref)
        self._journal.unlink(missing_ok=True)
        self._folder.rmdir()

    # Inside

    @property
    def _journal(self) -> Path:
        return self._folder / "journal"

    @property
    def _ref(self) -> str:
        return f"refs/imports/{self._folder.name}"

    def _story(self, story: str) -> _Story:
        if story not in self._stories:
            tip = self._index.tip(story)
            states = (State.DRAFT, State.PUBLISHED)
            found = [tip.head and self._index.newest(story, state) for state in states]
            draft, published = (
                Standing.of(each) if each and each.state is not State.REMOVED else None
                for each in found
            )
            self._stories[story] = _Story(tip.head, tip, published, draft)
        return self._stories[story]

    @property
    def _stream(self) -> IO[bytes]:
        if self._process is None:
            self._process = self._git.fast_import()
        stream: IO[bytes] = self._process.stdin
        return stream

    def _sent(self, record: Record) -> None:
        self._touched.add(record.story)
        self._head = record.commit
        self.written += 1
        self._since += 1

    def _send(self, written: commits.Written, parent: str | None) -> None:
        record, (*blobs, commit) = written.record, written.objects
        headers, _, message = commit.data.partition(b"\n\n")
        people = headers[headers.index(b"author ") :]
        start = "" if parent else f"reset {self._ref}\n\n"
        mark = self._marks.get(record.story)
        self._marks[record.story] = self.written + 1
        head = f"{start}commit {self._ref}\nmark :{self.written + 1}\n".encode()
        # By its mark: git does not find by its id what is in an open pack.
        base = f"from {f':{mark}' if mark else parent}\n".encode() if parent else b""
        change = f"M 100644 {record.blob} story.json\n\n".encode()
        for blob in blobs[:1]:  # then comes its tree, which git makes itself
            self._write(b"blob\ndata %d\n%b\n" % (len(blob.data), blob.data))
        self._write(
            b"%b%b\ndata %d\n%b\n%b%b" % (head, people, len(message), message, base, change)
        )

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except BrokenPipeError:
            raise self._failure() from None

    def _ask(self, question: str, answer: bytes) -> bytes:
        """Send a command and read lines up to its answer, which starts with `answer`."""
        self._write(question.encode())
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise self._failure() from None
        while line := self._process.stdout.readline():
            if line.startswith(answer):
                return bytes(line)
        raise self._failure()

    def _from_stream(self, blob: str) -> bytes:
        size = int(self._ask(f"cat-blob {blob}\n", f"{blob} blob ".encode()).split()[2])
        return bytes(self._process.stdout.read(size + 1)[:size])

    def _check(self) -> None:
        """Git must have made the very commits whose ids were calculated here."""
        if self._git.listed(self._ref) != self._head:
            raise ArchiveError("git fast-import made another commit than was calculated")

    def _failure(self) -> Exception:
        message = self._process.proc.stderr.read().decode(errors="replace").strip()
        crash = Path(self._git.path, f"fast_import_crash_{self._process.proc.pid}")
        crash.unlink(missing_ok=True)
        self._end()
        if "No space left on device" in message:
            return StoreFull(f"the archive's disk is full: {message}")
        return ArchiveError(f"git fast-import failed: {message}")

    def _end(self) -> None:
        process, self._process = self._process, None
        process.proc.kill()
        process.proc.wait()
        for stream in (process.proc.stdin, process.proc.stdout, process.proc.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                continue
