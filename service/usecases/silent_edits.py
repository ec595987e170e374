"""What a change is, in the words of the store, and whether it may go out without a word of why."""

from repo_store import Changes, Content, Kind
from service.comparison import page_of
from service.diffing import Diff, compare, cosmetic_edit, difference, first_version_changes
from service.usecases.errors import SilentEdit


def changes(old: Content | None, new: Content) -> Changes:
    """What lists say of a change, its facts left out; against nothing, all of it is new."""
    if old is None:
        sections, words = first_version_changes(page_of(new))
        return Changes(sections, words, 0)
    return changes_of(difference(page_of(old), page_of(new)))


def changes_with_facts(old: Content | None, new: Content) -> Changes:
    if old is None:
        return changes(old, new)
    return changes_of(compare(page_of(old), page_of(new)))


def changes_of(diff: Diff) -> Changes:
    facts = dict.fromkeys(fact.kind for fact in diff.facts)
    return Changes(
        tuple(diff.changed_sections()),
        diff.stats.words_added,
        diff.stats.words_removed,
        tuple(facts),
        only_slight(diff),
    )


def only_slight(diff: Diff) -> bool:
    """Whether no word and no number differs, and something does."""
    blocks = [block for section in diff.sections for block in section.changes]
    counted_alike = diff.source_count[0] == diff.source_count[1]
    return bool(blocks) and counted_alike and all(map(cosmetic_edit, blocks))


def check_told(diff: Diff, note: str, kind: Kind) -> None:
    """The gate for silent edits. SilentEdit if readers would not be told why facts changed."""
    told = note.strip() and kind is not Kind.MINOR
    if not told and (diff.facts or not diff.facts_complete):
        raise SilentEdit(diff.facts, diff.facts_complete)
