"""The texts of revisions, read from git through a cache.

What was just read or written is soon compared with, written on top of, or read again.
"""

from collections.abc import Mapping
from threading import Lock
from types import MappingProxyType

from cachetools import LRUCache

from repo_store.errors import Damaged
from repo_store.git.objects import git_object
from repo_store.git.repository import Repository
from repo_store.history.declared_shapes import DeclaredShapes
from repo_store.story import story_json, tombstone
from repo_store.story.content import Content
from repo_store.story.tombstone import Tombstone

_SIZE = 256
# A larger text, in bytes, is not cached when it is read; one just written always is.
_LARGEST = 64 * 1024


class ContentCache:
    """Contents by their blobs. A blob never changes, so nothing here becomes stale."""

    def __init__(self, git: Repository) -> None:
        self._git = git
        self.shapes = DeclaredShapes(git)
        self._cache: LRUCache[str, Content] = LRUCache(_SIZE)
        self._lock = Lock()

    def read(self, blob: str) -> Content | Tombstone:
        """Raises Damaged if it cannot be read, or is not just as it was written."""
        content = self._cached(blob)
        if content is None:
            data = self._git.read_blob(blob)
            if git_object("blob", data).id != blob:  # git itself doesn't look when it reads one
                raise _altered(blob)
            if tombstone.is_tombstone(data):
                return tombstone.decode(data)
            content = self.shapes.reading(story_json.decode, data)
            if len(data) <= _LARGEST:
                self.keep(blob, content)
        return content

    def keep(self, blob: str, content: Content) -> None:
        with self._lock:
            self._cache[blob] = content

    def clear(self) -> None:
        with self._lock:
            self._cache.clear()

    def read_each(
        self, blobs: list[str], staged: Mapping[str, bytes] = MappingProxyType({})
    ) -> list[Content | Damaged]:
        """Contents whose values are of the right types, not checked further: for the index.
        Damaged in place of each that cannot be read.

        `staged` are blobs that git does not have yet.
        """
        found: dict[str, Content | Damaged] = {}
        for blob in blobs:
            if content := self._cached(blob):
                found[blob] = content
        data_of: dict[str, bytes | Damaged] = {
            blob: staged[blob] for blob in blobs if blob in staged
        }
        stored = [blob for blob in blobs if blob not in found and blob not in data_of]
        data_of.update(zip(stored, self._git.read_each("blob", stored), strict=True))
        for blob, data in data_of.items():
            if blob not in found:
                found[blob] = data if isinstance(data, Damaged) else self._checked(blob, data)
        return [found[blob] for blob in blobs]

    def _checked(self, blob: str, data: bytes) -> Content | Damaged:
        if git_object("blob", data).id != blob:
            return _altered(blob)
        try:
            return self.shapes.reading(story_json.check_hashed, data)
        except Damaged as error:
            return Damaged(f"blob {blob}: {error}")

    def _cached(self, blob: str) -> Content | None:
        with self._lock:
            return self._cache.get(blob)


def _altered(blob: str) -> Damaged:
    return Damaged(f"blob {blob}: its bytes are not what its id says")
