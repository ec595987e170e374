"""Reading very many stories for the index in processes of their own: git and Python take the time.

`python -m repo_store.aside REPOSITORY` answers each mapping of stories to heads that it is sent
with the rows of those stories, pickled both.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, cast

from repo_store.codec import whole_chain
from repo_store.git import GitStore
from repo_store.rows import Change, Prepared, Tip, prepared
from repo_store.texts import Texts

# From here on, starting the processes costs less than they save.
MANY = 2_000
_SHARE = 250
_READERS = 4


class _Reader:
    """One such process; it has two shares, so that it never waits for the next."""

    def __init__(self, repository: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own module, a path of ours
            [sys.executable, "-m", "repo_store.aside", str(repository)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def send(self, heads: Mapping[str, str]) -> None:
        stdin = cast(IO[bytes], self._process.stdin)
        pickle.dump(heads, stdin)
        stdin.flush()

    def receive(self) -> Prepared:
        found = pickle.load(cast(IO[bytes], self._process.stdout))  # noqa: S301 from ourselves
        if isinstance(found, Exception):
            raise found
        return cast(Prepared, found)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def rows(repository: Path, heads: Mapping[str, str]) -> Iterator[tuple[dict[str, str], Prepared]]:
    """The rows of whole stories, some at a time, and those stories' heads beside."""
    shares = _shares(heads)
    with ExitStack() as stack:
        readers = [_Reader(repository) for _ in range(min(_READERS, os.cpu_count() or 1))]
        for reader in readers:
            stack.callback(reader.close)
        asked: deque[tuple[_Reader, dict[str, str]]] = deque()
        for reader, share in zip(readers * 2, shares, strict=False):
            reader.send(share)
            asked.append((reader, share))
        while asked:
            reader, share = asked.popleft()
            found = reader.receive()
            for after in islice(shares, 1):
                reader.send(after)
                asked.append((reader, after))
            yield share, found


def _shares(heads: Mapping[str, str]) -> Iterator[dict[str, str]]:
    rest = iter(heads.items())
    while share := dict(islice(rest, _SHARE)):
        yield share


def _rows_of(git: GitStore, texts: Texts, heads: Mapping[str, str]) -> Prepared:
    changed = [
        Change({"id": story}, revisions)
        for story, chain in git.chains(heads, {})
        if (revisions := list(whole_chain(story, Tip().revisions, chain)))
    ]
    return prepared(changed, texts.fields)


def main() -> None:
    git = GitStore(Path(sys.argv[1]))
    texts = Texts(git)
    while True:
        try:
            heads = pickle.load(sys.stdin.buffer)  # noqa: S301 from ourselves
        except EOFError:
            return
        try:
            found: Prepared | Exception = _rows_of(git, texts, heads)
        except Exception as error:
            found = error
        pickle.dump(found, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
