"""The log in git: one commit for each signed checkpoint, on a ref of its own.

A commit's tree holds the note, the leaves added since the checkpoint before (one a line), and the
public keys. Older releases stored a time-stamping authority's response here, too.

Before a checkpoint is signed, a commit of the same kind, but with an unsigned note, is put on a ref
of its own: the intent. What a signature covers is then in git before there is one, so no crash can
leave a signature on leaves that nobody has any more.
"""

from collections.abc import Iterator
from datetime import datetime

from repo_store.errors import Damaged
from repo_store.git.objects import (
    COMMITTER,
    Commit,
    GitObject,
    commit_of,
    files_of,
    git_object,
    parse_commit,
    tree,
)
from repo_store.git.repository import Repository
from repo_store.log.checkpoint import Checkpoint, StoredCheckpoint

LOG_REF = "refs/archive/log"
NEXT_REF = "refs/archive/log-next"
"""The intent. One that was carried out stays until the next."""
PUBLISHED_REF = "refs/archive/published"
"""The public log."""
PUBLISHED_NEXT_REF = "refs/archive/published-next"
"""Its intent."""
_NOTE, _LEAVES, _TIMESTAMP, _KEYS = "checkpoint", "leaves", "timestamp.tsr", "keys"
_TIES = "ties"

# Bytes: four million leaves of a first checkpoint.
_MOST_LEAVES = 2**31


def encode(
    parent: str | None, stored: StoredCheckpoint, at: datetime
) -> tuple[StoredCheckpoint, list[GitObject]]:
    """The checkpoint with the id of its commit, and the git objects to write."""
    data = {
        _NOTE: stored.note.encode(),
        _LEAVES: "".join(f"{leaf}\n" for leaf in stored.leaves).encode(),
        _KEYS: stored.keys.encode(),
    }
    if stored.timestamp:
        data[_TIMESTAMP] = stored.timestamp
    if stored.ties:
        data[_TIES] = stored.ties.encode()
    blobs = {name: git_object("blob", each) for name, each in data.items()}
    folder = tree({name: blob.id for name, blob in blobs.items()})
    seconds = int(at.timestamp())
    message = f"log: checkpoint of {stored.size} leaves\n"
    commit = commit_of(folder.id, parent, COMMITTER, seconds, seconds, message)
    return stored._replace(commit=commit.id), [*blobs.values(), folder, commit]


def read_since(git: Repository, head: str | None, known: str | None) -> Iterator[StoredCheckpoint]:
    """The checkpoints after the commit `known`, oldest first.

    Raises Damaged if `head` does not descend from it: the log was truncated or replaced.
    """
    commits: list[Commit] = []
    while head and head != known:
        commits.append(_commit(git, head))
        head = commits[-1].parents[0] if commits[-1].parents else None
    if head != known:
        raise Damaged("log: it does not continue from its last known checkpoint")
    for commit in reversed(commits):
        yield _decode(git, commit, with_leaves=True)


def extends(git: Repository, head: str | None, known: str) -> bool:
    """Whether the log at `head` continues from the commit `known`."""
    while head and head != known:
        parents = _commit(git, head).parents
        head = parents[0] if parents else None
    return head == known


def read_next(git: Repository, commit: str | None, signed: int) -> StoredCheckpoint | None:
    """The intent at `commit`, with its leaves, unless it was carried out: the newest signed
    checkpoint, of `signed` leaves, then has these.
    """
    intent = _decode(git, _commit(git, commit), with_leaves=True) if commit else None
    return intent if intent and intent.leaves and intent.start == signed else None


def read(git: Repository, commit: str) -> StoredCheckpoint:
    """One checkpoint without its leaves: the first one may have very many."""
    return _decode(git, _commit(git, commit), with_leaves=False)


def _commit(git: Repository, oid: str) -> Commit:
    commit = parse_commit(oid, git.read("commit", [oid])[0])
    if isinstance(commit, Damaged):
        raise commit
    return commit


def _decode(git: Repository, commit: Commit, with_leaves: bool) -> StoredCheckpoint:
    try:
        files = files_of(git.read("tree", [commit.tree])[0])
        note, keys = git.read("blob", [files[_NOTE], files[_KEYS]])
        leaves = git.read_blob(files[_LEAVES], _MOST_LEAVES) if with_leaves else b""
    except (KeyError, ValueError) as error:
        raise Damaged(f"log: commit {commit.id} does not hold a checkpoint ({error})") from None
    return StoredCheckpoint(
        commit.id,
        Checkpoint.parse(note.decode()),
        tuple(leaves.decode().splitlines()),
        git.read_blob(files[_TIMESTAMP]) if _TIMESTAMP in files else None,
        keys.decode(),
        git.read_blob(files[_TIES]).decode() if _TIES in files else "",
    )
