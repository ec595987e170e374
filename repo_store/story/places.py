"""Where in a story, or in what is sent with it, something stands, as its writer counts."""

from collections.abc import Mapping, Sequence

Path = Sequence[str | int]
"""The names of the fields that lead there, and the indexes in lists."""

_PLACES: Mapping[tuple[str, ...], str] = {
    ("title",): "Title",
    ("summary",): "Summary",
    ("overview",): "Overview, paragraph {number}",
    ("analysis",): "Analysis, paragraph {number}",
    ("sources",): "Sources, {ordinal} source",
    ("sources", "name"): "Sources, {ordinal} source's name",
    ("sources", "url"): "Sources, {ordinal} source's link",
    ("sources", "title"): "Sources, {ordinal} source's title",
    ("sources", "leaning"): "Sources, {ordinal} source's leaning",
    ("faq", "question"): "FAQ, question {number}",
    ("faq", "answer"): "FAQ, answer {number}",
    ("note",): "the note, line {line}",
}


def place_of_field(path: Path, line: int = 1) -> str:
    """Such as “Overview, paragraph 1”, “Sources, 2nd source's name” or “the note, line 2”."""
    names = tuple(part for part in path if isinstance(part, str))
    number = next((part + 1 for part in path if isinstance(part, int)), 1)
    known = _PLACES.get(names, f"the {' '.join(names).replace('_', ' ')}")
    return known.format(number=number, ordinal=_ordinal(number), line=line)


def _ordinal(number: int) -> str:
    last = 0 if number // 10 % 10 == 1 else number % 10
    return f"{number:,}{('th', 'st', 'nd', 'rd')[last] if last < 4 else 'th'}"
