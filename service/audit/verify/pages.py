"""The redlines and reports of an export, made again from its chains and compared, and what entries
say to have changed.

The standalone script has no differ, so this is what only our software can check.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from repo_store import (
    BUILT_IN,
    Changes,
    Checkpoint,
    Commit,
    Content,
    Damaged,
    Leaf,
    Shapes,
    StoredCheckpoint,
    decode_commit,
    parse_commit,
    placed,
    replay,
    shortened,
)
from service.audit.export import report
from service.audit.export.bag import File
from service.audit.export.exports import AGENT, FORMAT
from service.audit.export.story_files import shapes_in, shown, story_files, text_name
from service.audit.snapshot import StorySnapshot, content_of
from service.audit.verify.counts import Counts
from service.audit.verify.standalone import NAMED
from service.comparison import changes_of
from service.diffing.render.labels import counted

_COUNTED = ("/versions.csv", "/entries.ndjson")
_KINDS = {"/report.html": "report", ".html": "redline", ".docx": "Word document"}


@dataclass
class Pages:
    """`check` is called with each story whose chain and texts are what log and commits say.

    `same`: how many files of each kind are what this release makes; `other`: the files that are
    not, in an export that says that another release made it; `unread`: files of such an export that
    could not be compared, as a line with the reason.
    """

    same: Counter[str] = field(default_factory=Counter)
    other: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    _shapes: Shapes | None = None

    def check(self, found: Any, chain: Any) -> None:
        """Compare the story's files with those that this release makes, and what its entries say to
        have changed with what did.
        """
        drafts = found.info.get("Drafts") == "yes"
        texts: dict[int, tuple[bytes, Content | None]] = {}
        try:
            self._shapes = shapes = self._shapes or _shapes_of(found)
            story = _snapshot(chain)
            for each in shown(story, drafts):
                data = (found.root / chain.folder / f"{text_name(each)}.json").read_bytes()
                texts[each.revision] = data, content_of(each, data, shapes)
        except Damaged as error:
            self._refuse(found, chain, error)
            return
        changes: dict[int, Changes] = {}

        def seen(step: report.Step) -> None:
            if step.view:
                changes[step.version.revision] = changes_of(step.view.diff)

        if _of_this_format(found):
            word = found.info["Export-Scope"] != "all"
            checkpoint = _checkpoint(found)
            self._compare(found, story_files(story, texts, checkpoint, drafts, None, word, seen))
        self.counts.check(story, texts, changes)

    def _refuse(self, found: Any, chain: Any, error: Damaged) -> None:
        """What this release wrote it can read; what another did may be newer."""
        if found.info.get("Bag-Software-Agent") == AGENT:
            found.fail(f"{chain.folder} cannot be compared with its chain: {error}")
        else:
            pages = ", ".join(x for x in _pages_of(chain) if x in found.present)
            self.unread.append(f"that {pages} show what changed, and the counts of words: {error}")

    def _compare(self, found: Any, files: Iterable[File]) -> None:
        for file in files:
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
        found.covered.update(x for x in found.present if _is_covered(x, found))
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
            verdict.in_full += [f"{path} is not what is made of the chain" for path in self.other]
            verdict.unproven.append(
                f"that {_named(self.other)} show what changed: they are not what is made of the"
                f" chains here, and are said to be made by {agent}; verify it with that release,"
                " else only the texts count"
            )
        verdict.unproven += self.unread
        self.counts.report(verdict)


def _named(paths: Sequence[str]) -> str:
    """The first in full, the others by their folders."""
    named = ", ".join(paths[:NAMED])
    rest = (path.removeprefix("data/stories/").split("/", 1) for path in paths[NAMED:])
    folders = [
        f"of {folder}: {', '.join(name for _, name in each)}"
        for folder, each in groupby(rest, key=itemgetter(0))
    ]
    more = f" and {len(paths) - NAMED:,} more ({'; '.join(folders)})" if folders else ""
    return f"{named}{more}"


def _kinds(path: str) -> list[str]:
    """What kind of page it is; none of a table or a text, which the script compares, too."""
    return [kind for end, kind in _KINDS.items() if path.endswith(end)][:1]


def _pages_of(chain: Any) -> Iterator[str]:
    for old, new in pairwise(chain.versions):
        name = f"{chain.folder}/differences/{old.version:04d}-{new.version:04d}"
        yield from (f"{name}.docx", f"{name}.html")
    yield f"{chain.folder}/report.html"


def _is_covered(path: str, found: Any) -> bool:
    """Whether a file is compared, or named if it is not."""
    compared = _kinds(path) and _of_this_format(found)
    return path.startswith("data/stories/") and bool(compared or path.endswith(_COUNTED))


def _shapes_of(found: Any) -> Shapes:
    path = found.root / "data/shapes.json"
    return shapes_in(path.read_bytes()) if path.exists() else BUILT_IN


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
