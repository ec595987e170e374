"""What can be asked of a story's sentences. Knows no HTTP."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from repo_store import FieldError, Malformed, State
from service.diffing import SECTION_SPECS, SECTIONS, Page
from service.paging import Listing, checked_limit
from service.provenance.ledger import Account, Form, Ledger
from service.provenance.sentences import cut
from service.usecases.reading import Stories

LONGEST_PHRASE = 500
FORMS = 20
"""Earlier forms that are told of one sentence, the newest of them."""


@dataclass(frozen=True)
class Point:
    """A version and when it went live."""

    version: int
    at: datetime


@dataclass(frozen=True)
class Wording:
    """One form of a sentence; it stood in the versions from `since` to `until`."""

    text: str
    since: int
    until: int


@dataclass(frozen=True)
class Origin:
    """A sentence that stands. `first`: when it first did, in whatever words; `since`: in these.

    `back`: the version up to which these words had stood before they went and came again.
    """

    section: str
    block: int
    field: str
    text: str
    first: Point
    since: Point
    back: int | None
    earlier: tuple[Wording, ...]


@dataclass(frozen=True)
class RemovedSentence:
    """A sentence that stands no more; `until`: the last version that had it."""

    section: str
    text: str
    first: Point
    until: int
    gone: Point
    earlier: tuple[Wording, ...]


@dataclass(frozen=True)
class Stood:
    """A phrase stood from one version to another; `gone` is the first without it, if any."""

    since: Point
    gone: Point | None


@dataclass(frozen=True)
class Provenance:
    version: int
    sentences: list[Origin]
    removed: Listing[RemovedSentence]
    phrase: list[Stood] | None


class Origins:
    def __init__(self, stories: Stories, ledger: Ledger) -> None:
        self._stories, self._ledger = stories, ledger

    def of(self, story: str, phrase: str = "", cursor: str = "", limit: int = 50) -> Provenance:
        """The origin of each sentence of the live version, and what was removed, newest first."""
        if len(phrase) > LONGEST_PHRASE:
            raise Malformed([FieldError("phrase", f"is longer than {LONGEST_PHRASE} characters")])
        before, limit = _place(cursor) if cursor else None, checked_limit(limit)
        live = self._stories.story(story).live

        self._stories.content(self._stories.version(story, live))  # Gone if that was removed

        def read(number: int) -> tuple[str, Page]:
            version = self._stories.version(story, number)
            # A version whose text was removed counts as if it had changed nothing.
            there = version
            while there.state is State.REMOVED and there.version and there.version > 1:
                there = self._stories.version(story, there.version - 1)
            return version.commit, self._stories.page(there)

        @cache
        def point(number: int) -> Point:
            return Point(number, self._stories.version(story, number).live_since)

        with self._ledger.account(story, live, read) as account:
            standing = sorted(account.standing(), key=_in_order)
            return Provenance(
                live,
                [_origin(account, form, point) for form in standing],
                _removed(account, before, limit, point),
                _stood(account, phrase, live, point) if phrase.strip() else None,
            )


_Points = Callable[[int], Point]


def _in_order(form: Form) -> tuple[int, int, int, int]:
    fields = SECTION_SPECS[form.section].fields
    return SECTIONS.index(form.section), form.block, fields.index(form.field), form.nth


def _origin(account: Account, form: Form, point: _Points) -> Origin:
    first, earlier = account.forms(form.lineage, FORMS)
    return Origin(
        form.section,
        form.block,
        form.field,
        form.text,
        point(first.since),
        point(form.since),
        form.back,
        _wordings(earlier),
    )


def _wordings(forms: Sequence[Form]) -> tuple[Wording, ...]:
    return tuple(Wording(form.text, form.since, form.until or form.since) for form in forms)


def _removed(
    account: Account, before: tuple[int, int] | None, limit: int, point: _Points
) -> Listing[RemovedSentence]:
    found = account.removed(before, limit + 1)
    items = []
    for form in found[:limit]:
        until = form.until or form.since
        first, earlier = account.forms(form.lineage, FORMS)
        items.append(
            RemovedSentence(
                form.section,
                form.text,
                point(first.since),
                until,
                point(until + 1),
                _wordings(earlier),
            )
        )
    last = found[limit - 1] if len(found) > limit else None
    return Listing(items, f"{last.until}-{last.lineage}" if last else None)


def _stood(account: Account, phrase: str, live: int, point: _Points) -> list[Stood]:
    """When a phrase stood in the text, capitals aside. Of more than one sentence: all of them."""
    parts = [_folded(phrase[start:end]) for start, end in cut(phrase)]
    versions: list[set[int]] = [set() for _ in parts]
    for text, since, until in account.everything():
        folded = _folded(text)
        for part, found in zip(parts, versions, strict=True):
            if part in folded:
                found.update(range(since, (until or live) + 1))
    stood = sorted(set.intersection(*versions))
    runs: list[list[int]] = []
    for number in stood:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [Stood(point(run[0]), point(run[-1] + 1) if run[-1] < live else None) for run in runs]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _place(cursor: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9][0-9]{0,8})-([1-9][0-9]{0,8})", cursor)
    if not found:
        raise Malformed([FieldError("cursor", "is not one that this service gave out")])
    return int(found[1]), int(found[2])
