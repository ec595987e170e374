"""The store's contents as the differ's pages, and its summary of a change from the differ's: the
differ knows nothing of the store.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from repo_store import Changes, Content, Part, Shape
from service.diffing import (
    Diff,
    Page,
    PageSection,
    SectionSpec,
    compare,
    cosmetic_edit,
    difference,
    first_version_changes,
)


def changes(old: Content | None, new: Content, facts: bool = False) -> Changes:
    """The summary for lists, with or without facts; everything is new if there is no `old`."""
    if old is None:
        sections, words = first_version_changes(page_of(new))
        return Changes(sections, words, 0)
    return changes_of((compare if facts else difference)(page_of(old), page_of(new)))


def changes_of(diff: Diff) -> Changes:
    facts = dict.fromkeys(fact.kind for fact in diff.facts if fact.kind.gated)
    return Changes(
        tuple(diff.changed_sections()),
        diff.stats.words_added,
        diff.stats.words_removed,
        tuple(facts),
        only_cosmetic(diff),
    )


def only_cosmetic(diff: Diff) -> bool:
    """Whether something differs, but no word and no number."""
    blocks = [block for section in diff.sections for block in section.changes]
    return bool(blocks) and not diff.recounted and all(map(cosmetic_edit, blocks))


def page_of(content: Content) -> Page:
    return page_from(content.shape, content.fields, content.source_count)


def page_from(shape: Shape, fields: Mapping[str, Any], source_count: int) -> Page:
    """A page from the plain JSON values of a content."""
    sections = {
        part.id: PageSection(spec, part.blocks(fields))
        for part, spec in zip(shape.parts, _specs(shape), strict=True)
        if part.id in fields or not part.retired
    }
    return Page(sections, source_count)


def fields_from(page: Page, shape: Shape) -> dict[str, Any]:
    """The plain JSON values of a page: the inverse of `page_from`, not validated."""
    fields: dict[str, Any] = {"shape": shape.name}
    for part in shape.parts:
        if part.id in page.sections:
            fields[part.id] = part.kind.value(page.sections[part.id].units)
        if part.counted:
            fields["source_count"] = page.source_count
    return fields


@lru_cache(maxsize=256)
def _specs(shape: Shape) -> tuple[SectionSpec, ...]:
    return tuple(map(spec_of, shape.parts))


def spec_of(part: Part) -> SectionSpec:
    """What the differ is told of a part."""
    kind = part.kind
    optional = part.id not in ("title", "summary") and not part.required
    required = tuple(field.name for field in kind.fields if field.required)
    return SectionSpec(
        part.id,
        part.label,
        kind.noun or part.id.replace("_", " "),
        _kind(part),
        part.format,
        tuple(field.name for field in kind.fields),
        () if optional and _kind(part) == "line" else required,
        kind.identity,
        tuple(field.name for field in kind.fields if field.address),
        tuple(field.name for field in kind.fields if not field.sentences),
        _telling(part),
        kind.cites,
        part.place == "byline",
        part.counted,
        optional,
    )


def _telling(part: Part) -> tuple[str, ...]:
    """The fields that tell readers facts: not tags, nor what no page shows, nor an image's address,
    which is compared as that of a picture.
    """
    if part.place in ("tags", "kicker", "hidden"):
        return ()
    named = part.kind.named
    return tuple(field.name for field in part.kind.fields if not (named and field.address))


def _kind(part: Part) -> Literal["line", "lines", "paragraphs", "record", "records"]:
    kind = part.kind
    if kind.named:
        return "records" if kind.many else "record"
    return "paragraphs" if kind.prose else "lines" if kind.many else "line"
