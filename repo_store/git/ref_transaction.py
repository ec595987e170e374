"""Moves of several refs that all happen or none, also after a crash."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from repo_store import durable, locks
from repo_store.errors import Damaged
from repo_store.git.refs import SHARDS, Moves, Refs
from repo_store.ids import shard


class RefTransaction:
    """Journals the moves of several refs before it makes the first one.

    After a crash some of them may be made; the next writer recovers by making the rest.
    """

    def __init__(self, folder: Path, refs: Refs) -> None:
        self._journal = folder.absolute() / "pending-moves"
        self._locks = f"{folder}/locks"
        self._batch_lock = f"{folder}/locks/batch"
        self._refs = refs

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Only one transaction is under way at a time."""
        with locks.locked(self._batch_lock):
            self._finish()
            yield

    @contextmanager
    def locked(self, stories: Sequence[str]) -> Iterator[None]:
        """Hold the locks of the stories' shards, once no moves in them wait for recovery."""
        while True:
            with locks.locked(*self._shard_locks(stories)):
                if not self._interrupted(stories):
                    yield
                    return
            self.recover()

    @contextmanager
    def no_writers(self) -> Iterator[None]:
        """Nobody writes in this context."""
        with self.exclusive(), locks.locked(*(f"{self._locks}/{each}" for each in SHARDS)):
            yield

    def recover(self) -> None:
        """Make the moves that a dead process left unfinished, if there are any."""
        if self._journal.exists():
            with self.exclusive():
                pass

    def move(self, moves: Moves) -> None:
        """Make these moves; after a crash, `recover` does. Called inside `exclusive`."""
        lines = [f"{story} {old or '-'} {new}\n" for story, (old, new) in moves.items()]
        durable.replace(str(self._journal), "".join(lines).encode())
        self._refs.move(moves)
        self._clear()

    def _interrupted(self, stories: Sequence[str]) -> bool:
        """Whether journaled moves are of these stories' shards. Called under the shards' locks.

        A living writer of such moves would hold those locks itself.
        """
        shards = {shard(story) for story in stories}
        return any(shard(story) in shards for story in self._journaled())

    def _journaled(self) -> dict[str, tuple[str, str]]:
        try:
            lines = self._journal.read_text("ascii").splitlines()
        except FileNotFoundError:
            return {}
        return {story: (old, new) for story, old, new in map(str.split, lines)}

    def _finish(self) -> None:
        if not self._journal.exists():
            return
        moves = self._journaled()
        with locks.locked(*self._shard_locks(list(moves))):
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
            self._clear()

    def _clear(self) -> None:
        self._journal.unlink()
        durable.flush([str(self._journal.parent)])

    def _shard_locks(self, stories: Sequence[str]) -> list[str]:
        return [f"{self._locks}/{each}" for each in {shard(story) for story in stories}]
