"""Feeds with full content: RSS 2.0 and Atom. What is written is Atom (RFC 4287)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from lxml import etree

from repo_store import rfc3339
from service.formats import text
from service.formats.ids import is_web_address
from service.formats.item import (
    Found,
    Item,
    Written,
    article,
    each_item,
    left_out,
    names,
    without_empty,
    wrong,
)
from service.formats.markup import html_of
from service.formats.xml import (
    XHTML,
    XML_LANG,
    absolute,
    base_of,
    document,
    inner_html,
    joined,
    local,
    moment,
    parsed,
    words,
)

ATOM = "http://www.w3.org/2005/Atom"
_IN = {
    "a": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "h": XHTML,
    "media": "http://search.yahoo.com/mrss/",
}
_SECTION = "https://schema.org/articleSection"
"""The scheme of the category that is a section of a publication."""


def _tags(*names: str) -> frozenset[str]:
    """Names such as `media:content`, as lxml has them."""
    parts = (each.rpartition(":") for each in names)
    return frozenset(f"{{{_IN[prefix]}}}{name}" if prefix else name for prefix, _, name in parts)


_RSS_READ = _tags(
    *("title", "link", "guid", "pubDate", "description", "content:encoded", "author", "category"),
    *("dc:creator", "dc:language", "media:content", "enclosure", "a:updated", "dcterms:modified"),
)
_ATOM_READ = _tags(
    *("a:id", "a:title", "a:updated", "a:published", "a:content", "a:summary", "a:author"),
    *("a:category", "a:link"),
)
_MEDIA_READ = _tags("media:description", "media:credit")


def read(data: bytes) -> list[Found]:
    root = parsed(data)
    if root.tag == "rss":
        return each_item(root.findall("channel/item"), _rss_item)
    if root.tag == f"{{{ATOM}}}feed":
        return each_item(root.findall("a:entry", _IN), _atom_item)
    if root.tag == f"{{{ATOM}}}entry":
        return each_item([root], _atom_item)
    raise wrong("", f"neither RSS 2.0 nor Atom: its first element is {root.tag}")


def _unread(item: etree._Element, known: frozenset[str]) -> list[str]:
    unread = [each for each in item if each.tag not in known]
    return [f"{each.prefix}:{local(each)}" if each.prefix else local(each) for each in unread]


def _find(item: etree._Element, *paths: str) -> etree._Element | None:
    found = (item.find(path, _IN) for path in paths)
    return next((each for each in found if each is not None), None)


def _all_words(item: etree._Element, *paths: str) -> list[str]:
    found = [words(each) for path in paths for each in item.findall(path, _IN)]
    return list(names(each for each in found if each))


def _rss_item(item: etree._Element, where: str) -> Item:
    dropped = _unread(item, _RSS_READ)
    title = _title(text.visible(whole(_find(item, "title"))))
    markup = whole(_find(item, "content:encoded"))
    description = whole(_find(item, "description"))
    link = _find(item, "link")
    given = "" if link is None else absolute(link, words(link))
    url = given if is_web_address(given) else ""
    dropped += ["a link without a web address"] if given != url else []
    name = words(_find(item, "guid")) or url
    body = text.blocks(markup or description, dropped, title, joined(url, base_of(item)))
    creators, authors = _all_words(item, "dc:creator"), _all_words(item, "author")
    dropped += ["author"] if creators and {*authors} - {*creators} else []
    content = article(
        title=title,
        summary=text.visible(description) if markup else "",
        authors=creators or authors,
        tags=_all_words(item, "category"),
        language=text.language(words(_find(item, "dc:language", "../language")), dropped),
        url=url,
        image=_picture(_media(item, dropped), body, dropped),
        body=body,
        ids=[name] if name and name != url else [],
    )
    published = _rss_time(_find(item, "pubDate"))
    changed = moment(_find(item, "a:updated", "dcterms:modified"), "updated")
    return Item(
        content=content,
        where=where,
        id=name,
        at=changed,
        first=published,
        dropped=names(dropped),
    )


def whole(element: etree._Element | None) -> str:
    """The text of an element as it is, with its lines."""
    return "" if element is None else "".join(map(str, element.itertext()))


def _title(title: str) -> str:
    if not title:
        raise wrong("title", "missing: an article needs a headline")
    return title


def _rss_time(element: etree._Element | None) -> datetime | None:
    if element is None or not (given := words(element)):
        return None
    try:
        found = parsedate_to_datetime(given)
    except ValueError:
        problem = "must be a time such as Fri, 01 May 2026 10:00:00 +0000"
        raise wrong("pubDate", problem) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


class _Medium(NamedTuple):
    """What goes with an article. `kind`: its media type, or the beginning of one."""

    address: str
    kind: str
    told: Mapping[str, str]


def _media(item: etree._Element, dropped: list[str]) -> Iterator[_Medium]:
    for each in (*item.findall("media:content", _IN), *item.findall("enclosure")):
        dropped += _unread(each, _MEDIA_READ)
        told = without_empty(
            caption=", ".join(_all_words(each, "media:description")),
            credit=", ".join(_all_words(each, "media:credit")),
        )
        kind = each.get("type") or f"{each.get('medium', 'image')}/"
        yield _Medium(absolute(each, each.get("url")), kind, told)


def _picture(media: Iterable[_Medium], body: list[str], dropped: list[str]) -> dict[str, str]:
    """The first picture that goes with the article and is not in its text."""
    image: dict[str, str] = {}
    for each in media:
        if not (each.kind.startswith("image/") and is_web_address(each.address)):
            dropped.append("an enclosure that is no picture")
        elif each.address == image.get("url") or any(each.address in block for block in body):
            dropped += [f"image: {name}" for name in each.told if name not in image]
        elif image:
            dropped.append("another picture")
        else:
            image = {"url": each.address, **each.told}
    return image


class _Link(NamedTuple):
    relation: str
    address: str
    title: str
    kind: str


def _atom_links(entry: etree._Element, dropped: list[str]) -> list[_Link]:
    links: list[_Link] = []
    for each in entry.findall("a:link", _IN):
        relation, found = each.get("rel", "alternate"), absolute(each, each.get("href"))
        again = relation == "alternate" and any(link.relation == relation for link in links)
        if not is_web_address(found):
            dropped.append("a link without a web address")
        elif again or relation not in _RELATIONS:
            dropped.append(f"link: {relation}")
        else:
            title = text.line(each.get("title", ""))
            links.append(_Link(relation, found, title, each.get("type", "")))
    return links


_RELATIONS = ("alternate", "enclosure", "related", "self", "edit")
"""Relations of links that are read, or say nothing of the article that would be missed."""


def _atom_item(entry: etree._Element, where: str) -> Item:
    dropped = _unread(entry, _ATOM_READ)
    links = _atom_links(entry, dropped)
    url = next((each.address for each in links if each.relation == "alternate"), "")
    name = words(_find(entry, "a:id")) or url
    title = _title(text.visible(_markup(_find(entry, "a:title"))))
    body = _atom_body(_find(entry, "a:content"), title, url, dropped)
    enclosed = [
        _Medium(each.address, each.kind or "image/", without_empty(alt=each.title))
        for each in links
        if each.relation == "enclosure"
    ]
    around = "../" if entry.find("a:author", _IN) is None else ""
    categories = entry.findall("a:category", _IN)
    content = article(
        title=title,
        summary=text.visible(_markup(_find(entry, "a:summary"))),
        authors=_all_words(entry, f"{around}a:author/a:name"),
        section=next((_label(each) for each in categories if each.get("scheme") == _SECTION), ""),
        tags=list(names(_label(each) for each in categories if each.get("scheme") != _SECTION)),
        language=text.language(_language(entry), dropped),
        url=url,
        image=_picture(enclosed, body, dropped),
        body=body,
        sources=[
            {"name": each.title or each.address, "url": each.address}
            for each in links
            if each.relation == "related"
        ],
        ids=[name] if name != url else [],
    )
    return Item(
        content=content,
        where=where,
        id=name,
        at=moment(_find(entry, "a:updated"), "updated"),
        first=moment(_find(entry, "a:published"), "published"),
        dropped=names(dropped),
    )


def _atom_body(
    content: etree._Element | None, title: str, url: str, dropped: list[str]
) -> list[str]:
    if content is None:
        return []
    dropped += ["content elsewhere"] if content.get("src") else []
    division = content.find("h:div", _IN)
    base = joined(url, base_of(content if division is None else division))
    return text.blocks(_markup(content), dropped, title, base)


def _markup(construct: etree._Element | None) -> str:
    """What an element of Atom holds, as HTML."""
    if construct is None:
        return ""
    kind = construct.get("type", "text")
    if kind in ("xhtml", "application/xhtml+xml"):
        division = construct.find("h:div", _IN)
        return "" if division is None else inner_html(division)
    given = whole(construct)
    return given if kind in ("html", "text/html") else text.as_html(given)


def _label(category: etree._Element) -> str:
    return text.line(category.get("label") or category.get("term") or "")


def _language(entry: etree._Element) -> str:
    around = [entry, *entry.iterancestors()]
    return next((found for each in around if (found := each.get(XML_LANG))), "")


def write(item: Item) -> Written:
    """An entry that stands alone, which is an Atom document, too."""
    content = item.content
    entry = etree.fromstring(f'<entry xmlns="{ATOM}"/>')
    if language := content.get("language"):
        entry.set(XML_LANG, language)
    _add(entry, "id", item.id)
    _add(entry, "title", content["title"])
    _add(entry, "updated", rfc3339(item.at) if item.at else "")
    if item.first:
        _add(entry, "published", rfc3339(item.first))
    for name in content.get("authors") or [""]:  # an entry must have one, if without a name
        _add(_add(entry, "author"), "name", name)
    if section := content.get("section"):
        _add(entry, "category", term=section, scheme=_SECTION)
    for tag in content.get("tags", ()):
        _add(entry, "category", term=tag)
    for link in _links(content):
        _add(entry, "link", **link)
    if summary := content.get("summary"):
        _add(entry, "summary", summary)
    if blocks := content.get("body"):
        _add(entry, "content", html_of(blocks), type="html")
    etree.indent(entry)
    dropped = left_out(content, ["faq"], sources=["title", "leaning"], image=["caption", "credit"])
    dropped += ["ids"] if {*content.get("ids", ())} - {item.id} else []
    dropped += ["note"] if item.note else []
    return Written(document(entry), tuple(dropped))


def _links(content: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    if address := content.get("url"):
        yield {"rel": "alternate", "href": address}
    if image := content.get("image"):
        yield {"rel": "enclosure", "href": image["url"], "title": image.get("alt", "")}
    for each in content.get("sources", ()):
        yield {"rel": "related", "href": each["url"], "title": each["name"]}


def _add(parent: etree._Element, name: str, words: str = "", **attributes: str) -> etree._Element:
    given = {key: value for key, value in attributes.items() if value}
    child = etree.SubElement(parent, f"{{{ATOM}}}{name}", given)
    child.text = words or None
    return child
