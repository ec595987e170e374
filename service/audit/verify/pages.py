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
    shortened,
)
from service.audit.export.exports import AGENT, FORMAT
from service.audit.export.story_files import story_files
from service.audit.snapshot import StorySnapshot, content_of
from service.diffing.render.labels import counted

_NAMED = 5
"""Files that are named in one line."""
_KINDS = {"/report.html": "report", ".html": "redline", ".docx": "Word document"}


@dataclass
class Pages:
    """`check` is called with each story whose chain and texts are what log and commits say.

    `same`: how many files of each kind are what this release makes; `other`: the files that are
    not, in an export that says that another release made it.
    """

    same: Counter[str] = field(default_factory=Counter)
    other: list[str] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)

    def check(self, found: Any, chain: Any) -> None:
        """Compare the story's files with those that this release makes."""
        if not _of_this_format(found):
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
            if (found.root / file.path).read_bytes() == made:
                self.same.update(_kinds(file.path))
            elif found.info.get("Bag-Software-Agent") == AGENT:
                found.fail(f"{file.path} is not what is made of the chain")
            else:
                self.other.append(file.path)

    def report(self, found: Any, verdict: Any) -> None:
        """Say what was compared, and what not."""
        agent = shortened(found.info.get("Bag-Software-Agent", "an unnamed release"))
        if not _of_this_format(found):
            verdict.unproven.append(
                "that redlines and reports show what changed: this release makes none of format"
                f" {found.info['Export-Format']}, as {agent} did"
            )
        if self.same:
            same = ", ".join(counted(number, kind) for kind, number in sorted(self.same.items()))
            verdict.proven.append(f"what is made of the chains here is the same: {same}")
        if self.other:
            named = ", ".join(self.other[:_NAMED])
            more = f" and {len(self.other) - _NAMED:,} more" if self.other[_NAMED:] else ""
            verdict.unproven.append(
                f"that {named}{more} show what changed: they are not what is made of the chains"
                f" here, and are said to be made by {agent}; verify it with that release, else"
                " only the texts count"
            )
        for each in self.undeclared:
            verdict.unproven.append(f"the redlines and the report of {each}: the texts prevail")


def _kinds(path: str) -> list[str]:
    """What kind of page it is; none of a table or a text, which the script compares, too."""
    return [kind for end, kind in _KINDS.items() if path.endswith(end)][:1]


def _of_this_format(found: Any) -> bool:
    return bool(found.info.get("Export-Format") == str(FORMAT))


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
