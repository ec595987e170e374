"""The blocks of an article's body as HTML for another system: the elements alone, every address as
it was written. What becomes of it on a page is up to that system.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from operator import attrgetter

from repo_store.markdown import (
    Block,
    Item,
    Kind,
    Link,
    List,
    Node,
    Quotation,
    Run,
    Table,
    parse,
    tree,
    whole_images,
)

_ELEMENTS = {"strong": "strong", "emphasis": "em", "code": "code"}
_STYLES = ("link", *_ELEMENTS)
"""From the outermost to the innermost."""


def html_of(body: Sequence[str]) -> str:
    """The HTML of Markdown blocks."""
    return "".join(map(_node, tree(map(parse, body))))


def lines_of(body: Sequence[str]) -> list[str]:
    """The blocks as a reader sees them, without those that show no text."""
    return [shown for each in body if (shown := parse(each).visible.strip())]


def _node(node: Node) -> str:
    match node:
        case Quotation():
            return _element("blockquote", "".join(_text("p", each) for each in node.paragraphs))
        case List():
            number = {} if node.start in (None, 1) else {"start": str(node.start)}
            name = "ul" if node.start is None else "ol"
            return _element(name, "".join(map(_item, node.items)), **number)
        case Table():
            header = _element("thead", _row("th", node.header)) if node.header else ""
            rows = "".join(_row("td", each) for each in node.rows)
            return _element("table", header + (_element("tbody", rows) if rows else ""))
        case Block(kind=Kind.RULE):
            return "<hr>"
        case Block(kind=Kind.HEADING):
            return _text(f"h{node.level}", node)
        case Block(kind=Kind.IMAGE):
            return _figure(node)
        case Block(kind=Kind.EMBED):
            return _element("figure", _element("iframe", "", src=node.visible))
    return _text("p", node)


def _text(name: str, block: Block) -> str:
    return _element(name, _inline(block.parts[0]))


def _item(item: Item) -> str:
    return _element("li", _inline(item.block.parts[0]) + "".join(map(_node, item.lists)))


def _row(name: str, row: Block) -> str:
    return _element("tr", "".join(_element(name, _inline(cell)) for cell in row.parts))


def _figure(block: Block) -> str:
    caption = block.parts[1] if len(block.parts) > 1 else ()
    image = block.image
    alt = "".join(run.text for run in block.parts[0])
    picture = _single("img", src=image.href if image else "", alt=alt)
    return _element(
        "figure", picture + (_element("figcaption", _inline(caption)) if caption else "")
    )


def _inline(runs: Iterable[Run], styles: tuple[str, ...] = _STYLES) -> str:
    if not styles:
        return "".join(map(_run, whole_images(runs)))
    name, *inner = styles
    parts = []
    for value, group in groupby(runs, key=attrgetter(f"style.{name}")):
        content = _inline(group, tuple(inner))
        if isinstance(value, Link):
            content = _element("a", content, href=value.href, **_titled(value.title))
        elif value:
            content = _element(_ELEMENTS[name], content)
        parts.append(content)
    return "".join(parts)


def _run(run: Run) -> str:
    if image := run.style.image:
        return _single("img", src=image.href, alt=run.text, **_titled(image.title))
    return escape(run.text, quote=False)


def _titled(title: str) -> dict[str, str]:
    return {"title": title} if title else {}


def _element(name: str, content: str, **attributes: str) -> str:
    return f"{_single(name, **attributes)}{content}</{name}>"


def _single(name: str, **attributes: str) -> str:
    given = [f' {key}="{escape(value)}"' for key, value in attributes.items()]
    return f"<{name}{''.join(given)}>"
