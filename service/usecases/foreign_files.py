"""Imports of other systems' files: each version of each article that they hold, once.

What may not be published yet, or not at all, is not: an article under embargo, or withheld, waits
at the desk as a draft, where a comment says why; one that was canceled leaves its page.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from json import dumps
from pathlib import Path
from typing import Annotated

from pydantic import Field

from repo_store import (
    ActionInput,
    Archive,
    Author,
    AuthorFields,
    Batch,
    Changes,
    Content,
    Damaged,
    FieldError,
    Input,
    InvalidInput,
    Kind,
    Note,
    Revision,
    RevisionInput,
    SearchPlace,
    State,
    Verb,
    parse,
    parse_content,
    parse_query,
    rfc3339,
    shortened,
)
from service.formats import FORMATS, Found, Item, Skipped, Status, Unreadable, is_uri, proposed
from service.present.times import readable
from service.usecases.commands import Moment
from service.usecases.imported import was_imported
from service.usecases.importing import ImportOutcome, Progress, story_of_page
from service.usecases.ndjson import IMPORTER
from service.usecases.publishing import Publishing

LARGEST = 64 * 2**20
"""Bytes of a file, which is read as a whole."""
_SAME_ADDRESS = 20
"""Stories that are looked at for one that is known under another id: newest first."""
_NAMES = 4
"""Names of an article that are looked for."""
_LEAST_TIME = datetime.min.replace(tzinfo=UTC)
_WITHDRAWN = "Withdrawn by its publisher."
_WITHHELD = "Withheld by its publisher until further notice."


class _About(Input):
    """What goes with a version, within the limits of what any writer may send."""

    note: Note
    kind: Annotated[Kind, Field(strict=False)]
    author: AuthorFields
    created_at: Moment | None


class _Refused(Exception):
    """Ends a batch with nothing stored."""


def import_articles(
    archive: Archive,
    publishing: Publishing,
    path: Path,
    form: str,
    clock: Callable[[], datetime],
    named: str | None = None,
    keep_going: bool = False,
    progress: Progress = lambda _: None,
    out_of_order: bool = False,
) -> ImportOutcome:
    """Import a file of one of the `FORMATS`: all of it, or, if an item is bad, nothing, unless
    `keep_going`. A version that was imported before is not again.

    `named`: the story's id, for a file with versions of one article; without it, the story that has
    the article's id or address, or a new one. `out_of_order`: as of an import of pages. Raises
    OSError if the file cannot be read.
    """
    outcome = ImportOutcome()
    try:
        found = _read(path, form, named)
    except InvalidInput as error:
        return ImportOutcome(bad=[f"{path.name}: {error}"])
    size = path.stat().st_size
    try:
        with archive.batch() as batch:
            taking = _Taking(archive, publishing, batch, form, clock(), named, out_of_order)
            for each, following in _in_order(found):
                outcome.lines += 1
                outcome.size = size * outcome.lines // len(found)
                try:
                    if isinstance(each, Unreadable):
                        raise each.error
                    if keep_going or not outcome.bad:
                        taking.take(each, following, outcome)
                except InvalidInput as error:
                    outcome.bad.append(f"{path.name} {_named(each)}: {error}")
                progress(outcome)
            if outcome.bad and not keep_going:
                raise _Refused
    except _Refused:
        return ImportOutcome(bad=outcome.bad)
    outcome.changed = [f"{path.name} {each}" for each in taking.notices]
    outcome.changed += [f"{path.name}: {each}" for each in _left_out(found)]
    return outcome


def _read(path: Path, form: str, named: str | None) -> list[Found]:
    if path.stat().st_size > LARGEST:
        raise _wrong("", f"takes more than {LARGEST // 2**20} MiB: split it")
    found = FORMATS[form].read(path.read_bytes())
    articles = {each.id for each in found if isinstance(each, Item)}
    if named and len(articles) > 1:
        raise _wrong("--id", f"names one story, and there are {len(articles):,} articles here")
    return found


def _wrong(name: str, message: str) -> InvalidInput:
    return InvalidInput([FieldError(name, message)])


def _named(item: Item | Unreadable) -> str:
    name = item.id if isinstance(item, Item) else ""
    return f"{item.where} ({shortened(name)})" if name else item.where


def _in_order(found: Iterable[Found]) -> Iterator[tuple[Item | Unreadable, Item | None]]:
    """The items: each article's versions together, in their order, each with the one after it."""
    groups: dict[object, list[Item]] = {}
    for at, each in enumerate(found):
        if isinstance(each, Unreadable):
            yield each, None
        elif isinstance(each, Item):
            groups.setdefault(each.id or at, []).append(each)
    for group in groups.values():
        group.sort(key=lambda each: (each.version or 0, each.at or _LEAST_TIME))
        yield from zip(group, [*group[1:], None], strict=True)


