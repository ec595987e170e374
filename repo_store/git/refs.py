"""Refs as files, read and moved as git does it: loose ones take precedence over `packed-refs`.

Git's rules are kept (a ref is moved by renaming `<ref>.lock` over it), so plain git sees and
respects every step. In addition each file and folder is flushed, many refs share their flushes, and
stale locks are removed. No cost here grows with the number of refs, except that of `heads` with the
shards asked for and of `move` with very many moves. Format: git's `gitrepository-layout` page.
"""

import mmap
import os
import re
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from repo_store import durable
from repo_store.errors import Damaged, Unwritable
from repo_store.ids import shard

STORIES = "refs/stories/"
SHARDS = tuple(f"{number:02x}" for number in range(256))
_HEADER = b"# pack-refs with: peeled fully-peeled sorted \n"
_SORTED = re.compile(rb"# pack-refs with:.* sorted ")
_LINE = re.compile(rb"^([0-9a-f]{40}) refs/stories/([0-9a-f]{2})/([^\n]+)$", re.MULTILINE)
_OID = re.compile(r"[0-9a-f]{40}\n?")
# Seconds; no git command holds a ref's lock for longer, so an older lock is stale.
_STALE_AFTER = 1.0
_PACKING_AT_MOST = 30.0
# For more moves at once, a new packed-refs costs less than a file and its flush for each.
_FILES_AT_MOST = 2_000
# Seconds; changes within one tick of the clock may leave a folder with the same time.
_TICK = 1.0

Moves = Mapping[str, tuple[str | None, str]]
"""Story → its head as the writer saw it (None: no such story), and its new head."""


def story_ref(story: str) -> str:
    return f"{STORIES}{shard(story)}/{story}"


class Refs:
    """The story refs of a bare repository. Writers hold the locks of the refs' shards."""

    def __init__(self, repository: Path, files_at_most: int = _FILES_AT_MOST) -> None:
        self._files_at_most = files_at_most
        self._repository = repository.absolute()
        self._root = str(self._repository)
        self._packed = repository / "packed-refs"
        self._folder = repository / STORIES

    # Reading

    def head(self, story: str) -> str | None:
        """The commit that a story's ref points to now."""
        return self.read(story_ref(story))

    def read(self, ref: str) -> str | None:
        """The same for any ref by its full name."""
        try:
            return _loose_head(ref, f"{self._root}/{ref}")
        except (FileNotFoundError, NotADirectoryError):
            with self._mapped() as packed:
                return self._in(packed, ref)

    def set(self, ref: str, head: str) -> None:
        """Move one ref durably. The caller holds a lock that keeps other writers out."""
        with durable.StagedFiles() as files:
            self._lock(files, f"{self._root}/{ref}", head)
            files.store()

    def heads_of(self, stories: Collection[str]) -> dict[str, str]:
        """These stories' heads; for very many, all refs are read at once."""
        if len(stories) > self._files_at_most:
            heads = self.heads(SHARDS)
            return {story: heads[story] for story in stories if story in heads}
        return {story: head for story in stories if (head := self.head(story))}

    def heads(self, shards: Iterable[str]) -> dict[str, str]:
        """Every story's head in these shards.

        A name that is not in UTF-8 is listed as one that no story has, so that it is Damaged alone.
        """
        wanted = set(shards)
        heads = {}
        # Loose refs first: one that git packs meanwhile is then found in the newer file.
        loose = [(name, head) for each in wanted for name, head in self._loose(each)]
        with self._mapped() as packed:
            if len(wanted) == len(SHARDS):
                heads = {_name(m[3]): m[1].decode() for m in _LINE.finditer(packed)}
            else:
                for each in wanted:
                    start = _position(packed, f"{STORIES}{each}/".encode())
                    end = _position(packed, f"{STORIES}{each}0".encode())  # "0" follows "/"
                    found = _LINE.finditer(packed, start, end)
                    heads |= {_name(m[3]): m[1].decode() for m in found}
        return heads | dict(loose)

    def stamps(self) -> dict[str, str]:
        """Stamps that change when refs do, by shard; the one of `packed-refs` is under "".

        A stamp is "" where it might stay the same although a ref changes right now.
        """
        stamps = {each: _stamp(f"{self._folder}/{each}") for each in SHARDS}
        return stamps | {"": _stamp(str(self._packed))}

    def _loose(self, shard: str) -> Iterator[tuple[str, str]]:
        try:
            files = os.listdir(self._folder / shard)
        except FileNotFoundError:
            return
        for file in files:
            if not file.endswith(".lock"):
                name = _name(os.fsencode(file))
                try:
                    yield name, _loose_head(name, f"{self._folder}/{shard}/{file}")
                except FileNotFoundError:
                    continue  # packed by git meanwhile

    def _in(self, packed: mmap.mmap | bytes, ref: str) -> str | None:
        name = ref.encode()
        at = _position(packed, name)
        line = packed[at : at + 42 + len(name)]
        if line[40:] != b" " + name + b"\n":
            return None
        return _oid(ref, line[:40].decode("ascii", "replace"))

    @contextmanager
    def _mapped(self) -> Iterator[mmap.mmap | bytes]:
        """`packed-refs`, for binary search in place."""
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self._packed.open("rb"))
                packed = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            except (FileNotFoundError, ValueError):  # none yet, or an empty one
                yield b""
                return
            if _SORTED.match(packed):
                yield packed
            else:
                yield _merged(packed, {})

    # Moving

    def move(self, moves: Moves) -> None:
        """Move refs durably. The caller holds their shards' locks and has compared their heads.

        A crash may leave some of several moves done: see `ref_transaction`.
        """
        if len(moves) > self._files_at_most:
            self._repack({story: new for story, (_, new) in moves.items()})
            moves = {each: moves[each] for each in moves if self._is_loose(each)}
        if moves:
            with self.staged(moves) as files:
                files.store()

    @contextmanager
    def staged(self, moves: Moves) -> Iterator[durable.StagedFiles]:
        """The refs' lock files with their new contents, to be flushed and renamed."""
        with durable.StagedFiles() as files:
            for story, (_, new) in moves.items():
                self._lock(files, f"{self._root}/{story_ref(story)}", new)
            yield files

    def _lock(self, files: durable.StagedFiles, path: str, head: str) -> None:
        """Take a ref's lock as git does; a stale one is removed."""
        lock = f"{path}.lock"
        give_up = time.monotonic() + 3 * _STALE_AFTER
        while True:
            try:
                files.add(lock, path, f"{head}\n".encode())
                return
            except FileExistsError:
                remove_stale(Path(lock))
                if time.monotonic() > give_up:
                    raise Unwritable(f"{lock}: another git keeps this lock") from None
                time.sleep(0.01)

    def _is_loose(self, story: str) -> bool:
        return (self._repository / story_ref(story)).exists()

    def _repack(self, heads: Mapping[str, str]) -> None:
        """Replace `packed-refs` by one with these heads in it."""
        lock = self._packed.with_name("packed-refs.lock")
        give_up = time.monotonic() + 2 * _PACKING_AT_MOST
        while True:
            try:
                os.close(durable.write_new(str(lock), b""))
                break
            except FileExistsError:  # git is packing refs
                remove_stale(lock, _PACKING_AT_MOST)
                if time.monotonic() > give_up:
                    raise Unwritable(f"{lock}: another git keeps this lock") from None
                time.sleep(0.05)
        try:
            with self._mapped() as packed:
                own = {story_ref(story).encode(): head for story, head in heads.items()}
                lock.write_bytes(_merged(packed, own))
            durable.flush([str(lock)])
            lock.replace(self._packed)
        except BaseException:
            lock.unlink(missing_ok=True)
            raise
        durable.flush([self._root])

    def prune(self, shard: str) -> int:
        """Remove a shard's loose refs that are in `packed-refs`; how many. Called under its lock.

        Git's own pruning doesn't flush `packed-refs` first: a power cut could lose both.
        """
        removed = 0
        with self._mapped() as packed:
            for story, head in list(self._loose(shard)):
                if self._in(packed, story_ref(story)) == head:
                    os.unlink(f"{self._root}/{story_ref(story)}")
                    removed += 1
        return removed

    def clean(self, shards: Iterable[str]) -> int:
        """Remove stale locks in these shards; how many there were."""
        locks = [lock for each in shards for lock in (self._folder / each).glob("*.lock")]
        locks += self._repository.glob("packed-refs.lock")
        return sum(remove_stale(lock, _PACKING_AT_MOST) for lock in locks)


