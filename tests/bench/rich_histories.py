"""Whole histories as articles, as Markdown and as HTML: stored, read back, shown, compared.

A line of the file is as in `histories`, with each version's `markdown`. As HTML it is what
markdown-it makes of it, mark-up and all, taken in as a site's HTML is.
"""

import json
from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import html
from markdown_it import MarkdownIt
from rich.table import Table

from repo_store.archive import Archive
from repo_store.ids import story_id
from service.comparison import page_of
from service.conversion import convert
from service.diffing import compare
from service.present.rich_text import rich_text
from service.present.story_text import slug
from service.usecases.importing import import_file
from service.usecases.publishing import Publishing
from service.usecases.reading import Stories
from service.wiring import now
from tests.bench.corpus import records
from tests.bench.rich import blocks, exact, links_changed
from tests.bench.writers import scratch
from tests.present.test_rich_text import ALLOWED

_SITE = MarkdownIt("commonmark", {"html": True}).enable("table")


def table(path: Path) -> Table:
    histories = list(records(path))
    shown = Table(title=f"Whole histories as articles: {path.name}", title_justify="left")
    columns = (
        "taken in as",
        "stories",
        "versions",
        "read back",
        "both rebuilt",
        "outside the list",
    )
    for name in (*columns, "changed links told"):
        shown.add_column(name, justify="left" if name == columns[0] else "right")
    shown.add_row("Markdown", *_row(_stories(histories, _markdown)))
    shown.add_row("HTML", *_row(_stories(histories, _html)))
    return shown


def _markdown(source: str) -> list[str]:
    return [block.replace("\t", " ") for block in blocks(source) if block.strip()]


def _html(source: str) -> list[str]:
    return list(convert(_SITE.render(source), None).blocks)


def _stories(histories: list[dict[str, Any]], taken: Any) -> list[list[dict[str, Any]]]:
    return [_lines(number, each, taken) for number, each in enumerate(histories, 1)]


def _lines(number: int, history: dict[str, Any], taken: Any) -> list[dict[str, Any]]:
    story = story_id(f"{slug(history['story'])[:100]}-{number}".strip("-"))
    lines: list[dict[str, Any]] = []
    for version in history["versions"]:
        content = {
            "shape": "article",
            "title": version["title"],
            "body": taken(version["markdown"]),
        }
        if version["summary"]:
            content["summary"] = version["summary"]
        content = {name: value for name, value in content.items() if value}
        if not lines or lines[-1]["content"] != content:
            at = {"created_at": version["at"], "author": {"name": version["author"]}}
            lines.append({"story": story, "content": content} | at)
    return lines


def _row(stories: list[list[dict[str, Any]]]) -> list[str]:
    found: Counter[str] = Counter()
    with scratch() as folder:
        file = folder / "all.ndjson"
        file.write_text("\n".join(json.dumps(line) for lines in stories for line in lines))
        with closing(Archive.open(folder / "archive", now, create=True)) as archive:
            done = import_file(archive, Publishing(archive, now), file, now, out_of_order=True)
            assert not done.bad, done.bad[:3]
            reading = Stories(archive)
            for lines in stories:
                found += _checked(reading, lines)
    versions = sum(map(len, stories))
    pairs = versions - len(stories)
    return [
        str(len(stories)),
        str(versions),
        f"{found['equal']} of {versions}",
        f"{found['exact']} of {pairs}",
        str(found["outside"]),
        f"{found['told']} of {found['links']}",
    ]


def _checked(reading: Stories, lines: list[dict[str, Any]]) -> Counter[str]:
    found: Counter[str] = Counter()
    contents = []
    for number, line in enumerate(lines, 1):
        content = reading.content(reading.version(line["story"], number))
        found["equal"] += {**content.fields} == {"title": "", **line["content"]}
        found["outside"] += _outside(str(rich_text(content["body"])))
        contents.append(content)
    for old, new in pairwise(map(page_of, contents)):
        diff = compare(old, new)
        found["exact"] += exact(old, new, diff)
        told, links = links_changed(old, new, diff)
        found["told"] += told
        found["links"] += links
    return found


def _outside(shown: str) -> int:
    """Elements and attributes that a page's text may not have."""
    root = html.fragment_fromstring(shown, create_parent="main")
    return sum(
        each.tag not in ALLOWED or not set(each.attrib) <= set(ALLOWED[each.tag])
        for each in root.iterdescendants()
    )
