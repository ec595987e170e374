"""Absolute addresses, and `Link` headers (RFC 8288)."""

from typing import Any

from flask import Response, request, url_for

from repo_store import Content
from service.present.article_address import article_address as article_address_by
from service.web.http.services import services

LINKS = "application/link-format"
ATOM = "application/atom+xml"


def absolute(endpoint: str, **values: Any) -> str:
    """The public address of a view, for whatever leaves the site: feeds, headers, metadata."""
    origin = services().settings.origin or f"{request.scheme}://{request.host}"
    return origin + url_for(endpoint, **values)


def article_address(story: str, content: Content | None) -> str | None:
    """Of the article on its publisher's own site, if it is known; see the function of this name."""
    return article_address_by(story, content, services().settings.articles)


def link(address: str, rel: str, **attributes: str) -> str:
    """One link, as in a header or in a link-format document."""
    more = "".join(f'; {name}="{text}"' for name, text in attributes.items())
    return f'<{address}>; rel="{rel}"{more}'


def with_links(response: Response, *links: str) -> Response:
    response.headers["Link"] = ", ".join(links)
    return response
