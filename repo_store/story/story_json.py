"""A story as bytes and back: `story.json`; and parsing JSON from untrusted senders."""

import json
import re
import secrets
from collections import Counter
from functools import cache
from hashlib import sha256
from itertools import islice
from json.encoder import encode_basestring
from typing import Any

from pydantic_core import CoreSchema, SchemaValidator, core_schema, from_json

from repo_store.errors import Damaged, FieldError, InvalidInput
from repo_store.printable import shortened
from repo_store.story.content import COUNT, SHAPE, Content, parse_stored
from repo_store.story.shapes import MOST_PARTS, STORY, Shape, Shapes

MAX_NAMES = MOST_PARTS + 8
"""The most names of one JSON object; none of ours has as many."""
MAX_TOKENS = 50_000
"""The most strings, commas and brackets of a JSON text; the largest story has 21,000."""
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]', re.DOTALL)
_SHAPE = re.compile(rb'\{\n  "shape": "([a-z0-9-]{1,40})",\n')
_SALT = re.compile(r"[0-9a-f]{64}")

# Control characters, in UTF-8: of C1; those of C0 can only be escaped in JSON, where we escape
# nothing but quotes and backslashes.
_UNWRITTEN = re.compile(rb"\xc2[\x80-\x9f]")
_ESCAPE = re.compile(rb'\\[^"]')


@cache
def _stored(shape: Shape) -> SchemaValidator:
    """The types of what is stored, which are checked as it is parsed: `Content` checks more,
    slowly.
    """
    text = core_schema.str_schema()
    types: dict[str, tuple[CoreSchema, bool]] = {"salt": (text, True)}
    if shape != STORY:
        types[SHAPE] = (text, True)
    for part in shape.parts:
        types[part.id] = (part.kind.stored, part.required)
        if part.counted:
            types[COUNT] = (core_schema.int_schema(), True)
    fields = {
        name: core_schema.typed_dict_field(schema, required=required)
        for name, (schema, required) in types.items()
    }
    return SchemaValidator(
        core_schema.typed_dict_schema(fields, extra_behavior="forbid", strict=True)
    )


def new_salt() -> str:
    """256 random bits in hex for one revision: a hash that outlives its text confirms no guess."""
    return secrets.token_hex(32)


def encode(content: Content, salt: str) -> bytes:
    """The canonical bytes: UTF-8 JSON with each paragraph on a line of its own, the salt last."""
    return (_indented({**content.fields, "salt": salt}, "\n") + "\n").encode()


def encode_checked(content: Content, salt: str) -> bytes:
    """The canonical bytes, which were read back: what cannot be read again is never stored.

    Raises InvalidInput that names the field.
    """
    try:
        data = encode(content, salt)
        if _parsed(data, content.shape) == (content, salt):
            return data
    except UnicodeEncodeError:
        raise InvalidInput([FieldError("content", "cannot be written as UTF-8")]) from None
    except Damaged as error:
        raise InvalidInput([FieldError("content", f"would not read back: {error}")]) from None
    raise InvalidInput([FieldError("content", "would not read back as it was sent")])


def _indented(value: Any, newline: str) -> str:
    """As `json.dumps(value, ensure_ascii=False, indent=2)`, but fast, for the types of a story."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, int):
        return str(value)
    inner = newline + "  "
    if isinstance(value, dict):
        parts = [f"{encode_basestring(name)}: {_indented(value[name], inner)}" for name in value]
        ends = "{}"
    else:
        parts = [_indented(each, inner) for each in value]
        ends = "[]"
    return f"{ends[0]}{inner}{f',{inner}'.join(parts)}{newline}{ends[1]}" if parts else ends


def decode(data: bytes, shapes: Shapes) -> Content:
    """Raises Damaged if the bytes are not just what `encode` would write."""
    content, salt = _parsed(data, shape_of(data, shapes))
    if encode(content, salt) != data:
        raise Damaged("not in canonical form")
    return content


def check_hashed(data: bytes, shapes: Shapes) -> Content:
    """The content of bytes whose hash was checked. Raises Damaged if they are no story.

    They are what a writer has validated and read back, so that is not done again.
    """
    shape = shape_of(data, shapes)
    try:
        fields: dict[str, Any] = _stored(shape).validate_json(data)
    except ValueError:
        raise Damaged("not a stored story: it is no JSON, or has other fields") from None
    if (b"\xc2" in data and _UNWRITTEN.search(data)) or (b"\\" in data and _escapes(data)):
        raise Damaged("not a stored story: it has characters that none has")
    del fields["salt"]
    return Content(fields, shape)


def shape_of(data: bytes, shapes: Shapes) -> Shape:
    """The shape that stored bytes name. Raises Damaged if there is none of that name."""
    if not (named := _SHAPE.match(data)):
        return STORY
    try:
        return shapes[named[1].decode()]
    except InvalidInput:
        raise UnknownShape(f"its shape “{named[1].decode()}” is not declared here") from None


class UnknownShape(Damaged):
    """A text has a shape that is not among those that are known."""


def _escapes(data: bytes) -> bool:
    """Whether something is escaped that we do not escape. A backslash in a text is rare."""
    return bool(_ESCAPE.search(data) and _ESCAPE.search(data.replace(rb"\\", b"")))


def _parsed(data: bytes, shape: Shape) -> tuple[Content, str]:
    try:
        fields = from_json(data)
        salt = fields.pop("salt")
        content = parse_stored(fields, shape)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidInput) as error:
        raise Damaged(f"not a stored story: {error}") from None
    if not isinstance(salt, str) or not _SALT.fullmatch(salt):
        raise Damaged("not in canonical form")
    return content, salt


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def parse_json(data: bytes) -> Any:
    """Any JSON value from untrusted bytes; raises InvalidInput without a field.

    Stricter than `json.loads`: UTF-8 only, no duplicate names, no NaN, and no more values than a
    story can have, which is looked at first: a value takes far more memory than its text.
    """
    tokens = islice(_TOKEN.finditer(data), MAX_TOKENS + 1)
    if sum(1 for _ in tokens) > MAX_TOKENS:
        raise InvalidInput([FieldError("", "not readable JSON: too many values")])
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_no_repeats,
            parse_constant=_no_constant,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        message = f"not UTF-8: byte {error.start} cannot be read"
    except RecursionError:
        message = "not readable JSON: nested too deeply"
    except ValueError as error:
        message = f"not readable JSON: {error}"
    raise InvalidInput([FieldError("", message)])


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_NAMES:
        raise ValueError(f"an object has {len(pairs):,} names, more than {MAX_NAMES}")
    fields = dict(pairs)
    if len(fields) < len(pairs):
        repeated, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"the name “{shortened(repeated)}” appears twice in one object")
    return fields


def _integer(digits: str) -> int:
    """Reading a number takes the square of its length, and no field needs so long a one."""
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError(f"a number has more than {_LONGEST_INTEGER} digits")
    return int(digits)


_LONGEST_INTEGER = 100


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
