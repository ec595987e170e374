"""Verifying an archive from the bottom up: files, log, stories, and the index against git.

It may be written to meanwhile. Whatever looks wrong is looked at once more under the lock that a
writer of it would hold, so that no half of a write is taken for damage.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from repo_store import locks, workers
from repo_store.git.refs import SHARDS, Refs
from repo_store.git.repository import Repository
from repo_store.history.records import Tip
from repo_store.ids import shard
from repo_store.index.read_model import Index
from repo_store.maintenance.verify_files import check_checksums, check_kinds, missing_packs
from repo_store.maintenance.verify_log import Finding, check_checkpoints
from repo_store.maintenance.verify_stories import LAGS, Checked, Stories, checker

Progress = Callable[[int, int], None]

# Entries that are checked at once.
_SHARE = 512
# For fewer entries, starting processes costs more than it saves.
_WORTH = 4_000
_QUEUED = 4
# Seconds between two looks at stories that an import has not added to the index yet.
_PAUSE = 1.0
_NAMED = 3


@dataclass(frozen=True)
class Report:
    """`findings` are faults. `disorder`: versions whose times are out of order, as they were sent;
    each is marked wherever it is shown.
    """

    stories: int
    revisions: int
    findings: tuple[Finding, ...]
    disorder: tuple[Finding, ...] = ()


def verify(archive: Path, refs: Refs, index: Index, progress: Progress = lambda *_: None) -> Report:
    """Find every problem that there is. Takes time in proportion to the archive.

    `progress` gets the number of revisions checked so far, and how many there are.
    """
    if odd := check_kinds(archive):
        return Report(0, 0, tuple(odd))  # nothing that might hang or lead elsewhere is read
    fault = index.fault()
    with closing(Repository(archive / "stories.git", hashed=True)) as git:
        return _Verification(archive, git, refs, None if fault else index, progress).run(fault)


@dataclass(frozen=True)
class _Verification:
    archive: Path
    git: Repository
    refs: Refs
    index: Index | None
    progress: Progress

    def run(self, fault: str | None) -> Report:
        # The index is read first: it never knows a story that git does not have.
        listed = self.index.tips() if self.index else {}
        heads = self.refs.heads(SHARDS)
        with ThreadPoolExecutor(1) as beside:  # this thread only waits for others
            whole = beside.submit(self._check_whole)
            revisions, suspects, disorder = self._check(heads, listed)
            findings = whole.result()
        lost = listed.keys() - heads.keys()
        lags: list[str] = []
        for story in sorted(suspects | lost):
            checked = self._check_again(story)
            revisions += checked.revisions
            disorder += checked.disorder
            findings += [each for each in checked.findings if each.what != LAGS]
            lags += [story for each in checked.findings if each.what == LAGS]
        findings += self._lagging(lags)
        if fault:
            findings.append(Finding(None, None, f"{fault}: run reindex"))
        return Report(len(heads), revisions, tuple(self._by_pack(findings)), tuple(disorder))

    def _check_whole(self) -> list[Finding]:
        try:
            return [*check_checksums(self.git.path), *self._check_log()]
        finally:
            if self.index:
                self.index.close()  # the connection of this thread

    def _check_log(self) -> list[Finding]:
        findings = list(check_checkpoints(self.git, self.refs, self.index))
        if findings:
            with _at_rest(f"{self.archive}/locks/log", f"{self.archive}/locks/published"):
                self.git.release_files()
                findings = list(check_checkpoints(self.git, self.refs, self.index))
        return findings

    def _check(
        self, heads: Mapping[str, str], listed: Mapping[str, Tip]
    ) -> tuple[int, set[str], list[Finding]]:
        """How many revisions are sound, the stories in which something seems not to be, and the
        versions of the others that are out of order.
        """
        total = sum(tip.revisions for tip in listed.values())
        revisions, suspects = 0, set()
        disorder: list[Finding] = []
        for checked in self._looks(_shares(heads, listed), sum(t.entries for t in listed.values())):
            for story, each in checked.items():
                if each.findings:
                    suspects.add(story)
                else:
                    revisions += each.revisions
                    disorder += each.disorder
            self.progress(revisions, max(total, revisions))
        return revisions, suspects, disorder

    def _looks(
        self, shares: Iterator[dict[str, str]], entries: int
    ) -> Iterator[Mapping[str, Checked]]:
        if entries > _WORTH and workers.count() > 1:
            for _, checked in workers.run(checker, self.archive, shares, _QUEUED):
                yield checked
        else:
            yield from map(Stories(self.git, self.index).check, shares)

    def _check_again(self, story: str) -> Checked:
        """A story while nobody writes to it."""
        with _at_rest(f"{self.archive}/locks/{shard(story)}"):
            self.git.release_files()
            if head := self.refs.head(story):
                return Stories(self.git, self.index).check({story: head})[story]
            listed = self.index and self.index.tip(story).head
            gone = "listed in the index, gone from git"
            what = gone if listed else "its ref is not where one of this name belongs"
            return Checked(0, (Finding(story, None, what),))

    def _lagging(self, stories: list[str]) -> Iterator[Finding]:
        """What an import has stored it adds to the index last: waits for as long as it does."""
        while stories:
            time.sleep(_PAUSE)
            before = stories
            stories = [each for each in before if self._check_again(each).findings]
            if len(stories) == len(before):
                what = f"the index lags behind git in {_count(stories, 'stories')}: run reindex"
                yield Finding(None, None, what)
                return

    def _by_pack(self, findings: list[Finding]) -> Iterator[Finding]:
        """The findings, in which whatever is missing with its pack is one that names the pack."""
        lost: dict[str, list[Finding]] = defaultdict(list)
        if any(each.missing for each in findings):
            packs = missing_packs(self.git.path)
            for each in findings:
                held = (name for name, ids in packs.items() if each.missing in ids)
                lost[next(held, "")].append(each)
            findings = lost.pop("", [])
        for name, some in lost.items():
            stories = sorted({each.story for each in some if each.story})
            what = f"{name}.pack is missing, and with it objects of {_count(stories, 'stories')}"
            what += ": restore it from a backup"
            yield Finding(None, None, what)
        yield from findings


def _count(stories: list[str], what: str) -> str:
    named = ", ".join(stories[:_NAMED]) + (", …" if len(stories) > _NAMED else "")
    return f"{len(stories):,} {what} ({named})"


def _shares(heads: Mapping[str, str], listed: Mapping[str, Tip]) -> Iterator[dict[str, str]]:
    """The stories in parts of about as many entries."""
    share: dict[str, str] = {}
    entries = 0
    for story in sorted(heads):
        share[story] = heads[story]
        entries += listed[story].entries if story in listed else 1
        if entries >= _SHARE:
            yield share
            share, entries = {}, 0
    if share:
        yield share


@contextmanager
def _at_rest(*held: str) -> Iterator[None]:
    with ExitStack() as stack:
        # A disk that rejects locks rejects writes, too.
        with suppress(OSError):
            stack.enter_context(locks.locked(*held))
        yield


def finding_lines(findings: Iterable[Finding], most: int = 20) -> Iterator[str]:
    """The findings as lines; of one kind the first `most`, and how many more there are."""
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        # What is between digits and ids is the kind.
        kind = " ".join(word for word in finding.what.split() if not any(map(str.isdigit, word)))
        kinds[kind].append(finding)
    for some in kinds.values():
        yield from map(str, some[:most])
        if more := some[most:]:
            stories = sorted({each.story for each in more if each.story})
            yield str(
                replace(
                    more[0],
                    story=None,
                    revision=None,
                    version=None,
                    what=(f"the same of {len(more):,} more in {_count(stories, 'stories')}"),
                )
            )
