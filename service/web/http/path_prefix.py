"""The service under a path of another site, such as https://paper.example/history/.

A proxy may strip the prefix from what it passes on, or leave it there. Inside this middleware it is
`SCRIPT_NAME`, from which `url_for` makes addresses, and never part of `PATH_INFO` or of the target.
Only the setting names it: a header that did so could be any client's, and put addresses of its
choice into pages that caches keep.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from service.web.http.addresses import plain_path, target

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class PathPrefix:
    """`prefix`: such as “/history”. `trusted`: whether `X-Forwarded-Prefix` is a proxy's word, by
    which it has stripped the prefix.
    """

    def __init__(self, app: "WSGIApplication", prefix: str, trusted: bool) -> None:
        self._app, self._prefix, self._trusted = app, prefix, trusted

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if not self._is_stripped(environ):
            sent = target(environ)
            environ["PATH_INFO"] = self._without_prefix(environ["PATH_INFO"])
            if sent.startswith(f"{self._prefix}/"):
                environ["RAW_URI"] = sent[len(self._prefix) :]
        environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)

    def _is_stripped(self, environ: "WSGIEnvironment") -> bool:
        if environ.get("SCRIPT_NAME", "") == self._prefix:
            return True
        named = environ.get("HTTP_X_FORWARDED_PREFIX", "") if self._trusted else ""
        return any(each.strip().rstrip("/") == self._prefix for each in named.split(","))

    def _without_prefix(self, path: str) -> str:
        """The rest of the path; all of it if the prefix is not there, as it has been stripped."""
        for spelling in (path, plain_path(path)):
            if f"{spelling}/".startswith(f"{self._prefix}/"):
                return spelling[len(self._prefix) :]
        return path
