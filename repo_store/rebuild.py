"""From git to the index: what is missing, and nothing twice."""

from collections.abc import Callable, Iterator
from itertools import islice

from repo_store.codec import decode, decode_message
from repo_store.errors import Damaged
from repo_store.git import GitStore
from repo_store.index import Index, ReadContent
from repo_store.models import Revision

BATCH = 1_000


def content_reader(git: GitStore) -> ReadContent:
    return lambda revision: decode(git.read_blob(revision.blob))


def catch_up(git: GitStore, index: Index, progress: Callable[[int], None] = lambda _: None) -> int:
    """Add to the index what git has beyond it; how many revisions that was.

    Damaged if the index knows more than git: then a ref was moved back or lost, which is for a
    person to look at (`verify`), not to be papered over.
    """
    heads, known = git.refs(), index.heads()
    ahead = sorted(known.keys() - heads.keys())
    if ahead:
        raise Damaged(f"{ahead[0]}: the index knows this story, git does not")
    new = {story: head for story, head in heads.items() if known.get(story) != head}
    if not new:
        return 0
    bases = [known[story] for story in new if story in known]
    arrived = _revisions(git, list(new.values()), bases)
    count = 0
    while batch := list(islice(arrived, BATCH)):
        _check_joined(batch, index)
        index.record(batch, content_reader(git))
        count += len(batch)
        progress(count)
    behind = [
        story for story, head in index.heads().items() if heads.get(story) not in (None, head)
    ]
    if behind:
        raise Damaged(f"{behind[0]}: git and the index hold different chains")
    return count


def catch_up_story(git: GitStore, index: Index, story: str) -> None:
    """The same for one story, when another writer was seen to have moved its ref."""
    head, known = git.head(story), index.tip(story).head
    if head and head != known:
        index.record(_revisions(git, [head], [known] if known else []), content_reader(git))


def _revisions(git: GitStore, heads: list[str], known: list[str]) -> Iterator[Revision]:
    return map(decode_message, git.history(heads, known))


def _check_joined(batch: list[Revision], index: Index) -> None:
    """A story's first new revision must follow the last one that the index has."""
    seen: dict[str, int] = {}
    for revision in batch:
        last = seen.get(revision.story) or index.tip(revision.story).revisions
        if revision.revision != last + 1:
            raise Damaged(
                f"{revision.story}: revision {revision.revision} follows revision {last} in git"
            )
        seen[revision.story] = revision.revision
