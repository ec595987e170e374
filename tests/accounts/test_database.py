"""The file accounts.db: permissions, migrations, read-only disks, several processes."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.accounts import AccountsUnavailable, Role, Tokens
from service.accounts.care import faults
from service.accounts.database import Database
from service.accounts.removal_requests import RemovalRequests
from service.webhooks.subscriptions import Webhooks
from tests.samples import NOON

# What the releases before the table of migrations ran, each for its `user_version`: 1, 2, 3.
RELEASES = (
    """
    create table if not exists token (
        id text primary key, name text not null, role text not null, sha256 text not null unique,
        created_at text not null
    ) strict;
    """,
    """
    alter table token add column expires_at text;
    alter table token add column used_at text;
    alter table token add column revoked_at text;
    create table secret (name text primary key, value blob not null) strict;
    create table session (
        sha256 text primary key, token text not null references token, began_at text not null,
        seen_at text not null
    ) strict;
    create table visit (
        token text primary key references token, at text not null, before text, session text
    ) strict;
    create table watch (
        token text not null references token, story text not null, primary key (token, story)
    ) strict, without rowid;
    create table feed (
        token text primary key references token, sha256 text not null unique
    ) strict;
    create table webhook (
        id text primary key, url text not null, stories text not null, secret text not null,
        private integer not null, created_at text not null
    ) strict;
    create table delivery (
        id text primary key, webhook text not null references webhook on delete cascade,
        body text not null, due_at text, attempts integer not null, error text
    ) strict;
    create index due on delivery (due_at);
    """,
    """
    create table removal_order (
        story text not null, revisions text not null, token text not null, name text not null,
        note text not null, reason text not null, reference text not null, at text not null,
        primary key (story, revisions)
    ) strict;
    """,
)
ROWS: dict[str, tuple[object, ...]] = {
    "token": ("a1", "Dara", "editor", "0" * 64, "2026-04-01T10:00:00+00:00", None, None, None),
    "secret": ("cookies", b"k" * 32),
    "session": ("1" * 64, "a1", "2026-04-02T10:00:00+00:00", "2026-04-02T11:00:00+00:00"),
    "visit": ("a1", "2026-04-02T10:00:00+00:00", None, "1" * 64),
    "watch": ("a1", "library"),
    "feed": ("a1", "2" * 64),
    "webhook": ("wh_1", "https://a.example/", "", "whsec_", 0, "2026-04-02T10:00:00+00:00"),
    "delivery": ("msg_1", "wh_1", "{}", None, 10, "answered 500"),
    "removal_order": (
        "library",
        "1 2",
        "a1",
        "Dara",
        "Why",
        "court-order",
        "1 O 2/26",
        "2026-04-02T10:00:00+00:00",
    ),
}


def test_only_its_owner_may_read_it(database: Database) -> None:
    assert database.path.stat().st_mode & 0o777 == 0o600


def _old_file(folder: Path, user_version: int) -> Path:
    """A file as a release made it, with a row in each table. The first release set
    no `user_version`.
    """
    path = folder / "accounts.db"
    with closing(sqlite3.connect(path)) as old:
        for script in RELEASES[: max(user_version, 1)]:
            old.executescript(script)
        for table, row in ROWS.items():
            if old.execute("select 1 from sqlite_master where name = ?", [table]).fetchone():
                columns = len(old.execute(f"select * from {table}").description)
                row = row[:columns]
                old.execute(f"insert into {table} values ({', '.join('?' * columns)})", row)
        old.execute(f"pragma user_version = {user_version}")
        old.commit()
    return path


def _schema(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute(
            "select name from sqlite_master where type = 'table'"
        ).fetchall()
        return {
            (table, column[1:6])
            for (table,) in tables
            for column in connection.execute(f"pragma table_info({table})")
        }


def _rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute(
            "select name from sqlite_master where type = 'table' and name not like '!_%' escape '!'"
        ).fetchall()
        return {
            table: connection.execute(f"select * from {table}").fetchall() for (table,) in tables
        }


@pytest.mark.parametrize("user_version", [0, 1, 2, 3])
def test_a_file_of_an_older_release_is_migrated_without_loss(
    tmp_path: Path, user_version: int
) -> None:
    old = _rows(path := _old_file(tmp_path, user_version))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: Tokens(Database(tmp_path)).all(), range(8)))
    new = _rows(path)
    for table, rows in old.items():
        if table != "delivery":
            assert [row[: len(rows[0])] for row in new[table]] == rows, table
    if "delivery" in old:
        assert new["delivery"] == [], "the texts that waited for webhooks are gone"
        assert Webhooks(Database(tmp_path)).all()[0].failed == 1, "and counted as given up"
    (tmp_path / "fresh").mkdir()
    assert _schema(path) == _schema(Database(tmp_path / "fresh").path)
    [token] = Tokens(Database(tmp_path)).all()
    assert (token.id, token.person.role, token.state(NOON)) == ("a1", Role.EDITOR, "active")
    assert token.created_at == datetime(2026, 4, 1, 10, tzinfo=UTC)


def test_tokens_of_an_older_release_become_those_of_persons_by_their_names(tmp_path: Path) -> None:
    path = _old_file(tmp_path, 3)
    with closing(sqlite3.connect(path)) as old:
        for token, name, month in (("b2", "dara ", 5), ("c3", "Mika", 3)):
            row = (token, name, "editor", token * 32, f"2026-{month:02}-01T10:00:00+00:00")
            old.execute("insert into token values (?, ?, ?, ?, ?, null, null, null)", row)
            old.execute("insert into watch values (?, ?)", [token, f"of-{token}"])
            old.execute("insert into visit values (?, ?, null, 'x')", [token, row[-1]])
        old.commit()
    database = Database(tmp_path)
    people = {token.id: (token.person.id, token.person.name) for token in Tokens(database).all()}
    assert people == {"a1": ("a1", "Dara"), "b2": ("a1", "Dara"), "c3": ("c3", "Mika")}
    assert [tuple(row) for row in database.run("select token, story from watch")] == [
        ("a1", "library"),
        ("a1", "of-b2"),
        ("c3", "of-c3"),
    ]
    visits = dict(map(tuple, database.run("select token, substr(at, 1, 7) from visit")))
    assert visits == {"a1": "2026-05", "c3": "2026-03"}
    [request] = RemovalRequests(database).all()
    assert (request.person, request.token) == ("a1", "a1")


def test_names_get_the_keys_of_this_release_and_no_two_persons_become_one(
    tmp_path: Path, tokens: Tokens, database: Database
) -> None:
    for name in ("Mika O’Dea", "Dara O’Dea", "Dara Voss"):
        tokens.create(Role.EDITOR, name, NOON)
    older = "update person set key = ? where name = ?"
    database.run(older, "mika o’dea", "Mika O’Dea")
    database.run(older, "dara o’dea", "Dara O’Dea")
    database.run(older, "dara o'dea", "Dara Voss")
    database.run("delete from _sqlite_migrations where name = 'name_keys'")
    keys = dict(map(tuple, Database(tmp_path).run("select name, key from person")))
    assert keys == {
        "Mika O’Dea": "mika o'dea",
        "Dara O’Dea": "dara o’dea",
        "Dara Voss": "dara voss",
    }


def test_a_token_that_an_older_release_adds_later_has_a_person_of_its_own(
    database: Database, tokens: Tokens
) -> None:
    row = ("a1", "Dara", "editor", "0" * 64, "2026-04-01T10:00:00+00:00")
    database.run("insert into token (id, name, role, sha256, created_at) values (?,?,?,?,?)", *row)
    [token] = tokens.all()
    assert (token.person.id, token.person.name) == ("a1", "Dara")


def test_an_empty_file_is_filled(tmp_path: Path) -> None:
    (tmp_path / "accounts.db").touch()
    assert Tokens(Database(tmp_path)).all() == []


def test_two_processes_may_migrate_a_file_at_once(tmp_path: Path) -> None:
    _old_file(tmp_path, 0)
    code = "import sys, pathlib; from service.accounts.database import Database"
    code += "; from service.accounts import Tokens"
    code += "; Tokens(Database(pathlib.Path(sys.argv[1]))).all()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    opening = [subprocess.Popen(command) for _ in range(4)]
    assert [each.wait(60) for each in opening] == [0] * 4
    assert [token.id for token in Tokens(Database(tmp_path)).all()] == ["a1"]


def test_the_release_before_can_still_open_it(database: Database) -> None:
    with database.connection() as connection:
        assert connection.execute("pragma user_version").fetchone()[0] == len(RELEASES)


def test_a_secret_is_created_once(tmp_path: Path, database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: Database(tmp_path).secret("cookies"), range(16)))
    assert len(made) == 1
    assert len(made.pop()) == 32
    assert database.secret("other") != database.secret("cookies")


def test_no_secret_is_stored_in_plain_text(database: Database, tokens: Tokens) -> None:
    text = tokens.create(Role.EDITOR, "Dara", NOON)
    assert text.encode() not in database.path.read_bytes()


def test_tokens_are_found_on_a_read_only_disk(
    tokens: Tokens, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tokens.create(Role.EDITOR, "Dara", NOON)
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def read_only(address: str, **more: Any) -> sqlite3.Connection:
        return connect(address.replace("mode=rw", "mode=ro"), **more)

    database.close()
    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(sqlite3.OperationalError), database.connection() as connection:
        connection.execute("delete from token")
    found = tokens.find(text, NOON)
    assert found
    assert found.person.name == "Dara"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of the thread, for each time that a file was opened."""
    found: list[str] = []
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def counted(*arguments: Any, **more: Any) -> sqlite3.Connection:
        found.append(threading.current_thread().name)
        return connect(*arguments, **more)

    monkeypatch.setattr(sqlite3, "connect", counted)
    return found


