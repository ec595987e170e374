"""Absolute addresses, and `Link` headers made of them (RFC 8288)."""

from typing import Any

from flask import Response, request, url_for

from service.web.http.services import services

LINKS = "application/link-format"
ATOM = "application/atom+xml"


def root() -> str:
    """The site's public address without a slash at its end: as configured, else as asked for."""
    return services().url or f"{request.scheme}://{request.host}"


def absolute(endpoint: str, **values: Any) -> str:
    return root() + url_for(endpoint, **values)


def link(address: str, rel: str, **attributes: str) -> str:
    """One link, as in a header or in a link-format document."""
    told = "".join(f'; {name}="{text}"' for name, text in attributes.items())
    return f'<{address}>; rel="{rel}"{told}'


def with_links(response: Response, *links: str) -> Response:
    response.headers["Link"] = ", ".join(links)
    return response
