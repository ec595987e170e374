"""An article as an HTML page of its own, with its `NewsArticle` in JSON-LD: `jsonld` reads it."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from repo_store import printable
from service.formats import jsonld
from service.formats.item import Item, Written
from service.formats.markup import html_of
from service.formats.xml import as_shown


def write(item: Item) -> Written:
    content, title = item.content, escape(item.content["title"], quote=False)
    language = f' lang="{escape(content["language"])}"' if "language" in content else ""
    # What a script holds ends at the first “</script”, wherever that stands.
    data = json.dumps(jsonld.news_article(item), ensure_ascii=False).replace("<", r"\u003c")
    data = printable(data)
    lines = [
        "<!doctype html>",
        f"<html{language}>",
        "<head>",
        '<meta charset="utf-8">',
        f"<title>{title}</title>",
        *_links(content),
        f'<script type="application/ld+json">{data}</script>',
        "</head>",
        "<body>",
        "<article>",
        f"<h1>{title}</h1>",
        *_head(content),
        f'<div itemprop="articleBody">{html_of(content.get("body", ()))}</div>',
        *_end(content),
        "</article>",
        "</body>",
        "</html>",
    ]
    text = as_shown("".join(f"{line}\n" for line in lines if line))
    return Written(text.encode(), jsonld.write(item).dropped)


def _links(content: Mapping[str, Any]) -> Iterator[str]:
    if address := content.get("url"):
        yield f'<link rel="canonical" href="{escape(address)}">'


def _head(content: Mapping[str, Any]) -> Iterator[str]:
    if summary := content.get("summary"):
        yield f"<p>{escape(summary, quote=False)}</p>"
    if authors := content.get("authors"):
        yield f"<address>{escape(', '.join(authors), quote=False)}</address>"
    if image := content.get("image"):
        told = " · ".join(image[name] for name in ("caption", "credit") if name in image)
        picture = f'<img src="{escape(image["url"])}" alt="{escape(image.get("alt", ""))}">'
        caption = f"<figcaption>{escape(told, quote=False)}</figcaption>" if told else ""
        yield f"<figure>{picture}{caption}</figure>"


def _end(content: Mapping[str, Any]) -> Iterator[str]:
    for entry in content.get("faq", ()):
        yield f"<h2>{escape(entry['question'], quote=False)}</h2>" if entry["question"] else ""
        yield f"<p>{escape(entry['answer'], quote=False)}</p>"
    if sources := content.get("sources"):
        named = (
            f'<li><a href="{escape(each["url"])}">{escape(each["name"], quote=False)}</a></li>'
            for each in sources
        )
        yield f"<ul>{''.join(named)}</ul>"
