"""Records as git commits and back: what a commit message says of a revision or an action."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from repo_store.errors import Damaged
from repo_store.git.objects import Commit, GitObject, commit_of, digest_of, git_object, tree_of
from repo_store.history.records import (
    Action,
    ActionInput,
    Changes,
    Ground,
    Kind,
    Record,
    Removal,
    Revision,
    RevisionInput,
    State,
    Tip,
    Verb,
)
from repo_store.ids import Author
from repo_store.story.story_json import digest, encode, new_salt

# A commit message is three parts with a blank line between: a subject, the note as it was written
# (left out when empty), and the trailers. The trailers hold no blank line and always stand last,
# so the note needs no escaping, whatever it says.


def encode_message(entry: RevisionInput, tip: Tip, version: int | None, sha256: str) -> str:
    """The message of the revision that comes after `tip`."""
    revision, changes = tip.revisions + 1, entry.changes
    subject = f"version {version}, {entry.kind}" if version else f"draft, revision {revision}"
    trailers = {
        "Story-Id": entry.story,
        "Story-Entry": str(tip.entries + 1),
        "Story-Revision": str(revision),
        "Story-Version": _text(version),
        "Base-Version": _text(entry.base_version),
        "Supersedes": _text(entry.supersedes),
        "State": entry.state,
        "Change-Kind": entry.kind,
        "Sections-Changed": ", ".join(changes.sections),
        "Words-Added": str(changes.words_added),
        "Words-Removed": str(changes.words_removed),
        "Facts-Changed": ", ".join(changes.facts),
        "Slight-Edits-Only": "yes" if changes.slight else "",
        "Override-Reason": entry.override or "",
        "Content-SHA256": sha256,
        "Token-Id": entry.token or "",
        "Idempotency-Key": entry.idempotency_key or "",
    }
    return _message(f"{entry.story}: {subject}", entry.note, trailers)


_DONE = {
    Verb.PUBLISH: "publish revision {revision} as version {version}",
    Verb.APPROVE: "approve revision {revision}",
    Verb.REJECT: "reject revision {revision}",
    Verb.COMMENT: "comment on revision {revision}",
    Verb.REMOVE: "remove the text of revision {revision}",
}


def encode_action(entry: ActionInput, tip: Tip, version: int | None) -> str:
    """The message of the action that comes after `tip`."""
    subject = _DONE[entry.verb].format(revision=entry.revision, version=version)
    trailers = {
        "Story-Id": entry.story,
        "Story-Entry": str(tip.entries + 1),
        "Action": entry.verb,
        "On-Revision": str(entry.revision),
        "Story-Version": _text(version),
        "Change-Kind": entry.kind or "",
        "Section": entry.section or "",
        "Block": _text(entry.block),
        "Override-Reason": entry.override or "",
        **_removal_trailers(entry.removal),
        "Token-Id": entry.token or "",
        "Idempotency-Key": entry.idempotency_key or "",
    }
    return _message(f"{entry.story}: {subject}", entry.note, trailers)


def _removal_trailers(removal: Removal | None) -> dict[str, str]:
    if removal is None:
        return {}
    return {
        "Also-Removed": ", ".join(map(str, removal.also)),
        "Removal-Reason": removal.reason,
        "Legal-Reference": removal.reference,
        "Confirmed-By": removal.confirmed_by or "",
    }


def without_words(message: str) -> str:
    """The message of a commit whose text is removed: no note and no reason, which may quote it."""
    told = trailers(message)
    told.pop("Override-Reason", None)
    if "Action" not in told:
        told["Removed"] = "yes"
    return _message(message.partition("\n\n")[0], "", told)


def _message(subject: str, note: str, trailers: Mapping[str, str]) -> str:
    block = "\n".join(f"{name}: {value}" for name, value in trailers.items() if value)
    return "\n\n".join([subject, *([note] if note else []), block]) + "\n"


class Written(NamedTuple):
    """A record as it was written: its commit, and the objects that are new with it.

    A revision's are its blob, tree and commit; an action's its commit alone.
    """

    commit: Commit
    version: int | None
    objects: tuple[GitObject, ...]

    @property
    def record(self) -> Record:
        # Read back from the commit, so that the index says just what a rebuilt one would.
        return decode_message(self.commit)


def write(entry: RevisionInput, tip: Tip, recorded_at: datetime) -> Written:
    """The entry as the revision that comes after `tip`."""
    version = (tip.live or 0) + 1 if entry.state is State.PUBLISHED else None
    data = encode(entry.content, new_salt())
    blob = git_object("blob", data)
    tree = tree_of(blob.id)
    message = encode_message(entry, tip, version, digest(data))
    written = _commit(blob.id, tree.id, tip, entry.author, entry.created_at, recorded_at, message)
    return Written(written[0], version, (blob, tree, written[1]))


def write_action(entry: ActionInput, blob: str, tip: Tip, recorded_at: datetime) -> Written:
    """The entry as the action that comes after `tip`, on the revision whose text `blob` is.

    Its tree holds that text: a publication proves by itself what went live.
    """
    version = (tip.live or 0) + 1 if entry.verb is Verb.PUBLISH else None
    message = encode_action(entry, tip, version)
    tree = tree_of(blob).id
    commit, item = _commit(blob, tree, tip, entry.author, entry.created_at, recorded_at, message)
    return Written(commit, version, (item,))


def _commit(
    blob: str,
    tree: str,
    tip: Tip,
    author: Author,
    created_at: datetime,
    recorded_at: datetime,
    message: str,
) -> tuple[Commit, GitObject]:
    times = (int(created_at.timestamp()), int(recorded_at.timestamp()))
    item = commit_of(tree, tip.head, author, *times, message)
    parents = (tip.head,) if tip.head else ()
    digest = digest_of(item.data)
    return Commit(item.id, parents, tree, blob, author, *times, message, digest), item


# Looked up in a quarter of the time that the call `State(…)` takes.
_STATES = {each.value: each for each in State}
_KINDS = {each.value: each for each in Kind}
_VERBS = {each.value: each for each in Verb}


def decode_message(commit: Commit) -> Record:
    """The revision or the action that a commit records, or Damaged."""
    if not commit.blob:
        raise Damaged(f"commit {commit.id}: its tree does not hold just story.json")
    head, _, _ = commit.message.removesuffix("\n").rpartition("\n\n")
    _, _, note = head.partition("\n\n")
    told = trailers(commit.message)
    try:
        return _action(commit, note, told) if "Action" in told else _revision(commit, note, told)
    except (KeyError, ValueError) as error:
        raise Damaged(f"commit {commit.id}: its trailers cannot be read ({error})") from None


def _revision(commit: Commit, note: str, told: Mapping[str, str]) -> Revision:
    number, version = int(told["Story-Revision"]), _number(told, "Story-Version")
    created_at = datetime.fromtimestamp(commit.authored_at, UTC)
    # The first archives had no actions, so that each commit was a revision.
    entry = int(told.get("Story-Entry", number))
    return Revision(
        story=told["Story-Id"],
        entry=entry,
        revision=number,
        version=version,
        base_version=_number(told, "Base-Version"),
        state=State.REMOVED if "Removed" in told else _STATES[told["State"]],
        kind=_KINDS[told["Change-Kind"]],
        note=note,
        author=commit.author,
        created_at=created_at,
        recorded_at=datetime.fromtimestamp(commit.committed_at, UTC),
        published_at=created_at if version else None,
        published_entry=entry if version else None,
        commit=commit.id,
        blob=commit.blob,
        sha256=told["Content-SHA256"],
        digest=commit.digest,
        changes=Changes(
            sections=_listed(told, "Sections-Changed"),
            words_added=int(told["Words-Added"]),
            words_removed=int(told["Words-Removed"]),
            facts=_listed(told, "Facts-Changed"),
            slight="Slight-Edits-Only" in told,
        ),
        supersedes=_number(told, "Supersedes"),
        override=told.get("Override-Reason"),
        token=told.get("Token-Id"),
        idempotency_key=told.get("Idempotency-Key"),
    )


def _action(commit: Commit, note: str, told: Mapping[str, str]) -> Action:
    return Action(
        story=told["Story-Id"],
        entry=int(told["Story-Entry"]),
        revision=int(told["On-Revision"]),
        verb=_VERBS[told["Action"]],
        version=_number(told, "Story-Version"),
        kind=_KINDS[told["Change-Kind"]] if "Change-Kind" in told else None,
        note=note,
        author=commit.author,
        created_at=datetime.fromtimestamp(commit.authored_at, UTC),
        recorded_at=datetime.fromtimestamp(commit.committed_at, UTC),
        commit=commit.id,
        blob=commit.blob,
        digest=commit.digest,
        section=told.get("Section"),
        block=_number(told, "Block"),
        override=told.get("Override-Reason"),
        token=told.get("Token-Id"),
        idempotency_key=told.get("Idempotency-Key"),
        removal=_removal(told),
    )


def _removal(told: Mapping[str, str]) -> Removal | None:
    if "Removal-Reason" not in told:
        return None
    also = tuple(map(int, _listed(told, "Also-Removed")))
    reason, confirmed_by = Ground(told["Removal-Reason"]), told.get("Confirmed-By")
    return Removal(reason, told["Legal-Reference"], confirmed_by, also)


def whole_chain(story: str, tip: Tip, chain: Iterable[Commit | Damaged]) -> Iterator[Record]:
    """A story's records after those known already, each checked to follow the one before."""
    for each in chain:
        if isinstance(each, Damaged):
            raise each
        record = decode_message(each)
        if record.story != story:
            raise Damaged(f"{story}: its ref leads to {record.story}")
        if isinstance(record, Revision) and record.revision != tip.revisions + 1:
            if record.revision <= tip.revisions:
                raise Damaged(f"{story}: the index knows revisions that git does not")
            told = f"git has revision {record.revision} where {tip.revisions + 1} is due"
            raise Damaged(f"{story}: {told}")
        if record.entry != tip.entries + 1:
            told = f"git has entry {record.entry} where {tip.entries + 1} is due"
            raise Damaged(f"{story}: {told}")
        tip = tip.after(record)
        yield record


def trailers(message: str) -> dict[str, str]:
    block = message.removesuffix("\n").rpartition("\n\n")[2]
    return dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)


def _listed(told: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(told[name].split(", ")) if name in told else ()


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _number(told: Mapping[str, str], name: str) -> int | None:
    return int(told[name]) if name in told else None
