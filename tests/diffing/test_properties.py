"""What holds for any two pages."""

import json
from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import given, settings

from service.diffing import (
    Block,
    Diff,
    Page,
    compare,
    difference,
    first_version_changes,
    rebuild,
)
from service.present import diff_schemas
from tests.diffing.pages import SPECS, page, pages
from tests.profiles import examples

MIRROR = {"insert": "delete", "delete": "insert", "equal": "equal"}
MIRROR_OP = {"added": "removed", "removed": "added"}


@settings(max_examples=examples(200))
@given(pages, pages)
def test_both_texts_can_be_rebuilt_from_the_diff_alone(old: Page, new: Page) -> None:
    diff = compare(old, new)
    assert rebuild.old_page(diff) == old
    assert rebuild.new_page(diff) == new


@given(pages)
def test_a_first_version_changes_what_it_would_against_an_empty_page(new: Page) -> None:
    diff = difference(page(title=""), new)
    assert diff.stats.words_removed == 0
    assert first_version_changes(new) == (tuple(diff.changed_sections()), diff.stats.words_added)


@given(pages, pages)
def test_every_block_of_either_text_stands_in_exactly_one_block(old: Page, new: Page) -> None:
    placed: Counter[tuple[str, str, int]] = Counter()
    for section in compare(old, new).sections:
        for block in section.blocks:
            origin = block.from_section or section.section
            placed.update(("old", origin, index) for index in block.old)
            placed.update(("new", section.section, index) for index in block.new)
    expected = [
        (side, name, index)
        for side, whole in (("old", old), ("new", new))
        for name, section in whole.sections.items()
        for index in range(len(section.units))
    ]
    assert placed == Counter(expected)


@given(pages)
def test_a_page_against_itself_has_no_change(whole: Page) -> None:
    diff = compare(whole, whole)
    assert {block.op for section in diff.sections for block in section.blocks} <= {"same"}
    assert not any(block.edited for section in diff.sections for block in section.blocks)
    assert (diff.stats.words_added, diff.stats.words_removed, diff.stats.blocks_moved) == (0, 0, 0)
    assert list(diff.changed_sections()) == []


def _plain(block: Block, section: str) -> tuple[Any, ...]:
    texts = {
        name: sorted((span.op, span.text) for span in spans) for name, spans in block.texts.items()
    }
    return (block.op, block.from_section or section, block.old, section, block.new, texts)


def _mirrored(block: Block, section: str) -> tuple[Any, ...]:
    texts = {
        name: sorted((MIRROR[span.op], span.text) for span in spans)
        for name, spans in block.texts.items()
    }
    op = MIRROR_OP.get(block.op, block.op)
    return (op, section, block.new, block.from_section or section, block.old, texts)


@settings(max_examples=examples(200))
@given(pages, pages)
def test_swapping_the_pages_mirrors_the_diff(old: Page, new: Page) -> None:
    there, back = compare(old, new), compare(new, old)
    assert there.stats.words_added == back.stats.words_removed
    assert there.stats.words_removed == back.stats.words_added
    assert there.stats.blocks_moved == back.stats.blocks_moved
    plain = [_plain(block, part.section) for part in there.sections for block in part.blocks]
    mirrored = [_mirrored(block, part.section) for part in back.sections for block in part.blocks]
    assert sorted(plain, key=repr) == sorted(mirrored, key=repr)


@given(pages, pages)
def test_spans_are_in_normal_form(old: Page, new: Page) -> None:
    """Never empty, never two of a kind in a row, a delete before the insert that replaces it."""
    for section in compare(old, new).sections:
        for block in section.blocks:
            for spans in block.texts.values():
                ops = [span.op for span in spans]
                assert all(span.text for span in spans)
                assert all(one != other for one, other in pairwise(ops))
                assert ("insert", "delete") not in list(pairwise(ops))


def _from_json(diff: dict[str, Any], side: str) -> dict[str, Any]:
    """A page from the API's answer, by the rules that the API documents."""
    drop = "insert" if side == "old" else "delete"
    found: dict[str, dict[int, Any]] = {section["section"]: {} for section in diff["sections"]}

    def text(spans: list[dict[str, str]]) -> str:
        return "".join(span["text"] for span in spans if span["op"] != drop)

    for section in diff["sections"]:
        for block in section["blocks"]:
            name = section["section"]
            if side == "old":
                name = block.get("from_section", name)
            values: list[Any]
            if "fields" in block:
                fields = {key: text(spans) for key, spans in block["fields"].items()}
                keep = SPECS[name].required
                values = [{key: each for key, each in fields.items() if each or key in keep}]
            elif len(block[side]) > 1:
                values = text(block["spans"]).split("\n")
            else:
                values = [text(block["spans"])]
            found[name].update(zip(block[side], values, strict=False))
    values_of = {name: [value for _, value in sorted(at.items())] for name, at in found.items()}
    sources = next(each for each in diff["sections"] if each["section"] == "sources")
    lines = {name: values_of[name][0] for name in ("title", "summary")}
    return values_of | lines | {"source_count": sources["count"][side]}


@given(pages, pages)
def test_the_json_alone_holds_both_texts(old: Page, new: Page) -> None:
    value = json.loads(diff_schemas.Diff.of(compare(old, new)).as_json())
    assert page(**_from_json(value, "old")) == old
    assert page(**_from_json(value, "new")) == new


def _ops(diff: Diff) -> Counter[str]:
    return Counter(block.op for section in diff.sections for block in section.blocks)


def test_the_order_of_a_record_s_fields_means_nothing() -> None:
    one = page(sources=[{"name": "A", "url": "https://a.example/"}], source_count=1)
    other = page(sources=[{"url": "https://a.example/", "name": "A"}], source_count=1)
    assert set(_ops(compare(one, other))) == {"same"}
