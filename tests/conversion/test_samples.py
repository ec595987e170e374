"""Whole articles in the form in which other systems give them out."""

from pathlib import Path

import pytest

from service.conversion import convert
from tests.conversion.ruler import as_article, missing

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.html"))
BASE = "https://paper.example/news/a"

named = pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)


@named
def test_the_blocks_are_those_that_a_person_would_write(sample: Path) -> None:
    assert (
        list(convert(sample.read_text(), BASE).blocks)
        == sample.with_suffix(".md").read_text().splitlines()
    )


@named
def test_every_word_is_in_the_blocks_or_in_something_that_is_named(sample: Path) -> None:
    page = sample.read_text()
    blocks, dropped = convert(page, BASE)
    assert not missing(page, blocks, dropped)
    assert missing(page, blocks[1:], dropped)


@named
def test_the_article_made_of_the_blocks_has_the_same_blocks_and_loses_nothing(sample: Path) -> None:
    first = convert(sample.read_text(), BASE)
    assert first == convert(sample.read_text(), BASE)
    again = convert(as_article(first.blocks))
    assert (again.blocks, again.dropped) == (first.blocks, ())
