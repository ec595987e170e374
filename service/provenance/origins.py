"""Where a story's sentences come from, what was removed, and when a phrase was in the text."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import NamedTuple, Protocol

from repo_store import (
    Content,
    FieldError,
    Malformed,
    NotFound,
    Revision,
    State,
    StorySummary,
    Unwritable,
)
from repo_store.sameness import same_word, searchable
from service.diffing import Page
from service.messages import gettext
from service.paging import checked_limit, pair_cursor
from service.present.provenance_schemas import (
    Origin,
    PhraseSpan,
    Provenance,
    RemovedSentence,
    RemovedSentences,
    VersionTime,
    Wording,
)
from service.provenance.ledger import Form, Ledger, SentenceHistory, Source, Unusable
from service.provenance.past import Past, past_of
from service.provenance.sentences import cut

LONGEST_PHRASE = 500
MOST_PARTS = 10
"""Sentences of a phrase: each is looked for by itself."""
EARLIER_WORDINGS = 20
"""How many earlier wordings of a sentence are shown, the newest ones."""
MOST_SPANS = 100
"""How many spans of versions with a phrase are shown, the newest ones."""

# What one answer may cost; beyond it a list goes on on the next page
_AT_ONCE = 100_000
"""Characters of versions that an account is continued with while someone waits (see `extend`)."""
_VERSIONS_AT_ONCE = 10
_ROOM = 300_000
"""Characters of a list, with some more for each sentence and wording."""
_PER_SENTENCE, _PER_WORDING = 350, 150
_SEARCHED = 16_000_000
"""Characters in which a phrase is looked for; folding one that is not ASCII costs as much as 8."""
_FOLDING = 8


class Versions(Protocol):
    """Reads a story's versions; each call raises NotFound for a story or version that is not
    published.
    """

    def story(self, story: str) -> StorySummary: ...

    def version(self, story: str, number: int) -> Revision: ...

    def removals(self, story: str) -> int | None:
        """How many removals a story has had."""

    def content(self, revision: Revision) -> Content:
        """Raises if the text was removed."""

    def page(self, revision: Revision) -> Page:
        """Empty if the text was removed."""


class Unwritten(Exception):
    """The account of a story is not made yet. `done`: up to which version it goes, of `live`."""

    def __init__(self, story: str, done: int, live: int) -> None:
        super().__init__(f"The account of “{story}” is being made: {done} of {live} versions.")
        self.story, self.done, self.live = story, done, live


class LiveText(NamedTuple):
    """The live version, and the present forms of its sentences, in reading order. `coarse`: as in
    `Provenance`.
    """

    version: Revision
    content: Content
    sentences: list[Form]
    coarse: bool


class Origins:
    def __init__(self, versions: Versions, ledger: Ledger) -> None:
        self._versions, self._ledger = versions, ledger

    def of(
        self, story: str, phrase: str = "", cursor: str = "", limit: int = 50, start: int = 0
    ) -> Provenance:
        """The origin of each sentence of the live version from number `start` on, and a page of the
        removed sentences, last removed first; with a phrase also when it was in the text.

        Raises Unwritten if the account is not made yet: it is then put first in the builder's
        queue. Raises what `Versions.content` raises if the live text was removed, and Unwritable if
        the disk takes no account.
        """
        parts = _parts(phrase)
        before, limit = pair_cursor(cursor) if cursor else None, checked_limit(limit)
        live = self._versions.story(story).live
        self._versions.content(self._versions.version(story, live))

        @cache
        def point(number: int) -> VersionTime:
            found = self._versions.version(story, number)
            at, recorded_at = found.live_since, found.recorded_apart
            return VersionTime(version=number, at=at, recorded_at=recorded_at)

        with self._history(story, live) as history:
            current = sorted(history.current(), key=self._page_order(story, live))
            sentences, following = _origins(history, current, start, point)
            spans, complete = _phrase_spans(history, parts, live, point) if parts else (None, True)
            return Provenance(
                story=story,
                version=live,
                sentences=sentences,
                next_sentence=following,
                removed=_removed(history, before, limit, point),
                phrase=spans,
                phrase_complete=complete,
                coarse=history.coarse,
            )

    def live_text(self, story: str) -> LiveText:
        """The live text, sentence by sentence. Raises what `of` raises."""
        live = self._versions.story(story).live
        version = self._versions.version(story, live)
        content = self._versions.content(version)
        with self._history(story, live) as history:
            sentences = sorted(history.current(), key=self._page_order(story, live))
            return LiveText(version, content, sentences, history.coarse)

    def past(self, story: str, lineage: int) -> Past:
        """What the versions did to one sentence, also if it is gone. Raises NotFound if the story
        never had it, and what `of` raises.
        """
        live = self._versions.story(story).live
        self._versions.content(self._versions.version(story, live))
        with self._history(story, live) as history:
            if not (newest := history.newest(lineage, EARLIER_WORDINGS + 1)):
                raise NotFound(f"This story has no sentence with the number {lineage}.")
            return past_of(newest, history.first(lineage))

    def catch_up(self, story: str, allowed: int = 2**62) -> bool:
        """Continue a story's account by at least one version, up to its live one; whether that is
        reached. See `Ledger.extend`.
        """
        live = self._versions.story(story).live
        return self._ledger.extend(story, live, self._source(story), allowed, first=True)

    @contextmanager
    def _history(self, story: str, live: int) -> Iterator[SentenceHistory]:
        """The account up to the live version; continued first if that is little work."""
        source = self._source(story)
        with ExitStack() as stack:
            history = stack.enter_context(self._ledger.history(story, live, source.stamp(live)))
            if history is None:
                try:
                    self._continue(story, live, source)
                except Unusable as error:
                    if not error.busy:
                        in_memory = self._ledger.in_memory(story, live, source, _AT_ONCE)
                        history = stack.enter_context(in_memory)
                        if history is None:
                            raise Unwritable(str(error)) from None
            if history is None:
                again = self._ledger.history(story, live, source.stamp(live))
                history = stack.enter_context(again)
            if history is None:
                if refused := self._ledger.refused:
                    raise Unwritable(str(refused))
                raise Unwritten(story, self._ledger.version(story), live)
            yield history

    def is_current(self, story: str) -> bool:
        """Whether the account reaches the live version; it is continued first if that is little
        work, else put first in the builder's queue. Unusable if the disk takes no account.
        """
        live, source = self._versions.story(story).live, self._source(story)
        with self._ledger.history(story, live, source.stamp(live)) as history:
            if history is not None:
                return True
        return self._continue(story, live, source)

    def _page_order(self, story: str, live: int) -> Callable[[Form], tuple[int, int, int, int]]:
        specs = self._versions.page(self._versions.version(story, live)).specs
        order = {name: at for at, name in enumerate(specs)}

        def place(form: Form) -> tuple[int, int, int, int]:
            fields = specs[form.section].fields
            return order[form.section], form.block, fields.index(form.field), form.nth

        return place

    def _continue(self, story: str, live: int, source: Source) -> bool:
        few = live - self._ledger.version(story) <= _VERSIONS_AT_ONCE
        if few and self._ledger.extend(story, live, source, _AT_ONCE):
            return True
        self._ledger.ask(story)
        return False

    def stamp(self, version: Revision) -> str:
        """Of a version's text: another one once a text of the story was removed or replaced."""
        return f"{version.commit} {self._versions.removals(version.story)}"

    def _source(self, story: str) -> Source:
        def stamp(number: int) -> str:
            return self.stamp(self._versions.version(story, number))

        def page(number: int) -> Page:
            version = self._versions.version(story, number)
            # A version whose text was removed counts as if it had changed nothing.
            while version.state is State.REMOVED and version.version and version.version > 1:
                version = self._versions.version(story, version.version - 1)
            return self._versions.page(version)

        def at(number: int) -> int:
            return int(self._versions.version(story, number).live_since.timestamp())

        return Source(stamp, page, at)


