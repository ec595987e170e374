"""Follows every address that a site's answers hold, as browsers and feed readers would."""

import json
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

from lxml import etree, html

_ATTRIBUTES = ("href", "src", "action", "formaction", "content", "xlink:href")
_OF_A_KIND = 8
"""Answers that are looked at of those whose addresses differ in ids, numbers and values alone."""


class Request(NamedTuple):
    method: str
    address: str


class Kind(NamedTuple):
    """Of a request. `path`: with ID for a story's id, and N for a number."""

    method: str
    path: str
    parameters: tuple[str, ...]


@dataclass
class Crawl:
    """Asks the server at `port` for addresses that begin with `site`, with these headers."""

    port: int
    site: str
    headers: dict[str, str]
    statuses: dict[Request, int] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    """Addresses that were found and do not begin with `site`."""
    kinds: Counter[Kind] = field(default_factory=Counter)

    def run(self, *starts: str) -> None:
        waiting = deque(Request("GET", start) for start in starts)
        while waiting:
            request = waiting.popleft()
            kind = _kind(request)
            if request in self.statuses or self.kinds[kind] >= _OF_A_KIND:
                continue
            self.kinds[kind] += 1
            for found in self._ask(request):
                address = urldefrag(urljoin(request.address, found.address)).url
                if address == self.site.rstrip("/"):
                    continue  # the site itself, as a base of addresses
                if address.startswith(self.site):
                    waiting.append(Request(found.method, address))
                elif address != self.site.rstrip("/") and urlsplit(address).scheme in (
                    "http",
                    "https",
                ):
                    self.outside.add(address)

    def _ask(self, request: Request) -> list[Request]:
        parts = urlsplit(request.address)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(
                request.method, target, headers={"Host": parts.netloc, **self.headers}
            )
            answer = connection.getresponse()
            body = answer.read()
        self.statuses[request] = answer.status
        header = [answer.getheader("Location", ""), *_in_brackets(answer.getheader("Link", ""))]
        found = [Request("GET", address) for address in header if address]
        return found + list(_links(answer.getheader("Content-Type", "").partition(";")[0], body))


def _kind(request: Request) -> Kind:
    parts = urlsplit(request.address)
    path = re.sub(r"(?<=stories/)[^/?.]+", "ID", parts.path)
    names = tuple(sorted(each.partition("=")[0] for each in parts.query.split("&")))
    return Kind(request.method, re.sub(r"\d+", "N", path), names)


def _in_brackets(text: str) -> list[str]:
    return re.findall(r"<([^<>]+)>", text)


def _links(media_type: str, body: bytes) -> Iterator[Request]:
    text = "" if media_type in ("application/zip", "font/ttf", "image/png") else body.decode()
    match media_type:
        case "text/html":
            yield from _in_page(text)
        case "application/json" | "application/problem+json":
            yield from _in_values(json.loads(text))
        case "application/xml" | "application/atom+xml":
            for each in etree.fromstring(text.encode()).iter():
                for value in (each.text or "", *map(str, each.attrib.values())):
                    if re.match(r"https?://|/", value):
                        yield Request("GET", value)
        case "application/link-format":
            yield from (Request("GET", each) for each in _in_brackets(text))
        case "text/plain":
            found = re.findall(r"^(?:Disallow|Sitemap): (\S+)$", text, re.M)
            yield from (Request("GET", each) for each in found)
        case "text/css":
            yield from (Request("GET", each) for each in re.findall(r"url\(['\"]?([^'\")]+)", text))


def _in_page(text: str) -> Iterator[Request]:
    if not text.strip():
        return
    page: html.HtmlElement = html.document_fromstring(text)
    for element in page.iter(etree.Element):
        for name, value in element.attrib.items():
            plain = str(value)
            is_address = name in _ATTRIBUTES and name != "content"
            if element.tag == "form" and name == "action":
                continue
            if is_address or re.match(r"https?://|/[\w./?=&%-]*$", plain):
                yield Request("GET", plain)
    for script in page.iter("script"):
        if script.get("type") == "application/ld+json":
            yield from _in_values(json.loads(script.text or ""))
    for form in page.forms:
        action = str(form.get("action") or "")
        if form.method == "GET":
            fields = [(name, str(value)) for name, value in form.form_values()]
            yield Request("GET", f"{action}?{urlencode(fields)}")
        else:
            yield Request("OPTIONS", unescape(action))


def _in_values(value: Any) -> Iterator[Request]:
    """Whatever is an address by itself; not those within texts."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name != "@context":
                yield from _in_values(each)
    elif isinstance(value, list):
        for each in value:
            yield from _in_values(each)
    elif isinstance(value, str) and re.fullmatch(r"(https?:/)?/[^\s{}]+", value):
        yield Request("GET", value)
