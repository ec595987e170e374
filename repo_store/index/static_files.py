"""Files made from a story's rows, for a web server to send: there only while the rows are the same.

Whoever changes rows removes the story's files first, and holds a lock until the new rows are there.
A file gets its name under that lock, and only if what it was made from is still so. The archive has
a note of where the files are, so that every process removes them, whatever its settings.
"""

import logging
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from repo_store import durable, locks
from repo_store.ids import shard

log = logging.getLogger(__name__)

_NOTE, _FOLDER = "static", "answers"
_OWNER = ".archive"
"""A file among the others: whose they are. An archive from elsewhere may name any folder."""
_GONE = ".gone-"
_LOCKS = "0123456789abcdef"
_FOLDER_SIZE = 4096
_KEPT = 3 / 4
"""Of the room for all files, what is left after the oldest were deleted."""
_BETWEEN = 1 / 8
"""Of that room, what a process may fill until it looks how much is taken."""


class _File(NamedTuple):
    changed: int
    size: int
    path: str


class StaticFiles:
    """Of one archive. Off until `begin`; then, too, a disk that rejects a file breaks nothing."""

    def __init__(self, archive: Path) -> None:
        self._archive = str(archive.absolute())
        self._note = archive / _NOTE
        self._locks = f"{self._archive}/locks/{_NOTE}"
        self._begun = ""
        self._most = self._room = 0

    def begin(self, folder: Path | None, most: int, empty: bool) -> None:
        """Keep files in this folder, of `most` bytes together; without one, keep none. `empty`:
        none of those that are there. Raises OSError.
        """
        root = folder.absolute() / _FOLDER if folder else None
        with locks.locked(*(f"{self._locks}-{each}" for each in _LOCKS)):
            if empty and (before := self._root()):
                _empty(before)
            if root is None:
                self._note.unlink(missing_ok=True)
                return
            os.makedirs(root, exist_ok=True)
            if empty:
                _empty(str(root))
            os.chmod(root, 0o755)  # noqa: S103 what is in it is public
            if self._root() != str(root):
                durable.replace(f"{root}/{_OWNER}", self._archive.encode())
                durable.replace(str(self._note), str(root).encode())
        self._begun, self._most = str(root), most
        self._room = int(most * _BETWEEN)

    # Keeping

    @property
    def has_room(self) -> bool:
        return self._room > 0

    def lacks(self, story: str, name: str) -> bool:
        root = self._root()
        return root is not None and not os.path.exists(f"{root}/{story}/{name}")

    def keep(self, story: str, name: str, data: bytes, is_current: Callable[[], bool]) -> None:
        """Keep a file of a story, unless the story is being changed. `is_current`: whether what it
        was made from is still so.
        """
        if (root := self._root()) is None:
            return
        temporary = f"{root}/.new-{os.getpid()}-{threading.get_ident()}"
        try:
            _write(temporary, data)
            with locks.locked_if_free(self._lock(story)) as free:
                if free and is_current():
                    _make_folders(root, os.path.dirname(f"{story}/{name}"))
                    os.replace(temporary, f"{root}/{story}/{name}")
                    self._room -= max(len(data), _FOLDER_SIZE)
        except OSError as error:
            self._room = 0  # until `trim` has made some
            log.warning("a public answer was not written to %s: %s", root, error)
        finally:
            with suppress(OSError):
                os.unlink(temporary)

    # Removing

    @contextmanager
    def changing(self, stories: Collection[str] | None) -> Iterator[None]:
        """Around a change of these stories' rows, or of all: none of their files is left, and none
        is kept meanwhile.
        """
        if stories is None:
            held = [f"{self._locks}-{each}" for each in _LOCKS]
        else:
            held = [self._lock(story) for story in stories]
        with locks.locked(*held):
            try:
                self._remove(stories)
            except OSError as error:
                log.error("public answers that are no longer true could not be removed: %s", error)
            yield

    def forget(self, story: str) -> None:
        """Remove a story's files, so that no power cut brings them back. Raises OSError."""
        with locks.locked(self._lock(story)):
            self._remove([story])
            if (root := self._root()) and os.path.isdir(root):
                for name in os.listdir(root):
                    if name.startswith(_GONE):  # what an earlier removal could not delete
                        _delete_folder(f"{root}/{name}")
                durable.flush([root])

    def _remove(self, stories: Collection[str] | None) -> None:
        if (root := self._root()) is None:
            return
        if stories is None:
            _empty(root)
        for story in stories or ():
            _remove(f"{root}/{story}", root)

    def trim(self) -> None:
        """Delete the oldest files if there are too many; among several processes, one at a time."""
        if self._room == int(self._most * _BETWEEN) or (root := self._root()) is None:
            return
        with locks.locked_if_free(f"{self._locks}-trim") as free:
            if not free:
                return
            files = sorted(_files(root))
            size = sum(each.size for each in files)
            if size > self._most:
                for each in files:
                    if size <= self._most * _KEPT:
                        break
                    size -= each.size
                    _delete(each.path, root)
        self._room = int(self._most * _BETWEEN)

    def _lock(self, story: str) -> str:
        return f"{self._locks}-{shard(story)[0]}"

    def _root(self) -> str | None:
        try:
            root = self._begun or self._note.read_text()
            owner = Path(root, _OWNER).read_text()
        except (OSError, ValueError):
            return None
        return root if owner == self._archive else None


def _write(path: str, data: bytes) -> None:
    """Flushed, so that a power cut leaves no half of it under its name."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o644)  # whatever the umask: the web server is another user
        file.write(data)
        file.flush()
        # nginx makes its ETag of the time and the size: of the content, thus, not of the moment.
        digest = int.from_bytes(sha256(data).digest()[:4]) >> 1
        os.utime(descriptor, (digest, digest))
        os.fsync(descriptor)


def _make_folders(root: str, path: str) -> None:
    folder = root
    for name in path.split("/"):
        folder = f"{folder}/{name}"
        with suppress(FileExistsError):
            os.mkdir(folder)
            os.chmod(folder, 0o755)  # noqa: S103 as above


def _remove(path: str, root: str) -> None:
    """Gone from its name at once, and then from the disk."""
    gone = f"{root}/{_GONE}{secrets.token_hex(8)}"
    with suppress(FileNotFoundError):
        os.rename(path, gone)
        _delete_folder(gone)


def _empty(root: str) -> None:
    with suppress(FileNotFoundError):
        for name in os.listdir(root):
            if name != _OWNER:
                _remove(f"{root}/{name}", root)


def _delete_folder(path: str) -> None:
    try:
        shutil.rmtree(path)
    except NotADirectoryError:
        os.unlink(path)


def _files(root: str) -> Iterator[_File]:
    """All files; of each also the share of the folders that it is in."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = f"{folder}/{name}"
            if path == f"{root}/{_OWNER}":
                continue
            with suppress(FileNotFoundError):
                found = os.lstat(path)
                size = found.st_blocks * 512 + _FOLDER_SIZE
                # When it was written: the other time is no time.
                yield _File(found.st_ctime_ns, size, path)


def _delete(path: str, root: str) -> None:
    with suppress(OSError):
        os.unlink(path)
        while (path := os.path.dirname(path)) != root:
            os.rmdir(path)  # unless there are more in it
