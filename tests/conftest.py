import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_store.archive import Archive
from tests import profiles as profiles  # registered before any test is collected
from tests.samples import new_archive, ticking

# What the tests write goes to memory where there is room: they flush often, and a disk is slow.
_MEMORY, _ROOM = Path("/dev/shm"), 2 * 1024**3
if (
    "TMPDIR" not in os.environ
    and os.access(_MEMORY, os.W_OK)
    and shutil.disk_usage(_MEMORY).free >= _ROOM
):
    os.environ["TMPDIR"] = str(_MEMORY)
    tempfile.tempdir = None  # pytest has asked for it already, and it is kept

# The folders whose tests take longest come first, so that no worker is left with them at the end.
_LONGEST = ("torture", "browser", "server")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew", action="store_true", help="keep pictures and golden files as they are now"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parent.name not in _LONGEST)


@pytest.fixture
def archive_path(tmp_path: Path) -> Path:
    """Where a test's archive is, once something made it."""
    return tmp_path / "archive"


@pytest.fixture
def archive(archive_path: Path) -> Iterator[Archive]:
    """A new, empty archive on real git."""
    if not archive_path.exists():
        new_archive(archive_path)
    opened = Archive.open(archive_path, ticking(), create=True)
    yield opened
    opened.close()
