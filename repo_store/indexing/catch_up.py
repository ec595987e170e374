"""Catching up: from git to the index, only what is missing, and nothing twice."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice

from repo_store.errors import Damaged
from repo_store.git.objects import Commit
from repo_store.git.refs import Refs
from repo_store.git.repository import Repository
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Record, Tip
from repo_store.history.redaction import is_authorised
from repo_store.history.trailers import decode_chain
from repo_store.index.mapping import PreparedRows
from repo_store.index.read_model import LOG, Index
from repo_store.indexing import workers
from repo_store.log import checkpoint_commits

# One transaction: so many records, and so many characters of words for the search.
BATCH = 10_000
_WORDS = 16_000_000
# Stories that are read first, to estimate how long the others will take.
_SAMPLE = 100

Progress = Callable[[int], None]


class LogOrderMismatch(Exception):
    """The index has the log's leaves in another order than git, and has to be rebuilt."""


def catch_up(
    git: Repository,
    refs: Refs,
    contents: ContentCache,
    index: Index,
    progress: Progress = lambda _: None,
) -> int:
    """Add to the index what git has beyond it; returns how many revisions that were.

    Looks only where git's files changed since the last time. Raises Damaged if the index knows
    more than git, or another chain: a ref was then moved back, rewritten or lost, which is for a
    person to look at (`verify`), and is never papered over.
    """
    stamps, seen = refs.stamps(), index.seen()
    _catch_up_log(git, refs.read(checkpoint_commits.LOG_REF), index, seen.get(LOG))
    changed = {each for each, stamp in stamps.items() if not stamp or seen.get(each) != stamp}
    if not changed:
        return 0
    shards = stamps.keys() - {""} if "" in changed else changed
    refs.clean(shards)
    # The index is read first: a writer moves the ref, then writes the index, so git is never behind
    # what the index said before.
    known = index.tips(None if "" in changed else shards)
    count = _add(git, contents, index, known, refs.heads(shards), progress)
    if new := {each: stamps[each] for each in changed if stamps[each]}:
        index.set_seen(new)
    return count


def catch_up_stories(
    git: Repository, refs: Refs, contents: ContentCache, index: Index, stories: list[str]
) -> int:
    """The same for some stories, after another writer moved their refs."""
    known = {story: tip for story in stories if (tip := index.tip(story)).head}
    heads = refs.heads_of(stories)
    return _add(git, contents, index, known, heads, lambda _: None)


def _catch_up_log(git: Repository, head: str | None, index: Index, known: str | None) -> None:
    if head != known:
        for stored in checkpoint_commits.read_since(git, head, known):
            if not index.add_checkpoint(stored):
                raise LogOrderMismatch


def _add(
    git: Repository,
    contents: ContentCache,
    index: Index,
    known: Mapping[str, Tip],
    heads: Mapping[str, str],
    progress: Progress,
) -> int:
    if lost := sorted(known.keys() - heads.keys()):
        raise Damaged(f"{lost[0]}: the index knows this story, git does not")
    # In the order of their ids, as the index stores them: each of its pages is then written once.
    behind = {
        story: head
        for story, head in sorted(heads.items())
        if story not in known or known[story].head != head
    }
    count = 0
    for added in _added(git, contents, index, known, behind):
        progress(count := count + added)
    return count


def _added(
    git: Repository,
    contents: ContentCache,
    index: Index,
    known: Mapping[str, Tip],
    behind: dict[str, str],
) -> Iterator[int]:
    """Add all of these stories; yields how many revisions each transaction added."""
    sample = {story: behind.pop(story) for story in list(islice(behind, _SAMPLE))}
    start = time.monotonic()
    yield from _read_here(git, contents, index, known, sample)
    seconds = (time.monotonic() - start) / max(1, len(sample))
    new = [story for story in behind if story not in known]
    if seconds * len(new) > workers.WORTH and (os.cpu_count() or 1) > 1:
        heads = {story: behind.pop(story) for story in new}
        for some, rows in _merged(workers.read(git.path, heads)):
            index.apply(rows, partial(_prepare_again, git, contents, index, some))
            yield len(rows.revisions)
    yield from _read_here(git, contents, index, known, behind)


def _read_here(
    git: Repository,
    contents: ContentCache,
    index: Index,
    known: Mapping[str, Tip],
    heads: Mapping[str, str],
) -> Iterator[int]:
    bases = {story: tip.head for story in heads if (tip := known.get(story)) and tip.head}
    chains = _without_redacted(contents, index, git.chains(heads, bases), known)
    for batch in _batches(known, chains):
        index.record(batch, contents.fields)
        yield len(batch)


def _without_redacted(
    contents: ContentCache,
    index: Index,
    chains: Iterable[tuple[str, list[Commit | Damaged]]],
    known: Mapping[str, Tip],
) -> Iterator[tuple[str, list[Commit | Damaged]]]:
    """The chains that continue from their known tip; redacted ones are indexed at once."""
    for story, chain in chains:
        if known.get(story, Tip()).entries and chain and _is_first(chain[0]):
            records = list(decode_chain(story, Tip(), chain))
            if is_authorised([*index.chain(story), *index.actions(story)], records):
                index.rewrite(records, contents.fields)
                continue
        yield story, chain


def _is_first(commit: Commit | Damaged) -> bool:
    return isinstance(commit, Commit) and not commit.parents


def _merged(
    parts: Iterable[tuple[dict[str, str], PreparedRows]],
) -> Iterator[tuple[dict[str, str], PreparedRows]]:
    """The same rows in larger parts: the index writes them in less time."""
    heads: dict[str, str] = {}
    rows = PreparedRows.empty()
    words = 0
    for some, more in parts:
        heads |= some
        rows.extend(more)
        words += sum(len(added) for _, added in more.words)
        if len(rows.revisions) >= BATCH or words >= _WORDS:
            yield heads, rows
            heads, rows, words = {}, PreparedRows.empty(), 0
    if heads:
        yield heads, rows


def _prepare_again(
    git: Repository, contents: ContentCache, index: Index, heads: Mapping[str, str]
) -> PreparedRows:
    records = [record for batch in _batches({}, git.chains(heads, {})) for record in batch]
    return index.prepare(records, contents.fields)


def _batches(
    known: Mapping[str, Tip], chains: Iterable[tuple[str, list[Commit | Damaged]]]
) -> Iterator[list[Record]]:
    """The records of whole stories, some thousands at a time."""
    batch: list[Record] = []
    for story, chain in chains:
        batch += decode_chain(story, known.get(story, Tip()), chain)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
