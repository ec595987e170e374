"""The diff as the JSON value that the API answers."""

from collections.abc import Mapping
from typing import Any

from service.diffing.cosmetic import cosmetic_edit
from service.diffing.page import RECORDS
from service.diffing.types import Block, Diff, Fact, Place, Spans, Stale


def diff_json(diff: Diff) -> dict[str, Any]:
    sections: list[dict[str, Any]] = []
    for section in diff.sections:
        blocks = [_block(block, section.section) for block in section.blocks]
        sections.append({"section": section.section, "blocks": blocks})
        if section.section == "sources":
            old, new = diff.source_count
            sections[-1]["count"] = {"old": old, "new": new}
    incomplete = {} if diff.facts_complete else {"facts_complete": False}
    return incomplete | {
        "sections": sections,
        "stats": diff.stats._asdict(),
        "facts": [fact_json(fact) for fact in diff.facts],
        "stale": [_stale(stale) for stale in diff.stale],
    }


def _block(block: Block, section: str) -> dict[str, Any]:
    value: dict[str, Any] = {"op": block.op, "old": list(block.old), "new": list(block.new)}
    if section in RECORDS:
        value["fields"] = {name: _spans(spans) for name, spans in block.texts.items()}
    else:
        value["spans"] = _spans(block.spans)
    if block.from_section:
        value["from_section"] = block.from_section
    if only := cosmetic_edit(block):
        value["only"] = only
    return value | ({"coarse": True} if block.coarse else {})


def _spans(spans: Spans) -> list[Mapping[str, str]]:
    return [{"op": span.op, "text": span.text} for span in spans]


def fact_json(fact: Fact) -> dict[str, Any]:
    return {
        "kind": fact.kind,
        "section": fact.section,
        "old": fact.old,
        "new": fact.new,
        "old_at": _place(fact.old_at),
        "new_at": _place(fact.new_at),
    } | ({"field": fact.field} if fact.field else {})


def _stale(stale: Stale) -> dict[str, Any]:
    value = {"section": stale.section, "text": stale.text, "at": _place(stale.at)}
    return value | ({"field": stale.field} if stale.field else {})


def _place(place: Place | None) -> list[int] | None:
    return [place.block, place.start, place.end] if place else None
