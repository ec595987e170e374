"""Worker processes that read very many stories for the index: git and Python take the time.

`python -m repo_store.indexing REPOSITORY` reads mappings of stories to heads, pickled, and answers
each with the rows of those stories.
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
from repo_store.history.commits import decode_chain
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Tip
from repo_store.index.mapping import PreparedRows, StoryUpdate, prepare

_WORKERS = 4


class _Worker:
    """One such process."""

    def __init__(self, repository: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own module, a path of ours
            [sys.executable, "-m", "repo_store.indexing", str(repository)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def read(self, heads: Mapping[str, str]) -> PreparedRows:
        stdin, stdout = (
            cast(IO[bytes], each) for each in (self._process.stdin, self._process.stdout)
        )
        try:
            pickle.dump(heads, stdin)
            stdin.flush()
            answer = pickle.load(stdout)  # noqa: S301 from ourselves
        except (EOFError, OSError):
            raise ArchiveError("a process that read the archive for its index has died") from None
        if isinstance(answer, Exception):
            raise answer
        return cast(PreparedRows, answer)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def read(
    repository: Path, heads: Mapping[str, str], share: int, queued: int
) -> Iterator[tuple[dict[str, str], PreparedRows]]:
    """The rows of whole stories, `share` at a time, each part with its stories' heads.

    `queued` shares for each worker are read ahead.
    """
    count = min(_WORKERS, os.cpu_count() or 1)
    idle: SimpleQueue[_Worker] = SimpleQueue()

    def rows(some: dict[str, str]) -> tuple[dict[str, str], PreparedRows]:
        worker = idle.get()
        try:
            return some, worker.read(some)
        finally:
            idle.put(worker)

    with ExitStack() as stack:
        threads = ThreadPoolExecutor(count)
        stack.callback(threads.shutdown, cancel_futures=True)
        for _ in range(count):
            worker = _Worker(repository)
            stack.callback(worker.close)
            idle.put(worker)
        futures: deque[Future[tuple[dict[str, str], PreparedRows]]] = deque()
        rest = iter(heads.items())
        while some := dict(islice(rest, share)):
            futures.append(threads.submit(rows, some))
            if len(futures) > count * queued:
                yield futures.popleft().result()
        for future in futures:
            yield future.result()


def _rows(git: Repository, contents: ContentCache, heads: Mapping[str, str]) -> PreparedRows:
    updates = [
        StoryUpdate({"id": story}, records)
        for story, chain in git.chains(heads, {})
        if (records := list(decode_chain(story, Tip(), chain)))
    ]
    return prepare(updates, contents.fields)


def main() -> None:
    # Looking for cycles among some hundred thousand values that have none takes a third.
    gc.disable()
    git = Repository(Path(sys.argv[1]))
    contents = ContentCache(git)
    while True:
        try:
            heads = pickle.load(sys.stdin.buffer)  # noqa: S301 from ourselves
        except EOFError:
            return
        try:
            answer: PreparedRows | Exception = _rows(git, contents, heads)
        except Exception as error:
            answer = error
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()
