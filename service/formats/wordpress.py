"""WordPress's REST API: posts, as `/wp-json/wp/v2/posts` answers, with or without `_embed`, and
their revisions, as `/wp-json/wp/v2/posts/ID/revisions` does.

A file holds any number of such answers, one after the other. A revision holds a title, a text and
an excerpt: all else is as the post has it now, if it is in the file. Autosaves, which are not what
anybody published, are left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from itertools import pairwise
from typing import Any

from repo_store import InvalidInput, rfc3339
from service.formats import text
from service.formats.ids import is_uri, is_web_address
from service.formats.item import (
    Found,
    Item,
    Skipped,
    Status,
    Unreadable,
    Written,
    article,
    left_out,
    names,
    without_empty,
    wrong,
)
from service.formats.json_values import Fields, json_bytes, json_values
from service.formats.markup import html_of, lines_of

_API = re.compile(r"(https?://.+?)/(?:wp-json|index\.php/wp-json)/wp/v2/[^/]+/(\d+)(?:[/?].*)?")
_SHORT = re.compile(r"(https?://[^?]+?)/?\?(?:page_id=|p=)(\d+).*")
_STATUSES = {Status.USABLE: "publish", Status.WITHHELD: "draft", Status.CANCELED: "trash"}
_READ_AS = {
    **{name: status for status, name in _STATUSES.items()},
    **{"future": Status.USABLE, "pending": Status.WITHHELD, "private": Status.WITHHELD},
}
_PASSED_OVER = (
    *("_links", "author", "categories", "class_list", "comment_status", "date", "featured_media"),
    *("modified", "ping_status", "slug", "tags", "template", "type"),
)
"""Numbers of what `_embedded` has by name, times without a zone, and settings of the site."""
_CUT = re.compile(r"\[(?:…|\.\.\.)\]$")
"""How a summary ends that WordPress made itself, of the first words of the text."""


def read(data: bytes) -> list[Found]:
    values = json_values(data)
    if not values:
        raise wrong("", "holds no post")
    posts: dict[str, Item] = {}
    revisions: defaultdict[str, list[Item]] = defaultdict(list)
    found: list[Found] = []
    for at, value in enumerate(values, 1):
        where = f"item {at}"
        try:
            fields = Fields(value)
            slug = fields.text("slug")
            if "-autosave-" in slug:
                found.append(Skipped(where, "autosave"))
            elif "-revision-" in slug:
                revision = _revision(fields, where)
                revisions[revision.id].append(revision)
            else:
                post = _post(fields, where)
                posts[post.id] = post
        except InvalidInput as error:
            found.append(Unreadable(where, error))
    for name in names([*posts, *revisions]):
        found += _history(posts.get(name), revisions[name])
    return found


def _post(fields: Fields, where: str) -> Item:
    dropped: list[str] = []
    if _object(fields, "content").raw("protected") is True:
        raise wrong("content", "is protected by a password, and so not in the file")
    name = _name(fields, fields.lines("id"))
    embedded = fields.object("_embedded")
    categories, tags = _terms(embedded)
    url, guid = fields.text("link"), _object(fields, "guid").text("rendered")
    status = fields.text("status") or "publish"
    published, changed = fields.time("date_gmt", utc=True), fields.time("modified_gmt", utc=True)
    if status not in _READ_AS:
        raise wrong("status", f"“{status}” is none of a post’s in WordPress itself")
    fields.pass_over("_links", "type", "slug", "author", "date", "modified", "featured_media")
    fields.pass_over(
        "categories", "tags", "template", "comment_status", "ping_status", "class_list"
    )
    authors = _authors(embedded)
    written = {
        "authors": authors,
        "section": categories[0] if categories else "",
        "tags": [each for each in names([*categories[1:], *tags]) if each],
        "language": text.language(fields.text("lang"), dropped),
        "url": url if is_web_address(url) and not _SHORT.fullmatch(url) else "",
        "image": _image(embedded),
        "ids": [each for each in names([name, guid]) if is_uri(each)],
    }
    content = article(**written, **_written(fields, dropped, url))
    dropped += embedded.rest()
    return Item(
        content=content,
        where=where,
        id=name,
        at=changed if status == "future" else max(filter(None, [changed, published]), default=None),
        first=published,
        author=authors[0] if authors else "",
        status=_READ_AS[status],
        embargo=published if status == "future" else None,
        dropped=names([*dropped, *fields.rest()]),
    )


def _revision(fields: Fields, where: str) -> Item:
    dropped: list[str] = []
    name = _name(fields, fields.lines("parent"))
    content = article(**_written(fields, dropped), ids=[name])
    return Item(
        content=content,
        where=where,
        id=name,
        at=fields.time("modified_gmt", utc=True),
        author=", ".join(_authors(fields.object("_embedded"))),
        dropped=names(dropped),
    )


def _object(fields: Fields, name: str) -> Fields:
    """A field with its `rendered` text; a text alone is taken for that."""
    value = fields.raw(name)
    return Fields({"rendered": value} if isinstance(value, str) else value or {}, name)


def _name(fields: Fields, number: str) -> str:
    """The post's short address, which never changes: `https://paper.example/?p=12`."""
    if not number:
        raise wrong("id", "missing")
    guid = _object(fields, "guid").text("rendered")
    links = fields.object("_links")
    for relation in ("parent", "self"):
        for each in links.objects(relation):
            if found := _API.fullmatch(each.text("href")):
                return f"{found[1]}/?p={number}"
    if found := _SHORT.fullmatch(guid):
        return f"{found[1]}/?p={number}"
    if host := re.match(r"https?://[^/]+", fields.text("link") or guid):
        return f"{host[0]}/?p={number}"
    raise wrong("guid", "missing: nothing says of which site this is")


