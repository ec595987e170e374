"""Shapes: which parts a content has, in which order, and what each of them is.

`story` and `article` are built in; others are declared in TOML and kept in git. A shape is only
added to: a part is never taken away or made something else, since older texts have it, but it may
be retired. One id means one thing in a whole archive, whatever shape it is in.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StringConstraints

from repo_store.errors import FieldError, InvalidInput
from repo_store.markdown import visible
from repo_store.story.kinds import Block, PartKind, kinds
from repo_store.story.rules import Input, Title, parse, place_in_words

Place = Literal["section", "body", "byline", "kicker", "lead", "tags", "hidden"]
"""Where a page shows a part: under a heading of its own, or as what an article has at its top."""

MOST_PARTS = 40
MAX_BYTES = 64 * 1024
"""The most that the text of a declaration may take."""
_RESERVED = frozenset(
    {"shape", "salt", "source_count", "removed", "id", "note", "kind", "state", "author", "do"}
    | {"csrf", "form", "base_version", "supersedes", "override_reason", "use_note"}
    | {"legal_reference"}
)
"""What contents, requests and forms have beside the parts."""


@dataclass(frozen=True)
class Part:
    """A part of a shape. `schema_org`: the property under which search engines get it. `counted`:
    beside its blocks the number of all of them is kept, listed or not. `required`: a content must
    have it, if only empty. `retired`: older contents have it, and no new one.
    """

    id: str
    kind: PartKind
    label: str
    format: str = "plain"
    required: bool = False
    retired: bool = False
    counted: bool = False
    place: Place = "section"
    schema_org: str = ""

    @property
    def empty(self) -> Any:
        """The value of one that is absent."""
        return [] if self.kind.many else {} if self.kind.named else ""

    def blocks(self, fields: Mapping[str, Any]) -> list[Block]:
        """Its blocks in the plain JSON values of a content; of a line always one."""
        found = self.kind.blocks(fields.get(self.id))
        return found if found or self.kind.many or self.kind.named else [("",)]

    def seen(self, block: Block) -> Block:
        """A block as a reader sees it."""
        return tuple(map(visible, block)) if self.format == "markdown" else block

    def searched(self, block: Block) -> list[str]:
        """The texts of a block that a search finds: of a source its name alone, since its address
        and its title are found as a source's.
        """
        if self.kind.cites:
            return [block[0]]
        return [
            text
            for field, text in zip(self.kind.fields, self.seen(block), strict=True)
            if not field.address
        ]

    def where(self, path: Sequence[str | int], line: int = 1) -> str:
        """What stands at a path in it, such as “Sources, 2nd source's name”."""
        names = [each for each in path if isinstance(each, str)]
        number = next((each + 1 for each in path if isinstance(each, int)), 1)
        place = self.kind.place if path else ""
        for field in self.kind.fields:
            if names and field.name == names[0]:
                place = field.place
        place = place.format(number=number, ordinal=_ordinal(number))
        return f"{self.label}, {place}" if place else self.label


@dataclass(frozen=True)
class Shape:
    """`type`: of schema.org. `parts`: in the order of a content, title and summary first."""

    name: str
    parts: tuple[Part, ...]
    type: str = "Article"

    def __hash__(self) -> int:
        """By the name alone: it is asked for with each text, and all parts take long."""
        return hash(self.name)

    @cached_property
    def by_id(self) -> Mapping[str, Part]:
        return {part.id: part for part in self.parts}

    @property
    def counted(self) -> Part | None:
        """The part whose blocks are counted in `source_count`."""
        return next((part for part in self.parts if part.counted), None)


