"""Worker processes for what takes git and Python long: the index, verification, exports.

Each reads, pickled, a function and its argument; what the function returns then answers one job
after the other.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TypeVar, cast

from repo_store.errors import ArchiveError

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")
Start = Callable[[Path], Callable[[_Job], _Result]]
"""A function of a module, called once in each process."""
Run = Callable[[Iterable[_Job]], Iterator[tuple[_Job, _Result]]]
"""Gives each job with its result, in their order."""

_WORKERS = 4


def count() -> int:
    """How many processes `run` would start."""
    return min(_WORKERS, os.cpu_count() or 1)


class _Worker:
    """One such process."""

    def __init__(self, start: Start[_Job, _Result], path: Path) -> None:
        self._process = subprocess.Popen(
            # Nothing is imported from the folder that a command happens to be run in.
            [sys.executable, "-P", "-c", "from repo_store.workers import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._stdin, self._stdout = (
            cast(IO[bytes], each) for each in (self._process.stdin, self._process.stdout)
        )
        pickle.dump((start, path), self._stdin)

    def ask(self, job: object) -> object:
        try:
            pickle.dump(job, self._stdin)
            self._stdin.flush()
            answer: object = pickle.load(self._stdout)  # noqa: S301 from ourselves
        except (EOFError, OSError):
            raise ArchiveError("a process that read the archive has died") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def run(
    start: Start[_Job, _Result], path: Path, jobs: Iterable[_Job], queued: int
) -> Iterator[tuple[_Job, _Result]]:
    """Each job with its result, in their order; `queued` for each process are done ahead."""
    with pool(start, path, queued) as run_all:
        yield from run_all(jobs)


@contextmanager
def pool(start: Start[_Job, _Result], path: Path, queued: int) -> Iterator[Run[_Job, _Result]]:
    """The same for several runs, one after the other. At the end the processes are ended, whatever
    they do.
    """
    idle: SimpleQueue[_Worker] = SimpleQueue()

    def done(job: _Job) -> tuple[_Job, _Result]:
        worker = idle.get()
        try:
            return job, cast(_Result, worker.ask(job))
        finally:
            idle.put(worker)

    with ExitStack() as stack:
        processes = count()
        threads = ThreadPoolExecutor(processes)
        stack.callback(threads.shutdown, cancel_futures=True)
        for _ in range(processes):
            worker = _Worker(start, path)
            stack.callback(worker.close)
            idle.put(worker)

        def run_all(jobs: Iterable[_Job]) -> Iterator[tuple[_Job, _Result]]:
            futures: deque[Future[tuple[_Job, _Result]]] = deque()
            for job in jobs:
                futures.append(threads.submit(done, job))
                if len(futures) > processes * queued:
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()

        yield run_all


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked for the work ends it
    # Looking for cycles among some hundred thousand values that have none takes a third.
    gc.disable()
    start, path = pickle.load(sys.stdin.buffer)  # noqa: S301 from ourselves
    work = start(path)
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)  # noqa: S301 from ourselves
        except EOFError:
            return
        try:
            answer = work(job)
        except Exception as error:
            answer = error
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()
