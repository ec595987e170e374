"""A page has what a content says, and says it back."""

import pytest
from hypothesis import given

from repo_store import BUILT_IN, STORY, parse_content
from service.comparison import fields_from, page_from, page_of
from service.diffing import Page, compare
from tests.diffing.pages import pages


@given(pages)
def test_a_page_gives_its_values_back(page: Page) -> None:
    fields = fields_from(page, STORY)
    assert page_from(STORY, fields, fields["source_count"]) == page


def test_a_page_has_each_part_of_its_shape_in_its_order() -> None:
    for shape in BUILT_IN:
        specs = page_from(shape, {"title": "x"}, 0).specs
        assert list(specs) == [part.id for part in shape.parts]
        for part, spec in zip(shape.parts, specs.values(), strict=True):
            assert {*spec.identity, *spec.addresses, *spec.unsplit} <= set(spec.fields)
            assert spec.cites is part.kind.cites


def test_what_is_absent_is_absent_again() -> None:
    content = parse_content({"shape": "article", "title": "Bridge shut", "authors": ["A. Berg"]})
    fields = fields_from(page_of(content), content.shape)
    assert parse_content({name: value for name, value in fields.items() if value}) == content


ARTICLE = {
    "shape": "article",
    "title": "Bridge shut",
    "authors": ["Anna Berg"],
    "tags": ["Bridges"],
    "section": "Transport",
    "url": "https://paper.example/a",
    "image": {"url": "https://paper.example/1.jpg", "caption": "Seen from 9 boats"},
}


@pytest.mark.parametrize(
    ("changed", "facts"),
    [
        ({"authors": ["Anna Berg", "Carl Dahl"]}, [("name", None, "Carl Dahl")]),
        ({"authors": ["Anne Berg"]}, [("name", "Anna Berg", "Anne Berg")]),
        ({"authors": ["dpa"]}, [("name", "Anna Berg", None), ("name", None, "dpa")]),
        ({"authors": ["anna berg"]}, []),
        (
            {"image": {"url": "https://paper.example/1.jpg", "caption": "Seen from 12 boats"}},
            [("number", "9", "12")],
        ),
        (
            {"image": {"url": "https://paper.example/2.jpg", "caption": "Seen from 9 boats"}},
            [("source", "https://paper.example/1.jpg", "https://paper.example/2.jpg")],
        ),
        (
            {
                "image": {
                    "url": "https://paper.example/1-800x600.jpg",
                    "caption": "Seen from 9 boats",
                }
            },
            [],
        ),
        ({"tags": ["Bridges", "Wendmouth 2026"], "section": "Local"}, []),
        ({"url": "https://paper.example/b", "language": "en"}, []),
    ],
)
def test_facts_are_those_that_readers_are_told(
    changed: dict[str, object], facts: list[tuple[str, str | None, str | None]]
) -> None:
    old, new = (page_of(parse_content({**ARTICLE, **fields})) for fields in ({}, changed))
    diff = compare(old, new)
    assert [(fact.kind.value, fact.old, fact.new) for fact in diff.facts] == facts
    assert set(diff.changed_sections()) == set(changed)
