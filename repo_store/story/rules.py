"""The rules of what comes in: texts, lists and objects with their limits, and errors in words.

The API, the importer and the command line validate through the types and functions here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, PydanticKnownError
from pydantic_core.core_schema import (
    with_info_after_validator_function,
    with_info_before_validator_function,
)

from repo_store.errors import FieldError, InvalidInput
from repo_store.sameness import character_in_words, character_name, reordering

MAX_STORY_BYTES = 1024 * 1024

# C0 and C1 controls, lone surrogates, line and paragraph separators, the two overrides that show a
# text in another order than it is stored, and two code points that XML documents may not hold. What
# else reorders a text is refused on the way in only: it was taken before.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_IN_NOTES = re.compile(_FORBIDDEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)

FIRST_ERRORS = 20
"""How many errors of one input are named; the others are counted."""

Path = Sequence[str | int]
"""Where a field is: the names of the fields that lead there, and the indexes in lists."""


def place_in_words(path: Path, line: int = 1) -> str:
    """What stands at a path, such as “the note, line 2”."""
    names = [part for part in path if isinstance(part, str)]
    place = f"the {' '.join(names).replace('_', ' ')}"
    return f"{place}, line {line}" if names == ["note"] else place


class Reading(NamedTuple):
    """The context of validation. `shapes`: those that a content may have. `place`: says in words
    where something stands, from its path and the number of its line. `stored`: what is read was
    stored, so it had to be within the limits of its day. `past`: it may be of a time when parts
    that are retired now were not.
    """

    shapes: Any = None
    place: Callable[[Path, int], str] = place_in_words
    stored: bool = False
    past: bool = False


def on_the_way_in(info: ValidationInfo) -> bool:
    return not (isinstance(info.context, Reading) and info.context.stored)


@dataclass(frozen=True)
class Text:
    """The rules of a text of at most `most` characters, which is kept as it was sent: nothing is
    normalised but the ends of `lines`.

    The limit holds on the way in only. `check`: a further rule, which raises; `entering`: one that
    holds on the way in only.
    """

    most: int
    blank: bool = False
    lines: bool = False
    stripped: bool = False
    check: Callable[[str], None] | None = None
    entering: Callable[[str], None] | None = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return with_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "maxLength": self.most}

    def _checked(self, text: str, info: ValidationInfo) -> str:
        if self.stripped:
            text = text.strip()
        if self.lines:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if len(text) > self.most and on_the_way_in(info):
            raise PydanticKnownError("string_too_long", {"max_length": self.most})
        # Nothing that is forbidden is printable, and asking that first takes a fifth of the time.
        forbidden = _FORBIDDEN_IN_NOTES if self.lines else _FORBIDDEN
        if on_the_way_in(info) and (hidden := reordering(text)):
            names = ", ".join(f"{character_name(each)} (U+{ord(each):04X})" for each in hidden)
            raise PydanticCustomError(
                "reordering",
                "holds characters that show a text in another order than it is written in: {names}",
                {"names": names},
            )
        if not text.isprintable() and (found := forbidden.search(text)):
            before = text[: found.start()]
            raise PydanticCustomError(
                "forbidden_character",
                "{name} at character {at} is not allowed",
                {
                    "name": character_in_words(found[0]),
                    "at": found.start() - before.rfind("\n"),
                    "line": before.count("\n") + 1,
                },
            )
        if not (self.blank or text.strip()):
            raise PydanticCustomError("blank", "must not be blank")
        if self.check:
            self.check(text)
        if self.entering and on_the_way_in(info):
            self.entering(text)
        return text


@dataclass(frozen=True)
class AtMost:
    """A list of at most `most` items; a longer one is refused before any item is looked at.

    The limit holds on the way in only.
    """

    most: int

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return with_info_before_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "maxItems": self.most}

    def _checked(self, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, list | tuple) and len(value) > self.most and on_the_way_in(info):
            raise PydanticKnownError(
                "too_long",
                {"field_type": "List", "max_length": self.most, "actual_length": len(value)},
            )
        return value


def _web_url(url: str) -> None:
    # Only what makes a link safe and complete is checked; the text stays as it was written.
    if not _URL.fullmatch(url):
        raise PydanticCustomError("url", "must be an http or https URL without spaces")


_HOST = re.compile(r"(?!.*\.\.)[^\W_](?:[\w.-]*[^\W_])?\.?")


def _of_a_host(url: str) -> None:
    """Refuse what leads nowhere, or elsewhere than a reader thinks."""
    try:
        parts = urlsplit(url)
        literal = parts.netloc.startswith("[")
        known = literal or _HOST.fullmatch(parts.hostname or "") is not None
        known = known and parts.port != 0
    except ValueError:
        known = False
    else:
        if "@" in parts.netloc:
            raise PydanticCustomError("url", "must not hold a user name or password")
    if not known:
        raise PydanticCustomError("url", "must have the name of a site, such as example.org")


_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def is_language_tag(text: str) -> bool:
    """Whether a text has the form of a language tag of BCP 47 that begins with a language's code:
    `de`, `pt-BR`, and not `german` or `pt_BR`.
    """
    return _TAG.fullmatch(text) is not None


def _language_tag(text: str) -> None:
    if text and not is_language_tag(text):
        message = "must be a language tag (BCP 47), such as en or pt-BR"
        raise PydanticCustomError("language", message)


def _git_name(name: str) -> None:
    if "<" in name or ">" in name:
        raise PydanticCustomError("name", "must not contain < or >")


Line = Annotated[str, Text(20_000, blank=True)]
Paragraph = Annotated[str, Text(20_000)]
Title = Annotated[str, Text(500)]
Language = Annotated[str, Text(100, blank=True, entering=_language_tag)]
Url = Annotated[str, Text(2_000, check=_web_url, entering=_of_a_host)]
ListedLine = Annotated[str, Text(2_000)]
Caption = Annotated[str, Text(2_000, blank=True)]
Note = Annotated[str, Text(5_000, blank=True, lines=True)]
Reason = Annotated[str, Text(1_000)]
Name = Annotated[str, Text(200, stripped=True, check=_git_name)]
Email = Annotated[str, Text(200, blank=True, stripped=True, check=_git_name)]


class Input(BaseModel):
    """The base of all validated input: strict types, no unknown fields, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _few_unknown(cls, data: Any) -> Any:
        """A few unknown fields are named one by one; of many, one error tells."""
        if isinstance(data, dict) and len(data) > len(cls.model_fields) + 3:
            raise PydanticCustomError("unknown", "has many unknown fields")
        return data


