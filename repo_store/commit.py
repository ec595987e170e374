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

from repo_store import disk, rebuild
from repo_store.errors import Damaged, Moved, StoreError
from repo_store.git import GitStore
from repo_store.index import Index
from repo_store.models import shard
from repo_store.objects import GitObject
from repo_store.records import Record
from repo_store.refs import SHARDS, Moves, Refs
from repo_store.texts import Texts
from repo_store.turn import Turn


@dataclass
class Work:
    """What one writer wants stored, all of it or nothing, and what became of it."""

    moves: Moves
    records: Sequence[Record]
    objects: Sequence[GitObject] = ()
    error: BaseException | None = None
    done: bool = False


class Pending:
    """The moves of several refs that belong together, written down before the first is made.

    A crash may leave some of them done; whoever comes next makes the others.
    """

    def __init__(self, folder: Path, refs: Refs) -> None:
        self._file = folder.absolute() / "pending-moves"
        self._locks = f"{folder}/locks"
        self._batch = f"{folder}/locks/batch"
        self._refs = refs

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one such set of moves is under way at a time."""
        with disk.locked(self._batch):
            self._finish()
            yield

    @contextmanager
    def locked(self, stories: Sequence[str]) -> Iterator[None]:
        """Hold the locks of the stories' shards, with no dead process's moves left to be made."""
        while True:
            with disk.locked(*self._shards(stories)):
                if not self._left(stories):
                    yield
                    return
            self.settle()

    @contextmanager
    def none(self) -> Iterator[None]:
        """No one writes meanwhile."""
        with self.alone(), disk.locked(*(f"{self._locks}/{each}" for each in SHARDS)):
            yield

    def settle(self) -> None:
        """Make the moves that a dead process left, if there are any."""
        if self._file.exists():
            with self.alone():
                pass

    def move(self, moves: Moves) -> None:
        """Make these moves, all or, after a crash, all a little later. Under `alone`."""
        lines = [f"{story} {old or '-'} {new}\n" for story, (old, new) in moves.items()]
        disk.replace(str(self._file), "".join(lines).encode())
        self._refs.move(moves)
        self._forget()

    def _left(self, stories: Sequence[str]) -> bool:
        """Whether moves in these stories' shards wait to be made. Under the shards' locks.

        Their writer, had it lived, would hold those locks itself.
        """
        shards = {shard(story) for story in stories}
        return any(shard(story) in shards for story in self._noted())

    def _noted(self) -> dict[str, tuple[str, str]]:
        try:
            lines = self._file.read_text("ascii").splitlines()
        except FileNotFoundError:
            return {}
        return {story: (old, new) for story, old, new in map(str.split, lines)}

    def _finish(self) -> None:
        if not self._file.exists():
            return
        moves = self._noted()
        with disk.locked(*self._shards(list(moves))):
            due: dict[str, tuple[str | None, str]] = {}
            heads = self._refs.heads_of(moves)
            for story, (old, new) in moves.items():
                head = heads.get(story)
                if (head or "-") == old:
                    due[story] = (head, new)
                elif head != new:
                    raise Damaged(f"{story}: its ref is neither where a batch found it nor left it")
            if due:
                self._refs.move(due)
            self._forget()

    def _forget(self) -> None:
        self._file.unlink()
        disk.flush([str(self._file.parent)])

    def _shards(self, stories: Sequence[str]) -> list[str]:
        return [f"{self._locks}/{each}" for each in {shard(story) for story in stories}]


class Committer:
    """Any thread may commit; each returns when its work is durable and in the index."""

    def __init__(self, folder: Path, git: GitStore, refs: Refs, texts: Texts) -> None:
        self._git, self._refs, self._texts = git, refs, texts
        self.pending = Pending(folder, refs)
        self._queue: list[Work] = []
        self._gate = threading.Lock()
        self._leading = threading.Lock()
        self.turn = Turn()

    def commit(self, work: Work, index: Index) -> None:
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
    def _telling(self, works: Sequence[Work], index: Index) -> Iterator[None]:
        try:
            with disk.told():
                yield
        except BaseException as error:
            self._failed(works, index, error)
        for work in works:
            work.done = True

    def _write(self, works: Sequence[Work], index: Index) -> None:
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

    def _write_together(self, work: Work, index: Index) -> None:
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
        with disk.told(), self.pending.alone(), self.pending.locked(list(moves)):
            heads = self._refs.heads_of(moves)
            # Those that have moved already did so before a kill.
            due = {story: move for story, move in moves.items() if heads.get(story) != move[1]}
            for story, (old, _) in due.items():
                if heads.get(story) != old:
                    raise Moved(story)
            self.pending.move(due)

    def _first_come(self, works: Sequence[Work]) -> list[Work]:
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

    def _failed(self, works: Sequence[Work], index: Index, error: BaseException) -> None:
        """Tell the writers, and the index of refs that were moved before it came to that."""
        for work in works:
            # Each its own: a traceback grows where it is raised.
            work.error = work.error or _copy(error)
        with suppress(StoreError), disk.told():
            self.catch_up([story for work in works for story in work.moves], index)

    def catch_up(self, stories: list[str], index: Index) -> None:
        rebuild.catch_up_stories(self._git, self._refs, self._texts, index, stories)


def _copy(error: BaseException) -> BaseException:
    return type(error)(*error.args) if isinstance(error, StoreError) else error
