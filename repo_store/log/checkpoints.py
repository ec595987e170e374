"""The log as git keeps it: one commit for each checkpoint that was signed, on a ref of its own.

A commit holds the checkpoint and the leaves that came since the one before, a line each; and what a
time-stamping authority said of the checkpoint, if one was asked.
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
from repo_store.log.checkpoint import SealedCheckpoint, size_of

LOG_REF = "refs/archive/log"
_CHECKPOINT, _LEAVES, _TIMESTAMP, _KEYS = "checkpoint", "leaves", "timestamp.tsr", "keys"


def seal(
    parent: str | None, made: SealedCheckpoint, at: datetime
) -> tuple[SealedCheckpoint, list[GitObject]]:
    """What was sealed with the commit that keeps it, and the objects to be written."""
    data = {
        _CHECKPOINT: made.checkpoint.encode(),
        _LEAVES: "".join(f"{leaf}\n" for leaf in made.leaves).encode(),
        _KEYS: made.keys.encode(),
    }
    if made.timestamp:
        data[_TIMESTAMP] = made.timestamp
    blobs = {name: git_object("blob", each) for name, each in data.items()}
    folder = tree({name: blob.id for name, blob in blobs.items()})
    seconds = int(at.timestamp())
    message = f"log: checkpoint of {made.size} leaves\n"
    commit = commit_of(folder.id, parent, COMMITTER, seconds, seconds, message)
    return made._replace(commit=commit.id), [*blobs.values(), folder, commit]


def read(git: Repository, head: str | None, known: str | None) -> Iterator[SealedCheckpoint]:
    """What was sealed after the commit `known`, first to last.

    Damaged if `head` does not stand on it: then the log was cut off or begun anew.
    """
    commits: list[Commit] = []
    while head and head != known:
        commits.append(_commit(git, head))
        head = commits[-1].parents[0] if commits[-1].parents else None
    if head != known:
        raise Damaged("log: it does not go on from where it was known to stand")
    for commit in reversed(commits):
        yield _sealed(git, commit, whole=True)


def read_one(git: Repository, commit: str) -> SealedCheckpoint:
    """What was sealed, without its leaves: of the first checkpoint they may be very many."""
    return _sealed(git, _commit(git, commit), whole=False)


def _commit(git: Repository, oid: str) -> Commit:
    found = parse_commit(oid, git.read("commit", [oid])[0])
    if isinstance(found, Damaged):
        raise found
    return found


def _sealed(git: Repository, commit: Commit, whole: bool) -> SealedCheckpoint:
    try:
        files = files_of(git.read("tree", [commit.tree])[0])
        checkpoint, keys = git.read("blob", [files[_CHECKPOINT], files[_KEYS]])
        leaves = git.read_blob(files[_LEAVES]) if whole else b""
    except (KeyError, ValueError) as error:
        raise Damaged(f"log: commit {commit.id} does not hold a checkpoint ({error})") from None
    stamp = git.read_blob(files[_TIMESTAMP]) if _TIMESTAMP in files else None
    text = checkpoint.decode()
    lines = tuple(leaves.decode().splitlines())
    return SealedCheckpoint(commit.id, size_of(text), text, lines, stamp, keys.decode())
