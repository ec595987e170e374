"""Rate limits: what is counted, for whom, and over all processes."""

import os
import tracemalloc
from pathlib import Path

import pytest

from service.app import create_app
from service.config import Settings
from service.web.http.rate_limits import network
from service.web.http.shared_counts import WINDOW, SharedCounts
from tests.samples import ticking


class Seconds:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def test_the_wait_is_what_is_left_of_the_minute(clock: Seconds) -> None:
    counts = SharedCounts(clock)
    counts.add("one")
    clock.now += 20
    counts.add("one")
    assert counts.wait("one", 3) == 0
    assert counts.wait("one", 2) == WINDOW - 20
    assert counts.wait("other", 1) == 0
    clock.now += WINDOW - 20
    assert counts.wait("one", 1) == 0


def test_processes_count_together(clock: Seconds) -> None:
    counts = SharedCounts(clock)
    children = []
    for _ in range(4):
        if (child := os.fork()) == 0:
            for _ in range(500):
                counts.add("one")
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert counts.wait("one", 2_000) > 0
    assert counts.wait("one", 2_001) == 0, "each was counted once"


def test_no_number_of_clients_takes_more_memory(clock: Seconds) -> None:
    counts = SharedCounts(clock)
    for _ in range(100):
        counts.add("busy")
    tracemalloc.start()
    for number in range(20_000):
        counts.add(f"2001:db8::{number}")
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 100_000
    assert counts.wait("busy", 100) > 0, "whoever does most is not forgotten"


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_a_household_is_one_client(address: str, client: str) -> None:
    assert network(address) == client


def test_readings_are_limited_where_an_answer_is_made(archive_path: Path) -> None:
    client = create_app(Settings(archive_path, reads_per_minute=3), ticking()).test_client()
    statuses = [client.get(f"/stories/none-{number}").status_code for number in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
    refused = client.get("/")
    assert 50 <= int(refused.headers["Retry-After"]) <= WINDOW
    assert f"{refused.headers['Retry-After']} seconds" in refused.text
    assert client.get("/healthz").status_code == 200
    other = client.get("/", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200


def test_what_is_cached_is_not_counted(archive_path: Path) -> None:
    client = create_app(Settings(archive_path, reads_per_minute=1), ticking()).test_client()
    assert [client.get("/").status_code for _ in range(5)] == [200] * 5
    assert client.get("/stories/none").status_code == 429


def test_a_limit_can_be_turned_off(archive_path: Path) -> None:
    settings = Settings(archive_path, reads_per_minute=0, sign_ins_per_minute=0)
    client = create_app(settings, ticking()).test_client()
    assert {client.get("/stories/none").status_code for _ in range(20)} == {404}
    assert {client.post("/desk/sign-in").status_code for _ in range(20)} == {403}
