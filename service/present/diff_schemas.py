"""A diff as the API answers it: what is serialised, and what the OpenAPI document describes."""

from typing import Any, Literal, Self

from service import diffing
from service.diffing import BlockOp, Cosmetic
from service.present.schemas import Answer, Fact, Span, Stale


class NamedCharacter(Answer):
    """A character that shows nothing, or a letter of another script than its `word`."""

    character: str
    name: str
    change: Literal["added", "removed", "moved"]
    word: str | None = None


class Formatting(Answer):
    """What changed under the same words of Markdown, or with them where they do not tell it. `old`
    and `new`: an address, a style, a kind of block, an alt text or a caption; null where there is
    none.
    """

    what: diffing.What
    text: str
    old: str | None
    new: str | None


class Block(Answer):
    """`spans` of a paragraph; `fields`, spans by field name, of a source or an FAQ entry. Those of
    Markdown are of the stored text.
    """

    op: BlockOp
    old: list[int]
    new: list[int]
    spans: list[Span] | None = None
    fields: dict[str, list[Span]] | None = None
    from_section: str | None = None
    only: Cosmetic | None = None
    characters: list[NamedCharacter] | None = None
    coarse: bool = False
    formatting: list[Formatting] | None = None


class Counts(Answer):
    old: int
    new: int


class Section(Answer):
    section: str
    blocks: list[Block]
    count: Counts | None = None


class Stats(Answer):
    words_added: int
    words_removed: int
    blocks_moved: int


class Diff(Answer):
    facts_complete: bool = True
    sections: list[Section]
    stats: Stats
    facts: list[Fact]
    stale: list[Stale]

    @classmethod
    def of(cls, diff: diffing.Diff) -> Self:
        old, new = diff.source_count
        return cls.model_validate(
            {
                "facts_complete": diff.facts_complete,
                "sections": [
                    {
                        "section": each.section,
                        "blocks": [_block(block, each.spec) for block in each.blocks],
                        "count": {"old": old, "new": new} if each.spec.counted else None,
                    }
                    for each in diff.sections
                ],
                "stats": diff.stats,
                "facts": diff.facts,
                "stale": diff.stale,
            }
        )


def _block(block: diffing.Block, spec: diffing.SectionSpec) -> dict[str, Any]:
    texts = {"fields": block.texts} if spec.of_records else {"spans": block.stored.get("", ())}
    return texts | {
        "op": block.op,
        "old": block.old,
        "new": block.new,
        "from_section": block.from_section,
        "only": diffing.cosmetic_edit(block),
        "characters": diffing.named_characters(block) or None,
        "coarse": block.coarse,
        "formatting": (block.old and block.new and block.formatting) or None,
    }
