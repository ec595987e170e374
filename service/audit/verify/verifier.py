"""Verifies an export in full, as VERIFY.txt tells anyone to, and says in words what that proves."""

import errno
import hashlib
import itertools
import json
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from repo_store import APART, Checkpoint, durable, shortened
from service.audit.epochs import Epoch
from service.audit.export.bag import SEAL
from service.audit.export.zip_stream import CHUNK, DEFLATED, MOST_DEFLATED, STORED, Zip
from service.audit.keys import PublicKey
from service.audit.log import LogKey, fault_of_next
from service.audit.timestamps import verify_timestamp
from service.audit.verify.standalone import check, check_files, check_records

# A path that every system unpacks to the same file: it has no other spelling in any of them, and no
# more depth than can be unpacked and deleted again.
_PART = r"(?!\.)[\w.-]{1,128}(?<!\.)"
_PATH = re.compile(rf"{_PART}(?:/{_PART}){{1,7}}", re.ASCII)

_GIT_ROOM = 4 * 2**20


@dataclass
class Verdict:
    """In words: the faults, what is proven, and what remains unproven."""

    faults: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)


def verify(export: Path, trusted: str = "") -> Verdict:
    """Verify an export's file. `trusted` is the fingerprint that its key must have, if given.

    Raises OSError if the file cannot be read, and StoreFull or Unwritable if temporary files cannot
    be written.
    """
    if not stat.S_ISREG(export.stat().st_mode):  # a pipe or a device may never end
        return Verdict(["it is not a plain file"])
    verdict = Verdict()
    if not seal_matches(export):
        verdict.faults.append("the file was damaged or changed: it does not match its seal")
    with durable.errors_of_temporary_files(), tempfile.TemporaryDirectory() as folder:
        try:
            root = _unpack(export, Path(folder))
        except Exception as error:  # whatever a damaged or hostile file makes the library raise
            if durable.translated(error):  # a full disk, which says nothing of the export
                raise
            verdict.faults.append(f"it cannot be unpacked: {type(error).__name__}: {error}")
            return verdict
        # Each layer vouches for what the next one reads: git sees no bundle that is not signed.
        verdict.faults += check(root, [check_files])  # type: ignore[no-untyped-call]  # untyped: shipped as it is
        if not verdict.faults:
            try:
                _verify_signatures(root, trusted, verdict)
            except Exception as error:  # likewise for its keys
                verdict.faults.append(f"its keys and signatures cannot be read: {error}")
        if not verdict.faults:
            verdict.faults += check(root, [check_records])  # type: ignore[no-untyped-call]  # as above
            _check_room(folder, export, verdict.faults)
        if not verdict.faults:
            verdict.unproven += _left_out(root)
            try:
                verdict.unproven += _claimed_times(root)
            except Exception as error:  # whatever is in the entries of a stranger's export
                verdict.faults.append(f"its entries cannot be read: {error}")
    if verdict.faults:
        verdict.proven.clear()
        return verdict
    verdict.proven[:0] = [
        "every file is as it was packed, and none is missing",
        "every story's chain is complete, and is what the log says",
        "each version's text is what was recorded, in the order of the version numbers",
        "the only missing texts are those removed for legal reasons, as the signed register says",
    ]
    verdict.unproven += [
        "that what was recorded before the first outside witness was not made up then",
        "that an export of some stories has the newest entries of each: the publisher signs that"
        " it does",
    ]
    return verdict


def _check_room(folder: str, export: Path, faults: list[str]) -> None:
    """Raises OSError if git may have failed for want of room, which it does not always say."""
    of_disk = "git finds", "it cannot be read: OSError"
    failed = [each for each in faults if each.startswith(of_disk)]
    # It makes a repository of a part of the export, with a file for each story.
    if failed and shutil.disk_usage(folder).free < 2 * export.stat().st_size + _GIT_ROOM:
        raise OSError(errno.ENOSPC, failed[0])


