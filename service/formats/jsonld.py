"""schema.org's `NewsArticle` and its like as JSON-LD, alone or embedded in an HTML page.

The text is read from HTML or plain text that the JSON holds; else, in a page, from what is there
marked as the article's text.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any

from lxml import etree, html

from repo_store import InvalidInput, rfc3339
from service.conversion import decoded, read_page
from service.formats import text
from service.formats.ids import is_web_address
from service.formats.item import (
    Found,
    Item,
    Status,
    Written,
    article,
    each_item,
    left_out,
    names,
    without_empty,
    wrong,
)
from service.formats.json_values import Fields, json_bytes, json_values
from service.formats.markup import html_of, lines_of

_TYPES = re.compile(r"(.*NewsArticle|Article|BlogPosting|LiveBlogPosting|Report)$")
_HTML = "text/html"


def read(data: bytes) -> list[Found]:
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        page, values = "", json_values(data)
    else:
        page = decoded(data)
        values = list(_embedded(page))
    articles = [each for value in values for each in _articles(value)]
    if not articles:
        raise wrong("", "holds no NewsArticle or other article in JSON-LD")
    only = page if len(articles) == 1 else ""
    return each_item(articles, lambda value, where: _item(value, where, only))


def _embedded(page: str) -> Iterator[Any]:
    """The JSON-LD in a page's scripts."""
    try:
        root = html.document_fromstring(page.encode(errors="replace"), parser=text.PARSER)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise wrong("", f"not readable HTML: {text.line(str(error))}") from None
    for script in root.iter("script"):
        if script.get("type", "").strip() == "application/ld+json":
            try:
                yield from json_values((script.text or "").encode())
            except InvalidInput:  # others may be about the article
                continue


