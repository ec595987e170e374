"""What an export covers, and that its ETag identifies its bytes."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from repo_store import StoredCheckpoint
from repo_store.archive import Archive
from service.audit.export.exports import ExportRequest, Exports
from service.audit.export.story_files import batched
from service.audit.keys import rotate
from service.audit.log import AuditLog
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.audit.conftest import SEVERAL, Make, failures, files_of
from tests.samples import append, content, entry


def _at(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


REQUESTS = {
    "a story": ExportRequest(("library",)),
    "its drafts too": ExportRequest(("library",), drafts=True),
    "another story": ExportRequest(("other",)),
    "some stories": ExportRequest(("library", "other")),
    "all stories by name": ExportRequest(SEVERAL),
    "all": ExportRequest(),
    "all with drafts": ExportRequest(drafts=True),
    "all since": ExportRequest(since=_at(2020)),
    "all since later": ExportRequest(since=_at(2021)),
    "all until": ExportRequest(until=_at(2030)),
    "all in a span": ExportRequest(since=_at(2020), until=_at(2030)),
}


@pytest.fixture
def exports(story: Archive, audit: AuditLog) -> Exports:
    audit.checkpoint()
    return Exports(story, audit)


def test_different_bytes_have_different_etags(exports: Exports) -> None:
    made = {name: exports.prepare(request) for name, request in REQUESTS.items()}
    etags = {name: export.etag for name, export in made.items()}
    assert len({b"".join(export.parts()) for export in made.values()}) == len(made)
    assert len(set(etags.values())) == len(made), etags
    again = {name: exports.prepare(request).etag for name, request in REQUESTS.items()}
    assert again == etags


def test_an_export_with_pdf_has_its_own_etag(exports: Exports) -> None:
    plain, printed = (
        exports.prepare(ExportRequest(("library",), pdf=pdf)) for pdf in (False, True)
    )
    assert plain.etag != printed.etag


def test_an_etag_changes_when_something_covered_is_recorded(
    exports: Exports, story: Archive
) -> None:
    before = {name: exports.prepare(request).etag for name, request in REQUESTS.items()}
    append(story, entry(content(title="Later"), "library"))
    after = {name: exports.prepare(request).etag for name, request in REQUESTS.items()}
    same = {name for name, etag in before.items() if after[name] == etag}
    assert not same, "the public log has grown, of which each says how far it goes"


@pytest.mark.parametrize(
    "other",
    [
        {"note": "another checkpoint"},
        {"stories": ["a", "c"]},
        {"stories": ["a"]},
        {"version": 2},
        {"release": "0.2"},
        {"compressor": "1.3"},
    ],
)
def test_each_component_of_an_etag_counts(other: dict[str, Any]) -> None:
    known: dict[str, Any] = {
        "note": "a checkpoint",
        "stories": ["a", "b"],
        "version": 1,
        "release": "0.1",
        "compressor": "1.2",
    }
    request = ExportRequest()
    assert request.etag(**known) == request.etag(**known)
    assert request.etag(**known) != request.etag(**known | other)


@pytest.mark.parametrize("size", [1, 2, 3, 1_000])
def test_lines_are_sent_in_batches(size: int) -> None:
    lines = [b"one\n", b"two\n", b"three\n"]
    batches = list(batched(iter(lines), size))
    assert b"".join(batches) == b"".join(lines)
    assert [batch.count(b"\n") for batch in batches] == {1: [1, 1, 1], 2: [2, 1]}.get(size, [3])


def test_the_manual_lists_every_file(export: Make) -> None:
    """By its name up to the point, whatever its numbers."""
    manual = (Path(__file__).parents[2] / "docs/audit.md").read_text()
    listed = re.sub(r"\d+", "0", manual)
    for name in files_of(export("library", drafts=True)):
        stem = re.sub(r"\d+", "0", name.replace("/library/", "/ID/").partition(".")[0])
        assert f"`{stem}" in listed, name


@pytest.mark.parametrize("rotated", [False, True], ids=["the first", "after another key"])
def test_an_export_of_all_verifies_though_something_is_published_meanwhile(
    story: Archive,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rotated: bool,
) -> None:
    """While an authority is waited for, say."""
    services = Services(settings, story)
    if rotated:
        services.published.checkpoint()
        rotate(settings.signing_key)
        append(story, entry(content(title="Before")))
    take = services.audit.checkpoint

    def slowly() -> StoredCheckpoint:
        taken = take()
        append(story, entry(content(title="Meanwhile")))
        return taken

    monkeypatch.setattr(services.audit, "checkpoint", slowly)
    exports = Exports(story, services.audit)
    path = tmp_path / "all.zip"
    path.write_bytes(b"".join(exports.prepare(ExportRequest()).parts()))
    assert failures(path) == []


def test_an_export_is_signed_by_one_key_though_it_is_replaced_meanwhile(
    story: Archive, settings: Settings, tmp_path: Path
) -> None:
    export = Services(settings, story).exports.prepare(ExportRequest(("library",)))
    rotate(settings.signing_key)
    path = tmp_path / "one.zip"
    path.write_bytes(b"".join(export.parts()))
    assert failures(path) == []
    assert verify(path, export.key.fingerprint).faults == []
