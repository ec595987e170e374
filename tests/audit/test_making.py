"""Exports are made in shares: the same bytes in one process and in two, and nothing is left."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repo_store import ArchiveError, Damaged, workers
from repo_store.archive import Archive
from service.audit.export import making
from service.audit.export.exports import ExportRequest, Exports
from service.audit.log import AuditLog
from tests.audit.conftest import failures, files_of
from tests.redactions import removal, remove
from tests.samples import append, content, entry

VERSIONS = 12
REQUESTS = (ExportRequest(), ExportRequest(("library",), drafts=True))


@pytest.fixture
def long(story: Archive) -> Archive:
    """A story with more versions than a share takes, one of which was removed, among others."""
    for number in range(4, VERSIONS + 1):
        append(story, entry(content(title=f"Version {number}")))
    remove(story, removal(5))
    return story


@pytest.fixture
def exports(long: Archive, audit: AuditLog) -> Exports:
    audit.checkpoint()
    return Exports(long, audit)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share is of four revisions."""
    monkeypatch.setattr(making, "SHARE", 4)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Two processes do the work, however little it is; their ids. All are gone at the end."""
    monkeypatch.setattr(making, "_WORTH", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    started: list[int] = []
    begin = workers._Worker.__init__

    def noted(worker: workers._Worker, start: Callable[[Path], object], path: Path) -> None:
        begin(worker, start, path)  # type: ignore[arg-type]  # whatever its jobs are
        started.append(worker._process.pid)

    monkeypatch.setattr(workers._Worker, "__init__", noted)
    yield started
    assert started
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def _bytes(exports: Exports) -> list[bytes]:
    return [b"".join(exports.prepare(each).parts()) for each in REQUESTS]


@pytest.mark.usefixtures("shared")
def test_two_processes_make_the_same_bytes_as_one(
    exports: Exports, request: pytest.FixtureRequest
) -> None:
    alone = _bytes(exports)
    assert _bytes(exports) == alone
    request.getfixturevalue("processes")
    assert _bytes(exports) == alone


@pytest.mark.usefixtures("shared")
def test_a_story_in_several_shares_verifies(exports: Exports, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    for data in _bytes(exports):
        path.write_bytes(data)
        assert failures(path) == []
    whole = files_of(path)
    report = whole["data/stories/library/report.html"].decode()
    assert report.count("<h3>") == VERSIONS
    assert '<h1 dir="auto">Version 12</h1>' in report
    redlines = [name for name in whole if "/library/differences/" in name and "html" in name]
    assert len(redlines) == VERSIONS - 3, "each but those beside the removed one"


def test_a_share_s_size_changes_no_file(
    exports: Exports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for size in (100, 4, 3):
        monkeypatch.setattr(making, "SHARE", size)
        path = tmp_path / "export.zip"
        path.write_bytes(b"".join(exports.prepare(ExportRequest(("library",))).parts()))
        listed = ("manifest-sha256.txt", "tagmanifest-sha256.txt")
        found.append({n: data for n, data in files_of(path).items() if not n.startswith(listed)})
    assert found[0] == found[1] == found[2]


@pytest.mark.usefixtures("shared")
def test_a_killed_process_ends_the_export(
    exports: Exports, processes: list[int], tmp_path: Path
) -> None:
    """With an error, and without the end that makes it a zip."""
    parts = exports.prepare(ExportRequest()).parts()
    sent = [next(parts)]
    for pid in processes:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(ArchiveError, match="has died"):
        sent.extend(parts)
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(sent))
    assert failures(path)


@pytest.mark.usefixtures("shared")
def test_a_transfer_that_is_given_up_ends_its_processes(
    exports: Exports, processes: list[int]
) -> None:
    """The fixture looks whether they are gone."""
    parts = exports.prepare(ExportRequest()).parts()
    next(parts)
    assert processes
    parts.close()  # type: ignore[attr-defined]  # as gunicorn does, once the client is gone


def _damage(archive: Archive, version: int) -> None:
    """Lose the text of a version."""
    revision = archive.index.version("library", version)
    assert revision
    blob = revision.blob
    (archive.path / "stories.git" / "objects" / blob[:2] / blob[2:]).unlink()


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("since", [None, datetime(2020, 1, 1, tzinfo=UTC)])
@pytest.mark.parametrize("several", [False, True])
def test_nothing_of_a_damaged_story_is_given_out(
    exports: Exports,
    long: Archive,
    tmp_path: Path,
    several: bool,
    since: datetime | None,
    request: pytest.FixtureRequest,
) -> None:
    if several:
        request.getfixturevalue("processes")
    _damage(long, VERSIONS)
    export = exports.prepare(ExportRequest(since=since))
    path = tmp_path / "export.zip"
    path.write_bytes(b"".join(export.parts()))
    assert list(export.damaged) == ["library"]
    assert not [name for name in files_of(path) if "/library/" in name]
    assert failures(path) == []
    with pytest.raises(Damaged, match="library"):
        exports.prepare(ExportRequest(("library",)))


@pytest.mark.usefixtures("shared")
def test_a_story_that_is_damaged_on_the_way_ends_the_export(
    exports: Exports, long: Archive
) -> None:
    parts = exports.prepare(ExportRequest(("library",))).parts()
    next(parts)
    _damage(long, VERSIONS)
    with pytest.raises(Damaged, match="library"):
        list(parts)
