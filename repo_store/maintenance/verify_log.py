"""Verifying the log: git's copy, its checkpoints, and that each leaf says what its chain does."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain as joined
from itertools import pairwise
from typing import Protocol

from repo_store.errors import Damaged, MissingObject
from repo_store.git.refs import Refs
from repo_store.git.repository import Repository
from repo_store.history.records import Record, Revision, State
from repo_store.history.state_machine import redacted_entries, removed_revisions, replay
from repo_store.index.events import EventRow, events_of
from repo_store.index.read_model import Index
from repo_store.log import checkpoint_commits, leaves, merkle, public_record
from repo_store.log.leaves import Leaf
from repo_store.log.published import PublishedLeaf
from repo_store.times import from_seconds, rfc3339


@dataclass(frozen=True)
class Finding:
    """One problem: where (a story, a revision of it, or the archive as a whole) and what.

    `missing`: the object that is not there, if that is what.
    """

    story: str | None
    revision: int | None
    what: str
    version: int | None = None
    missing: str = ""

    def as_dict(self) -> dict[str, str | int | None]:
        """For JSON."""
        return {
            "story": self.story,
            "revision": self.revision,
            "version": self.version,
            "what": self.what,
        }

    def __str__(self) -> str:
        where = self.story or "archive"
        if self.revision:
            where += f" r{self.revision}"
        if self.version:
            where += f" (version {self.version})"
        return f"{where}: {self.what}"


class Tree(Protocol):
    """A log as the index has it."""

    def size(self) -> int: ...
    def root(self, size: int, /) -> bytes: ...
    def leaves(self, start: int, end: int, /) -> Iterator[Leaf | PublishedLeaf]: ...


def check_checkpoints(git: Repository, refs: Refs, index: Index | None) -> Iterator[Finding]:
    """That each checkpoint of each log is one of the leaves before it, and the index has the same
    leaves.
    """
    for name, ref, tree in (
        ("log", checkpoint_commits.LOG_REF, index.log if index else None),
        ("public log", checkpoint_commits.PUBLISHED_REF, index.public_log if index else None),
    ):
        yield from _check_checkpoints(git, refs.read(ref), tree, name)


def _check_checkpoints(
    git: Repository, head: str | None, tree: Tree | None, name: str
) -> Iterator[Finding]:
    def finding(what: str) -> Finding:
        return Finding(None, None, f"{name}: {what}")

    edge: list[tuple[int, bytes]] = []
    count = 0
    try:
        for stored in checkpoint_commits.read_since(git, head, None):
            if stored.start != count:
                yield finding(f"a checkpoint of {stored.size} follows leaves up to {count}")
            for leaf in stored.leaves:
                merkle.grow(edge, merkle.leaf_hash(leaf.encode()))
            count = stored.size
            if stored.checkpoint.root != merkle.root_of_edge(edge):
                yield finding(f"its checkpoint of {count} leaves is not one of these leaves")
            if tree:
                here = [leaf.body for leaf in tree.leaves(stored.start, stored.size)]
                if here != list(stored.leaves):
                    yield finding(f"the index has other leaves from {stored.start} on than git")
    except Damaged as error:
        missing = error.oid if isinstance(error, MissingObject) else ""
        yield Finding(None, None, str(error), missing=missing)
    if tree and (size := tree.size()):
        bodies = (leaf.body for leaf in tree.leaves(0, size))
        if merkle.root_of(bodies) != tree.root(size):
            yield finding("the index's tree is not the one of its leaves")


def check_published(
    story: str, records: Sequence[Record], of_story: Iterable[PublishedLeaf]
) -> Iterator[Finding]:
    """That each leaf that the public log has of a story is of a public event in its chain. What it
    says of words that a removal took, nobody can tell any more.
    """
    revisions, actions = replay(records)
    expected = Counter(map(_public, events_of(records, revisions)))
    lines = public_record.lines_of(revisions, actions)
    versions = {each.revision: each.version for each in revisions}
    shorn = {versions[each.revision] for each in revisions if each.state is State.REMOVED}
    shorn |= {versions.get(each.revision) for each in records if each.redacted}
    for leaf in of_story:
        said = json.loads(leaf.body)
        event = tuple(said.get(name) for name in ("story", "version", "event", "text", "time"))
        if not expected[event] or not (said.get("record") in lines or leaf.version in shorn):
            what = f"the public log says something else of it than its chain (leaf {leaf.number})"
            yield Finding(story, None, what, leaf.version)
        expected[event] -= 1


def _public(event: EventRow) -> tuple[object, ...]:
    """What of an event its leaf says, apart from the digest of the record."""
    text = event.text and b64encode(bytes.fromhex(event.text)).decode()
    return event.story, event.version, event.event, text, rfc3339(from_seconds(event.at))


def check_leaves(
    story: str, records: Sequence[Record], of_story: Iterable[leaves.Leaf]
) -> Iterator[Finding]:
    """That a chain is what the log says, and was never anything else but for what its removals took
    of it.
    """
    removed, redacted = set(removed_revisions(records)), set(redacted_entries(records))
    by_entry: dict[int, list[leaves.Leaf]] = {}
    for leaf in of_story:
        by_entry.setdefault(leaf.entry, []).append(leaf)
    hashes = {each.revision: each.sha256 for each in records if isinstance(each, Revision)}
    for record in records:
        known = [json.loads(leaf.body) for leaf in by_entry.get(record.entry, ())]
        line = by_entry.pop(record.entry)[-1].body if known else ""
        if not known or known[-1]["commit"] != record.commit:
            yield _of(record, "its commit is not the one in the log")
            continue
        body_of = leaves.leaf_body if "words" in known[-1] else leaves.leaf_body_1
        replaced = known[-2] if len(known) > 1 else None
        sha256 = hashes.get(record.revision, "")
        if body_of(leaves.leaf_fields(record), sha256, replaced) != line:
            yield _of(record, "it is not what the log says of it")
        lawful = record.revision in removed or record.entry in redacted
        if {record.digest, *map(leaves.words_of, known)} != {record.digest}:
            if not lawful:
                yield _of(record, "it was rewritten, and no removal says so")
            elif record.has_words:
                yield _of(record, "it was rewritten, and has words that no removal left")
        for pair in pairwise(known):
            if fault := leaves.fault_of_replacement(*pair):
                yield _of(record, fault)
    for leaf in joined.from_iterable(by_entry.values()):
        revision = json.loads(leaf.body)["revision"]
        yield Finding(story, revision, f"the log has entry {leaf.entry}, git does not")


def _of(record: Record, what: str) -> Finding:
    return Finding(record.story, record.revision, what, record.version)
