"""What a publication costs: `make bench` measures it, this counts it."""

import sqlite3
import threading
from collections import Counter
from typing import Any

import pytest
from flask import Flask

from tests.web.conftest import Writer


@pytest.fixture
def warm(editor: Writer) -> Writer:
    """Whatever is done once has been done."""
    editor.publish()
    editor.publish(base=1, title="Two")
    return editor


def test_it_reads_no_row_twice(warm: Writer, app: Flask) -> None:
    asked: list[str] = []
    connection = app.extensions["story_history"].archive.index.connection()
    connection.set_trace_callback(asked.append)
    assert warm.publish(base=2, title="Three").status_code == 201
    connection.set_trace_callback(None)
    selects = Counter(each for each in asked if each.startswith("select"))
    assert len(selects) >= 3, "it is traced"
    assert [each for each, count in selects.items() if count > 1] == []


def test_it_opens_no_database(warm: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> sqlite3.Connection:
        raise AssertionError("a database was opened")

    monkeypatch.setattr(sqlite3, "connect", refused)
    assert warm.publish(base=2, title="Three").status_code == 201


def test_it_starts_no_thread(warm: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(thread: threading.Thread) -> None:
        raise AssertionError(f"{thread.name} was started")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert warm.publish(base=2, title="Three").status_code == 201
