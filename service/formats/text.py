"""Texts of other systems as an article holds them: on one line, from HTML, as HTML."""

import re
from collections.abc import Sequence
from html import escape

from lxml import etree, html

from repo_store import is_language_tag
from repo_store.markdown import parse
from service.conversion import NO_TAG, convert
from service.formats.markup import html_of

_BREAK = re.compile(" *[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+ *")
_SPACES = re.compile(" {2,}")
_ENDS = (
    *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption"),
    *("figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol"),
    *("p", "pre", "section", "table", "td", "th", "tr", "ul"),
)
"""Elements that end a line."""
_TOP = re.compile(r"<h1[\s>]", re.IGNORECASE)
_HIDDEN = ("script", "style", "template", "noscript")
PARSER = html.HTMLParser(
    encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
)


def line(text: str) -> str:
    """The text on one line: a space for line breaks and tabs, and none at its ends."""
    return _BREAK.sub(" ", text).strip(" ")


def language(given: str, dropped: list[str]) -> str:
    """A language tag; what is none goes to `dropped`."""
    tag = line(given)
    dropped += [NO_TAG] if tag and not is_language_tag(tag) else []
    return tag if is_language_tag(tag) else ""


def visible(markup: str) -> str:
    """What a reader sees of a little HTML, such as that of a title, on one line."""
    if "<" not in markup and "&" not in markup:
        return line(markup)
    data = markup.replace("\0", "").encode(errors="replace")
    try:
        # Not as a fragment, whose first text lxml refuses if it has a control character.
        root = html.document_fromstring(b"<html><body>" + data, parser=PARSER)[-1]
    except (etree.ParserError, etree.XMLSyntaxError):  # nothing in it, or far too much
        return ""
    texts, hidden = [root.text or ""], 0
    for event, each in etree.iterwalk(root, events=("start", "end")):
        if each is root:
            continue
        if each.tag in _HIDDEN:
            hidden += 1 if event == "start" else -1
        if not hidden:
            texts += _after(each) if event == "end" else [each.text or ""]
    return _SPACES.sub(" ", line("".join(texts)))


def _after(element: etree._Element) -> list[str]:
    return [" " if element.tag in _ENDS else "", element.tail or ""]


def as_html(text: str) -> str:
    """Plain text as HTML. Blank lines divide paragraphs, or, if there are none, each line end."""
    text = re.sub(r"\r\n?|[\u2028\u2029\x85\v\f]", "\n", text)
    apart = re.compile(r"\n[ \t]*\n" if re.search(r"\n[ \t]*\n", text) else r"\n")
    return "".join(f"<p>{escape(part)}</p>" for each in apart.split(text) if (part := line(each)))


def blocks(markup: str, dropped: list[str], title: str, address: str = "") -> list[str]:
    """HTML as the blocks of an article's body; what has no place there goes to `dropped`.
    `address`: the article's own, from which relative links lead on. Its `title` is not repeated:
    pages have it in an `h1` above the text.
    """
    conversion = convert(markup, address or None)
    dropped += [each.what for each in conversion.dropped for _ in range(each.count)]
    found = list(conversion.blocks)
    repeats = bool(found) and _TOP.search(markup) and parse(found[0]).visible == title
    return found[1:] if repeats else found


def xhtml_of(body: Sequence[str], name: str) -> etree._Element:
    """The blocks of a body as XHTML, in an element of this name."""
    root = html.fragment_fromstring(html_of(body).encode(), create_parent=name, parser=PARSER)
    html.html_to_xhtml(root)
    return etree.fromstring(etree.tostring(root))