def remove_stale(lock: Path, after: float = _STALE_AFTER) -> bool:
    """Remove a lock file older than `after` seconds; whether it was removed.

    The file's own time counts, so that each process that waits need not wait from the start.
    """
    try:
        age = time.time() - lock.stat().st_mtime
        if age < 0:  # from the future: the clock was set back
            os.utime(lock)
        if age <= after:
            return False
        lock.unlink()
    except FileNotFoundError:
        return False
    return True


def _name(name: bytes) -> str:
    return name.decode(errors="replace")


def _loose_head(ref: str, path: str) -> str:
    # Opening a FIFO would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        whole = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return _oid(ref, os.read(descriptor, 64).decode("ascii", "replace") if whole else "")
    finally:
        os.close(descriptor)


def _oid(ref: str, text: str) -> str:
    if not _OID.fullmatch(text):
        raise Damaged(f"{ref.rpartition('/')[2]}: its ref cannot be read")
    return text[:40]


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return "none"
    if abs(time.time() - found.st_mtime) < _TICK:
        return ""
    return f"{found.st_mtime_ns} {found.st_ino} {found.st_size}"


def _position(packed: mmap.mmap | bytes, ref: bytes) -> int:
    """The offset of the first line whose ref is not less than `ref`, by binary search."""
    low, high = 0, len(packed)
    while low < high:
        start = packed.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = packed.find(b"\n", start, high) + 1 or high
        line = packed[start:end]
        # Headers and peeled tags belong to the line before them.
        if line[:1] in (b"#", b"^") or line[41:-1] < ref:
            low = end
        else:
            high = start
    return low


def _merged(packed: mmap.mmap | bytes, heads: Mapping[bytes, str]) -> bytes:
    """The contents of a `packed-refs` with these refs added or replaced; peeled tags stay."""
    entries: dict[bytes, bytes] = {}
    ref = b""
    for line in packed[:].splitlines(keepends=True):
        if line[:1] == b"^":
            entries[ref] += line
        elif line[:1] != b"#":
            ref = line[41:-1]
            entries[ref] = line
    for ref, head in heads.items():
        entries[ref] = head.encode() + b" " + ref + b"\n"
    return _HEADER + b"".join(entries[ref] for ref in sorted(entries))