def seal_matches(export: Path) -> bool:
    """Whether the last bytes of an export are the SHA-256 of all bytes before them."""
    size = export.stat().st_size - SEAL
    digest = hashlib.sha256()
    with export.open("rb") as file:
        left = max(size, 0)
        while left and (part := file.read(min(CHUNK, left))):
            digest.update(part)
            left -= len(part)
        return file.read() == digest.hexdigest().encode()


def _unpack(export: Path, folder: Path) -> Path:
    with zipfile.ZipFile(export) as packed, export.open("rb") as file, export.open("rb") as data:
        for entry in packed.infolist():
            if not _PATH.fullmatch(entry.filename):
                raise ValueError(
                    f"{shortened(entry.filename)} is not a name of a file in an export"
                )
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
                raise ValueError(f"{entry.filename} is not a plain file")
            if entry.compress_type not in (STORED, DEFLATED):
                raise ValueError("its files must be stored or deflated")
            if entry.file_size > MOST_DEFLATED * entry.compress_size:
                raise ValueError(f"{entry.filename} would be over {MOST_DEFLATED} times as large")
        names = packed.namelist()
        tops = {name.partition("/")[0] for name in names}
        if len(tops) != 1 or len({name.lower() for name in names}) < len(names):
            raise ValueError("it must hold one folder, and each file once")
        expected = _rewritten(packed, data, folder)
        if any(file.read(len(part)) != part for part in expected) or file.read(1):
            raise ValueError("the zip is not laid out as an export is")
    return folder / tops.pop()


def _rewritten(packed: zipfile.ZipFile, data: BinaryIO, folder: Path) -> Iterator[bytes]:
    """The bytes that an export with these entries has; on the way each is unpacked.

    What else a zip may hold around its entries, or in them, can give other programs other files
    than these. What an entry's data are compressed to is taken from `data`, the zip itself: another
    zlib makes other bytes of the same file.
    """
    with Zip() as again:
        for entry in packed.infolist():
            path = folder / entry.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            yield from again.copy(
                entry.filename,
                entry.compress_type,
                entry.CRC,
                (entry.compress_size, entry.file_size),
                _unpacked(entry, data, again, path),
                streamed=bool(entry.flag_bits & 8),
            )
        yield from again.end(packed.comment)


def _unpacked(entry: zipfile.ZipInfo, data: BinaryIO, at: Zip, path: Path) -> Iterator[bytes]:
    """The data of the entry that begins where the zip is, part by part; each is unpacked when the
    next is asked for. Raises ValueError unless they are just the file that the entry describes.
    """
    data.seek(at.offset)
    left, size, checksum = entry.compress_size, 0, 0
    deflated, stream = entry.compress_type == DEFLATED, zlib.decompressobj(-zlib.MAX_WBITS)
    with path.open("xb") as file:

        def write(piece: bytes) -> None:
            nonlocal size, checksum
            size, checksum = size + len(piece), zlib.crc32(piece, checksum)
            if size > entry.file_size:
                raise ValueError(f"{entry.filename} is larger than it says")
            file.write(piece)

        while left and (part := data.read(min(left, CHUNK))) and not stream.unused_data:
            yield part
            left -= len(part)
            while part:
                write(stream.decompress(part, CHUNK) if deflated else part)
                part = stream.unconsumed_tail
        write(stream.flush())
    ends = not deflated or (stream.eof and not stream.unused_data)
    if not ends or (size, checksum) != (entry.file_size, entry.CRC):
        raise ValueError(f"{entry.filename} is not the file that the zip says it holds")


def _left_out(root: Path) -> Iterator[str]:
    path = root / "data" / "damaged.ndjson"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        found = json.loads(line)
        yield f"anything of {found['story']}, which the archive could not read: {found['problem']}"


_NAMED = 5
"""Claimed times that are named one by one."""


