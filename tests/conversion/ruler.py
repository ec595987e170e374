"""Another reading of HTML, to measure the conversion with: the words a page shows, by lxml's own
tree, and the HTML that an article's page would have of blocks.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from lxml import html

from repo_store.markdown import parse
from service.conversion import Dropped
from service.present.rich_text import rich_text

_LISTED = {
    "script": "script",
    "style": "style sheet",
    "noscript": "content for browsers without scripts",
    "svg": "drawing",
    "button": "form control",
    "form": "form",
    "template": "template",
    "title": "title of the page",
    "audio": "text for browsers without a player",
    "video": "text for browsers without a player",
}
"""What of a page's words is not in the blocks if the conversion names it."""
_INLINE = {"a", "abbr", "b", "cite", "code", "del", "em", "font", "i", "ins", "mark", "s"}
_INLINE |= {"small", "span", "strong", "sub", "sup", "time", "u"}


def missing(page: str, blocks: Iterable[str], dropped: Iterable[Dropped]) -> Counter[str]:
    """The words of a page that are neither in the blocks nor in something that was named."""
    named = {each.what for each in dropped}
    root = html.fromstring(f"<div>{page}</div>")
    for tag, what in _LISTED.items():
        for element in list(root.iter(tag)) if what in named else ():
            element[:] = []
            element.text = None
    said = "\n".join(parse(block).visible for block in blocks)
    return _words("".join(_texts(root))) - _words(said)


def _texts(element: html.HtmlElement) -> Iterator[str]:
    if not isinstance(element.tag, str):
        yield element.tail or ""
        return
    border = "" if element.tag in _INLINE else "\n"
    yield border + (element.text or "")
    for child in element:
        yield from _texts(child)
    yield border + (element.tail or "")


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text)))


def as_article(blocks: Iterable[str]) -> str:
    """The HTML that an article's own page would have: its headings are those that it has, also
    where they skip a level, and embeds are not shown as links.
    """
    shown = re.sub(
        r'<p class="embed".*?</span><a href="([^"]*)".*?</p>',
        r'<iframe src="\1"></iframe>',
        str(rich_text(blocks, "https://paper.example/")),
    )
    return re.sub(r'<h\d class="heading heading-(\d)"(.*?)</h\d>', r"<h\1\2</h\1>", shown)
