"""Real servers to measure: ours, a bare view under the same server, and Otter Wiki."""

import os
import re
import subprocess
import sys
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import PROGRAM, free_port, wait_for

WORKERS, THREADS = 2, 4
OTTERWIKI = ("otterwiki==2.26.1", "gunicorn==25.3.0")

_BARE = """
import sys
from pathlib import Path
from flask import Flask
from service.config import Settings
from service.server import Server

class Bare(Server):
    def load(self):
        super().load()  # so that webhooks are delivered beside it, as beside ours
        app, body = Flask("bare"), "x" * int(sys.argv[2])
        app.add_url_rule("/", view_func=lambda: body)
        return app

settings = Settings(Path(sys.argv[1]), workers=2, threads=4, access_log=False)
Bare(settings, "127.0.0.1", 0, lambda url: print("Serving on", url, flush=True)).run()
"""


@dataclass(frozen=True)
class Measured:
    """`rate`: requests a second. `p99`: seconds."""

    rate: float
    p99: float


def wrk(
    url: str, *headers: str, seconds: int = 2, connections: int = 16, sound: bool = True
) -> Measured:
    """AssertionError if any answer was an error, if all have to be `sound`."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for header in headers:
        command += ["-H", header]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    assert not (sound and "Non-2xx" in done), done
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
    latency = re.search(r"99%\s+([\d.]+)(us|ms|s)", done)
    assert rate, done
    assert latency, done
    unit = {"us": 1e-6, "ms": 1e-3, "s": 1.0}[latency[2]]
    return Measured(float(rate[1]), float(latency[1]) * unit)


@contextmanager
def _started(command: list[str | Path], **environ: str) -> Iterator[str]:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), **environ}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as server:
        assert server.stdout
        url = server.stdout.readline().removeprefix("Serving on ").strip()
        try:
            yield url
        finally:
            server.terminate()
            server.wait(60)


@contextmanager
def ours(archive_path: Path, **environ: str) -> Iterator[str]:
    """With the defaults, which are the workers and threads that the others get."""
    environ = {"STORY_HISTORY_READS": "0", "STORY_HISTORY_WRITES": "0", **environ}
    with _started([PROGRAM, "serve", "--port", "0", "--archive", archive_path], **environ) as url:
        yield url


@contextmanager
def bare(archive_path: Path, size: int) -> Iterator[str]:
    """A Flask view that returns a constant of so many bytes, under our server."""
    with _started([sys.executable, "-c", _BARE, archive_path, str(size)]) as url:
        yield url


@contextmanager
def otterwiki(folder: Path, pages: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Otter Wiki, filled with the revisions of one page; its URL, and the commits' short ids."""
    home = folder / "otterwiki"
    if not (home / "bin").exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "install", "-qq", *OTTERWIKI], check=True)
    repository = folder / "wiki"
    repository.mkdir()

    def git(*arguments: str) -> str:
        named = ["-c", "user.name=A", "-c", "user.email=a@a.example"]
        command = ["git", "-C", str(repository), *named, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    for number, text in enumerate(pages):
        (repository / "story.md").write_text(text)
        git("add", ".")
        git("commit", "-q", "-m", f"Revision {number}")
    commits = git("log", "--format=%h").split()
    port = free_port()
    command: list[str | Path] = [home / "bin" / "gunicorn", "-b", f"127.0.0.1:{port}"]
    command += ["-w", str(WORKERS), "-k", "gthread", "--threads", str(THREADS)]
    environ = {
        **os.environ,
        "REPOSITORY": str(repository),
        "SECRET_KEY": "x" * 32,
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/wiki.db",
    }
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [*command, "otterwiki.server:app"], stdout=quiet, stderr=quiet, env=environ
    ) as server:
        url = f"http://127.0.0.1:{port}/"
        try:
            wait_for(f"{url}story/history")
            yield url, commits
        finally:
            server.terminate()
            server.wait(60)


def fetched(url: str, **headers: str) -> tuple[int, str]:
    """Bytes of the answer, and its ETag."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return len(answer.read()), answer.headers["ETag"] or ""
