"""IPTC ninjs 3.x: News in JSON. 2.x, which has the same names in lower case, is read, too.

A file holds one object, a list of them, or several one after the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from repo_store import rfc3339
from service.formats import nitf, text
from service.formats.ids import is_web_address
from service.formats.item import (
    KINDS,
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
from service.formats.json_values import Fields, json_bytes, json_values
from service.formats.markup import html_of

VERSION = "3.1"
_STANDARD = {
    "name": "ninjs",
    "version": VERSION,
    "schema": f"https://www.iptc.org/std/ninjs/ninjs-schema_{VERSION}.json",
}
_EARLIER = {
    "altids": "altIds",
    "contenttype": "contentType",
    "ednote": "edNote",
    "embargoed": "embargoedUntil",
    "firstcreated": "firstCreated",
    "infosources": "infoSources",
    "pubstatus": "pubStatus",
    "representationtype": "representationType",
    "versioncreated": "versionCreated",
}
"""Names in 2.x, with those in 3.x."""
_HTML = ("text/html", "application/xhtml+xml")
_PLAIN = ("text/plain", "")
_SUMMARIES = ("summary", "abstract", "lead", "description", "main", "text", "")
"""Roles of descriptions that say what the article is about, best first."""
_CONCEPTS = ("people", "organisations", "places", "events", "objects")
_PICTURES = ("picture", "graphic")

# Marks that we put where ninjs takes any word and has no field of its own
_AUTHOR = "author"
_SECTION = "section"
_URL = "url"
_ALT = "alt"
_CAPTION = "caption"


def read(data: bytes) -> list[Found]:
    values = json_values(data)
    if not values:
        raise wrong("", "holds no ninjs object")
    return each_item(values, _item)


def _item(value: Any, where: str) -> Item:
    fields = Fields(_renamed(value))
    if (what := fields.text("type")) not in ("", "text", "composite"):
        raise NotAnArticle(what)
    dropped: list[str] = []
    status = _status(fields)
    kind, note = _note(descriptions := list(fields.objects("descriptions")))
    url, ids = _ids(fields)
    people = list(fields.objects("people"))
    title = _title(fields, dropped, status)
    body = _body(fields, title, url, dropped)
    section, tags = _concepts(fields, people)
    content = article(
        title=title,
        summary=_summary(descriptions, dropped),
        authors=_authors(fields, people, dropped),
        section=section,
        tags=tags,
        language=text.language(fields.text("language"), dropped),
        url=url,
        image=_image(fields, body, dropped),
        body=body,
        sources=_sources(fields, dropped),
        ids=ids,
    )
    fields.pass_over("standard", "representationType", "contentCreated")
    return Item(
        content=content,
        where=where,
        id=fields.text("uri"),
        version=fields.number("version"),
        at=fields.time("versionCreated"),
        first=fields.time("firstCreated"),
        note=note,
        kind=kind,
        status=status,
        embargo=fields.time("embargoedUntil"),
        dropped=names([*dropped, *fields.rest()]),
    )


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(each) for each in value]
    if isinstance(value, dict):
        return {_EARLIER.get(name, name): _renamed(each) for name, each in value.items()}
    return value


def _status(fields: Fields) -> Status:
    try:
        return Status(fields.text("pubStatus") or Status.USABLE)
    except ValueError:
        raise fields.wrong("pubStatus", "must be usable, withheld or canceled") from None


def _title(fields: Fields, dropped: list[str], status: Status) -> str:
    headlines = list(fields.objects("headlines"))
    headlines.sort(key=lambda each: each.text("role") not in ("main", ""))
    found = [shown for each in headlines if (shown := _shown(each))]
    if len(found) > 1:
        dropped.append("another headline")
    title = found[0] if found else fields.text("title")
    if not title and status is not Status.CANCELED:  # a notice of that may be all there is
        raise fields.wrong("headlines", "missing: an article needs a headline")
    return title


def _shown(value: Fields) -> str:
    """A headline or description as a reader sees it."""
    given = value.lines("value")
    return text.visible(given) if value.text("contentType") in _HTML else text.line(given)


def _note(descriptions: list[Fields]) -> tuple[str, str]:
    """What readers are told of the change: its kind and a note."""
    for each in descriptions:
        if (role := each.text("role")) in KINDS:
            return role, each.lines("value")
    return "update", ""


def _summary(descriptions: list[Fields], dropped: list[str]) -> str:
    by_role = {each.text("role"): _shown(each) for each in reversed(descriptions)}
    told = [role for role in by_role if role not in KINDS]
    notes = sum(each.text("role") in KINDS for each in descriptions)
    dropped += ["another description"] if notes > 1 or len(descriptions) - notes > 1 else []
    return next((by_role[role] for role in [*_SUMMARIES, *told] if role in by_role), "")


def _ids(fields: Fields) -> tuple[str, list[str]]:
    """The article's own address, if it is named, and what it is called."""
    uri = fields.text("uri")
    if not uri:
        raise fields.wrong("uri", "missing")
    others = [(each.text("role"), each.text("value")) for each in fields.objects("altIds")]
    url = next((each for role, each in others if role == _URL and is_web_address(each)), "")
    ids = dict.fromkeys([uri, *(each for _, each in others if each)])
    return url, [each for each in ids if each != url]


def _authors(fields: Fields, people: list[Fields], dropped: list[str]) -> list[str]:
    named = [each.text("name") for each in people if each.text("rel") == _AUTHOR]
    return byline([each for each in named if each], [fields.text("by")], dropped)


