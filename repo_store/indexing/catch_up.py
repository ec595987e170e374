"""Catching up: from git to the index, only what is missing, and nothing twice."""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import NamedTuple

from repo_store.errors import Damaged, MalformedRecord
from repo_store.git.objects import Commit
from repo_store.git.refs import SHARDS, Refs
from repo_store.git.repository import Repository
from repo_store.history.commits import decode_chain
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Record, Revision, Tip
from repo_store.history.redaction import is_authorised
from repo_store.ids import shard
from repo_store.index.mapping import PreparedRows
from repo_store.index.read_model import LOG, NEXT, PUBLISHED, Index
from repo_store.indexing.rows import read as read_rows
from repo_store.log import checkpoint_commits

log = logging.getLogger(__name__)

Progress = Callable[[int], None]
_Chain = list[Commit | Damaged]


class Tuning(NamedTuple):
    """`batch` records or `words` characters for the search go into one transaction.

    `sample` stories are read first, to estimate the time for the others; `worth` seconds of reading
    justify starting worker processes, which read `share` stories at a time and have `queued` shares
    each ready while the index is being written.
    """

    batch: int = 10_000
    words: int = 16_000_000
    sample: int = 100
    worth: float = 2.0
    share: int = 250
    queued: int = 8


class LogOrderMismatch(Exception):
    """The index has the log's leaves in another order than git, and has to be rebuilt."""


