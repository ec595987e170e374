"""The real server in a process of its own, and what talks to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

PROGRAM = Path(sys.executable).with_name("story-history")


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def stop(self) -> int:
        """Its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


@contextmanager
def serving(
    *arguments: str | Path, cwd: Path | None = None, logs: Path | None = None, **environ: str
) -> Iterator[Server]:
    """`story-history` with these arguments, `serve` or `demo` first, on a free port.

    Stops it at the end, unless the test did. `logs`: the file for what it writes to stderr.
    """
    with (
        open(logs or os.devnull, "w") as errors,
        subprocess.Popen(
            [PROGRAM, *arguments, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=errors if logs else None,
            text=True,
            cwd=cwd,
            env={**os.environ, "STORY_HISTORY_ARCHIVE": "", **environ},
        ) as process,
    ):
        assert process.stdout
        line = process.stdout.readline()
        try:
            assert line.startswith("Serving on http://127.0.0.1:"), line
            yield Server(line.split()[-1], process)
        finally:
            if process.poll() is None:
                process.terminate()
            code = process.wait(40)
    assert code == 0


def get(url: str, **headers: str) -> tuple[int, str]:
    """The status and the text of the answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def post(url: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of the answer. OSError if there is none."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


class Raw(NamedTuple):
    """`body`: as it was sent, compressed or not."""

    status: int
    body: bytes
    location: str
    etag: str


def ask(url: str, target: str, **headers: str) -> Raw:
    """The answer of the server at `url` to exactly this target."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    with closing(connection):
        connection.putrequest("GET", target, "Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with connection.getresponse() as answer:
            known = (answer.headers.get(name, "") for name in ("Location", "ETag"))
            return Raw(answer.status, answer.read(), *known)


class Page(NamedTuple):
    status: int
    body: str
    location: str


def send_form(url: str, fields: dict[str, str], headers: dict[str, str]) -> tuple[Page, str]:
    """The answer, and the cookie that it sets; without fields, GET."""
    parts = urlsplit(url)
    body = urlencode(fields) if fields else None
    form = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
    with closing(HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("POST" if fields else "GET", parts.path, body, {**headers, **form})
        with connection.getresponse() as answer:
            cookie = answer.getheader("Set-Cookie", "")
            page = Page(answer.status, answer.read().decode(), answer.getheader("Location", ""))
    return page, cookie.partition(";")[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    """Raises TimeoutError if there is no answer within some seconds."""
    for _ in range(200):
        try:
            urllib.request.urlopen(url).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)
