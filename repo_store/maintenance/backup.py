"""Copying an archive's repository while it is in use, each time only what is new.

Git's objects and packs never change under their names, so those that are there already need no
copying. The refs are read first and written last, by one rename: a copy that was interrupted is
still the one before it. What the archive no longer has, a removed text above all, is deleted from
the copy.
"""

import hashlib
import os
import re
import shutil
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from repo_store import durable, locks
from repo_store.errors import ArchiveError, Damaged
from repo_store.git.refs import SHARDS, Refs, story_ref
from repo_store.git.repository import Repository

_LOOSE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{38}")
_PACKED = re.compile(r"pack/pack-[0-9a-f]{40}\.(?:pack|rev|idx)")
_ORDER = {".pack": 0, ".rev": 1, ".idx": 2}
"""The index comes last: git sees a pack once its index is there."""
_DERIVED = ("index.db*", "provenance.db*")
"""What an archive has beside its repository with words of the stories in it."""
_TRIES = 20
_AT_ONCE = 200
_CHUNK = 2**20


@dataclass(frozen=True)
class Copied:
    """`files` and `bytes` were copied, `damaged` of them again, `deleted` files deleted; `stories`
    are in the copy, whose objects take `size` bytes in all.
    """

    damaged: int
    files: int
    bytes: int
    deleted: int
    stories: int
    size: int


def copy(archive: Path, source: Path, others: tuple[str, ...], target: Path, check: bool) -> Copied:
    """Bring the repository at `target` up to date with the archive's. `others`: the refs that are
    not of a story. `check`: read what is there already, too, and copy again what is damaged.

    ArchiveError, with the copy as it was, if it has a story that the archive lost, or if what is to
    be copied is damaged.
    """
    damaged = {name for name in _objects(target) if check and _is_damaged(target, name)}
    for _ in range(_TRIES):
        with durable.errors_at(archive), locks.locked(f"{archive}/locks/maintain"):
            refs = _refs(source, others)
            wanted = _objects(source)
        _check_extends(refs, _refs(target, others), target)
        try:
            return _bring_up_to_date(source, target, refs, wanted, damaged)
        except FileNotFoundError:
            continue  # repacked meanwhile: look for the new packs
        except Damaged as error:
            raise Damaged(
                f"{error} in the archive, and was not copied: the backup is kept as it was; run"
                " verify"
            ) from None
    raise ArchiveError("the archive is being repacked all the time; try again")


def restore(source: Path, others: tuple[str, ...], target: Path) -> None:
    """Copy a backup's repository to `target`, where there is none."""
    Repository(source).close()  # refuses one that is none of ours
    Repository.create(target).close()
    try:
        _bring_up_to_date(source, target, _refs(source, others), _objects(source), set())
    except Damaged as error:
        raise Damaged(
            f"{source}: {error} in this backup, and nothing was restored: restore another backup;"
            " or, if the archive is still there, back it up to another folder"
        ) from None


def _bring_up_to_date(
    source: Path,
    target: Path,
    refs: Mapping[str, str],
    wanted: Mapping[str, int],
    damaged: Collection[str],
) -> Copied:
    present = {name: size for name, size in _objects(target).items() if name not in damaged}
    missing = [name for name in wanted if present.get(name) != wanted[name]]
    loose = [name for name in missing if _LOOSE.fullmatch(name)]
    for start in range(0, len(loose), _AT_ONCE):
        with durable.StagedFiles() as files:
            for name in loose[start : start + _AT_ONCE]:
                with durable.errors_at(source.parent):
                    data = (source / "objects" / name).read_bytes()
                _check_loose(name, data)
                temporary = f"{target}/objects/pack/tmp_obj_{os.getpid()}-{name[3:]}"
                _unlink(temporary)
                files.add(temporary, f"{target}/objects/{name}", data, 0o400)
            files.store()
    for name in missing:
        if not _LOOSE.fullmatch(name):
            _copy_pack(source / "objects" / name, target / "objects" / name)
    durable.replace(f"{target}/packed-refs", _packed(refs))
    _delete_foreign(target)
    extra = _objects(target).keys() - wanted.keys()
    for name in sorted(extra, key=_rank, reverse=True):
        _unlink(f"{target}/objects/{name}")
    for path in target.glob("objects/pack/tmp_*"):
        _unlink(str(path))
    durable.flush({f"{target}/objects/{os.path.dirname(name)}" for name in extra} | {str(target)})
    return Copied(
        len(damaged),
        len(missing),
        sum(wanted[name] for name in missing),
        len(extra),
        sum(ref.startswith("refs/stories/") for ref in refs),
        sum(wanted.values()),
    )


