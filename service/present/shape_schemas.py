"""The shapes of stories as the API shows them."""

from typing import Self

from repo_store import Shape as Declared
from service.present.schemas import Answer, ListAnswer


class ShapePart(Answer):
    """A part of a shape. `kind` says what it holds, `format` how its text is written, `place` where
    a page shows it. A `required` part is in each content, if only empty; a `retired` one in older
    contents alone.
    """

    id: str
    kind: str
    label: str
    format: str
    required: bool
    retired: bool
    counted: bool
    place: str
    schema_org: str


class Shape(Answer):
    """What a content may have, in order. `type`: of schema.org."""

    shape: str
    type: str
    parts: list[ShapePart]

    @classmethod
    def of(cls, shape: Declared) -> Self:
        parts = [
            ShapePart.model_validate({**vars(part), "kind": part.kind.name}) for part in shape.parts
        ]
        return cls(shape=shape.name, type=shape.type, parts=parts)


class ShapeList(ListAnswer[Shape]):
    pass
