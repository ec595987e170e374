"""`monitor`: what it prints and how it exits, without an archive."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.audit.test_monitor import leaf, with_heads
from tests.audit.watched_site import WatchedSite
from tests.cli.conftest import Run
from tests.servers import PROGRAM


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WatchedSite]:
    with WatchedSite.started(tmp_path / "publisher") as started:
        started.now = datetime.now(UTC)  # the command has the machine's clock
        started.publish()
        started.sign()
        yield started


def test_a_log_in_order_is_exit_code_0_and_one_line(site: WatchedSite, run: Run) -> None:
    done = run("monitor", site.url, "--key", site.vkey, "--state", "state", "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"{site.url}: the log of 3 leaves is signed, only grew, and says what is served\n"
    )


def test_a_rollback_is_exit_code_1_and_said(site: WatchedSite, run: Run) -> None:
    old = site.get("/log/checkpoint")[1]
    site.publish(title="Two")
    site.sign()
    options = ("--key", site.vkey, "--state", "state", "--once")
    assert run("monitor", site.url, *options).returncode == 0
    forged = old.replace(b"\n3\n", b"\n4\n")
    site.overrides["/log/checkpoint"] = forged
    done = run("monitor", site.url, *options)
    assert done.returncode == 1
    assert done.stderr.startswith("signature: the checkpoint of 4 leaves: the signature of")
    report = run("monitor", site.url, *options, "--json")
    assert report.returncode == 1
    assert [each["kind"] for each in report.json["faults"]] == ["signature"]
    assert report.json["size"] == 0


def test_a_site_that_does_not_answer_is_exit_code_3(site: WatchedSite, run: Run) -> None:
    site.overrides["/log/checkpoint"] = 500
    done = run("monitor", site.url, "--key", site.vkey, "--state", "state", "--once")
    assert done.returncode == 3
    assert done.stderr == "not all could be looked at: checkpoint: answered 500\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--key", "KEY", "--policy", "policy"), "give either --key or --policy"),
        ((), "give either --key or --policy"),
        (("--key", "x"), "key: x: a verifier key is"),
        (("--policy", "policy"), "policy: line 1: not a line of a policy"),
        (("--policy", "none"), "policy: it names no log"),
        (("--key", "KEY", "--webhook", "ftp://x"), "url: must be an http or https URL"),
        (("--key", "KEY", "--state", "other"), "state: other: it is of another site"),
        (("--key", "KEY", "--state", "bad"), "state: bad/monitor.db: file is not a database"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(
    site: WatchedSite, run: Run, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "policy").write_text("witness\n")
    (tmp_path / "none").write_text("quorum none\n")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "monitor.db").write_text("x" * 5_000)
    run("monitor", "http://127.0.0.1:9", "--key", site.vkey, "--state", "other", "--once")
    given = [site.vkey if each == "KEY" else each for each in options]
    done = run("monitor", site.url, "--state", "state", "--once", *given)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_it_can_be_killed_while_it_reads_a_log(site: WatchedSite, run: Run, tmp_path: Path) -> None:
    good = site.leaves()
    ties = [leaf(good[0], event="tie", log=None, replayed=None, tie=str(n)) for n in range(5_000)]
    site.forge(with_heads([*good[:-1], *ties], site.now))
    options = ["--key", site.vkey, "--state", str(tmp_path / "state")]
    command = [str(PROGRAM), "monitor", site.url, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while "/log/tile/entries/017" not in site.asked:
            time.sleep(0.001)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    done = run("monitor", site.url, *options, "--once")
    assert (done.returncode, done.stderr) == (0, "")


def test_it_goes_on_looking_and_says_what_changed(site: WatchedSite, tmp_path: Path) -> None:
    options = ["--key", site.vkey, "--state", str(tmp_path / "state"), "--every", "1", "--json"]
    with subprocess.Popen(
        [str(PROGRAM), "monitor", site.url, *options], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        first, second = (json.loads(process.stdout.readline()) for _ in range(2))
        process.terminate()
    assert first["size"] == second["size"] == 3
    assert first["at"] < second["at"]