def test_each_thread_opens_it_once(tokens: Tokens, opened: list[str]) -> None:
    text = tokens.create(Role.EDITOR, "Dara", NOON)
    with ThreadPoolExecutor(2, "reader") as threads:
        list(threads.map(lambda _: tokens.find(text, NOON), range(20)))
    assert len(set(opened)) == len(opened) <= 3


def test_a_file_put_in_its_place_is_used_at_once(tmp_path: Path, tokens: Tokens) -> None:
    tokens.create(Role.EDITOR, "Dara", NOON)
    (tmp_path / "elsewhere").mkdir()
    other = Database(tmp_path / "elsewhere")
    text = Tokens(other).create(Role.ADMIN, "Noor", NOON)
    other.path.replace(tmp_path / "accounts.db")
    found = tokens.find(text, NOON)
    assert found
    assert [each.person.name for each in tokens.all()] == ["Noor"]


def test_after_an_error_it_is_opened_anew(database: Database, opened: list[str]) -> None:
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError):
            database.run("select * from nothing")
    assert len(opened) == 1  # the first use had one open already


def test_what_was_not_committed_is_rolled_back(database: Database, tokens: Tokens) -> None:
    tokens.create(Role.EDITOR, "Dara", NOON)

    class Stop(Exception):
        pass

    with pytest.raises(Stop), database.connection() as connection:
        connection.execute("delete from token")
        raise Stop
    assert len(tokens.all()) == 1


def test_an_upgrade_is_said_and_leaves_a_way_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = _rows(path := _old_file(tmp_path, 3))
    Tokens(Database(tmp_path)).all()
    assert "accounts.db: upgrading it" in caplog.text
    [kept] = tmp_path.glob("accounts.db.before-*")
    assert _rows(kept) == {**old, "delivery": []}, "what waited could quote a removed text"
    assert kept.stat().st_mode & 0o777 == 0o600
    caplog.clear()
    Tokens(Database(tmp_path)).all()
    (tmp_path / "fresh").mkdir()
    Database(tmp_path / "fresh")
    assert caplog.text == ""
    assert len(list(path.parent.glob("accounts.db.before-*"))) == 1


def test_a_file_of_a_newer_release_is_named_as_that(tmp_path: Path) -> None:
    Database(tmp_path).run(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values (?, ?, ?)",
        *("accounts", "from_the_future", "2030-01-01"),
    )
    with pytest.raises(AccountsUnavailable, match="newer release"):
        Database(tmp_path).check()
    assert "newer release" in faults(tmp_path, expected=True)[0]
