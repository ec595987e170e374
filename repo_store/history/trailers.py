"""Trailers and columns: the one table of the fields of revisions and actions.

A field has an attribute of the record, a type, a trailer in the commit's message where the commit
itself does not hold it, and a column of the index. `commits` and `index.mapping` are driven by it.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple

from repo_store.history.records import (
    Action,
    Changes,
    Explanation,
    Ground,
    Kind,
    Redacted,
    Revision,
    State,
    Verb,
)
from repo_store.ids import Author
from repo_store.times import rfc3339

Value = Any


class FieldType(NamedTuple):
    """How values of one type are written: as a trailer's text, and in a column of this SQL type.

    None is never written: the trailer is left out, the column is NULL. `absent` is what reading
    gives then. A conversion that is None leaves the value as it is.
    """

    sql: type
    to_text: Callable[[Value], str] | None = None
    from_text: Callable[[str], Value] | None = None
    to_column: Callable[[Value], Value] | None = None
    from_column: Callable[[Value], Value] | None = None
    absent: Value = None


class Field(NamedTuple):
    """`required`: a commit without this trailer is damaged. `later`: later records of the chain may
    change it, see `state_machine.apply`.
    """

    name: str
    type: FieldType
    trailer: str = ""
    required: bool = False
    later: bool = False


def _enum(members: type[StrEnum]) -> FieldType:
    # A look-up takes a quarter of the time of the call `members(text)`.
    by_text = {each.value: each for each in members}.__getitem__
    return FieldType(str, str, by_text, None, by_text)


def _list(item: Callable[[str], Value]) -> FieldType:
    def from_text(text: str) -> tuple[Value, ...]:
        return tuple(map(item, text.split(", "))) if text else ()

    def from_column(text: str | None) -> tuple[Value, ...]:
        return tuple(map(item, text.split(","))) if text else ()

    return FieldType(
        str,
        lambda values: ", ".join(map(str, values)),
        from_text,
        lambda values: ",".join(map(str, values)),
        from_column,
        absent=(),
    )


def _number(text: str) -> int:
    """Raises ValueError for more than the index can hold: 64 bits."""
    if len(text) > _DIGITS:
        raise ValueError(f"a number of more than {_DIGITS} digits")
    return int(text)


_DIGITS = 18
_TEXT = FieldType(str)
_NUMBER = FieldType(int, str, _number)
_WORDS = _list(str)
_NUMBERS = _list(_number)
_FLAG = FieldType(int, lambda is_set: "yes" if is_set else "", lambda _: True, int, bool, False)
_TIME = FieldType(
    int,
    to_column=lambda moment: int(moment.timestamp()),
    from_column=lambda seconds: datetime.fromtimestamp(seconds, UTC),
)


_WORDS_OF_AN_ENTRY = ("note", "reason", "value")


def redacted_text(redacted: Redacted) -> str:
    parts = [name for name in _WORDS_OF_AN_ENTRY if getattr(redacted, name)]
    return " ".join([redacted.ground, rfc3339(redacted.at), *parts])


def _redacted(text: str) -> Redacted:
    """Raises ValueError if it is not as it is written."""
    ground, at, *parts = text.split(" ")
    which = {name: name in parts for name in _WORDS_OF_AN_ENTRY}
    redacted = Redacted(Ground(ground), datetime.fromisoformat(at), **which)
    if redacted_text(redacted) != text:
        raise ValueError("not the trace of a removed note")
    return redacted


_REDACTED = FieldType(str, redacted_text, _redacted, redacted_text, _redacted)


def _explanations_to_column(explanations: tuple[Explanation, ...]) -> str | None:
    rows = [
        (
            *(each.entry, each.note, each.kind.value, each.author),
            *(int(each.created_at.timestamp()), int(each.recorded_at.timestamp())),
            each.redacted and redacted_text(each.redacted),
        )
        for each in explanations
    ]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def _explanations_from_column(text: str) -> tuple[Explanation, ...]:
    return tuple(
        Explanation(
            *(entry, note, Kind(kind), author),
            datetime.fromtimestamp(created_at, UTC),
            datetime.fromtimestamp(recorded_at, UTC),
            _redacted(redacted) if redacted else None,
        )
        for entry, note, kind, author, created_at, recorded_at, redacted in json.loads(text)
    )


_EXPLANATIONS = FieldType(
    str, to_column=_explanations_to_column, from_column=_explanations_from_column, absent=()
)
_COMMIT = (
    # What git's own headers and ids hold.
    Field("author_name", _TEXT),
    Field("author_email", _TEXT),
    Field("created_at", _TIME),
    Field("recorded_at", _TIME),
    Field("commit", _TEXT),
    Field("blob", _TEXT),
    Field("digest", _TEXT),
    Field("bare", _TEXT),
)

_PARTS = {
    "author_name": "author.name",
    "author_email": "author.email",
    **{name: f"changes.{name}" for name in Changes._fields},
}
"""The attributes of fields that are in a part of the record."""

Flat = dict[str, Value]
"""A record's values by the names of its fields, those of its parts included."""


