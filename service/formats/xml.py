"""XML of other systems: parsed without entities, document types or anything fetched."""

import re
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from repo_store import printable
from service.formats.item import wrong
from service.formats.text import line
from service.present import times

_SPECIAL = re.compile(r"[^\n -~]")
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XHTML = "http://www.w3.org/1999/xhtml"


def parsed(data: bytes) -> etree._Element:
    """The root element. Raises InvalidInput for what is not well formed, for entities of its own,
    which could stand for anything, and for what is nested or grows beyond what libxml2 takes.

    A document type may be named, as NITF does. It is never loaded.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise wrong("", f"not readable XML: {line(str(error.msg))}") from None
    declared: Any = root.getroottree().docinfo.internalDTD
    entities = [] if declared is None else [f"&{each.name};" for each in declared.entities()]
    entities += [str(each.text) for each in root.iter(etree.Entity)]
    if entities:
        raise wrong("", f"has an entity of its own, {entities[0]}, which is not taken")
    return root


def document(root: etree._Element) -> bytes:
    """The element as a file."""
    text = as_shown(str(etree.tostring(root, encoding="unicode")))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def markup_of(element: etree._Element) -> str:
    """An element as HTML."""
    return str(html.tostring(element, encoding="unicode", with_tail=False))


def as_shown(text: str) -> str:
    """The same XML or HTML, with each character that a terminal does not show, or that would
    reverse what it shows, as a reference.
    """
    return _SPECIAL.sub(_reference, text)


def _reference(found: re.Match[str]) -> str:
    return found[0] if printable(found[0]) == found[0] else f"&#x{ord(found[0]):X};"


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def words(element: etree._Element | None) -> str:
    """All text in an element, on one line."""
    return "" if element is None else line("".join(map(str, element.itertext())))


def base_of(element: etree._Element) -> str:
    """The address from which relative ones in an element lead on, as `xml:base` has it on the
    element and around it; empty if it is nowhere.
    """
    base = ""
    for each in reversed([element, *element.iterancestors()]):
        base = joined(base, each.get(XML_BASE, "").strip())
    return base


def joined(base: str, address: str) -> str:
    """Where an address leads from another."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def absolute(element: etree._Element, given: str | None) -> str:
    """An address in an element as an absolute one, if it leads on from an `xml:base`."""
    given = (given or "").strip()
    return given and joined(base_of(element), given)


def moment(element: etree._Element | None, name: str) -> datetime | None:
    """The time that an element holds. Raises InvalidInput if it is none."""
    if element is None or not (given := words(element)):
        return None
    if not (found := times.parse_day_or_time(given)):
        raise wrong(name, "must be a time with its zone, such as 2026-05-01T10:00:00Z")
    return found


def inner_html(element: etree._Element) -> str:
    """What is in an element of XHTML, as HTML."""
    copy = etree.fromstring(etree.tostring(element, with_tail=False))
    for each in copy.iter():
        each.tag = local(each)
    etree.cleanup_namespaces(copy)
    children = (f"{markup_of(each)}{escape(each.tail or '')}" for each in copy)
    return escape(copy.text or "") + "".join(children)
