"""Markdown text as HTML, from values: no text reaches a page as mark-up of its own.

Elements and attributes are those written here, and no others; an address is one that `leads_to`
knows, an image's one over https.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, zip_longest
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from repo_store.markdown import (
    PLAIN,
    SEPARATOR,
    Block,
    Image,
    Item,
    Kind,
    Link,
    List,
    Node,
    Quotation,
    Run,
    Style,
    Table,
    leads_to,
    loads_from,
    marks,
    parse,
    tree,
    unread,
    whole_images,
)

_ELEMENTS = {"strong": "strong", "emphasis": "em", "code": "code"}
_STYLES = ("link", *_ELEMENTS)
"""From the outermost to the innermost."""
_LINK = {"rel": "nofollow noopener noreferrer"}
_OURS = {"class": "quiet", "dir": "ltr", "lang": "en"}
"""Words of the page, not of the story."""
_SCROLLING = {"tabindex": "0", "role": "group", "aria-label": "Table"}
"""Of what a reader must be able to scroll by keys."""
_ROOM = 28
"""So many characters of a table fit on a phone's screen,"""
_CELL = 3
"""of which the space around a cell takes so many."""
_UNBROKEN = re.compile(r"[^\s\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+")
"""What stands on one line: scripts that need no space between words are broken anywhere."""
_LOWEST = 6
"""The level of the lowest heading that HTML has."""
MOST_MARKS = 20_000
"""Of a text with more mark-up the rest is shown as it stands: so much takes some 0.3 seconds."""
Shown = Callable[[str], Markup]


class Setting(NamedTuple):
    """Where a text is shown. `base`: the article's own address, from which relative links lead on;
    without it they lead nowhere. `loads`: whether the page may load images. `anchor`: makes links
    where they are the page's own, and not those of the text.
    """

    base: str | None = None
    loads: bool = True
    anchor: Callable[[Markup, Link], Markup] | None = None


ON_A_PAGE = Setting()


def rich_text(
    sources: Iterable[str], base: str | None = None, loads: bool = True, under: int = 1
) -> Markup:
    """The HTML of Markdown blocks, in a `Setting` of `base` and `loads`. `under`: the level of the
    heading that they stand under.
    """
    return set_blocks(_blocks(sources), Setting(base, loads), under)


def set_blocks(blocks: Iterable[Block], setting: Setting, under: int = 1) -> Markup:
    """The HTML of blocks that were read already."""
    return _joined(_nodes(tree(blocks), setting, under))


def _nodes(nodes: Iterable[Node], setting: Setting, under: int) -> Iterator[Markup]:
    """Each node. No heading skips a level, even if the text does or its beginning is left out."""
    above = under
    for node in nodes:
        if isinstance(node, Block) and node.kind is Kind.HEADING:
            above = min(under + node.level - 1, above + 1, _LOWEST)
            look = {"class": f"heading heading-{node.level}", "dir": "auto"}
            yield element(f"h{above}", inline(node.parts[0], setting), **look)
        else:
            yield _node(node, setting)


def _blocks(sources: Iterable[str]) -> Iterator[Block]:
    left = MOST_MARKS
    for source in sources:
        left -= marks(source)
        yield parse(source) if left >= 0 else unread(source)


def inline(
    runs: Sequence[Run],
    setting: Setting = ON_A_PAGE,
    shown: Shown = escape,
) -> Markup:
    """The HTML of runs in a line of text. `shown`: makes HTML of their characters."""
    if len(runs) == 1 and runs[0].style is PLAIN:
        return shown(runs[0].text)
    return _styled(runs, _STYLES, setting, shown)


def _node(node: Node, setting: Setting) -> Markup:
    match node:
        case Quotation():
            paragraphs = _joined(_text("p", each, setting) for each in node.paragraphs)
            return element("blockquote", paragraphs)
        case List():
            number = {} if node.start in (None, 1) else {"start": str(node.start)}
            items = _joined(_item(each, setting) for each in node.items)
            return element("ul" if node.start is None else "ol", items, **number)
        case Table():
            return _table(node, setting)
        case Block(kind=Kind.RULE):
            return Markup("<hr>")
        case Block(kind=Kind.IMAGE):
            return figure(node, setting)
        case Block(kind=Kind.EMBED):
            return embed(node.visible, inline(node.parts[0], setting) if setting.anchor else None)
    return _text("p", node, setting)


def _text(name: str, block: Block, setting: Setting) -> Markup:
    return element(name, inline(block.parts[0], setting), dir="auto")


