from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_store.archive import Archive
from tests import profiles as profiles  # registered before any test is collected
from tests.samples import ticking


@pytest.fixture
def archive_path(tmp_path: Path) -> Path:
    """Where a test's archive is, once something made it."""
    return tmp_path / "archive"


@pytest.fixture
def archive(archive_path: Path) -> Iterator[Archive]:
    """A new, empty archive on real git."""
    opened = Archive.open(archive_path, ticking(), create=True)
    yield opened
    opened.close()
