"""A snapshot of stories at a checkpoint of the log: their commits, records and texts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from repo_store import (
    BUILT_IN,
    Action,
    Archive,
    Commit,
    Content,
    Damaged,
    GitObject,
    Leaf,
    Record,
    Revision,
    Shapes,
    State,
    Verb,
    decode_commit,
    git_object,
    parse_commit,
    placed,
    replay,
    story_json,
    tree_of,
)

Texts = Mapping[int, tuple[bytes, Content | None]]
"""The stored bytes of revisions by their numbers, and what they say; None if it was removed."""

_AT_ONCE = 100
"""Texts of a long story that are in memory together."""


@dataclass(frozen=True)
class StorySnapshot:
    """One story at the checkpoint.

    `leaves` are all its leaves in the log's order, including those of commits that a removal
    rewrote; `records` are as they were written; `revisions` and `actions` have been replayed.
    """

    id: str
    leaves: list[Leaf]
    records: list[Record]
    revisions: list[Revision]
    actions: list[Action]

    @property
    def as_of(self) -> datetime:
        """When its newest entry was recorded."""
        return self.records[-1].recorded_at

    @cached_property
    def versions(self) -> list[Revision]:
        """Published revisions in the order of their version numbers."""
        published = [revision for revision in self.revisions if revision.version]
        return sorted(published, key=lambda revision: revision.version or 0)

    @property
    def removals(self) -> list[Action]:
        return [action for action in self.actions if action.verb is Verb.REMOVE]

    def live_until(self, version: Revision) -> datetime | None:
        """When a later version first claims to be live; None for the newest."""
        return self._live_until[version.version or 0]

    @cached_property
    def _live_until(self) -> dict[int, datetime | None]:
        ends: dict[int, datetime | None] = {}
        end: datetime | None = None
        for version in reversed(self.versions):
            ends[version.version or 0] = end
            end = version.live_since if end is None else min(end, version.live_since)
        return ends


class Snapshot:
    """Stories as they were when the log had `size` leaves."""

    def __init__(self, archive: Archive, size: int) -> None:
        self._archive, self._size = archive, size

    def commits(self, story: str) -> list[tuple[str, bool]]:
        """The commits of a story's chain; of each, whether it is a revision."""
        bodies = {leaf.entry: json.loads(leaf.body) for leaf in self._leaves(story)}
        in_order = (bodies[entry] for entry in sorted(bodies))
        return [(body["commit"], "action" not in body) for body in in_order]

    def story(self, story: str) -> StorySnapshot:
        """Raises Damaged if a text was removed from it in the meantime; the caller starts over."""
        leaves = self._leaves(story)
        newest = {leaf.entry: leaf.commit for leaf in leaves}
        chain = [commit for commit, _ in self._chain([newest[entry] for entry in sorted(newest)])]
        blobs = self._archive.blobs([commit.tree for commit in chain])
        placed_in = zip(chain, blobs, strict=True)
        decoded = (decode_commit(commit._replace(blob=blob)) for commit, blob in placed_in)
        records = list(placed(decoded))
        return StorySnapshot(story, leaves, records, *replay(records))

    def texts(self, revisions: Sequence[Revision]) -> Texts:
        """What each of these says. Raises Damaged if one cannot be read."""
        texts, shapes = {}, self._archive.shapes
        stored = self._archive.raw("blob", [revision.blob for revision in revisions])
        for revision, data in zip(revisions, stored, strict=True):
            content = None
            if revision.state is not State.REMOVED:
                if story_json.digest(data) != revision.sha256:
                    raise Damaged(f"r{revision.revision}: its text is not what its commit says")
                content = story_json.check_hashed(data, shapes)
            texts[revision.revision] = data, content
        return texts

    def check(self, story: StorySnapshot) -> None:
        """Read all that it says. Raises Damaged if one text cannot be read."""
        for at in range(0, len(story.revisions), _AT_ONCE):
            self.texts(story.revisions[at : at + _AT_ONCE])

    def is_current(self, story: str) -> bool:
        """Whether nothing that it covers of a story was rewritten since, by a removal."""
        newest = {leaf.entry: leaf.commit for leaf in self._leaves(story)}
        now = {leaf.entry: leaf.commit for leaf in self._archive.index.log.of_story(story)}
        return all(now[entry] == commit for entry, commit in newest.items())

    def objects(self, commits: Sequence[tuple[str, bool]]) -> Iterator[GitObject]:
        """The objects of these `commits`, in their order, each once: what an action names is the
        text and the tree of its revision.
        """
        chain = list(self._chain([oid for oid, _ in commits]))
        trees = [
            commit.tree
            for (commit, _), (_, revision) in zip(chain, commits, strict=True)
            if revision
        ]
        blobs = self._archive.blobs(trees)
        texts = zip(blobs, self._archive.raw("blob", blobs), strict=True)
        for (_, item), (_, revision) in zip(chain, commits, strict=True):
            if revision:
                blob, data = next(texts)
                yield git_object("blob", data)
                yield tree_of(blob)
            yield item

    def _chain(self, oids: Sequence[str]) -> Iterator[tuple[Commit, GitObject]]:
        for oid, data in zip(oids, self._archive.raw("commit", oids), strict=True):
            commit = parse_commit(oid, data)
            if isinstance(commit, Damaged):
                raise commit
            if (item := git_object("commit", data)).id != oid:
                raise Damaged(f"commit {oid}: its bytes are not what its id says")
            yield commit, item

    def entries(self, story: str) -> int:
        """How many leaves are a story's."""
        return len(self._leaves(story))

    def _leaves(self, story: str) -> list[Leaf]:
        return self._archive.index.log.of_story(story, self._size)


def content_of(revision: Revision, data: bytes, shapes: Shapes) -> Content | None:
    """What the stored bytes of a revision say, whoever wrote them; None if its text was removed.
    Raises Damaged if they are no story.

    A shape that was declared may have its parts in another order by now than when they were stored.
    """
    if revision.state is State.REMOVED:
        return None
    if story_json.shape_of(data, shapes) in tuple(BUILT_IN):
        return story_json.decode(data, shapes)
    return story_json.check_hashed(data, shapes)
