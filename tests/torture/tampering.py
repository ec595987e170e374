"""Flips every byte of an export in turn; `sha256sum` and our checker must notice."""

import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from repo_store.archive import Archive
from service.audit.export.bag import SEAL
from service.audit.export.exports import ExportRequest
from service.audit.verify.verifier import seal_matches, verify
from service.config import Settings
from service.wiring import Services, now
from tests.samples import append, content, entry


@dataclass
class Counts:
    flips: int = 0
    faults: list[str] = field(default_factory=list)


def run(step: int = 1, progress: Callable[[Counts], None] = lambda _: None) -> Counts:
    """Flip each byte, or each `step`th."""
    counts = Counts()
    with tempfile.TemporaryDirectory(prefix="story-history-flips-") as folder:
        path = Path(folder) / "archive"
        with closing(Archive.open(path, now, create=True)) as archive:
            append(archive, entry(content()))
            exports = Services(Settings(path), archive).exports
            data = b"".join(exports.prepare(ExportRequest(("library",))).parts())
        file = Path(folder) / "export.zip"
        for at in range(0, len(data), step):
            flipped = bytearray(data)
            flipped[at] ^= 1 << at % 8
            file.write_bytes(flipped)
            if _sha256sum(bytes(flipped[:-SEAL])) == flipped[-SEAL:]:
                counts.faults.append(f"sha256sum did not see byte {at} flipped")
            # `verify` does more than compare the seal, but takes a hundred times as long.
            if seal_matches(file) or (at % 29 == 0 and not verify(file).faults):
                counts.faults.append(f"verify did not see byte {at} flipped")
            counts.flips += 1
            progress(counts)
    return counts


def _sha256sum(data: bytes) -> bytes:
    done = subprocess.run(["sha256sum"], input=data, capture_output=True, check=True)
    return done.stdout[:SEAL]
