"""Reading very many stories for the index in processes of their own: git and Python take the time.

`python -m repo_store.indexing REPOSITORY` reads mappings of stories to heads, pickled, and
answers each with the rows of those stories.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import IO, cast

from repo_store.errors import ArchiveError
from repo_store.git.repository import Repository
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Tip
from repo_store.history.trailers import whole_chain
from repo_store.index.mapping import PreparedRows, StoryUpdate, prepared

# Seconds of reading from which on starting the processes costs less than they save.
WORTH = 2.0
_SHARE = 250
_READERS = 4
# Shares for each to go on with while the index is written.
_AHEAD = 8


class _Reader:
    """One such process."""

    def __init__(self, repository: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own module, a path of ours
            [sys.executable, "-m", "repo_store.indexing", str(repository)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def rows(self, heads: Mapping[str, str]) -> PreparedRows:
        stdin, stdout = (
            cast(IO[bytes], each) for each in (self._process.stdin, self._process.stdout)
        )
        try:
            pickle.dump(heads, stdin)
            stdin.flush()
            found = pickle.load(stdout)  # noqa: S301 from ourselves
        except (EOFError, OSError):
            raise ArchiveError("a process that read the archive for its index has died") from None
        if isinstance(found, Exception):
            raise found
        return cast(PreparedRows, found)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def rows(
    repository: Path, heads: Mapping[str, str]
) -> Iterator[tuple[dict[str, str], PreparedRows]]:
    """The rows of whole stories, some at a time, and those stories' heads beside."""
    count = min(_READERS, os.cpu_count() or 1)
    idle: SimpleQueue[_Reader] = SimpleQueue()

    def read(share: dict[str, str]) -> tuple[dict[str, str], PreparedRows]:
        reader = idle.get()
        try:
            return share, reader.rows(share)
        finally:
            idle.put(reader)

    with ExitStack() as stack:
        threads = ThreadPoolExecutor(count)
        stack.callback(threads.shutdown, cancel_futures=True)
        for _ in range(count):
            reader = _Reader(repository)
            stack.callback(reader.close)
            idle.put(reader)
        asked: deque[Future[tuple[dict[str, str], PreparedRows]]] = deque()
        for share in _shares(heads):
            asked.append(threads.submit(read, share))
            if len(asked) > count * _AHEAD:
                yield asked.popleft().result()
        for each in asked:
            yield each.result()


def _shares(heads: Mapping[str, str]) -> Iterator[dict[str, str]]:
    rest = iter(heads.items())
    while share := dict(islice(rest, _SHARE)):
        yield share


def _rows_of(git: Repository, texts: ContentCache, heads: Mapping[str, str]) -> PreparedRows:
    changed = [
        StoryUpdate({"id": story}, records)
        for story, chain in git.chains(heads, {})
        if (records := list(whole_chain(story, Tip(), chain)))
    ]
    return prepared(changed, texts.fields)


def main() -> None:
    # Looking for cycles among some hundred thousand values, of which none has one, takes a third.
    gc.disable()
    git = Repository(Path(sys.argv[1]))
    texts = ContentCache(git)
    while True:
        try:
            heads = pickle.load(sys.stdin.buffer)  # noqa: S301 from ourselves
        except EOFError:
            return
        try:
            found: PreparedRows | Exception = _rows_of(git, texts, heads)
        except Exception as error:
            found = error
        pickle.dump(found, sys.stdout.buffer)
        sys.stdout.buffer.flush()
