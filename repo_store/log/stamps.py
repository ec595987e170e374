"""Time stamps of checkpoints in git: a commit for each anchor, on a ref of its own.

A tree of 256 folders has, under the first two hex digits of the SHA-256 of a checkpoint's note, the
note and each authority's responses in the order in which they were added:

    ab/<62 more>.checkpoint
    ab/<62 more>.<number>.<day on which its certificate runs out>[.renewal].<authority>.tsr

So a checkpoint's stamps are found by its bytes, and those that run out by their names alone.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from repo_store.errors import Damaged
from repo_store.git.objects import (
    COMMITTER,
    GitObject,
    commit_of,
    files_of,
    folders_of,
    git_object,
    parse_commit,
    tree,
    tree_of_folders,
)
from repo_store.git.repository import Repository

STAMPS_REF = "refs/archive/stamps"
_NAME = re.compile(r"([0-9a-f]{62})\.(\d{4})\.(\d{8})(\.renewal)?\.([A-Za-z0-9.-]{1,100})\.tsr")
_NOTE = ".checkpoint"


class StoredStamp(NamedTuple):
    """An authority's response about a checkpoint, in DER. `authority`: which one was asked, in
    letters, digits, dots and hyphens. `renews`: it is about the stamps before it, too.
    """

    authority: str
    expires: date
    renews: bool
    response: bytes


def runs_out(stamps: Sequence[StoredStamp]) -> date:
    """The day until which a checkpoint's stamps, oldest first, hold: until the last renewal of them
    runs out, or the first of those that were not renewed.
    """
    return _runs_out((each.expires, each.renews) for each in stamps)


def _runs_out(stamps: Iterable[tuple[date, bool]]) -> date:
    due = date.max
    for expires, renews in stamps:
        due = expires if renews else min(due, expires)
    return due


def read(git: Repository, head: str | None, note: str) -> list[StoredStamp]:
    """The stamps of a checkpoint, oldest first. Raises Damaged if they cannot be read."""
    folder, stem = _place(note)
    files = _folder(git, _folders(git, head).get(folder))
    found = [(name, each) for name in sorted(files) if (each := _named(name)) and each[0] == stem]
    data = git.read("blob", [files[name] for name, _ in found])
    return [
        StoredStamp(authority, expires, renews, response)
        for (_, (_, expires, renews, authority)), response in zip(found, data, strict=True)
    ]


def expiring(git: Repository, head: str | None, by: date) -> Iterator[str]:
    """The notes of checkpoints whose stamps hold until this day at most."""
    for oid in _folders(git, head).values():
        files = _folder(git, oid)
        stamps: dict[str, list[tuple[date, bool]]] = {}
        for name in sorted(files):
            if named := _named(name):
                stem, expires, renews, _ = named
                stamps.setdefault(stem, []).append((expires, renews))
        for stem, own in stamps.items():
            if _runs_out(own) <= by:
                yield git.read_blob(files[stem + _NOTE]).decode()


def encode(
    git: Repository, head: str | None, added: Mapping[str, Sequence[StoredStamp]], at: datetime
) -> tuple[str, list[GitObject]]:
    """The commit that adds stamps, by the notes of checkpoints, to those at `head`; and the objects
    to write.
    """
    folders = _folders(git, head)
    changed: dict[str, dict[str, str]] = {}
    objects: list[GitObject] = []
    for note, stamps in added.items():
        folder, stem = _place(note)
        files = changed.setdefault(folder, _folder(git, folders.get(folder)))
        first = 1 + sum(name.startswith(f"{stem}.") and name != stem + _NOTE for name in files)
        blobs = {stem + _NOTE: git_object("blob", note.encode())}
        for number, each in enumerate(stamps, first):
            day, renewal = each.expires.isoformat().replace("-", ""), ".renewal" * each.renews
            name = f"{stem}.{number:04d}.{day}{renewal}.{each.authority}.tsr"
            if not _NAME.fullmatch(name):
                raise ValueError(name)
            blobs[name] = git_object("blob", each.response)
        objects += blobs.values()
        files |= {name: blob.id for name, blob in blobs.items()}
    for folder, files in changed.items():
        objects.append(tree(files))
        folders[folder] = objects[-1].id
    root = tree_of_folders(folders)
    seconds, count = int(at.timestamp()), sum(map(len, added.values()))
    message = f"stamps: add {count}\n"
    commit = commit_of(root.id, head, COMMITTER, seconds, seconds, message)
    return commit.id, [*objects, root, commit]


def _place(note: str) -> tuple[str, str]:
    digest = sha256(note.encode()).hexdigest()
    return digest[:2], digest[2:]


def _named(name: str) -> tuple[str, date, bool, str] | None:
    """What a file's name says: stem, day on which it runs out, whether it renews, authority."""
    if found := _NAME.fullmatch(name):
        stem, _, day, renewal, authority = found.groups()
        return stem, date.fromisoformat(day), renewal is not None, authority
    return None


def _folders(git: Repository, head: str | None) -> dict[str, str]:
    if head is None:
        return {}
    commit = parse_commit(head, git.read("commit", [head])[0])
    if isinstance(commit, Damaged):
        raise commit
    return _decoded(folders_of, git, commit.tree)


def _folder(git: Repository, oid: str | None) -> dict[str, str]:
    return _decoded(files_of, git, oid) if oid else {}


def _decoded(
    decode: Callable[[bytes], dict[str, str]], git: Repository, oid: str
) -> dict[str, str]:
    try:
        return decode(git.read("tree", [oid])[0])
    except ValueError as error:
        raise Damaged(f"stamps: {error}") from None
