"""Records as git commits and back.

A commit message has three parts with a blank line between: a subject, the note as it was written
(left out when empty), and the trailers. The trailers hold no blank line and always come last, so
the note needs no escaping, whatever it says. Which trailers there are is in `trailers`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from repo_store.errors import Damaged, FieldError, InvalidInput, MalformedRecord
from repo_store.git.objects import (
    Commit,
    GitObject,
    commit_of,
    git_object,
    parse_commit,
    tree_of,
)
from repo_store.history import trailers
from repo_store.history.records import (
    Action,
    ActionInput,
    Record,
    Redacted,
    Revision,
    RevisionInput,
    State,
    Tip,
    Verb,
)
from repo_store.history.trailers import Flat
from repo_store.story.story_json import digest, encode_checked, new_salt

_REDACTED, _REMOVED = trailers.TRACES
_LOST = frozenset((*trailers.WORDS, *trailers.TRACES))
_SUBJECTS = {
    Verb.PUBLISH: "publish revision {0.revision} as version {0.version}",
    Verb.APPROVE: "approve revision {0.revision}",
    Verb.REJECT: "reject revision {0.revision}",
    Verb.COMMENT: "comment on revision {0.revision}",
    Verb.REMOVE: "remove the text of revision {0.revision}",
    Verb.EXPLAIN: "explain revision {0.revision}",
    Verb.WITHDRAW: "withdraw the story",
    Verb.ALIAS: "also known as {0.alias}",
    Verb.WAIVE: "let an old value stand in revision {0.revision}",
}
_NOTES_ALONE = "remove notes, not the text of revision {0.revision}"

LAST_SECOND = 253_402_300_799
"""The end of the year 9999 in seconds since 1970: the last that a time can be read back from."""


class Written(NamedTuple):
    """A new record with the git objects to store.

    A revision's objects are its blob, tree and commit; an action's its commit alone.
    """

    record: Record
    objects: tuple[GitObject, ...]


def write_revision(new: RevisionInput, tip: Tip, recorded_at: datetime) -> Written:
    """The revision that follows `tip`."""
    version = tip.next_version if new.state is State.PUBLISHED else None
    data = encode_checked(new.content, new_salt())
    blob = git_object("blob", data)
    entry = tip.entries + 1
    values = _values_of(new, recorded_at)
    del values["content"]
    record = Revision(
        **values,
        entry=entry,
        revision=tip.revisions + 1,
        version=version,
        published_at=values["created_at"] if version else None,
        published_entry=entry if version else None,
        publication_recorded_at=values["recorded_at"] if version else None,
        commit="",
        blob=blob.id,
        sha256=digest(data),
        digest="",
        bare="",
    )
    return _committed(record, tip, blob)


def write_action(new: ActionInput, blob: str, tip: Tip, recorded_at: datetime) -> Written:
    """The action that follows `tip`, on the revision whose text is `blob`.

    Its tree holds that text, so a publication proves by itself what went live.
    """
    version = tip.next_version if new.verb is Verb.PUBLISH else None
    values = _values_of(new, recorded_at)
    removal = values.pop("removal")
    values |= removal._asdict() if removal else {}
    record = Action(
        **values, entry=tip.entries + 1, version=version, commit="", blob=blob, digest="", bare=""
    )
    return _committed(record, tip)


def _values_of(new: RevisionInput | ActionInput, recorded_at: datetime) -> Flat:
    # In whole seconds, as git has them, so that the index says just what a rebuilt one would.
    times = {"created_at": new.created_at, "recorded_at": recorded_at}
    return vars(new) | {name: _whole_seconds(name, moment) for name, moment in times.items()}


def _whole_seconds(name: str, moment: datetime) -> datetime:
    seconds = int(moment.timestamp())
    if not 0 <= seconds <= LAST_SECOND:
        raise InvalidInput([FieldError(name, "must be from 1970 to 9999, in UTC")])
    return datetime.fromtimestamp(seconds, UTC)


def _committed(record: Record, tip: Tip, blob: GitObject | None = None) -> Written:
    if record.has_words:
        record = record._replace(salt=new_salt())
    message = encode_message(record)
    tree = tree_of(record.blob)
    times = (int(record.created_at.timestamp()), int(record.recorded_at.timestamp()))
    try:
        commit = commit_of(tree.id, tip.head, record.author, *times, message)
    except UnicodeEncodeError:
        raise InvalidInput([FieldError("", "a text in it cannot be written as UTF-8")]) from None
    record = _read_back(record, commit)
    return Written(tip.placed(record), (blob, tree, commit) if blob else (commit,))


def _read_back(record: Record, commit: GitObject) -> Record:
    """The record with its commit. InvalidInput that names the fields unless the commit reads back
    as this very record: the index is rebuilt from nothing else, so nothing else is ever stored.
    """
    found = parse_commit(commit.id, commit.data)
    if isinstance(found, Damaged):
        raise InvalidInput([FieldError("author", "cannot be written into a commit")])
    try:
        read = decode_commit(found._replace(blob=record.blob))
    except Damaged as error:
        raise InvalidInput([FieldError("", f"would not read back: {error}")]) from None
    record = record._replace(commit=commit.id, digest=read.digest, bare=read.bare)
    if read != record:
        raise InvalidInput(
            FieldError(name, "would not read back as it was sent")
            for name, value in record._asdict().items()
            if getattr(read, name, None) != value
        )
    return record


def encode_message(record: Record) -> str:
    if isinstance(record, Action):
        subject = _NOTES_ALONE if record.text_stays else _SUBJECTS[record.verb]
        subject, texts = subject.format(record), trailers.ACTION.texts(record)
    else:
        version = f"version {record.version}, {record.kind}"
        subject = version if record.version else f"draft, revision {record.revision}"
        texts = trailers.REVISION.texts(record)
    return _message(f"{record.story}: {subject}", record.note, _lines(texts))


def _message(subject: str, note: str, lines: Iterable[str]) -> str:
    return "\n\n".join([subject, *([note] if note else []), "\n".join(lines)]) + "\n"


def _lines(texts: Mapping[str, str]) -> list[str]:
    return [f"{name}: {text}" for name, text in texts.items()]


def redact_message(message: str, trace: Redacted | None = None) -> str:
    """The message of a commit without its words, which may quote what is removed: its text, unless
    there is a `trace`, which is left in their place.
    """
    texts = parse_trailers(message)
    for trailer in trailers.WORDS:
        texts.pop(trailer, None)
    if trace:
        texts[_REDACTED] = trailers.redacted_text(trace)
    elif "Action" not in texts:
        texts[_REMOVED] = "yes"
    return _message(message.partition("\n\n")[0], "", _lines(texts))


def parse_trailers(message: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in _trailers(message) if ": " in line)


def _trailers(message: str) -> list[str]:
    return message.removesuffix("\n").rpartition("\n\n")[2].split("\n")


def bare_digest(people: bytes, message: str) -> str:
    """SHA-256 of a commit's bare bytes: those without its tree, its parents, its words and their
    salt, and the traces of a removal. A redaction leaves it as it is, whatever words it takes.
    """
    kept = [line for line in _trailers(message) if line.partition(": ")[0] not in _LOST]
    bare = _message(message.partition("\n\n")[0], "", kept)
    return sha256(b"%s\n%s" % (people, bare.encode())).hexdigest()


def decode_commit(commit: Commit) -> Record:
    """The revision or the action that a commit records. Raises Damaged: MalformedRecord if it
    records none.
    """
    if not commit.blob:
        raise Damaged(f"commit {commit.id}: its tree does not hold just story.json")
    head, _, _ = commit.message.removesuffix("\n").rpartition("\n\n")
    _, _, note = head.partition("\n\n")
    texts = parse_trailers(commit.message)
    try:
        return _action(commit, note, texts) if "Action" in texts else _revision(commit, note, texts)
    except (KeyError, ValueError) as error:
        problem = f"commit {commit.id}: its trailers cannot be read ({error})"
        raise MalformedRecord(problem) from None


def decode_or_damaged(commit: Commit) -> Record | Damaged:
    try:
        return decode_commit(commit)
    except Damaged as error:
        return error


def _revision(commit: Commit, note: str, texts: dict[str, str]) -> Revision:
    # The first archives had no actions: each commit was a revision.
    texts.setdefault("Story-Entry", texts["Story-Revision"])
    values = trailers.REVISION.from_texts(texts)
    values.update(_commit_values(commit, note))
    if _REMOVED in texts:
        values["state"] = State.REMOVED
    is_version = values["version"] is not None
    values["published_at"] = values["created_at"] if is_version else None
    values["published_entry"] = values["entry"] if is_version else None
    values["publication_recorded_at"] = values["recorded_at"] if is_version else None
    return trailers.revision_of(values)


def _action(commit: Commit, note: str, texts: Mapping[str, str]) -> Action:
    return trailers.action_of(trailers.ACTION.from_texts(texts) | _commit_values(commit, note))


def _commit_values(commit: Commit, note: str) -> Flat:
    return {
        "note": note,
        "author_name": commit.author.name,
        "author_email": commit.author.email,
        "created_at": datetime.fromtimestamp(commit.authored_at, UTC),
        "recorded_at": datetime.fromtimestamp(commit.committed_at, UTC),
        "commit": commit.id,
        "blob": commit.blob,
        "digest": commit.digest,
        "bare": bare_digest(commit.people, commit.message),
    }


def decode_chain(story: str, tip: Tip, chain: Iterable[Commit | Damaged]) -> Iterator[Record]:
    """A story's records after `tip`, each checked to follow the one before. Raises Damaged."""
    for commit in chain:
        if isinstance(commit, Damaged):
            raise commit
        record = tip.placed(decode_commit(commit))
        if record.story != story:
            raise Damaged(f"{story}: its ref leads to {record.story}")
        if isinstance(record, Revision) and record.revision != tip.revisions + 1:
            if record.revision <= tip.revisions:
                raise Damaged(f"{story}: the index knows revisions that git does not")
            problem = f"git has revision {record.revision}, expected {tip.revisions + 1}"
            raise Damaged(f"{story}: {problem}")
        if record.entry != tip.entries + 1:
            raise Damaged(f"{story}: git has entry {record.entry}, expected {tip.entries + 1}")
        tip = tip.after(record)
        yield record