def _delete_foreign(target: Path) -> None:
    """Delete what someone who used the backup as an archive, or plain git on it, left there: a
    removed text would stay in it, and a loose ref takes precedence over `packed-refs`.
    """
    for folder, _, names in os.walk(target / "refs"):
        for name in names:
            _unlink(f"{folder}/{name}")
    for pattern in _DERIVED:
        for path in target.parent.glob(pattern):
            _unlink(str(path))
    shutil.rmtree(target.parent / "imports", ignore_errors=True)


def _refs(repository: Path, others: tuple[str, ...]) -> dict[str, str]:
    refs = Refs(repository)
    found = {name: head for name in others if (head := refs.read(name))}
    return found | {story_ref(story): head for story, head in refs.heads(SHARDS).items()}


def _check_extends(refs: Mapping[str, str], known: Mapping[str, str], target: Path) -> None:
    if lost := sorted(known.keys() - refs.keys()):
        raise ArchiveError(
            f"the backup in {target.parent} has {lost[0].rpartition('/')[2]}, which the archive has"
            f" not ({len(lost)} in all): it is kept as it is. Look for what was lost (verify), or"
            " back up to another folder"
        )


def _packed(refs: Mapping[str, str]) -> bytes:
    lines = "".join(f"{head} {name}\n" for name, head in sorted(refs.items()))
    return f"# pack-refs with: peeled fully-peeled sorted \n{lines}".encode()


def _objects(repository: Path) -> dict[str, int]:
    """The sizes of all files that hold objects, by their names in the folder of objects."""
    # Loose ones first: an object that is packed meanwhile is then found in its pack.
    return dict(sorted(_listed(repository / "objects"), key=lambda item: _rank(item[0])))


def _rank(name: str) -> tuple[int, str]:
    return _ORDER.get(os.path.splitext(name)[1], 0), name


def _listed(folder: Path) -> Iterator[tuple[str, int]]:
    for name, form in (*((shard, _LOOSE) for shard in SHARDS), ("pack", _PACKED)):
        try:
            with os.scandir(folder / name) as entries:
                for entry in entries:
                    path = f"{name}/{entry.name}"
                    if form.fullmatch(path):
                        yield path, entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue


def _check_loose(name: str, data: bytes) -> None:
    # In parts: a small file can unpack to more than there is memory.
    digest, unpacker = hashlib.sha1(), zlib.decompressobj()  # noqa: S324 as git names objects
    try:
        while data and not unpacker.eof:
            digest.update(unpacker.decompress(data, _CHUNK))
            data = unpacker.unconsumed_tail
    except zlib.error:
        raise _damaged(name) from None
    if not unpacker.eof or digest.hexdigest() != name.replace("/", ""):
        raise _damaged(name)


def _copy_pack(source: Path, target: Path) -> None:
    temporary = target.with_name(f"tmp_pack_{os.getpid()}-{target.name}")
    _unlink(str(temporary))
    try:
        with open(temporary, "xb", opener=durable.private) as written:
            for part in _read_from(source.parents[3], _checked(source)):
                written.write(part)
            written.flush()
            os.fsync(written.fileno())
    except Damaged:
        _unlink(str(temporary))
        raise
    temporary.chmod(0o400)
    temporary.replace(target)
    durable.flush([str(target.parent)])


def _checked(pack: Path) -> Iterator[bytes]:
    """The parts of a file that ends in the SHA-1 of what is before it; then Damaged if it does
    not.
    """
    digest, last = hashlib.sha1(), b""  # noqa: S324 as git checks its packs
    with pack.open("rb") as file:
        while part := file.read(_CHUNK):
            yield part
            last += part
            digest.update(last[:-20])
            last = last[-20:]
    if digest.digest() != last:
        raise _damaged(f"pack/{pack.name}")


def _read_from(place: Path, parts: Iterator[bytes]) -> Iterator[bytes]:
    """An error of reading is none of the place that is written to."""
    with durable.errors_at(place):
        yield from parts


def _is_damaged(repository: Path, name: str) -> bool:
    path = repository / "objects" / name
    try:
        if _LOOSE.fullmatch(name):
            _check_loose(name, path.read_bytes())
        else:
            for _ in _checked(path):
                pass
    except (Damaged, OSError):  # a failing disk reports an error
        return True
    return False


def _damaged(name: str) -> Damaged:
    return Damaged(f"objects/{name} is damaged")


def _unlink(path: str) -> None:
    Path(path).unlink(missing_ok=True)
