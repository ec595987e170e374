"""What kind of block a line is: known by its beginning, and without looking at other lines."""

import re

from repo_store.markdown.addresses import is_web
from repo_store.markdown.inline import figure, most_marks, runs
from repo_store.markdown.values import PLAIN, Block, Kind, Run, Runs

DEEPEST = 8
"""How deep a list is nested at most."""

_INLINE = re.compile(
    r"[\\`*_\[<&](?:(?<=[\\`*_\[])|(?<=<)(?=[^\s<>]*[:@])"
    r"|(?<=&)(?=#[0-9xX]|[A-Za-z][A-Za-z0-9]*;))"
)
_OUTSET = re.compile(r"[#>|-]|https?://| *(?:-|\d+\.)(?: |$)", re.IGNORECASE)
_BEGINNING = re.compile(
    r"""(?P<heading>\#{2,4})(?:\ +|$)
      | (?P<quote>>)(?:\ +|$)
      | (?P<indent>\ *)(?:-|(?P<number>\d{1,9})\.)(?:\ +|$)""",
    re.VERBOSE,
)
_RULE = re.compile(r"-{3,}\s*")
_DIVIDER = re.compile(r"\|(?:\s*:?-+:?\s*\|)+\s*")
_ROW = re.compile(r"\|(?:(?:[^\\|]|\\.)*+\|)+\s*", re.DOTALL)
_CELL = re.compile(r"\|((?:[^\\|]|\\.)*+)(?=\|)", re.DOTALL)
_FIGURE = re.compile(r"!\[.*\)\s*")


def parse(source: str) -> Block:
    """A block as a value. Any text is one; what is no mark-up is text."""
    if is_plain(source):
        return unread(source)
    kind = of_a_table(source)
    match source[:1]:
        case "-" if _RULE.fullmatch(source):
            return Block(Kind.RULE, ())
        case "|" if kind is Kind.DIVIDER:
            return Block(kind, ())
        case "|" if kind is Kind.ROW:
            cells = [_trimmed(source, *found.span(1)) for found in _CELL.finditer(source)]
            return Block(Kind.ROW, tuple(runs(source, *cell) for cell in cells))
        case "!" if _FIGURE.fullmatch(source) and (shown := figure(source.rstrip())):
            return Block(Kind.IMAGE, shown if shown[1] else shown[:1])
        case "h" | "H" if is_web(source):
            return Block(Kind.EMBED, (_whole(source),))
    found = _BEGINNING.match(source)
    if found is None:
        return Block(Kind.PARAGRAPH, (runs(source),))
    parts = (runs(source, found.end()),)
    if found["heading"]:
        return Block(Kind.HEADING, parts, len(found["heading"]))
    if found["quote"]:
        return Block(Kind.QUOTE, parts)
    level = min(len(found["indent"]) // 2, DEEPEST - 1)
    return Block(Kind.ITEM, parts, level, int(found["number"]) if found["number"] else None)


def of_a_table(source: str) -> Kind | None:
    """Whether it is a row, or what divides a header from the rows below. Reads no cell."""
    if not source.startswith("|"):
        return None
    if _DIVIDER.fullmatch(source):
        return Kind.DIVIDER
    is_row = source.count("|") <= most_marks(source) and _ROW.fullmatch(source)
    return Kind.ROW if is_row else None


def unread(source: str) -> Block:
    """A block of which nothing is mark-up."""
    return Block(Kind.PARAGRAPH, (_whole(source),))


def visible(source: str) -> str:
    """A block's text as a reader sees it, which is what is compared, counted and searched."""
    return source if is_plain(source) else parse(source).visible


def is_plain(source: str) -> bool:
    """Whether nothing in a text may be mark-up: most paragraphs, quickly."""
    return _INLINE.search(source) is None and _OUTSET.match(source) is None


def _whole(source: str) -> Runs:
    return (Run(source, PLAIN, 0, len(source)),) if source else ()


def _trimmed(source: str, start: int, end: int) -> tuple[int, int]:
    part = source[start:end]
    return start + len(part) - len(part.lstrip()), max(start, end - len(part) + len(part.rstrip()))