def _written(fields: Fields, dropped: list[str], address: str = "") -> dict[str, Any]:
    title = text.visible(_object(fields, "title").lines("rendered"))
    if not title:
        raise wrong("title", "missing: an article needs a headline")
    body = text.blocks(_object(fields, "content").lines("rendered"), dropped, title, address)
    return {"title": title, "summary": _summary(_object(fields, "excerpt"), body), "body": body}


def _summary(excerpt: Fields, body: list[str]) -> str:
    """The excerpt, if somebody wrote it. Where there is none WordPress takes the first words of the
    text, all of it if it is short; to editors it says which it is.
    """
    if isinstance(written := excerpt.raw("raw"), str):
        return text.visible(written)
    summary = text.visible(excerpt.lines("rendered"))
    is_made = _CUT.search(summary) or " ".join(lines_of(body)).startswith(summary)
    return "" if is_made else summary


def _authors(embedded: Fields) -> list[str]:
    named = (each.text("name") for each in embedded.objects("author"))
    return [each for each in named if each]


def _terms(embedded: Fields) -> tuple[list[str], list[str]]:
    """The names of the post's categories, and of its other terms."""
    groups = embedded.raw("wp:term")
    groups = groups if isinstance(groups, list) else []
    terms = [
        Fields(each, "_embedded.wp:term")
        for group in groups
        for each in (group if isinstance(group, list) else [])
    ]
    named = [(each.text("taxonomy"), text.visible(each.lines("name"))) for each in terms]
    categories = [name for taxonomy, name in named if taxonomy == "category"]
    return categories, [name for taxonomy, name in named if taxonomy != "category"]


def _image(embedded: Fields) -> dict[str, str]:
    for each in embedded.objects("wp:featuredmedia"):
        if is_web_address(address := each.text("source_url")):
            caption = text.visible(_object(each, "caption").lines("rendered"))
            return without_empty(url=address, alt=each.text("alt_text"), caption=caption)
    return {}


def _history(post: Item | None, revisions: list[Item]) -> Iterator[Item]:
    """The versions that readers saw, in their order: the last revision from before the post was
    published, those after it, and the post as it is.
    """
    revisions.sort(key=lambda each: str(each.at))
    if not post:
        yield from revisions
        return
    unseen = len(revisions)
    if post.status is Status.USABLE and not post.embargo:
        for revision, following in pairwise([*revisions, post]):
            if not (post.first and following.at and following.at <= post.first):
                unseen -= 1
                yield _with_all(revision, post)
    more = ["revisions that were never public"] if unseen else []
    yield replace(post, dropped=(*post.dropped, *more))


def _with_all(revision: Item, post: Item) -> Item:
    """A revision with what only the post has. It was public from when the post was, or later."""
    own = {name: revision.content.get(name) for name in ("title", "summary", "body")}
    times = [each for each in (revision.at, post.first) if each]
    return replace(
        revision, content=article(**{**post.content, **own}), at=max(times, default=None)
    )


def write(item: Item) -> Written:
    """What WordPress takes to make a post of it."""
    content = item.content
    scheduled = bool(item.embargo)
    published = item.embargo or item.first or item.at
    value = without_empty(
        status="future" if scheduled else _STATUSES[item.status],
        date_gmt=published and rfc3339(published).removesuffix("Z"),
        title=escape(content["title"], quote=False),
        excerpt=escape(content.get("summary", ""), quote=False),
        content=html_of(content.get("body", ())),
    )
    parts = ["authors", "section", "tags", "language", "url", "image", "sources", "faq", "ids"]
    dropped = left_out(content, parts) + (["note"] if item.note else [])
    return Written(json_bytes(value), tuple(dropped))
