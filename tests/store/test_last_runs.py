"""When the archive was last backed up, verified and maintained."""

from pathlib import Path

from repo_store import last_runs
from repo_store.archive import Archive
from repo_store.last_runs import Run
from tests.samples import NOON


def test_the_last_run_of_each_kind_is_told(archive: Archive, archive_path: Path) -> None:
    assert archive.last_runs() == {}
    archive.maintain()
    last_runs.note(archive_path, Run.BACKUP, NOON)
    assert archive.last_runs()[Run.BACKUP] == NOON
    assert set(archive.last_runs()) == {Run.BACKUP, Run.MAINTAIN}


def test_what_is_noted_never_fails_a_run_nor_leads_out_of_the_archive(
    archive: Archive, archive_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (archive_path / "status").symlink_to(tmp_path / "elsewhere")
    last_runs.note(archive_path, Run.VERIFY, NOON)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert archive.last_runs() == {}
