"""The redlines and reports of an export, made again from its chains and compared.

The standalone script has no differ, so this is what only our software can check.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from repo_store import (
    BUILT_IN,
    Checkpoint,
    Commit,
    Damaged,
    Leaf,
    StoredCheckpoint,
    decode_commit,
    parse_commit,
    placed,
    replay,
)
from service.audit.export.exports import FORMAT, RELEASE
from service.audit.export.story_files import story_files
from service.audit.snapshot import StorySnapshot, content_of
from service.diffing.render.labels import counted


@dataclass
class Pages:
    """`check` is called with each story whose chain and texts are what log and commits say."""

    made: Counter[str] = field(default_factory=Counter)
    undeclared: list[str] = field(default_factory=list)

    def check(self, found: Any, chain: Any) -> None:
        """Compare the story's files with those that this release makes."""
        if not _of_this_release(found):
            return
        try:
            story = _snapshot(chain)
            texts = {
                each.revision: (data, content_of(each, data, BUILT_IN))
                for each in story.versions
                for data in [
                    (found.root / f"{chain.folder}/versions/{each.version:04d}.json").read_bytes()
                ]
            }
        except Damaged as error:
            self.undeclared.append(f"{chain.story} ({error})")
            return
        some = found.info["Export-Scope"] != "all"
        for file in story_files(story, texts, _checkpoint(found), False, None, word=some):
            made = file.data if isinstance(file.data, bytes) else b"".join(file.data)
            if not found.expect(file.path):
                continue
            if (found.root / file.path).read_bytes() != made:
                found.fail(f"{file.path} is not what is made of the chain")
            self.made["reports" if file.path.endswith("report.html") else "files"] += 1
            self.made["redlines"] += "/differences/" in file.path and file.path.endswith(".html")

    def report(self, found: Any, verdict: Any) -> None:
        """Say what was compared, and what not."""
        if not _of_this_release(found):
            verdict.unproven.append(
                "that redlines and reports show what changed: another release made them"
                f" ({found.info.get('Bag-Software-Agent')}, format {found.info['Export-Format']})"
            )
            return
        reports, redlines = self.made["reports"], self.made["redlines"]
        verdict.proven.append(
            f"{counted(reports, 'report')} and {counted(redlines, 'redline')} are what is"
            " made of the chains here"
        )
        for each in self.undeclared:
            verdict.unproven.append(f"the redlines and the report of {each}: the texts prevail")


def _of_this_release(found: Any) -> bool:
    made = found.info.get("Export-Format"), found.info.get("Bag-Software-Agent")
    return bool(made == (str(FORMAT), f"story-history {RELEASE}"))


def _snapshot(chain: Any) -> StorySnapshot:
    leaves = [
        Leaf(each["number"], chain.story, each["entry"], each["commit"], "")
        for own in chain.leaves.values()
        for each in own
    ]
    commits: list[Commit] = []
    for record, data, blob in zip(chain.records, chain.commits, chain.blobs, strict=True):
        commit = parse_commit(record.commit, data)
        if isinstance(commit, Damaged):
            raise commit
        commits.append(commit._replace(blob=blob))
    records = list(placed(map(decode_commit, commits)))
    leaves.sort(key=lambda leaf: leaf.number)
    return StorySnapshot(chain.story, leaves, records, *replay(records))


def _checkpoint(found: Any) -> StoredCheckpoint:
    """What the report's head says of it: size, root and key."""
    checkpoint = Checkpoint(found.origin, found.size, found.tree_root)
    key = json.dumps({"key": found.key.line, "signature": ""})
    return StoredCheckpoint("", checkpoint, (), keys=key)
