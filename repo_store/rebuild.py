"""From git to the index: what is missing, and nothing twice."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from repo_store.codec import decode, decode_message
from repo_store.errors import Damaged
from repo_store.git import GitStore
from repo_store.index import Index, ReadContent, Tip
from repo_store.models import Revision

BATCH = 1_000

Progress = Callable[[int], None]


def content_reader(git: GitStore) -> ReadContent:
    return lambda revision: decode(git.read_blob(revision.blob))


def catch_up(git: GitStore, index: Index, progress: Progress = lambda _: None) -> int:
    """Add to the index what git has beyond it; how many revisions that was.

    Damaged if the index knows more than git, or another chain: then a ref was moved back, rewritten
    or lost, which is for a person to look at (`verify`), not to be papered over.
    """
    # The index is read first: a writer moves the ref, then writes the index, so git is never behind
    # what the index said before.
    known = index.tips()
    return _add(git, index, known, git.refs(), progress)


def catch_up_story(git: GitStore, index: Index, story: str) -> int:
    """The same for one story, when another writer was seen to have moved its ref."""
    tip, head = index.tip(story), git.head(story)
    known = {story: tip} if tip.head else {}
    return _add(git, index, known, {story: head} if head else {}, lambda _: None)


def _add(
    git: GitStore,
    index: Index,
    known: Mapping[str, Tip],
    heads: Mapping[str, str],
    progress: Progress,
) -> int:
    lost = sorted(known.keys() - heads.keys())
    if lost:
        raise Damaged(f"{lost[0]}: the index knows this story, git does not")
    tips = {story: known.get(story, Tip()) for story in heads}
    behind = {story: head for story, head in heads.items() if tips[story].head != head}
    if not behind:
        return 0
    reached = {story: (tips[story].head, tips[story].revisions) for story in behind}
    bases = [tip.head for story in behind if (tip := tips[story]).head]
    arrived = _joined(map(decode_message, git.history(behind.values(), bases)), reached)
    count = 0
    while batch := list(islice(arrived, BATCH)):
        index.record(batch, content_reader(git))
        count += len(batch)
        progress(count)
    for story, head in behind.items():
        if reached[story][0] != head:
            raise Damaged(f"{story}: the index knows revisions that git does not")
    return count


def _joined(
    revisions: Iterator[Revision], reached: dict[str, tuple[str | None, int]]
) -> Iterator[Revision]:
    """The revisions, each checked to follow the one reached before; `reached` goes along."""
    for revision in revisions:
        _, last = reached.get(revision.story, (None, 0))
        if revision.revision != last + 1:
            found = f"revision {revision.revision} where {last + 1} is due"
            raise Damaged(f"{revision.story}: git has {found}")
        reached[revision.story] = (revision.commit, revision.revision)
        yield revision
