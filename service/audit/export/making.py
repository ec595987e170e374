"""Making an export's files: shares of work, and the processes that do them.

Comparing, setting and compressing take nearly all of an export's time, and need nothing but the
archive; one process then puts what comes of it into the zip, in order. So the bytes are the same
however many processes there are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from repo_store import (
    Archive,
    Damaged,
    StoredCheckpoint,
    pack_entry,
    printable,
    workers,
)
from service.audit.export.bag import File, Packed, packed
from service.audit.export.pdf import PdfSettings
from service.audit.export.story_files import (
    Section,
    json_line,
    removal_register,
    revision_files,
    shown,
    story_files,
    summary_files,
)
from service.audit.published import public_records
from service.audit.snapshot import Snapshot, StorySnapshot, Texts

SHARE = 25
"""How many revisions, or entries, are one share: of a long story, or of several short ones."""
_WORTH = 4_000
"""From so many entries on, more processes save more than it takes to start them."""
_QUEUED = 2


class Task(NamedTuple):
    """What all shares of an export have in common. `public`: how many leaves of the public log are
    in it.
    """

    checkpoint: StoredCheckpoint
    drafts: bool
    pdf: PdfSettings | None
    word: bool
    public: int


class Share(NamedTuple):
    """A story; of a long one, with an `end`, the revisions shown from `first` to before it, which
    are its `last` or not. `damaged`: it cannot be read, and why.
    """

    story: str
    first: int = 0
    end: int | None = None
    last: bool = True
    damaged: str = ""


class Made(NamedTuple):
    """What came of a share: its files, or why there are none (`damaged`).

    `sections`: of the report of a long story, which is made with its last part; `title`: what the
    story is called in the last of them. `records`: lines of the public log's. `shapes`: by name,
    those that its texts have.
    """

    share: Share
    files: tuple[Packed, ...] = ()
    sections: tuple[bytes, ...] = ()
    title: str = ""
    removals: tuple[bytes, ...] = ()
    records: tuple[bytes, ...] = ()
    shapes: frozenset[str] = frozenset()
    damaged: str = ""


class Maker:
    """Makes what one export needs; each process has its own."""

    def __init__(self, task: Task, archive: Archive) -> None:
        self._task = task
        self._archive = archive
        self._snapshot = Snapshot(archive, task.checkpoint.size)
        self._long = lru_cache(1)(self._snapshot.story)

    def shares(self, stories: Iterable[str]) -> Iterator[tuple[Share, ...]]:
        """The work on these stories, some `SHARE` revisions at a time. A long story is read once
        before it is shared out, so that nothing is given out of one that is damaged.
        """
        some: list[Share] = []
        room = SHARE
        for story in stories:
            entries = self._snapshot.entries(story)
            if some and entries > room:
                yield tuple(some)
                some, room = [], SHARE
            if entries <= SHARE:
                some.append(Share(story))
                room -= entries
            elif damaged := self._damage(story):
                yield (Share(story, damaged=damaged),)
            else:
                end = len(shown(self._long(story), self._task.drafts))
                for first in range(0, max(end, 1), SHARE):
                    last = first + SHARE >= end
                    yield (Share(story, first, min(first + SHARE, end), last),)
        if some:
            yield tuple(some)

    def made(self, shares: Iterable[Share]) -> list[Made]:
        """Raises Damaged if a part of a long story cannot be read, or a story was rewritten by a
        removal: the export cannot go on.
        """
        return list(map(self._made, shares))

    def whole(self, parts: Iterable[Made]) -> Iterator[Made]:
        """The same, but with a long story's report in its last part."""
        sections: list[bytes] = []
        title = ""
        for made in parts:
            if made.share.end is not None:
                sections += made.sections
                title = made.title or title
                if made.share.last:
                    story = self._long(made.share.story)
                    files = summary_files(
                        story, title, sections, self._task.checkpoint, self._task.pdf
                    )
                    whole = (*made.files, *map(packed, files))
                    yield self._whole(made.share, story, whole, made.shapes)
                    sections, title = [], ""
                    continue
            yield made

    def entries(self, commits: Sequence[tuple[str, bool]]) -> tuple[int, bytes]:
        """What a pack has of the objects of these commits, and how many they are."""
        packs = list(map(pack_entry, self._snapshot.objects(commits)))
        return len(packs), b"".join(packs)

    def _made(self, share: Share) -> Made:
        if share.damaged:
            return Made(share, damaged=share.damaged)
        if share.end is not None:
            return self._part(share, share.end)
        try:
            story = self._snapshot.story(share.story)
            texts = self._snapshot.texts(story.revisions)
        except Damaged as error:
            return Made(share, damaged=self._problem(share.story, error))
        files = tuple(map(packed, story_files(story, texts, *self._task[:4])))
        return self._whole(share, story, files, _shapes(texts))

    def _whole(
        self,
        share: Share,
        story: StorySnapshot,
        files: tuple[Packed, ...],
        shapes: frozenset[str],
    ) -> Made:
        """With what the lists of an export say of a story."""
        said = story.id, story.revisions, story.actions
        records = (
            json_line({"number": number, "record": line})
            for number, line in public_records(self._archive, *said, self._task.public)
        )
        removals = tuple(removal_register(story))
        return Made(share, files, removals=removals, records=tuple(records), shapes=shapes)

    def _part(self, share: Share, end: int) -> Made:
        story = self._long(share.story)
        revisions = shown(story, self._task.drafts)
        part = revisions[share.first : end]
        before = revisions[share.first - 1] if share.first else None
        if before and not before.version:
            before = None
        try:
            texts = self._snapshot.texts([before, *part] if before else part)
        except Damaged as error:
            raise Damaged(f"{share.story}: {error}") from None
        parts = list(
            revision_files(story, part, before, texts, self._task.checkpoint, self._task.word)
        )
        sections = [each for each in parts if isinstance(each, Section)]
        titles = [each.title for each in sections if each.title]
        return Made(
            share,
            tuple(packed(each) for each in parts if isinstance(each, File)),
            tuple(each.html for each in sections),
            titles[-1] if titles else "",
            shapes=_shapes(texts),
        )

    def _damage(self, story: str) -> str:
        """Why a story cannot be read; nothing if it can."""
        try:
            self._snapshot.check(self._long(story))
        except Damaged as error:
            return self._problem(story, error)
        return ""

    def _problem(self, story: str, error: Damaged) -> str:
        if not self._snapshot.is_current(story):
            raise error
        return printable(str(error))


def _shapes(texts: Texts) -> frozenset[str]:
    return frozenset(content.shape.name for _, content in texts.values() if content)


Job = Callable[[Maker], Any]
"""Such as `methodcaller("made", shares)`: it can be sent to another process."""
Run = Callable[[Iterable[Job]], Iterator[Any]]
"""Gives the results of jobs, in their order."""


@contextmanager
def makers(archive: Archive, task: Task, entries: int) -> Iterator[tuple[Maker, Run]]:
    """A maker, and what does its jobs: here, or if there is much to do in several processes, which
    end with the context.
    """
    own = Maker(task, archive)
    if entries < _WORTH or workers.count() == 1:
        yield own, lambda jobs: (job(own) for job in jobs)
        return
    with workers.pool(partial(_start, task), archive.path.absolute(), _QUEUED) as run:
        yield own, lambda jobs: (result for _, result in run(jobs))


def _start(task: Task, path: Path) -> Callable[[Job], Any]:
    maker = Maker(task, Archive.open_as_found(path, partial(datetime.now, UTC)))
    return lambda job: job(maker)
