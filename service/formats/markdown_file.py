"""An article as a Markdown file: all but the body stands before it, as site generators read it:
YAML, of which JSON is a part.
"""

import json
from collections.abc import Iterator, Sequence

from repo_store import printable, rfc3339
from repo_store.markdown import Kind, parse
from service.formats.item import Item, Written, without_empty
from service.formats.xml import as_shown

_TOGETHER = {Kind.ITEM: "list", Kind.QUOTE: "quote", Kind.ROW: "table", Kind.DIVIDER: "table"}
"""Kinds of blocks that stand together, without a line between them."""


def write(item: Item) -> Written:
    fields = without_empty(
        **{name: value for name, value in item.content.items() if name not in ("shape", "body")},
        date=item.first and rfc3339(item.first),
        lastmod=item.at and rfc3339(item.at),
        version=item.version,
        note=item.note,
        kind=item.kind if item.note else "",
        status=item.status.value,
    )
    values = {name: json.dumps(value, ensure_ascii=False) for name, value in fields.items()}
    head = [f"{name}: {printable(value)}\n" for name, value in values.items()]
    body = "".join(_lines(item.content.get("body", ())))
    text = f"---\n{''.join(head)}---\n{as_shown(body)}"
    return Written(text.encode(), ())


def _lines(body: Sequence[str]) -> Iterator[str]:
    before = None
    for block in body:
        family = _TOGETHER.get(parse(block).kind)
        yield f"{block}\n" if family and family == before else f"\n{block}\n"
        before = family
