"""A batch: what is written together, and what the stories will be like once it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from repo_store.git.objects import GitObject
from repo_store.history import commits
from repo_store.history.content_cache import ContentCache
from repo_store.history.records import (
    Action,
    ActionInput,
    Record,
    Revision,
    RevisionInput,
    State,
    Tip,
)
from repo_store.history.state_machine import apply
from repo_store.index.read_model import Index
from repo_store.story.content import Content
from repo_store.story.tombstone import Tombstone
from repo_store.write.bulk_import import Standing
from repo_store.write.group_commit import PendingWrite
from repo_store.write.writer_lock import WriterLock


@dataclass
class Batch:
    """Revisions and actions being written together; nothing is visible until `Archive.batch` ends.

    `tip`, `revision` and `newest` see what the batch has added already.
    """

    _contents: ContentCache
    _index: Index
    _clock: Callable[[], datetime]
    _lock: WriterLock
    _tips: dict[str, Tip] = field(default_factory=dict)
    _moves: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    _revisions: dict[tuple[str, int], Revision] = field(default_factory=dict)
    _newest: dict[tuple[str, State], Revision | None] = field(default_factory=dict)
    _objects: list[GitObject] = field(default_factory=list)
    written: list[Record] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    """The other ids that the batch has given, with the story of each."""

    @property
    def size(self) -> int:
        """The bytes of all objects to be stored, before they are compressed."""
        return sum(len(item.data) for item in self._objects)

    def tip(self, story: str) -> Tip:
        """The story's tip when the batch first asked, and what the batch added since.

        Read once: what is decided on one tip must not be written on top of a later one.
        """
        if story not in self._tips:
            self._tips[story] = self._index.tip(story)
        return self._tips[story]

    def revision(self, story: str, number: int) -> Revision | None:
        self.tip(story)
        return self._revisions.get((story, number)) or self._index.revision(story, number)

    def newest(self, story: str, state: State) -> Revision | None:
        """The newest revision in this state; the newest published one is the live version."""
        self.tip(story)  # first, so that a conflict with a revision added meanwhile is detected
        if (story, state) not in self._newest:
            self._newest[story, state] = self._index.newest(story, state)
        found = self._newest[story, state]
        return found and self._revisions.get((story, found.revision), found)

    def content(self, revision: Revision | Standing) -> Content | Tombstone:
        return self._contents.read(revision.blob)

    def append(self, new: RevisionInput) -> Revision:
        with self._lock:
            written = commits.write_revision(new, self.tip(new.story), self._clock())
            revision = cast(Revision, self._add(written))
            self._contents.keep(revision.blob, new.content)
            self._revisions[revision.story, revision.revision] = revision
            self._newest[revision.story, revision.state] = revision
            return revision

    def act(self, new: ActionInput) -> Action:
        """Raises KeyError if there is no such revision."""
        with self._lock:
            revision = self.revision(new.story, new.revision)
            if revision is None:
                raise KeyError(new.revision)
            tip = self.tip(new.story)
            written = commits.write_action(new, revision.blob, tip, self._clock())
            action = cast(Action, self._add(written))
            if new.alias:
                self.aliases[new.alias] = new.story
            changed = apply(revision, action)
            self._revisions[new.story, new.revision] = changed
            if action.version:
                self._newest[new.story, State.PUBLISHED] = changed
            return action

    def _add(self, written: commits.Written) -> Record:
        record = written.record
        tip = self.tip(record.story)
        old = self._moves[record.story][0] if record.story in self._moves else tip.head
        self._moves[record.story] = (old, record.commit)
        self._tips[record.story] = tip.after(record)
        self._objects += written.objects
        self.written.append(record)
        return record

    def pending(self) -> PendingWrite:
        ordered = sorted(self.written, key=lambda record: (record.story, record.entry))
        return PendingWrite(self._moves, ordered, self._objects)
