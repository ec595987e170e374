"""How what was written together becomes part of the archive: objects, then refs, then the index.

Writers that come while another is at the disk are taken together next (group commit): their objects
share one pack and their refs share flushes. Of different processes only those wait for each other
whose stories are of one shard.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
from repo_store.indexing import catch_up
from repo_store.write.writer_lock import WriterLock


@dataclass
class PendingWrite:
    """What one writer wants stored, all of it or nothing, and what became of it."""

    moves: Moves
    records: Sequence[Record]
    objects: Sequence[GitObject] = ()
    error: BaseException | None = None
    done: bool = False


class GroupCommit:
    """Any thread may commit; each returns when its work is durable and in the index."""

    def __init__(self, folder: Path, git: Repository, refs: Refs, texts: ContentCache) -> None:
        self._git, self._refs, self._texts = git, refs, texts
        self.pending = RefTransaction(folder, refs)
        self._queue: list[PendingWrite] = []
        self._gate = threading.Lock()
        self._leading = threading.Lock()
        self.turn = WriterLock()

    def commit(self, work: PendingWrite, index: Index) -> None:
        """Store it. Moved if another writer was first; StoreFull or Unwritable: the disk's no."""
        with self._gate:
            self._queue.append(work)
        with self._leading:
            if not work.done:
                self._take_all(index)
        if work.error:
            raise work.error

    def _take_all(self, index: Index) -> None:
        with self._gate:
            group, self._queue = self._queue, []
        single = [work for work in group if len(work.moves) == 1]
        if single:
            with self._telling(single, index):
                self._write(single, index)
        for work in group:
            if not work.done:
                with self._telling([work], index):
                    self._write_together(work, index)

    @contextmanager
    def _telling(self, works: Sequence[PendingWrite], index: Index) -> Iterator[None]:
        try:
            with durable.told():
                yield
        except BaseException as error:
            self._failed(works, index, error)
        for work in works:
            work.done = True

    def _write(self, works: Sequence[PendingWrite], index: Index) -> None:
        index.make_room()
        items = [item for work in works for item in work.objects]
        stories = [story for work in works for story in work.moves]
        with self.turn, self._git.staged(items) as objects, self.pending.locked(stories):
            first = self._first_come(works)
            moves = {story: move for work in first for story, move in work.moves.items()}
            with self._refs.staged(moves) as refs:
                # The disk flushes while the index's rows are made ready.
                objects.begin_flush()
                refs.begin_flush()
                records = [record for work in first for record in work.records]
                rows = index.prepare(records, self._texts.fields)
                with self.turn.given_up():
                    objects.wait()
                    refs.wait()
                for files in (objects, refs):
                    files.rename()
                    with self.turn.given_up():
                        files.settle()
            index.apply(rows, lambda: index.prepare(records, self._texts.fields))

    def _write_together(self, work: PendingWrite, index: Index) -> None:
        """The same for one work on several stories, whose refs move all or not at all."""
        index.make_room()
        with self.pending.alone(), self.pending.locked(list(work.moves)):
            # Under the locks, so that no one takes them for objects that nothing leads to.
            self._git.write(work.objects)
            if self._first_come([work]):
                self.pending.move(work.moves)
                index.record(work.records, self._texts.fields)

    def move_together(self, moves: Moves) -> None:
        """Move refs whose objects are there already, all or none; the index follows by itself."""
        with durable.told(), self.pending.alone(), self.pending.locked(list(moves)):
            heads = self._refs.heads_of(moves)
            # Those that have moved already did so before a kill.
            due = {story: move for story, move in moves.items() if heads.get(story) != move[1]}
            for story, (old, _) in due.items():
                if heads.get(story) != old:
                    raise Moved(story)
            self.pending.move(due)

    def _first_come(self, works: Sequence[PendingWrite]) -> list[PendingWrite]:
        """The works whose stories stand where their writers saw them; the others are told."""
        heads: dict[str, str | None] = {}
        first = []
        for work in works:
            for story in work.moves.keys() - heads.keys():
                heads[story] = self._refs.head(story)
            moved = [story for story, (old, _) in work.moves.items() if heads[story] != old]
            if moved:
                work.error = Moved(moved[0])
            else:
                first.append(work)
                heads |= {story: new for story, (_, new) in work.moves.items()}
        return first

    def _failed(self, works: Sequence[PendingWrite], index: Index, error: BaseException) -> None:
        """Tell the writers, and the index of refs that were moved before it came to that."""
        for work in works:
            # Each its own: a traceback grows where it is raised.
            work.error = work.error or _copy(error)
        with suppress(StoreError), durable.told():
            self.catch_up([story for work in works for story in work.moves], index)

    def catch_up(self, stories: list[str], index: Index) -> None:
        catch_up.catch_up_stories(self._git, self._refs, self._texts, index, stories)


def _copy(error: BaseException) -> BaseException:
    return type(error)(*error.args) if isinstance(error, StoreError) else error
