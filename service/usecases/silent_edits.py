"""The gate against silent edits: changed facts, unexplained."""

from repo_store import Content, Kind
from repo_store.sameness import looks_alike
from service.accounts import Gate
from service.comparison import page_of
from service.diffing import Diff, Fact
from service.present.language import language_of
from service.present.suggested_note import suggested_note
from service.usecases.errors import SilentEdit

NOT_SEARCHED = "not-searched"
"""Beside the kinds of facts that were found: too much changed to look for all of them."""


def says_something(note: str) -> bool:
    """Whether a reader sees a letter or a digit: a note of what shows nothing is none."""
    return any(map(str.isalnum, looks_alike(note)))


def check_explained(
    old: Content, new: Content, diff: Diff, note: str, kind: Kind, gate: Gate = Gate.HOLD
) -> tuple[str, ...]:
    """What the gate makes of facts that change where neither note nor kind would tell readers why:
    SilentEdit if it holds; their kinds if it flags, with NOT_SEARCHED if there may be more.

    A name that is only respelled needs no note. None is suggested where there is one, nor where it
    could leave out a fact that was not found.
    """
    if gate is Gate.OFF or (says_something(note) and kind is not Kind.MINOR):
        return ()
    facts = tuple(fact for fact in diff.facts if fact.kind.gated)
    if diff.facts_complete and not facts:
        return ()
    if gate is Gate.FLAG:
        kinds = dict.fromkeys(fact.kind.value for fact in facts)
        return (*kinds, *(() if diff.facts_complete else (NOT_SEARCHED,)))
    if not diff.facts_complete:
        raise SilentEdit(facts, complete=False)
    lacks = not says_something(note)
    raise SilentEdit(facts, True, *(proposed_note(old, new, facts) if lacks else ()))


def proposed_note(old: Content, new: Content, facts: tuple[Fact, ...]) -> tuple[str, str]:
    """A note that says what changed, made by rule, which is empty if there is none; and the
    language that it is in.
    """
    language = language_of(new).tag
    return suggested_note(facts, page_of(old), page_of(new), language), language
