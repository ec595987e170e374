"""Characters that show nothing, made visible where an edit adds or removes them."""

from markupsafe import Markup, escape

from repo_store.sameness import character_name, character_tag, unseen

_BADGE = Markup('<span class="unseen" role="img" aria-label="{}" data-tag="{}">{}</span>')


def with_unseen(text: str) -> Markup:
    """The text with a badge around each; the style sheet shows its tag, so that what is copied is
    the text itself.
    """
    parts: list[str] = []
    start = 0
    for at in unseen(text):
        name, tag = character_name(text[at]), character_tag(text[at])
        parts += (escape(text[start:at]), _BADGE.format(name, tag, text[at]))
        start = at + 1
    return Markup("").join([*parts, escape(text[start:])])
