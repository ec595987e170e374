"""A chain with texts taken out: lawful removal, the one case in which a ref does not move forward.

The commits from the first removed text on are made anew: where the text stood is a tombstone, the
words about it (which may quote it) are left out, all else stays to the byte but for the parents.
"""

import json
from collections.abc import Collection, Sequence
from datetime import UTC
from typing import NamedTuple

from repo_store.errors import Damaged
from repo_store.git.objects import Commit, GitObject, git_object, parse_commit, tree_of
from repo_store.history.records import Action, ActionInput, Record, Revision, Verb
from repo_store.history.trailers import decode_message, without_words


class Rewritten(NamedTuple):
    """The new chain, first to last, and the objects that are new with it."""

    commits: list[Commit]
    objects: list[GitObject]


def tombstone(revision: Revision, entry: ActionInput) -> bytes:
    """What stands in the place of a removed text: what it was, by its hash, and why it went."""
    if entry.removal is None:
        raise ValueError("a removal says why")
    value = {
        "story": revision.story,
        "revision": revision.revision,
        "version": revision.version,
        "sha256": revision.sha256,
        "reason": entry.removal.reason.value,
        "legal_reference": entry.removal.reference,
        "by": entry.author.name,
        "confirmed_by": entry.removal.confirmed_by,
        "at": entry.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return (json.dumps({"removed": value}, ensure_ascii=False, indent=2) + "\n").encode()


def is_tombstone(data: bytes, revision: Revision) -> bool:
    """Whether these bytes stand for that revision's removed text, and hold nothing else."""
    try:
        told = json.loads(data)["removed"]
        same = (told["story"], told["revision"], told["sha256"])
    except (ValueError, KeyError, TypeError):
        return False
    return same == (revision.story, revision.revision, revision.sha256)


def rewritten(chain: Sequence[Commit], raws: Sequence[bytes], gone: dict[int, bytes]) -> Rewritten:
    """The chain of these commits, whose bytes are `raws`, with a tombstone for each revision gone.

    Damaged if a commit cannot be read.
    """
    commits: list[Commit] = []
    objects: list[GitObject] = []
    stones = {number: git_object("blob", data) for number, data in gone.items()}
    for each in stones.values():
        objects += (each, tree_of(each.id))
    changed = False
    for commit, raw in zip(chain, raws, strict=True):
        stone = stones.get(decode_message(commit).revision)
        changed = changed or stone is not None
        if not changed:
            commits.append(commit)
            continue
        blob, tree, message = commit.blob, commit.tree, commit.message
        if stone:
            blob, tree, message = stone.id, tree_of(stone.id).id, without_words(message)
        parent = commits[-1].id if commits else None
        item = git_object("commit", _commit(raw, tree, parent, message))
        made = parse_commit(item.id, item.data)
        if isinstance(made, Damaged):
            raise made
        commits.append(made._replace(blob=blob))
        objects.append(item)
    return Rewritten(commits, objects)


def lawfully(old: Sequence[Record], new: Sequence[Record]) -> bool:
    """Whether a chain differs from what it was only in what its own removals say."""
    gone = set(removed(new))
    now = {each.entry: each for each in new}
    return all(
        each.entry in now
        and (now[each.entry].digest == each.digest or each.revision in gone)
        and now[each.entry].revision == each.revision
        for each in old
    )


def removed(records: Collection[Record]) -> list[int]:
    """The revisions that the removals among these records took out."""
    return [
        number
        for each in records
        if isinstance(each, Action) and each.verb is Verb.REMOVE and each.removal
        for number in (each.revision, *each.removal.also)
    ]


def _commit(raw: bytes, tree: str, parent: str | None, message: str) -> bytes:
    head = raw.partition(b"\n\n")[0]
    kept = [line for line in head.split(b"\n") if not line.startswith((b"tree ", b"parent "))]
    lines = [f"tree {tree}".encode(), *([f"parent {parent}".encode()] if parent else []), *kept]
    return b"\n".join(lines) + b"\n\n" + message.encode()
