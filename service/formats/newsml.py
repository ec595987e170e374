"""IPTC NewsML-G2: a news item of text, alone or in a news message.

A text is read from XHTML, NITF, HTML or plain text. What is written is at conformance level
“power”, with the text as XHTML.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from repo_store import rfc3339
from service.formats import nitf, text
from service.formats.ids import is_web_address
from service.formats.item import (
    Found,
    Item,
    NotAnArticle,
    Status,
    Written,
    article,
    byline,
    each_item,
    left_out,
    names,
    without_empty,
    wrong,
)
from service.formats.xml import XHTML, XML_LANG, document, inner_html, local, moment, parsed, words

NAR = "http://iptc.org/std/nar/2006-10-01/"
NITF = "http://iptc.org/std/NITF/2006-10-18/"
VERSION = "2.35"
_CATALOG = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_41.xml"
"""Says what the codes stand for that are written here, such as `stat:usable`."""
_IN = {"n": NAR, "h": XHTML, "f": NITF}

_CANONICAL = "http://www.iana.org/assignments/relation/canonical"
_PICTURE = "https://schema.org/image"
_ALT = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/AltTextAccessibility"
_CORRECTION = "https://schema.org/correction"
"""Names for what NewsML-G2 has no code of its own for: the article's address, its picture, what
that shows, and what readers are told of a change.
"""
_SIGNALS = ("correction", "update")
_SECTION = "department"
"""The nature of a concept that is a section of a publication: `cpnat:department`."""

_READ = {
    "itemMeta": (
        *("itemClass", "versionCreated", "firstCreated", "embargoed", "pubStatus", "title"),
        *("signal", "link", "generator", "provider"),
    ),
    "contentMeta": (
        *("contentCreated", "contentModified", "infoSource", "creator", "language", "keyword"),
        *("subject", "headline", "by", "description", "altId"),
    ),
}
"""The elements that are read, or say nothing that would be missed; all others are listed."""


def read(data: bytes) -> list[Found]:
    root = parsed(data)
    found = list(root.iter(f"{{{NAR}}}newsItem"))
    if not found:
        raise wrong("", f"holds no newsItem of NewsML-G2; its first element is {root.tag}")
    return each_item(found, _item)


def _item(item: etree._Element, where: str) -> Item:
    item_class = _one(item, "n:itemMeta/n:itemClass")
    if item_class is not None and (what := _code(item_class)) not in ("text", "composite"):
        raise NotAnArticle(what)
    dropped = list(_unread(item))
    status = _status(item)
    content_meta = _one(item, "n:contentMeta")
    kind, note = _note(item)
    section, tags = _concepts(item)
    url = _address(item)
    title = _title(item, dropped, status)
    guid = item.get("guid", "").strip()
    if not guid:
        raise wrong("guid", "missing")
    content = article(
        title=title,
        summary=_summary(item, dropped),
        authors=_authors(item, dropped),
        section=section,
        tags=tags,
        language=text.language(_language(item), dropped),
        url=url,
        image=_image(item, dropped),
        body=_body(item, title, url, dropped),
        sources=_sources(item, dropped),
        ids=[each for each in names([guid, *_texts(content_meta, "n:altId")]) if each != url],
    )
    version = item.get("version", "")
    return Item(
        content=content,
        where=where,
        id=guid,
        version=int(version) if version.isascii() and version.isdecimal() else None,
        at=moment(_one(item, "n:itemMeta/n:versionCreated"), "versionCreated"),
        first=moment(_one(item, "n:itemMeta/n:firstCreated"), "firstCreated"),
        note=note,
        kind=kind,
        status=status,
        embargo=moment(_one(item, "n:itemMeta/n:embargoed"), "embargoed"),
        dropped=names(dropped),
    )


def _all(parent: etree._Element | None, path: str) -> list[etree._Element]:
    return [] if parent is None else parent.findall(path, _IN)


def _one(parent: etree._Element | None, path: str) -> etree._Element | None:
    return None if parent is None else parent.find(path, _IN)


def _texts(parent: etree._Element | None, path: str) -> list[str]:
    return [found for each in _all(parent, path) if (found := words(each))]


def _code(element: etree._Element, name: str = "") -> str:
    """The code of an element, or of an attribute such as `role`, without what it is from: `usable`
    of `stat:usable`, or of an address that ends in it.
    """
    qcode = element.get(name or "qcode", "")
    return qcode.rpartition(":")[2] or element.get(f"{name}uri", "").rpartition("/")[2]


def _unread(item: etree._Element) -> Iterator[str]:
    for part, known in _READ.items():
        for each in _all(item, f"n:{part}/*"):
            if local(each) not in known:
                yield local(each)
    for each in item:
        if local(each) not in (*_READ, "catalogRef", "catalog", "contentSet"):
            yield local(each)


def _status(item: etree._Element) -> Status:
    found = _one(item, "n:itemMeta/n:pubStatus")
    if found is None:
        return Status.USABLE
    try:
        return Status(_code(found))
    except ValueError:
        raise wrong("pubStatus", "must be usable, withheld or canceled") from None


def _title(item: etree._Element, dropped: list[str], status: Status) -> str:
    headlines = _all(item, "n:contentMeta/n:headline")
    headlines.sort(key=lambda each: _code(each, "role") not in ("", "main"))
    found = [given for each in headlines if (given := words(each))]
    dropped += ["another headline"] if len(found) > 1 else []
    titles = _texts(item, "n:itemMeta/n:title")
    dropped += ["title"] if found and {*titles} - {*found} else []
    found += titles
    found += _texts(item, ".//f:hedline/f:hl1")
    if not found and status is not Status.CANCELED:  # a notice of that may be all there is
        raise wrong("headline", "missing: an article needs a headline")
    return found[0] if found else ""


def _note(item: etree._Element) -> tuple[str, str]:
    signals = [_code(each) for each in _all(item, "n:itemMeta/n:signal")]
    kind = next((each for each in _SIGNALS if each in signals), "update")
    notes = [each for each in _descriptions(item) if each.get("roleuri") == _CORRECTION]
    return kind, words(notes[0]) if notes else ""


def _descriptions(item: etree._Element) -> list[etree._Element]:
    return _all(item, "n:contentMeta/n:description")


def _summary(item: etree._Element, dropped: list[str]) -> str:
    found = [each for each in _descriptions(item) if each.get("roleuri") != _CORRECTION]
    found.sort(key=lambda each: _code(each, "role") != "summary")
    notes = len(_descriptions(item)) - len(found)
    dropped += ["another description"] if notes > 1 or len(found) > 1 else []
    return words(found[0]) if found else ""


def _authors(item: etree._Element, dropped: list[str]) -> list[str]:
    creators = _all(item, "n:contentMeta/n:creator")
    named = [words(_one(each, "n:name")) or each.get("literal", "") for each in creators]
    by = _texts(item, "n:contentMeta/n:by")
    return byline([each for each in named if each], by, dropped)


def _concepts(item: etree._Element) -> tuple[str, list[str]]:
    """The section, and the names of all that the article is about."""
    section, tags = "", _texts(item, "n:contentMeta/n:keyword")
    for each in _all(item, "n:contentMeta/n:subject"):
        name = words(_one(each, "n:name")) or each.get("literal", "")
        if _code(each, "type") == _SECTION and not section:
            section = name
        else:
            tags.append(name)
    return section, [each for each in names(tags) if each]


def _language(item: etree._Element) -> str:
    """That of the text, else of what the item says of it, else of the item."""
    inline = _one(item, "n:contentSet/n:inlineXML")
    said = _one(item, "n:contentMeta/n:language")
    tags = [
        inline.get(XML_LANG) if inline is not None else "",
        said.get("tag") if said is not None else "",
        item.get(XML_LANG),
    ]
    return next((tag for tag in tags if tag), "")


def _links(item: etree._Element, relation: str) -> list[etree._Element]:
    links = _all(item, "n:itemMeta/n:link")
    return [
        each
        for each in links
        if each.get("reluri") == relation and is_web_address(each.get("href", ""))
    ]


def _address(item: etree._Element) -> str:
    return next((each.get("href", "") for each in _links(item, _CANONICAL)), "")


def _image(item: etree._Element, dropped: list[str]) -> dict[str, str]:
    pictures = _links(item, _PICTURE)
    others = len(_all(item, "n:itemMeta/n:link")) - len(pictures[:1])
    others -= len(_links(item, _CANONICAL)[:1])
    dropped += ["link"] if others else []
    for each in pictures:
        told = {_code(one, "role"): words(one) for one in _all(each, "n:description")}
        return without_empty(
            url=each.get("href"),
            alt=told.get(_ALT.rpartition("/")[2]),
            caption=told.get("caption"),
            credit=words(_one(each, "n:creditline")),
        )
    return {}


def _sources(item: etree._Element, dropped: list[str]) -> list[dict[str, str]]:
    sources = []
    for each in _all(item, "n:contentMeta/n:infoSource"):
        name = words(_one(each, "n:name")) or each.get("literal", "")
        address = each.get("uri", "")
        if is_web_address(address):
            sources.append({"name": name or address, "url": address})
        else:
            dropped.append("an infoSource without an address")
    return sources


def _body(item: etree._Element, title: str, url: str, dropped: list[str]) -> list[str]:
    inline = _all(item, "n:contentSet/n:inlineXML")
    plain = _all(item, "n:contentSet/n:inlineData")
    others = len(_all(item, "n:contentSet/*")) - 1
    markup = next((found for each in inline if (found := _markup(each))), "")
    for each in () if markup else plain:
        if each.get("contenttype", "text/plain") == "text/html":
            markup = each.text or ""
        elif not each.get("encoding") and not each.get("encodinguri"):
            markup = text.as_html(each.text or "")
        if markup:
            break
    dropped += ["another rendition of the content"] if others > 0 else []
    return text.blocks(markup, dropped, title, url)


def _markup(inline: etree._Element) -> str:
    """The text in XML as HTML; empty if it is in a language that is not read."""
    if (body := _one(inline, "h:html/h:body")) is not None:
        return inner_html(body)
    content = _all(inline, ".//f:body.content") or inline.findall(".//body.content")
    return "".join(map(nitf.as_html, content))


def write(item: Item) -> Written:
    content = item.content
    root = etree.fromstring(f'<newsItem xmlns="{NAR}"/>')
    root.set("guid", item.id)
    root.set("version", str(item.version or 1))
    root.set("standard", "NewsML-G2")
    root.set("standardversion", VERSION)
    root.set("conformance", "power")
    if language := content.get("language"):
        root.set(XML_LANG, language)
    _add(root, "catalogRef", href=_CATALOG)
    _add_item_meta(_add(root, "itemMeta"), item)
    _add_content_meta(_add(root, "contentMeta"), item)
    etree.indent(root)
    if blocks := content.get("body"):  # spaces are part of a text: it gets none
        _add_text(_add(root, "contentSet"), content["title"], blocks)
    dropped = left_out(content, ["faq"], sources=["title", "leaning"])
    if item.kind not in _SIGNALS:
        dropped.append(f"kind: {item.kind}")
    return Written(document(root), tuple(dropped))


def _add(parent: etree._Element, name: str, words: str = "", **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAR}}}{name}", attributes)
    child.text = words or None
    return child


def _named(parent: etree._Element, name: str, called: str, **attributes: str) -> None:
    _add(_add(parent, name, **attributes), "name", called)


def _add_item_meta(meta: etree._Element, item: Item) -> None:
    _add(meta, "itemClass", qcode="ninat:text")
    _add(meta, "provider", literal=item.author or "story-history")
    if item.at:
        _add(meta, "versionCreated", rfc3339(item.at))
    if item.first:
        _add(meta, "firstCreated", rfc3339(item.first))
    if item.embargo:
        _add(meta, "embargoed", rfc3339(item.embargo))
    _add(meta, "pubStatus", qcode=f"stat:{item.status}")
    if item.kind in _SIGNALS and (item.version or 1) > 1:
        _add(meta, "signal", qcode=f"sig:{item.kind}")
    if address := item.content.get("url"):
        _add(meta, "link", reluri=_CANONICAL, href=address)
    if image := item.content.get("image"):
        _add_picture(_add(meta, "link", reluri=_PICTURE, href=image["url"]), image)


def _add_picture(link: etree._Element, image: Mapping[str, str]) -> None:
    _add(link, "itemClass", qcode="ninat:picture")
    if credit := image.get("credit"):
        _add(link, "creditline", credit)
    if alternative := image.get("alt"):
        _add(link, "description", alternative, roleuri=_ALT)
    if caption := image.get("caption"):
        _add(link, "description", caption, role="drol:caption")


def _add_content_meta(meta: etree._Element, item: Item) -> None:
    content: Mapping[str, Any] = item.content
    for each in content.get("sources", ()):
        _named(meta, "infoSource", each["name"], uri=each["url"])
    for each in content.get("authors", ()):
        _named(meta, "creator", each, literal=each)
    for each in content.get("ids", ()):
        if each != item.id:
            _add(meta, "altId", each)
    if language := content.get("language"):
        _add(meta, "language", tag=language)
    for each in content.get("tags", ()):
        _add(meta, "keyword", each)
    if section := content.get("section"):
        _named(meta, "subject", section, type=f"cpnat:{_SECTION}", literal=section)
    _add(meta, "headline", content["title"])
    if authors := content.get("authors"):
        _add(meta, "by", ", ".join(authors))
    if summary := content.get("summary"):
        _add(meta, "description", summary, role="drol:summary")
    if item.note:
        _add(meta, "description", item.note, roleuri=_CORRECTION)


def _add_text(parent: etree._Element, title: str, blocks: Sequence[str]) -> None:
    inline = _add(parent, "inlineXML", contenttype="application/xhtml+xml")
    page = etree.fromstring(f'<html xmlns="{XHTML}"><head><title/></head></html>')
    page[0][0].text = title
    page.append(text.xhtml_of(blocks, "body"))
    inline.append(page)
