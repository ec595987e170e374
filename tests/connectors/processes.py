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
        self.path, self._port = archive, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.kills = 0

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        with open(self.path.with_name("story-history.log"), "a") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "--archive", self.path, "serve", "--port", str(self._port)],
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
    """The line between a site and the server, on which the server dies when `cut`: within some
    milliseconds of the next POST, or when it answers that, and the answer is lost.
    """

    def __init__(self, server: ArchiveServer, chance: random.Random) -> None:
        self._server, self._chance = server, chance
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._to_cut = False
        self._was_cut = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lost = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._was_cut.clear()
        self._to_cut = True

    def wait(self) -> None:
        """Until it was cut. Raises TimeoutError."""
        if not self._was_cut.wait(PATIENCE):
            raise TimeoutError("nothing was sent")

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
            loses = threading.Event()
            threading.Thread(target=self._answer, args=(server, client, loses), daemon=True).start()
            while part := client.recv(1 << 20):
                if self._to_cut and part.startswith(b"POST"):
                    self._to_cut = False
                    if self._chance.random() < 0.5:
                        loses.set()
                    else:
                        threading.Timer(self._chance.uniform(0, 0.2), self._kill).start()
                server.sendall(part)

    def _answer(self, server: socket.socket, client: socket.socket, loses: threading.Event) -> None:
        with suppress(OSError):
            while part := server.recv(1 << 20):
                if loses.is_set():
                    self.lost += 1
                    self._kill()
                    break
                client.sendall(part)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _kill(self) -> None:
        self._server.kill()
        self._was_cut.set()
