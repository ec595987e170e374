"""Repacking: keeps the cost of an archive flat, incrementally, while it is in use.

Readers continue with the files they have open, and writers never wait. Packs grow as in git's own
geometric repacking: each holds at least twice the objects of all smaller ones together, so an
object is repacked a few times in its life, however large the archive is. Git gets the story's id as
the name of each text, so that it looks for deltas within a story; by path, which is the same for
all, it would compare texts of similar size.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from repo_store import durable, locks
from repo_store.errors import ArchiveError, Damaged
from repo_store.git.objects import pack_ids
from repo_store.git.refs import SHARDS, Refs
from repo_store.git.repository import Repository
from repo_store.history.commits import parse_trailers
from repo_store.maintenance import stale_files

_COMMITS = 1_000


@dataclass(frozen=True)
class RepositorySize:
    """The size of a git repository: how many files git looks through, and bytes on the disk."""

    loose: int
    packs: int
    loose_refs: int
    bytes: int

    @classmethod
    def of(cls, repository: Path) -> "RepositorySize":
        found = {"loose": 0, "packs": 0, "loose_refs": 0, "bytes": 0}
        for folder, _, names in os.walk(repository):
            inside = Path(folder).relative_to(repository).parts
            for name in names:
                try:
                    size = os.stat(os.path.join(folder, name)).st_blocks * 512
                except FileNotFoundError:
                    continue  # in use
                found["bytes"] += size
                found["loose"] += inside[:1] == ("objects",) and len(inside[-1]) == 2
                found["packs"] += name.endswith(".pack")
                found["loose_refs"] += inside[:2] == ("refs", "stories")
        return cls(**found)


@dataclass(frozen=True)
class MaintenanceReport:
    """Sizes before and after; `removed`: how many stale files were deleted."""

    before: RepositorySize
    after: RepositorySize
    removed: int


def maintain(
    archive: Path,
    git: Repository,
    refs: Refs,
    full: bool = False,
    step: Callable[[str], None] = lambda _: None,
) -> MaintenanceReport:
    """Delete stale files, pack refs, repack objects, and write git's indexes over them.

    `full`: everything into one pack, with all deltas computed again: for an archive that plain git
    packed. Raises ArchiveError if another process maintains it.
    """
    with locks.locked_if_free(f"{archive}/locks/maintain") as free:
        if not free:
            raise ArchiveError("another process is maintaining this archive")
        with durable.disk_errors(), git.holding(f"{archive}/locks/packing"):
            before = RepositorySize.of(git.path)
            step("removing stale files")
            removed = stale_files.clear(archive, git.path, everywhere=True).removed
            removed += refs.clean(SHARDS)
            step("packing refs")
            git.pack_refs()
            for shard in SHARDS:
                with locks.locked(f"{archive}/locks/{shard}"):
                    refs.prune(shard)
            step("packing objects")
            _pack(archive, git, full)
            step("writing the commit graph")
            git.write_commit_graph()
            durable.flush(str(git.path / each) for each in ("", "objects", "objects/pack"))
            return MaintenanceReport(before, RepositorySize.of(git.path), removed)


def _pack(archive: Path, git: Repository, full: bool) -> None:
    # A running import reads from its own packs.
    packs = [] if import_running(archive) else packs_to_merge(git.path / "objects" / "pack", full)
    repack(git, packs, _objects(git.path, packs), full)


def repack(git: Repository, packs: list[Path], oids: Iterable[str], full: bool = False) -> None:
    """Put these objects into one pack that replaces these packs and the objects' loose files."""
    folder = git.path / "objects" / "pack"
    new = git.pack((f"{oid} {story}" for oid, story in _with_stories(git, oids)), full)
    durable.flush([str(folder)])
    replaced = [pack for pack in packs if pack.stem != new]
    kept = {path.stem for path in folder.glob("*.idx")} - {pack.stem for pack in replaced}
    git.write_midx(kept)
    durable.flush([str(folder)])  # before the packs that the old index lists are deleted
    git.prune_packed()
    for pack in replaced:
        # The index first: without one git ignores the pack.
        for suffix in (".idx", ".rev", ".bitmap", ".pack"):
            pack.with_suffix(suffix).unlink(missing_ok=True)


def _with_stories(git: Repository, oids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each of these objects with its story's id; "" if no commit among them refers to it."""
    # As bytes: for a million stories there are three million ids.
    commits: list[bytes] = []
    others: set[bytes] = set()
    for oid, kind in git.kinds(oids):
        if kind == "commit":
            commits.append(bytes.fromhex(oid))
        else:
            others.add(bytes.fromhex(oid))
    for start in range(0, len(commits), _COMMITS):
        batch = [key.hex() for key in commits[start : start + _COMMITS]]
        for oid, commit in zip(batch, git.commits(batch), strict=True):
            if isinstance(commit, Damaged):
                others.add(bytes.fromhex(oid))
                continue
            story = parse_trailers(commit.message).get("Story-Id", "")
            yield oid, story
            for each in (commit.tree, commit.blob):
                if bytes.fromhex(each) in others:
                    others.remove(bytes.fromhex(each))
                    yield each, story
    yield from ((key.hex(), "") for key in others)


def _objects(repository: Path, packs: list[Path]) -> Iterator[str]:
    """The ids of all loose objects, and of those in these packs."""
    for path in repository.glob("objects/??/*"):
        if len(oid := f"{path.parent.name}{path.name}") == 40:
            yield oid
    for pack in packs:
        yield from pack_ids(pack.with_suffix(".idx").read_bytes())


def import_running(archive: Path) -> bool:
    for lock in archive.glob("locks/import-*"):
        with locks.locked_if_free(str(lock)) as free:
            if not free:
                return True
    return False


def packs_to_merge(folder: Path, full: bool = False) -> list[Path]:
    """The packs to merge: all up to the last that is not twice as large as those before it."""
    sizes = sorted((_count(path), path) for path in folder.glob("*.pack"))
    total, cut = 0, 0
    for place, (count, _) in enumerate(sizes):
        if place and count < 2 * total:
            cut = place + 1
        total += count
    return [path for _, path in (sizes if full else sizes[:cut])]


def _count(pack: Path) -> int:
    with pack.open("rb") as file:
        return int.from_bytes(file.read(12)[8:], "big")
