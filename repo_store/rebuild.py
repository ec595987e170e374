"""From git to the index: what is missing, and nothing twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from repo_store.codec import Commit, decode_message
from repo_store.errors import Damaged
from repo_store.git import GitStore
from repo_store.index import Index
from repo_store.models import Revision
from repo_store.refs import Refs
from repo_store.rows import Tip
from repo_store.texts import Texts

BATCH = 1_000

Progress = Callable[[int], None]


def catch_up(
    git: GitStore,
    refs: Refs,
    texts: Texts,
    index: Index,
    progress: Progress = lambda _: None,
) -> int:
    """Add to the index what git has beyond it; how many revisions that was.

    Looks only where git's files changed since the index last caught up. Damaged if the index knows
    more than git, or another chain: then a ref was moved back, rewritten or lost, which is for a
    person to look at (`verify`), not to be papered over.
    """
    stamps, seen = refs.stamps(), index.seen()
    changed = {each for each, stamp in stamps.items() if not stamp or seen.get(each) != stamp}
    if not changed:
        return 0
    shards = stamps.keys() - {""} if "" in changed else changed
    # The index is read first: a writer moves the ref, then writes the index, so git is never behind
    # what the index said before.
    known = index.tips(None if "" in changed else shards)
    count = _add(git, texts, index, known, refs.heads(shards), progress)
    if new := {each: stamps[each] for each in changed if stamps[each]}:
        index.see(new)
    return count


def catch_up_stories(
    git: GitStore, refs: Refs, texts: Texts, index: Index, stories: list[str]
) -> int:
    """The same for some stories, when another writer was seen to have moved their refs."""
    known = {story: tip for story in stories if (tip := index.tip(story)).head}
    heads = refs.heads_of(stories)
    return _add(git, texts, index, known, heads, lambda _: None)


def _add(
    git: GitStore,
    texts: Texts,
    index: Index,
    known: Mapping[str, Tip],
    heads: Mapping[str, str],
    progress: Progress,
) -> int:
    if lost := sorted(known.keys() - heads.keys()):
        raise Damaged(f"{lost[0]}: the index knows this story, git does not")
    behind = {
        story: head
        for story, head in heads.items()
        if story not in known or known[story].head != head
    }
    bases = {story: tip.head for story in behind if (tip := known.get(story)) and tip.head}
    count = 0
    for batch in _batches(known, git.chains(behind, bases)):
        index.record(batch, texts.fields)
        progress(count := count + len(batch))
    return count


def _batches(
    known: Mapping[str, Tip], chains: Iterable[tuple[str, list[Commit | Damaged]]]
) -> Iterator[list[Revision]]:
    """Revisions of whole stories, some thousands at a time."""
    batch: list[Revision] = []
    for story, chain in chains:
        batch += _joined(story, known.get(story, Tip()), map(_whole, chain))
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _whole(commit: Commit | Damaged) -> Revision:
    if isinstance(commit, Damaged):
        raise commit
    return decode_message(commit)


def _joined(story: str, tip: Tip, revisions: Iterator[Revision]) -> Iterator[Revision]:
    """The revisions, each checked to follow the one before, the first to follow the tip."""
    last = tip.revisions
    for revision in revisions:
        if revision.story != story:
            raise Damaged(f"{story}: its ref leads to {revision.story}")
        if revision.revision != last + 1:
            if revision.revision <= last:
                raise Damaged(f"{story}: the index knows revisions that git does not")
            raise Damaged(f"{story}: git has revision {revision.revision} where {last + 1} is due")
        last += 1
        yield revision
