"""The table of sections names what the store's model of a content holds, and no more."""

from typing import Any, get_args

import pytest
from hypothesis import given
from pydantic import BaseModel

from repo_store import Content
from repo_store.story.content import FaqEntry, Source
from service.diffing import EMPTY_PAGE, SECTION_SPECS, SECTIONS, Page, SectionName, units
from service.diffing.page import Unit, build_page
from tests.diffing.pages import pages


def test_the_sections_are_the_fields_of_a_content() -> None:
    assert {*SECTIONS, "source_count"} == set(Content.model_fields)
    assert [name for name in Content.model_fields if name in SECTIONS] == list(SECTIONS)


def test_each_spelling_of_the_sections_agrees() -> None:
    assert get_args(SectionName) == SECTIONS
    assert {*SECTIONS, "source_count"} == Page.__required_keys__ == set(EMPTY_PAGE)
    for name, spec in SECTION_SPECS.items():
        assert spec.optional is not Content.model_fields[name].is_required()


@pytest.mark.parametrize(("section", "model"), [("sources", Source), ("faq", FaqEntry)])
def test_the_fields_of_a_record_are_those_of_the_store(
    section: str, model: type[BaseModel]
) -> None:
    spec = SECTION_SPECS[section]
    assert spec.fields == tuple(model.model_fields)
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    assert spec.required == tuple(required)
    assert {*spec.identity, *spec.unsplit} <= set(spec.fields)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_kind_of_a_section_is_that_of_the_store_s_field(section: str) -> None:
    value: Any = {"line": "x", "paragraphs": ["x"]}.get(SECTION_SPECS[section].kind)
    if value is None:
        values = {"name": "x", "url": "https://a.example/", "question": "x", "answer": "x"}
        value = [{name: values[name] for name in SECTION_SPECS[section].required}]
    content = Content.model_validate(
        {**EMPTY_PAGE, "title": "x", section: value, "source_count": 1}
    )
    assert content.model_dump(exclude_none=True, mode="json")[section] == value


@given(pages)
def test_a_page_is_rebuilt_from_its_blocks(page: Page) -> None:
    blocks: dict[str, list[Unit]] = {name: units(page, name) for name in SECTIONS}
    assert build_page(blocks, page["source_count"]) == page
