"""Moves of several refs that happen all or none, also after a crash."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from repo_store import durable, locks
from repo_store.errors import Damaged
from repo_store.git.refs import SHARDS, Moves, Refs
from repo_store.ids import shard


class RefTransaction:
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
        with locks.locked(self._batch):
            self._finish()
            yield

    @contextmanager
    def locked(self, stories: Sequence[str]) -> Iterator[None]:
        """Hold the locks of the stories' shards, with no dead process's moves left to be made."""
        while True:
            with locks.locked(*self._shards(stories)):
                if not self._left(stories):
                    yield
                    return
            self.settle()

    @contextmanager
    def none(self) -> Iterator[None]:
        """No one writes meanwhile."""
        with self.alone(), locks.locked(*(f"{self._locks}/{each}" for each in SHARDS)):
            yield

    def settle(self) -> None:
        """Make the moves that a dead process left, if there are any."""
        if self._file.exists():
            with self.alone():
                pass

    def move(self, moves: Moves) -> None:
        """Make these moves, all or, after a crash, all a little later. Under `alone`."""
        lines = [f"{story} {old or '-'} {new}\n" for story, (old, new) in moves.items()]
        durable.replace(str(self._file), "".join(lines).encode())
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
        with locks.locked(*self._shards(list(moves))):
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
        durable.flush([str(self._file.parent)])

    def _shards(self, stories: Sequence[str]) -> list[str]:
        return [f"{self._locks}/{each}" for each in {shard(story) for story in stories}]
