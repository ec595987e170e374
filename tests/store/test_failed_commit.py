"""A commit that fails between moving the refs and updating the index: git has the records, so the
index must have them too once the writers get the error.
"""

import sqlite3
import threading
from collections.abc import Callable

import pytest

from repo_store.archive import Archive
from repo_store.errors import Unwritable
from repo_store.index.mapping import PreparedRows
from repo_store.index.read_model import Index
from tests.samples import append, content, entry, title_of


@pytest.fixture
def failing_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Two stories, and an index whose next update fails as on a faulty disk."""
    append(archive, entry(content(title="One"), "a"), entry(content(title="One"), "b"))
    apply = Index.apply

    def fail(_: Index, rows: PreparedRows, again: Callable[[], PreparedRows]) -> None:
        monkeypatch.setattr(Index, "apply", apply)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Index, "apply", fail)
    return archive


def _titles(archive: Archive, story: str) -> list[str]:
    return [title_of(archive, each) for each in archive.index.chain(story)]


@pytest.mark.parametrize("stories", [["a"], ["a", "b"], ["new"]])
def test_the_index_holds_what_git_holds(failing_once: Archive, stories: list[str]) -> None:
    with pytest.raises((sqlite3.Error, Unwritable), match="disk I/O error"):
        append(failing_once, *(entry(content(title="Two"), story) for story in stories))
    for story in stories:
        assert _titles(failing_once, story)[-1] == "Two"
        append(failing_once, entry(content(title="Three"), story))
        assert _titles(failing_once, story)[-1] == "Three"
    assert failing_once.verify().findings == ()


def test_the_index_has_the_writes_of_each_writer_of_a_group(failing_once: Archive) -> None:
    errors: list[str] = []

    def write(story: str) -> None:
        with pytest.raises((sqlite3.Error, Unwritable)) as error:
            append(failing_once, entry(content(title="Two"), story))
        errors.append(str(error.value))

    commits = failing_once._commits
    writers = [threading.Thread(target=write, args=(story,)) for story in ("a", "b")]
    with commits._leader:  # until both writes wait, to be written as one group
        for each in writers:
            each.start()
        while len(commits._queue) < 2:
            threading.Event().wait(0.01)
    for each in writers:
        each.join()
    assert len(errors) == 2
    assert [_titles(failing_once, story) for story in ("a", "b")] == [["One", "Two"]] * 2
    assert failing_once.verify().findings == ()
