"""HTML as elements, read as a browser reads it: by libxml2, through lxml.

It is asked for events and not for its own tree, which ends at a depth of 2,048, without what comes
after, and takes quadratic time for an element with many attributes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lxml import etree

from repo_store import FieldError, InvalidInput
from service.conversion.losses import Losses

MOST_BYTES = 2 * 1024 * 1024
MOST_NODES = 100_000
WHOLE_PAGE = 3
"""A form with so many paragraphs, or with a page's main part, is around a page."""

_NOT_IN_HTML = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_WITHOUT_CONTENT = frozenset({"source", "track", "wbr"})
"""Elements without content that libxml2 does not know."""


@dataclass(slots=True)
class Element:
    """`cells`, `tables` and `paragraphs`: how many of them are in a table or form, but not in one
    within it.
    """

    tag: str
    attributes: Mapping[str, str]
    children: list["Node"] = field(default_factory=list)
    cells: int = 0
    tables: int = 0
    paragraphs: int = 0

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def classes(self) -> list[str]:
        return self.get("class").split()


Node: TypeAlias = Element | str


def parsed(html: str, losses: Losses) -> Element:
    """The root of a document or a part of one. Raises InvalidInput if it is too large."""
    text, removed = _NOT_IN_HTML.subn("", html)
    losses.add("control character", removed)
    source = text.encode()
    if len(source) > MOST_BYTES:
        raise InvalidInput([FieldError("html", f"takes more than {MOST_BYTES:,} bytes")])
    target = _Target(losses)
    if text.strip():
        etree.fromstring(source, etree.HTMLParser(target=target, huge_tree=True, encoding="utf-8"))
    return target.root


class _Target:
    """What lxml calls as it reads. Its stubs would allow bytes, which it never passes here."""

    def __init__(self, losses: Losses) -> None:
        self.root = Element("#document", {})
        self._losses = losses
        self._open = [self.root]
        self._tables: list[Element] = []
        self._forms: list[Element] = []
        self._nodes = 0
        self._text: list[str] = []

    def start(self, tag: Any, attributes: Mapping[Any, Any]) -> None:
        self._end_text()
        element = Element(tag, dict(attributes))
        self._add(element)
        if tag in _WITHOUT_CONTENT:
            return
        self._open.append(element)
        if self._tables and tag in ("table", "td", "th"):
            self._tables[-1].tables += tag == "table"
            self._tables[-1].cells += tag != "table"
        if self._forms and tag in ("p", "article", "main", "h1"):
            self._forms[-1].paragraphs += 1 if tag == "p" else WHOLE_PAGE
        if tag == "table":
            self._tables.append(element)
        if tag == "form":
            self._forms.append(element)

    def end(self, tag: Any) -> None:
        if tag in _WITHOUT_CONTENT:
            return
        self._end_text()
        self._open.pop()
        for kept in (self._tables, self._forms):
            if kept and kept[-1].tag == tag:
                kept.pop()

    def data(self, data: Any) -> None:
        self._text.append(data)

    def comment(self, text: Any) -> None:
        self._losses.add("comment")

    def pi(self, target: str, data: str | None = None) -> None:
        self._losses.add("comment")

    def close(self) -> Element:
        self._end_text()
        return self.root

    def _end_text(self) -> None:
        """A text, which comes in as many pieces as it has entities, is one node."""
        if self._text:
            self._add("".join(self._text))
            self._text = []

    def _add(self, node: Node) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise InvalidInput(
                [FieldError("html", f"has more than {MOST_NODES:,} elements and texts")]
            )
        self._open[-1].children.append(node)
