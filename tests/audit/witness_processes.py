"""Witnesses as processes, for tests of both sides."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.audit.witnesses.client import Address
from service.audit.witnesses.notes import VerifierKey

PROGRAM = Path(__file__).with_name("witness_process.py")


class WitnessProcesses:
    """`folder`: where each keeps its key and what it has seen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[str]] = {}

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator["WitnessProcesses"]:
        made = cls(folder)
        try:
            yield made
        finally:
            for each in made._running.values():
                _kill(each)

    def start(self, *vkeys: str, name: str = "witness.example/w1") -> Address:
        """One of the logs with these keys. If it runs already, it is killed, and goes on with what
        it has seen.
        """
        folder = self._folder / name.replace("/", "-")
        folder.mkdir(exist_ok=True)
        if name in self._running:
            _kill(self._running[name])
        command = [sys.executable, str(PROGRAM), str(folder), name, *vkeys]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._running[name] = process
        assert process.stdout
        key, port = process.stdout.readline().split()
        return Address(f"http://127.0.0.1:{port}", VerifierKey.parse(key), private=True)


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    with process:
        pass
