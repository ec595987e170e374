"""Where a story's sentences come from, what was removed, and when a phrase was in the text."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol

from repo_store import Content, FieldError, Malformed, Revision, State, StorySummary
from service.diffing import SECTION_SPECS, SECTIONS, Page, folded
from service.paging import checked_limit, paginate, pair_cursor
from service.present.schemas import (
    Origin,
    PhraseSpan,
    Provenance,
    RemovedSentence,
    RemovedSentences,
    VersionTime,
    Wording,
)
from service.provenance.ledger import Form, Ledger, SentenceHistory
from service.provenance.sentences import cut

LONGEST_PHRASE = 500
EARLIER_WORDINGS = 20
"""How many earlier wordings of a sentence are shown, the newest ones."""


class Versions(Protocol):
    """Reads a story's versions; each call raises NotFound for a story or version that is not
    published.
    """

    def story(self, story: str) -> StorySummary: ...

    def version(self, story: str, number: int) -> Revision: ...

    def content(self, revision: Revision) -> Content:
        """Raises if the text was removed."""

    def page(self, revision: Revision) -> Page:
        """Empty if the text was removed."""


class Origins:
    def __init__(self, versions: Versions, ledger: Ledger) -> None:
        self._versions, self._ledger = versions, ledger

    def of(self, story: str, phrase: str = "", cursor: str = "", limit: int = 50) -> Provenance:
        """The origin of each sentence of the live version, and a page of the removed sentences,
        last removed first; with a phrase also when it was in the text. Raises what
        `Versions.content` raises if the live text was removed.
        """
        if len(phrase) > LONGEST_PHRASE:
            raise Malformed([FieldError("phrase", f"is longer than {LONGEST_PHRASE} characters")])
        before, limit = pair_cursor(cursor) if cursor else None, checked_limit(limit)
        live = self._versions.story(story).live
        self._versions.content(self._versions.version(story, live))

        def read(number: int) -> tuple[str, Page]:
            version = self._versions.version(story, number)
            # A version whose text was removed counts as if it had changed nothing.
            readable = version
            while readable.state is State.REMOVED and readable.version and readable.version > 1:
                readable = self._versions.version(story, readable.version - 1)
            return version.commit, self._versions.page(readable)

        @cache
        def point(number: int) -> VersionTime:
            return VersionTime(version=number, at=self._versions.version(story, number).live_since)

        with self._ledger.history(story, live, read) as history:
            current = sorted(history.current(), key=_page_order)
            return Provenance(
                story=story,
                version=live,
                sentences=[_origin(history, form, point) for form in current],
                removed=_removed(history, before, limit, point),
                phrase=_phrase_spans(history, phrase, live, point) if phrase.strip() else None,
            )


_Points = Callable[[int], VersionTime]


def _page_order(form: Form) -> tuple[int, int, int, int]:
    fields = SECTION_SPECS[form.section].fields
    return SECTIONS.index(form.section), form.block, fields.index(form.field), form.nth


def _origin(history: SentenceHistory, form: Form, point: _Points) -> Origin:
    first, earlier = history.forms(form.lineage, EARLIER_WORDINGS)
    return Origin(
        section=form.section,
        block=form.block,
        field=form.field,
        text=form.text,
        first=point(first.since),
        since=point(form.since),
        back=form.back,
        earlier=_wordings(earlier),
    )


def _wordings(forms: Sequence[Form]) -> list[Wording]:
    return [
        Wording(text=form.text, since=form.since, until=form.until or form.since) for form in forms
    ]


def _removed(
    history: SentenceHistory, before: tuple[int, int] | None, limit: int, point: _Points
) -> RemovedSentences:
    forms = history.removed(before, limit + 1)
    page = paginate(forms, limit, lambda last: f"{last.until}-{last.lineage}")
    return RemovedSentences(
        items=[_removed_sentence(history, form, point) for form in page.items], next=page.next
    )


def _removed_sentence(history: SentenceHistory, form: Form, point: _Points) -> RemovedSentence:
    first, earlier = history.forms(form.lineage, EARLIER_WORDINGS)
    until = form.until or form.since
    return RemovedSentence(
        section=form.section,
        text=form.text,
        first=point(first.since),
        until=until,
        gone=point(until + 1),
        earlier=_wordings(earlier),
    )


def _phrase_spans(
    history: SentenceHistory, phrase: str, live: int, point: _Points
) -> list[PhraseSpan]:
    """The spans of versions with the phrase, ignoring case. A phrase of several sentences is in a
    version that has all of them, wherever they are.
    """
    parts = [_folded(phrase[start:end]) for start, end in cut(phrase)]
    versions: list[set[int]] = [set() for _ in parts]
    for text, since, until in history.all_texts():
        folded = _folded(text)
        for part, numbers in zip(parts, versions, strict=True):
            if part in folded:
                numbers.update(range(since, (until or live) + 1))
    runs: list[list[int]] = []
    for number in sorted(set.intersection(*versions)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        PhraseSpan(since=point(run[0]), gone=point(run[-1] + 1) if run[-1] < live else None)
        for run in runs
    ]


def _folded(text: str) -> str:
    return " ".join(folded(text).split())