def _item(item: Item, setting: Setting) -> Markup:
    lists = _joined(_node(each, setting) for each in item.lists)
    return element("li", inline(item.block.parts[0], setting) + lists, dir="auto")


def _table(table: Table, setting: Setting) -> Markup:
    header = element("thead", _row("th", table.header, setting)) if table.header else Markup()
    rows = _joined(_row("td", each, setting) for each in table.rows)
    content = element("table", header + (element("tbody", rows) if rows else rows))
    lines = (table.header, *table.rows) if table.header else table.rows
    by_keys = _SCROLLING if scrolls(row.visible.split(SEPARATOR) for row in lines) else {}
    return element("div", content, **{"class": "scroll"}, **by_keys)


def scrolls(rows: Iterable[Iterable[str]]) -> bool:
    """Whether a table of these cells may be wider than a phone's screen: only then is it a stop for
    those who use a keyboard.
    """
    columns = zip_longest(*rows, fillvalue="")
    return sum(_CELL + max(map(_longest, column)) for column in columns) > _ROOM


def _longest(text: str) -> int:
    return max(map(len, _UNBROKEN.findall(text)), default=0)


def _row(name: str, row: Block, setting: Setting) -> Markup:
    cells = _joined(element(name, inline(cell, setting), dir="auto") for cell in row.parts)
    return element("tr", cells)


def figure(block: Block, setting: Setting = ON_A_PAGE) -> Markup:
    """An image that is a block, with its caption."""
    runs, image = block.parts[0], block.image or Image("")
    style = Style(image=Image(image.href), link=runs[0].style.link if setting.anchor else None)
    alt = Run("".join([run.text for run in runs]), style, 0, 0)
    content = _styled([alt], _STYLES, setting, escape)
    if len(block.parts) > 1:
        content += element("figcaption", inline(block.parts[1], setting), dir="auto")
    return element("figure", content)


def picture(image: Image, alt: str, setting: Setting = ON_A_PAGE) -> Markup:
    """An image alone, or a link to it where a page may not load it."""
    return _image(Run(alt, Style(image=Image(image.href)), 0, 0), setting, escape)


def embed(url: str, link: Markup | None = None) -> Markup:
    """What another site shows, as a link to it, or as another `link`: nothing of that site is
    loaded into the page.
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    label = element("span", escape(f"From {host or 'elsewhere'}: "), **_OURS)
    content = label + (_anchor(escape(url), url) if link is None else link)
    return element("p", content, **{"class": "embed", "dir": "auto"})


def _styled(runs: Iterable[Run], styles: tuple[str, ...], setting: Setting, shown: Shown) -> Markup:
    if not styles:
        return _joined(
            _image(run, setting, shown) if run.style.image else shown(run.text)
            for run in whole_images(runs)
        )
    name, *inner = styles
    parts = []
    for value, group in groupby(runs, key=attrgetter(f"style.{name}")):
        content = _styled(group, tuple(inner), setting, shown)
        if isinstance(value, Link) and setting.anchor:
            content = setting.anchor(content, value)
        elif isinstance(value, Link):
            content = _anchor(content, leads_to(value.href, setting.base), value.title)
        elif value:
            content = element(_ELEMENTS[name], content)
        parts.append(content)
    return _joined(parts)


def _anchor(content: Markup, href: str | None, title: str = "") -> Markup:
    if href is None:
        return content
    titled = {"title": title} if title else {}
    return element("a", content, href=href, **titled, **_LINK)


def _image(run: Run, setting: Setting, shown: Shown) -> Markup:
    """An image, alone or in a line; as a link where a page may not load it."""
    image = run.style.image or Image("")
    address = loads_from(image.href, setting.base) if setting.loads else None
    if address is None:
        alt = shown(run.text or image.href)
        return alt if run.style.link else _anchor(alt, leads_to(image.href, setting.base))
    titled = {"title": image.title} if image.title else {}
    privately = {"loading": "lazy", "referrerpolicy": "no-referrer"}
    return element("img", None, src=address, alt=run.text, **titled, **privately)


def element(name: str, content: Markup | None, **attributes: str) -> Markup:
    """`content`: None of an element that has none."""
    written = "".join([f' {key}="{escape(value)}"' for key, value in attributes.items()])
    closing = "" if content is None else f"{content}</{name}>"
    return Markup(f"<{name}{written}>{closing}")  # noqa: S704 names are ours, values escaped


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
