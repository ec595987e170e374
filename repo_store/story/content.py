"""What a story says: values for the parts of its shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    create_model,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from repo_store.errors import InvalidInput
from repo_store.story.kinds import value_type
from repo_store.story.rules import (
    MAX_STORY_BYTES,
    Input,
    Language,
    Reading,
    Title,
    invalid,
    on_the_way_in,
    parse,
)
from repo_store.story.shapes import BUILT_IN, STORY, Shape, Shapes

SHAPE = "shape"
SHAPES = "x-shapes"
"""Marks the place of a content in a JSON schema."""
COUNT = "source_count"


@dataclass(frozen=True)
class Content:
    """What a story's page says, under its shape.

    `fields`: plain JSON values in canonical order, as the API has them: the shape's name first
    unless it is `story`, then its parts, without those that are optional and empty.
    """

    fields: Mapping[str, Any]
    shape: Shape = field(compare=False)

    @property
    def title(self) -> str:
        return str(self.fields["title"])

    @property
    def summary(self) -> str:
        return str(self.fields.get("summary", ""))

    def __getitem__(self, part: str) -> Any:
        """The value of a part, empty if it is absent. Raises KeyError if there is no such part."""
        if part == COUNT:
            return self.source_count
        value = self.fields.get(part)
        return self.shape.by_id[part].empty if value is None else value

    @property
    def source_count(self) -> int:
        """How many sources it has, listed or not."""
        listed = (self.fields.get(part.id, ()) for part in self.shape.parts if part.kind.cites)
        return int(self.fields.get(COUNT, sum(map(len, listed))))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            _validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda content: content.fields
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # Which shapes there are is the archive's to say: whoever makes a document fills them in.
        return {SHAPES: True}


def reading(shapes: Shapes, past: bool = False) -> Reading:
    """The context in which contents of these shapes are read on the way in; `past`: they may have
    parts that are retired now.
    """
    return Reading(shapes, shapes.where, past=past)


def parse_content(data: object, shapes: Shapes = BUILT_IN, past: bool = False) -> Content:
    """Content from decoded JSON. Raises InvalidInput that names each invalid field."""
    context = reading(shapes, past)
    try:
        return _CONTENT.validate_python(data, context=context)
    except ValidationError as error:
        raise invalid(error, context) from None


def parse_stored(data: Mapping[str, Any], shape: Shape) -> Content:
    """Content that was stored: its form is checked, the limits of today are not."""
    return _content(parse(model_of(shape), data, Reading(stored=True)), shape)


def _validated(data: Any, info: ValidationInfo) -> Content:
    if isinstance(data, Content):
        return data
    shapes = info.context.shapes if isinstance(info.context, Reading) else BUILT_IN
    shape = STORY
    if isinstance(data, Mapping) and SHAPE in data:
        try:
            shape = shapes[data[SHAPE]]
        except InvalidInput as error:
            message = error.errors[0].message
            raise PydanticCustomError("shape", "shape: {message}", {"message": message}) from None
    return _content(model_of(shape).model_validate(data, context=info.context), shape)


def _content(model: "ContentModel", shape: Shape) -> Content:
    values = model.model_dump(mode="json", exclude_none=True, exclude={SHAPE})
    fields = {} if shape.name == STORY.name else {SHAPE: shape.name}
    for part in shape.parts:
        value = part.kind.value(part.kind.blocks(values.get(part.id)))
        if value or part.required:
            fields[part.id] = value
        if part.counted:
            fields[COUNT] = values[COUNT]
    return Content(fields, shape)


class ContentModel(Input):
    """The base of each shape's model: its fields are the shape's parts."""

    counted_part: ClassVar[str] = ""
    """The part whose blocks `source_count` counts, if there is one."""

    title: Title

    single_parts: ClassVar[frozenset[str]] = frozenset()
    """Optional parts of one block, which are absent if nothing is in them."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        empty = {name for name in cls.single_parts if name in data and _is_empty(data[name])}
        return {name: value for name, value in data.items() if name not in empty}

    @model_validator(mode="before")
    @classmethod
    def _counted(cls, data: Any) -> Any:
        if cls.counted_part and isinstance(data, Mapping) and data.get(COUNT) is None:
            sources = data.get(cls.counted_part)
            listed = len(sources) if isinstance(sources, list | tuple) else 0
            return {**data, COUNT: listed}
        return data

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> Self:
        listed = len(getattr(self, self.counted_part) or ()) if self.counted_part else 0
        if self.counted_part and getattr(self, COUNT) < listed:
            raise PydanticCustomError(
                COUNT,
                "source_count: must be at least {listed}, the number of listed sources",
                {"listed": listed},
            )
        if not on_the_way_in(info):
            return self
        size = len(self.model_dump_json(exclude_none=True).encode())
        if size > MAX_STORY_BYTES:
            raise PydanticCustomError(
                "too_large",
                "the story takes {size} bytes, more than {limit}",
                {"size": size, "limit": MAX_STORY_BYTES},
            )
        return self


_RULES: Mapping[str, Any] = {"title": Title, "language": Language}
"""The rules of parts that hold less than their kind does."""


def _is_empty(value: Any) -> bool:
    values = value.values() if isinstance(value, Mapping) else (value,)
    return all(each is None or each == "" for each in values)


def _retired(value: Any, info: ValidationInfo) -> Any:
    if value and on_the_way_in(info) and not (info.context and info.context.past):
        raise PydanticCustomError("retired", "is retired: it takes no new text")
    return value


@lru_cache(maxsize=256)
def model_of(shape: Shape) -> type[ContentModel]:
    """The model of a shape's contents, which also describes them in the API's document."""
    named: Any = Literal[shape.name]
    fields: dict[str, Any] = {SHAPE: (named, shape.name if shape == STORY else ...)}
    for part in shape.parts:
        type_ = _RULES.get(part.id) or value_type(part.kind)
        if part.retired:
            type_ = Annotated[
                type_, BeforeValidator(_retired), Field(json_schema_extra={"deprecated": True})
            ]
        fields[part.id] = (type_, ...) if part.required else (type_ | None, None)
        if part.counted:
            fields[COUNT] = (Annotated[int, Field(ge=0, le=1_000_000)], 0)  # counted above
    name = "".join(word.capitalize() for word in shape.name.split("-"))
    model = create_model(f"{name}Content", __base__=ContentModel, **fields)
    model.single_parts = frozenset(
        part.id for part in shape.parts if not (part.required or part.kind.many)
    )
    model.counted_part = shape.counted.id if shape.counted else ""
    return model


_CONTENT = TypeAdapter(Content)
