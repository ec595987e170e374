"""Both texts back from the diff alone, byte for byte: the proof that it hides nothing."""

from typing import Any, cast

from service.diffing.types import FIELDS, Block, Diff, Page, Section


def old_page(diff: Diff) -> Page:
    return _page(diff, "old")


def new_page(diff: Diff) -> Page:
    return _page(diff, "new")


def _page(diff: Diff, side: str) -> Page:
    page: dict[str, Any] = {section.section: _section(section, side) for section in diff.sections}
    page["title"], page["summary"] = page["title"][0], page["summary"][0]
    page["source_count"] = diff.source_count[side == "new"]
    return cast(Page, page)


def _section(section: Section, side: str) -> list[Any]:
    placed = {index: block for block in section.blocks for index in getattr(block, side)}
    return [_value(placed[index], section.section, side) for index in sorted(placed)]


def _value(block: Block, section: str, side: str) -> Any:
    drop = "insert" if side == "old" else "delete"
    texts = {
        name: "".join(span.text for span in spans if span.op != drop)
        for name, spans in block.texts.items()
    }
    if section not in FIELDS:
        return texts[""]
    # An optional field is never empty: where no text is left, the field was not there.
    required = FIELDS[section][:2]
    return {name: text for name, text in texts.items() if text or name in required}
