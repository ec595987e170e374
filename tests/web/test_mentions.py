"""Where a phrase stands, over the API."""

import re
from collections.abc import Callable

import pytest

from service.accounts import Role
from tests.samples import story
from tests.web.conftest import Writer, error_fields, read, settled

API = "/api/v1/stories/library/mentions"


@pytest.fixture(autouse=True)
def said(editor: Writer) -> None:
    editor.publish(overview=["We met Anna\u00a0Berg."])
    editor.post(content=story(title="No name"), base_version=1, note="Not Anna Berg after all.")
    editor.publish("other", title="Anna Berg’s house")


def test_what_of_a_story_says_a_phrase_is_listed(editor: Writer) -> None:
    found = read(editor.get(f"{API}?phrase=anna%20berg"))
    assert found["items"] == [
        {
            **{"story": "library", "entry": 2, "revision": 2, "version": 2, "state": "published"},
            **{"part": "note", "match": "whole", "before": "Not ", "said": "Anna Berg"},
            "after": " after all.",
        },
        {
            **{"story": "library", "entry": 1, "revision": 1, "version": 1, "state": "published"},
            **{"part": "text", "field": "overview[0]", "match": "whole", "before": "We met "},
            **{"said": "Anna\u00a0Berg", "after": "."},
        },
    ]
    assert (found["by_author"], found["searched"], found["total"]) == (0, 2, 2)
    assert found["next"] is None


def test_the_list_is_paged(editor: Writer) -> None:
    first = editor.get(f"{API}?phrase=anna%20berg&limit=1")
    cursor = read(first)["next"]
    following = re.search(r"<http://localhost(.*)>", first.headers["Link"])
    assert following
    assert f"cursor={cursor}" in following[1]
    second = read(settled(editor.get, following[1]))
    assert ([each["entry"] for each in second["items"]], second["next"]) == ([1], None)


def test_every_story_is_searched(editor: Writer) -> None:
    found = read(editor.get("/api/v1/mentions?phrase=anna%20berg"))["items"]
    assert [(each["story"], each["entry"]) for each in found] == [
        ("library", 1),
        ("library", 2),
        ("other", 1),
    ]


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.AUDITOR])
@pytest.mark.parametrize("path", [API, "/api/v1/mentions"])
def test_only_those_who_may_remove_may_look(
    writer: Callable[[Role], Writer], role: Role, path: str
) -> None:
    assert writer(role).get(f"{path}?phrase=anna%20berg").status_code == 403


def test_a_phrase_is_needed_and_a_story(editor: Writer) -> None:
    answer = editor.get(API)
    assert (answer.status_code, error_fields(answer)) == (400, ["phrase"])
    assert editor.get("/api/v1/stories/nothing/mentions?phrase=x").status_code == 404
