"""Every system unpacks an export: no name that Windows reserves, and no path too long for it."""

from pathlib import Path

import pytest

from repo_store.archive import Archive
from service.audit.export.exports import ExportRequest, Exports
from service.audit.export.names import folder_of
from service.audit.log import AuditLog
from tests.audit.conftest import Files, files_of
from tests.samples import append, content, entry

LONG = ("harbour-bridge-closure-" * 6)[:119] + "9"
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
PORTS = {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
RESERVED = {"con", "prn", "aux", "nul", *PORTS}


def _exported(archive: Archive, audit: AuditLog, folder: Path, story: str) -> tuple[str, Files]:
    append(archive, entry(content(), story), entry(content(title="Two"), story))
    made = Exports(archive, audit).prepare(ExportRequest((story,)))
    path = folder / "export.zip"
    path.write_bytes(b"".join(made.parts()))
    return made.name, files_of(path)


@pytest.mark.parametrize("story", ["con", "lpt9", LONG])
def test_windows_unpacks_the_export_of_any_story(
    archive: Archive, audit: AuditLog, tmp_path: Path, story: str
) -> None:
    name, files = _exported(archive, audit, tmp_path, story)
    for path in files:
        assert not RESERVED & {part.split(".")[0] for part in [name, *path.split("/")]}
        whole = rf"C:\Users\anna.bergmann-holt\Downloads\{name}\{name}\{path}"
        assert len(whole) < 250, "and versions above 9999 have longer numbers"
    assert f"data/stories/{name}/differences/0001-0002.html" in files


def test_other_stories_keep_their_ids_and_none_gets_another_s() -> None:
    ids = ["a", "con-1", "console", "com10", "com", "x" * 48]
    assert [*map(folder_of, ids)] == ids
    near = [LONG, LONG[:-1], LONG[:-1] + "8", "x" * 49, *sorted(RESERVED)]
    folders = [*map(folder_of, near)]
    assert len({*folders}) == len(near)
    assert all("_" in each and len(each) <= 48 for each in folders)
