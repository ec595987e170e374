"""Both texts back from the diff alone, byte for byte: the proof that it hides nothing."""

from typing import Any, cast

from service.diffing.types import FIELDS, Block, Diff, Page


def old_page(diff: Diff) -> Page:
    return _page(diff, "old")


def new_page(diff: Diff) -> Page:
    return _page(diff, "new")


def _page(diff: Diff, side: str) -> Page:
    values: dict[str, dict[int, Any]] = {section.section: {} for section in diff.sections}
    for section in diff.sections:
        for block in section.blocks:
            name = (side == "old" and block.from_section) or section.section
            indexes = getattr(block, side)
            values[name].update(zip(indexes, _values(block, name, side, len(indexes)), strict=True))
    page: dict[str, Any] = {
        name: [value for _, value in sorted(found.items(), key=lambda item: item[0])]
        for name, found in values.items()
    }
    page["title"], page["summary"] = page["title"][0], page["summary"][0]
    page["source_count"] = diff.source_count[side == "new"]
    return cast(Page, page)


def _values(block: Block, section: str, side: str, count: int) -> list[Any]:
    drop = "insert" if side == "old" else "delete"
    texts = {
        name: "".join(span.text for span in spans if span.op != drop)
        for name, spans in block.texts.items()
    }
    if section not in FIELDS:
        return texts[""].split("\n") if count > 1 else [texts[""]][:count]
    # An optional field is never empty: where no text is left, the field was not there.
    required = FIELDS[section][:2]
    record = {name: text for name, text in texts.items() if text or name in required}
    return [record][:count]
