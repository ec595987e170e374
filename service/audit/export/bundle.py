"""A git bundle (gitformat-bundle, version 2), streamed: the same objects give the same bytes.

Git's own `bundle create` packs with whatever deltas are at hand, so that its bytes change with each
maintenance. Here each object stands whole, at one level of compression, in the order of the chains.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha1

from repo_store import GitObject, pack_entry, pack_head


def bundle(
    heads: Iterable[tuple[str, str]], count: int, items: Iterable[GitObject]
) -> Iterator[bytes]:
    """The bundle's bytes. `heads`: refs with where they stand; `count`: how many objects come."""
    yield b"# v2 git bundle\n"
    for ref, head in heads:
        yield f"{head} {ref}\n".encode()
    yield b"\n"
    checksum = sha1(usedforsecurity=False)
    for part in _pack(count, items):
        checksum.update(part)
        yield part
    yield checksum.digest()


def _pack(count: int, items: Iterable[GitObject]) -> Iterator[bytes]:
    yield pack_head(count)
    sent = 0
    for item in items:
        yield pack_entry(item)
        sent += 1
    if sent != count:
        raise ValueError(f"a bundle of {count} objects got {sent}")
