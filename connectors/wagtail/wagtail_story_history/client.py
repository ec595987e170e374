"""One request to the archive, and what its answer means."""

import json
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from wagtail_story_history import conf

_SECONDS = 20


class Unavailable(Exception):
    """There is no archive that answers; the text says why."""


@dataclass(frozen=True)
class Answer:
    """`problem`: the last part of its problem type; `retry_after`: seconds, if it asks to wait."""

    status: int
    body: dict[str, Any]
    retry_after: float | None = None

    @property
    def problem(self) -> str:
        return str(self.body.get("type", "")).rpartition(":")[2]

    @property
    def words(self) -> str:
        """The server's own."""
        said = [str(self.body[name]) for name in ("title", "detail") if self.body.get(name)]
        for error in self.body.get("errors", ()):
            said.append(f"{error.get('field')}: {error.get('message')}")
        return ". ".join(dict.fromkeys(said)) or f"{self.status}"

    def names(self, field: str) -> bool:
        """Whether it says that this field is wrong."""
        return field in [error.get("field") for error in self.body.get("errors", ())]


class _Redirects(HTTPRedirectHandler):
    """Reads follow a story to another id, within the archive: the token is for no one else. A POST
    would become a GET.
    """

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if req.get_method() == "GET" and newurl.startswith(f"{conf.url()}/"):
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        raise Unavailable(f"{req.full_url} redirects to {newurl}: set STORY_HISTORY_URL to that.")

    http_error_308 = HTTPRedirectHandler.http_error_302  # Python 3.10 does not know it.


_OPENER = build_opener(_Redirects)


def request(path: str, body: dict[str, Any] | None = None, key: str = "") -> Answer:
    """GET, or POST with a body and its idempotency key. Raises Unavailable."""
    url = f"{conf.url()}/api/v1/{path}"
    headers = {"Authorization": f"Bearer {conf.token()}", "Accept": "application/json"}
    data = None
    if body is not None:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        data = json.dumps(body).encode()
    try:
        asked = Request(url, data, headers)
        try:
            with _OPENER.open(asked, timeout=_SECONDS) as found:
                return _answer(found.status, found.read(), found.headers)
        except HTTPError as error:
            with error:
                return _answer(error.code, error.read(), error.headers)
    except (OSError, HTTPException) as error:
        raise Unavailable(f"{conf.url()} does not answer: {error}") from None
    except ValueError as error:
        raise Unavailable(f"{conf.url()} does not answer as an archive does: {error}") from None


def _answer(status: int, text: bytes, headers: HTTPMessage) -> Answer:
    """ValueError if it is not an archive's."""
    wait = headers.get("Retry-After", "")
    retry_after = float(wait) if wait.isdigit() else None
    if status >= 500 and headers.get_content_subtype() not in ("json", "problem+json"):
        return Answer(status, {}, retry_after)
    body = json.loads(text)
    if not isinstance(body, dict):
        raise ValueError("it is no object")
    return Answer(status, body, retry_after)
