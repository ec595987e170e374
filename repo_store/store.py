"""An archive: the git store and its index in one directory, and the one way to write to it."""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from repo_store import disk, leftovers, messages, rebuild
from repo_store import verify as checks
from repo_store.bulk import Bulk, Standing
from repo_store.commit import Committer, Work
from repo_store.errors import ArchiveError, Moved, StoreFull, Unwritable
from repo_store.git import GitStore
from repo_store.index import Index
from repo_store.maintain import Maintained, maintain
from repo_store.models import Content
from repo_store.objects import GitObject
from repo_store.records import (
    Action,
    ActionEntry,
    Entry,
    Record,
    Revision,
    State,
    Tip,
    acted,
)
from repo_store.refs import Refs
from repo_store.texts import Texts
from repo_store.turn import Turn

log = logging.getLogger(__name__)

FORMAT = 2
_UNFINISHED = ".new-"
_FORMAT_TEXT = f"""story-history archive, format {FORMAT}

Each story is a chain of commits, one a revision or an action: refs/stories/<two digits>/<id>.
Each commit holds story.json, the text that it records or is about; its message holds the note
and, as trailers, the record.
`git log -p refs/stories/<two digits>/<id>` reads a story's history with plain git.
"""


@dataclass
class Batch:
    """Revisions and actions being written together; nothing shows until `Store.batch` ends.

    `tip` and `newest` see what the batch has added already.
    """

    _texts: Texts
    _index: Index
    _clock: Callable[[], datetime]
    _turn: Turn
    _tips: dict[str, Tip] = field(default_factory=dict)
    _moves: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    _revisions: dict[tuple[str, int], Revision] = field(default_factory=dict)
    _newest: dict[tuple[str, State], Revision] = field(default_factory=dict)
    _objects: list[GitObject] = field(default_factory=list)
    written: list[Record] = field(default_factory=list)

    def tip(self, story: str) -> Tip:
        """Where the story stood when the batch first looked.

        Looked at once: what is decided on one tip must not be written upon a later one.
        """
        if story not in self._tips:
            self._tips[story] = self._index.tip(story)
        return self._tips[story]

    def revision(self, story: str, number: int) -> Revision | None:
        """A revision as the batch leaves it."""
        self.tip(story)
        return self._revisions.get((story, number)) or self._index.revision(story, number)

    def newest(self, story: str, state: State) -> Revision | None:
        """The newest revision in this state; the newest published one is the live version."""
        self.tip(story)  # first, so that a revision that comes between is found out by its ref
        found = self._newest.get((story, state)) or self._index.newest(story, state)
        return found and self._revisions.get((story, found.revision), found)

    def content(self, revision: Revision | Standing) -> Content:
        return self._texts.content(revision.blob)

    def append(self, entry: Entry) -> Revision:
        """Add a revision."""
        with self._turn:
            written = messages.write(entry, self.tip(entry.story), self._clock())
            revision = cast(Revision, self._take(written))
            self._texts.keep(revision.blob, entry.content)
            self._see(revision)
            return revision

    def act(self, entry: ActionEntry) -> Action:
        """Add an action on a revision that is there. KeyError if it is not."""
        with self._turn:
            revision = self.revision(entry.story, entry.revision)
            if revision is None:
                raise KeyError(entry.revision)
            tip = self.tip(entry.story)
            written = messages.write_action(entry, revision.blob, tip, self._clock())
            action = cast(Action, self._take(written))
            self._see(acted(revision, action))
            return action

    def _take(self, written: messages.Written) -> Record:
        record = written.record
        tip = self.tip(record.story)
        old = self._moves[record.story][0] if record.story in self._moves else tip.head
        self._moves[record.story] = (old, record.commit)
        self._tips[record.story] = tip.after(record)
        self._objects += written.objects
        self.written.append(record)
        return record

    def _see(self, revision: Revision) -> None:
        self._revisions[revision.story, revision.revision] = revision
        self._newest[revision.story, revision.state] = revision

    def work(self) -> Work:
        ordered = sorted(self.written, key=lambda record: (record.story, record.place))
        return Work(self._moves, ordered, self._objects)


