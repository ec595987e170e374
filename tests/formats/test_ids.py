"""Ids of stories, made from what other systems call their articles."""

import pytest

from repo_store import story_id
from service.formats import is_uri, proposed

NAMES = {
    "urn:newsml:acme.example:20260501:US-FED": "acme-example-20260501-us-fed",
    "tag:paper.example,2026:lighthouse": "paper-example-2026-lighthouse",
    "https://paper.example/2026/05/bridge-closed/": "bridge-closed",
    "https://paper.example/2026/05/bridge-closed.html": "bridge-closed",
    "https://paper.example/news/4411": "paper-example-news-4411",
    "https://paper.example/?p=12": "paper-example-p-12",
    "https://paper.example/read/the-story?id=7": "paper-example-read-the-story-id-7",
    "https://paper.example/%C3%85rets-b%C3%A5t": "arets-bat",
    "4411": "4411",
    "ข่าว": "the-title",
    f"urn:x-long:{'a' * 200}": f"x-long-{'a' * 113}",
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_an_id_is_made_of_what_tells_articles_apart(name: str, expected: str) -> None:
    short, unique = proposed(name, "The title")
    assert short == expected
    assert story_id(short) == short
    assert story_id(unique) == unique


def test_two_names_never_share_the_unique_id() -> None:
    one, other = (proposed(name, "") for name in ("urn:x:a-b", "urn:x:a:b"))
    assert one.short == other.short
    assert one.unique != other.unique
    assert proposed("ข่าว", "ข่าว").short == "story"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("urn:x:1", True), ("https://a.example/", True), ("4411", False), ("a b:c", False)],
)
def test_what_a_uri_is(text: str, expected: bool) -> None:
    assert is_uri(text) is expected
