"""The public log and its witnesses as programs that others wrote see them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.audit.witnesses.client import Address, NotCosigned, cosignature
from service.audit.witnesses.notes import Note, VerifierKey
from tests.audit.watched_site import WatchedSite
from tests.audit.written_log import ORIGIN, WrittenLog
from tests.samples import append, content, entry

OTHERS = Path(__file__).parents[2] / ".venv" / "witness"
"""Where `make test` installs them."""
ENVIRON = {**os.environ, "PYTHONPATH": str(OTHERS)}


def other(program: str, *arguments: str, cwd: Path) -> str:
    """What it prints. It must end well."""
    command = [sys.executable, "-m", program, *arguments]
    return subprocess.run(
        command, env=ENVIRON, cwd=cwd, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Callable[[WrittenLog], Address]]:
    """Starts the other witness for a log."""
    running: list[subprocess.Popen[str]] = []

    def start(log: WrittenLog) -> Address:
        made = other("aics_witness", "init", "--name", "witness.example/other", cwd=tmp_path)
        found = re.search(r"witness\.example/other\+\S+", made)
        assert found
        add = ("--origin", ORIGIN, "--vkey", log.vkey)
        other("aics_witness", "add-log", *add, cwd=tmp_path)
        config = tmp_path / "witness.json"
        values = json.loads(config.read_text())
        values["witness"]["listen"] = "127.0.0.1:0"
        config.write_text(json.dumps(values))
        command = [sys.executable, "-m", "aics_witness", "serve"]
        process = subprocess.Popen(
            command, env=ENVIRON, cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stderr
        for line in process.stderr:
            if listens := re.search(r"listening on (http://127\.0\.0\.1:\d+)", line):
                return Address(listens[1], VerifierKey.parse(found[0]), private=True)
        raise AssertionError("it did not start")

    yield start
    for each in running:
        each.terminate()
        each.communicate()


def ask(witness: Address, log: WrittenLog, seen: int, size: int | None = None) -> Note:
    note = Note.parse(log.checkpoint(size).encode())
    return note.signed_also(cosignature(witness, note, log.consistency, seen).signatures)


def test_another_witness_cosigns_what_extends_and_nothing_else(
    witness: Callable[[WrittenLog], Address],
) -> None:
    log = WrittenLog()
    log.entries = [f"leaf {number}".encode() for number in range(700)]
    address = witness(log)
    for seen, size in ((0, 5), (0, 300), (300, 700)):
        assert address.key.verify(ask(address, log, seen, size)), size
    with pytest.raises(NotCosigned, match="seen 700 leaves of this log, which has 600"):
        ask(address, log, 0, 600)
    log.entries[1] = b"rewritten"
    log.entries.append(b"more")
    with pytest.raises(NotCosigned, match="seen another log"):
        ask(address, log, 700)


def test_another_reader_verifies_the_public_log(tmp_path: Path) -> None:
    with WatchedSite.started(tmp_path) as site:
        stories = [(f"T{number}", f"story-{number % 7}") for number in range(300)]
        append(site.services.archive, *(entry(content(title=t), story) for t, story in stories))
        site.sign()
        options = ("--tiles", f"{site.url}/log/", "--log-key", site.vkey)
        for index in (0, 255, 256):
            proven = ("verify-inclusion", *options, "--index", str(index), "--entry-out", "leaf")
            assert json.loads(other("aics_tlog", *proven, cwd=tmp_path))["ok"], index
            assert (tmp_path / "leaf").read_bytes() == site.leaves()[index]
        old = site.get("/log/checkpoint")[1]
        (tmp_path / "old").write_bytes(old)
        site.publish(title="More")
        site.sign()
        extends = other(
            "aics_tlog", "verify-consistency", *options, "--old-checkpoint", "old", cwd=tmp_path
        )
        assert json.loads(extends)["ok"]
