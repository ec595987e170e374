"""Verifies an export in full, as VERIFY.txt tells anyone to, and says in words what that proves."""

import errno
import hashlib
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from asn1crypto.x509 import Certificate

from repo_store import durable, shortened
from service.audit.export.bag import SEAL
from service.audit.export.exports import CHECKERS, own_checker
from service.audit.export.spool import CHUNK
from service.audit.export.zip_stream import DEFLATED, MOST_DEFLATED, STORED, Zip
from service.audit.keys import is_signature
from service.audit.timestamps import read_stamp
from service.audit.verify import standalone
from service.audit.verify.pages import Pages
from service.audit.verify.stamps import check_stamps, read_authorities, stamped_in
from service.audit.witnesses.notes import BadNote, Note
from service.audit.witnesses.policies import Policy

# A path that every system unpacks to the same file: it has no other spelling in any of them, and no
# more depth than can be unpacked and deleted again.
_PART = r"(?!\.)[\w.-]{1,128}(?<!\.)"
_PATH = re.compile(rf"{_PART}(?:/{_PART}){{1,7}}", re.ASCII)

# Shipped as it is, and so without types.
_check: Callable[..., Any] = standalone.check
_in_words: Callable[[Any], tuple[list[str], list[str]]] = standalone.verdict
_not_compared: Callable[..., Iterator[str]] = standalone.not_compared
_trusted_key: Callable[[str], str] = standalone.trusted_key

_INSTEAD = {
    standalone.PAGES: "this release makes none in the format of the export",
    standalone.OPENSSL: "at most it helps to find the way to a certificate that you named",
}
"""Why this checker, too, compares a file with nothing, where the script refers to another tool."""

_GIT_ROOM = 4 * 2**20


@dataclass
class Verdict:
    """In words: the faults, what is proven, what remains unproven, which files were compared with
    nothing, and why; and in full, line by line, what the others say of many by their numbers alone.
    `signer_known`: whether it is signed by a key that was given; else anyone may have made it.
    """

    faults: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    in_full: list[str] = field(default_factory=list)
    signer_known: bool = False


def verify(
    export: Path,
    trusted: str = "",
    authorities: Sequence[Path] = (),
    policy: Policy | None = None,
) -> Verdict:
    """Verify an export's file. `trusted` is the key that it must have, if given: a line of
    OpenSSH's, a fingerprint or a verifier key. A `policy` names keys likewise, and witnesses who
    must have cosigned. `authorities` are files with the certificates of time-stamping authorities
    that count.

    Raises Malformed if one of these holds no certificates, OSError if the file cannot be read, and
    StoreFull or Unwritable if temporary files cannot be written.
    """
    roots = read_authorities(authorities)
    if not stat.S_ISREG(export.stat().st_mode):  # a pipe or a device may never end
        return Verdict(["it is not a plain file"])
    try:
        keys = {_trusted_key(trusted)} if trusted else set[str]()
        keys |= {_trusted_key(str(each.key)) for each in policy.logs} if policy else set()
    except ValueError as error:
        return Verdict([f"the key that it must have cannot be read: {error}"])
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
        pages = Pages()
        found = _check(root, keys, visit=pages.check, verify=is_signature)
        _check_room(folder, export, found.faults)
        if policy and not found.faults:
            _check_witnesses(found, policy)
        verdict.faults += found.faults
        if not verdict.faults:
            verdict.proven, verdict.unproven = _in_words(found)
            verdict.proven.append(
                "every file is as it was packed; none is missing, and none was added"
            )
            name = f"{found.key.fingerprint} ({found.key.name})"
            whose = "" if keys else ", that is in it; whose that is, was not checked"
            verdict.proven.append(f"all of it is signed by the key {name}{whose}")
            pages.report(found, verdict)
            _verify_stamps(root, roots, found, verdict)
            _compare_checkers(root, found, verdict)
            verdict.not_compared += _not_compared(found, _INSTEAD)
    if verdict.faults:
        return Verdict(verdict.faults)
    verdict.signer_known = bool(keys)
    if not keys:
        asks = "whose key that is: get the publisher's elsewhere than with the export: --key KEY"
        verdict.unproven.insert(0, asks)
    return verdict


def _check_witnesses(found: Any, policy: Policy) -> None:
    """That the policy takes the public log's checkpoint."""
    try:
        accepted = policy.accepts(Note.parse(found.public_note.encode()))
    except BadNote as error:
        found.fail(f"the public log's checkpoint cannot be read: {error}")
        return
    found.cosigned = [(each.witness, int(each.time.timestamp())) for each in accepted.cosigned]
    if accepted.fault:
        found.fail(f"the public log's checkpoint is not what your policy demands: {accepted.fault}")


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


def _verify_stamps(
    export: Path, roots: Sequence[Certificate], found: Any, verdict: Verdict
) -> None:
    for stamped in stamped_in(export):
        faults, proven, unproven = check_stamps(stamped, roots, datetime.now(UTC))
        verdict.faults += faults
        verdict.proven += proven
        verdict.unproven += unproven
        for name, response in stamped.responses.items():
            chain = name.removesuffix(".tsr") + ".pem"
            found.covered.add(name)
            if not faults and chain in found.present:
                same = (export / chain).read_bytes() == read_stamp(response).pem
                found.covered.update([chain] * same)


def _compare_checkers(export: Path, found: Any, verdict: Verdict) -> None:
    """With those of this release, which another has others than."""
    there = [name for name in CHECKERS if name in found.present]
    same = [name for name in there if (export / name).read_bytes() == own_checker(name)]
    if same:
        found.covered.update(same)
        verdict.proven.append(f"as this release has them: {', '.join(same)}")
