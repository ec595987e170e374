"""Versions that changed facts without telling readers why: what they changed, and what to say."""

from typing import NamedTuple

from repo_store import Revision, State
from service.diffing import Diff
from service.usecases.reading import Stories
from service.usecases.silent_edits import proposed_note


class Unexplained(NamedTuple):
    """`diff`: against the version before. `note`: one that would do, made by rule, in this
    `language`; empty if there is none.
    """

    version: Revision
    title: str
    diff: Diff
    note: str
    language: str


def unexplained(stories: Stories, version: Revision) -> Unexplained:
    """Raises Gone or Damaged if the version's text, or that of the one before, cannot be read."""
    new = stories.content(version)
    diff = stories.against_live(version)
    before = stories.version(version.story, version.version - 1) if version.version else None
    note, language = "", ""
    if before and before.state is not State.REMOVED and diff.facts_complete:
        facts = tuple(fact for fact in diff.facts if fact.kind.gated)
        note, language = proposed_note(stories.content(before), new, facts)
    return Unexplained(version, new.title, diff, note, language)
