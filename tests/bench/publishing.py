"""What a publication costs the processor, step by step: the flushes that no way can leave out, the
store, the use case, the application, the server. Each way publishes the same edits, in turn.
"""

import http.client
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.table import Table

from repo_store import Author, Kind, RevisionInput, State, parse
from service.accounts import Role
from service.app import app_on
from service.comparison import changes
from service.config import Settings
from service.usecases.commands import NewRevision
from service.wiring import Services, now, open_services
from tests.bench.news import News
from tests.bench.timing import milliseconds, ratio
from tests.bench.writers import scratch
from tests.samples import new_token
from tests.servers import PROGRAM

STORIES = 20
WARMING = 12
"""Rounds that are not counted: the first write to each of git's 256 folders creates it."""
ROUNDS = 8
_QUIET = """
import sys
from pathlib import Path
from service.config import Settings
from service.server import Server

class Quiet(Server):
    def load(self):
        app = super().load()
        self._background = []
        return app

settings = Settings(Path(sys.argv[1]), workers=1)
Quiet(settings, "127.0.0.1", 0, lambda url: print("Serving on", url, flush=True)).run()
"""
Publish = Callable[[str, dict[str, Any]], None]
"""Publishes the body of a request in a story."""


def table() -> Table:
    shown = Table(
        title=f"CPU of a publication (4 KB stories, an edit of a sentence, best of"
        f" {ROUNDS} rounds)",
        title_justify="left",
    )
    for column in ("up to and with", "CPU", "of it this step", "to in process"):
        shown.add_column(column, justify="left" if column == "up to and with" else "right")
    with scratch() as folder, ExitStack() as stack:
        ways = {
            "the floor: 4 fsynced files, 1 commit in SQLite": _floor(folder, stack),
            "the store: git and the index": _store(folder, stack),
            "the use case, in process: comparing, checking": _use_case(folder, stack),
            "the application: token, JSON, limits, answer": _application(folder, stack),
            "the server: HTTP, its log": _server(folder, stack),
            "its background: where sentences come from, webhooks": _serve(folder, stack),
        }
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for count, edits in enumerate(_rounds()):
            for name, (publish, clock) in ways.items():
                start = clock()
                for story, body in edits:
                    publish(story, body)
                if count >= WARMING:
                    spent[name].append((clock() - start) / STORIES)
    # The best of the rounds: what else the machine does only ever adds.
    each = {name: min(rounds) for name, rounds in spent.items()}
    in_process = each["the use case, in process: comparing, checking"]
    before = 0.0
    for name, total in each.items():
        shown.add_row(
            name, milliseconds(total), milliseconds(total - before), ratio(total, in_process)
        )
        before = total
    return shown


def _rounds() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """A publication in each story, then an edit in each, and so on."""
    news = News()
    texts = {number: news.story() for number in range(STORIES)}
    for version in range(WARMING + ROUNDS):
        yield [
            (
                f"story-{number}",
                {
                    "content": News.content(number, text).fields,
                    "note": "A sentence is new.",
                    "state": "published",
                    "base_version": version or None,
                },
            )
            for number, text in texts.items()
        ]
        texts = {number: news.edited(text) for number, text in texts.items()}


Way = tuple[Publish, Callable[[], float]]


def _floor(folder: Path, stack: ExitStack) -> Way:
    connection = stack.enter_context(
        closing(sqlite3.connect(folder / "floor.db", isolation_level=None))
    )
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table t (x)")

    def publish(_: str, __: dict[str, Any]) -> None:
        for number in range(4):
            with (folder / f"floor-{number}").open("wb") as file:
                file.write(b"x" * 4096)
                file.flush()
                os.fsync(file.fileno())
        connection.execute("insert into t values (1)")

    return publish, time.process_time


def _services(folder: Path, name: str, stack: ExitStack) -> Services:
    services = open_services(Settings(folder / name, access_log=False), create=True)
    stack.callback(services.archive.close)
    return services


def _store(folder: Path, stack: ExitStack) -> Way:
    archive = _services(folder, "store", stack).archive

    def publish(story: str, body: dict[str, Any]) -> None:
        command = parse(NewRevision, body)
        with archive.batch() as batch:
            batch.append(
                RevisionInput(
                    story=story,
                    content=command.content,
                    state=State.PUBLISHED,
                    kind=Kind.UPDATE,
                    note=command.note,
                    base_version=command.base_version,
                    author=Author("Dara Voss"),
                    created_at=now(),
                    changes=changes(None, command.content, False),
                )
            )

    return publish, time.process_time


def _use_case(folder: Path, stack: ExitStack) -> Way:
    services = _services(folder, "use-case", stack)
    token = services.tokens.find(new_token(folder / "use-case", now=now()), now())
    assert token

    def publish(story: str, body: dict[str, Any]) -> None:
        services.publishing.record(story, parse(NewRevision, body), token.person, None)

    return publish, time.process_time


def _application(folder: Path, stack: ExitStack) -> Way:
    services = _services(folder, "application", stack)
    token = new_token(folder / "application", Role.EDITOR, now=now())
    app = app_on(services).wsgi_app

    def publish(story: str, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/api/v1/stories/{story}/revisions",
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(data)),
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "wsgi.input": io.BytesIO(data),
            "wsgi.url_scheme": "http",
        }
        statuses: list[str] = []
        for _ in app(environ, lambda status, *_: statuses.append(status)):  # type: ignore[arg-type]  # none calls `write`
            pass
        assert statuses == ["201 CREATED"], statuses

    return publish, time.process_time


def _server(folder: Path, stack: ExitStack) -> Way:
    command: list[str | Path] = [sys.executable, "-c", _QUIET, folder / "quiet"]
    return _published_by(command, folder / "quiet", stack)


def _serve(folder: Path, stack: ExitStack) -> Way:
    command: list[str | Path] = [PROGRAM, "serve", "--port", "0", "--archive", folder / "serve"]
    return _published_by(command, folder / "serve", stack)


def _published_by(command: list[str | Path], archive: Path, stack: ExitStack) -> Way:
    """By a server with one worker, whose CPU is counted."""
    token = new_token(_services(archive.parent, archive.name, stack).settings.archive, now=now())
    process = stack.enter_context(
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "STORY_HISTORY_WORKERS": "1", "PYTHONPATH": "."},
        )
    )
    stack.callback(process.terminate)
    assert process.stdout
    url = process.stdout.readline().removeprefix("Serving on ").strip()
    [worker] = _children(process.pid)
    client = stack.enter_context(closing(http.client.HTTPConnection(urlsplit(url).netloc)))
    last = 0.0
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def publish(story: str, body: dict[str, Any]) -> None:
        nonlocal last
        if time.monotonic() - last > 1:
            client.close()  # the server closes what is idle for two seconds
        last = time.monotonic()
        data = json.dumps(body).encode()
        client.request("POST", f"/api/v1/stories/{story}/revisions", data, headers)
        answer = client.getresponse()
        answer.read()
        assert answer.status == 201, answer.status

    # The clock of another process, as clock_getcpuclockid(3) makes its number.
    return publish, lambda: time.clock_gettime(~worker << 3 | 2)


def _children(process: int) -> list[int]:
    return [
        int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]