def _articles(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        types = value.get("@type")
        types = types if isinstance(types, list) else [types]
        if any(isinstance(each, str) and _TYPES.match(each) for each in types):
            yield value
        elif isinstance(graph := value.get("@graph"), list):
            for each in graph:
                yield from _articles(each)


def _item(value: dict[str, Any], where: str, page: str) -> Item:
    fields = Fields(value)
    fields.pass_over("@context", "@type", "@id", "publisher", "isAccessibleForFree")
    dropped: list[str] = []
    title = fields.text("headline") or fields.text("name")
    if not title:
        raise wrong("headline", "missing: an article needs a headline")
    url = _address(value, fields)
    ids = list(_ids(fields, value))
    changed, created = fields.time("dateModified"), fields.time("datePublished")
    kind, note = _correction(fields, changed, dropped)
    content = article(
        title=title,
        summary=fields.text("description"),
        authors=_names(fields.raw("author")),
        section=", ".join(_names(fields.raw("articleSection"))),
        tags=_keywords(fields.raw("keywords")),
        language=text.language(_language(fields), dropped),
        url=url,
        image=_image(fields, dropped),
        body=_body(fields, title, url, page, dropped),
        sources=_sources(fields, dropped),
        faq=_faq(fields, dropped),
        ids=[each for each in ids if each != url],
    )
    return Item(
        content=content,
        where=where,
        id=next(iter(ids), url),
        version=fields.number("version"),
        at=changed,
        first=created,
        note=note,
        kind=kind,
        status=_status(fields),
        dropped=names([*dropped, *fields.rest()]),
    )


def _texts(value: Any, *keys: str) -> Iterator[str]:
    """The texts in a value: itself, or of an object that of the first of these keys it has."""
    if isinstance(value, list):
        for each in value:
            yield from _texts(each, *keys)
    elif isinstance(value, dict):
        yield from (next(_texts(value[key], *keys), "") for key in keys[:1] if value.get(key))
        if keys and not value.get(keys[0]):
            yield from _texts(value, *keys[1:])
    elif isinstance(value, str) and (found := text.line(value)):
        yield found


def _names(value: Any) -> list[str]:
    return list(names(_texts(value, "name")))


def _keywords(value: Any) -> list[str]:
    """Keywords are a list, or one text with commas."""
    return _names(value.split(",") if isinstance(value, str) else value)


def _address(value: Mapping[str, Any], fields: Fields) -> str:
    places = (fields.raw("url"), fields.raw("mainEntityOfPage"), value.get("@id"))
    found = (address for each in places for address in _texts(each, "@id", "url"))
    return next((each for each in found if is_web_address(each)), "")


def _ids(fields: Fields, value: Mapping[str, Any]) -> Iterator[str]:
    yield from names(_texts(fields.raw("identifier"), "value", "@id", "url"))


def _language(fields: Fields) -> str:
    return next(_texts(fields.raw("inLanguage"), "alternateName", "name"), "")


def _status(fields: Fields) -> Status:
    said = next(_texts(fields.raw("creativeWorkStatus"), "name"), "")
    return _STATUSES.get(said, Status.USABLE)


_STATUSES = {"Withdrawn": Status.CANCELED, "Draft": Status.WITHHELD}


def _correction(fields: Fields, changed: datetime | None, dropped: list[str]) -> tuple[str, str]:
    """What readers are told of this version: the newest correction, if it came with it."""
    told = []
    for at, each in enumerate(_listed(fields.raw("correction"))):
        one = Fields(each if isinstance(each, dict) else {"text": each}, f"correction[{at}]")
        told.append((one.time("datePublished"), one.lines("text")))
    dated = [each for each in told if each[0] is not None]
    newest = max(dated, key=lambda each: str(each[0]), default=None) or (told[-1] if told else None)
    fits = newest and (newest[0] is None or changed is None or newest[0] == changed)
    note = newest[1] if newest and fits else ""
    dropped += ["another correction"] if any(words not in ("", note) for _, words in told) else []
    return ("correction", note) if note else ("update", "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _image(fields: Fields, dropped: list[str]) -> dict[str, str]:
    images = _listed(fields.raw("image")) or _listed(fields.raw("thumbnailUrl"))
    fields.pass_over("thumbnailUrl")
    found = []
    for each in images:
        one = Fields(each if isinstance(each, dict) else {"url": each}, "image")
        address = one.text("contentUrl") or one.text("url")
        if is_web_address(address):
            credit = one.text("creditText") or ", ".join(_names(one.raw("creator")))
            told = {"alt": one.text("description"), "caption": one.text("caption")}
            found.append(without_empty(url=address, **told, credit=credit))
    dropped += ["another image"] if len(found) > 1 else []
    return found[0] if found else {}


def _body(fields: Fields, title: str, url: str, page: str, dropped: list[str]) -> list[str]:
    for each in fields.objects("encoding"):
        if each.text("encodingFormat") == _HTML and (markup := each.lines("text")):
            fields.pass_over("articleBody", "text", "wordCount")
            return text.blocks(markup, dropped, title, url)
    plain = fields.lines("articleBody") or fields.lines("text")
    fields.pass_over("text", "wordCount")
    if plain or not page:
        return text.blocks(text.as_html(plain), dropped, title)
    found = read_page(page)
    dropped += [each.what for each in found.dropped]
    return list(found.fields.get("body", ()))


def _sources(fields: Fields, dropped: list[str]) -> list[dict[str, str]]:
    sources = []
    for at, each in enumerate(_listed(fields.raw("citation"))):
        one = Fields(each if isinstance(each, dict) else {"url": each}, f"citation[{at}]")
        address, title = one.text("url"), one.text("name")
        publisher = ", ".join(_names(one.raw("publisher")))
        if is_web_address(address):
            name = publisher or title or address
            sources.append(without_empty(name=name, url=address, title=title if publisher else ""))
        else:
            dropped.append("a citation without an address")
    return sources


def _faq(fields: Fields, dropped: list[str]) -> list[dict[str, str]]:
    entries = []
    for part in fields.objects("hasPart"):
        if part.text("@type") != "FAQPage":
            dropped.append("hasPart")
            continue
        for each in part.objects("mainEntity"):
            answer = each.object("acceptedAnswer")
            question = each.text("name")
            entries.append({"question": question, "answer": text.visible(answer.lines("text"))})
    answered = [each for each in entries if each["answer"]]
    dropped += ["a question without an answer"] if len(answered) < len(entries) else []
    return answered


def write(item: Item) -> Written:
    value = news_article(item)
    dropped = left_out(item.content, sources=["leaning"])
    dropped += [] if item.kind in ("update", "correction") else [f"kind: {item.kind}"]
    return Written(json_bytes(value), tuple(dropped))


def news_article(item: Item) -> dict[str, Any]:
    """The version as a `NewsArticle`."""
    content = item.content
    address, blocks = content.get("url"), content.get("body", ())
    markup = html_of(blocks)
    return without_empty(
        **{"@context": "https://schema.org", "@type": "NewsArticle"},
        url=address,
        mainEntityOfPage=address,
        identifier=[each for each in names([item.id, *content.get("ids", ())]) if each != address],
        inLanguage=content.get("language"),
        headline=content["title"],
        description=content.get("summary"),
        author=[{"@type": "Person", "name": each} for each in content.get("authors", ())],
        articleSection=content.get("section"),
        keywords=[*content.get("tags", ())],
        image=_image_object(content.get("image") or {}),
        datePublished=item.first and rfc3339(item.first),
        dateModified=item.at and rfc3339(item.at),
        version=item.version,
        creativeWorkStatus=_status_of(item),
        articleBody="\n\n".join(lines_of(blocks)),
        encoding=markup and {"@type": "MediaObject", "encodingFormat": _HTML, "text": markup},
        citation=[_citation(each) for each in content.get("sources", ())],
        hasPart=_faq_page(content.get("faq", ())),
        correction=item.note and _comment(item),
    )


def _status_of(item: Item) -> str:
    by_status = {status: said for said, status in _STATUSES.items()}
    return by_status.get(item.status, "Published")


def _comment(item: Item) -> dict[str, Any]:
    at = item.at and rfc3339(item.at)
    return without_empty(**{"@type": "CorrectionComment"}, text=item.note, datePublished=at)


def _image_object(image: Mapping[str, str]) -> dict[str, str]:
    if not image:
        return {}
    return without_empty(
        **{"@type": "ImageObject"},
        contentUrl=image["url"],
        description=image.get("alt"),
        caption=image.get("caption"),
        creditText=image.get("credit"),
    )


def _citation(source: Mapping[str, str]) -> dict[str, Any]:
    publisher = {"@type": "Organization", "name": source["name"]}
    return without_empty(
        **{"@type": "CreativeWork"},
        url=source["url"],
        name=source.get("title"),
        publisher=publisher,
    )


def _faq_page(entries: Any) -> dict[str, Any]:
    questions = [
        without_empty(
            **{"@type": "Question"},
            name=each["question"],
            acceptedAnswer={"@type": "Answer", "text": escape(each["answer"], quote=False)},
        )
        for each in entries
    ]
    return {"@type": "FAQPage", "mainEntity": questions} if questions else {}
