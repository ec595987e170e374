"""Each address has one spelling; any other leads to it, and never anywhere else."""

import re
from collections.abc import Callable
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urljoin

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from service.accounts import Role
from tests.web.conftest import Desk, Writer, read

pytestmark = pytest.mark.usefixtures("two_versions")

PATHS = {
    "/stories/%6cibrary": "/stories/library",
    "/stories/%6Cibrary/": "/stories/library",
    "/stories//library": "/stories/library",
    "/stories/./library/../library": "/stories/library",
    "/stories/%2e%2E/stories/library": "/stories/library",
    "/stories%2flibrary%2Fhistory": "/stories/library/history",
    "/stories/library?": "/stories/library",
    "/?": "/",
    "/stories/library/diff/1%2e.2": "/stories/library/diff/1..2",
    "/stories/library/versions/%31": "/stories/library/versions/1",
    "/api//v1/stories/library": "/api/v1/stories/library",
    "/api/v1/stories/%6cibrary/versions/1": "/api/v1/stories/library/versions/1",
    "/timemap/stories/%6cibrary": "/timemap/stories/library",
    "/%68istory.atom": "/history.atom",
    "/%64esk": "/desk",
    "/desk/": "/desk",
    "/stories/libr%61ry%00": "/stories/library%00",
}
QUERIES = {
    "/?utm_source=letter": "/",
    "/?q=": "/",
    "/?q=council&q=library": "/?q=council",
    "/?q=council&cursor=": "/?q=council",
    "/?q=%63ouncil": "/?q=council",
    "/?q=the%20council": "/?q=the+council",
    "/?q=caf%c3%a9": "/?q=caf%C3%A9",
    "/stories/library?x=1": "/stories/library",
    "/stories/library?x=1&since=1&y": "/stories/library?since=1",
    "/stories/library?since=2026-05-01T08%3A00%3A00Z": (
        "/stories/library?since=2026-05-01T08:00:00Z"
    ),
    "/stories/library/versions/1?x": "/stories/library/versions/1",
    "/stories/library/history.atom?x": "/stories/library/history.atom",
    "/stories/library/diff/1..2?view=split&x": "/stories/library/diff/1..2?view=split",
    "/timemap/stories/library?x=1&page=1": "/timemap/stories/library?page=1",
    "/api/v1/stories?limit=2&x=1": "/api/v1/stories?limit=2",
    "/api/v1/stories?q=council&limit=2": "/api/v1/stories?limit=2&q=council",
    "/api/v1/stories/library?x=1": "/api/v1/stories/library",
    "/static/style.css?v=0": "/static/style.css?v=",
}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def ask(app: Flask, target: str, method: str = "GET") -> Answer:
    """Send a request with this very target, as gunicorn passes it on: the client of Flask would
    spell it anew.
    """
    path, _, query = target.partition("#")[0].partition("?")
    environ = {
        **create_environ(method=method),
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": target,
    }
    body, status, headers = run_wsgi_app(app.wsgi_app, environ, buffered=True)
    return Answer(int(status[:3]), dict(headers), b"".join(body))


def leads(app: Flask, target: str) -> tuple[list[str], Answer]:
    """The addresses that one leads to, five at most, and the answer that is found at the last."""
    found: list[str] = []
    while (answer := ask(app, target)).status == 308 and len(found) < 5:
        found.append(target := answer.headers["Location"])
    return found, answer


@pytest.mark.parametrize("path", PATHS)
def test_another_spelling_of_a_path_leads_to_the_one(app: Flask, path: str) -> None:
    assert leads(app, path)[0] == [PATHS[path]]
    assert ask(app, path, "HEAD").status == 308


@pytest.mark.parametrize("path", QUERIES)
def test_another_spelling_of_a_query_leads_to_the_one(app: Flask, path: str) -> None:
    [address], answer = leads(app, path)
    assert address.startswith(QUERIES[path])
    assert answer.status == 200


def test_letters_in_upper_case_are_another_address(client: FlaskClient) -> None:
    for path in ("/Stories/library", "/stories/Library", "/API/v1/stories"):
        assert client.get(path).status_code == 404


