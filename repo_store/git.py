"""The git side of the archive: objects, refs, and the one way a ref moves.

The only module that imports GitPython. What reaches git's command line is a full object id, a ref
name made here from a valid story id, or an option written here; nothing that a user typed.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import cast

import git
from git.exc import GitCommandError, InvalidGitRepositoryError, NoSuchPathError
from gitdb.base import IStream
from gitdb.db import LooseObjectDB
from gitdb.exc import BadObject

from repo_store.codec import Commit
from repo_store.errors import ArchiveError, Damaged
from repo_store.models import Author

FORMAT_REF = "refs/archive/format"
STORIES = "refs/stories/"
ZERO = "0" * 40
_FILE = b"100644 story.json\0"
_FIELDS = ("%H", "%P", "%T", "%an", "%ae", "%at", "%ct", "%B")


def story_ref(story: str) -> str:
    """The ref of a story; 256 folders keep any one of them short."""
    return f"{STORIES}{sha256(story.encode()).hexdigest()[:2]}/{story}"


def ref_story(ref: str) -> str:
    return ref.rpartition("/")[2]


class GitStore:
    """A bare repository. Any thread may read; each write is durable when it returns."""

    def __init__(self, path: Path) -> None:
        try:
            self._repo = git.Repo(path)
        except (InvalidGitRepositoryError, NoSuchPathError):
            raise ArchiveError(f"{path} is not a git repository") from None
        # --git-dir outweighs a GIT_DIR of the environment (in a hook, say).
        self._repo.git.set_persistent_git_options(git_dir=str(path.absolute()))
        self._objects = path.absolute() / "objects"
        # Writes loose objects in this process; GitPython's own object store starts a git for each.
        self._loose = LooseObjectDB(str(self._objects))
        self._cat_file = Lock()

    @classmethod
    def create(cls, path: Path) -> "GitStore":
        """A new repository that appears at `path` whole or not at all: the caller renames it."""
        with (
            git.Repo.init(path, bare=True, object_format="sha1") as repo,
            repo.config_writer() as config,
        ):
            # By default git flushes neither loose objects nor all refs.
            config.set_value("core", "fsync", "all")
            config.set_value("core", "logAllRefUpdates", "false")
            config.set_value("gc", "auto", 0)
        return cls(path)

    def close(self) -> None:
        self._repo.close()

    # Objects

    def write_blob(self, data: bytes) -> str:
        return self._write("blob", data)

    def write_commit(
        self,
        data: bytes,
        parent: str | None,
        message: str,
        author: Author,
        at: int,
        recorded_at: int,
    ) -> Commit:
        """A commit whose tree holds `data` as `story.json`; times are seconds since 1970."""
        blob = self._write("blob", data)
        tree = self._write("tree", _FILE + bytes.fromhex(blob))
        lines = [
            f"tree {tree}",
            *([f"parent {parent}"] if parent else []),
            f"author {author.name} <{author.email}> {at} +0000",
            f"committer story-history <> {recorded_at} +0000",
            "",
            message,
        ]
        oid = self._write("commit", "\n".join(lines).encode())
        parents = (parent,) if parent else ()
        return Commit(oid, parents, blob, author, at, recorded_at, message)

    def read_blob(self, oid: str) -> bytes:
        """A blob's bytes, through one long-lived `git cat-file --batch`; Damaged if missing."""
        return self._read(oid, "blob")

    def _read(self, oid: str, kind: str) -> bytes:
        with self._cat_file:
            try:
                _, found, _, data = self._repo.git.get_object_data(oid)
            except (ValueError, BadObject, OSError, GitCommandError) as error:
                self._repo.git.clear_cache()
                raise Damaged(f"object {oid} cannot be read: {error}") from None
        # GitPython's annotation says str; what cat-file answers is bytes.
        if cast(bytes, found) != kind.encode():
            raise Damaged(f"object {oid} is not a {kind}")
        return data

    def _write(self, kind: str, data: bytes) -> str:
        stream = self._loose.store(IStream(kind.encode(), len(data), BytesIO(data)))
        oid: str = stream.hexsha.decode()
        _flush(self._objects / oid[:2] / oid[2:])
        _flush(self._objects / oid[:2])
        _flush(self._objects)
        return oid

    # Refs

    def refs(self) -> dict[str, str]:
        """Every story's head: story id → commit id."""
        listed = self._listed(STORIES, "%(objectname) %(refname)")
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {ref_story(name): oid for oid, name in pairs}

    def head(self, story: str) -> str | None:
        """One story's head as git has it now; requests read the index instead."""
        return self._listed(story_ref(story), "%(objectname)") or None

    def _listed(self, pattern: str, form: str) -> str:
        try:
            return str(self._repo.git.for_each_ref(pattern, format=form))
        except GitCommandError as error:
            raise Damaged(f"git cannot list the refs: {_said(error)}") from None

    def move(self, heads: Mapping[str, tuple[str | None, str]]) -> bool:
        """Move each story's ref from its old head to its new one: all of them, or none and False.

        `git update-ref --stdin` locks every ref, compares, then renames: compare-and-swap.
        """
        lines = "".join(
            f"update {story_ref(story)} {new} {old or ZERO}\n"
            for story, (old, new) in heads.items()
        )
        commands = f"start\n{lines}prepare\ncommit\n"
        with tempfile.TemporaryFile() as stdin:
            stdin.write(commands.encode())
            stdin.seek(0)
            try:
                self._repo.git.update_ref(stdin=True, istream=stdin)
            except GitCommandError as error:
                if all(self.head(story) == old for story, (old, _) in heads.items()):
                    raise ArchiveError(f"git could not move a ref: {_said(error)}") from None
                return False
        return True

    def format_text(self) -> str | None:
        """What the archive says of its own format, or None if this is no archive."""
        oid = self._listed(FORMAT_REF, "%(objectname)")
        return self.read_blob(oid).decode() if oid else None

    def write_format(self, text: str) -> None:
        self._repo.git.update_ref(FORMAT_REF, self.write_blob(text.encode()), ZERO)

    # History

    def history(self, heads: Iterable[str], known: Iterable[str] = ()) -> Iterator[Commit]:
        """The commits that `heads` reach and `known` do not, every parent before its child."""
        with tempfile.TemporaryFile() as stdin:
            stdin.write("".join(f"{oid}\n" for oid in heads).encode())
            stdin.write("".join(f"^{oid}\n" for oid in known).encode())
            stdin.seek(0)
            process = self._repo.git.rev_list(
                "--stdin",
                "--topo-order",
                "--reverse",
                "--no-commit-header",
                "--encoding=UTF-8",
                "--format=" + "%x00".join(_FIELDS) + "%x00",
                istream=stdin,
                as_process=True,
            )
            try:
                for record in _records(process.stdout, len(_FIELDS)):
                    yield self._commit(record)
                process.wait()
            except GitCommandError as error:
                raise Damaged(f"git cannot walk the history: {_said(error)}") from None

    def _commit(self, record: list[str]) -> Commit:
        oid, parents, tree, name, email, authored, committed, message = record
        entries = self._read(tree, "tree")
        if not entries.startswith(_FILE) or len(entries) != len(_FILE) + 20:
            raise Damaged(f"commit {oid}: its tree does not hold just story.json")
        author = Author.model_construct(name=name, email=email)
        blob = entries[len(_FILE) :].hex()
        return Commit(
            oid, tuple(parents.split()), blob, author, int(authored), int(committed), message
        )

    def fsck(self) -> list[str]:
        """What `git fsck` finds wrong with any object or link, a line each."""
        try:
            self._repo.git.fsck(full=True, strict=True, no_dangling=True, no_progress=True)
        except GitCommandError as error:
            return f"{error.stdout}\n{error.stderr}".strip().splitlines()
        return []


def _records(stream: Iterable[bytes], fields: int) -> Iterator[list[str]]:
    """Records of NUL-ended fields; after each record git writes a newline."""
    record: list[str] = []
    rest = b""
    for line in stream:
        *whole, rest = (rest + line).split(b"\0")
        for value in whole:
            record.append(value.decode("utf-8", "surrogateescape"))
            if len(record) == fields:
                record[0] = record[0].lstrip("\n")
                yield record
                record = []


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _said(error: GitCommandError) -> str:
    return " ".join(str(error.stderr).removeprefix("\n  stderr: ").strip("' \n").split())
