"""HTML in place of a part of Markdown text: `body_html` instead of `body`."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from repo_store import FieldError, InvalidInput, Shapes
from repo_store.markdown import is_web
from service.conversion import Dropped, convert

HTML = "_html"


class WithoutHtml(NamedTuple):
    """A content with Markdown in place of HTML, and what the HTML had that is not in it.
    `converted`: the parts that were made of HTML.
    """

    content: Any
    dropped: tuple[Dropped, ...] = ()
    converted: frozenset[str] = frozenset()

    def within(self, sent: Any) -> Any:
        """What was sent with the content in it, with this one in its place."""
        return {**sent, "content": self.content} if self.converted else sent

    @contextmanager
    def errors_as_sent(self) -> Iterator[None]:
        """Errors name what was sent: the HTML, and the words of a block."""
        try:
            yield
        except InvalidInput as error:
            raise InvalidInput(map(self._as_sent, error.errors)) from None

    def _as_sent(self, error: FieldError) -> FieldError:
        found = _IN_PART.fullmatch(error.field)
        if found is None or found["part"] not in self.converted:
            return error
        message = error.message
        if found["index"]:
            index = int(found["index"])
            begins = self.content[found["part"]][index][:_SHOWN]
            message = f"block {index + 1}, “{begins}…”, {message}"
        return FieldError(f"{found['part']}{HTML}", message)


_IN_PART = re.compile(r"(?P<part>\w+)(?:\[(?P<index>\d+)\])?")
_SHOWN = 40
"""Characters of a block by which its writer finds it in the HTML."""


def without_html(content: Any, shapes: Shapes) -> WithoutHtml:
    """A content as it is sent, with its HTML converted; relative addresses lead on from its `url`.
    What is no part of its shape stays as it is. Raises InvalidInput that names the field.
    """
    if not isinstance(content, Mapping) or not any(name.endswith(HTML) for name in content):
        return WithoutHtml(content)
    shape = shapes[content.get("shape", "story")]
    made: dict[str, Any] = dict(content)
    dropped: Counter[str] = Counter()
    converted: set[str] = set()
    url = content.get("url")
    for part in shape.parts:
        name = f"{part.id}{HTML}"
        if part.format != "markdown" or name not in made:
            continue
        html = made.pop(name)
        if not isinstance(html, str):
            raise InvalidInput([FieldError(name, "must be text")])
        if part.id in made:
            raise InvalidInput([FieldError(name, f"must not stand beside {part.id}")])
        try:
            found = convert(html, url if isinstance(url, str) and is_web(url) else None)
        except InvalidInput as error:
            raise InvalidInput([FieldError(name, each.message) for each in error.errors]) from None
        made[part.id] = list(found.blocks)
        converted.add(part.id)
        dropped.update({each.what: each.count for each in found.dropped})
    losses = tuple(Dropped(what, count) for what, count in dropped.items())
    return WithoutHtml(made, losses, frozenset(converted))
