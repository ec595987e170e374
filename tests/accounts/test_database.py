"""The file itself: who may read it, older ones, disks that take no writes, two at once."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.accounts import Role, Tokens
from service.accounts.database import Database
from tests.accounts.conftest import NOON


def test_only_its_owner_may_read_it(database: Database) -> None:
    assert database.path.stat().st_mode & 0o777 == 0o600


def test_one_of_the_first_release_is_taken_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "accounts.db")) as old:
        old.execute(
            "create table token (id text primary key, name text not null, role text not null,"
            " sha256 text not null unique, created_at text not null) strict"
        )
        row = ("a1", "Dara", "editor", "0" * 64, "2026-04-01T10:00:00+00:00")
        old.execute("insert into token values (?, ?, ?, ?, ?)", row)
        old.commit()
    [token] = Tokens(Database(tmp_path)).all()
    assert (token.id, token.person.role, token.state(NOON)) == ("a1", Role.EDITOR, "active")
    assert token.created_at == datetime(2026, 4, 1, 10, tzinfo=UTC)
    assert Tokens(Database(tmp_path)).all() == [token]


def test_a_secret_is_made_once(tmp_path: Path, database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: Database(tmp_path).secret("cookies"), range(16)))
    assert len(made) == 1
    assert len(made.pop()) == 32
    assert database.secret("other") != database.secret("cookies")


def test_no_secret_is_kept_in_the_clear(database: Database, tokens: Tokens) -> None:
    text = tokens.create(Role.EDITOR, "Dara", NOON)
    assert text.encode() not in database.path.read_bytes()


def test_tokens_are_found_where_nothing_can_be_written(
    tokens: Tokens, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tokens.create(Role.EDITOR, "Dara", NOON)
    connect = sqlite3.connect

    def read_only(path: Path, timeout: float) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, timeout=timeout)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(sqlite3.OperationalError), database.connection() as connection:
        connection.execute("delete from token")
    found = tokens.find(text, NOON)
    assert found
    assert found.person.name == "Dara"
