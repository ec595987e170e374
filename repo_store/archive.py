"""The archive: a git repository and its index in one directory, and the one way to write to it."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import cast

from repo_store import durable, last_runs, layout, locks
from repo_store.durable import check_room, disk_errors, replace
from repo_store.errors import (
    ArchiveError,
    Damaged,
    Moved,
    Rebuilding,
    StoreFull,
    Unwritable,
)
from repo_store.git.noted_once import noted_once
from repo_store.git.objects import blob_of, git_object
from repo_store.git.refs import Refs
from repo_store.git.repository import Repository
from repo_store.history import commits, declared_shapes, redaction
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import (
    Action,
    ActionInput,
    Record,
    Redacted,
    Removal,
    Revision,
    State,
    Tip,
)
from repo_store.index.read_model import Index
from repo_store.indexing.catch_up import CatchUp, LogOrderMismatch, Tuning
from repo_store.indexing.in_background import InBackground
from repo_store.last_runs import Run
from repo_store.log import checkpoint_commits, stamps
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint
from repo_store.log.stamps import StoredStamp
from repo_store.maintenance import backup, purge, repack, stale_files, verify
from repo_store.story import tombstone
from repo_store.story.content import Content
from repo_store.story.shapes import Shapes
from repo_store.story.tombstone import Tombstone
from repo_store.write.bulk_import import CACHED_TEXTS, Bulk
from repo_store.write.group_commit import GroupCommit
from repo_store.write.public_log import PublicLog
from repo_store.write.unit_of_work import Batch

log = logging.getLogger(__name__)

_ROOM = 2 * 2**20
"""Bytes that a write may need: the largest story, and what git and the index add to it."""

PATIENCE = 10.0
"""Seconds that a caller waits for an index that is being rebuilt."""


class Archive:
    """Lists and look-ups are answered by `index`, texts by git. Safe to use from many threads."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self.path = path
        self._clock = clock
        self._git = Repository(layout.repository(path))
        self._refs = Refs(layout.repository(path))
        self._index = Index(path / "index.db")
        self._contents = ContentCache(self._git)
        self._commits = GroupCommit(path, self._git, self._refs, self._contents)
        self._catch_up_lock = threading.Lock()
        self._healing = InBackground()
        self.tuning = Tuning()
        self.public_log = PublicLog(path, self._git, self._refs, self._index, clock, self._catch_up)

    @classmethod
    def open(cls, path: Path, clock: Callable[[], datetime], create: bool = False) -> "Archive":
        """The archive at `path`, recovered from a crash if there was one.

        Raises ArchiveError if there is none, or if root opens another user's.
        """
        archive = cls.open_as_found(path, clock, create)
        try:
            layout.upgrade(path, archive._git)
            archive._commits.refs.recover()
            stale_files.clear(path.absolute(), archive._git.path)
            archive._catch_up()
        except (OSError, sqlite3.Error, StoreFull, Unwritable) as error:
            # A disk that rejects writes does not keep anyone from reading.
            with disk_errors():
                if archive._index.fault():
                    raise
            log.warning("%s: opened for reading, its index may lag: %s", path, error)
        return archive

    @classmethod
    def open_as_found(
        cls, path: Path, clock: Callable[[], datetime], create: bool = False
    ) -> "Archive":
        """The archive without recovery and without touching its index: for checking it.

        Raises ArchiveError likewise: even a check leaves locks, and notes when it was run.
        """
        if create:
            layout.create(path)
        layout.check(path)
        archive = cls(path, clock)
        layout.check_format(path, archive._git)
        return archive

    def close(self) -> None:
        self._index.close()
        self._git.close()

    # Reading

    @property
    def index(self) -> Index:
        """The read model; rebuilt if someone deleted it under a running process, which Rebuilding
        says if it takes long.
        """
        if not self._index.present():
            self._heal(PATIENCE)
        return self._index

    def explained(self, error: Exception, patience: float | None = PATIENCE) -> Exception:
        """What an error means in the store's terms, if it is one of the disk or of the index.

        An index that is found to be damaged is rebuilt from git in the background; this waits for
        that up to `patience` seconds, or until it is done.
        """
        try:
            if self._is_elsewhere(error):
                return error
            if not self._shows_fault(error):
                return durable.translated(error) or error
            self._heal(patience)
        except Exception as failure:
            return durable.translated(failure) or failure
        return Rebuilding("the index was faulty and has been rebuilt: try again")

    def _is_elsewhere(self, error: Exception) -> bool:
        """Whether an error is about a file, which it names, that is none of the archive's."""
        name = getattr(error, "filename", None)
        if not isinstance(name, str) or durable.exhausted(error):
            return False
        return not Path(name).absolute().is_relative_to(self.path.absolute())

    def _shows_fault(self, error: Exception) -> bool:
        """Whether an error shows that the index has to be rebuilt."""
        if durable.is_damage(error) or not self._index.present():
            return True
        other = isinstance(error, sqlite3.OperationalError) and not durable.translated(error)
        return other and self._index.fault() is not None

    def content(self, revision: Revision) -> Content | Tombstone:
        """What a revision says, or what replaced it when its text was removed."""
        return self._contents.read(revision.blob)

    def as_written(self, revision: Revision) -> Revision:
        """A revision as its own commit says, without the effect of later actions."""
        return cast(Revision, commits.decode_commit(self._git.commit(revision.commit)))

    def records(self, oids: Sequence[str]) -> list[Record | Damaged]:
        """Records as their own commits say, without the effect of later ones; Damaged in place of
        each that cannot be read.
        """
        return [
            each if isinstance(each, Damaged) else commits.decode_or_damaged(each)
            for each in self._git.commits(oids)
        ]

    def raw(self, kind: str, oids: Sequence[str]) -> list[bytes]:
        """The bytes of git objects: commits, or blobs. Raises Damaged if one cannot be read."""
        return self._git.read(kind, oids)

    def blobs(self, trees: Sequence[str]) -> list[str]:
        """The one blob in each of these trees."""
        return [blob_of(data) for data in self._git.read("tree", trees)]

    # Shapes

    @property
    def shapes(self) -> Shapes:
        """The shapes that contents may have now."""
        return self._contents.shapes.current()

    def declarations(self) -> dict[str, str]:
        """The declared shapes as they were written, by name: those that are not built in."""
        return declared_shapes.texts(self._git, self._refs.read(declared_shapes.SHAPES_REF))

    def shapes_knowing(self, part: str) -> Shapes:
        """Shapes, one of which has this part if any has. Git is looked at only where none does."""
        return self._contents.shapes.knowing(part)

    def declare(self, text: str) -> str:
        """Declare a shape in TOML, or add to one; its name. Raises InvalidInput that names what is
        wrong.
        """
        with disk_errors(), locks.locked(f"{self.path}/locks/shapes"):
            return self._contents.shapes.add(text, self._clock())

    # Writing

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Write revisions and actions, all or none, when the context ends.

        Raises Moved if another writer was first on any of the stories; nothing is visible then.
        """
        batch = Batch(self._contents, self.index, self._clock, self._commits.lock)
        yield batch
        if not batch.written:
            return
        try:
            self._commits.commit(batch.pending(), self.index)
        except Moved:
            self._commits.catch_up(list(batch.pending().moves), self.index)
            raise

    @contextmanager
    def bulk(self, name: str, cached_texts: int = CACHED_TEXTS) -> Iterator[Bulk]:
        """Write very many revisions, all or none; after a kill, the same `name` resumes it.

        `name` consists of hexadecimal digits. On an error what was written is kept to be resumed,
        unless another writer was first on one of the stories (Moved).
        """
        with locks.locked_if_free(str(self.path / "locks" / f"import-{name}")) as free:
            if not free:
                raise ArchiveError("this is being imported by another process")
            folder = self.path.absolute() / "imports" / name
            with disk_errors():
                bulk = Bulk.resume(self._git, self.index, self._clock, folder, cached_texts)
            try:
                yield bulk
                if moves := bulk.close():
                    self._commits.move(moves)
            except Moved:
                bulk.discard()
                raise
            finally:
                bulk.stop()
            bulk.discard()

    def check_writable(self) -> None:
        """Raises StoreFull or Unwritable if the disk would reject a write now."""
        with disk_errors():
            check_room(str(self.path / "locks"), _ROOM)

    # The index

    def lag(self) -> int:
        """How many stories have records that the index lacks."""
        with disk_errors():
            return self._catching_up(self.index).lag()

    def catch_up(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Add to the index what git has beyond it; how many revisions that were."""
        with disk_errors():
            return self._catching_up(self.index).run(progress)

    def reindex(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Rebuild the index from git alone; how many revisions it holds."""
        with self._catch_up_lock:
            return self._rebuild(progress, replace=self._index.fault() is not None)

    def _catch_up(self) -> None:
        with self._catch_up_lock:
            found, fault = self._index.inode(), self._index.fault()
            if fault is None:
                try:
                    self._catching_up(self._index).run()
                    return
                except LogOrderMismatch:
                    fault = "the index has the log in another order"
                except sqlite3.DatabaseError as error:
                    if not durable.is_damage(error):
                        raise
                    fault = "the index is damaged"
            self._rebuild_faulty(found, fault)

    def _heal(self, patience: float | None) -> None:
        """Have the index that this thread uses replaced. Raises Rebuilding if it takes longer."""
        found = self._index.connected()

        def heal() -> None:
            try:
                with self._catch_up_lock:
                    self._rebuild_faulty(found, self._index.fault() or "the index is damaged")
            finally:
                self._index.close()

        if not self._healing.run(heal, patience):
            raise Rebuilding("the index is being rebuilt: try again in a minute")

    def _rebuild_faulty(self, found: int | None, fault: str) -> None:
        """Rebuild the index, unless another process has replaced the file `found` meanwhile."""
        with locks.locked(f"{self.path}/locks/rebuild"):
            if self._index.inode() != found and self._index.fault() is None:
                self._catching_up(self._index).run()
                return
            begun = time.monotonic()
            count = self._rebuild(lambda _: None, replace=True)
        if count:  # else it is a new archive
            took = time.monotonic() - begun
            log.warning("%s: %s: rebuilt, %d revisions in %.1f s", self.path, fault, count, took)

    def _catching_up(self, index: Index) -> CatchUp:
        return CatchUp(self._git, self._refs, self._contents, index, self.tuning)

    def _rebuild(self, progress: Callable[[int], None], replace: bool) -> int:
        # Built under another name, then replaced in one step: no reader sees half an index. Writers
        # move refs before they write the index, so a last look at git finds what they added.
        path = self.path / f"index.db.{os.getpid()}-{threading.get_ident()}.new"
        _remove_database(path)
        try:
            new = Index.create(path)
            count = self._catching_up(new).run(progress)
            new.number_events()
            if replace:
                new.checkpoint()
                self._index.replace_by(path)
            else:
                new.copy_to(self._index.path)
            new.close()
        finally:
            _remove_database(path)
        return count + self._catching_up(self._index).run()

    # Maintenance

    def verify(self, progress: Callable[[int, int], None] = lambda *_: None) -> verify.Report:
        """Check everything, with the index as it was found.

        `progress` gets the number of revisions checked so far, and how many there are.
        """
        return verify.verify(self.path.absolute(), self._refs, self._index, progress)

    def maintain(
        self, full: bool = False, step: Callable[[str], None] = lambda _: None
    ) -> repack.MaintenanceReport:
        """Repack what is loose, or everything, while the archive is in use."""
        report = repack.maintain(self.path.absolute(), self._git, self._refs, full, step)
        self.catch_up()  # so that the next opening need not look at refs that were only packed
        self.note_run(Run.MAINTAIN)
        return report

    def back_up(self, target: Path, check: bool = False) -> backup.Copied:
        """Bring the copy of the repository in the folder `target` up to date, while this archive is
        in use. ArchiveError, with the copy as it was, if the archive has lost something.

        `check`: read what is there already, too, and copy again what is damaged.
        """
        copied = layout.repository(target)
        layout.clear_unfinished(target)
        if not copied.exists():
            layout.make_repository(target)
        log_ref = checkpoint_commits.LOG_REF
        if known := Refs(copied).read(log_ref):
            head = self._refs.read(log_ref)
            if not checkpoint_commits.extends(self._git, head, known):
                raise ArchiveError(
                    f"the log of the backup in {target} is not the beginning of this archive's: it"
                    " is kept as it is; back up to another folder"
                )
        return backup.copy(self.path.absolute(), self._git.path, layout.OTHER_REFS, copied, check)

    @classmethod
    def restore(
        cls,
        source: Path,
        path: Path,
        clock: Callable[[], datetime],
        beside: Callable[[Path], object] = lambda _: None,
    ) -> None:
        """Make an archive of a backup, with its index and what `beside` puts into its folder; all
        of that or nothing. ArchiveError if `path` is not absent or empty.
        """

        def fill(folder: Path) -> None:
            with disk_errors():
                backup.restore(
                    layout.repository(source), layout.OTHER_REFS, layout.repository(folder)
                )
                beside(folder)
                with closing(cls.open_as_found(folder, clock)) as archive:
                    archive.reindex()

        if not layout.make(path, fill):
            raise ArchiveError(f"{path}: not empty: restore into a new or an empty folder")

    def note_run(self, run: Run) -> None:
        """Note that a run has just ended well."""
        last_runs.note(self.path, run, self._clock())

    def last_runs(self) -> dict[Run, datetime]:
        """When each kind of run last ended well; those that never did are missing."""
        return last_runs.last(self.path)

    # The log

    def checkpoint(
        self,
        sign: Callable[[int, bytes], str],
        keys: Callable[[str], str],
        renew: bool = False,
    ) -> StoredCheckpoint:
        """The newest checkpoint of the log: signed and stored now if anything is new, or `renew`.

        `sign` makes the signed note from size and root; when it is called, all that it signs is in
        git. `keys` gives the list of the log's public keys that follows the one before.
        """
        with disk_errors(), locks.locked(f"{self.path}/locks/log"):
            self._catch_up()
            log = self.index.log
            size, last = log.size(), log.last_checkpoint()
            before = self.stored_checkpoint(last[0]) if last else None
            if before and before.size == size and not renew:
                return before
            self._index.allocate()
            public_keys = keys(before.keys if before else "")
            bodies = (leaf.body for leaf in log.leaves(before.size if before else 0, size))
            unsigned = Checkpoint("", size, log.root(size))
            intent = StoredCheckpoint("", unsigned, tuple(bodies), None, public_keys)
            if intent.leaves:
                unsigned = unsigned._replace(note=unsigned.body)
                self._store(checkpoint_commits.NEXT_REF, intent._replace(checkpoint=unsigned))
            signed = intent._replace(checkpoint=Checkpoint.parse(sign(size, unsigned.root)))
            stored = self._store(checkpoint_commits.LOG_REF, signed)
            self.index.add_checkpoint(stored)
            return stored

    def _store(self, ref: str, new: StoredCheckpoint) -> StoredCheckpoint:
        head = self._refs.read(checkpoint_commits.LOG_REF)
        stored, objects = checkpoint_commits.encode(head, new, self._clock())
        self._git.write(objects)
        self._refs.set(ref, stored.commit)
        return stored

    def stored_checkpoint(self, commit: str) -> StoredCheckpoint:
        """One checkpoint from git, without its leaves."""
        return checkpoint_commits.read(self._git, commit)

    def stamps(self, note: str) -> list[StoredStamp]:
        """The time stamps of a checkpoint, of any log, oldest first; not those that an older
        release kept with it, until another is added.
        """
        return stamps.read(self._git, self._refs.read(stamps.STAMPS_REF), note)

    def expiring_stamps(self, by: date) -> Iterator[str]:
        """The notes of checkpoints whose time stamps hold until this day at most."""
        return stamps.expiring(self._git, self._refs.read(stamps.STAMPS_REF), by)

    def add_stamps(self, note: str, added: Sequence[StoredStamp]) -> None:
        """Keep time stamps of a checkpoint, after those that it has."""
        with disk_errors(), locks.locked(f"{self.path}/locks/log"):
            head = self._refs.read(stamps.STAMPS_REF)
            every = {note: added} if head else self._older_stamps() | {note: added}
            commit, objects = stamps.encode(self._git, head, every, self._clock())
            self._git.write(objects)
            self._refs.set(stamps.STAMPS_REF, commit)

    def _older_stamps(self) -> dict[str, Sequence[StoredStamp]]:
        """Those that older releases kept with their checkpoints: as if they ran out long ago, so
        that they are renewed at once.
        """
        log = checkpoint_commits.read_since(
            self._git, self._refs.read(checkpoint_commits.LOG_REF), None
        )
        return {
            each.note: [StoredStamp("unknown", date.min, False, each.timestamp)]
            for each in log
            if each.timestamp
        }

    # The accounts, which are no part of the archive: only that there are some

    def expects_accounts(self) -> bool:
        """Whether accounts were created beside this archive: it knows if they are lost."""
        return self._refs.read(layout.ACCOUNTS_REF) is not None

    def expect_accounts(self) -> None:
        """Note in git, so that a copy knows it, too, that there are accounts beside the archive."""
        self._noted_once(layout.ACCOUNTS_REF, lambda: layout.ACCOUNTS_TEXT)

    def identity(self, made: Callable[[], str]) -> str:
        """The line that names this archive for good: the one in git, where a first one is noted as
        `made`, unless the disk rejects writes.
        """
        return self._noted_once(layout.IDENTITY_REF, made)

    def _noted_once(self, ref: str, made: Callable[[], str]) -> str:
        return noted_once(self._git, self._refs, ref, f"{self.path}/locks/notes", made)

    # Removal by law

    def remove(self, new: ActionInput) -> Action:
        """Redact the texts of a revision, and of those removed with it, from the story's chain, and
        the words of entries.

        They are off the disk once `purge` has run. Raises Moved if the chain is not what the
        index says, or another writer has removed one of them since this was decided.
        """
        story, removal = new.story, new.removal
        if removal is None:
            raise ValueError("a removal needs its ground")
        with (
            disk_errors(),
            locks.locked(f"{self.path}/locks/maintain"),
            self._commits.refs.locked([story]),
        ):
            tip, head = self.index.tip(story), self._refs.head(story)
            known = {each.revision: each for each in self.index.chain(story)}
            numbers = () if removal.text_stays else (new.revision, *removal.also)
            if head is None or tip.head != head or not known.keys() >= {new.revision, *numbers}:
                raise Moved(story)
            # A second removal would take the first one's note out of the record.
            if any(known[number].state is State.REMOVED for number in numbers):
                raise Moved(story)
            tombstones = {
                number: tombstone.encode(redaction.tombstone_of(known[number], new))
                for number in numbers
            }
            redacted = self._redacted(story, head, tombstones, removal, new.created_at)
            tip = tip._replace(head=redacted.commits[-1].id)
            stone = tombstones.get(new.revision)
            blob = git_object("blob", stone).id if stone else known[new.revision].blob
            written = commits.write_action(new, blob, tip, self._clock())
            self._git.write([*redacted.objects, *written.objects])
            self._note_purge_due(story)
            self._refs.move({story: (head, written.record.commit)})
            records = commits.decode_chain(story, Tip(), redacted.commits)
            self.index.rewrite([*records, written.record], self._contents.read_each)
        return cast(Action, written.record)

    def _redacted(
        self,
        story: str,
        head: str,
        tombstones: dict[int, bytes],
        removal: Removal,
        at: datetime,
    ) -> redaction.NewChain:
        [(_, chain)] = self._git.chains({story: head}, {})
        commits = [each for each in chain if not isinstance(each, Damaged)]
        if len(commits) < len(chain):
            raise Damaged(f"{story}: its chain cannot be read; run verify")
        data = self._git.read("commit", [each.id for each in commits])
        trace = Redacted(removal.ground, at.replace(microsecond=0))
        return redaction.redact(commits, data, tombstones, removal.redacts, trace)

    def purge(self) -> bool:
        """Garbage-collect removed texts and all other unreachable objects; whether nothing of them
        is left. See `purge`.
        """
        folder = self.path.absolute() / "locks"
        with (
            disk_errors(),
            locks.locked(f"{folder}/maintain"),
            self._git.holding(f"{folder}/packing"),
        ):
            self._contents.clear()
            return purge.purge(
                self.path.absolute(), self._git, self.index, self._commits.refs, self.catch_up
            )

    def purge_due(self) -> list[str]:
        """The stories whose removed texts may still be on the disk."""
        try:
            return sorted(set(self._purge_file.read_text("ascii").split()))
        except FileNotFoundError:
            return []

    def purged(self, stories: list[str]) -> None:
        """Note that nothing is left of what was removed from these stories."""
        with disk_errors(), locks.locked(f"{self.path}/locks/maintain"):
            if rest := [each for each in self.purge_due() if each not in stories]:
                replace(str(self._purge_file), " ".join(rest).encode())
            else:
                self._purge_file.unlink(missing_ok=True)

    def _note_purge_due(self, story: str) -> None:
        replace(str(self._purge_file), " ".join([*self.purge_due(), story]).encode())

    @property
    def _purge_file(self) -> Path:
        return self.path.absolute() / "removal-due"


def _remove_database(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
