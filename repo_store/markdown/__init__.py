"""Markdown text: a list of blocks, each of which is one line.

A line's kind is known by its beginning (`blocks`), what is in it by markdown-it's rules of
CommonMark (`inline`), and what belongs together by what stands next to it (`tree`). HTML is text.
A block's `visible` text is what a reader sees: it is compared, counted and searched, and each of
its runs knows its place in the source. `leads_to` says where a page may lead,
`loads_from` what it may show.

Work is bounded by counting: a line with far more mark-up than anybody writes is shown as it stands.
"""

from repo_store.markdown import writing
from repo_store.markdown.addresses import is_web, leads_to, loads_from
from repo_store.markdown.blocks import is_plain, of_a_table, parse, unread, visible
from repo_store.markdown.inline import marks
from repo_store.markdown.tree import Item, List, Node, Quotation, Row, Table, table_rows, tree
from repo_store.markdown.values import (
    PLAIN,
    SEPARATOR,
    Block,
    Image,
    Kind,
    Link,
    Run,
    Runs,
    Style,
    whole_images,
)

__all__ = [
    "PLAIN",
    "SEPARATOR",
    "Block",
    "Image",
    "Item",
    "Kind",
    "Link",
    "List",
    "Node",
    "Quotation",
    "Row",
    "Run",
    "Runs",
    "Style",
    "Table",
    "is_plain",
    "is_web",
    "leads_to",
    "loads_from",
    "marks",
    "of_a_table",
    "parse",
    "table_rows",
    "tree",
    "unread",
    "visible",
    "whole_images",
    "writing",
]
