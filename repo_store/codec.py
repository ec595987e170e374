"""Values to bytes and back: a story as `story.json`, a revision's record as a commit message."""

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from repo_store.errors import Damaged, FieldError, InvalidInput
from repo_store.models import Author, Changes, Content, Entry, Kind, Revision, State, parse_content
from repo_store.objects import GitObject, commit_of, git_object, tree_of

_SALT = re.compile(r"[0-9a-f]{64}")


def new_salt() -> str:
    """256 random bits in hex, for one revision: a hash that survives removal confirms no guess."""
    return secrets.token_hex(32)


def content_fields(content: Content) -> dict[str, Any]:
    """The content as plain JSON values in the canonical order, absent options left out."""
    return content.model_dump(mode="json", exclude_none=True)


def encode(content: Content, salt: str) -> bytes:
    """The canonical bytes: UTF-8 JSON with every paragraph on a line of its own, salt last."""
    return (_indented(content_fields(content) | {"salt": salt}, "\n") + "\n").encode()


def _indented(value: Any, newline: str) -> str:
    """As `json.dumps(value, ensure_ascii=False, indent=2)`, which is slow, for what a story has."""
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


def decode(data: bytes) -> Content:
    """The content of canonical bytes. Damaged if they are not just what `encode` would write."""
    try:
        fields = json.loads(data)
        salt = fields.pop("salt")
        content = parse_content(fields)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidInput) as error:
        raise Damaged(f"not a stored story: {error}") from None
    if not isinstance(salt, str) or not _SALT.fullmatch(salt) or encode(content, salt) != data:
        raise Damaged("not in canonical form")
    return content


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def parse_json(data: bytes) -> Any:
    """Any JSON value from bytes a stranger sent, or InvalidInput without a field.

    Stricter than `json.loads`: UTF-8 only, no repeated names, no NaN.
    """
    try:
        return json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_no_repeats, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        message = f"not UTF-8: byte {error.start} cannot be read"
    except RecursionError:
        message = "not readable JSON: nested too deeply"
    except ValueError as error:
        message = f"not readable JSON: {error}"
    raise InvalidInput([FieldError("", message)])


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {repeated!r} stands twice in one object")
    return fields


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# A commit message is three parts with a blank line between: a subject, the note as it was written
# (left out when empty), and the trailers. The trailers hold no blank line and always stand last,
# so the note needs no escaping, whatever it says.


class Commit(NamedTuple):
    """A git commit as the store uses it; `blob` is its tree's one entry, `story.json`."""

    id: str
    parents: tuple[str, ...]
    tree: str
    blob: str
    author: Author
    authored_at: int
    committed_at: int
    message: str


_COMMIT = re.compile(
    rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)"
    rb"author ([^<>\n]*) <([^<>\n]*)> ([0-9]+) \+0000\n"
    rb"committer [^<>\n]* <[^<>\n]*> ([0-9]+) \+0000\n\n"
)


def parse_commit(oid: str, data: bytes) -> Commit | Damaged:
    """A commit's bytes as a value, `blob` still empty; or why it is none of ours."""
    head = _COMMIT.match(data)
    if not head:
        return Damaged(f"commit {oid}: not one of this archive's")
    tree, parents, name, email, authored, committed = head.groups()
    try:
        author = _author(name, email)
        message = data[head.end() :].decode()
    except UnicodeDecodeError:
        return Damaged(f"commit {oid}: not in UTF-8")
    return Commit(
        oid,
        tuple(parents.decode().split()[1::2]),
        tree.decode(),
        "",
        author,
        int(authored),
        int(committed),
        message,
    )


@lru_cache(1_000)
def _author(name: bytes, email: bytes) -> Author:
    return Author.model_construct(name=name.decode(), email=email.decode())


