from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_store.archive import Archive
from tests.samples import ticking


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Where a test's archive is, once something made it."""
    return tmp_path / "archive"


@pytest.fixture
def store(archive: Path) -> Iterator[Archive]:
    """A new, empty archive on real git."""
    opened = Archive.open(archive, ticking(), create=True)
    yield opened
    opened.close()
