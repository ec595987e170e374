"""Keeps the cost of an archive flat: packs what is loose, incrementally, while it is in use.

Readers go on with the files they have open; writers wait for none of it. Packs grow as in git's
own geometric repacking: each holds at least twice the objects of all smaller ones, so an object is
packed anew a few times in its life, however large the archive. What is ours: git is told the story
of each text, and so finds a version's like in its own story; by their path, which is the same for
all, it would look among texts of like size.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from repo_store import durable, locks
from repo_store.errors import ArchiveError
from repo_store.git.objects import pack_ids
from repo_store.git.refs import SHARDS, Refs
from repo_store.git.repository import Repository
from repo_store.maintenance import stale_files


@dataclass(frozen=True)
class RepositorySize:
    """What an archive's git store takes: files that git looks through, and bytes on the disk."""

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
    """What there was and what there is; `removed`: files that dead processes left."""

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
    """Clean, pack refs, pack objects, and write what lets git find both quickly.

    `full`: everything into one pack, with every likeness looked for anew: for an archive that plain
    git packed. ArchiveError if another process is at it.
    """
    with locks.locked_if_free(f"{archive}/locks/maintain") as free:
        if not free:
            raise ArchiveError("another process maintains this archive just now")
        with durable.told(), git.holding(f"{archive}/locks/packing"):
            before = RepositorySize.of(git.path)
            step("removing what dead processes left")
            removed = stale_files.clear(archive, git.path, everywhere=True) + refs.clean(SHARDS)
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
    # A running import reads from its packs.
    packs = [] if importing(archive) else _too_small(git.path / "objects" / "pack", full)
    repack(git, packs, _objects(git.path, packs), full)


def repack(git: Repository, packs: list[Path], oids: Iterable[str], anew: bool = False) -> None:
    """Put these objects into one pack, in place of these packs and of what is loose of them."""
    folder = git.path / "objects" / "pack"
    new = git.pack((f"{oid} {story}" for oid, story in git.named(oids)), anew)
    durable.flush([str(folder)])
    gone = [pack for pack in packs if pack.stem != new]
    kept = {path.stem for path in folder.glob("*.idx")} - {pack.stem for pack in gone}
    git.write_midx(kept)
    durable.flush([str(folder)])  # before what the index of packs before this one led to goes
    git.prune_packed()
    for pack in gone:
        # The index first: a pack without one is no pack.
        for suffix in (".idx", ".rev", ".bitmap", ".pack"):
            pack.with_suffix(suffix).unlink(missing_ok=True)


def _objects(repository: Path, packs: list[Path]) -> Iterator[str]:
    """The ids of what is loose, and of what is in these packs."""
    for path in repository.glob("objects/??/*"):
        if len(oid := f"{path.parent.name}{path.name}") == 40:
            yield oid
    for pack in packs:
        yield from pack_ids(pack.with_suffix(".idx").read_bytes())


def importing(archive: Path) -> bool:
    for lock in archive.glob("locks/import-*"):
        with locks.locked_if_free(str(lock)) as free:
            if not free:
                return True
    return False


def _too_small(folder: Path, full: bool) -> list[Path]:
    """The packs to be made one: those before the last that is not twice all before it."""
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
