"""The fields of revisions and actions: the one table of how each is written, and where.

A field has an attribute of the record, a type, a trailer in the commit's message where the commit
itself does not hold it, and a column of the index. `trailers` and `index.mapping` are driven by it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from repo_store.history.records import (
    Action,
    Changes,
    Ground,
    Kind,
    Removal,
    Revision,
    State,
    Verb,
)
from repo_store.ids import Author

Value = Any


class FieldType(NamedTuple):
    """How values of one type are written: as a trailer's text, and in a column of this SQL type.

    None is never written: the trailer is left out, the column is NULL. `absent` is what reading
    gives then.
    """

    sql: type
    to_text: Callable[[Value], str]
    from_text: Callable[[str], Value]
    to_column: Callable[[Value], Value]
    from_column: Callable[[Value], Value]
    absent: Value = None


class Field(NamedTuple):
    """`required`: a commit without this trailer is damaged. `later`: later records of the chain may
    change it, see `records.apply`.
    """

    name: str
    type: FieldType
    trailer: str = ""
    required: bool = False
    later: bool = False


def _same(value: Value) -> Value:
    return value


def _enum(members: type[StrEnum]) -> FieldType:
    # A look-up takes a quarter of the time of the call `members(text)`.
    by_text = {each.value: each for each in members}.__getitem__
    return FieldType(str, str, by_text, str, by_text)


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


_TEXT = FieldType(str, _same, _same, _same, _same)
_NUMBER = FieldType(int, str, int, _same, _same)
_WORDS = _list(str)
_NUMBERS = _list(int)
_FLAG = FieldType(int, lambda is_set: "yes" if is_set else "", lambda _: True, int, bool, False)
_TIME = FieldType(
    int,
    lambda moment: str(int(moment.timestamp())),
    lambda text: datetime.fromtimestamp(int(text), UTC),
    lambda moment: int(moment.timestamp()),
    lambda seconds: datetime.fromtimestamp(seconds, UTC),
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
)

REVISION: tuple[Field, ...] = (
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
    Field("sha256", _TEXT, "Content-SHA256", required=True),
    Field("token", _TEXT, "Token-Id"),
    Field("idempotency_key", _TEXT, "Idempotency-Key"),
    Field("note", _TEXT, later=True),
    *_COMMIT,
    Field("published_at", _TIME, later=True),
    Field("published_entry", _NUMBER, later=True),
    Field("superseded_by", _NUMBER, later=True),
)

ACTION: tuple[Field, ...] = (
    Field("story", _TEXT, "Story-Id", required=True),
    Field("entry", _NUMBER, "Story-Entry", required=True),
    Field("verb", _enum(Verb), "Action", required=True),
    Field("revision", _NUMBER, "On-Revision", required=True),
    Field("version", _NUMBER, "Story-Version"),
    Field("kind", _enum(Kind), "Change-Kind"),
    Field("section", _TEXT, "Section"),
    Field("block", _NUMBER, "Block"),
    Field("override", _TEXT, "Override-Reason"),
    Field("also", _NUMBERS, "Also-Removed"),
    Field("ground", _enum(Ground), "Removal-Reason"),
    Field("reference", _TEXT, "Legal-Reference"),
    Field("confirmed_by", _TEXT, "Confirmed-By"),
    Field("token", _TEXT, "Token-Id"),
    Field("idempotency_key", _TEXT, "Idempotency-Key"),
    Field("note", _TEXT),
    *_COMMIT,
)

Flat = dict[str, Value]
"""A record's values by the names of its fields, those of its parts beside the others."""

R = TypeVar("R", Revision, Action)


def flatten(record: Revision | Action) -> Flat:
    flat = record._asdict()
    flat["author_name"], flat["author_email"] = flat.pop("author")
    for name in ("changes", "removal"):
        if (part := flat.pop(name, None)) is not None:
            flat |= part._asdict()
    return flat


def revision_of(flat: Mapping[str, Value]) -> Revision:
    """The reverse of `flatten`; raises KeyError or TypeError for what is not a revision's."""
    rest = dict(flat)
    author = Author(rest.pop("author_name"), rest.pop("author_email"))
    changes = Changes(**{name: rest.pop(name) for name in Changes._fields})
    return Revision(**rest, author=author, changes=changes)


def action_of(flat: Mapping[str, Value]) -> Action:
    """The reverse of `flatten`; raises KeyError or TypeError for what is not an action's."""
    rest = dict(flat)
    author = Author(rest.pop("author_name"), rest.pop("author_email"))
    parts = {name: rest.pop(name) for name in Removal._fields}
    removal = Removal(**parts) if parts["ground"] else None
    return Action(**rest, author=author, removal=removal)
