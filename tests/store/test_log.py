"""The log: a leaf for each commit, stored in git with each signed checkpoint, and verified."""

import json
import sqlite3
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Damaged
from repo_store.git.refs import story_ref
from repo_store.history.records import State, Verb
from repo_store.log import merkle
from repo_store.log.checkpoint import StoredCheckpoint
from repo_store.log.proofs import verify_consistency
from tests.plain_git import git
from tests.samples import action, append, checkpoint, content, entry, ticking


def _bodies(archive: Archive) -> list[dict[str, object]]:
    log = archive.index.log
    return [json.loads(leaf.body) for leaf in log.leaves(0, log.size())]


def _findings(archive: Archive) -> list[str]:
    return [str(each) for each in archive.verify().findings]


def _reopened(archive: Archive, archive_path: Path) -> Archive:
    archive.close()
    return Archive.open(archive_path, ticking())


@pytest.fixture
def sealed(archive: Archive) -> StoredCheckpoint:
    append(archive, entry(content(title="One")), entry(content(title="Two")))
    append(archive, entry(content(), "other", state=State.DRAFT))
    return checkpoint(archive)


def test_each_commit_is_a_leaf_in_its_order(archive: Archive) -> None:
    append(archive, entry(content()))
    append(archive, entry(content(title="Draft"), state=State.DRAFT))
    with archive.batch() as batch:
        batch.act(action(2, Verb.PUBLISH))
    chain = archive.index.chain("library")
    [published] = archive.index.actions("library")
    commits = [chain[0].commit, chain[1].commit, published.commit]
    assert [each["commit"] for each in _bodies(archive)] == commits
    assert _bodies(archive)[2] == {
        "story": "library",
        "entry": 3,
        "revision": 2,
        "action": "publish",
        "version": 2,
        "commit": published.commit,
        "sha256": chain[1].sha256,
        "record": published.bare,
        "words": published.digest,
        "time": published.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def test_a_checkpoint_is_kept_in_git_with_the_leaves_it_is_of(
    archive: Archive, archive_path: Path, sealed: StoredCheckpoint
) -> None:
    leaves = git(archive_path, "show", "refs/archive/log:leaves")
    assert (
        tuple(leaves.splitlines())
        == sealed.leaves
        == tuple(leaf.body for leaf in archive.index.log.leaves(0, 3))
    )
    edge: list[tuple[int, bytes]] = []
    for line in leaves.splitlines():
        merkle.grow(edge, merkle.leaf_hash(line.encode()))
    assert sealed.checkpoint.root == merkle.root_of_edge(edge)
    assert checkpoint(archive).commit == sealed.commit, "nothing new: nothing is signed"


def test_the_next_checkpoint_stores_only_new_leaves(
    archive: Archive, sealed: StoredCheckpoint
) -> None:
    append(archive, entry(content(title="Three")))
    newer = checkpoint(archive)
    assert (newer.start, newer.size) == (3, 4)
    log = archive.index.log
    proof = log.consistency(3, 4)
    assert verify_consistency(3, 4, log.root(3), log.root(4), proof)
    assert log.first_checkpoint(2) == (sealed.commit, sealed.checkpoint)
    assert log.last_checkpoint() == (newer.commit, newer.checkpoint)
    assert archive.verify().findings == ()


def test_a_lost_index_gets_the_sealed_leaves_back_in_their_order(
    archive: Archive, archive_path: Path
) -> None:
    for name in ("zebra", "library", "aardvark"):
        append(archive, entry(content(), name))
    checkpoint(archive)
    append(archive, entry(content(title="Later"), "zebra"))
    before = _bodies(archive)
    (archive_path / "index.db").unlink()
    again = _reopened(archive, archive_path)
    assert _bodies(again) == before
    assert [each["story"] for each in before] == ["zebra", "library", "aardvark", "zebra"]
    assert checkpoint(again).size == 4
    assert again.verify().findings == ()
    again.close()


def test_an_index_with_the_log_in_another_order_is_rebuilt(
    archive: Archive, archive_path: Path
) -> None:
    append(archive, entry(content(), "zebra"))
    append(archive, entry(content(), "library"))
    other = archive_path / "other.db"
    archive.index.checkpoint()
    other.write_bytes((archive_path / "index.db").read_bytes())
    checkpoint(archive)
    # The index of before, in which the leaves were taken in the other way round.
    with sqlite3.connect(other) as connection:
        connection.execute("update leaf set number = 2 - number - 1 + 10")
        connection.execute("update leaf set number = number - 10")
    connection.close()
    archive.close()
    for suffix in ("", "-wal", "-shm"):
        (archive_path / f"index.db{suffix}").unlink(missing_ok=True)
    other.rename(archive_path / "index.db")
    again = Archive.open(archive_path, ticking())
    assert [each["story"] for each in _bodies(again)] == ["zebra", "library"]
    assert again.verify().findings == ()
    again.close()


def test_a_kill_between_gits_copy_and_the_index_is_put_right(
    archive: Archive, archive_path: Path, sealed: StoredCheckpoint
) -> None:
    append(archive, entry(content(title="Three")))
    with sqlite3.connect(archive_path / "index.db") as connection:
        kept = connection.execute("select stamp from seen where shard = 'log'").fetchone()
    checkpoint(archive)
    with sqlite3.connect(archive_path / "index.db") as connection:
        connection.execute("update seen set stamp = ? where shard = 'log'", kept)
        connection.execute("delete from checkpoint where size = 4")
    connection.close()
    again = _reopened(archive, archive_path)
    last = again.index.log.last_checkpoint()
    assert last
    assert last[1].size == 4
    assert again.verify().findings == ()
    again.close()


def _rewind(archive_path: Path, commit: str) -> None:
    git(archive_path, "update-ref", "refs/archive/log", commit)


def test_a_truncated_log_is_reported(
    archive: Archive, archive_path: Path, sealed: StoredCheckpoint
) -> None:
    append(archive, entry(content(title="Three")))
    checkpoint(archive)
    _rewind(archive_path, sealed.commit)
    archive.close()
    with pytest.raises(Damaged, match="log: it does not continue from its last known checkpoint"):
        Archive.open(archive_path, ticking())


def test_a_forged_leaf_is_found(
    archive: Archive, archive_path: Path, sealed: StoredCheckpoint
) -> None:
    with sqlite3.connect(archive_path / "index.db") as connection:
        connection.execute("update leaf set body = replace(body, '2026', '2025') where number = 1")
    connection.close()
    found = _findings(archive)
    assert "archive: log: the index has other leaves from 0 on than git" in found
    assert "archive: log: the index's tree is not the one of its leaves" in found
    assert "library r2 (version 2): it is not what the log says of it" in found


def test_a_chain_rewritten_with_consistent_hashes_is_found(
    archive: Archive, archive_path: Path, sealed: StoredCheckpoint
) -> None:
    """The operator rewrites a story with plain git and has the index made anew: the log tells."""
    forged = Archive.open(archive_path.parent / "forged", ticking(), create=True)
    append(forged, entry(content(title="One")), entry(content(title="Forged")))
    head = forged.index.tip("library").head
    forged.close()
    ref = story_ref("library")
    source = archive_path.parent / "forged" / "stories.git"
    git(archive_path, "fetch", "--quiet", source, f"+{ref}:{ref}")
    archive.close()
    (archive_path / "index.db").unlink()
    again = Archive.open(archive_path, ticking())
    assert again.index.tip("library").head == head
    assert "library r2 (version 2): it was rewritten, and no removal says so" in _findings(again)
    again.close()
