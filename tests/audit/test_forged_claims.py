"""What an export says beside its chains: claims about itself, and files that nothing vouches for.
The forger is the operator, with the key.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.history.records import State
from service.audit.export.exports import ExportRequest
from service.audit.keys import Signer
from service.audit.verify.verifier import verify
from tests.audit.conftest import Files
from tests.audit.test_forgeries import (
    CHECKPOINT,
    Case,
    Change,
    World,
    _copy,
    _exported,
    _script,
    _unpacked,
    refused_by_both,
)
from tests.audit.test_forgeries import world as world
from tests.audit.test_tampering import packed
from tests.samples import append, content, entry


def _in_older(old: bytes, new: bytes) -> Change:
    """In an export whose log goes on after its newest entry."""

    def forge(world: World, _: Path) -> Files:
        info = re.sub(old, new, world.older["bag-info.txt"])
        assert info != world.older["bag-info.txt"]
        return world.older | {"bag-info.txt": info}

    return forge


def _longer_note(name: str) -> Change:
    """A checkpoint with a line of the operator's own, signed, wherever it is."""

    def forge(world: World, _: Path) -> Files:
        old = world.one[name].decode()
        text = old.rpartition("\n\n")[0]
        new = world.signer.sign_note(f"{text}\nStamped by the court\n", text.split("\n")[0])
        signed = world.signer.sign_file(new.encode()).encode()
        files = {path: data.replace(old.encode(), new.encode()) for path, data in world.one.items()}
        return files | ({f"{name}.sig": signed} if f"{name}.sig" in files else {})

    return forge


FORGED: dict[str, Case] = {
    "an export dated before its entries": (
        _in_older(rb"Bagging-Date: .*", b"Bagging-Date: 2019-01-01"),
        "bag-info.txt says Bagging-Date: 2019-01-01, and it has an entry of 2026-05-01T",
    ),
    "an export dated in the future": (
        _in_older(rb"Bagging-Date: .*", b"Bagging-Date: 2999-01-01"),
        "bag-info.txt says Bagging-Date: 2999-01-01, and it has an entry of 2026-05-01T",
    ),
    "words in place of a span": (
        _in_older(rb"(Identifier: .*)", rb"\1 from the first day on, as a notary witnessed"),
        "bag-info.txt says from the first day on, as a notary witnessed, which is no span of an",
    ),
    "words after a span": (
        _in_older(rb"(Identifier: .*)", rb"\1 from 2026-01-01T00:00:00Z, as a notary witnessed"),
        "bag-info.txt says from 2026-01-01T00:00:00Z, as a notary witnessed, which is no span of",
    ),
    "two beginnings of a span": (
        _in_older(rb"(Identifier: .*)", rb"\1" + b" from 2026-01-01T00:00:00Z" * 2),
        "from 2026-01-01T00:00:00Z from 2026-01-01T00:00:00Z, which is no span of an export",
    ),
    "a line added to the checkpoint": (
        _longer_note(CHECKPOINT),
        "the checkpoint has other lines than its log's name, size and root",
    ),
    "a line added to the public log's checkpoint": (
        _longer_note("data/published/checkpoint"),
        "the public log's checkpoint has other lines than its name, size and root",
    ),
    "a print of a story in no log": (
        lambda world, _: world.one | {"data/stories/mayor/report.pdf": b"%PDF-1.4 A thief"},
        "data/stories/mayor/report.pdf is of no story, version or draft in the chains",
    ),
    "a print of a story that is not exported": (
        lambda world, _: world.one | {"data/stories/other/report.pdf": b"%PDF-1.4 A thief"},
        "data/stories/other/report.pdf is of no story, version or draft in the chains",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_claim_that_no_export_makes_is_refused(world: World, tmp_path: Path, name: str) -> None:
    refused_by_both(world, tmp_path, FORGED[name])


SPANS: tuple[dict[str, Any], ...] = (
    {"since": datetime(2026, 1, 1, tzinfo=UTC)},
    {"until": datetime(2027, 1, 1, tzinfo=UTC)},
    {"since": datetime(2026, 1, 1, tzinfo=UTC), "until": datetime(2027, 1, 1, tzinfo=UTC)},
)


@pytest.mark.parametrize("span", SPANS)
def test_an_export_of_a_span_verifies(world: World, tmp_path: Path, span: dict[str, Any]) -> None:
    with _copy(world, tmp_path) as (archive, path):
        files = _exported(archive, path, **span)
    path = packed(tmp_path / "span.zip", files, world.signer)
    verdict = verify(path, world.key)
    assert verdict.faults == []
    said = f"that these are all stories recorded {' '.join(ExportRequest(**span).span)}"
    assert said in verdict.unproven
    assert _script(_unpacked(path, tmp_path / "out"), "--key", world.key).returncode == 0


def test_a_proof_without_a_public_log_is_refused(archive: Archive, tmp_path: Path) -> None:
    """Nothing was published, so there need not be one."""
    append(archive, entry(content(), state=State.DRAFT))
    files = _exported(archive, archive.path, "library")
    signer = Signer(archive.path.with_name("archive.key"))
    assert verify(packed(tmp_path / "true.zip", files, signer)).faults == []
    made_up = {"data/stories/mayor/versions/0001.tlog-proof": b"c2sp.org/tlog-proof@v1"}
    path = packed(tmp_path / "forged.zip", files | made_up, signer)
    fault = "data/published/checkpoint is missing: what was published is in the public log"
    of_no_version = f"{next(iter(made_up))} is of no story, version or draft in the chains"
    assert verify(path).faults == [fault, of_no_version]
    done = _script(_unpacked(path, tmp_path / "out"), "--any-signer")
    assert (done.returncode, fault in done.stdout) == (1, True)