_Points = Callable[[int], VersionTime]


class _Room:
    """What is left of an answer's size, in characters."""

    def __init__(self) -> None:
        self.left = _ROOM

    def take(self, characters: int) -> bool:
        self.left -= characters
        return self.left >= 0


def _origins(
    history: SentenceHistory, current: Sequence[Form], start: int, point: _Points
) -> tuple[list[Origin], int | None]:
    """The sentences from number `start` on for which there is room, and the number of the next."""
    room = _Room()
    shown: list[Origin] = []
    for number, form in enumerate(current[start:], start):
        if not room.take(len(form.text) + _PER_SENTENCE) and shown:
            return shown, number
        first, earlier = history.forms(form.lineage, EARLIER_WORDINGS)
        shown.append(
            Origin(
                section=form.section,
                block=form.block,
                field=form.field,
                text=form.text,
                first=point(first.since),
                since=point(form.since),
                back=form.back,
                earlier=_wordings(earlier, room),
            )
        )
    return shown, None


def _wordings(forms: Sequence[Form], room: _Room) -> list[Wording]:
    """The newest ones for which there is room, oldest first."""
    shown: list[Wording] = []
    for form in reversed(forms):
        if not room.take(len(form.text) + _PER_WORDING):
            break
        shown.append(Wording(text=form.text, since=form.since, until=form.until or form.since))
    return shown[::-1]


