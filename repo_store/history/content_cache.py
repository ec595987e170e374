"""The texts of revisions, read from git; those used last are kept at hand.

What is read or written is soon compared with, written upon, or read again.
"""

import json
from collections import OrderedDict
from threading import Lock
from typing import Any

from repo_store.errors import Damaged
from repo_store.git.repository import Repository
from repo_store.story import story_json
from repo_store.story.content import Content

_KEPT = 256
# Beyond it a text is not kept, so that all of them take some tens of megabytes at most.
_SIZE = 64 * 1024


class ContentCache:
    """Contents by their blobs. A blob's content never changes, so nothing here grows stale."""

    def __init__(self, git: Repository) -> None:
        self._git = git
        self._kept: OrderedDict[str, Content] = OrderedDict()
        self._lock = Lock()

    def content(self, blob: str) -> Content:
        """Damaged if it cannot be read, or is not just as it was written."""
        found = self._known(blob)
        if found is None:
            data = self._git.read_blob(blob)
            found = story_json.decode(data)
            if len(data) <= _SIZE:
                self.keep(blob, found)
        return found

    def keep(self, blob: str, content: Content) -> None:
        with self._lock:
            self._kept[blob] = content
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget all that is at hand."""
        with self._lock:
            self._kept.clear()

    def fields(self, blobs: list[str]) -> list[dict[str, Any]]:
        """Contents as plain JSON values, without a check of their form: for the index."""
        fields: dict[str, dict[str, Any]] = {}
        for blob in blobs:
            if found := self._known(blob):
                fields[blob] = story_json.content_fields(found)
        missing = [blob for blob in blobs if blob not in fields]
        for blob, data in zip(missing, self._git.read("blob", missing), strict=True):
            try:
                fields[blob] = json.loads(data)
            except ValueError:
                raise Damaged(f"blob {blob}: not a stored story") from None
        return [fields[blob] for blob in blobs]

    def _known(self, blob: str) -> Content | None:
        with self._lock:
            found = self._kept.get(blob)
            if found is not None:
                self._kept.move_to_end(blob)
            return found
