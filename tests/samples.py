"""Contents, entries, new archives and a clock for tests."""

import base64
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from repo_store.archive import Archive
from repo_store.history.records import (
    ActionInput,
    Changes,
    Kind,
    Revision,
    RevisionInput,
    State,
    Verb,
)
from repo_store.ids import Author
from repo_store.index.search.documents import Place as SearchPlace
from repo_store.index.search.query import parse
from repo_store.log.checkpoint import StoredCheckpoint
from repo_store.story.content import Content, parse_content
from repo_store.write.unit_of_work import Batch
from service.accounts import Role, Tokens
from service.accounts.database import Database

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def story(**fields: Any) -> dict[str, Any]:
    """A story's content as JSON values; `fields` replace its own."""
    return {
        "title": "Council keeps the library open",
        "summary": "A vote of nine to six.",
        "overview": [
            "The council voted nine to six to keep the library open.",
            "It will cost 1.2 million crowns a year.",
        ],
        "analysis": ["Reports agree on the sums."],
        "sources": [{"name": "Gazette", "url": "https://gazette.example/library"}],
        "source_count": 2,
        "faq": [
            {"question": "When does it open?", "answer": "At nine."},
            {"question": "", "answer": "The cafe stays closed until 4 May."},
        ],
        **fields,
    }


def content(**fields: Any) -> Content:
    return parse_content(story(**fields))


def ticking(start: str = "2026-05-01T10:00:00") -> "Clock":
    return Clock(datetime.fromisoformat(start).replace(tzinfo=UTC))


class Clock:
    """A clock that goes on a minute each time it is read."""

    def __init__(self, start: datetime) -> None:
        self._times: Iterator[datetime] = (start + timedelta(minutes=n) for n in count())

    def __call__(self) -> datetime:
        return next(self._times)


def new_archive(path: Path) -> None:
    """Put an empty archive at a free path: a copy, since making one takes ten times as long."""
    path.mkdir(0o700, parents=True)
    for name, mode, data in _new_archive():
        if data is None:
            os.mkdir(f"{path}/{name}", mode)
        else:
            with open(os.open(f"{path}/{name}", os.O_CREAT | os.O_WRONLY, mode), "wb") as file:
                file.write(data)


@cache
def _new_archive() -> list[tuple[Path, int, bytes | None]]:
    """The files and folders of an archive as the product makes it, folders first."""
    with TemporaryDirectory() as folder:
        made = Path(folder, "archive")
        Archive.open(made, ticking(), create=True).close()
        return [
            (each.relative_to(made), each.stat().st_mode & 0o777, None)
            if each.is_dir()
            else (each.relative_to(made), each.stat().st_mode & 0o777, each.read_bytes())
            for each in sorted(made.rglob("*"))
        ]


def entry(content: Content, story: str = "library", **fields: Any) -> RevisionInput:
    values: dict[str, Any] = {
        "story": story,
        "content": content,
        "state": State.PUBLISHED,
        "kind": Kind.UPDATE,
        "note": "",
        "base_version": None,
        "author": Author(name="Dara Voss"),
        "created_at": datetime(2026, 5, 1, 9, tzinfo=UTC),
        "changes": Changes(),
    }
    return RevisionInput(**values | fields)


def action(revision: int, verb: Verb, note: str = "", **fields: Any) -> ActionInput:
    values: dict[str, Any] = {
        "story": "library",
        "author": Author(name="Dara Voss"),
        "created_at": datetime(2026, 5, 1, 9, 30, tzinfo=UTC),
    }
    return ActionInput(revision=revision, verb=verb, note=note, **values | fields)


def new_token(
    archive_path: Path, role: Role = Role.EDITOR, name: str = "Dara Voss", now: datetime = NOON
) -> str:
    return Tokens(Database(archive_path)).create(role, name, now)


def append(archive: Archive, *entries: RevisionInput) -> Batch:
    """Write entries in one batch."""
    with archive.batch() as batch:
        for each in entries:
            batch.append(each)
    return batch


def checkpoint(archive: Archive) -> StoredCheckpoint:
    return archive.checkpoint(sign_checkpoint, lambda known: known)


def sign_checkpoint(size: int, root: bytes) -> str:
    """A checkpoint in the form that a signer gives it; nothing here checks its signature."""
    return f"example.org/log\n{size}\n{base64.b64encode(root).decode()}\n\n— x y\n"


def title_of(source: Archive | Batch, revision: Revision) -> str:
    """The title of a revision whose text is there."""
    content = source.content(revision)
    assert isinstance(content, Content)
    return content.title


def matches(archive: Archive, words: str, *places: SearchPlace, limit: int = 100) -> list[str]:
    """The stories that a search finds: of live texts, unless `places` are given."""
    where = places or (SearchPlace.LIVE,)
    return [each.story for each in archive.index.search(parse(words), where, None, limit).hits]
