"""What the server tells Prometheus, and what the alert rules and the dashboard make of it."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.history.records import State
from repo_store.last_runs import Run
from service.accounts.database import Database
from service.monitor import memory
from service.webhooks.subscriptions import Webhooks
from service.wiring import now
from tests.samples import append, content, entry
from tests.servers import free_port, get, serving

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "docs" / "monitoring"
# Prometheus adds these to the names of counters and histograms.
_SUFFIXES = re.compile(r"_(total|bucket|count|sum|created)$")


def _value(text: str, name: str) -> float:
    """The value of a metric; all of its labels are written as they are printed."""
    [value] = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.M)
    return float(value)


def _names(text: str) -> set[str]:
    return {_SUFFIXES.sub("", name) for name in re.findall(r"story_history_\w+", text)}


def _until(read: Callable[[], str], found: Callable[[str], bool]) -> str:
    end = time.monotonic() + 30
    while not found(text := read()):
        assert time.monotonic() < end, text
        time.sleep(0.2)
    return text


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What Prometheus reads of a server in use."""
    path = tmp_path_factory.mktemp("monitored") / "archive"
    archive = Archive.open(path, now, create=True)
    append(archive, entry(content(title="First")))
    append(archive, entry(content(title="A draft"), state=State.DRAFT, base_version=1))
    append(archive, entry(content(), "other", state=State.DRAFT))
    archive.note_run(Run.VERIFY)
    archive.close()
    Webhooks(Database(path)).add("https://receiver.example/", (), now())
    port = free_port()
    metrics = f"http://127.0.0.1:{port}/metrics"
    with serving("serve", "--archive", path, STORY_HISTORY_METRICS=f"127.0.0.1:{port}") as server:
        get(server.url)
        api = f"{server.url}api/v1/stories/library/revisions"
        assert get(api, Authorization="Bearer guessed")[0] == 401
        return _until(lambda: get(metrics)[1], lambda text: "history_memory_bytes " in text)


def test_it_measures_the_archive_and_the_server(scraped: str) -> None:
    def value(name: str) -> float:
        return _value(scraped, f"story_history_{name}")

    assert (value("ready"), value("writable")) == (1, 1)
    assert value("drafts_waiting") == 2
    assert value("oldest_draft_age_seconds") > 3600, "both are from May 2026"
    assert value("index_lag_stories") == 0
    assert 0 < value("disk_free_bytes") < value("disk_size_bytes")
    assert value("memory_bytes") > 20e6
    assert time.time() - value('last_run_timestamp_seconds{run="verify"}') < 600
    assert value('last_run_timestamp_seconds{run="backup"}') == 0, "never"
    assert value("webhook_deliveries_waiting") == value("webhooks_suspended") == 0
    assert (value("witnesses_failing"), value("witness_conflicts")) == (0, 0)
    assert value('refused_total{what="token"}') == 1
    assert value('refused_total{what="sign-in"}') == 0, "told before there is one"


def test_memory_is_that_of_a_process_and_its_descendants() -> None:
    child = subprocess.Popen(["sh", "-c", "sleep 60 & wait"])
    try:
        assert memory(child.pid) > 50_000
    finally:
        subprocess.run(["pkill", "-P", str(child.pid)], check=False)
        child.kill()
        child.wait()


def test_every_metric_is_documented(scraped: str) -> None:
    exposed = {
        name for name in re.findall(r"^# TYPE (\S+)", scraped, re.M) if name.startswith("story_")
    }
    section = (ROOT / "docs" / "deploy.md").read_text().partition("## Watching")[2]
    table = section.partition("## ")[0]
    assert {_SUFFIXES.sub("", name) for name in exposed} == _names(table)


def test_prometheus_finds_nothing_to_improve_in_the_metrics(scraped: str) -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=scraped, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_alerts_fire_when_they_should_and_only_then() -> None:
    for command in (
        ["promtool", "check", "rules", str(MONITORING / "alerts.yml")],
        ["promtool", "test", "rules", str(Path(__file__).with_name("alerts.yml"))],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["alerts.yml", "dashboard.json"])
def test_what_is_watched_is_there(scraped: str, name: str) -> None:
    assert _names((MONITORING / name).read_text()) <= _names(scraped)


def test_the_dashboard_shows_every_metric_of_the_archive(scraped: str) -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    shown = _names(" ".join(each["expr"] for p in dashboard["panels"] for each in p["targets"]))
    assert shown == _names(scraped)
    places = [tuple(panel["gridPos"][side] for side in "xy") for panel in dashboard["panels"]]
    assert len(set(places)) == len(places), "no two panels are in one place"