def _left_out(found: Iterable[Found]) -> Iterator[str]:
    """What of the file was not taken, in words."""
    skipped = Counter(each.what for each in found if isinstance(each, Skipped))
    dropped = Counter(name for each in found if isinstance(each, Item) for name in each.dropped)
    for count, words in ((skipped, "no articles, not taken"), (dropped, "has no place here")):
        if count:
            named = (f"{name} ({times:,})" if times > 1 else name for name, times in count.items())
            yield f"{words}: {', '.join(named)}"


def _names(item: Item) -> Iterator[str]:
    """What names an article and no other: its id, its address, and other ids that are URIs."""
    yield item.id
    yield from filter(is_uri, [item.content.get("url", ""), *item.content.get("ids", ())])


@dataclass
class _Taking:
    """Takes the items of one file into a batch. `notices`: what is to be known of single ones."""

    archive: Archive
    publishing: Publishing
    batch: Batch
    form: str
    now: datetime
    named: str | None
    out_of_order: bool
    notices: list[str] = field(default_factory=list)
    _stories: dict[str, str] = field(default_factory=dict)

    def take(self, item: Item, following: Item | None, outcome: ImportOutcome) -> None:
        if item.status is Status.CANCELED:
            story = self._story(item, None)
            added = self._withdraw(story, item, _WITHDRAWN)
        else:
            content = parse_content(item.content, self.archive.shapes)
            story = self._story(item, content)
            added = self._add(story, item, self._with_names(story, content), following)
        outcome.stored += added
        outcome.unchanged += not added
        if story not in outcome.stories and len(outcome.stories) < 4:
            outcome.stories.append(story)

    def _add(self, story: str, item: Item, content: Content, following: Item | None) -> bool:
        why = self._why_not(item, following)
        at = item.at or (item.first if self.batch.tip(story).head is None else None)
        if not why and at and item.embargo:
            at = max(at, item.embargo)
        state = State.DRAFT if why else State.PUBLISHED
        about = self._about(item, at)
        new = RevisionInput(
            story=story,
            content=content,
            state=state,
            kind=about.kind,
            note=about.note,
            base_version=None,
            author=Author(about.author.name),
            created_at=about.created_at or self.now,
            changes=Changes(),
            supersedes=None if why else self._waiting(story, content),
            idempotency_key=self._key(item, state.value),
        )
        timed = about.created_at is not None
        added = self.publishing.add(self.batch, new, (), timed, self.out_of_order)
        draft = self.batch.newest(story, State.DRAFT) if why and added else None
        if draft:
            comment = self._action(draft, Verb.COMMENT, why)
            self.batch.act(comment)
            self.notices.append(f"{_named(item)}: {why} It waits at the desk as a draft.")
        live = self.batch.newest(story, State.PUBLISHED)
        if item.status is Status.WITHHELD and live:
            added |= self._withdraw(story, item, _WITHHELD)
        return added

    def _why_not(self, item: Item, following: Item | None) -> str:
        """Why an item may not be published, in words; empty if it may."""
        if item.status is Status.WITHHELD:
            return _WITHHELD
        if not item.embargo:
            return ""
        if item.embargo > self.now:
            return f"Under embargo until {readable(item.embargo)}: not to be published before."
        if following and following.at and following.at <= item.embargo:
            return f"Replaced before its embargo ended, {readable(item.embargo)}: never public."
        return ""

    def _waiting(self, story: str, content: Content) -> int | None:
        """The draft, if the newest one waits for the end of its embargo with the same text."""
        draft = self.batch.newest(story, State.DRAFT)
        if draft and draft.state is State.DRAFT and draft.idempotency_key:
            return draft.revision if self._content(draft) == content else None
        return None

    def _about(self, item: Item, at: datetime | None) -> _About:
        author = {"name": item.author or IMPORTER.name}
        fields = {"note": item.note, "kind": item.kind, "author": author, "created_at": at}
        return parse(_About, fields)

    def _withdraw(self, story: str, item: Item, words: str) -> bool:
        """Take the story off its page; False if it is not on one, or was taken off before."""
        key = self._key(item, Verb.WITHDRAW.value)
        live = self.batch.newest(story, State.PUBLISHED)
        if was_imported(self.archive, story, key) or self.batch.tip(story).withdrawn:
            return False
        about = self._about(item, item.at)
        if not live or (about.created_at and about.created_at < live.live_since):
            why = "What is public here is newer: it stays." if live else "It is not public here."
            self.notices.append(f"{_named(item)}: {words} {why}")
            return False
        withdrawal = self._action(live, Verb.WITHDRAW, about.note or words, about.created_at)
        self.batch.act(replace(withdrawal, idempotency_key=key))
        return True

    def _action(
        self, revision: Revision, verb: Verb, words: str, at: datetime | None = None
    ) -> ActionInput:
        return ActionInput(
            story=revision.story,
            revision=revision.revision,
            verb=verb,
            note=words,
            author=Author(IMPORTER.name),
            created_at=at or self.now,
        )

    def _key(self, item: Item, what: str) -> str | None:
        """The same whenever the same version is imported to be the same here. A version that has
        neither a number nor a time cannot be told from a later one with the same text.
        """
        if not (item.version or item.at):
            return None
        at = rfc3339(item.at) if item.at else ""
        told = (self.form, what, item.id, item.version, at, item.note, item.content)
        return sha256(dumps(told, sort_keys=True).encode()).hexdigest()

    # Which story it is

    def _story(self, item: Item, content: Content | None) -> str:
        if item.id not in self._stories or not item.id:
            self._stories[item.id] = self._found(item, content)
        return self._stories[item.id]

    def _found(self, item: Item, content: Content | None) -> str:
        resolve = self.archive.index.resolve
        if self.named:
            return resolve(self.named)
        if not item.id:
            if content is None:
                raise _wrong("id", "missing, and nothing else says which article is canceled")
            return story_of_page(self.archive, content, None, False)
        title = str(item.content.get("title", ""))
        candidates = [resolve(each) for each in proposed(item.id, title)]
        for story in candidates:
            if self._is_of(item, story):
                return story
        for name in islice(_names(item), _NAMES):
            # Without its scheme: as an address it is found whichever it has, as an id by its words.
            words = name.rpartition("://")[2].replace('"', " ")
            query = parse_query(f'"{words}"')
            places = [SearchPlace.SOURCES]
            hits = self.archive.index.search(query, places, None, _SAME_ADDRESS).hits
            for story in dict.fromkeys(each.story for each in hits):
                if self._is_of(item, story):
                    return story
        taken = self.batch.tip(candidates[0]).head is not None
        return candidates[1 if taken else 0]

    def _with_names(self, story: str, content: Content) -> Content:
        """With the ids that other systems know the story by, and the address that it has, if it has
        none now: whoever sends a version knows its own alone.
        """
        known = next(
            (found for each in self._newest(story) if (found := self._content(each))), None
        )
        if known is None or "ids" not in content.shape.by_id:
            return content
        ids = dict.fromkeys([*known.fields.get("ids", ()), *content["ids"]])
        url = content["url"] or known.fields.get("url")
        fields = {**content.fields, "ids": [each for each in ids if each != url]}
        return parse_content(fields | ({"url": url} if url else {}), self.archive.shapes)

    def _newest(self, story: str) -> list[Revision]:
        """The live version and the newest draft."""
        found = (self.batch.newest(story, state) for state in (State.PUBLISHED, State.DRAFT))
        return [each for each in found if each]

    def _is_of(self, item: Item, story: str) -> bool:
        """Whether a story's newest text names itself as the article does. One whose texts were all
        removed is taken for it: what was removed must not come back as another.
        """
        names = set(_names(item))
        texts = [text for each in self._newest(story) if (text := self._content(each))]
        if not texts:
            return self.batch.tip(story).head is not None
        return any(names & {*each.fields.get("ids", ()), each.fields.get("url")} for each in texts)

    def _content(self, revision: Revision) -> Content | None:
        """None if it was removed, or cannot be read."""
        try:
            content = self.batch.content(revision)
        except Damaged:
            return None
        return content if isinstance(content, Content) else None
