"""Index workers: processes that build the same index, report the same faults, and all end."""

import os
import signal
from pathlib import Path

import pytest

from repo_store import workers
from repo_store.archive import Archive
from repo_store.errors import ArchiveError
from repo_store.indexing.catch_up import Tuning
from tests.samples import append, content, entry
from tests.store.dump import dump


@pytest.fixture
def filled(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Workers read all but the first story, and a few revisions are written at a time."""
    archive.tuning = Tuning(batch=8, sample=1, worth=-1.0, share=3, queued=1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    for version in range(3):
        append(archive, *(entry(content(title=f"No {version}"), f"story-{n}") for n in range(40)))
    return archive


def test_workers_build_the_same_index(filled: Archive, archive_path: Path) -> None:
    before = dump(archive_path / "index.db")
    told: list[int] = []
    assert filled.reindex(told.append) == 120
    assert dump(archive_path / "index.db") == before
    assert told == sorted(told)
    assert len(told) > 5


def test_known_and_new_stories_are_caught_up_together(filled: Archive, archive_path: Path) -> None:
    filled.close()
    earlier = (archive_path / "index.db").read_bytes()
    append(filled, *(entry(content(title="Later"), f"story-{n}") for n in range(30, 60)))
    filled.close()
    later = dump(archive_path / "index.db")
    (archive_path / "index.db").write_bytes(earlier)
    assert filled.catch_up() == 30
    assert dump(archive_path / "index.db") == later


def test_workers_report_damage_by_object_and_read_the_rest(
    filled: Archive, archive_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    append(filled, entry(content(title="Alone"), "story-17"))
    tip = filled.index.tip("story-17").head
    assert tip
    (archive_path / "stories.git" / "objects" / tip[:2] / tip[2:]).unlink()
    assert filled.reindex() == 117
    assert f"object {tip} is missing" in caplog.text
    assert "story-17 is damaged" in caplog.text


def test_a_dead_worker_is_an_error_and_the_next_attempt_succeeds(
    filled: Archive, archive_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(archive_path / "index.db")
    started: list[int] = []
    ask = workers._Worker.ask

    def dying(reader: workers._Worker, heads: object) -> object:
        started.append(reader._process.pid)
        if len(started) == 4:
            os.kill(started[0], signal.SIGKILL)
        return ask(reader, heads)

    with monkeypatch.context() as patch:
        patch.setattr(workers._Worker, "ask", dying)
        with pytest.raises(ArchiveError, match="has died"):
            filled.reindex()
    for pid in set(started):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert filled.reindex() == 120
    assert dump(archive_path / "index.db") == before
