"""Canonical equivalence as the rules for facts ask for it, of `repo_store.sameness`."""

from repo_store.sameness import canonical, caseless, folded_with_offsets

composed, folded = canonical, caseless


def composed_with_offsets(text: str) -> tuple[str, list[int]] | None:
    """The text in Normalization Form C, and where each of its characters, and its end, stands in
    the text. None if that is the text.
    """
    found = folded_with_offsets(canonical, text)
    if found.graphemes is None or found.text == text:
        return None
    return found.text, [*(start for start, _ in found.graphemes), len(text)]
