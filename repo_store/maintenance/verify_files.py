"""Verifying git's files: their kinds, their own checksums, and that no pack is missing."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from repo_store.git.objects import midx_packs, pack_ids
from repo_store.git.trust import not_plain
from repo_store.maintenance.verify_log import Finding

# Each of these ends with the SHA-1 of all that is before it.
_HASHED = (
    *("pack/pack-*.pack", "pack/pack-*.idx", "pack/pack-*.rev", "pack/multi-pack-index"),
    *("info/commit-graph", "info/commit-graphs/*.graph"),
)
_HASH = 20
_CHUNK = 2**20


def check_kinds(archive: Path) -> list[Finding]:
    """Whatever is neither a file nor a directory, which no program should open."""
    return [_of(f"{path.relative_to(archive)}: not a plain file") for path in not_plain(archive)]


def check_checksums(repository: Path) -> Iterator[Finding]:
    """The files that are not as git wrote them; one that is replaced meanwhile is none of them."""
    objects = repository / "objects"
    for pattern in _HASHED:
        for path in sorted(objects.glob(pattern)):
            if not _is_whole(path) and not _is_whole(path):
                yield _of(f"{path.name} is damaged: it does not match its own checksum")


def _is_whole(path: Path) -> bool:
    digest = hashlib.sha1(usedforsecurity=False)
    last = b""
    try:
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                last += part
                digest.update(last[:-_HASH])
                last = last[-_HASH:]
    except FileNotFoundError:
        return True
    return digest.digest() == last


def missing_packs(repository: Path) -> dict[str, set[str]]:
    """The packs that git's indexes name and that are not there, with the ids of their objects."""
    folder = repository / "objects" / "pack"
    found: dict[str, set[str]] = {}
    midx = folder / "multi-pack-index"
    if midx.exists():
        found |= {re.sub(r"\.idx$", "", name): ids for name, ids in midx_packs(midx.read_bytes())}
    for index in folder.glob("pack-*.idx"):
        if not index.with_suffix(".pack").exists():
            with suppress(FileNotFoundError):  # both were merged into another meanwhile
                found[index.stem] = set(pack_ids(index.read_bytes()))
    return {name: ids for name, ids in found.items() if not (folder / f"{name}.pack").exists()}


def _of(what: str) -> Finding:
    return Finding(None, None, what)
