"""A page has what a content says, and says it back."""

from hypothesis import given

from repo_store import BUILT_IN, STORY, parse_content
from service.comparison import fields_from, page_from, page_of
from service.diffing import Page
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