@dataclass(frozen=True)
class Shapes:
    """The shapes of an archive, by name."""

    shapes: Mapping[str, Shape]

    def __getitem__(self, name: object) -> Shape:
        """Raises InvalidInput if there is none of that name."""
        found = self.shapes.get(name) if isinstance(name, str) else None
        if found is None:
            names = ", ".join(self.shapes)
            message = f"must be one of {names}; others are declared with `story-history shape add`"
            raise InvalidInput([FieldError("shape", message)])
        return found

    def __iter__(self) -> Iterator[Shape]:
        return iter(self.shapes.values())

    @cached_property
    def parts(self) -> dict[str, Part]:
        """What each id means, in whichever shapes it is."""
        found: dict[str, Part] = {}
        for shape in self:
            for part in shape.parts:
                found.setdefault(part.id, part)
        return found

    def label(self, part: str) -> str:
        found = self.parts.get(part)
        return found.label if found else part.replace("_", " ").capitalize()

    def where(self, path: Sequence[str | int], line: int = 1) -> str:
        """What stands at a path in a content, or in what is sent with it, in words."""
        found = self.parts.get(str(path[0])) if path else None
        return found.where(path[1:], line) if found else place_in_words(path, line)

    def declared(self, text: str) -> "Shapes":
        """These and one more, or one that was added to. Raises InvalidInput if it is not valid, or
        would make of a part something that it is not.
        """
        shape = parse_shape(text)
        if shape.name in _built_in_texts():
            raise _invalid("shape", f"{shape.name} is built in, and cannot be declared")
        known = self.shapes.get(shape.name)
        if known and (lost := [each.id for each in known.parts if each.id not in shape.by_id]):
            raise _invalid("part", f"{lost[0]} is missing: older texts have it, so retire it")
        for part in shape.parts:
            if other := self.parts.get(part.id):
                meant = (other.kind.name, other.format, other.label)
                if meant != (part.kind.name, part.format, part.label):
                    raise _invalid(
                        part.id,
                        "means another thing already, and one ID means one thing in an archive:"
                        f" kind {meant[0]}, format {meant[1]}, label {meant[2]}",
                    )
        return Shapes({**self.shapes, shape.name: shape})


class PartInput(Input):
    """A part as a declaration has it."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=40)]
    kind: str
    label: Title
    format: str = "plain"
    required: StrictBool = False
    retired: StrictBool = False
    counted: StrictBool = False
    place: Place = "section"
    schema_org: Annotated[str, StringConstraints(pattern="^[a-zA-Z]{0,60}$")] = ""


class ShapeInput(Input):
    """A declaration."""

    shape: Annotated[
        str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)
    ]
    type: Annotated[str, StringConstraints(pattern="^[A-Z][a-zA-Z]{0,60}$")] = "Article"
    part: Annotated[list[PartInput], Field(max_length=MOST_PARTS, default_factory=list)]


def parse_shape(text: str) -> Shape:
    """A shape from its declaration. Raises InvalidInput that names the line or the field."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise _invalid("", f"takes more than {MAX_BYTES:,} bytes")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _invalid("", f"not readable TOML: {error}") from None
    given = parse(ShapeInput, data)
    parts = [_part(each) for each in given.part]
    ids = [each.id for each in parts]
    if repeated := next((each for each in ids if ids.count(each) > 1), None):
        raise _invalid(repeated, "is declared twice")
    line = kinds()["line"]
    usual = (
        Part("title", line, "Title", schema_org="headline"),
        Part("summary", line, "Summary", schema_org="description"),
    )
    heads = [next((part for part in parts if part.id == each.id), each) for each in usual]
    if any(part.kind.name != "line" for part in heads):
        raise _invalid("part", "title and summary are of the kind line")
    heads[0] = Part(**vars(heads[0]) | {"required": True, "retired": False})
    rest = [part for part in parts if part.id not in ("title", "summary")]
    labels = [each.label for each in (*heads, *rest)]
    if repeated := next((each for each in labels if labels.count(each) > 1), None):
        raise _invalid("label", f"“{repeated}” is the label of two parts")
    if sum(part.kind.cites for part in rest) > 1:
        raise _invalid("part", "only one part may be of the kind sources")
    return Shape(given.shape, (*heads, *rest), given.type)


def _part(given: PartInput) -> Part:
    kind = kinds().get(given.kind)
    if given.id in _RESERVED or given.id.endswith("_html"):
        raise _invalid(given.id, "is a name that no part may have")
    if kind is None:
        raise _invalid(f"{given.id}.kind", f"must be one of {', '.join(sorted(kinds()))}")
    if given.format not in kind.formats:
        raise _invalid(f"{given.id}.format", f"must be one of {', '.join(kind.formats)}")
    if given.counted and not kind.cites:
        raise _invalid(f"{given.id}.counted", "is for sources only")
    required = given.required and not given.retired
    return Part(**dict(given) | {"kind": kind, "required": required})


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput([FieldError(field, message)])


def _ordinal(number: int) -> str:
    last = 0 if number // 10 % 10 == 1 else number % 10
    return f"{number:,}{('th', 'st', 'nd', 'rd')[last] if last < 4 else 'th'}"


@cache
def _built_in_texts() -> Mapping[str, str]:
    folder = files("repo_store.story").joinpath("built_in")
    return {
        name: folder.joinpath(f"{name}.toml").read_text("utf-8") for name in ("story", "article")
    }


def _declared(texts: Iterable[str]) -> Shapes:
    shapes = map(parse_shape, texts)
    return Shapes({shape.name: shape for shape in shapes})


BUILT_IN = _declared(_built_in_texts().values())
STORY = BUILT_IN["story"]
"""The shape of a content that names none."""
