"""Very many revisions as one stream to `git fast-import`, taken up again where a kill ended it.

Nothing shows before the end: objects go into packs that no ref leads to, and what is known of each
story so far is noted in a journal each time that a pack is closed. Then all refs move together.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from repo_store import durable
from repo_store.errors import ArchiveError, StoreFull
from repo_store.git.objects import COMMITTER, identity
from repo_store.git.repository import Repository
from repo_store.history import trailers
from repo_store.history.records import Revision, RevisionInput, State, Tip
from repo_store.index.read_model import Index
from repo_store.story import story_json
from repo_store.story.content import Content

# How much may be lost to a kill, and has to be done again.
CHECKPOINT = 25_000
_CONTENTS = 500


class Standing(NamedTuple):
    """A revision of a story, as far as what is written upon it needs to know."""

    revision: int
    version: int | None
    blob: str


class _Story(NamedTuple):
    """Where a story stood before, and stands now."""

    before: str | None
    tip: Tip
    published: Standing | None
    draft: Standing | None


@dataclass
class Bulk:
    """Takes revisions as `Batch` does, in any number.

    `position` is the writer's own note of how far it is; it comes back when a kill is taken up.
    """

    _git: Repository
    _index: Index
    _clock: Callable[[], datetime]
    _folder: Path
    position: Any = None
    written: int = 0
    _stories: dict[str, _Story] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    _contents: OrderedDict[str, Content] = field(default_factory=OrderedDict)
    _unclosed: set[str] = field(default_factory=set)
    _marks: dict[str, int] = field(default_factory=dict)
    _process: Any = None
    _head: str | None = None
    _since: int = 0

    @classmethod
    def taken_up(
        cls, git: Repository, index: Index, clock: Callable[[], datetime], folder: Path
    ) -> Self:
        """A new one, or where an earlier one with this folder was when it was killed."""
        bulk = cls(git, index, clock, folder)
        durable.make_folder(str(folder))
        whole = 0
        if bulk._journal.exists():
            with bulk._journal.open("rb") as lines:
                for line in lines:
                    if not line.endswith(b"\n"):
                        break  # cut off by the kill
                    note = json.loads(line)
                    bulk.position, bulk.written = note["position"], note["written"]
                    for story, (before, tip, published, draft) in note["stories"].items():
                        bulk._stories[story] = _Story(
                            before,
                            Tip._make(tip),
                            Standing(*published) if published else None,
                            Standing(*draft) if draft else None,
                        )
                    whole += len(line)
            os.truncate(bulk._journal, whole)
        return bulk

    # As Batch does

    def tip(self, story: str) -> Tip:
        return self._story(story).tip

    def newest(self, story: str, state: State) -> Standing | None:
        known = self._story(story)
        return known.published if state is State.PUBLISHED else known.draft

    def content(self, standing: Standing | Revision) -> Content:
        blob = standing.blob
        if blob not in self._contents:
            data = self._from_stream(blob) if blob in self._unclosed else self._git.read_blob(blob)
            self._keep(blob, story_json.decode(data))
        self._contents.move_to_end(blob)
        return self._contents[blob]

    def append(self, entry: RevisionInput) -> None:
        known = self._story(entry.story)
        tip = known.tip
        written = trailers.write(entry, tip, self._clock())
        commit, number = written.commit, tip.revisions + 1
        self._send(written, entry)
        standing = Standing(number, written.version, commit.blob)
        now = Tip(commit.id, tip.entries + 1, number, written.version or tip.live)
        known = known._replace(tip=now)
        self._stories[entry.story] = (
            known._replace(published=standing)
            if entry.state is State.PUBLISHED
            else known._replace(draft=standing)
        )
        self._touched.add(entry.story)
        self._unclosed.add(commit.blob)
        self._keep(commit.blob, entry.content)
        self._head = commit.id
        self.written += 1
        self._since += 1

    # Where it stands

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return self._since >= CHECKPOINT

    def checkpoint(self) -> None:
        """Close the pack and note how far it went: a kill later on is taken up from here."""
        with durable.told():
            self._checkpoint()

    def _checkpoint(self) -> None:
        if self._since:
            self._ask("checkpoint\nprogress closed\n", b"progress closed\n")
            self._check()
            durable.flush([f"{self._git.path}/objects/pack"])
        known = {story: self._stories[story] for story in self._touched}
        note = {"position": self.position, "written": self.written, "stories": known}
        with self._journal.open("ab") as journal:
            journal.write(json.dumps(note).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())
        durable.flush([str(self._folder)])
        self._touched.clear()
        self._unclosed.clear()
        self._since = 0

    def close(self) -> Mapping[str, tuple[str | None, str]]:
        """All is written and flushed; the moves that will make it show."""
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
        """End the stream where it is."""
        if self._process is not None:
            self._end()

    def discard(self) -> None:
        """Forget what was noted: the next one of this name begins anew."""
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
                Standing(each.revision, each.version, each.blob)
                if each and each.state is not State.REMOVED
                else None
                for each in found
            )
            self._stories[story] = _Story(tip.head, tip, published, draft)
        return self._stories[story]

    def _keep(self, blob: str, content: Content) -> None:
        self._contents[blob] = content
        if len(self._contents) > _CONTENTS:
            self._contents.popitem(last=False)

    @property
    def _stream(self) -> IO[bytes]:
        if self._process is None:
            self._process = self._git.fast_import()
        stream: IO[bytes] = self._process.stdin
        return stream

    def _send(self, written: trailers.Written, entry: RevisionInput) -> None:
        blob, commit = written.objects[0], written.commit
        message = commit.message.encode()
        parent = self._stories[entry.story].tip.head
        start = "" if parent else f"reset {self._ref}\n\n"
        mark = self._marks.get(entry.story)
        self._marks[entry.story] = self.written + 1
        lines = (
            f"{start}commit {self._ref}\n"
            f"mark :{self.written + 1}\n"
            f"author {identity(entry.author, commit.authored_at)}\n"
            f"committer {identity(COMMITTER, commit.committed_at)}\n"
            f"data {len(message)}\n"
        ).encode()
        # By its mark: git does not find by its id what is in a pack not closed yet.
        base = f"from {f':{mark}' if mark else parent}\n".encode() if parent else b""
        change = f"M 100644 {blob.id} story.json\n\n".encode()
        self._write(
            b"blob\ndata %d\n%b\n%b%b\n%b%b"
            % (len(blob.data), blob.data, lines, message, base, change)
        )

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except BrokenPipeError:
            raise self._died() from None

    def _ask(self, question: str, answer: bytes) -> bytes:
        """Send a question and read lines up to its answer, which begins with `answer`."""
        self._write(question.encode())
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise self._died() from None
        while line := self._process.stdout.readline():
            if line.startswith(answer):
                return bytes(line)
        raise self._died()

    def _from_stream(self, blob: str) -> bytes:
        size = int(self._ask(f"cat-blob {blob}\n", f"{blob} blob ".encode()).split()[2])
        return bytes(self._process.stdout.read(size + 1)[:size])

    def _check(self) -> None:
        """Git must have made of the stream the very commits whose ids were reckoned with."""
        if self._git.listed(self._ref) != self._head:
            raise ArchiveError("git fast-import made another commit than was reckoned with")

    def _died(self) -> Exception:
        told = self._process.proc.stderr.read().decode(errors="replace").strip()
        crash = Path(self._git.path, f"fast_import_crash_{self._process.proc.pid}")
        crash.unlink(missing_ok=True)
        self._end()
        if "No space left on device" in told:
            return StoreFull(f"the archive's disk is full: {told}")
        return ArchiveError(f"git fast-import failed: {told}")

    def _end(self) -> None:
        process, self._process = self._process, None
        process.proc.kill()
        process.proc.wait()
        for stream in (process.proc.stdin, process.proc.stdout, process.proc.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                continue