def test_an_answer_is_given_under_one_spelling_even_once_it_is_kept(app: Flask) -> None:
    assert ask(app, "/stories/library").status == 200
    for path in ("/stories/%6cibrary", "/stories/library?", "/stories/library?x=1"):
        answer = ask(app, path)
        assert (answer.status, answer.body) == (308, b""), path
        assert "public" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/stories/library", "/stories/library/history",
    "/stories/library/diff/1..2", "/stories/library/provenance", "/stories/library/play/2",
    "/stories/library/history/embed", "/sitemap/1.xml", "/history.atom", "/api",
    "/?q=o'clock:%20(7)",
])  # fmt: skip
def test_pages_link_to_the_one_spelling(app: Flask, path: str) -> None:
    text = leads(app, path)[1].body.decode()
    found = re.findall(r'(?:href|src|action)="([^"#]+)|<loc>([^<]+)', text)
    links = {urljoin("http://localhost" + path, unescape(a or b)) for a, b in found}
    ours = {link.removeprefix("http://localhost") for link in links if "://localhost/" in link}
    assert ours
    assert [link for link in ours if ask(app, link).status == 308] == []


def test_pages_of_a_list_link_to_the_one_spelling(app: Flask, editor: Writer) -> None:
    editor.publish("library-two", title="Council: what's next (in short)")
    answer = ask(app, "/api/v1/stories?limit=1&q=council+library")
    following = answer.headers["Link"].split(">")[0].removeprefix("<http://localhost")
    assert ask(app, following).status == 200


def test_what_the_forms_of_the_site_send_is_answered(app: Flask) -> None:
    for path in ("/?q=", "/?q=the+council", "/?q=%C3%A9+%26+%3A", "/stories/library?since=2"):
        assert leads(app, path)[1].status == 200, path
    assert ask(app, "/stories/library/diff?from=1&to=2").status == 302


def test_a_write_to_another_spelling_records_nothing(client: FlaskClient, editor: Writer) -> None:
    path = "/api/v1/stories/%6cibrary/revisions"
    answer = client.post(path, json={"content": {}}, headers=editor.headers)
    assert answer.status_code == 308
    assert answer.headers["Location"] == "/api/v1/stories/library/revisions"
    assert len(read(editor.get("/api/v1/stories/library/revisions"))["items"]) == 2


def test_parameters_of_private_answers_are_left_alone(
    client: FlaskClient, editor: Writer, desk: Callable[[Role], Desk]
) -> None:
    assert editor.get("/api/v1/stories?q=council&limit=2&x=1").status_code == 200
    assert desk(Role.EDITOR).get("/desk?kind=&section=&x=1").status_code == 200
    assert client.get("/api/v1/stories/library/revisions?x=1").status_code == 401


def test_authorization_makes_no_page_anew(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    dispatch = Flask.full_dispatch_request

    def counting(app: Flask) -> Response:
        rendered.append(request.path)
        return dispatch(app)

    monkeypatch.setattr(Flask, "full_dispatch_request", counting)
    for path in ("/stories/library", "/", "/stories/library/diff/1..2", "/history.atom"):
        plain = client.get(path)
        for sent in ("Bearer nonsense", "Basic YTpi", ""):
            answer = client.get(path, headers={"Authorization": sent})
            assert answer.data == plain.data
            assert answer.headers["ETag"] == plain.headers["ETag"]
            assert answer.headers["Cache-Control"] == plain.headers["Cache-Control"]
        assert rendered.count(path) == 1
    assert client.get("/api/v1/stories", headers={"Authorization": "x"}).status_code == 401


_PARTS = st.sampled_from(
    ["/", "//", "\\", ".", "..", "%2e", "%2F", "%5c", "%00", "%25", "%252e", "%ff", "%", "%zz",
     "stories", "library", "lib%72ary", "history", "versions", "1", "diff", "1..2", "api", "v1",
     "desk", "evil.example", "@", ":", ":80", "http:", "http://", "*", "?", "&", "=", "+", "#", ";",
     "q=", "x=1", "since=", "cursor=", "limit=2", "%C3%A9", "%c3%a9", "'", "|", "static",
     "style.css", "v="]
)  # fmt: skip
TARGETS = st.lists(_PARTS, min_size=1, max_size=12).map("".join) | st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # it is only read
@given(st.lists(TARGETS, min_size=1, max_size=20))
def test_any_target_leads_to_one_answer_here_in_two_steps_at_most(
    app: Flask, targets: list[str]
) -> None:
    for first in targets:
        steps, answer = leads(app, f"/{first}")
        assert len(steps) <= 2, first
        for step in steps:
            assert re.match(r"/(?![/\\])[!-~]*$", step), first
        assert answer.status < 500, first
