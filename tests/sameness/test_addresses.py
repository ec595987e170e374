"""Which links lead to the same place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_store.sameness import same_address, same_picture


@pytest.mark.parametrize(
    "other",
    [
        *("http://paper.example/Story?id=7#top", "HTTPS://PAPER.example/Story?id=7#top"),
        *("https://www.paper.example/Story?id=7#top", "https://paper.example/Story/?id=7#top"),
        "https://paper.example:443/Story?id=7#top",
        "https://paper.example/Story?utm_source=x&id=7&fbclid=a1&UTM_medium=y#top",
        "https://paper.example/Story?id=7&gclid&mc_cid=1&mc_eid=2&igshid=3&ref_src=twsrc#top",
    ],
)
def test_the_same_address(other: str) -> None:
    assert same_address(other) == same_address("https://paper.example/Story?id=7#top")


@pytest.mark.parametrize("empty", ["http://paper.example/", "https://paper.example?#"])
def test_an_empty_path_query_and_fragment_say_nothing(empty: str) -> None:
    assert same_address(empty) == same_address("https://paper.example")


@pytest.mark.parametrize(
    "other",
    [
        *("https://paper.example/story?id=7", "https://paper.example/Story?id=8"),
        *("https://paper.example/Story", "https://paper.example:8080/Story?id=7"),
        *("https://m.paper.example/Story?id=7", "https://paper.example/Story?id=7#b"),
        *("ftp://paper.example/Story?id=7", "https://a@paper.example/Story?id=7"),
        "https://paper.example/Story?id=7&reference=2",
    ],
)
def test_another_address(other: str) -> None:
    assert same_address(other) != same_address("https://paper.example/Story?id=7")


def test_a_site_may_be_called_www() -> None:
    assert same_address("http://www.example") == "https://www.example"


@given(st.text(max_size=20) | st.from_regex(r"https?://[\w.:@\[\]/?#&=]{0,20}"))
def test_any_text_has_an_address_and_that_is_its_own(text: str) -> None:
    assert same_address(same_address(text)) == same_address(text)


@pytest.mark.parametrize(
    "other",
    [
        *("https://a.example/u/pier-300x200.jpg", "https://a.example/u/pier-scaled.jpeg"),
        *("http://a.example/u/pier.webp?w=800&h=600#x", "https://a.example/u/pier@2x.png"),
        *(
            "https://a.example/u/pier.width-800.jpg",
            "https://a.example/u/pier.max-165x165-c80.avif",
        ),
    ],
)
def test_the_same_picture(other: str) -> None:
    assert same_picture(other) == same_picture("https://a.example/u/pier.jpg")


@pytest.mark.parametrize(
    "other",
    [
        *("https://a.example/u/pier-2.jpg", "https://a.example/2026/pier.jpg"),
        *("https://a.example/u/pier", "https://b.example/u/pier.jpg", "https://a.example/u/.jpg"),
        *("https://a.example/show?id=5", "/u/pier.jpg", ""),
    ],
)
def test_another_picture(other: str) -> None:
    assert same_picture(other) != same_picture("https://a.example/u/pier.jpg")
    assert same_picture("https://a.example/show?id=5") != same_picture(
        "https://a.example/show?id=6"
    )
