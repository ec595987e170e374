"""What a story holds, as frozen values, with all of its limits.

The API, the importer and the command line validate through the types and functions here.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from repo_store.errors import FieldError, InvalidInput

MAX_STORY_BYTES = 1024 * 1024

# C0 and C1 controls, lone surrogates, line and paragraph separators, the two overrides that show a
# text in another order than it is stored, and two code points that XML documents may not hold.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_IN_NOTES = re.compile(_FORBIDDEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


def _allowed(text: str, forbidden: re.Pattern[str]) -> str:
    found = forbidden.search(text)
    if found:
        raise PydanticCustomError(
            "forbidden_character",
            "character U+{code} at position {at} is not allowed",
            {"code": f"{ord(found[0]):04X}", "at": found.start()},
        )
    return unicodedata.normalize("NFC", text)


def _one_line(text: str) -> str:
    return _allowed(text, _FORBIDDEN)


def _lines(text: str) -> str:
    return _allowed(text.replace("\r\n", "\n").replace("\r", "\n"), _FORBIDDEN_IN_NOTES)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return text


def _web_url(url: str) -> str:
    # Only what makes a link safe and complete is checked; the text stays as it was written.
    if not re.match(r"https?://[^\s/?#]", url, re.IGNORECASE) or re.search(r"\s", url):
        raise PydanticCustomError("url", "must be an http or https URL without spaces")
    return url


def _git_name(name: str) -> str:
    if re.search(r"[<>]", name):
        raise PydanticCustomError("name", "must not contain < or >")
    return name


Line = Annotated[str, AfterValidator(_one_line)]
Paragraph = Annotated[
    str,
    StringConstraints(max_length=20_000),
    AfterValidator(_one_line),
    AfterValidator(_not_blank),
]
Title = Annotated[
    str, StringConstraints(max_length=500), AfterValidator(_one_line), AfterValidator(_not_blank)
]
Url = Annotated[
    str,
    StringConstraints(max_length=2_000),
    AfterValidator(_one_line),
    AfterValidator(_web_url),
]
Note = Annotated[str, StringConstraints(max_length=5_000), AfterValidator(_lines)]
Reason = Annotated[
    str, StringConstraints(max_length=1_000), AfterValidator(_one_line), AfterValidator(_not_blank)
]
Name = Annotated[
    str,
    StringConstraints(max_length=200, strip_whitespace=True),
    AfterValidator(_one_line),
    AfterValidator(_not_blank),
    AfterValidator(_git_name),
]
Email = Annotated[
    str,
    StringConstraints(max_length=200, strip_whitespace=True),
    AfterValidator(_one_line),
    AfterValidator(_git_name),
]


class Shape(BaseModel):
    """The base of all validated input: strict types, no unknown fields, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Source(Shape):
    name: Title
    url: Url
    title: Title | None = None
    leaning: Title | None = None


class FaqEntry(Shape):
    """A question, which may be empty since some pages show answers only, and its answer."""

    question: Annotated[Line, StringConstraints(max_length=20_000)]
    answer: Paragraph


class AuthorFields(Shape):
    """An author as a person types one; `Author` is the value that records carry."""

    name: Name
    email: Email = ""


class Content(Shape):
    """What a story's page says. `source_count` includes sources that are not listed."""

    title: Title
    summary: Annotated[Line, StringConstraints(max_length=20_000)]
    overview: Annotated[tuple[Paragraph, ...], Field(max_length=1_000, strict=False)]
    analysis: Annotated[tuple[Paragraph, ...], Field(max_length=1_000, strict=False)]
    sources: Annotated[tuple[Source, ...], Field(max_length=1_000, strict=False)]
    source_count: Annotated[int, Field(ge=0, le=1_000_000)]
    faq: Annotated[tuple[FaqEntry, ...], Field(max_length=500, strict=False)]

    @model_validator(mode="before")
    @classmethod
    def _default_count(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get("source_count") is None:
            sources = data.get("sources")
            listed = len(sources) if isinstance(sources, list | tuple) else 0
            return {**data, "source_count": listed}
        return data

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.source_count < len(self.sources):
            raise PydanticCustomError(
                "source_count",
                "source_count: must be at least {listed}, the number of listed sources",
                {"listed": len(self.sources)},
            )
        size = len(self.model_dump_json(exclude_defaults=True).encode())
        if size > MAX_STORY_BYTES:
            raise PydanticCustomError(
                "too_large",
                "the story takes {size} bytes, more than {limit}",
                {"size": size, "limit": MAX_STORY_BYTES},
            )
        return self


def parse_content(data: object) -> Content:
    """Content from decoded JSON. Raises InvalidInput that names each invalid field."""
    return parse(Content, data)


Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], data: object) -> Model:
    """`data` as `model`. Raises InvalidInput that names each invalid field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InvalidInput(map(_field_error, error.errors(include_url=False))) from None


_MESSAGES = {
    "extra_forbidden": "unknown field",
    "missing": "missing",
    "string_type": "must be text",
    "string_unicode": "holds half a character (a lone surrogate)",
    "int_type": "must be a whole number",
    "tuple_type": "must be a list",
    "too_long": "has {actual_length} entries, more than {max_length}",
    "string_too_long": "is longer than {max_length} characters",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def _field_error(error: ErrorDetails) -> FieldError:
    path = ""
    for part in error["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    # A story's fields are named as in the story, also where it is sent as part of something else.
    path = path.removeprefix("content.")
    template = _MESSAGES.get(error["type"])
    message = template.format_map(error.get("ctx", {})) if template else error["msg"]
    if error["type"] == "source_count":
        path, message = f"{path}.source_count".lstrip("."), message.removeprefix("source_count: ")
    return FieldError(path, message)
