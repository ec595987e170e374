"""Checking an export, as anyone can by its VERIFY.txt: all of it, and in words what that proves."""

import hashlib
import itertools
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from service.audit.export.bag import SEAL
from service.audit.keys import PublicKey, signs
from service.audit.timestamps import stamped_at
from service.audit.verify.standalone import check

_PART = 1024 * 1024


@dataclass
class Verdict:
    """`wrong`: what is; `proven` and `open`: in words, what is shown and what is not."""

    wrong: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


def verify(export: Path, trusted: str = "") -> Verdict:
    """Check an export's file. `trusted`: the fingerprint that its key must have.

    OSError if the file cannot be read.
    """
    verdict = Verdict()
    if not sealed(export):
        verdict.wrong.append("the file was damaged or changed: it is not what its seal says")
    with tempfile.TemporaryDirectory() as folder:
        try:
            root = _unpacked(export, Path(folder))
        except Exception as error:  # whatever a damaged or hostile file makes the library raise
            verdict.wrong.append(f"it cannot be unpacked: {type(error).__name__}: {error}")
            return verdict
        verdict.wrong += check(root)  # type: ignore[no-untyped-call]  # untyped: shipped as it is
        try:
            _signatures(root, trusted, verdict)
        except Exception as error:  # the same of its keys
            verdict.wrong.append(f"its keys and signatures cannot be read: {error}")
    if verdict.wrong:
        verdict.proven.clear()
        return verdict
    verdict.proven[:0] = [
        "every file is as it was packed, and none is missing",
        "every chain of the stories is whole, and is what the log says",
        "each version's text is what was recorded, in the order of the numbers",
        "what is missing was removed by law, as the signed register says, and nothing else is",
    ]
    verdict.open += [
        "that what was recorded before the first outside witness was not made up then",
        "that an export of some stories holds each one's newest entries: it is signed as such",
    ]
    return verdict


def sealed(export: Path) -> bool:
    """Whether an export's last bytes are the SHA-256 of all before."""
    size = export.stat().st_size - SEAL
    digest = hashlib.sha256()
    with export.open("rb") as file:
        left = max(size, 0)
        while left and (part := file.read(min(_PART, left))):
            digest.update(part)
            left -= len(part)
        return file.read() == digest.hexdigest().encode()


def _unpacked(export: Path, folder: Path) -> Path:
    with zipfile.ZipFile(export) as packed:
        names = packed.namelist()
        tops = {PurePosixPath(name).parts[0] for name in names}
        odd = [name for name in names if ".." in PurePosixPath(name).parts or name.startswith("/")]
        if odd or len(tops) != 1 or len(set(names)) < len(names):
            raise ValueError("it must hold one folder, and each file once")
        sizes = sum(each.file_size for each in packed.infolist())
        if sizes > export.stat().st_size:
            raise ValueError("its files must be stored as they are")
        packed.extractall(folder)
    return folder / tops.pop()


def _signatures(root: Path, trusted: str, verdict: Verdict) -> None:
    log = root / "data" / "log"
    keys = [PublicKey(each.read_text().strip()) for each in sorted(log.glob("keys/*.pub"))]
    key = keys[-1]
    for number, (old, new) in enumerate(itertools.pairwise(keys), 2):
        armor = (log / "keys" / f"{number:02d}.pub.sig").read_text()
        if not signs(old, f"{new.line}\n".encode(), armor):
            verdict.wrong.append(f"the key before did not sign over to key {number}")
    if (log / "allowed_signers").read_text().split(" ", 2)[2].strip() != key.line:
        verdict.wrong.append("allowed_signers names another key than the log's")
    for path in (root / "tagmanifest-sha256.txt", log / "checkpoint"):
        if not signs(key, path.read_bytes(), path.with_name(f"{path.name}.sig").read_text()):
            verdict.wrong.append(f"{path.name} is not signed by the log's key")
    checkpoint = (log / "checkpoint").read_text("utf-8")
    if not key.signed(checkpoint):
        verdict.wrong.append("the checkpoint's own signature is wrong")
    if checkpoint.split("\n")[0] != key.name:
        verdict.wrong.append("the checkpoint is of another log than the key's")
    if trusted and trusted not in [each.fingerprint for each in keys]:
        verdict.wrong.append(f"it is signed by {key.fingerprint}, not by the key that you trust")
    told = f"all of it is signed by the key {key.fingerprint} ({key.name})"
    verdict.proven.append(told)
    if not trusted:
        verdict.open.append(
            "whose key that is: compare the fingerprint with one that does not come with the export"
        )
    _stamp(log, verdict)


def _stamp(log: Path, verdict: Verdict) -> None:
    stamp = log / "timestamp.tsr"
    if not stamp.exists():
        verdict.open.append("when it was recorded: no outside authority has stamped its time")
        return
    try:
        at = stamped_at(stamp.read_bytes(), (log / "checkpoint").read_bytes())
    except ValueError as error:
        verdict.wrong.append(f"the time stamp is not one of this checkpoint: {error}")
        return
    verdict.proven.append(f"an authority stamped the checkpoint at {at:%Y-%m-%d %H:%M:%S} UTC")
    verdict.open.append(
        "whose time stamp that is: openssl ts -verify tells, with the authority's certificate"
    )
