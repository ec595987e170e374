"""Processes that run beside the play, and the archive's server, which can be killed."""

import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers import PROGRAM, free_port, wait_for

PATIENCE = 120.0
"""Seconds that anything may take."""


@contextmanager
def running(
    command: Sequence[str], log: Path, environ: Mapping[str, str], cwd: Path | None = None
) -> Iterator[None]:
    """A process that is stopped at the end, with its children; `log`: the file for its output."""
    with open(log, "a") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=environ, cwd=cwd, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(40)


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Raises TimeoutError if it is not done within `PATIENCE` seconds."""
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.2)


class ArchiveServer:
    """`story-history serve` for an archive, at one address however often it is killed."""

    def __init__(self, archive: Path) -> None:
        self._archive, self._port = archive, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.kills = 0

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        with open(self._archive.with_name("story-history.log"), "a") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "--archive", self._archive, "serve", "--port", str(self._port)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(f"{self.url}/readyz")

    def kill(self) -> None:
        """With its workers: none of them finishes what it does."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            self.kills += 1

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(40)


class Line:
    """The line between a site and the server, on which the server can be killed while it answers:
    the next POST after `cut` is passed on, and the server dies within some milliseconds.
    """

    def __init__(self, server: ArchiveServer, chance: random.Random) -> None:
        self._server, self._chance = server, chance
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._to_cut = False
        self.was_cut = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.was_cut.clear()
        self._to_cut = True

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        port = int(self._server.url.rpartition(":")[2])
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as server:
            threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()
            while part := client.recv(1 << 20):
                server.sendall(part)
                if self._to_cut and part.startswith(b"POST"):
                    self._to_cut = False
                    threading.Thread(target=self._kill, daemon=True).start()

    def _kill(self) -> None:
        time.sleep(self._chance.uniform(0, 0.03))
        self._server.kill()
        self.was_cut.set()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(1 << 20):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