def _claimed_times(root: Path) -> Iterator[str]:
    """The versions that claim another time than when they were recorded: the log has only that."""
    found = 0
    for path in sorted((root / "data" / "stories").glob("*/entries.ndjson")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                if "action" in entry or not entry.get("version") or "recorded_at" not in entry:
                    continue
                claimed, recorded = (
                    entry.get("published_at", entry["created_at"]),
                    entry["recorded_at"],
                )
                apart = datetime.fromisoformat(recorded) - datetime.fromisoformat(claimed)
                if abs(apart) <= APART:
                    continue
                found += 1
                if found <= _NAMED:
                    order = ", out of order" if entry.get("out_of_order") else ""
                    yield (
                        f"that {entry['story']} version {entry['version']} was published at"
                        f" {claimed}, as it claims{order}: it was recorded at {recorded}"
                    )
    if found > _NAMED:
        yield f"the same of {found - _NAMED:,} more versions: see recorded_at in versions.csv"


def _verify_signatures(root: Path, trusted: str, verdict: Verdict) -> None:
    log = root / "data" / "log"
    numbers = range(1, len([*log.glob("keys/*.pub")]) + 1)
    keys = [PublicKey((log / "keys" / f"{n:02d}.pub").read_text().strip()) for n in numbers]
    key = keys[-1]
    trusted_keys, epoch = keys[:1], None
    for number, (old, new) in enumerate(itertools.pairwise(keys), 2):
        following = _log_key(new, log / "keys" / f"{number:02d}")
        if fault := fault_of_next(old, following):
            verdict.faults.append(f"key {number} {fault}")
        if following.epoch:
            trusted_keys, epoch = [], Epoch.parse(following.epoch)
            verdict.unproven.append(
                f"that the log is still the one that {old.fingerprint} signed: {epoch}"
            )
        trusted_keys.append(new)
    if (log / "allowed_signers").read_text().split(" ", 2)[2].strip() != key.line:
        verdict.faults.append("allowed_signers names another key than the log's")
    for path in (root / "tagmanifest-sha256.txt", log / "checkpoint"):
        if not key.verify_file(path.read_bytes(), path.with_name(f"{path.name}.sig").read_text()):
            verdict.faults.append(f"{path.name} is not signed by the log's key")
    checkpoint = Checkpoint.parse((log / "checkpoint").read_text("utf-8"))
    if not key.verify_note(checkpoint.note):
        verdict.faults.append("the checkpoint's own signature is wrong")
    if checkpoint.origin != key.name:
        verdict.faults.append("the checkpoint is of another log than the key's")
    if trusted and trusted not in [each.fingerprint for each in trusted_keys]:
        fault = f"it is signed by {key.fingerprint}, which is not the key that you trust"
        if epoch and trusted in [each.fingerprint for each in keys]:
            fault += f": {epoch}. Ask the publisher whether that is so, and then trust the new key"
        verdict.faults.append(fault)
    verdict.proven.append(f"all of it is signed by the key {key.fingerprint} ({key.name})")
    if not trusted:
        verdict.unproven.append(
            "whose key that is: compare the fingerprint with one that does not come with the export"
        )
    _verify_timestamp(log, verdict)


def _log_key(key: PublicKey, stem: Path) -> LogKey:
    """The key with what follows it in the export."""
    texts = (Path(f"{stem}{suffix}") for suffix in (".pub.sig", ".epoch", ".epoch.sig"))
    handover, *epoch = (each.read_text("utf-8") if each.exists() else "" for each in texts)
    return LogKey(key, handover, epoch[0], epoch[1])


def _verify_timestamp(log: Path, verdict: Verdict) -> None:
    stamp = log / "timestamp.tsr"
    if not stamp.exists():
        verdict.unproven.append("when it was recorded: no outside authority has time-stamped it")
        return
    try:
        at = verify_timestamp(stamp.read_bytes(), (log / "checkpoint").read_bytes())
    except ValueError as error:
        verdict.faults.append(f"the time stamp is not one of this checkpoint: {error}")
        return
    verdict.proven.append(f"an authority stamped the checkpoint at {at:%Y-%m-%d %H:%M:%S} UTC")
    verdict.unproven.append(
        "whose time stamp that is: check with openssl ts -verify and the authority's certificate"
    )