def _concepts(fields: Fields, people: list[Fields]) -> tuple[str, list[str]]:
    """The section, and the names of all that the article is about."""
    found = list(fields.objects("subjects"))
    section = next((each.text("name") for each in found if each.text("rel") == _SECTION), "")
    found = [each for each in found if each.text("rel") != _SECTION]
    for name in _CONCEPTS:
        found += people if name == "people" else fields.objects(name)
    told = (each.text("name") for each in found if each.text("rel") != _AUTHOR)
    return section, list(dict.fromkeys(each for each in told if each))


def _body(fields: Fields, title: str, url: str, dropped: list[str]) -> list[str]:
    """The best of the bodies: HTML, then NITF, then plain text; of one kind, the main one."""
    bodies = [each for each in fields.objects("bodies") if each.lines("value").strip()]
    best = min(bodies, key=_rank, default=None)
    if not best or _rank(best) == _UNKNOWN:
        dropped += [f"a body of type {each.text('contentType')}" for each in bodies]
        return []
    dropped += ["another body"] if len(bodies) > 1 else []
    return text.blocks(_READERS[_rank(best)[0]](best.lines("value")), dropped, title, url)


def _rank(body: Fields) -> tuple[int, bool]:
    kind = body.text("contentType")
    kinds = (kind in _HTML, "nitf" in kind or "NITF" in kind, kind in _PLAIN)
    return (kinds.index(True), body.text("role") != "main") if any(kinds) else _UNKNOWN


_READERS = (str, nitf.html_of, text.as_html)
_UNKNOWN = (len(_READERS), False)


def _image(fields: Fields, body: list[str], dropped: list[str]) -> dict[str, str]:
    """The first picture that goes with the article and is not in its text."""
    image: dict[str, str] = {}
    for each in fields.objects("associations"):
        addresses = [one.text("href") for one in each.objects("renditions")]
        addresses = [one for one in [*addresses, each.text("uri")] if is_web_address(one)]
        if each.text("type") not in _PICTURES:
            dropped.append(f"an associated {each.text('type') or 'item'}")
        elif image or not addresses:
            dropped.append("another picture" if image else "a picture without an address")
        elif not any(address in block for address in addresses for block in body):
            by_role = {one.text("role"): _shown(one) for one in each.objects("descriptions")}
            alt = by_role.pop(_ALT, "")
            caption = by_role.get(_CAPTION) or next(iter(by_role.values()), "")
            image = without_empty(
                url=addresses[0], alt=alt, caption=caption, credit=each.text("by")
            )
    return image


def _sources(fields: Fields, dropped: list[str]) -> list[dict[str, str]]:
    sources = []
    for each in fields.objects("infoSources"):
        name, uri = each.text("name"), each.text("uri")
        if is_web_address(uri):
            sources.append({"name": name or uri, "url": uri})
        elif name:
            dropped.append("a source without an address")
    return sources


def write(item: Item) -> Written:
    content = item.content
    section, address = content.get("section"), content.get("url")
    authors, tags = content.get("authors", ()), content.get("tags", ())
    value = without_empty(
        uri=_uri(item.id),
        standard=_STANDARD,
        type="text",
        representationType="full",
        version=str(item.version or ""),
        firstCreated=item.first and rfc3339(item.first),
        versionCreated=item.at and rfc3339(item.at),
        embargoedUntil=item.embargo and rfc3339(item.embargo),
        pubStatus=item.status.value,
        language=content.get("language"),
        by=", ".join(authors),
        headlines=[{"role": "main", "value": content["title"]}],
        descriptions=list(_descriptions(item)),
        bodies=_bodies(content.get("body", ())),
        people=[{"name": each, "rel": _AUTHOR} for each in authors],
        subjects=[
            *([{"name": section, "rel": _SECTION}] if section else []),
            *({"name": each} for each in tags),
        ],
        infoSources=[
            {"name": each["name"], "uri": _uri(each["url"])} for each in content.get("sources", ())
        ],
        associations=[_picture(image)] if (image := content.get("image")) else [],
        altIds=[
            *([{"role": _URL, "value": address}] if address else []),
            *({"value": each} for each in content.get("ids", ()) if each != item.id),
        ],
    )
    dropped = left_out(content, ["faq"], sources=["title", "leaning"])
    return Written(json_bytes(value), tuple(dropped))


def _uri(address: str) -> str:
    """An address as a URI, which has no letters but those of ASCII."""
    return quote(address, safe="%/:?#[]@!$&'()*+,;=~")


def _descriptions(item: Item) -> Iterator[dict[str, str]]:
    if summary := item.content.get("summary"):
        yield {"role": "summary", "contentType": "text/plain", "value": summary}
    if item.note:
        yield {"role": item.kind, "contentType": "text/plain", "value": item.note}


def _bodies(blocks: Sequence[str]) -> list[dict[str, Any]]:
    if not blocks:
        return []
    markup = html_of(blocks)
    count = len(text.visible(markup).split())
    return [{"role": "main", "contentType": "text/html", "wordCount": count, "value": markup}]


def _picture(image: Mapping[str, str]) -> dict[str, Any]:
    told = [(role, image.get(name)) for role, name in ((_ALT, "alt"), (_CAPTION, "caption"))]
    return without_empty(
        name="main",
        uri=_uri(image["url"]),
        type="picture",
        by=image.get("credit"),
        descriptions=[{"role": role, "value": given} for role, given in told if given],
        renditions=[{"name": "original", "href": _uri(image["url"])}],
    )
