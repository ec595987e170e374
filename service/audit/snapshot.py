"""A story as the log has it up to a checkpoint: its commits, its records, its texts."""

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
    State,
    Verb,
    decode_commit,
    git_object,
    parse_commit,
    replay,
    story_json,
    tree_of,
)

Chain = list[tuple[Commit, GitObject]]


@dataclass(frozen=True)
class StorySnapshot:
    """One story. `leaves`: all of it, in the log's order, those of rewritten commits too;
    `records`: as written; `revisions` and `actions`: as they stand at the checkpoint.
    """

    story: str
    leaves: list[Leaf]
    chain: Chain
    records: list[Record]
    revisions: list[Revision]
    actions: list[Action]

    @cached_property
    def versions(self) -> list[Revision]:
        """Published revisions in the order of their numbers."""
        found = [each for each in self.revisions if each.version]
        return sorted(found, key=lambda each: each.version or 0)

    @property
    def removals(self) -> list[Action]:
        return [each for each in self.actions if each.verb is Verb.REMOVE]

    def live_until(self, version: Revision) -> datetime | None:
        """When the next version took its place; None: it is the newest."""
        return self._since.get((version.version or 0) + 1)

    @cached_property
    def _since(self) -> dict[int, datetime]:
        return {each.version or 0: each.live_since for each in self.versions}


class Snapshot:
    """Stories as they stood at a checkpoint of so many leaves."""

    def __init__(self, archive: Archive, size: int) -> None:
        self._archive, self.size = archive, size

    def heads(self, stories: list[str]) -> Iterator[tuple[str, str, int, int]]:
        """Of each story: its name, its head then, how many entries and revisions it had."""
        for story in stories:
            leaves = self._archive.index.log.of_story(story, self.size)
            newest = {leaf.entry: leaf for leaf in leaves}
            told = json.loads(newest[max(newest)].body)
            revisions = {
                json.loads(each.body)["revision"] for each in newest.values() if _is_revision(each)
            }
            yield story, told["commit"], len(newest), len(revisions)

    def story(self, story: str) -> StorySnapshot:
        """Damaged if a text was removed from it meanwhile: then begin anew."""
        leaves = self._archive.index.log.of_story(story, self.size)
        newest = {leaf.entry: leaf.commit for leaf in leaves}
        oids = [newest[entry] for entry in sorted(newest)]
        chain: Chain = []
        for oid, data in zip(oids, self._archive.raw("commit", oids), strict=True):
            commit = parse_commit(oid, data)
            if isinstance(commit, Damaged):
                raise commit
            chain.append((commit, git_object("commit", data)))
        blobs = self._archive.blobs([commit.tree for commit, _ in chain])
        chain = [
            (commit._replace(blob=blob), item)
            for (commit, item), blob in zip(chain, blobs, strict=True)
        ]
        records = [decode_commit(commit) for commit, _ in chain]
        return StorySnapshot(story, leaves, chain, records, *replay(records))

    def stored(self, revisions: list[Revision]) -> Iterator[tuple[Revision, bytes]]:
        """The bytes of each: `story.json`, or the tombstone in its place."""
        data = self._archive.raw("blob", [each.blob for each in revisions])
        yield from zip(revisions, data, strict=True)

    def objects(self, told: StorySnapshot) -> Iterator[GitObject]:
        """All git objects of a story's chain, each once, a commit after what it stands on."""
        by_blob = {each.blob: data for each, data in self.stored(told.revisions)}
        seen: set[str] = set()
        for commit, item in told.chain:
            if commit.blob not in seen:
                seen.add(commit.blob)
                yield git_object("blob", by_blob[commit.blob])
                yield tree_of(commit.blob)
            yield item


def content_of(revision: Revision, data: bytes) -> Content | None:
    """What the stored bytes of a revision say; None if its text was removed."""
    return None if revision.state is State.REMOVED else story_json.decode(data)


def _is_revision(leaf: Leaf) -> bool:
    return '"action":' not in leaf.body
