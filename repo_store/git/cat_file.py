"""Reading git objects through one long-lived process."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from repo_store import durable
from repo_store.errors import Damaged, MissingObject


class CatFile:
    """A `git cat-file --batch-command`, used by one thread at a time; `start` starts it."""

    def __init__(self, start: Callable[[], Any]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._process: Any = None

    def close(self) -> None:
        with self._lock:
            self._end()

    def __del__(self) -> None:
        self._end()

    def read(self, kind: str, oids: Sequence[str], most: int) -> list[bytes | Damaged]:
        """`most`: an object of more bytes is Damaged, and is not read: a small file can hold it."""
        found: list[bytes | Damaged] = []
        with self._lock:
            while len(found) < len(oids):
                # If git dies of an object, only that one is lost.
                for each in self._read(kind, oids[len(found) :], most):
                    found.append(each)
            for place, each in enumerate(found):
                if isinstance(each, Damaged):
                    # Its pack may have been repacked meanwhile: a new git sees the new one.
                    self._end()
                    found[place] = next(iter(self._read(kind, [oids[place]], most)))
        return found

    def _read(self, kind: str, oids: Sequence[str], most: int) -> Iterator[bytes | Damaged]:
        current, wanted = oids[0], kind.encode()
        try:
            if self._process is None:
                self._process = self._start()
            sent: IO[bytes] = self._process.stdin
            answers: IO[bytes] = self._process.stdout
            sent.write("".join([f"contents {oid}\n" for oid in oids] + ["flush\n"]).encode())
            sent.flush()
            for current in oids:
                words = answers.readline().split()
                if words[1:] == [b"missing"]:
                    yield MissingObject(current)
                    continue
                if len(words) != 3:
                    raise OSError("git could not read it")
                size = int(words[2])
                if size > most:
                    raise OSError(f"it has {size:,} bytes, more than {most:,}")
                data = answers.read(size + 1)[:size]
                if len(data) != size:
                    raise OSError("git could not read all of it")
                if words[1] == wanted:
                    yield data
                else:
                    yield Damaged(f"object {current} is not a {kind}")
        except OSError as error:
            self._end()
            if durable.exhausted(error):
                raise  # says nothing about the object
            yield Damaged(f"object {current} cannot be read: {error}")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stdin.close()
            process.stdout.close()
            process.proc.kill()
            process.proc.wait()
            process.stderr.close()