class AuthorFields(Input):
    """An author as a person types one; `Author` is the value that records carry."""

    name: Name
    email: Email = ""


Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], data: object, context: Reading | None = None) -> Model:
    """`data` as `model`. Raises InvalidInput that names the invalid fields."""
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        raise invalid(error, context) from None


def invalid(error: ValidationError, context: Reading | None) -> InvalidInput:
    """The same error in words."""
    errors = error.errors(include_url=False, include_input=False)
    place = (context or Reading()).place
    return InvalidInput(
        [_field_error(each, place) for each in errors[:FIRST_ERRORS]], error.error_count()
    )


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


_OF_CHARACTERS = ("forbidden_character", "reordering", "string_unicode")
"""Errors about what nobody sees: they say where it stands as a person counts."""


_OF_ANOTHER_FIELD = ("source_count", "shape")
"""Errors about a field that is looked at with the others, and named by its error."""


def _field_error(error: ErrorDetails, place: Callable[[Path, int], str]) -> FieldError:
    # A story's fields are named as in the story, also where it is sent as part of something else.
    parts = error["loc"][1:] if error["loc"][:1] == ("content",) else error["loc"]
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    path = path or "".join(map(str, error["loc"]))
    template, details = _MESSAGES.get(error["type"]), error.get("ctx", {})
    message = template.format_map(details) if template else error["msg"]
    if error["type"] in _OF_CHARACTERS:
        message = f"{place(parts, details.get('line', 1))}: {message}"
    if (other := error["type"]) in _OF_ANOTHER_FIELD:
        of_content = error["loc"][:1] == ("content",)
        path = other if of_content else f"{path}.{other}".lstrip(".")
        message = message.removeprefix(f"{other}: ")
    return FieldError(path, message)
