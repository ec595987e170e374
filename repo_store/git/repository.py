"""The git side of the archive: its objects, and the commands that look after them.

The only module that imports GitPython. What reaches git is a full object id, a path made here, or
an option written here; nothing that a user typed.
"""

import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any, Self, TypeVar, cast

import git
from git.exc import GitCommandError, InvalidGitRepositoryError, NoSuchPathError

from repo_store import durable, locks
from repo_store.errors import ArchiveError, Damaged, StoreFull
from repo_store.git import objects
from repo_store.git.cat_file import CatFile
from repo_store.git.objects import Commit, GitObject, parse_commit
from repo_store.history.records import Record
from repo_store.history.trailers import decode_message, trailers

_T = TypeVar("_T")

FORMAT_REF = "refs/archive/format"
# More objects than this in one write go into one pack: two files to flush instead of many.
_LOOSE_AT_MOST = 12
# Ids sent ahead to `cat-file`; well under what a pipe holds, so neither end waits for the other.
_AHEAD = 400
# Read together, so that what one story waits for is read for others.
_STORIES_AT_ONCE = 1_000

# By default git flushes neither loose objects nor all refs, and packs as it likes.
_SETTINGS = {
    "core.fsync": "all",
    "core.logAllRefUpdates": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}


class Repository:
    """A bare repository. Any thread may read; each write is durable when it returns."""

    def __init__(self, path: Path) -> None:
        try:
            self._repo = git.Repo(path)
        except (InvalidGitRepositoryError, NoSuchPathError):
            raise ArchiveError(f"{path} is not a git repository") from None
        self.path = path.absolute()
        # --git-dir outweighs a GIT_DIR of the environment (in a hook, say).
        self._repo.git.set_persistent_git_options(
            git_dir=str(self.path), c=[f"{name}={value}" for name, value in _SETTINGS.items()]
        )
        # glibc would hand zlib's memory back to the kernel after each object and fetch it again:
        # half of fast-import's time.
        self._repo.git.update_environment(MALLOC_TOP_PAD_=str(16 * 1024 * 1024))
        self._reader = CatFile(self._start_reading)
        self._held: IO[bytes] | None = None

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new repository that appears at `path` whole or not at all: the caller renames it."""
        with (
            git.Repo.init(path, bare=True, object_format="sha1") as repo,
            repo.config_writer() as config,
        ):
            # So that plain git keeps to them as well.
            for name, value in _SETTINGS.items():
                section, _, option = name.partition(".")
                config.set_value(section, option, value)
        durable.flush(str(each) for each in path.rglob("*"))
        made = cls(path)
        made.make_folders()
        return made

    def make_folders(self) -> None:
        """Make the folders of loose objects, so that no write has to; git removes empty ones."""
        folders = [f"{self.path}/objects/{number:02x}" for number in range(256)]
        for folder in folders:
            os.makedirs(folder, exist_ok=True)
        durable.flush([f"{self.path}/objects"])

    def close(self) -> None:
        self._reader.close()
        self._repo.close()

    # Objects

    def write(self, items: Sequence[GitObject]) -> None:
        """Write objects durably."""
        with self.staged(items) as files:
            files.flush()
            files.place()

    @contextmanager
    def staged(self, items: Sequence[GitObject]) -> Iterator[durable.Staged]:
        """The files of objects to be flushed and placed: few as loose ones, more as one pack."""
        folder = f"{self.path}/objects"
        # Named so that `git prune` knows what they are.
        own = f"{os.getpid()}-{threading.get_ident()}"
        with durable.Staged() as files:
            if len(items) <= _LOOSE_AT_MOST:
                for item in items:
                    # Made in one folder: where they are to be, each costs blocks of its own.
                    unfinished = f"{folder}/pack/tmp_obj_{own}_{item.id}"
                    path = f"{folder}/{item.id[:2]}/{item.id[2:]}"
                    files.add(unfinished, path, objects.loose(item), 0o444)
            else:
                name, packed, index = objects.pack(items)
                # The index last: with it git takes the pack for there.
                for suffix, data in (("pack", packed), ("idx", index)):
                    path = f"{folder}/pack/pack-{name}.{suffix}"
                    files.add(f"{folder}/pack/tmp_{suffix}_{own}", path, data, 0o444)
            yield files

    def read_blob(self, oid: str) -> bytes:
        """A blob's bytes; Damaged if they cannot be had."""
        return self.read("blob", [oid])[0]

    def read(self, kind: str, oids: Sequence[str]) -> list[bytes]:
        """The bytes of several objects; Damaged if one cannot be had."""
        found = self.read_each(kind, oids)
        for each in found:
            if isinstance(each, Damaged):
                raise each
        return cast(list[bytes], found)

    def read_each(self, kind: str, oids: Sequence[str]) -> list[bytes | Damaged]:
        """The same, with what is wrong in the place of what cannot be had."""
        return [each for some in _some(oids, _AHEAD) for each in self._reader.read(kind, some)]

    def chains(
        self, heads: Mapping[str, str], known: Mapping[str, str]
    ) -> Iterator[tuple[str, list[Commit | Damaged]]]:
        """Each story's commits from after its known one (else its first) to its head.

        Read from the head backwards, many stories side by side. Damaged stands in the first place
        of a chain whose beginning cannot be read; a commit whose tree is amiss has no blob ("").
        """
        for some in _some(list(heads), _STORIES_AT_ONCE):
            chains: dict[str, list[Commit | Damaged]] = {story: [] for story in some}
            due = {story: heads[story] for story in some if heads[story] != known.get(story)}
            while due:
                read = self._commits(list(due.values()))
                for story, commit in zip(list(due), read, strict=True):
                    chains[story].append(commit)
                    parents = commit.parents if isinstance(commit, Commit) else ()
                    if parents and parents[0] != known.get(story):
                        due[story] = parents[0]
                    else:
                        del due[story]
            yield from ((story, chain[::-1]) for story, chain in chains.items())

    def record(self, oid: str) -> Record:
        """What one commit records. Damaged if it cannot be read."""
        [commit] = self._commits([oid])
        if isinstance(commit, Damaged):
            raise commit
        return decode_message(commit)

    def _commits(self, oids: list[str]) -> list[Commit | Damaged]:
        read = [
            each if isinstance(each, Damaged) else parse_commit(oid, each)
            for oid, each in zip(oids, self.read_each("commit", oids), strict=True)
        ]
        whole = [each for each in read if isinstance(each, Commit)]
        trees = iter(self.read_each("tree", [commit.tree for commit in whole]))
        return [
            each._replace(blob=_blob(next(trees))) if isinstance(each, Commit) else each
            for each in read
        ]

    def _start_reading(self) -> Any:
        try:
            return self._repo.git.cat_file(
                "--batch-command", "--buffer", istream=PIPE, as_process=True
            )
        except GitCommandError as error:
            raise OSError(_said(error)) from None

    # The archive's own mark

    def format_text(self, usual: str) -> str | None:
        """What the archive says of its own format, or None if this is no archive.

        If it says what is `usual`, its name tells: a damaged archive can still be opened.
        """
        oid = self.listed(FORMAT_REF)
        if oid == objects.git_object("blob", usual.encode()).id:
            return usual
        return self.read_blob(oid).decode() if oid else None

    def write_format(self, text: str) -> None:
        mark = objects.git_object("blob", text.encode())
        self.write([mark])
        self._run("update_ref", FORMAT_REF, mark.id, self.listed(FORMAT_REF) or "0" * 40)
        durable.flush(
            [f"{self.path}/{FORMAT_REF}", f"{self.path}/refs/archive", f"{self.path}/refs"]
        )

    def listed(self, ref: str) -> str:
        """What a ref names, as git itself finds it; "" if there is none."""
        try:
            return str(self._repo.git.for_each_ref(ref, format="%(objectname)"))
        except GitCommandError as error:
            raise Damaged(f"git cannot list the refs: {_said(error)}") from None

    # Commands

    def fast_import(self) -> Any:
        """A running `git fast-import`: write to its stdin, read its answers from its stdout."""
        # However few they are, the objects go into a pack: one file to flush.
        return self._repo.git(c="fastimport.unpackLimit=0").fast_import(
            "--quiet", "--force", "--done", istream=PIPE, as_process=True
        )

    def forget_import(self, ref: str) -> None:
        """Let go of fast-import's own ref."""
        if self.listed(ref):
            self._run("update_ref", "-d", ref)

    def named(self, oids: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each of these objects with the story it belongs to ("" if no commit among them tells)."""
        # As bytes: of a million stories it is three million ids.
        commits: list[bytes] = []
        rest: set[bytes] = set()
        for oid, kind in self._kinds(oids):
            if kind == "commit":
                commits.append(bytes.fromhex(oid))
            else:
                rest.add(bytes.fromhex(oid))
        for some in _some(commits, _STORIES_AT_ONCE):
            for key, commit in zip(some, self._commits([each.hex() for each in some]), strict=True):
                if isinstance(commit, Damaged):
                    rest.add(key)
                    continue
                story = trailers(commit.message).get("Story-Id", "")
                yield commit.id, story
                for each in (commit.tree, commit.blob):
                    if bytes.fromhex(each) in rest:
                        rest.remove(bytes.fromhex(each))
                        yield each, story
        yield from ((key.hex(), "") for key in rest)

    def _kinds(self, oids: Iterable[str]) -> Iterator[tuple[str, str]]:
        with tempfile.TemporaryFile() as stdin:
            stdin.writelines(f"{oid}\n".encode() for oid in oids)
            stdin.seek(0)
            format_ = "--batch-check=%(objectname) %(objecttype)"
            process: Any = self._repo.git.cat_file(
                "--buffer", format_, istream=stdin, as_process=True
            )
            for line in process.stdout:
                oid, kind = line.decode().split()
                yield oid, kind
            try:
                process.wait()
            except GitCommandError as error:
                raise _failed("cat_file", error) from None

    @contextmanager
    def holding(self, lock: str) -> Iterator[None]:
        """Run commands so that they keep this lock for as long as they live.

        A git whose parent was killed goes on, and could put back what others have removed since:
        each gets the lock's file as its input, and with it the lock.
        """
        with locks.locked_file(lock) as self._held:
            try:
                yield
            finally:
                self._held = None

    def pack(self, listed: Iterable[str], anew: bool) -> str | None:
        """Pack the objects of a list (each an id and a name); the pack's name. While `holding`.

        `anew`: compare all, also those that a pack has told apart already.
        """
        base = self.path / "objects" / "pack" / "pack"
        # A short way to each text: what a longer one would save is paid for at each read.
        options = ["--quiet", "--delta-base-offset", "--window=20", "--depth=10"]
        options += ["--no-reuse-delta"] if anew else []
        checksum = self._run_on(listed, "pack_objects", *options, base)
        return f"pack-{checksum}" if checksum else None

    def write_midx(self, packs: Iterable[str]) -> None:
        """One index over these packs. While `holding`."""
        self._run_on(
            (f"{pack}.idx" for pack in packs), "multi_pack_index", "write", "--stdin-packs"
        )

    def prune_packed(self) -> None:
        """Remove loose objects that are in a pack too."""
        self._run("prune_packed", "--quiet")
        self.make_folders()

    def pack_refs(self) -> None:
        """Write all refs into `packed-refs` as well, durably."""
        self._run("pack_refs", "--all", "--no-prune")
        durable.flush([str(self.path)])

    def write_commit_graph(self, anew: bool = False) -> None:
        split = "--split=replace" if anew else "--split"
        self._run("commit_graph", "write", "--reachable", split, "--no-progress")

    def reachable_beside(self, refs: str) -> list[str]:
        """The ids of all objects that refs lead to, but for those that a pattern names."""
        told = self._run("rev_list", "--objects", f"--exclude={refs}", "--all")
        return [line[:40] for line in told.splitlines()]

    def forget(self) -> None:
        """Let go of the files that are open for reading."""
        self._reader.close()

    def fsck(self) -> list[str]:
        """What `git fsck` finds wrong with any object or link, a line each."""
        try:
            self._repo.git.fsck(full=True, strict=True, no_dangling=True, no_progress=True)
        except GitCommandError as error:
            return f"{error.stdout}\n{error.stderr}".strip().splitlines()
        return []

    def _run_on(self, lines: Iterable[str], command: str, *arguments: object) -> str:
        """A command that reads these lines; "" without running it if there are none."""
        if self._held is None:
            raise ValueError(f"git {command} is run while `holding` only")
        self._held.truncate(0)
        self._held.seek(0)
        self._held.writelines(f"{line}\n".encode() for line in lines)
        self._held.flush()
        if not self._held.tell():
            return ""
        os.lseek(self._held.fileno(), 0, os.SEEK_SET)
        return self._run(command, *arguments)

    def _run(self, command: str, *arguments: object, **options: Any) -> str:
        if self._held:
            options.setdefault("istream", self._held)
        try:
            return str(getattr(self._repo.git, command)(*arguments, **options))
        except GitCommandError as error:
            raise _failed(command, error) from None


def _blob(tree: bytes | Damaged) -> str:
    return "" if isinstance(tree, Damaged) else objects.blob_of(tree)


def _some(items: Sequence[_T], count: int) -> Iterator[list[_T]]:
    rest = iter(items)
    while some := list(islice(rest, count)):
        yield some


def _failed(command: str, error: GitCommandError) -> Exception:
    told = _said(error)
    if "No space left on device" in told:
        return StoreFull(f"the archive's disk is full: {told}")
    return ArchiveError(f"git {command.replace('_', '-')} failed: {told}")


def _said(error: GitCommandError) -> str:
    return " ".join(str(error.stderr).removeprefix("\n  stderr: ").strip("' \n").split())
