"""Where a request ends in the bytes that a client sends, so that no thread waits for the rest.

This only finds the end. gunicorn's parser checks the request, and gets exactly these bytes: if the
two disagree on where it ends, the connection is closed after the answer.
"""

import re
from typing import NamedTuple

MAX_BODY = 2 * 1024 * 1024
"""The limit of a request's body, in bytes; a story takes at most half of it."""
MAX_HEAD = 64 * 1024
"""The limit of the request line and all headers together, in bytes."""
MAX_LINE = 8190
"""The limit of the request line, in bytes. A phrase of 500 Chinese characters takes 4,500."""
_MAX_CHUNKED = 2 * MAX_BODY
"""The limit of a body in chunks, their sizes included."""
_MAX_CHUNKS = 10_000
"""Each costs the parser some microseconds, however little it has."""
_MAX_CHUNK_LINE = 1_000
"""Of the line that says a chunk's size."""
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r?\n", re.I)
_CHUNKED = re.compile(rb"\ntransfer-encoding:[^\r\n]*chunked", re.I)
_EXPECT = re.compile(rb"\nexpect:[ \t]*100-continue[ \t]*\r?\n", re.I)


class Refusal(NamedTuple):
    """An answer to a request that no application sees."""

    status: int
    title: str
    detail: str


TOO_SLOW = Refusal(408, "Request Timeout", "The request took too long to arrive. Send it again.")
LINE_TOO_LONG = Refusal(
    414, "URI Too Long", f"The address is too long: at most {MAX_LINE} bytes, its method included."
)
HEAD_TOO_LARGE = Refusal(
    431,
    "Request Header Fields Too Large",
    f"The headers are too large: at most {MAX_HEAD // 1024} KiB together.",
)
BAD_CHUNK = Refusal(400, "Bad Request", "The request's body is not in valid chunks.")
TOO_MANY_CHUNKS = Refusal(
    413, "Content Too Large", f"The request's body is in more than {_MAX_CHUNKS:,} chunks."
)
BODY_TOO_LARGE = Refusal(413, "Content Too Large", "A request body must be under 2 MiB.")


class Incoming:
    """What a client has sent and no thread has taken: the start of a request, or more.

    Each byte is looked at once, however few arrive at a time.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._begin()

    def _begin(self) -> None:
        self._searched = 0
        self._body = 0
        self._end: int | None = None
        self._chunk: int | None = None
        self._chunks = 0
        self.expects = False
        """Whether the client waits for “100 Continue” before it sends the body."""
        self.refused: Refusal | None = None

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def has_head(self) -> bool:
        return self._body > 0

    def add(self, data: bytes) -> None:
        self._bytes += data

    def complete(self) -> bool:
        """Whether a request can be taken, or is `refused`."""
        if self.refused or (not self._body and not self._find_head()):
            return self.refused is not None
        if self._chunk is not None:
            self._walk_chunks()
            return self._end is not None or self.refused is not None
        return self._end is not None and (
            len(self._bytes) >= self._end or self._end - self._body > MAX_BODY
        )

    def take(self) -> tuple[bool, bytes]:
        """The complete request; or, of one with too large a body, what has arrived, and True."""
        end = self._end or 0
        data = bytes(self._bytes[:end])
        del self._bytes[:end]
        self._begin()
        return len(data) < end, data

    def _find_head(self) -> bool:
        at = self._bytes.find(b"\r\n\r\n", max(0, self._searched - 3))
        self._searched = len(self._bytes)
        if at < 0 or at > MAX_HEAD:
            if b"\n" not in self._bytes[: MAX_LINE + 2] and len(self._bytes) > MAX_LINE + 2:
                self.refused = LINE_TOO_LONG
            elif len(self._bytes) > MAX_HEAD:
                self.refused = HEAD_TOO_LARGE
            return False
        head = bytes(self._bytes[: at + 4])
        self._body = len(head)
        self.expects = _EXPECT.search(head) is not None
        if _CHUNKED.search(head):
            self._chunk = self._body
        else:
            # Of several lengths none is right: the parser refuses the request.
            lengths = _LENGTH.findall(head)
            self._end = self._body + (int(lengths[0]) if len(lengths) == 1 else 0)
        return True

    def _walk_chunks(self) -> None:
        """Go on from the last chunk whose size is known."""
        while self._chunk is not None and self._end is None and not self.refused:
            if self._chunk - self._body > _MAX_CHUNKED:
                self.refused = BODY_TOO_LARGE
                break
            if self._chunks > _MAX_CHUNKS:
                self.refused = TOO_MANY_CHUNKS
                break
            start = self._chunk
            if start > self._body and bytes(self._bytes[start - 2 : start]) not in (
                b"",
                b"\r",
                b"\r\n",
            ):
                self.refused = BAD_CHUNK
            line = self._bytes.find(b"\r\n", start, start + _MAX_CHUNK_LINE)
            if line < 0:
                if len(self._bytes) - start >= _MAX_CHUNK_LINE:
                    self.refused = BAD_CHUNK
                break
            if not (size := _CHUNK_SIZE.fullmatch(self._bytes, start, line)):
                self.refused = BAD_CHUNK
            elif int(size[1], 16) > 0:
                self._chunk = line + 2 + int(size[1], 16) + 2
                self._chunks += 1
            else:
                self._end = self._trailers_end(line + 2)
                break

    def _trailers_end(self, start: int) -> int | None:
        if self._bytes[start : start + 2] == b"\r\n":
            return start + 2
        at = self._bytes.find(b"\r\n\r\n", start)
        if at < 0 and len(self._bytes) - start > MAX_HEAD:
            self.refused = HEAD_TOO_LARGE
        return at + 4 if at >= 0 else None
