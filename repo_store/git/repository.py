"""The archive's git repository: its objects, and the git commands that maintain it.

What reaches git is a full object id, a path or an option made here; nothing that a user typed.
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

from git.exc import GitCommandError

from repo_store import durable, locks
from repo_store.errors import ArchiveError, Damaged, StoreFull
from repo_store.git import objects, trust
from repo_store.git.cat_file import CatFile
from repo_store.git.command import Command
from repo_store.git.objects import Commit, GitObject, parse_commit

_T = TypeVar("_T")

FORMAT_REF = "refs/archive/format"
# A write of more objects than this makes one pack: two files to flush instead of many.
_MAX_LOOSE = 12
# Ids sent to `cat-file` at once; well under what a pipe holds, so neither end blocks the other.
_BATCH = 400
# Bytes of one object that are read; a story's text takes 1.4 million at most.
_MOST = 8 * 2**20
# Chains read side by side, so that one round trip reads a commit of each.
_CHAINS = 1_000

# So that plain git, too, flushes what it writes, and repacks only when told to.
_CONFIG = """\
\tfsync = all
\tlogAllRefUpdates = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""


class Repository:
    """A bare repository. Any thread may read; each write is durable when it returns."""

    def __init__(self, path: Path, hashed: bool = False) -> None:
        """Raises ArchiveError if it is none, or one that git must not be run on (`trust`).

        `hashed`: each object that is read is held against its id, as git itself does not.
        """
        self._hashed = hashed
        self.path = path.absolute()
        trust.check(self.path)
        self._command = Command(self.path)
        self._reader = CatFile(self._start_reading)
        self._held: IO[bytes] | None = None

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new repository at `path`, durable when this returns."""
        Command().init(path, bare=True, object_format="sha1", template="")
        with (path / "config").open("a") as config:
            config.write(_CONFIG)
        durable.flush(str(each) for each in path.rglob("*"))
        made = cls(path)
        made.make_folders()
        return made

    def make_folders(self) -> None:
        """Create the folders of loose objects, so that no write has to; git removes empty ones."""
        folders = [f"{self.path}/objects/{number:02x}" for number in range(256)]
        for folder in folders:
            os.makedirs(folder, 0o700, exist_ok=True)
        durable.flush([f"{self.path}/objects"])

    def close(self) -> None:
        self._reader.close()

    # Objects

    def write(self, items: Sequence[GitObject]) -> None:
        """Write objects durably."""
        with self.staged(items) as files:
            files.store()

    @contextmanager
    def staged(self, items: Sequence[GitObject]) -> Iterator[durable.StagedFiles]:
        """The objects' files, to be flushed and renamed: few as loose objects, more as one pack."""
        # Two writers who say the same at once make the same commit.
        items = list({item.id: item for item in items}.values())
        folder = f"{self.path}/objects"
        # Names that `git prune` recognises as temporary.
        own = f"{os.getpid()}-{threading.get_ident()}"
        with durable.StagedFiles() as files:
            if len(items) <= _MAX_LOOSE:
                for item in items:
                    # All in one folder: in their final ones each would allocate its own blocks.
                    temporary = f"{folder}/pack/tmp_obj_{own}_{item.id}"
                    path = f"{folder}/{item.id[:2]}/{item.id[2:]}"
                    files.add(temporary, path, objects.loose(item), 0o400)
            else:
                name, packed, index = objects.pack(items)
                # The index last: git sees the pack once its index is there.
                for suffix, data in (("pack", packed), ("idx", index)):
                    path = f"{folder}/pack/pack-{name}.{suffix}"
                    files.add(f"{folder}/pack/tmp_{suffix}_{own}", path, data, 0o400)
            yield files

    def read_blob(self, oid: str, most: int = _MOST) -> bytes:
        """Raises Damaged if it cannot be read."""
        return self.read("blob", [oid], most)[0]

    def read(self, kind: str, oids: Sequence[str], most: int = _MOST) -> list[bytes]:
        """The bytes of several objects of one kind. Raises Damaged if one cannot be read."""
        found = self.read_each(kind, oids, most)
        for each in found:
            if isinstance(each, Damaged):
                raise each
        return cast(list[bytes], found)

    def read_each(self, kind: str, oids: Sequence[str], most: int = _MOST) -> list[bytes | Damaged]:
        """The same, with Damaged in place of each object that cannot be read."""
        batches = _batches(oids, _BATCH)
        read = [each for batch in batches for each in self._reader.read(kind, batch, most)]
        if self._hashed:
            for place, oid in enumerate(oids):
                data = read[place]
                if isinstance(data, bytes) and objects.id_of(kind, data) != oid:
                    read[place] = Damaged(f"object {oid} is not what its id says")
        return read

    def chains(
        self, heads: Mapping[str, str], known: Mapping[str, str]
    ) -> Iterator[tuple[str, list[Commit | Damaged]]]:
        """Each story's commits after its known one (else from its first) to its head, oldest first.

        Damaged comes first in a chain whose beginning cannot be read. A commit whose tree is not
        as it should be has the blob "".
        """
        for some in _batches(list(heads), _CHAINS):
            chains: dict[str, list[Commit | Damaged]] = {story: [] for story in some}
            due = {story: heads[story] for story in some if heads[story] != known.get(story)}
            while due:
                read = self.commits(list(due.values()))
                for story, commit in zip(list(due), read, strict=True):
                    chains[story].append(commit)
                    parents = commit.parents if isinstance(commit, Commit) else ()
                    if parents and parents[0] != known.get(story):
                        due[story] = parents[0]
                    else:
                        del due[story]
            yield from ((story, chain[::-1]) for story, chain in chains.items())

    def commit(self, oid: str) -> Commit:
        """Raises Damaged if it cannot be read."""
        [commit] = self.commits([oid])
        if isinstance(commit, Damaged):
            raise commit
        return commit

    def commits(self, oids: Sequence[str]) -> list[Commit | Damaged]:
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
            return self._command.cat_file(
                "--batch-command", "--buffer", istream=PIPE, as_process=True
            )
        except GitCommandError as error:
            raise OSError(_message(error)) from None

    # The archive's format

    def format_text(self, usual: str) -> str | None:
        """The archive's description of its format, or None if this is not an archive.

        The `usual` text is recognised by its id, so a damaged archive can still be opened.
        """
        oid = self.listed(FORMAT_REF)
        if oid == objects.git_object("blob", usual.encode()).id:
            return usual
        return self.read_blob(oid).decode() if oid else None

    def write_format(self, text: str) -> None:
        blob = objects.git_object("blob", text.encode())
        self.write([blob])
        self._run("update_ref", FORMAT_REF, blob.id, self.listed(FORMAT_REF) or "0" * 40)
        durable.flush(
            [f"{self.path}/{FORMAT_REF}", f"{self.path}/refs/archive", f"{self.path}/refs"]
        )

    def listed(self, ref: str) -> str:
        """What a ref points to, as git itself finds it; "" if there is none."""
        try:
            return str(self._command.for_each_ref(ref, format="%(objectname)"))
        except GitCommandError as error:
            raise Damaged(f"git cannot list the refs: {_message(error)}") from None

    # Commands

    def fast_import(self) -> Any:
        """A running `git fast-import`, with its stdin and stdout as pipes."""
        # Even few objects go into a pack: one file to flush.
        return self._command(c="fastimport.unpackLimit=0").fast_import(
            "--quiet", "--force", "--done", istream=PIPE, as_process=True
        )

    def forget_import(self, ref: str) -> None:
        """Delete fast-import's own ref."""
        if self.listed(ref):
            self._run("update_ref", "-d", ref)

    def kinds(self, oids: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each of these objects with its kind: commit, tree or blob."""
        with tempfile.TemporaryFile() as stdin:
            with durable.errors_of_temporary_files():
                stdin.writelines(f"{oid}\n".encode() for oid in oids)
                stdin.seek(0)
            format_ = "--batch-check=%(objectname) %(objecttype)"
            process: Any = self._command.cat_file(
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
        """Run commands so that each keeps this lock for as long as it lives.

        A git whose parent was killed goes on, and could restore what others have removed since.
        Each therefore inherits the lock's file as its input, and with it the lock.
        """
        with locks.locked_file(lock) as self._held:
            try:
                yield
            finally:
                self._held = None

    def pack(self, listed: Iterable[str], full: bool) -> str | None:
        """Pack the listed objects (lines of an id and a name); returns the pack's name.

        Inside `holding`. `full`: compute all deltas again, and reuse none of existing packs.
        """
        base = self.path / "objects" / "pack" / "pack"
        # Short delta chains: longer ones save little space and cost time at each read.
        options = ["--quiet", "--delta-base-offset", "--window=20", "--depth=10"]
        options += ["--no-reuse-delta"] if full else []
        checksum = self._run_on(listed, "pack_objects", *options, base)
        return f"pack-{checksum}" if checksum else None

    def write_midx(self, packs: Iterable[str]) -> None:
        """Write one index over these packs. Inside `holding`."""
        self._run_on(
            (f"{pack}.idx" for pack in packs), "multi_pack_index", "write", "--stdin-packs"
        )

    def prune_packed(self) -> None:
        """Remove loose objects that are also in a pack."""
        self._run("prune_packed", "--quiet")
        self.make_folders()

    def pack_refs(self) -> None:
        """Copy all refs into `packed-refs`, durably."""
        self._run("pack_refs", "--all", "--no-prune")
        durable.flush([str(self.path)])

    def write_commit_graph(self, replace: bool = False) -> None:
        split = "--split=replace" if replace else "--split"
        self._run("commit_graph", "write", "--reachable", split, "--no-progress")

    def reachable_except(self, pattern: str) -> list[str]:
        """The ids of all objects reachable from refs, except refs that match the pattern."""
        listed = self._run("rev_list", "--objects", f"--exclude={pattern}", "--all")
        return [line[:40] for line in listed.splitlines()]

    def release_files(self) -> None:
        """Close the files that are open for reading."""
        self._reader.close()

    def _run_on(self, lines: Iterable[str], command: str, *arguments: object) -> str:
        """Run a command on these lines of input; "" without running it if there are none."""
        if self._held is None:
            raise ValueError(f"git {command} runs inside `holding` only")
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
            return str(getattr(self._command, command)(*arguments, **options))
        except GitCommandError as error:
            raise _failed(command, error) from None


def _blob(tree: bytes | Damaged) -> str:
    return "" if isinstance(tree, Damaged) else objects.blob_of(tree)


def _batches(items: Sequence[_T], count: int) -> Iterator[list[_T]]:
    rest = iter(items)
    while some := list(islice(rest, count)):
        yield some


def _failed(command: str, error: GitCommandError) -> Exception:
    message = _message(error)
    if "No space left on device" in message:
        return StoreFull(f"the archive's disk is full: {message}")
    return ArchiveError(f"git {command.replace('_', '-')} failed: {message}")


def _message(error: GitCommandError) -> str:
    return " ".join(str(error.stderr).removeprefix("\n  stderr: ").strip("' \n").split())