class Store:
    """Reads come from the index and, for texts, from git's objects; safe from many threads."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self.path = path
        self._clock = clock
        self._git = GitStore(path / "stories.git")
        self._refs = Refs(path / "stories.git")
        self._index = Index(path / "index.db")
        self._texts = Texts(self._git)
        self._committer = Committer(path, self._git, self._refs, self._texts)
        self._opening = threading.Lock()

    @classmethod
    def open(cls, path: Path, clock: Callable[[], datetime], create: bool = False) -> "Store":
        """The archive at `path`, what a crash left put right. ArchiveError if there is none."""
        store = cls.open_as_found(path, clock, create)
        try:
            store._upgrade()
            store._committer.pending.settle()
            leftovers.clear(path.absolute(), store._git.path)
            store._catch_up()
        except (OSError, sqlite3.Error, StoreFull, Unwritable) as error:
            # A disk that takes no writes does not keep anyone from reading.
            if not store._index.usable():
                with disk.told():
                    raise
            log.warning("%s: opened for reading, its index may lag: %s", path, error)
        return store

    @classmethod
    def open_as_found(
        cls, path: Path, clock: Callable[[], datetime], create: bool = False
    ) -> "Store":
        """The archive without touching its index: for checking it."""
        if create:
            _create(path)
        _check_is_archive(path)
        store = cls(path, clock)
        _check_format(path, store._git.format_text(_FORMAT_TEXT))
        return store

    @property
    def index(self) -> Index:
        """The read model; made anew if someone deleted it under a running process."""
        if not self._index.present():
            self._catch_up()
        return self._index

    def content(self, revision: Revision) -> Content:
        return self._texts.content(revision.blob)

    def as_written(self, revision: Revision) -> Revision:
        """A revision as its own commit says, without what was done about it since."""
        return cast(Revision, self._git.record(revision.commit))

    def stored_bytes(self, revision: Revision) -> bytes:
        return self._git.read_blob(revision.blob)

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Write revisions, all or none: on leaving, objects, refs and index follow each other.

        Moved if another writer was first on any of the stories; nothing of the batch shows then.
        """
        batch = Batch(self._texts, self.index, self._clock, self._committer.turn)
        yield batch
        if not batch.written:
            return
        try:
            self._committer.commit(batch.work(), self.index)
        except Moved:
            self._committer.catch_up(list(batch.work().moves), self.index)
            raise

    @contextmanager
    def bulk(self, name: str) -> Iterator[Bulk]:
        """Write very many revisions, all or none; killed, it is taken up under the same name.

        `name` is made of hexadecimal digits. On an error, what was written is kept to be taken up,
        unless another writer was first on one of the stories (Moved).
        """
        with disk.locked_if_free(str(self.path / "locks" / f"import-{name}")) as free:
            if not free:
                raise ArchiveError("this is being imported by another process")
            folder = self.path.absolute() / "imports" / name
            with disk.told():
                bulk = Bulk.taken_up(self._git, self.index, self._clock, folder)
            try:
                yield bulk
                if moves := bulk.close():
                    self._committer.move_together(moves)
            except Moved:
                bulk.discard()
                raise
            finally:
                bulk.stop()
            bulk.discard()

    def follow(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Bring the index up to what git has; how many revisions that adds."""
        with disk.told():
            return rebuild.catch_up(self._git, self._refs, self._texts, self.index, progress)

    def reindex(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Make the index anew from git alone; how many revisions it holds."""
        with self._opening:
            return self._rebuild(progress)

    def verify(self, progress: Callable[[int], None] = lambda _: None) -> checks.Report:
        """Check everything, the index as it was found."""
        usable = self._index.present() and self._index.usable()
        return checks.verify(
            self._git, self._refs, self._texts, self._index if usable else None, progress
        )

    def maintain(
        self, full: bool = False, step: Callable[[str], None] = lambda _: None
    ) -> Maintained:
        """Pack what is loose, or everything, while the archive is in use."""
        done = maintain(self.path.absolute(), self._git, self._refs, full, step)
        self.follow()  # so that the next to open it need not look at refs that only were packed
        return done

    def close(self) -> None:
        self._index.close()
        self._git.close()

    def _upgrade(self) -> None:
        """Mark an older archive as one of this format: the first knew revisions only."""
        if self._git.format_text(_FORMAT_TEXT) != _FORMAT_TEXT:
            with disk.told():
                self._git.write_format(_FORMAT_TEXT)

    def _catch_up(self) -> None:
        with self._opening:
            if self._index.present() and self._index.usable():
                rebuild.catch_up(self._git, self._refs, self._texts, self._index)
            else:
                self._rebuild(lambda _: None)

    def _rebuild(self, progress: Callable[[int], None]) -> int:
        # Built beside, then put in place in one step: no reader meets half an index. Writers
        # move refs before they touch the index, so a last look at git finds what they added.
        path = self.path / f"index.db.{os.getpid()}-{threading.get_ident()}.new"
        _remove(path)
        try:
            fresh = Index.create(path)
            count = rebuild.catch_up(self._git, self._refs, self._texts, fresh, progress)
            if self._index.present() and self._index.usable():
                fresh.copy_to(self._index.path)
            else:
                fresh.checkpoint()
                _remove(self._index.path)
                path.replace(self._index.path)
            fresh.close()
        finally:
            _remove(path)
        return count + rebuild.catch_up(self._git, self._refs, self._texts, self._index)


def _create(path: Path) -> None:
    """Make an archive of an absent or empty directory; leave any other as it is."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not all(entry.name.startswith(_UNFINISHED) for entry in path.iterdir()):
            return
        with TemporaryDirectory(prefix=_UNFINISHED, dir=path) as unfinished:
            git = GitStore.create(Path(unfinished) / "stories.git")
            git.write_format(_FORMAT_TEXT)
            git.close()
            try:
                (Path(unfinished) / "stories.git").rename(path / "stories.git")
            except OSError:
                if not (path / "stories.git").is_dir():
                    raise
                return  # another process made it meanwhile
        # With this file plain git works in the archive directory itself.
        (path / ".git").write_text("gitdir: stories.git\n")
    except OSError as error:
        raise ArchiveError(f"{path}: no archive can be made there: {error.strerror}") from None


def _check_is_archive(path: Path) -> None:
    if not path.is_dir():
        raise ArchiveError(f"{path}: there is no archive here")
    if not (path / "stories.git").is_dir():
        raise ArchiveError(f"{path}: this directory is not a story-history archive")


def _check_format(path: Path, text: str | None) -> None:
    title, _, number = (text or "").partition("\n")[0].rpartition(" ")
    if title != "story-history archive, format" or not number.isdigit():
        raise ArchiveError(f"{path}: this directory is not a story-history archive")
    if int(number) > FORMAT:
        raise ArchiveError(
            f"{path}: the archive has format {number}; this story-history reads up to {FORMAT}:"
            " use a newer one"
        )


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
