"""Redaction: a chain with texts removed, the one case in which a ref does not move forward.

The commits from the first removed text on are rewritten. A tombstone replaces the text; its note
and reason, which may quote it, are left out; all else stays byte for byte, except the parents.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from repo_store.errors import Damaged
from repo_store.git.objects import Commit, GitObject, git_object, parse_commit, tree_of
from repo_store.history.commits import decode_commit, redact_message
from repo_store.history.records import ActionInput, Record, Revision
from repo_store.history.state_machine import removed_revisions
from repo_store.story.tombstone import Tombstone
from repo_store.times import rfc3339


class Redacted(NamedTuple):
    """The new chain, oldest first, and the git objects to store for it."""

    commits: list[Commit]
    objects: list[GitObject]


def tombstone_of(revision: Revision, new: ActionInput) -> Tombstone:
    if new.removal is None:
        raise ValueError("a removal needs its ground")
    return Tombstone(
        revision.story,
        revision.revision,
        revision.version,
        revision.sha256,
        new.removal.ground.value,
        new.removal.reference,
        new.author.name,
        new.removal.confirmed_by,
        rfc3339(new.created_at),
    )


def redact(
    chain: Sequence[Commit], raws: Sequence[bytes], tombstones: Mapping[int, bytes]
) -> Redacted:
    """The chain with these tombstones in place of the texts of the revisions that they are of.

    `raws` are the commits' bytes. Raises Damaged if a commit cannot be read.
    """
    commits: list[Commit] = []
    objects: list[GitObject] = []
    blobs = {number: git_object("blob", data) for number, data in tombstones.items()}
    for blob in blobs.values():
        objects += (blob, tree_of(blob.id))
    for commit, raw in zip(chain, raws, strict=True):
        replacement = blobs.get(decode_commit(commit).revision)
        parent = commits[-1].id if commits else None
        if replacement is None and commit.parents == ((parent,) if parent else ()):
            commits.append(commit)
            continue
        blob_id, tree, message = commit.blob, commit.tree, commit.message
        if replacement:
            blob_id, tree = replacement.id, tree_of(replacement.id).id
            message = redact_message(message)
        item = git_object("commit", _commit(raw, tree, parent, message))
        rewritten = parse_commit(item.id, item.data)
        if isinstance(rewritten, Damaged):
            raise rewritten
        commits.append(rewritten._replace(blob=blob_id))
        objects.append(item)
    return Redacted(commits, objects)


def is_authorised(old: Sequence[Record], new: Sequence[Record]) -> bool:
    """Whether a chain differs from what it was only as its own removals say."""
    removed = set(removed_revisions(new))
    now = {each.entry: each for each in new}
    return all(
        each.entry in now
        and (now[each.entry].digest == each.digest or each.revision in removed)
        and now[each.entry].revision == each.revision
        for each in old
    )


def _commit(raw: bytes, tree: str, parent: str | None, message: str) -> bytes:
    head = raw.partition(b"\n\n")[0]
    kept = [line for line in head.split(b"\n") if not line.startswith((b"tree ", b"parent "))]
    lines = [f"tree {tree}".encode(), *([f"parent {parent}".encode()] if parent else []), *kept]
    return b"\n".join(lines) + b"\n\n" + message.encode()
