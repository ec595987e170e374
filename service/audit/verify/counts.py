"""The numbers of words and the sections that entries say to have changed, counted again.

They were counted when an entry was recorded, and no entry says by which release. So another count
is no fault, but whoever reads the entry has to know of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from repo_store import Changes, Content, Revision, shortened
from service.audit.snapshot import StorySnapshot, Texts
from service.audit.verify.standalone import NAMED
from service.comparison import changes
from service.diffing.render.labels import counted

Named = list[tuple[str, int, str]]
"""The story and the number of revisions, and what is said of each."""


@dataclass
class Counts:
    """`same`: how many revisions changed what their entries say; `elsewhere`: those that did so
    against another version than the one before; `other`: the others, in words; `missing`: how many
    could not be counted, since a text is not there.
    """

    same: int = 0
    elsewhere: Named = field(default_factory=list)
    other: Named = field(default_factory=list)
    missing: int = 0

    def check(self, story: StorySnapshot, texts: Texts, known: Mapping[int, Changes]) -> None:
        """`texts`: those that are there; `known`: what versions changed against the one before, by
        their revisions, where that was counted already.
        """
        versions = {each.version or 0: each for each in story.versions}
        removed_at = {
            number: each.entry for each in reversed(story.removals) for number in each.removed
        }
        for revision in story.revisions:
            base = _base(revision, versions)
            new, old = _text(revision, texts), _text(base, texts)
            # What was recorded after the removal of its base was compared with nothing.
            lost = base and not old and removed_at[base.revision] > revision.entry
            number, said = base.version if base else None, revision.changes
            if _is_elsewhere(revision, versions, texts):
                line = f"{story.id} revision {revision.revision} {_against(revision.base_version)}"
                if new and not lost:
                    against = known.get(revision.revision) or changes(old, new)
                    line += f" ({_against(number if old else None)}: {_in_words(against)})"
                self.elsewhere.append((story.id, revision.revision, line))
                continue
            if new is None or lost:
                self.missing += 1
                continue
            found = known.get(revision.revision) or changes(old, new)
            if (revision.base_version, _shown(said)) == (number, _shown(found)):
                self.same += 1
                continue
            named = f"{_against(revision.base_version)}: " * (revision.base_version != number)
            line = (
                f"that revision {revision.revision} of {story.id} changed,"
                f" {_against(number if old else None)}, what its entry says"
                f" ({named}{_in_words(said)}): this release counts {_in_words(found)}"
            )
            self.other.append((story.id, revision.revision, line))

    def report(self, verdict: Any) -> None:
        """Say which entries are right, and which may not be."""
        if self.same:
            entries = "entry says" if self.same == 1 else "entries say"
            verdict.proven.append(
                f"the numbers of words and the sections that {self.same:,} {entries} to have"
                " changed are what is counted here"
            )
        if self.elsewhere:
            lines = [line for *_, line in self.elsewhere]
            verdict.in_full += lines
            short = [line.partition(" (")[0] for line in lines[NAMED:]]
            each = "1 entry says" if len(lines) == 1 else f"{len(lines):,} entries say"
            verdict.proven.append(
                f"what {each} to have changed is right against the version that is named there,"
                f" which is not the one before: {'; '.join(lines[:NAMED] + short)}"
            )
        verdict.in_full += [line for *_, line in self.other]
        verdict.unproven += [line for *_, line in self.other[:NAMED]]
        if rest := self.other[NAMED:]:
            more = counted(len(rest), "more revision")
            verdict.unproven.append(f"the same of {more}: {_by_story(rest)}")
        if self.missing:
            verdict.unproven.append(
                f"how much {counted(self.missing, 'revision')} changed: the text, or the one before"
                " it, is not in here"
            )


def _by_story(named: Named) -> str:
    """Such as “airport 2; library 3 to 5, 9”."""
    stories: list[str] = []
    for story, each in groupby(sorted(named), key=itemgetter(0)):
        numbers = enumerate(number for _, number, _ in each)
        runs = [[n for _, n in run] for _, run in groupby(numbers, key=lambda at: at[1] - at[0])]
        spans = (f"{run[0]} to {run[-1]}" if run[1:] else f"{run[0]}" for run in runs)
        stories.append(f"{story} {', '.join(spans)}")
    return "; ".join(stories)


def _is_elsewhere(revision: Revision, versions: Mapping[int, Revision], texts: Texts) -> bool:
    """Whether a version changed what its entry says, but against another version than the one
    before: one that was public when the entry was recorded, or nothing where none was. So it is
    with a draft that was published after others.
    """
    named, new = revision.base_version, _text(revision, texts)
    first = versions.get(named or 1)
    was_public = first is not None and (first.published_entry or 0) < revision.entry
    usual = not revision.version or (named or 0) == revision.version - 1
    if usual or new is None or was_public != bool(named):
        return False
    old = _text(first, texts) if named else None
    if named and old is None:
        return False
    return _shown(revision.changes) == _shown(changes(old, new))


def _base(revision: Revision, versions: Mapping[int, Revision]) -> Revision | None:
    """What a revision is to be compared with: a version, with the one before, as whoever reads of
    it will; another, with the version that it names, if that was public then.
    """
    if revision.version:
        return versions.get(revision.version - 1)
    named = versions.get(revision.base_version or 0)
    return named if named and (named.published_entry or 0) < revision.entry else None


def _text(revision: Revision | None, texts: Texts) -> Content | None:
    return texts[revision.revision][1] if revision and revision.revision in texts else None


def _shown(said: Changes) -> tuple[object, ...]:
    """What tables and entries have of it."""
    return said.sections, said.words_added, said.words_removed


def _against(version: int | None) -> str:
    return f"against version {version}" if version else "against nothing"


def _in_words(said: Changes) -> str:
    sections = shortened(", ".join(said.sections)) or "no section"
    return f"{counted(said.words_added, 'word')} added, {said.words_removed:,} removed; {sections}"
