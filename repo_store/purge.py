"""Takes off the disk what nothing leads to any more: removed texts, and what crashes left.

What is there is listed first. Then every writer is waited for once, so that whatever was listed and
is in use has come into the index. The rest goes: loose objects one by one, packs by being written
anew without them. Cost: that of reading the ids of the whole archive.
"""

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from repo_store import disk, leftovers
from repo_store.commit import Pending
from repo_store.git import GitStore
from repo_store.index import Index
from repo_store.maintain import importing, repack
from repo_store.objects import pack_ids, tree_of
from repo_store.refs import STORIES


def purge(
    archive: Path, git: GitStore, index: Index, pending: Pending, follow: Callable[[], object]
) -> int:
    """Remove what is dead; how many objects that were. The caller keeps others from maintaining.

    `follow` brings the index up to what git has. An unfinished import's packs are left alone.
    """
    loose = [f"{each.parent.name}{each.name}" for each in git.path.glob("objects/??/*")]
    loose = [oid for oid in loose if len(oid) == 40]
    unfinished = importing(archive) or any(archive.glob("imports/*/journal"))
    folder = git.path / "objects" / "pack"
    packs = [] if unfinished else sorted(folder.glob("*.pack"))
    packed = {pack: list(pack_ids(pack.with_suffix(".idx").read_bytes())) for pack in packs}
    with pending.none(), disk.locked(f"{archive}/locks/log"):
        pass
    follow()
    alive = _alive(git, index)
    dead = [oid for oid in loose if bytes.fromhex(oid) not in alive]
    stale = [pack for pack, oids in packed.items() if _any_dead(oids, alive)]
    lost = {oid for pack in stale for oid in packed[pack] if bytes.fromhex(oid) not in alive}
    if dead or stale:
        _forget_graph(git.path)
        kept = dict.fromkeys(oid for pack in stale for oid in packed[pack] if oid not in lost)
        if stale:
            repack(git, stale, kept)
        for oid in dead:
            (git.path / "objects" / oid[:2] / oid[2:]).unlink(missing_ok=True)
        git.write_commit_graph(anew=True)
        disk.flush(str(path) for path in _folders(git.path, dead))
    git.forget()
    leftovers.clear(archive, git.path, everywhere=True, settled=0.0)
    index.scrub()
    return len(lost | set(dead))


def _alive(git: GitStore, index: Index) -> set[bytes]:
    alive = {bytes.fromhex(oid) for oid in git.reachable_beside(f"{STORIES}*")}
    for commit, blob in index.objects():
        alive |= {bytes.fromhex(commit), bytes.fromhex(blob), bytes.fromhex(tree_of(blob).id)}
    return alive


def _any_dead(oids: Collection[str], alive: set[bytes]) -> bool:
    return any(bytes.fromhex(oid) not in alive for oid in oids)


def _forget_graph(repository: Path) -> None:
    """The commit graph names commits that are to go."""
    info = repository / "objects" / "info"
    (info / "commit-graph").unlink(missing_ok=True)
    shutil.rmtree(info / "commit-graphs", ignore_errors=True)


def _folders(repository: Path, loose: Collection[str]) -> set[Path]:
    folders = {repository / "objects" / oid[:2] for oid in loose}
    return {each for each in folders if each.is_dir()} | {repository / "objects" / "pack"}
