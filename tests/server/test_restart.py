"""Restarting the real server under load, on a socket that outlives it as one of systemd's does."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from repo_store.archive import Archive
from tests.samples import append, content, entry, ticking
from tests.servers import PROGRAM

DOCS = Path(__file__).parents[2] / "docs"
# Becomes the server with the socket as descriptor 3, as sd_listen_fds(3) describes it.
_ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.fixture
def filled(archive_path: Path) -> Path:
    with closing(Archive.open(archive_path, ticking(), create=True)) as archive:
        append(archive, entry(content(title="First")))
    return archive_path


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield listener


@contextmanager
def _activated(listener: socket.socket, archive: Path) -> Iterator[subprocess.Popen[str]]:
    fd, port = listener.fileno(), listener.getsockname()[1]
    command = [sys.executable, "-c", _ACTIVATE, str(fd), str(PROGRAM), "serve", "--port", str(port)]
    environ = {**os.environ, "STORY_HISTORY_ARCHIVE": str(archive)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, pass_fds=[fd], env=environ
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line == f"Serving on http://127.0.0.1:{port}/\n"
            yield process
        finally:
            process.terminate()
            assert process.wait(40) == 0


class Readers:
    """Who ask without a pause, some on a connection each, some on one for all their requests."""

    def __init__(self, port: int) -> None:
        self.answered = 0
        self.failed: list[str] = []
        self._port, self._stop, self._lock = port, threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._read, args=(n % 2 == 0,)) for n in range(4)]

    def _read(self, keep: bool) -> None:
        client = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stop.is_set():
            try:
                client.request("GET", "/stories/library")
                answer = client.getresponse()
                answer.read()
                assert answer.status == 200
            except (OSError, http.client.HTTPException, AssertionError) as error:
                with self._lock:
                    self.failed.append(repr(error))
            with self._lock:
                self.answered += 1
            if not keep:
                client.close()
            time.sleep(0.01)
        client.close()

    def wait(self, more: int) -> None:
        wanted, deadline = self.answered + more, time.monotonic() + 60
        while self.answered < wanted and time.monotonic() < deadline:
            time.sleep(0.05)

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(90)


def test_a_restart_and_a_renewal_lose_no_request(listening: socket.socket, filled: Path) -> None:
    with Readers(listening.getsockname()[1]) as readers:
        with _activated(listening, filled):
            readers.wait(50)
        with _activated(listening, filled) as server:
            readers.wait(50)
            workers = _children(server.pid)
            server.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 60
            while _children(server.pid) & workers and time.monotonic() < deadline:
                readers.wait(10)
            assert not _children(server.pid) & workers, "all processes are new"
            readers.wait(50)
            readers.__exit__()
    assert readers.failed == []
    assert readers.answered > 150


def _children(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return {int(child) for child in tasks.split()}


UNITS = [*(DOCS / "systemd").glob("story-history*.service")]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_each_unit_is_confined(unit: Path) -> None:
    """Exposure as `systemd-analyze security` reckons it: from 0, nothing, to 10, everything."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing: `make test` installs it"
    command = [program, "security", "--offline=true", "--no-pager", str(unit)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    [exposure] = re.findall(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert float(exposure) < 2


def test_the_proxy_forwards_to_the_socket() -> None:
    unit = (DOCS / "systemd" / "story-history.socket").read_text()
    [address] = re.findall(r"^ListenStream=(.*)$", unit, re.M)
    assert f"server {address};" in (DOCS / "nginx.conf").read_text()
