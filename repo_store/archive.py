"""An archive: the git store and its index in one directory, and the one way to write to it."""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from repo_store import durable, locks
from repo_store.errors import ArchiveError, Damaged, Moved, StoreFull, Unwritable
from repo_store.git.objects import blob_of
from repo_store.git.refs import Refs
from repo_store.git.repository import Repository
from repo_store.history import redaction, trailers
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Action, ActionInput, Revision
from repo_store.index.read_model import Index
from repo_store.indexing import catch_up
from repo_store.log import checkpoints
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint
from repo_store.maintenance import purge, stale_files
from repo_store.maintenance import verify as checks
from repo_store.maintenance.repack import MaintenanceReport, maintain
from repo_store.story.content import Content
from repo_store.write.bulk_import import Bulk
from repo_store.write.group_commit import GroupCommit
from repo_store.write.unit_of_work import Batch

log = logging.getLogger(__name__)

FORMAT = 3
_UNFINISHED = ".new-"
_FORMAT_TEXT = f"""story-history archive, format {FORMAT}

Each story is a chain of commits, one a revision or an action: refs/stories/<two digits>/<id>.
Each commit holds story.json, the text that it records or is about; its message holds the note
and, as trailers, the record. A text that was lawfully removed has a tombstone in its place.
refs/archive/log holds the log of all commits and its signed checkpoints.
`git log -p refs/stories/<two digits>/<id>` reads a story's history with plain git.
"""


