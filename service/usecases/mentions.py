"""Where a phrase stands in the archive: in texts, notes, comments, and whatever else is recorded.

Records are read as their commits say, so that a draft's own note is found although the note of its
publication took its place. A scan goes on by a cursor that no write can shift: in a story from the
newest entry to the first, over all stories in the order of the log, whose end is what is written
meanwhile.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repo_store import (
    Action,
    Archive,
    Content,
    Damaged,
    FieldError,
    Leaf,
    Malformed,
    Record,
    Revision,
    State,
    Tombstone,
    Verb,
)
from repo_store.markdown import Block, parse
from repo_store.sameness import Certainty, Match, Phrase
from service.accounts import Permission, Person
from service.messages import gettext
from service.paging import checked_limit, number_cursor
from service.present.wording import Part

log = logging.getLogger(__name__)

LONGEST_PHRASE = 500
"""Characters."""
TEXTS_PER_PAGE = 200
_ENTRIES_PER_PAGE = 1_000
_CHARACTERS_PER_PAGE = 4_000_000
"""What one page reads at most: it ends with the entry that exceeds one of these."""
_WORDS = 8
"""A phrase of so many words, and of each so many more, costs as much as the texts once more."""
_READ_AT_ONCE = 50
_AROUND = 60
"""Characters of an excerpt, before and after the phrase."""
_BEST = list(Certainty)
_NOTES: Mapping[Verb | None, Part] = {Verb.COMMENT: Part.COMMENT, Verb.EXPLAIN: Part.EXPLANATION}
"""What the note of an action is called; any other's is just that."""
_ADDRESSES = (Part.SOURCE_ADDRESS, Part.STORY_ID, Part.IDEMPOTENCY_KEY)


@dataclass(frozen=True)
class Mention:
    """A phrase in one part of an entry. `at`: the field that `match` is in, of a text; `places`:
    how many fields it is in. `revision` is in its present state; `action` if the entry is one.
    """

    revision: Revision
    action: Action | None
    part: Part
    at: str
    match: Match
    places: int = 1

    @property
    def entry(self) -> int:
        return self.action.entry if self.action else self.revision.entry

    @property
    def is_sure(self) -> bool:
        """Whether it is the phrase beyond doubt: no part of what may be another name."""
        return self.match.certainty is Certainty.WHOLE

    @property
    def before(self) -> str:
        """What stands before it, shortened."""
        text, start = self.match.text, self.match.start
        cut = max(0, start - _AROUND)
        return f"{'…' if cut else ''}{text[cut:start]}"

    @property
    def said(self) -> str:
        """The phrase as it is written there."""
        return self.match.text[self.match.start : self.match.end]

    @property
    def after(self) -> str:
        text, end = self.match.text, self.match.end
        return f"{text[end : end + _AROUND]}{'…' if end + _AROUND < len(text) else ''}"


@dataclass(frozen=True)
class MentionPage:
    """One page of a scan, which may be empty and still have a next one.

    `by_author`: how many entries are by an author, or confirmed by a person, whose name has the
    phrase. `texts`: how many texts were read. `searched`: how far the scan is, of `total` entries.
    """

    mentions: list[Mention]
    by_author: int
    texts: int
    searched: int
    total: int
    next: str | None


class Mentions:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def in_story(
        self, story: str, phrase: str, person: Person, cursor: str = "", limit: int = 50
    ) -> MentionPage:
        """What of a story says it, newest entry first; at most `limit` entries, whole ones."""
        sought = _sought(phrase, person, limit)
        before, index = number_cursor(cursor), self._archive.index
        total = index.tip(story).entries
        leaves = index.log.standing_of(story, before or 2**62, _ENTRIES_PER_PAGE + 1)
        scan = _Scan(self._archive, sought, limit)
        last = scan.over(leaves[:_ENTRIES_PER_PAGE])
        more = last is not None and last.entry > 1
        searched = total - last.entry + 1 if last else total
        return scan.page(searched, total, str(last.entry) if last and more else None)

    def everywhere(
        self, phrase: str, person: Person, cursor: str = "", limit: int = 50
    ) -> MentionPage:
        """The same over all stories, drafts and former versions too, in the order of the log."""
        sought = _sought(phrase, person, limit)
        start, log_ = number_cursor(cursor) or 0, self._archive.index.log
        total = log_.size()
        end = min(total, start + _ENTRIES_PER_PAGE)
        scan = _Scan(self._archive, sought, limit)
        last = scan.over(log_.standing(start, end))
        searched = last.number + 1 if last and scan.full else max(start, end)
        return scan.page(searched, total, str(searched) if searched < total else None)


