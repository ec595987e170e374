"""The rows of whole stories, worked out by other processes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from repo_store import workers
from repo_store.errors import Damaged
from repo_store.git.repository import Repository
from repo_store.history.commits import decode_chain
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import Tip
from repo_store.index.mapping import PreparedRows, StoryUpdate, prepare
from repo_store.story.content import Content

Heads = dict[str, str]


def read(
    repository: Path, heads: Heads, share: int, queued: int
) -> Iterator[tuple[Heads, PreparedRows | None]]:
    """The rows of whole stories, `share` at a time, each part with its stories' heads; None if one
    of them is damaged.

    `queued` shares for each worker are read ahead.
    """
    return workers.run(reader, repository, _shares(heads, share), queued)


def _shares(heads: Heads, share: int) -> Iterator[Heads]:
    rest = iter(heads.items())
    while some := dict(islice(rest, share)):
        yield some


def reader(repository: Path) -> Callable[[Heads], PreparedRows | None]:
    """Called in a process of its own."""
    git = Repository(repository)
    contents = ContentCache(git)

    def rows(heads: Mapping[str, str]) -> PreparedRows | None:
        try:
            updates = [
                StoryUpdate({"id": story}, records)
                for story, chain in git.chains(heads, {})
                if (records := list(decode_chain(story, Tip(), chain)))
            ]
            return prepare(updates, sound)
        except Damaged:
            return None

    def sound(blobs: list[str]) -> Sequence[Content]:
        found: list[Content] = []
        for each in contents.read_each(blobs):
            if isinstance(each, Damaged):
                raise each
            found.append(each)
        return found

    return rows