@dataclass(frozen=True)
class CatchUp:
    """Adds to an index what git has beyond it."""

    git: Repository
    refs: Refs
    contents: ContentCache
    index: Index
    tuning: Tuning = Tuning()  # noqa: RUF009 a constant tuple
    damaged: set[str] = field(default_factory=set)
    """The stories that could not be read, and are not in the index as git has them."""

    def run(self, progress: Progress = lambda _: None) -> int:
        """All stories and the log; returns how many revisions that added.

        Looks only where git's files changed since the last time. Raises Damaged if the index knows
        more than git, or another chain: a ref was then moved back, rewritten or lost, which is for
        a person to look at (`verify`), and is never papered over. A story with a commit that cannot
        be read stays as it is known; the log names it, and the next time looks at it again.
        """
        stamps, seen = self.refs.stamps(), self.index.seen()
        self._log(seen.get(LOG))
        self._next(seen.get(NEXT))
        self._published(seen.get(PUBLISHED))
        changed = {each for each, stamp in stamps.items() if not stamp or seen.get(each) != stamp}
        if not changed:
            return 0
        shards = stamps.keys() - {""} if "" in changed else changed
        self.refs.clean(shards)
        # The index is read first: a writer moves the ref, then writes the index, so git is never
        # behind what the index said before.
        known = self.index.tips(None if "" in changed else shards)
        count = self._add(known, self.refs.heads(shards), progress)
        again = {shard(story) for story in self.damaged}
        if new := {each: stamps[each] for each in changed - again if stamps[each]}:
            self.index.set_seen(new)
        return count

    def lag(self) -> int:
        """How many stories' heads are not what the index says.

        Looks only where git's files changed since the last time that it or `run` found the two in
        step, so that it can be asked often.
        """
        stamps, seen = self.refs.stamps(), self.index.seen()
        changed = {each for each, stamp in stamps.items() if not stamp or seen.get(each) != stamp}
        everywhere = "" in changed
        known = self.index.tips(None if everywhere else changed)
        heads = self.refs.heads(SHARDS if everywhere else changed)
        differing = {
            story
            for story in known.keys() | heads.keys()
            if heads.get(story) != known.get(story, Tip()).head
        }
        # Looked at again, one by one: most were only being written to meanwhile.
        behind = sum(self.index.tip(each).head != self.refs.head(each) for each in differing)
        if not behind and (new := {each: stamps[each] for each in changed if stamps[each]}):
            self.index.set_seen(new)
        return behind

    def stories(self, stories: list[str]) -> int:
        """The same for some stories, after another writer moved their refs."""
        known = {story: tip for story in stories if (tip := self.index.tip(story)).head}
        return self._add(known, self.refs.heads_of(stories), lambda _: None)

    def _log(self, known: str | None) -> None:
        head = self.refs.read(checkpoint_commits.LOG_REF)
        if head != known:
            for stored in checkpoint_commits.read_since(self.git, head, known):
                if not self.index.add_checkpoint(stored):
                    raise LogOrderMismatch

    def _next(self, known: str | None) -> None:
        """Leaves that may have been signed when a crash came, though the log has no checkpoint of
        them: an index that is rebuilt must have them in the same order.
        """
        intent = self.refs.read(checkpoint_commits.NEXT_REF)
        if intent and intent != known:
            last = self.index.log.last_checkpoint()
            signed = last[1].size if last else 0
            stored = checkpoint_commits.read_next(self.git, intent, signed)
            if stored and not self.index.add_leaves(stored):
                raise LogOrderMismatch
            self.index.set_seen({NEXT: intent})

    def _published(self, known: str | None) -> None:
        head = self.refs.read(checkpoint_commits.PUBLISHED_REF)
        if head != known:
            checkpoints = checkpoint_commits.read_since(self.git, head, known)
            if not self.index.add_published(checkpoints):
                raise LogOrderMismatch

    def _add(self, known: Mapping[str, Tip], heads: Mapping[str, str], progress: Progress) -> int:
        if lost := sorted(known.keys() - heads.keys()):
            raise Damaged(f"{lost[0]}: the index knows this story, git does not")
        # In the order of their ids, as the index stores them: each of its pages is written once.
        behind = {
            story: head
            for story, head in sorted(heads.items())
            if story not in known or known[story].head != head
        }
        count = 0
        for added in self._added(known, behind):
            progress(count := count + added)
        return count

    def _added(self, known: Mapping[str, Tip], behind: dict[str, str]) -> Iterator[int]:
        """Add all of these stories; yields how many revisions each transaction added."""
        sample = {story: behind.pop(story) for story in list(islice(behind, self.tuning.sample))}
        start = time.monotonic()
        yield from self._read_here(known, sample)
        seconds = (time.monotonic() - start) / max(1, len(sample))
        new = [story for story in behind if story not in known]
        if seconds * len(new) > self.tuning.worth and (os.cpu_count() or 1) > 1:
            heads = {story: behind.pop(story) for story in new}
            parts = read_rows(self.git.path, heads, self.tuning.share, self.tuning.queued)
            for some, rows in self._merged(_sound(parts, behind)):
                self.index.apply(rows, partial(self._prepare_again, some))
                yield len(rows.revisions)
        yield from self._read_here(known, behind)

    def _read_here(self, known: Mapping[str, Tip], heads: Mapping[str, str]) -> Iterator[int]:
        bases = {story: tip.head for story in heads if (tip := known.get(story)) and tip.head}
        chains = self._without_redacted(self._readable(self.git.chains(heads, bases)), known)
        for batch in self._batches(known, chains):
            self.index.record(batch, self.contents.read_each)
            yield sum(isinstance(each, Revision) for each in batch)

    def _readable(self, chains: Iterable[tuple[str, _Chain]]) -> Iterator[tuple[str, _Chain]]:
        for story, chain in chains:
            fault = next((each for each in chain if isinstance(each, Damaged)), None)
            if fault is None:
                yield story, chain
            else:
                self._leave_out(story, fault)

    def _leave_out(self, story: str, fault: Damaged) -> None:
        log.error("%s is damaged, so the index lacks it or its newest entries: %s", story, fault)
        self.damaged.add(story)

    def _without_redacted(
        self, chains: Iterable[tuple[str, _Chain]], known: Mapping[str, Tip]
    ) -> Iterator[tuple[str, _Chain]]:
        """The chains that continue from their known tip; redacted ones are indexed at once."""
        for story, chain in chains:
            if known.get(story, Tip()).entries and chain and _is_first(chain[0]):
                records = list(decode_chain(story, Tip(), chain))
                if is_authorised([*self.index.chain(story), *self.index.actions(story)], records):
                    self.index.rewrite(records, self.contents.read_each)
                    continue
            yield story, chain

    def _merged(
        self, parts: Iterable[tuple[dict[str, str], PreparedRows]]
    ) -> Iterator[tuple[dict[str, str], PreparedRows]]:
        """The same rows in larger parts: the index writes them in less time."""
        heads: dict[str, str] = {}
        rows = PreparedRows.empty()
        words = 0
        for some, more in parts:
            heads |= some
            rows.extend(more)
            words += sum(change.size for change in more.search)
            if len(rows.revisions) >= self.tuning.batch or words >= self.tuning.words:
                yield heads, rows
                heads, rows, words = {}, PreparedRows.empty(), 0
        if heads:
            yield heads, rows

    def _prepare_again(self, heads: Mapping[str, str]) -> PreparedRows:
        batches = self._batches({}, self._readable(self.git.chains(heads, {})))
        records = [record for batch in batches for record in batch]
        return self.index.prepare(records, self.contents.read_each)

    def _batches(
        self, known: Mapping[str, Tip], chains: Iterable[tuple[str, _Chain]]
    ) -> Iterator[list[Record]]:
        """The records of whole stories, some thousands at a time."""
        batch: list[Record] = []
        for story, chain in chains:
            try:
                batch += list(decode_chain(story, known.get(story, Tip()), chain))
            except Damaged as error:
                if story in known and not isinstance(error, MalformedRecord):
                    raise
                self._leave_out(story, error)
            if len(batch) >= self.tuning.batch:
                yield batch
                batch = []
        if batch:
            yield batch


def _sound(
    parts: Iterable[tuple[dict[str, str], PreparedRows | None]], behind: dict[str, str]
) -> Iterator[tuple[dict[str, str], PreparedRows]]:
    """The parts that could be read; the stories of others go to `behind`, to be read one by one."""
    for some, rows in parts:
        if rows is None:
            behind.update(some)
        else:
            yield some, rows


def _is_first(commit: Commit | Damaged) -> bool:
    return isinstance(commit, Commit) and not commit.parents
