"""Takes off the disk what nothing leads to any more: removed texts, and what crashes left.

What is there is listed first. Then every writer is waited for once, so that whatever was listed and
is in use has come into the index. The rest goes: loose objects one by one, packs by being written
anew without them. Cost: that of reading the ids of the whole archive.
"""

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from repo_store import durable, locks
from repo_store.errors import Damaged
from repo_store.git.objects import blob_of, pack_ids, parse_commit, tree_of
from repo_store.git.ref_transaction import RefTransaction
from repo_store.git.refs import STORIES
from repo_store.git.repository import Repository
from repo_store.index.read_model import Index
from repo_store.maintenance import stale_files
from repo_store.maintenance.repack import importing, repack


def purge(
    archive: Path,
    git: Repository,
    index: Index,
    pending: RefTransaction,
    follow: Callable[[], object],
) -> int:
    """Remove what is dead; how many objects that were. The caller keeps others from maintaining.

    `follow` brings the index up to what git has. While an import is unfinished, whose objects
    nothing leads to yet, only what a removal replaced is dead.
    """
    loose = [f"{each.parent.name}{each.name}" for each in git.path.glob("objects/??/*")]
    loose = [oid for oid in loose if len(oid) == 40]
    unfinished = importing(archive) or any(archive.glob("imports/*/journal"))
    packs = sorted((git.path / "objects" / "pack").glob("*.pack"))
    packed = {pack: list(pack_ids(pack.with_suffix(".idx").read_bytes())) for pack in packs}
    with pending.none(), locks.locked(f"{archive}/locks/log"):
        pass
    follow()
    alive = _alive(git, index)
    if unfinished:
        replaced = _replaced(git, index) - alive
        alive |= {
            bytes.fromhex(oid) for oids in (loose, *packed.values()) for oid in oids
        } - replaced
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
        git.make_folders()
        durable.flush(f"{git.path}/objects/{name}" for name in {"pack", *(oid[:2] for oid in dead)})
    git.forget()
    stale_files.clear(archive, git.path, everywhere=True, settled=0.0)
    index.scrub()
    return len(lost | set(dead))


def _alive(git: Repository, index: Index) -> set[bytes]:
    alive = {bytes.fromhex(oid) for oid in git.reachable_beside(f"{STORIES}*")}
    for commit, blob in index.objects():
        alive |= {bytes.fromhex(commit), bytes.fromhex(blob), bytes.fromhex(tree_of(blob).id)}
    return alive


def _replaced(git: Repository, index: Index) -> set[bytes]:
    """The commits that removals replaced, and what they alone led to."""
    found: set[bytes] = set()
    oids = index.log.replaced_commits()
    for oid, data in zip(oids, git.read_each("commit", oids), strict=True):
        commit = parse_commit(oid, data) if isinstance(data, bytes) else data
        if isinstance(commit, Damaged):
            continue  # gone before
        [tree] = git.read_each("tree", [commit.tree])
        blob = blob_of(tree) if isinstance(tree, bytes) else ""
        found |= {bytes.fromhex(each) for each in (oid, commit.tree, blob)}
    return found


def _any_dead(oids: Collection[str], alive: set[bytes]) -> bool:
    return any(bytes.fromhex(oid) not in alive for oid in oids)


def _forget_graph(repository: Path) -> None:
    """The commit graph names commits that are to go."""
    info = repository / "objects" / "info"
    (info / "commit-graph").unlink(missing_ok=True)
    shutil.rmtree(info / "commit-graphs", ignore_errors=True)
