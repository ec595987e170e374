"""Search over HTTP: who may search where, what an answer says, the same syntax on every page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from repo_store import SearchPlace
from service.accounts import Permission, Role
from service.accounts.permissions import GRANTS
from tests.store.test_search import HOSTILE
from tests.web.conftest import Desk, Writer, draft, error_fields, read, words

API = "/api/v1/search"
EVERYWHERE = ",".join(SearchPlace)


@pytest.fixture(autouse=True)
def written(editor: Writer) -> None:
    """Two versions, and a draft that waits."""
    editor.publish(title="Zeppelin over the town", overview=["It was a grey zeppelin."])
    editor.publish(base=1, title="Balloon", overview=["It was a balloon, not a zeppelin."])
    draft(editor, 2, title="Submarine", sources=[{"name": "Log", "url": "https://log.example/7"}])


def _found(answer: Any) -> list[tuple[str, object]]:
    return [
        (each["in"], each.get("versions") or each["revision"]) for each in read(answer)["items"]
    ]


def test_the_public_finds_live_texts(client: FlaskClient) -> None:
    answer = client.get(f"{API}?q=zeppelin")
    assert read(answer) == {
        "items": [
            {
                "story": "library",
                "title": "Balloon",
                "in": "live",
                "versions": [2, 2],
                "excerpt": "It was a balloon, not a zeppelin.",
            }
        ],
        "next": None,
    }
    assert "public" in answer.headers["Cache-Control"]


def test_roles_find_what_stood_before_drafts_and_sources(editor: Writer) -> None:
    expected: dict[str, list[tuple[str, object]]] = {
        "zeppelin": [("live", [2, 2]), ("history", [1, 1]), ("history", [1, 1])],
        '"grey zeppelin"': [("history", [1, 1])],
        "submarine": [("drafts", 3)],
        "gazette.example/library": [("sources", [1, 2])],
        "https://log.example/7": [("drafts", 3)],
    }
    for sought, found in expected.items():
        answer = editor.get(f"{API}?in={EVERYWHERE}&q={sought}")
        assert sorted(_found(answer), key=str) == sorted(found, key=str), sought
        assert answer.headers["Cache-Control"] == "private, no-store"
    [source] = read(editor.get(f"{API}?in=sources&q=gazette"))["items"]
    assert source["excerpt"] == "Gazette, https://gazette.example/library"


@pytest.mark.parametrize("places", ["history", "drafts", "sources", "live,history", EVERYWHERE])
def test_only_roles_that_read_drafts_search_beyond_live_texts(
    client: FlaskClient, writer: Callable[[Role], Writer], places: str
) -> None:
    path = f"{API}?in={places}&q=submarine"
    refused = client.get(path)
    assert refused.status_code == 401
    assert "Submarine" not in refused.text
    elsewhere = client.get("/api/v1/stories/library/revisions")
    assert read(refused)["detail"] == read(elsewhere)["detail"]
    for role in Role:
        allowed = Permission.READ_DRAFTS in GRANTS[role]
        assert writer(role).get(path).status_code == (200 if allowed else 403)


def test_nothing_public_tells_of_drafts_or_former_texts(
    client: FlaskClient, editor: Writer
) -> None:
    for sought in ("submarine", "grey", "sub*", '"grey zeppelin"', "log.example"):
        asked: Any = {"query_string": {"q": sought}, "follow_redirects": True}
        assert read(client.get(API, **asked)) == {"items": [], "next": None}
        assert read(client.get("/api/v1/stories", **asked))["items"] == []
        assert "/stories/library" not in client.get("/", **asked).text
        sent = editor.client.get(API, headers=editor.headers, **asked)
        assert _found(sent) == [], "nor to a role that asks for live texts"


def test_a_removed_text_is_found_by_nobody(editor: Writer) -> None:
    body = {"action": "remove", "note": "x", "reason": "privacy", "legal_reference": "y"}
    path = "/api/v1/stories/library/revisions/1/actions"
    assert editor.client.post(path, json=body, headers=editor.headers).status_code == 201
    assert _found(editor.get(f"{API}?in={EVERYWHERE}&q=grey")) == []
    assert _found(editor.get(f"{API}?in={EVERYWHERE}&q=zeppelin")) == [("live", [2, 2])]


def test_a_withdrawn_story_is_found_as_a_former_text(client: FlaskClient, editor: Writer) -> None:
    path = "/api/v1/stories/library/revisions/2/actions"
    body = {"action": "withdraw", "note": "Wrong."}
    assert editor.client.post(path, json=body, headers=editor.headers).status_code == 201
    assert _found(client.get(f"{API}?q=balloon")) == []
    found = _found(editor.get(f"{API}?in={EVERYWHERE}&q=balloon"))
    assert found == [("history", [2, 2])] * 2


def test_a_page_links_to_the_next_one_and_meets_each_once(
    client: FlaskClient, editor: Writer
) -> None:
    for number in range(5):
        editor.publish(f"story-{number}")
    for path in (f"{API}?limit=2&q=council", "/api/v1/stories?limit=2&q=council"):
        seen: list[str] = []
        following = path
        while following:
            answer = client.get(following)
            assert answer.status_code == 200, following
            seen += [each["story"] for each in read(answer)["items"]]
            link = answer.headers.get("Link", "").partition(">")[0]
            following = link.removeprefix("<http://localhost")
            assert bool(following) == bool(read(answer)["next"])
        assert seen == [f"story-{number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("query", ["q=", "q=+", "q=a&in=all", "q=a&in=live,live", "q=a&in=,"])
def test_a_search_says_what_is_wrong_with_it(editor: Writer, query: str) -> None:
    answer = editor.get(f"{API}?{query}")
    assert answer.status_code == 400
    assert error_fields(answer) == ["in" if "in=" in query else "q"]


@pytest.mark.parametrize("cursor", ["x", "WzFd%00", "WzEsMV0", "WyJhIl0", "Wy0xXQ", "WzFlMjBd"])
def test_a_cursor_made_up_is_refused(client: FlaskClient, cursor: str) -> None:
    answer = client.get(f"{API}?cursor={cursor}&q=council")
    assert answer.status_code == 400
    assert error_fields(answer) == ["cursor"]


def test_no_query_fails(client: FlaskClient, someone: Desk) -> None:
    for text in HOSTILE:
        sought = text.encode(errors="replace").decode()[:2_000]
        for path in (API, "/", "/api/v1/stories", "/desk/stories"):
            sender = someone.client if path.startswith("/desk") else client
            answer = sender.get(path, query_string={"q": sought}, follow_redirects=True)
            assert answer.status_code in (200, 400), (path, text[:20])


def test_the_pages_take_the_same_syntax(client: FlaskClient, someone: Desk) -> None:
    for sought, found in {
        "zeppelin": True,
        "zepp": False,
        "zepp*": True,
        '"not a zeppelin"': True,
        '"balloon zeppelin"': False,
    }.items():
        front = client.get("/", query_string={"q": sought})
        assert ("/stories/library" in front.text) == found, sought
        desk = someone.client.get("/desk/stories", query_string={"q": sought})
        assert ("/desk/stories/library/timeline" in desk.text) == found, sought


def test_the_desk_searches_everywhere(someone: Desk) -> None:
    page = someone.get(f"/desk/stories?q=zeppelin&in={EVERYWHERE}")
    assert "It was a grey zeppelin. former texts version 1 Timeline" in words(page)
    assert 'href="/stories/library/versions/1"' in page.text
    page = someone.get("/desk/stories?q=submarine&in=drafts")
    assert 'href="/desk/stories/library/revisions/3"' in page.text
    assert "Submarine drafts revision 3" in words(page)
    page = someone.get("/desk/stories?q=gazette.example&in=sources")
    assert "Gazette, https://gazette.example/library sources versions 1 to 2" in words(page)
    assert 'value="sources" selected' in page.text
    assert "Nothing was found." in words(someone.get("/desk/stories?q=submarine"))
    assert someone.get("/desk/stories?q=a&in=all").status_code == 400
