"""A git bundle (gitformat-bundle, version 2), streamed: the same objects give the same bytes.

`git bundle create` reuses whatever deltas exist, so its bytes change with each repack. Here each
object is whole, compressed at a fixed level, in the order of the chains.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha1

from repo_store import pack_head


def bundle(
    heads: Iterable[tuple[str, str]], count: int, entries: Iterable[tuple[int, bytes]]
) -> Iterator[bytes]:
    """The bundle's bytes. `heads`: refs with their commits; `count`: the number of objects;
    `entries`: as a pack has them, several at a time with their number.
    """
    yield b"# v2 git bundle\n"
    for ref, head in heads:
        yield f"{head} {ref}\n".encode()
    yield b"\n"
    checksum = sha1(usedforsecurity=False)
    for part in _pack(count, entries):
        checksum.update(part)
        yield part
    yield checksum.digest()


def _pack(count: int, entries: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    yield pack_head(count)
    sent = 0
    for number, data in entries:
        yield data
        sent += number
    if sent != count:
        raise ValueError(f"a bundle of {count} objects got {sent}")
