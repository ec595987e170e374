"""`log witness …`, and the server that has its public log cosigned."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.audit.witnesses.notes import Note, VerifierKey
from service.audit.witnesses.policies import Policy
from tests.audit.test_notes import vkey
from tests.audit.witness_processes import WitnessProcesses
from tests.cli.conftest import Run
from tests.servers import get, serving

KEY = vkey("w.example/1", 4, b"k" * 32)


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[WitnessProcesses]:
    with WitnessProcesses.started(tmp_path) as started:
        yield started


@pytest.mark.usefixtures("library")
def test_a_witness_cosigns_what_the_server_publishes(
    run: Run, archive_path: Path, witnesses: WitnessProcesses
) -> None:
    run("log", "witness", "ask")  # makes the checkpoint, which the server would do within seconds
    log = run("log", "witness", "policy").stdout.split()[1]
    witness = witnesses.start(log)
    added = run("log", "witness", "add", witness.url, "--key", str(witness.key), "--allow-private")
    assert added.stdout.splitlines()[1] == log
    policy = Policy.parse(run("log", "witness", "policy").stdout.encode())
    with serving("serve", "--archive", archive_path) as server:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            status, text = get(f"{server.url}log/checkpoint")
            if status == 200 and witness.key.verify(Note.parse(text.encode())):
                break
            time.sleep(0.1)
    verdict = policy.accepts(Note.parse(text.encode()))
    assert verdict.accepted, verdict.fault
    [listed] = run("log", "witness", "list", "--json").json
    size = Note.parse(text.encode()).checkpoint().size
    assert (listed["seen"], listed["failures"]) == (size, 0)


@pytest.mark.usefixtures("library")
def test_witnesses_are_listed_asked_and_removed(run: Run) -> None:
    add = ("log", "witness", "add", "http://127.0.0.1:9", "--key", KEY)
    refused = run(*add)
    assert refused.returncode == 2
    assert "private network" in refused.stderr
    assert run(*add, "--allow-private").returncode == 0
    assert run("log", "witness", "list").stdout == (
        "w.example/1  http://127.0.0.1:9  (has not cosigned yet)\n"
    )
    assert run("log", "witness", "ask").stdout == "0 cosigned\n"
    assert "failed 1 times since" in run("log", "witness", "list").stdout
    assert "the connection was refused" in run("log", "witness", "list").stdout
    assert run("log", "witness", "ask").stdout == "0 cosigned\n"
    assert "failed 2 times since" in run("log", "witness", "list").stdout, "whatever the pause"
    assert run("log", "witness", "remove", "w.example/2").returncode == 2
    assert run("log", "witness", "remove", "w.example/1").stdout == "w.example/1: removed\n"
    assert run("log", "witness", "list", "--json").json == []


@pytest.mark.usefixtures("library")
def test_a_policy_names_the_log_its_witnesses_and_how_many_are_needed(run: Run) -> None:
    bare = Policy.parse(run("log", "witness", "policy").stdout.encode())
    assert (len(bare.logs), bare.quorum) == (1, "none")
    for number in (1, 2, 3):
        key = vkey(f"w.example/{number}", 4, bytes([number]) * 32)
        assert run("log", "witness", "add", "https://9.9.9.9", "--key", key).returncode == 0
    for options, needed in (((), 2), (("--quorum", "3"), 3)):
        made = Policy.parse(run("log", "witness", "policy", *options).stdout.encode())
        assert [each.threshold for each in made.groups] == [needed]
        assert [each.key.name for each in made.witnesses] == [f"w.example/{n}" for n in (1, 2, 3)]
    assert run("log", "witness", "policy", "--quorum", "4").returncode == 2


@pytest.mark.usefixtures("library")
def test_witnesses_are_in_a_backup(run: Run, tmp_path: Path) -> None:
    run("log", "witness", "add", "https://9.9.9.9", "--key", KEY)
    assert run("backup", tmp_path / "disk").returncode == 0
    elsewhere = {"STORY_HISTORY_ARCHIVE": str(tmp_path / "elsewhere")}
    assert run("restore", tmp_path / "disk", environ=elsewhere).returncode == 0
    [found] = run("log", "witness", "list", "--json", environ=elsewhere).json
    assert VerifierKey.parse(found["key"]) == VerifierKey.parse(KEY)
    run("log", "witness", "remove", "w.example/1")
    (tmp_path / "archive" / "witnesses.json").unlink()
    assert run("backup", tmp_path / "disk").returncode == 0
    assert not (tmp_path / "disk" / "witnesses.json").exists()
