"""Reading by the API: shapes, paging, and what only a token's holder sees."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.accounts import Role
from tests.samples import story
from tests.web.conftest import Writer, error_fields, read

API = "/api/v1/stories"
PUBLIC = {
    "story",
    "version",
    "state",
    "kind",
    "note",
    "author",
    "created_at",
    "commit",
    "sha256",
    "changes",
    "recorded_at",
    "explanations",
}
PRIVATE = PUBLIC | {"revision", "base_version"}


def _pages(get: Callable[[str], Any], path: str) -> Iterator[dict[str, Any]]:
    """By the links that each page has to the next one (RFC 8288)."""
    address = f"{path}limit=3"
    while True:
        response = get(address)
        answer = read(response)
        assert len(answer["items"]) <= 3
        yield from answer["items"]
        if answer["next"] is None:
            assert "Link" not in response.headers
            return
        found = re.fullmatch(r'<http://localhost(.+)>; rel="next"', response.headers["Link"])
        assert found
        address = found[1]
        assert f"cursor={answer['next']}" in address


def test_a_full_last_page_has_no_next_one(editor: Writer) -> None:
    for base in (None, 1):
        editor.publish(base=base, title=f"After {base}")
    editor.publish("other")
    for path in ("", "/library/versions", "/library/revisions"):
        answer = editor.get(f"{API}{path}?limit=2")
        assert (len(read(answer)["items"]), read(answer)["next"]) == (2, None), path
        assert read(editor.get(f"{API}{path}?limit=1"))["next"], path


def test_a_story_is_its_live_version_with_its_content(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    editor.publish(base=1, title="Second")
    answer = read(client.get(f"{API}/library"))
    assert set(answer) == PUBLIC | {"content"}
    assert answer["version"] == 2
    assert answer["content"] == story(title="Second")
    assert answer["author"] == {"name": "The editor"}
    assert answer["created_at"].endswith("Z")
    assert len(answer["commit"]) == 40
    assert len(answer["sha256"]) == 64
    assert answer["changes"] == {"sections": ["title"], "words_added": 1, "words_removed": 5}


def test_a_version_keeps_its_number_and_its_content(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    editor.draft(base=1, title="Draft")
    editor.publish(base=1, title="Second")
    first, second = (read(client.get(f"{API}/library/versions/{n}")) for n in (1, 2))
    assert (first["content"]["title"], second["content"]["title"]) == (story()["title"], "Second")
    assert set(first) == PUBLIC | {"content"}


def test_token_holders_see_revisions_and_base_versions(editor: Writer) -> None:
    editor.publish()
    editor.draft(base=1, title="Draft")
    items = read(editor.get(f"{API}/library/revisions"))["items"]
    assert [(each["revision"], each["version"], each["state"]) for each in items] == [
        (2, None, "draft"),
        (1, 1, "published"),
    ]
    assert all(set(each) == PRIVATE for each in items)
    draft = read(editor.get(f"{API}/library/revisions/2"))
    assert list(draft)[:4] == ["story", "revision", "version", "base_version"]
    assert (draft["version"], draft["base_version"]) == (None, 1)
    assert draft["content"]["title"] == "Draft"
    assert set(read(editor.get(f"{API}/library/versions/1"))) == PRIVATE | {"content"}


@pytest.mark.parametrize("role", Role)
def test_every_role_reads_revisions(writer: Callable[[Role], Writer], role: Role) -> None:
    writer(Role.EDITOR).publish()
    assert writer(role).get(f"{API}/library/revisions").status_code == 200


def test_versions_are_paged_newest_first_without_content(
    client: FlaskClient, editor: Writer
) -> None:
    for number in range(8):
        editor.publish(base=number or None, title=f"Title {number}")
    items = list(_pages(client.get, f"{API}/library/versions?"))
    assert [each["version"] for each in items] == list(range(8, 0, -1))
    assert all(set(each) == PUBLIC for each in items)
    revisions = list(_pages(editor.get, f"{API}/library/revisions?"))
    assert [each["revision"] for each in revisions] == list(range(8, 0, -1))


def test_stories_are_paged_last_changed_first(client: FlaskClient, editor: Writer) -> None:
    for number in range(8):
        editor.publish(f"story-{number}")
    editor.publish("story-3", base=1, title="Changed")
    names = [each["story"] for each in _pages(client.get, f"{API}?")]
    assert names == [f"story-{number}" for number in (3, 7, 6, 5, 4, 2, 1, 0)]
    found = read(client.get(f"{API}?q=changed"))["items"]
    assert [(each["story"], each["title"], each["version"]) for each in found] == [
        ("story-3", "Changed", 2)
    ]


def test_a_diff_contains_both_texts(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    new = story(overview=["The council voted ten to six to keep the library open."])
    editor.publish(base=1, **new)
    answer = read(client.get(f"{API}/library/diff/1..2"))
    assert set(answer) == {"sections", "stats", "facts", "stale"}
    assert answer["stats"] == {"words_added": 1, "words_removed": 9, "blocks_moved": 0}
    sections = {each["section"]: each["blocks"] for each in answer["sections"]}
    assert list(sections) == ["title", "summary", "overview", "analysis", "sources", "faq"]
    changed, removed = sections["overview"]
    assert (changed["op"], changed["old"], changed["new"]) == ("changed", [0], [0])
    assert "".join(s["text"] for s in changed["spans"] if s["op"] != "delete") == new["overview"][0]
    assert (removed["op"], removed["old"], removed["new"]) == ("removed", [1], [])
    assert sections["faq"][0]["fields"]["answer"] == [{"op": "equal", "text": "At nine."}]


def test_only_token_holders_compare_drafts(client: FlaskClient, editor: Writer) -> None:
    editor.publish()
    editor.draft(base=1, title="Draft")
    answer = editor.get(f"{API}/library/diff/1..r2")
    assert answer.status_code == 200
    assert read(answer)["stats"]["words_added"] == 1
    hidden = client.get(f"{API}/library/diff/1..r2")
    absent = client.get(f"{API}/library/diff/1..r9")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("r2", "r9") == absent.text


@pytest.mark.parametrize("path", ["library/revisions", "library/revisions/1", "nothing/revisions"])
def test_without_a_token_revisions_are_401_whether_they_exist_or_not(
    client: FlaskClient, editor: Writer, path: str
) -> None:
    editor.publish()
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.text == client.get(f"{API}/other/revisions").text


@pytest.mark.parametrize("path", ["", "/library", "/library/versions", "/library/diff/1..1"])
@pytest.mark.parametrize("sent", ["Bearer wrong", "Bearer", "Basic YTpi", ""])
def test_an_unknown_token_is_rejected_everywhere(
    client: FlaskClient, editor: Writer, path: str, sent: str
) -> None:
    editor.publish()
    assert client.get(API + path, headers={"Authorization": sent}).status_code == 401


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=-1", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=9999999999", "cursor"),
    ],
)
def test_a_malformed_page_is_400_and_names_the_parameter(
    client: FlaskClient, editor: Writer, query: str, field: str
) -> None:
    editor.publish()
    for path in (API, f"{API}/library/versions"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert error_fields(answer) == [field]
