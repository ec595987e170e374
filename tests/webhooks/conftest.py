from pathlib import Path

import pytest

from service.accounts.database import Database
from service.webhooks.subscriptions import Webhooks


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


@pytest.fixture
def webhooks(database: Database) -> Webhooks:
    return Webhooks(database)
