"""Views of long stories: what one costs the processor if nothing is cached, and how much is sent;
and what nginx takes to send one from a file, beside the server with an answer that it has cached.
"""

import gzip
import statistics
import subprocess
import time
from contextlib import closing
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from rich.table import Table

from repo_store.archive import Archive
from service.app import create_app
from service.config import Settings
from service.wiring import now
from tests import worst
from tests.bench.timing import milliseconds, ratio
from tests.bench.writers import scratch
from tests.long_story import LONG, fill_long
from tests.nginx import UNLIMITED, nginx
from tests.samples import ticking
from tests.servers import serving

VERSIONS = (300, 3_000)
CALLS = 15
SECONDS = 3
ROUNDS = 5


def cold() -> Table:
    """Each call is of other versions, with texts read anew that the list has not read."""
    title = "A view of a long story, nothing cached: CPU in process, and the page as sent (gzip)"
    table = Table(title=title, title_justify="left")
    for column in ("versions", "page", "CPU", "to a constant of its size", "sent"):
        table.add_column(column, justify="left" if column == "page" else "right")
    with scratch() as folder, worst.as_the_server():
        for versions in VERSIONS:
            path = folder / str(versions)
            with closing(Archive.open(path, now, create=True)) as archive:
                fill_long(archive, versions)
            client = create_app(Settings(path, cache=0), ticking()).test_client()
            client.get(f"/stories/{LONG}/diff/1..2")  # compiles the templates
            for name, pages in _pages(versions).items():
                spent = [_cpu(client, f"/stories/{LONG}/{page}") for page in pages]
                data = client.get(f"/stories/{LONG}/{pages[0]}").data
                constant = _constant(data)
                cost, floor = (
                    statistics.median(each)
                    for each in (spent, [_cpu(constant, "/") for _ in range(CALLS)])
                )
                sent = f"{len(gzip.compress(data, 6)) / 1_000:.1f} KB"
                table.add_row(f"{versions:,}", name, milliseconds(cost), ratio(cost, floor), sent)
    return table


def _pages(versions: int) -> dict[str, list[str]]:
    newest = range(versions, versions - CALLS, -1)
    return {
        "the newest differences": [f"diff/{at - 1}..{at}" for at in newest],
        "History": ["history"] * CALLS,
        "versions": [f"versions/{at // 2}" for at in newest],
        "plays": [f"play/{at}" for at in newest],
        "of the whole story": [f"diff/{versions - at + 1}..{at}" for at in newest],
    }


def _constant(data: bytes) -> FlaskClient:
    bare = Flask("bare")
    bare.add_url_rule("/", view_func=lambda: data)
    return bare.test_client()


def static() -> Table:
    """CPU of all processes of each, a request, under the same load from `wrk`, in turn."""
    title = "CPU of one request for an answer that is ready (gzip)"
    table = Table(title=title, title_justify="left")
    for column in ("page", "the server", "nginx, its cache", "nginx, a file", "server to file"):
        table.add_column(column, justify="left" if column == "page" else "right")
    with scratch() as folder:
        with closing(Archive.open(folder / "archive", now, create=True)) as archive:
            fill_long(archive, 300)
        files, plain = folder / "static", folder / "plain"
        plain.mkdir()
        with (
            serving(
                *("serve", "--archive", folder / "archive"),
                STORY_HISTORY_URL="https://history.example.org",
                STORY_HISTORY_STATIC=str(files),
                STORY_HISTORY_ACCESS_LOG="0",
            ) as server,
            nginx(
                *(folder, server.port, folder / "cache", None, UNLIMITED),
                static=files / "answers",
            ) as front,
            nginx(plain, server.port, plain / "cache", None, UNLIMITED) as cached,
        ):
            for page in ("history", "diff/299..300", "history.atom"):
                address = f"stories/{LONG}/{page}"
                ways = (
                    (server.url, server.process.pid),
                    (cached, int((plain / "pid").read_text())),
                    (front, int((folder / "pid").read_text())),
                )
                for url, _ in ways:
                    _wrk(url + address, 1)
                rounds = [
                    [_each(url + address, process) for url, process in ways] for _ in range(ROUNDS)
                ]
                costs = [statistics.median(each) for each in zip(*rounds, strict=True)]
                shown = (f"{cost * 1e6:.0f} µs" for cost in costs)
                table.add_row(page, *shown, ratio(costs[0], costs[2]))
    return table


def _cpu(client: FlaskClient, page: str) -> float:
    start = time.process_time()
    client.get(page)
    return time.process_time() - start


def _each(url: str, process: int) -> float:
    """Seconds of CPU that a server takes for a request: all of its processes."""
    before = _spent(process)
    done = _wrk(url, SECONDS)
    return (_spent(process) - before) / done


def _spent(process: int) -> float:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    # The clock of another process, as clock_getcpuclockid(3) makes its number.
    each = (process, *map(int, children))
    return sum(time.clock_gettime(~number << 3 | 2) for number in each)


def _wrk(url: str, seconds: int) -> int:
    """How many requests were answered; AssertionError if any answer was an error."""
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "-H", "Accept-Encoding: gzip", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in done, done
    [count] = [line.split()[0] for line in done.splitlines() if " requests in " in line]
    return int(count)