def encode_message(entry: Entry, revision: int, version: int | None, sha256: str) -> str:
    changes = entry.changes
    subject = f"{entry.story}: " + (
        f"version {version}, {entry.kind}" if version else f"draft, revision {revision}"
    )
    trailers = {
        "Story-Id": entry.story,
        "Story-Revision": str(revision),
        "Story-Version": str(version or ""),
        "Base-Version": str(entry.base_version or ""),
        "State": entry.state,
        "Change-Kind": entry.kind,
        "Sections-Changed": ", ".join(changes.sections),
        "Words-Added": str(changes.words_added),
        "Words-Removed": str(changes.words_removed),
        "Content-SHA256": sha256,
        "Token-Id": entry.token or "",
        "Idempotency-Key": entry.idempotency_key or "",
    }
    block = "\n".join(f"{name}: {value}" for name, value in trailers.items() if value)
    return "\n\n".join([subject, *([entry.note] if entry.note else []), block]) + "\n"


class Written(NamedTuple):
    """A revision as it was written: its commit, and the three objects that record it."""

    commit: Commit
    version: int | None
    objects: tuple[GitObject, GitObject, GitObject]

    @property
    def revision(self) -> Revision:
        # Read back from the commit, so that the index says just what a rebuilt one would.
        return decode_message(self.commit)


def write(
    entry: Entry, parent: str | None, number: int, live: int | None, recorded_at: datetime
) -> Written:
    """The entry as revision `number` of its story, upon commit `parent`; `live` is now live."""
    version = (live or 0) + 1 if entry.state is State.PUBLISHED else None
    data = encode(entry.content, new_salt())
    message = encode_message(entry, number, version, digest(data))
    blob = git_object("blob", data)
    tree = tree_of(blob.id)
    times = (int(entry.created_at.timestamp()), int(recorded_at.timestamp()))
    item = commit_of(tree.id, parent, entry.author, *times, message)
    parents = (parent,) if parent else ()
    commit = Commit(item.id, parents, tree.id, blob.id, entry.author, *times, message)
    return Written(commit, version, (blob, tree, item))


# Looked up in a quarter of the time that the call `State(…)` takes.
_STATES = {each.value: each for each in State}
_KINDS = {each.value: each for each in Kind}


def decode_message(commit: Commit) -> Revision:
    """The revision that a commit records, or Damaged."""
    if not commit.blob:
        raise Damaged(f"commit {commit.id}: its tree does not hold just story.json")
    head, _, _ = commit.message.removesuffix("\n").rpartition("\n\n")
    _, _, note = head.partition("\n\n")
    told = trailers(commit.message)
    try:
        return Revision(
            story=told["Story-Id"],
            revision=int(told["Story-Revision"]),
            version=_number(told, "Story-Version"),
            base_version=_number(told, "Base-Version"),
            state=_STATES[told["State"]],
            kind=_KINDS[told["Change-Kind"]],
            note=note,
            author=commit.author,
            created_at=datetime.fromtimestamp(commit.authored_at, UTC),
            recorded_at=datetime.fromtimestamp(commit.committed_at, UTC),
            commit=commit.id,
            blob=commit.blob,
            sha256=told["Content-SHA256"],
            changes=Changes(
                sections=tuple(filter(None, told.get("Sections-Changed", "").split(", "))),
                words_added=int(told["Words-Added"]),
                words_removed=int(told["Words-Removed"]),
            ),
            token=told.get("Token-Id"),
            idempotency_key=told.get("Idempotency-Key"),
        )
    except (KeyError, ValueError) as error:
        raise Damaged(f"commit {commit.id}: its trailers cannot be read ({error})") from None


def whole_chain(
    story: str, revisions: int, chain: Iterable[Commit | Damaged]
) -> Iterator[Revision]:
    """A story's revisions after those known already, each checked to follow the one before."""
    last = revisions
    for each in chain:
        if isinstance(each, Damaged):
            raise each
        revision = decode_message(each)
        if revision.story != story:
            raise Damaged(f"{story}: its ref leads to {revision.story}")
        if revision.revision != last + 1:
            if revision.revision <= last:
                raise Damaged(f"{story}: the index knows revisions that git does not")
            raise Damaged(f"{story}: git has revision {revision.revision} where {last + 1} is due")
        last += 1
        yield revision


def trailers(message: str) -> dict[str, str]:
    block = message.removesuffix("\n").rpartition("\n\n")[2]
    return dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)


def _number(told: Mapping[str, str], name: str) -> int | None:
    return int(told[name]) if name in told else None
