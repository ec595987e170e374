"""From git to the index: what is missing, and nothing twice."""

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
from repo_store.history.redaction import lawfully
from repo_store.history.trailers import whole_chain
from repo_store.index.mapping import PreparedRows
from repo_store.index.read_model import LOG, Index
from repo_store.indexing import workers
from repo_store.log import checkpoints
from repo_store.log.checkpoints import LOG_REF

# What is written in one transaction: some thousand stories, their words some megabytes.
BATCH = 10_000
_WORDS = 16_000_000
# Stories that are read first, to see how long the others will take.
_TRIED = 100

Progress = Callable[[int], None]


def catch_up(
    git: Repository,
    refs: Refs,
    texts: ContentCache,
    index: Index,
    progress: Progress = lambda _: None,
) -> int:
    """Add to the index what git has beyond it; how many revisions that was.

    Looks only where git's files changed since the index last caught up. Damaged if the index knows
    more than git, or another chain: then a ref was moved back, rewritten or lost, which is for a
    person to look at (`verify`), not to be papered over.
    """
    stamps, seen = refs.stamps(), index.seen()
    _take_log(git, refs.read(LOG_REF), index, seen.get(LOG))
    changed = {each for each, stamp in stamps.items() if not stamp or seen.get(each) != stamp}
    if not changed:
        return 0
    shards = stamps.keys() - {""} if "" in changed else changed
    refs.clean(shards)
    # The index is read first: a writer moves the ref, then writes the index, so git is never behind
    # what the index said before.
    known = index.tips(None if "" in changed else shards)
    count = _add(git, texts, index, known, refs.heads(shards), progress)
    if new := {each: stamps[each] for each in changed if stamps[each]}:
        index.see(new)
    return count


class LogOrderMismatch(Exception):
    """The index has the log's leaves in another order than git, and has to be rebuilt."""


def _take_log(git: Repository, head: str | None, index: Index, known: str | None) -> None:
    if head != known:
        for each in checkpoints.read_since(git, head, known):
            if not index.add_checkpoint(each):
                raise LogOrderMismatch


def catch_up_stories(
    git: Repository, refs: Refs, texts: ContentCache, index: Index, stories: list[str]
) -> int:
    """The same for some stories, when another writer was seen to have moved their refs."""
    known = {story: tip for story in stories if (tip := index.tip(story)).head}
    heads = refs.heads_of(stories)
    return _add(git, texts, index, known, heads, lambda _: None)


def _add(
    git: Repository,
    texts: ContentCache,
    index: Index,
    known: Mapping[str, Tip],
    heads: Mapping[str, str],
    progress: Progress,
) -> int:
    if lost := sorted(known.keys() - heads.keys()):
        raise Damaged(f"{lost[0]}: the index knows this story, git does not")
    # In the order of their ids, as the index keeps them: its pages are then written once.
    behind = {
        story: head
        for story, head in sorted(heads.items())
        if story not in known or known[story].head != head
    }
    count = 0
    for added in _added(git, texts, index, known, behind):
        progress(count := count + added)
    return count


def _added(
    git: Repository,
    texts: ContentCache,
    index: Index,
    known: Mapping[str, Tip],
    behind: dict[str, str],
) -> Iterator[int]:
    """Add all of these stories; how many revisions came with each transaction."""
    some = {story: behind.pop(story) for story in list(islice(behind, _TRIED))}
    start = time.monotonic()
    yield from _read_here(git, texts, index, known, some)
    each = (time.monotonic() - start) / max(1, len(some))
    new = [story for story in behind if story not in known]
    if each * len(new) > workers.WORTH and (os.cpu_count() or 1) > 1:
        heads = {story: behind.pop(story) for story in new}
        for some, rows in _together(workers.rows(git.path, heads)):
            index.apply(rows, partial(_again, git, texts, index, some))
            yield len(rows.revisions)
    yield from _read_here(git, texts, index, known, behind)


def _read_here(
    git: Repository,
    texts: ContentCache,
    index: Index,
    known: Mapping[str, Tip],
    heads: Mapping[str, str],
) -> Iterator[int]:
    bases = {story: tip.head for story in heads if (tip := known.get(story)) and tip.head}
    for batch in _batches(known, _put_right(texts, index, git.chains(heads, bases), known)):
        index.record(batch, texts.fields)
        yield len(batch)


def _put_right(
    texts: ContentCache,
    index: Index,
    chains: Iterable[tuple[str, list[Commit | Damaged]]],
    known: Mapping[str, Tip],
) -> Iterator[tuple[str, list[Commit | Damaged]]]:
    """Chains that go on from where they are known to stand; one that was rewritten by a lawful
    removal is taken in at once.
    """
    for story, chain in chains:
        if known.get(story, Tip()).entries and chain and _begins(chain[0]):
            records = list(whole_chain(story, Tip(), chain))
            if lawfully([*index.chain(story), *index.actions(story)], records):
                index.rewrite(records, texts.fields)
                continue
        yield story, chain


def _begins(commit: Commit | Damaged) -> bool:
    return isinstance(commit, Commit) and not commit.parents


def _together(
    read: Iterable[tuple[dict[str, str], PreparedRows]],
) -> Iterator[tuple[dict[str, str], PreparedRows]]:
    """The same, more at a time: it takes the index less to write much at once."""
    heads: dict[str, str] = {}
    rows = PreparedRows.nothing()
    words = 0
    for each, more in read:
        heads |= each
        rows.extend(more)
        words += sum(len(come) for _, come in more.words)
        if len(rows.revisions) >= BATCH or words >= _WORDS:
            yield heads, rows
            heads, rows, words = {}, PreparedRows.nothing(), 0
    if heads:
        yield heads, rows


def _again(
    git: Repository, texts: ContentCache, index: Index, heads: Mapping[str, str]
) -> PreparedRows:
    records = [each for some in _batches({}, git.chains(heads, {})) for each in some]
    return index.prepare(records, texts.fields)


def _batches(
    known: Mapping[str, Tip], chains: Iterable[tuple[str, list[Commit | Damaged]]]
) -> Iterator[list[Record]]:
    """Records of whole stories, some thousands at a time."""
    batch: list[Record] = []
    for story, chain in chains:
        batch += whole_chain(story, known.get(story, Tip()), chain)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
