"""Bytes of any length, written one after the other and then read from the beginning."""

import tempfile
from collections.abc import Iterator
from typing import Self

from repo_store import durable

CHUNK = 256 * 1024
"""How many bytes are read at a time."""
_IN_MEMORY = 4 * 1024 * 1024


class Spool:
    """A context manager. Some are kept in memory, more in a temporary file.

    Raises StoreFull or Unwritable, which name the folder of temporary files.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 closed below

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        with durable.errors_of_temporary_files():
            self._file.write(data)

    def parts(self) -> Iterator[bytes]:
        """All that was written; nothing may be written after it."""
        self._file.seek(0)
        return iter(lambda: self._file.read(CHUNK), b"")