def _removed(
    history: SentenceHistory, before: tuple[int, int] | None, limit: int, point: _Points
) -> RemovedSentences:
    room = _Room()
    items: list[RemovedSentence] = []
    last = ""
    for form in history.removed(before):
        if len(items) == limit or (not room.take(len(form.text) + _PER_SENTENCE) and items):
            return RemovedSentences(items=items, next=last)
        items.append(_removed_sentence(history, form, point, room))
        last = f"{form.until}-{form.lineage}"
    return RemovedSentences(items=items, next=None)


def _removed_sentence(
    history: SentenceHistory, form: Form, point: _Points, room: _Room
) -> RemovedSentence:
    first, earlier = history.forms(form.lineage, EARLIER_WORDINGS)
    until = form.until or form.since
    return RemovedSentence(
        section=form.section,
        text=form.text,
        first=point(first.since),
        until=until,
        gone=point(until + 1),
        earlier=_wordings(earlier, room),
    )


def _parts(phrase: str) -> list[str]:
    """The sentences of a phrase as they are looked for, each once. Malformed if it is too long."""
    if len(phrase) > LONGEST_PHRASE:
        message = gettext("is longer than %(number)s characters", number=LONGEST_PHRASE)
        raise Malformed([FieldError("phrase", message)])
    parts = list(dict.fromkeys(searchable(phrase[start:end]) for start, end in cut(phrase)))
    if len(parts) > MOST_PARTS:
        message = gettext("has more than %(number)s sentences", number=MOST_PARTS)
        raise Malformed([FieldError("phrase", message)])
    return parts


def _phrase_spans(
    history: SentenceHistory, parts: Sequence[str], live: int, point: _Points
) -> tuple[list[PhraseSpan], bool]:
    """The spans of versions with the phrase, by `searchable`, oldest first, and whether these are
    all. A phrase of several sentences is in a version that has all of them, wherever they are.
    """
    # A part is looked for where its longest word is.
    words = [max(part.split(), key=len) for part in parts]
    found: list[list[tuple[int, int]]] = [[] for _ in parts]
    left, complete = _SEARCHED, True
    for text, since, until in history.all_texts():
        left -= len(text) * (len(parts) if text.isascii() else len(parts) + _FOLDING)
        if left < 0:
            complete = False
            break
        said, joined = same_word(text), ""
        for part, word, spans in zip(parts, words, found, strict=True):
            if word in said:
                if not joined:
                    joined = " ".join(said.split())
                    left -= len(text) * _FOLDING
                if part in joined:
                    spans.append((since, until or live))
    runs = _merged(found[0])
    for spans in found[1:]:
        runs = list(_overlaps(runs, _merged(spans)))
    shown = [
        PhraseSpan(since=point(first), gone=point(last + 1) if last < live else None)
        for first, last in runs[-MOST_SPANS:]
    ]
    return shown, complete and len(runs) <= MOST_SPANS


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of versions, first and last, in order, with those joined that touch."""
    runs: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
        else:
            runs.append((first, last))
    return runs


def _overlaps(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < len(one) and j < len(other):
        first, last = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if first <= last:
            yield first, last
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
