from pathlib import Path

import pytest

from service.accounts import Tokens
from service.accounts.database import Database
from service.accounts.sessions import Sessions
from service.accounts.watches import Watches


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


@pytest.fixture
def tokens(database: Database) -> Tokens:
    return Tokens(database)


@pytest.fixture
def sessions(database: Database, tokens: Tokens) -> Sessions:
    return Sessions(database, tokens)


@pytest.fixture
def watches(database: Database, tokens: Tokens) -> Watches:
    return Watches(database, tokens)
