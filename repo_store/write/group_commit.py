"""Group commit: how pending writes become part of the archive: objects, then refs, then the index.

Writes that arrive while another is being flushed are taken together next: their objects share one
pack, and their refs share flushes. Writers in different processes wait for each other only where
their stories fall in the same shard.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from repo_store import durable
from repo_store.errors import Moved, StoreError
from repo_store.git.objects import GitObject
from repo_store.git.ref_transaction import RefTransaction
from repo_store.git.refs import Moves, Refs
from repo_store.git.repository import Repository
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Record
from repo_store.index.read_model import Index
from repo_store.indexing.catch_up import CatchUp
from repo_store.write.writer_lock import WriterLock


@dataclass
class PendingWrite:
    """What one writer wants stored, all of it or nothing, and what came of it."""

    moves: Moves
    records: Sequence[Record]
    objects: Sequence[GitObject] = ()
    error: BaseException | None = None
    done: bool = False


class GroupCommit:
    """Any thread may commit; each returns when its write is durable and in the index."""

    def __init__(self, folder: Path, git: Repository, refs: Refs, contents: ContentCache) -> None:
        self._git, self._refs, self._contents = git, refs, contents
        self.refs = RefTransaction(folder, refs)
        self.lock = WriterLock()
        self._queue: list[PendingWrite] = []
        self._queue_lock = threading.Lock()
        self._leader = threading.Lock()

    def commit(self, write: PendingWrite, index: Index) -> None:
        """Raises Moved on a conflict, StoreFull or Unwritable if the disk rejects the write."""
        with self._queue_lock:
            self._queue.append(write)
        with self._leader:
            if not write.done:
                self._write_group(index)
        if write.error:
            raise write.error

    def _write_group(self, index: Index) -> None:
        with self._queue_lock:
            group, self._queue = self._queue, []
        of_one_story = [write for write in group if len(write.moves) == 1]
        if of_one_story:
            with self._reporting(of_one_story, index):
                self._write(of_one_story, index)
        for write in group:
            if not write.done:
                with self._reporting([write], index):
                    self._write_atomically(write, index)

    @contextmanager
    def _reporting(self, writes: Sequence[PendingWrite], index: Index) -> Iterator[None]:
        """Hand errors to the writers, and add to the index what was moved before an error."""
        try:
            with durable.disk_errors():
                yield
        except BaseException as error:
            for write in writes:
                # A copy for each: a traceback grows where it is raised.
                write.error = write.error or _copy(error)
            with suppress(StoreError, sqlite3.Error), durable.disk_errors():
                self.catch_up([story for write in writes for story in write.moves], index)
        for write in writes:
            write.done = True

    def _write(self, writes: Sequence[PendingWrite], index: Index) -> None:
        """Writes on one story each; each succeeds or fails alone."""
        index.allocate()
        items = [item for write in writes for item in write.objects]
        stories = [story for write in writes for story in write.moves]
        with self.lock, self._git.staged(items) as objects, self.refs.locked(stories):
            accepted = self._without_conflict(writes)
            moves = {story: move for write in accepted for story, move in write.moves.items()}
            with self._refs.staged(moves) as refs:
                # The disk flushes while the index's rows are prepared.
                objects.begin_flush()
                refs.begin_flush()
                records = [record for write in accepted for record in write.records]
                # They need not be cached any more, and git finds them only after the renaming.
                texts = {item.id: item.data for item in items if item.kind == "blob"}
                read = partial(self._contents.read_each, staged=texts)
                rows = index.prepare(records, read)
                with self.lock.released():
                    objects.wait()
                    refs.wait()
                for files in (objects, refs):
                    files.rename()
                    with self.lock.released():
                        files.flush_folders()
            index.apply(rows, lambda: index.prepare(records, read))

    def _write_atomically(self, write: PendingWrite, index: Index) -> None:
        """One write on several stories, whose refs all move or none."""
        index.allocate()
        with self.refs.exclusive(), self.refs.locked(list(write.moves)):
            # Under the locks, so that garbage collection doesn't take them for unreachable.
            self._git.write(write.objects)
            if self._without_conflict([write]):
                self.refs.move(write.moves)
                index.record(write.records, self._contents.read_each)

    def move(self, moves: Moves) -> None:
        """Move refs whose objects are stored already, all or none. The index is not touched."""
        with durable.disk_errors(), self.refs.exclusive(), self.refs.locked(list(moves)):
            heads = self._refs.heads_of(moves)
            # Some may have been moved before a crash.
            due = {story: move for story, move in moves.items() if heads.get(story) != move[1]}
            for story, (old, _) in due.items():
                if heads.get(story) != old:
                    raise Moved(story)
            self.refs.move(due)

    def _without_conflict(self, writes: Sequence[PendingWrite]) -> list[PendingWrite]:
        """The writes whose stories are still at the head that the writer saw; others get Moved."""
        heads: dict[str, str | None] = {}
        accepted = []
        for write in writes:
            for story in write.moves.keys() - heads.keys():
                heads[story] = self._refs.head(story)
            moved = [story for story, (old, _) in write.moves.items() if heads[story] != old]
            if moved:
                write.error = Moved(moved[0])
            else:
                accepted.append(write)
                heads |= {story: new for story, (_, new) in write.moves.items()}
        return accepted

    def catch_up(self, stories: list[str], index: Index) -> None:
        CatchUp(self._git, self._refs, self._contents, index).stories(stories)


def _copy(error: BaseException) -> BaseException:
    return type(error)(*error.args) if isinstance(error, StoreError) else error
