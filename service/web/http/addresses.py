"""One spelling of each address: a request under any other is redirected to it (308).

So an answer has one key in every cache, and what was removed is found under it. The spelling is
what `url_for` makes: no empty or dot segment, no slash at the end, nothing encoded that need not
be; of parameters only those that the view takes, each once, not empty, in the order of their names.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Response, current_app, request

from service.web.http.template_filters import STATIC, static_url
from service.web.wire.lanes import with_token

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])

_IN_PATH = "!$&'()*+,;=:@/"
"""Besides letters, digits and `-._~`: RFC 3986, 3.3."""
_IN_QUERY = "!$'()*,/:;?@"
"""As `url_for` leaves them."""
_HOST = re.compile(
    r"|((?:[a-z0-9_-]{1,63}\.){0,30}[a-z0-9_-]{1,63}\.?|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?", re.I
)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


def takes(*parameters: str) -> Callable[[View], View]:
    """Declare a view's query parameters. A public view that declares none has none."""

    def mark(view: View) -> View:
        view.parameters = parameters  # type: ignore[attr-defined]  # read in `_query`
        return view

    return mark


def target(environ: "WSGIEnvironment") -> str:
    """The request's target as it was sent, without the host that an absolute one names."""
    sent: str | None = environ.get("RAW_URI")
    if sent is None:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING")
        return f"{path}?{query}" if query else path
    return sent if sent.startswith("/") else _ABSOLUTE.sub("", sent, count=1) or "/"


@lru_cache(256)
def is_host(text: str) -> bool:
    """Whether a Host header is one that an address can have; no header is empty."""
    if not _HOST.fullmatch(text):
        return False
    try:
        text.partition(":")[0].encode().decode("idna")
    except UnicodeError:
        return False
    return True


def register(app: Flask) -> None:
    app.url_map.merge_slashes = False  # redirected here, like all other spellings
    app.url_map.sort_parameters = True
    app.before_request(_redirect)


def _redirect() -> Response | None:
    environ = request.environ
    path, query = _path(environ["PATH_INFO"]), _query()
    address = f"{path}?{query}" if query else path
    prefix = _path(environ["SCRIPT_NAME"]).rstrip("/")
    # A proxy strips the prefix from the target, or leaves it there.
    if target(environ) in (address, prefix + address):
        return None
    return Response(status=308, headers={"Location": prefix + address})


def _path(decoded: str) -> str:
    """Begins with one slash, whatever it is given: as a `Location` it names no other host."""
    return quote(plain_path(decoded).encode("latin-1"), safe=_IN_PATH)


def plain_path(decoded: str) -> str:
    """A `PATH_INFO` without empty and dot segments."""
    segments: list[str] = []
    for segment in decoded.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return "/" + "/".join(segments)


def _query() -> str:
    """The query in its one spelling; as it was sent where no cache may store the answer."""
    sent = request.query_string.decode("latin-1")
    if not sent or request.method not in ("GET", "HEAD"):
        return sent
    if request.endpoint == "static":
        return _version_of((request.view_args or {})["filename"]) if "v" in request.args else ""
    view = current_app.view_functions.get(request.endpoint or "")
    private = request.blueprint == "desk" or getattr(view, "permissions", None) is not None
    if view is None or private or with_token(request.environ):
        return sent
    names = sorted(getattr(view, "parameters", ()))
    given = [(name, request.args[name]) for name in names if request.args.get(name)]
    return urlencode(given, safe=_IN_QUERY)


def _version_of(file: str) -> str:
    """The query that names the file as it is in this release."""
    return urlsplit(static_url(file)).query if (STATIC / file).is_file() else ""