class Archive:
    """Reads come from the index and, for texts, from git's objects; safe from many threads."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self.path = path
        self._clock = clock
        self._git = Repository(path / "stories.git")
        self._refs = Refs(path / "stories.git")
        self._index = Index(path / "index.db")
        self._texts = ContentCache(self._git)
        self._committer = GroupCommit(path, self._git, self._refs, self._texts)
        self._opening = threading.Lock()

    @classmethod
    def open(cls, path: Path, clock: Callable[[], datetime], create: bool = False) -> "Archive":
        """The archive at `path`, what a crash left put right. ArchiveError if there is none."""
        store = cls.open_as_found(path, clock, create)
        try:
            store._upgrade()
            store._committer.pending.settle()
            stale_files.clear(path.absolute(), store._git.path)
            store._catch_up()
        except (OSError, sqlite3.Error, StoreFull, Unwritable) as error:
            # A disk that takes no writes does not keep anyone from reading.
            if not store._index.usable():
                with durable.told():
                    raise
            log.warning("%s: opened for reading, its index may lag: %s", path, error)
        return store

    @classmethod
    def open_as_found(
        cls, path: Path, clock: Callable[[], datetime], create: bool = False
    ) -> "Archive":
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

    def raw(self, kind: str, oids: Sequence[str]) -> list[bytes]:
        """The bytes of git objects: commits, or blobs. Damaged if one cannot be had."""
        return self._git.read(kind, oids)

    def blobs(self, trees: Sequence[str]) -> list[str]:
        """The one blob in each of these trees."""
        return [blob_of(data) for data in self._git.read("tree", trees)]

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
        with locks.locked_if_free(str(self.path / "locks" / f"import-{name}")) as free:
            if not free:
                raise ArchiveError("this is being imported by another process")
            folder = self.path.absolute() / "imports" / name
            with durable.told():
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
        with durable.told():
            return catch_up.catch_up(self._git, self._refs, self._texts, self.index, progress)

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
    ) -> MaintenanceReport:
        """Pack what is loose, or everything, while the archive is in use."""
        done = maintain(self.path.absolute(), self._git, self._refs, full, step)
        self.follow()  # so that the next to open it need not look at refs that only were packed
        return done

    # The log

    def checkpoint(
        self,
        sign: Callable[[int, bytes], tuple[str, bytes | None]],
        keys: Callable[[str], str],
        renew: bool = False,
    ) -> StoredCheckpoint:
        """The newest checkpoint of the log: signed and stored now if anything is new, or `renew`.

        `sign` makes the signed note from size and root, with a time stamp if there is to be one;
        `keys` gives the list of the log's public keys that follows the one before.
        """
        with durable.told(), locks.locked(f"{self.path}/locks/log"):
            self._catch_up()
            log = self.index.log
            size, last = log.size(), log.last_checkpoint()
            before = self.stored_checkpoint(last[0]) if last else None
            if before and before.size == size and not renew:
                return before
            public_keys = keys(before.keys if before else "")
            note, timestamp = sign(size, log.root(size))
            leaves = [leaf.body for leaf in log.leaves(before.size if before else 0, size)]
            stored, objects = checkpoints.encode(
                self._refs.read(checkpoints.LOG_REF),
                StoredCheckpoint("", Checkpoint.parse(note), tuple(leaves), timestamp, public_keys),
                self._clock(),
            )
            self._git.write(objects)
            self._refs.set(checkpoints.LOG_REF, stored.commit)
            self.index.add_checkpoint(stored)
            return stored

    def stored_checkpoint(self, commit: str) -> StoredCheckpoint:
        """One checkpoint from git, without its leaves."""
        return checkpoints.read(self._git, commit)

    # Lawful removal

    def remove(self, entry: ActionInput) -> Action:
        """Take the texts of a revision, and of those removed with it, out of the story's chain.

        Moved if the chain is not what the index says. What was taken out is off the disk when
        `purge` has run.
        """
        story, removal = entry.story, entry.removal
        if removal is None:
            raise ValueError("a removal says why")
        with (
            durable.told(),
            locks.locked(f"{self.path}/locks/maintain"),
            self._committer.pending.locked([story]),
        ):
            tip, head = self.index.tip(story), self._refs.head(story)
            known = {each.revision: each for each in self.index.chain(story)}
            numbers = (entry.revision, *removal.also)
            if head is None or tip.head != head or not known.keys() >= set(numbers):
                raise Moved(story)
            gone = {number: redaction.tombstone(known[number], entry) for number in numbers}
            made = self._rewritten(story, head, gone)
            upon = tip._replace(head=made.commits[-1].id)
            stone = next(item.id for item in made.objects if item.data == gone[entry.revision])
            written = trailers.write_action(entry, stone, upon, self._clock())
            self._git.write([*made.objects, *written.objects])
            self._note_due(story)
            self._refs.move({story: (head, written.commit.id)})
            records = [trailers.decode_message(each) for each in made.commits]
            self.index.rewrite([*records, written.record], self._texts.fields)
        return cast(Action, written.record)

    def _rewritten(self, story: str, head: str, gone: dict[int, bytes]) -> redaction.Rewritten:
        [(_, chain)] = self._git.chains({story: head}, {})
        whole = [each for each in chain if not isinstance(each, Damaged)]
        if len(whole) < len(chain):
            raise Damaged(f"{story}: its chain cannot be read; run verify")
        data = self._git.read("commit", [each.id for each in whole])
        return redaction.rewritten(whole, data, gone)

    def purge_due(self) -> list[str]:
        """The stories of which texts were removed that may still be on the disk."""
        try:
            return sorted(set(self._due.read_text("ascii").split()))
        except FileNotFoundError:
            return []

    def purge(self) -> int:
        """Take removed texts off the disk, and all else that nothing leads to; see `purge`."""
        folder = self.path.absolute() / "locks"
        with (
            durable.told(),
            locks.locked(f"{folder}/maintain"),
            self._git.holding(f"{folder}/packing"),
        ):
            self._texts.clear()
            return purge.purge(
                self.path.absolute(), self._git, self.index, self._committer.pending, self.follow
            )

    def purged(self, stories: list[str]) -> None:
        """Nothing is left of what was removed of these stories."""
        with durable.told(), locks.locked(f"{self.path}/locks/maintain"):
            if rest := [each for each in self.purge_due() if each not in stories]:
                durable.replace(str(self._due), " ".join(rest).encode())
            else:
                self._due.unlink(missing_ok=True)

    def _note_due(self, story: str) -> None:
        durable.replace(str(self._due), " ".join([*self.purge_due(), story]).encode())

    @property
    def _due(self) -> Path:
        return self.path.absolute() / "removal-due"

    def close(self) -> None:
        self._index.close()
        self._git.close()

    def _upgrade(self) -> None:
        """Mark an older archive as one of this format: the first knew revisions only."""
        if self._git.format_text(_FORMAT_TEXT) != _FORMAT_TEXT:
            with durable.told():
                self._git.write_format(_FORMAT_TEXT)

    def _catch_up(self) -> None:
        with self._opening:
            if self._index.present() and self._index.usable():
                try:
                    catch_up.catch_up(self._git, self._refs, self._texts, self._index)
                    return
                except catch_up.LogOrderMismatch:
                    log.warning("%s: the index has the log in another order: made anew", self.path)
            self._rebuild(lambda _: None)

    def _rebuild(self, progress: Callable[[int], None]) -> int:
        # Built beside, then put in place in one step: no reader meets half an index. Writers
        # move refs before they touch the index, so a last look at git finds what they added.
        path = self.path / f"index.db.{os.getpid()}-{threading.get_ident()}.new"
        _remove(path)
        try:
            fresh = Index.create(path)
            count = catch_up.catch_up(self._git, self._refs, self._texts, fresh, progress)
            if self._index.present() and self._index.usable():
                fresh.copy_to(self._index.path)
            else:
                fresh.checkpoint()
                _remove(self._index.path)
                path.replace(self._index.path)
            fresh.close()
        finally:
            _remove(path)
        return count + catch_up.catch_up(self._git, self._refs, self._texts, self._index)


def _create(path: Path) -> None:
    """Make an archive of an absent or empty directory; leave any other as it is."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not all(entry.name.startswith(_UNFINISHED) for entry in path.iterdir()):
            return
        with TemporaryDirectory(prefix=_UNFINISHED, dir=path) as unfinished:
            git = Repository.create(Path(unfinished) / "stories.git")
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