class Table:
    """The fields of one sort of record. What is needed at each record is worked out beforehand."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        self.names = tuple(field.name for field in fields)
        self.later = tuple(field for field in fields if field.later)
        self._values = attrgetter(*(_PARTS.get(field.name, field.name) for field in fields))
        self._to_text = [
            (at, field.trailer, field.type.to_text)
            for at, field in enumerate(fields)
            if field.trailer
        ]
        self._from_text = [
            (each.name, each.trailer, each.type.from_text, each.type.absent, each.required)
            for each in fields
            if each.trailer
        ]
        self._from_column = [
            (each.name, each.type.absent, each.type.from_column) for each in fields
        ]
        self._to_column = [
            (at, field.type.to_column) for at, field in enumerate(fields) if field.type.to_column
        ]

    def columns(self, record: Revision | Action) -> tuple[Value, ...]:
        """A record's row, in the order of the fields."""
        values = list(self._values(record))
        for at, convert in self._to_column:
            if values[at] is not None:
                values[at] = convert(values[at])
        return tuple(values)

    def from_row(self, row: Mapping[str, Value]) -> Flat:
        flat: Flat = {}
        for name, absent, convert in self._from_column:
            if (value := row[name]) is None:
                value = absent
            elif convert:
                value = convert(value)
            flat[name] = value
        return flat

    def texts(self, record: Revision | Action) -> dict[str, str]:
        """A record's trailers, in the order of the fields; empty ones are absent."""
        values = self._values(record)
        texts = {}
        for at, trailer, convert in self._to_text:
            if (value := values[at]) is not None and (text := convert(value) if convert else value):
                texts[trailer] = text
        return texts

    def from_texts(self, texts: Mapping[str, str]) -> Flat:
        """The values that trailers hold. Raises KeyError if a required one is missing."""
        flat: Flat = {}
        for name, trailer, convert, absent, required in self._from_text:
            if text := texts.get(trailer):
                flat[name] = convert(text) if convert else text
            elif required:
                raise KeyError(trailer)
            else:
                flat[name] = absent
        return flat


REVISION = Table(
    Field("story", _TEXT, "Story-Id", required=True),
    Field("entry", _NUMBER, "Story-Entry"),
    Field("revision", _NUMBER, "Story-Revision", required=True),
    Field("version", _NUMBER, "Story-Version", later=True),
    Field("base_version", _NUMBER, "Base-Version"),
    Field("supersedes", _NUMBER, "Supersedes"),
    Field("state", _enum(State), "State", required=True, later=True),
    Field("kind", _enum(Kind), "Change-Kind", required=True, later=True),
    Field("sections", _WORDS, "Sections-Changed"),
    Field("words_added", _NUMBER, "Words-Added", required=True),
    Field("words_removed", _NUMBER, "Words-Removed", required=True),
    Field("facts", _WORDS, "Facts-Changed"),
    Field("cosmetic", _FLAG, "Slight-Edits-Only"),
    Field("override", _TEXT, "Override-Reason", later=True),
    Field("unexplained", _WORDS, "Unexplained-Facts", later=True),
    Field("sha256", _TEXT, "Content-SHA256", required=True),
    Field("person", _TEXT, "Person-Id"),
    Field("token", _TEXT, "Token-Id"),
    Field("idempotency_key", _TEXT, "Idempotency-Key"),
    Field("salt", _TEXT, "Salt", later=True),
    Field("redacted", _REDACTED, "Redacted", later=True),
    Field("note", _TEXT, later=True),
    *_COMMIT,
    Field("published_at", _TIME, later=True),
    Field("published_entry", _NUMBER, later=True),
    Field("publication_recorded_at", _TIME, later=True),
    Field("out_of_order", _FLAG, later=True),
    Field("explanations", _EXPLANATIONS, later=True),
    Field("superseded_by", _NUMBER, later=True),
)

ACTION = Table(
    Field("story", _TEXT, "Story-Id", required=True),
    Field("entry", _NUMBER, "Story-Entry", required=True),
    Field("verb", _enum(Verb), "Action", required=True),
    Field("revision", _NUMBER, "On-Revision", required=True),
    Field("version", _NUMBER, "Story-Version"),
    Field("kind", _enum(Kind), "Change-Kind"),
    Field("section", _TEXT, "Section"),
    Field("block", _NUMBER, "Block"),
    Field("override", _TEXT, "Override-Reason"),
    Field("unexplained", _WORDS, "Unexplained-Facts"),
    Field("alias", _TEXT, "Alias"),
    Field("value", _TEXT, "Old-Value"),
    Field("also", _NUMBERS, "Also-Removed"),
    Field("ground", _enum(Ground), "Removal-Reason"),
    Field("reference", _TEXT, "Legal-Reference"),
    Field("confirmed_by", _TEXT, "Confirmed-By"),
    Field("confirmer", _TEXT, "Confirmed-By-Id"),
    Field("redacts", _NUMBERS, "Also-Redacted"),
    Field("text_stays", _FLAG, "Text-Stays"),
    Field("person", _TEXT, "Person-Id"),
    Field("token", _TEXT, "Token-Id"),
    Field("idempotency_key", _TEXT, "Idempotency-Key"),
    Field("salt", _TEXT, "Salt"),
    Field("redacted", _REDACTED, "Redacted"),
    Field("note", _TEXT),
    *_COMMIT,
    Field("out_of_order", _FLAG),
)


WORDS = ("Override-Reason", "Old-Value", "Salt")
"""The trailers that may quote a text, as notes may, and the salt of what a commit says: a redaction
takes them out.
"""
TRACES = ("Redacted", "Removed")
"""The trailers that a redaction leaves in their place."""


def revision_of(flat: Flat) -> Revision:
    """A revision of its values, which are used up."""
    author = Author(flat.pop("author_name"), flat.pop("author_email"))
    changes = Changes(*[flat.pop(name) for name in Changes._fields])
    return Revision(**flat, author=author, changes=changes)


def action_of(flat: Flat) -> Action:
    """An action of its values, which are used up."""
    author = Author(flat.pop("author_name"), flat.pop("author_email"))
    return Action(**flat, author=author)
