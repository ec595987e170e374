"""Redaction: a chain with texts removed, the one case in which a ref does not move forward.

The commits from the first removed text on are rewritten. A tombstone replaces the text; its note
and reason, which may quote it, are left out. An entry whose note alone is removed loses all words
of its own (note, override reason, the old value of a waiver), and a trace is left of them. All else
stays byte for byte, except the parents.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from repo_store.errors import Damaged, Moved
from repo_store.git.objects import Commit, GitObject, git_object, parse_commit, tree_of
from repo_store.history.commits import decode_commit, redact_message
from repo_store.history.records import Action, ActionInput, Record, Redacted, Revision
from repo_store.history.state_machine import redacted_entries, removed_revisions
from repo_store.story.tombstone import Tombstone
from repo_store.times import rfc3339


class NewChain(NamedTuple):
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
    chain: Sequence[Commit],
    raws: Sequence[bytes],
    tombstones: Mapping[int, bytes],
    entries: Collection[int] = (),
    trace: Redacted | None = None,
) -> NewChain:
    """The chain with these tombstones in place of the texts of the revisions that they are of, and
    without the words of these entries.

    `raws` are the commits' bytes. Raises Damaged if a commit cannot be read, Moved if an entry is
    not there, has no words, or loses them with the text.
    """
    commits: list[Commit] = []
    objects: list[GitObject] = []
    blobs = {number: git_object("blob", data) for number, data in tombstones.items()}
    for blob in blobs.values():
        objects += (blob, tree_of(blob.id))
    if not set(entries) <= set(range(1, len(chain) + 1)):
        raise Moved(decode_commit(chain[0]).story)
    for commit, raw in zip(chain, raws, strict=True):
        record = decode_commit(commit)
        replacement = blobs.get(record.revision)
        left = None
        if trace and record.entry in entries:
            if replacement or not record.has_words:
                raise Moved(record.story)
            left = trace._replace(
                note=bool(record.note),
                reason=bool(record.override),
                value=isinstance(record, Action) and bool(record.value),
            )
        parent = commits[-1].id if commits else None
        if replacement is None and left is None and commit.parents == ((parent,) if parent else ()):
            commits.append(commit)
            continue
        blob_id, tree, message = commit.blob, commit.tree, commit.message
        if replacement:
            blob_id, tree = replacement.id, tree_of(replacement.id).id
        if replacement or left:
            message = redact_message(message, left)
        item = git_object("commit", _commit(raw, tree, parent, message))
        rewritten = parse_commit(item.id, item.data)
        if isinstance(rewritten, Damaged):
            raise rewritten
        commits.append(rewritten._replace(blob=blob_id))
        objects.append(item)
    return NewChain(commits, objects)


def is_authorised(old: Sequence[Record], new: Sequence[Record]) -> bool:
    """Whether a chain differs from what it was only as its own removals say.

    A removal excuses the words that it takes, and nothing else. `old` are the first records as the
    index has them, after the effect of later ones.
    """
    removed, redacted = set(removed_revisions(new)), set(redacted_entries(new))
    as_written = {each.entry: each for each in new}

    def may_become(each: Record, now: Record) -> bool:
        if each.digest == now.digest:
            return True
        text_stays = bool(now.redacted) and now.entry in redacted and each.blob == now.blob
        only_words = each.bare == now.bare and not now.has_words
        return only_words and (now.revision in removed or text_stays)

    return all(
        each.entry in as_written and may_become(each, as_written[each.entry]) for each in old
    )


def _commit(raw: bytes, tree: str, parent: str | None, message: str) -> bytes:
    head = raw.partition(b"\n\n")[0]
    kept = [line for line in head.split(b"\n") if not line.startswith((b"tree ", b"parent "))]
    lines = [f"tree {tree}".encode(), *([f"parent {parent}".encode()] if parent else []), *kept]
    return b"\n".join(lines) + b"\n\n" + message.encode()
