"""Garbage collection: deletes unreachable objects, removed texts above all, from the disk.

First the objects that are there are listed. Then every writer is waited for once, so that whatever
was listed and is in use has reached the index. What is unreachable is deleted: loose objects one by
one, packs by writing them again without it. Cost: reading the ids of the whole archive.
"""

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from repo_store import durable, locks
from repo_store.errors import Damaged
from repo_store.git.objects import pack_ids, tree_of
from repo_store.git.ref_transaction import RefTransaction
from repo_store.git.refs import STORIES
from repo_store.git.repository import Repository
from repo_store.index.read_model import Index
from repo_store.maintenance import stale_files
from repo_store.maintenance.repack import import_running, repack


def purge(
    archive: Path,
    git: Repository,
    index: Index,
    refs: RefTransaction,
    catch_up: Callable[[], object],
) -> bool:
    """Delete unreachable objects, and what killed processes left. False if some of that could not
    be removed: a text may be in it. The caller keeps out other maintenance.

    While an import is unfinished, whose objects are not reachable yet, only what a removal replaced
    is deleted.
    """
    loose = [f"{each.parent.name}{each.name}" for each in git.path.glob("objects/??/*")]
    loose = [oid for oid in loose if len(oid) == 40]
    unfinished_import = import_running(archive) or any(archive.glob("imports/*/journal"))
    packs = sorted((git.path / "objects" / "pack").glob("*.pack"))
    packed = {pack: list(pack_ids(pack.with_suffix(".idx").read_bytes())) for pack in packs}
    with refs.no_writers(), locks.locked(f"{archive}/locks/log"):
        pass
    with locks.locked(f"{archive}/locks/published"):
        pass
    catch_up()
    live = _reachable(git, index)
    if unfinished_import:
        replaced = _replaced(git, index) - live
        everything = {bytes.fromhex(oid) for oids in (loose, *packed.values()) for oid in oids}
        live |= everything - replaced
    dead = [oid for oid in loose if bytes.fromhex(oid) not in live]
    stale = [pack for pack, oids in packed.items() if _any_dead(oids, live)]
    lost = {oid for pack in stale for oid in packed[pack] if bytes.fromhex(oid) not in live}
    if dead or stale:
        _delete_commit_graph(git.path)
        kept = dict.fromkeys(oid for pack in stale for oid in packed[pack] if oid not in lost)
        if stale:
            repack(git, stale, kept)
        for oid in dead:
            (git.path / "objects" / oid[:2] / oid[2:]).unlink(missing_ok=True)
        git.write_commit_graph(replace=True)
        git.make_folders()
        durable.flush(f"{git.path}/objects/{name}" for name in {"pack", *(oid[:2] for oid in dead)})
    git.release_files()
    left = stale_files.clear(archive, git.path, everywhere=True, min_age=0.0).left
    index.scrub()
    return not left


def _reachable(git: Repository, index: Index) -> set[bytes]:
    live = {bytes.fromhex(oid) for oid in git.reachable_except(f"{STORIES}*")}
    for commit, blob in index.objects():
        live |= {bytes.fromhex(commit), bytes.fromhex(blob), bytes.fromhex(tree_of(blob).id)}
    return live


def _replaced(git: Repository, index: Index) -> set[bytes]:
    """The commits that removals replaced, with their trees and texts."""
    objects: set[bytes] = set()
    for commit in git.commits(index.log.replaced_commits()):
        if not isinstance(commit, Damaged):  # else deleted before
            objects |= {bytes.fromhex(each) for each in (commit.id, commit.tree, commit.blob)}
    return objects


def _any_dead(oids: Collection[str], live: set[bytes]) -> bool:
    return any(bytes.fromhex(oid) not in live for oid in oids)


def _delete_commit_graph(repository: Path) -> None:
    """It names commits that are about to be deleted."""
    info = repository / "objects" / "info"
    (info / "commit-graph").unlink(missing_ok=True)
    shutil.rmtree(info / "commit-graphs", ignore_errors=True)
