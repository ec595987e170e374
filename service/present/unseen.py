"""Characters that show nothing, made visible where an edit adds or removes them."""

from functools import lru_cache
from itertools import islice

from markupsafe import Markup, escape

from repo_store.sameness import character_name, character_tag, most_unseen, unseen

_MOST = 100
"""In one run of text: further characters stay as they are."""


def with_unseen(text: str) -> Markup:
    """The text with a badge around each; the style sheet shows its tag, so that what is copied is
    the text itself.
    """
    parts: list[str] = []
    start = 0
    for at in islice(unseen(text), _MOST):
        parts += (escape(text[start:at]), _badge(text[at]))
        start = at + 1
    return Markup("").join([*parts, escape(text[start:])])


def most_badges(text: str) -> int:
    """How many `with_unseen` makes of a text at most."""
    return min(most_unseen(text), _MOST)


@lru_cache(256)
def _badge(character: str) -> Markup:
    return Markup('<span class="unseen" role="img" aria-label="{}" data-tag="{}">{}</span>').format(
        character_name(character), character_tag(character), character
    )
