"""The difference of rich text against that of plain text, on articles kept as Markdown."""

import gc
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from rich.table import Table

from repo_store import BUILT_IN
from repo_store.markdown import visible
from service.comparison import page_from
from service.diffing import Diff, Page, compare, rebuild
from tests.bench import corpus
from tests.bench.timing import once, ratio

_RULER = MarkdownIt("commonmark", {"html": False})
"""Which links a text has, by the library itself and over whole blocks."""
_BEGINNING = re.compile(r"\s*(?:#{1,6} |> |[-*+] |\d+[.)] |\||!\[|---|- - -)")
_MARK = re.compile(r"\s*(?:#+ |> |- |\d+\. )")
_TIMES = 3


class Edit(NamedTuple):
    """Two versions: rich; what is seen of its blocks, without mark-up, in the same shape and in the
    shape of plain text; and the plain paragraphs.
    """

    rich: tuple[Page, Page]
    bare: tuple[Page, Page]
    seen: tuple[Page, Page]
    plain: tuple[Page, Page]


def edits(path: Path) -> Iterator[Edit]:
    for record in corpus.records(path):
        if "md_before" in record:
            sides = [list(blocks(record[name])) for name in ("md_before", "md_after")]
            seen = [[text for each in side if (text := visible(each).strip())] for side in sides]
            plain = [record[name] for name in ("before", "after")]
            yield Edit(
                _pages("article", *sides),
                _pages("article", *seen),
                _pages("story", *seen),
                _pages("story", *plain),
            )


def _pages(shape: str, old: list[str], new: list[str]) -> tuple[Page, Page]:
    part = "body" if shape == "article" else "overview"
    empty = {each.id: each.empty for each in BUILT_IN[shape].parts}
    old_page, new_page = (
        page_from(BUILT_IN[shape], {**empty, "title": "Title", part: side}, 0)
        for side in (old, new)
    )
    return old_page, new_page


def blocks(markdown: str) -> Iterator[str]:
    """The lines of a document, with those of a paragraph joined."""
    paragraph: list[str] = []
    for line in (*markdown.splitlines(), ""):
        text = line.strip()
        if (not text or _BEGINNING.match(line)) and paragraph:
            yield " ".join(paragraph)
            paragraph = []
        if _BEGINNING.match(line):
            indent = "  " * min((len(line) - len(line.lstrip())) // 2, 5)
            item = re.match(r"[-*+] |\d+[.)] ", text)
            yield f"{indent}{re.sub(r'^[*+] ', '- ', text)}" if item else text
        elif text:
            paragraph.append(text)


def tables(path: Path) -> Iterator[Table]:
    """None of a file that has no Markdown."""
    if found := list(edits(path)):
        yield _table(path.name, found)


def _table(name: str, found: list[Edit]) -> Table:
    table = Table(title=f"Rich text: {len(found)} edits ({name})", title_justify="left")
    table.add_column("what")
    table.add_column("result", justify="right")
    diffs = [compare(*edit.rich) for edit in found]
    rebuilt = sum(exact(*edit.rich, diff) for edit, diff in zip(found, diffs, strict=True))
    table.add_row("both texts rebuilt", f"{rebuilt} of {len(found)}")
    links = [links_changed(*edit.rich, diff) for edit, diff in zip(found, diffs, strict=True)]
    gc.collect()
    gc.freeze()  # A collection during a diff would go through all these edits.
    table.add_row(
        "changed links that are listed",
        f"{sum(listed for listed, _ in links)} of {sum(all_ for _, all_ in links)}",
    )
    for name, rows in (
        ("all", found),
        ("those in which words changed", [each for each in found if _words_change(each.seen)]),
    ):
        for other in _NAMES:
            _add_ratio(table, f"time to that of {_NAMES[other]}, {name}", rows, other)
    return table


_NAMES = {
    "bare": "the same words without mark-up",
    "seen": "the same words in a story",
    "plain": "the plain paragraphs in a story",
}


def _add_ratio(table: Table, name: str, rows: list[Edit], other: str) -> None:
    times = [(_best(edit.rich), _best(getattr(edit, other))) for edit in rows]
    median = statistics.median(one / two for one, two in times)
    total = sum(one for one, _ in times), sum(two for _, two in times)
    table.add_row(name, f"{median:.2f} × at the median, {ratio(*total)} in total")


def _best(pages: tuple[Page, Page]) -> float:
    return min(once(lambda: compare(*pages)) for _ in range(_TIMES))


def exact(old: Page, new: Page, diff: Diff) -> bool:
    return rebuild.old_page(diff) == old and rebuild.new_page(diff) == new


def _words_change(pages: tuple[Page, Page]) -> bool:
    return any(section.changed for section in compare(*pages).sections)


def links_changed(old: Page, new: Page, diff: Diff) -> tuple[int, int]:
    """How many of the addresses that only one text has the diff lists, and how many there are; but
    for those of links whose words are the address, which the words tell.
    """
    before, after = ([*_links(page)] for page in (old, new))
    named = {href for href, words in (*before, *after) if href == words}
    changed = {href for href, _ in before} ^ {href for href, _ in after}
    listed = {
        _RULER.normalizeLink(href)
        for section in diff.sections
        for block in section.changes
        for each in block.formatting
        for href in (each.old, each.new)
        if each.what in ("link", "image") and href is not None
    }
    return len((changed - named) & listed), len(changed - named)


def _links(page: Page) -> Iterator[tuple[str, str]]:
    """Where the links and images of a text lead, each with its words."""
    for (source,) in page.sections["body"].units:
        href, words = "", ""
        for token in _RULER.parseInline(_MARK.sub("", source, count=1))[0].children or []:
            match token.type:
                case "link_open":
                    href, words = str(token.attrs["href"]), ""
                case "link_close":
                    if words and _may_lead(href):
                        yield href, words
                case "image":
                    words += token.content
                    if _may_lead(str(token.attrs["src"])):
                        yield str(token.attrs["src"]), ""
                case _:
                    words += token.content


def _may_lead(href: str) -> bool:
    return re.match(r"https?://|mailto:|tel:", href) is not None or not re.match(r"[^/?#]*:", href)
