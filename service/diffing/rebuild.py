"""Both pages rebuilt from the diff alone, byte for byte: the proof that it hides nothing."""

from typing import Literal

from service.diffing.page import Page, PageSection, SectionSpec, Unit
from service.diffing.types import Block, Diff, text_without


def old_page(diff: Diff) -> Page:
    return _page(diff, "old")


def new_page(diff: Diff) -> Page:
    return _page(diff, "new")


def _page(diff: Diff, side: Literal["old", "new"]) -> Page:
    specs = diff.specs
    found: dict[str, dict[int, Unit]] = {section.section: {} for section in diff.sections}
    for section in diff.sections:
        for block in section.blocks:
            name = (side == "old" and block.from_section) or section.section
            indexes = block.old if side == "old" else block.new
            if indexes:
                found[name].update(
                    zip(indexes, _units(block, specs[name], side, indexes), strict=True)
                )
    sections = {
        name: PageSection(specs[name], [units[at] for at in sorted(units)])
        for name, units in found.items()
    }
    return Page(sections, diff.source_count[side == "new"])


def _units(block: Block, spec: SectionSpec, side: str, indexes: tuple[int, ...]) -> list[Unit]:
    drop = "insert" if side == "old" else "delete"
    texts = {name: text_without(spans, drop) for name, spans in block.stored.items()}
    if len(indexes) > 1:  # paragraphs that were split or merged
        return [(text,) for text in texts[""].split("\n")]
    return [tuple([texts.get(name, "") for name in spec.fields])]
