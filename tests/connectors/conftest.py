"""The real systems, a real archive server, a real browser. `make test-connectors` installs the
systems and says where; `make test` knows nothing of them. Nothing here skips.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import chromium
from tests.connectors.archive import ArchiveReader, new_token
from tests.connectors.processes import ArchiveServer

if "CMS" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # PHP's server is slow on a busy machine
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveServer]:
    """Of a new archive; tests may kill it, and start it again."""
    found = ArchiveServer(tmp_path_factory.mktemp("archive") / "archive")
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def reader(server: ArchiveServer) -> ArchiveReader:
    return ArchiveReader(server.path, server.url, new_token(server.path, "editor", "The desk"))
