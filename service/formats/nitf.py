"""NITF, the markup of many agencies' texts, as HTML."""

from lxml import etree

from service.formats.xml import local, markup_of, parsed

_ELEMENTS = {
    "a": "a",
    "block": "div",
    "body.content": "div",
    "bq": "blockquote",
    "br": "br",
    "credit": "p",
    "dd": "p",
    "dl": "div",
    "dt": "p",
    "em": "em",
    "hl1": "h2",
    "hl2": "h3",
    "hr": "hr",
    "li": "li",
    "media-caption": "figcaption",
    "media": "figure",
    "ol": "ol",
    "p": "p",
    "pre": "pre",
    "q": "q",
    "strong": "strong",
    "sub": "sub",
    "sup": "sup",
    "table": "table",
    "td": "td",
    "th": "th",
    "tr": "tr",
    "ul": "ul",
}
"""What becomes what. Any other element marks up words, which are kept."""
_LEFT_OUT = ("media-metadata", "media-object", "media-producer", "tobject", "docdata")
_ATTRIBUTES = {"a": ("href", "title"), "td": ("colspan", "rowspan"), "th": ("colspan", "rowspan")}


def html_of(document: str) -> str:
    """A document of NITF as HTML. Raises InvalidInput if it is not well formed."""
    root = parsed(document.encode())
    found = [each for each in root.iter() if local(each) == "body.content"]
    return "".join(map(as_html, found or [root]))


def as_html(content: etree._Element) -> str:
    """The element `body.content` as HTML."""
    return markup_of(_element(content))


def _element(content: etree._Element) -> etree._Element:
    made = etree.Element(_ELEMENTS.get(local(content), "span"))
    made.text = content.text
    for name in _ATTRIBUTES.get(local(content), ()):
        if value := content.get(name):
            made.set(name, value)
    for each in content:
        child = _picture(each) if local(each) == "media-reference" else None
        if local(each) not in _LEFT_OUT and local(each) != "media-reference":
            child = _element(each)
        if child is not None:
            made.append(child)
            child.tail = each.tail
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + (each.tail or "")
        else:
            made.text = (made.text or "") + (each.tail or "")
    return made


def _picture(reference: etree._Element) -> etree._Element | None:
    if not (address := reference.get("source")):
        return None
    picture = etree.Element("img", src=address)
    if alternative := reference.get("alternate-text"):
        picture.set("alt", alternative)
    return picture
