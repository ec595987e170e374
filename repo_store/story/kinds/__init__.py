"""The kinds of parts that a shape may have: a module each, found by its name.

A kind says what a part holds: one block or a list of them, and the fields of a block. Validation,
bytes, search, the differ, pages, the desk's form, a page as text and exports read all that they
need to know of a part from here, so that a new kind is one new module with a `KIND` in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any

from pydantic import Field, create_model
from pydantic_core import CoreSchema, core_schema

from repo_store.story.rules import AtMost, Input

Block = tuple[str, ...]
"""The texts of a block's fields, "" for one that it lacks."""


@dataclass(frozen=True)
class BlockField:
    """A field of a block. `name`: "" for the only field of a block that is a text by itself.

    `rule`: its type, with its limits. `place`: what it is called where an error is in it, with
    `{number}` or `{ordinal}` of its block. `long`: it is edited in several lines. `address`: it is
    a link, which may be spelt in several ways. `sentences`: it is text that is told apart by
    sentences, and not one thing whatever punctuation it holds.
    """

    name: str
    label: str
    rule: Any
    place: str
    required: bool = True
    long: bool = False
    address: bool = False
    sentences: bool = False


@dataclass(frozen=True)
class PartKind:
    """What a part holds: a list of at most `most` blocks, or one block if that is None.

    `noun` names a block, "" if it is called as the part is; `place` says where an error about a
    whole block is. `identity`: the names of the fields that identify a block, most telling first.
    `cites`: its blocks are sources. `prose`: its blocks are paragraphs, which may be split, merged,
    or moved to another part.
    """

    name: str
    noun: str
    fields: tuple[BlockField, ...]
    place: str
    most: int | None = None
    identity: tuple[str, ...] = ()
    cites: bool = False
    prose: bool = False
    formats: tuple[str, ...] = ("plain",)

    @property
    def many(self) -> bool:
        return self.most is not None

    @property
    def named(self) -> bool:
        """Whether a block is an object, and not a text by itself."""
        return bool(self.fields[0].name)

    def blocks(self, value: Any) -> list[Block]:
        """The blocks of a part's value, which is plain JSON; of an absent one none."""
        if value is None:
            return []
        if not self.named:
            return list(zip(value, strict=True)) if self.many else [(value,)]
        records: Sequence[Mapping[str, str]] = value if self.many else [value]
        return [tuple([each.get(field.name, "") for field in self.fields]) for each in records]

    def value(self, blocks: Sequence[Block]) -> Any:
        """The inverse of `blocks`; of one block that is not there, None."""
        values: list[Any] = [block[0] for block in blocks]
        if self.named:
            values = [self._record(block) for block in blocks]
        return values if self.many else values[0] if values else None

    def _record(self, block: Block) -> dict[str, str]:
        return {
            field.name: text
            for field, text in zip(self.fields, block, strict=True)
            if text or field.required
        }

    @property
    def stored(self) -> CoreSchema:
        """The types of a stored value, without limits."""
        text = core_schema.str_schema()
        block: CoreSchema = text
        if self.named:
            block = core_schema.typed_dict_schema(
                {
                    field.name: core_schema.typed_dict_field(text, required=field.required)
                    for field in self.fields
                },
                extra_behavior="forbid",
                strict=True,
            )
        return core_schema.list_schema(block) if self.many else block


def value_type(kind: PartKind) -> Any:
    """The type of a part's value, for validation on the way in."""
    block: Any = _record_type(kind) if kind.named else kind.fields[0].rule
    if kind.most is None:
        return block
    return Annotated[tuple.__class_getitem__((block, ...)), Field(strict=False), AtMost(kind.most)]


@cache
def _record_type(kind: PartKind) -> type[Input]:
    fields: dict[str, Any] = {
        field.name: (field.rule, ...) if field.required else (field.rule | None, None)
        for field in kind.fields
    }
    return create_model(kind.noun.title().replace(" ", ""), __base__=Input, **fields)


@cache
def kinds() -> Mapping[str, PartKind]:
    """All kinds by name."""
    modules = (import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__))
    return {module.KIND.name: module.KIND for module in modules}