class _Scan:
    """Reads entries until one page is full."""

    def __init__(self, archive: Archive, phrase: Phrase, limit: int) -> None:
        self._archive, self._phrase, self._limit = archive, phrase, limit
        self._mentions: list[Mention] = []
        self._entries = self._texts = self._characters = self._by_author = 0

    @property
    def full(self) -> bool:
        return (
            self._entries >= self._limit
            or self._texts >= TEXTS_PER_PAGE
            or self._characters >= _CHARACTERS_PER_PAGE
        )

    def over(self, leaves: Sequence[Leaf]) -> Leaf | None:
        """Read what these leaves are of; the last one that was read."""
        last = None
        for start in range(0, len(leaves), _READ_AT_ONCE):
            some = leaves[start : start + _READ_AT_ONCE]
            records = self._archive.records([leaf.commit for leaf in some])
            for leaf, record in zip(some, records, strict=True):
                last = leaf
                if isinstance(record, Damaged):
                    log.error("%s entry %d is damaged: %s", leaf.story, leaf.entry, record)
                    continue
                self._look_at(record)
                if self.full:
                    return last
        return last

    def page(self, searched: int, total: int, following: str | None) -> MentionPage:
        found = self._mentions, self._by_author, self._texts
        return MentionPage(*found, searched, total, following)

    def _look_at(self, record: Record) -> None:
        found: dict[Part, tuple[str, Match, int]] = {}
        for part, at, text in self._parts(record):
            self._characters += len(text) * (1 + self._phrase.words // _WORDS)
            look = self._phrase.in_address if part in _ADDRESSES else self._phrase.in_text
            if match := look(text):
                known = found.get(part)
                if known is None:
                    found[part] = at, match, 1
                elif _BEST.index(match.certainty) < _BEST.index(known[1].certainty):
                    found[part] = at, match, known[2] + 1
                else:
                    found[part] = *known[:2], known[2] + 1
        confirmed_by = record.confirmed_by if isinstance(record, Action) else None
        names = (record.author.name, record.author.email, confirmed_by)
        self._by_author += any(self._phrase.in_text(name) for name in names if name)
        if not found:
            return
        self._entries += 1
        revision = self._archive.index.revision(record.story, record.revision)
        if revision is None:
            return  # the index is behind
        action = record if isinstance(record, Action) else None
        self._mentions += [
            Mention(revision, action, part, *values) for part, values in found.items()
        ]

    def _parts(self, record: Record) -> Iterator[tuple[Part, str, str]]:
        """Each text of a record: where it stands, its field if it is in a content, itself."""
        if record.entry == 1:
            yield Part.STORY_ID, "", record.story
        if isinstance(record, Revision):
            yield from self._content(record)
        verb = record.verb if isinstance(record, Action) else None
        yield _NOTES.get(verb, Part.NOTE), "", record.note
        yield Part.OVERRIDE_REASON, "", record.override or ""
        yield Part.IDEMPOTENCY_KEY, "", record.idempotency_key or ""
        if isinstance(record, Action):
            yield Part.WAIVED_VALUE, "", record.value or ""
            yield Part.STORY_ID, "", record.alias or ""
            yield Part.LEGAL_REFERENCE, "", record.reference or ""

    def _content(self, revision: Revision) -> Iterator[tuple[Part, str, str]]:
        if revision.state is State.REMOVED:
            return
        self._texts += 1
        try:
            content = self._archive.content(revision)
        except Damaged as error:
            log.error("%s r%s is damaged: %s", revision.story, revision.revision, error)
            return
        if not isinstance(content, Tombstone):
            yield from _texts_of(content)


def _texts_of(content: Content) -> Iterator[tuple[Part, str, str]]:
    """Every text of a content as a reader sees it, and the addresses behind it."""
    for name, value in content.fields.items():
        part = content.shape.by_id.get(name)
        if part is None or part.format != "markdown":
            yield from _texts(value, name)
            continue
        for number, source in enumerate(value):
            at = f"{name}[{number}]"
            block = parse(source)
            yield Part.TEXT, at, block.visible
            yield from ((Part.SOURCE_ADDRESS, at, address) for address in _addresses(block))


def _addresses(block: Block) -> dict[str, None]:
    """Where its links and images lead, with what they say there."""
    styles = [run.style for runs in block.parts for run in runs]
    leads = [each for style in styles for each in (style.link, style.image) if each]
    leads += [block.image] if block.image else []
    return dict.fromkeys(text for each in leads for text in (each.href, each.title) if text)


def _texts(value: Any, at: str) -> Iterator[tuple[Part, str, str]]:
    """Every text in a content's JSON value, with the name of its field."""
    if isinstance(value, str):
        is_address = at.rpartition(".")[2] == "url"
        yield Part.SOURCE_ADDRESS if is_address else Part.TEXT, at, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _texts(each, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, f"{at}[{number}]")


def _sought(phrase: str, person: Person, limit: int) -> Phrase:
    person.require(Permission.REMOVE, "look for a phrase in everything that is recorded")
    checked_limit(limit)
    return checked_phrase(phrase)


def checked_phrase(phrase: str) -> Phrase:
    """Malformed if there is nothing to look for, or too much."""
    try:
        if len(phrase) <= LONGEST_PHRASE:
            return Phrase(phrase)
        message = gettext("is longer than %(number)s characters", number=LONGEST_PHRASE)
    except ValueError:
        message = "must have a letter or a digit"
    raise Malformed([FieldError("phrase", message)])
