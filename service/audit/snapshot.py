"""A snapshot of stories at a checkpoint of the log: their commits, records and texts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from repo_store import (
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

Chain = list[tuple[Commit, GitObject]]


@dataclass(frozen=True)
class StorySnapshot:
    """One story at the checkpoint.

    `leaves` are all its leaves in the log's order, including those of commits that a removal
    rewrote; `records` are as they were written; `revisions` and `actions` have been replayed.
    """

    id: str
    leaves: list[Leaf]
    chain: Chain
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

    def heads(self, stories: list[str]) -> Iterator[tuple[str, str, int, int]]:
        """Each story's id, head commit, number of entries and number of revisions."""
        for story in stories:
            bodies = {leaf.entry: json.loads(leaf.body) for leaf in self._leaves(story)}
            revisions = {body["revision"] for body in bodies.values() if "action" not in body}
            yield story, bodies[max(bodies)]["commit"], len(bodies), len(revisions)

    def story(self, story: str) -> StorySnapshot:
        """Raises Damaged if a text was removed from it in the meantime; the caller starts over."""
        leaves = self._leaves(story)
        newest = {leaf.entry: leaf.commit for leaf in leaves}
        oids = [newest[entry] for entry in sorted(newest)]
        chain: Chain = []
        for oid, data in zip(oids, self._archive.raw("commit", oids), strict=True):
            commit = parse_commit(oid, data)
            if isinstance(commit, Damaged):
                raise commit
            if (item := git_object("commit", data)).id != oid:
                raise Damaged(f"commit {oid}: its bytes are not what its id says")
            chain.append((commit, item))
        blobs = self._archive.blobs([commit.tree for commit, _ in chain])
        chain = [
            (commit._replace(blob=blob), item)
            for (commit, item), blob in zip(chain, blobs, strict=True)
        ]
        records = list(placed(decode_commit(commit) for commit, _ in chain))
        return StorySnapshot(story, leaves, chain, records, *replay(records))

    def texts(self, story: StorySnapshot) -> dict[int, tuple[bytes, Content | None]]:
        """What each revision of a story says, by its number: all of it, before any is used. Raises
        Damaged if one cannot be read.
        """
        texts, shapes = {}, self._archive.shapes
        for revision, data in self.stored(story.revisions):
            texts[revision.revision] = (
                data,
                content := content_of(revision, data, shapes),
            )
            if content and story_json.digest(data) != revision.sha256:
                raise Damaged(f"r{revision.revision}: its text is not what its commit says")
        return texts

    def is_current(self, story: str) -> bool:
        """Whether nothing that it covers of a story was rewritten since, by a removal."""
        newest = {leaf.entry: leaf.commit for leaf in self._leaves(story)}
        now = {leaf.entry: leaf.commit for leaf in self._archive.index.log.of_story(story)}
        return all(now[entry] == commit for entry, commit in newest.items())

    def stored(self, revisions: list[Revision]) -> Iterator[tuple[Revision, bytes]]:
        """The stored bytes of each revision: `story.json`, or its tombstone."""
        data = self._archive.raw("blob", [revision.blob for revision in revisions])
        yield from zip(revisions, data, strict=True)

    def objects(self, story: StorySnapshot) -> Iterator[GitObject]:
        """All git objects of a story's chain, each once, in the order of the commits."""
        by_blob = {revision.blob: data for revision, data in self.stored(story.revisions)}
        seen: set[str] = set()
        for commit, item in story.chain:
            if commit.blob not in seen:
                seen.add(commit.blob)
                yield git_object("blob", by_blob[commit.blob])
                yield tree_of(commit.blob)
            yield item

    def _leaves(self, story: str) -> list[Leaf]:
        return self._archive.index.log.of_story(story, self._size)


def content_of(revision: Revision, data: bytes, shapes: Shapes) -> Content | None:
    """What the stored bytes of a revision say; None if its text was removed."""
    return None if revision.state is State.REMOVED else story_json.decode(data, shapes)
