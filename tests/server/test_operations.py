"""The real server: health, metrics, logs, and that stopping it loses nothing."""

import json
import re
import signal
import socket
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.error import URLError

import pytest

from repo_store.archive import Archive
from service.wiring import now
from tests.samples import append, content, entry, new_token, story
from tests.servers import Server, free_port, get, post, serving


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def filled(archive_path: Path, archive: Archive) -> Path:
    append(archive, entry(content(title="First")))
    return archive_path


def test_health_and_readiness(filled: Path) -> None:
    # One worker, which has cached the text before it is gone.
    with serving("serve", "--archive", filled, STORY_HISTORY_WORKERS="1") as server:
        assert get(f"{server.url}healthz") == (200, "alive\n")
        assert get(f"{server.url}readyz") == (200, "ready\n")
        (filled / "stories.git").rename(filled / "away.git")
        assert get(f"{server.url}healthz")[0] == 200
        status, text = get(f"{server.url}readyz")
        (filled / "away.git").rename(filled / "stories.git")
        assert status >= 500
        assert "Traceback" not in text
        assert get(f"{server.url}readyz") == (200, "ready\n")


def test_metrics_are_served_on_their_own_address(filled: Path) -> None:
    port = free_port()
    with serving(
        "serve",
        "--archive",
        filled,
        STORY_HISTORY_METRICS=f"127.0.0.1:{port}",
    ) as server:
        for _ in range(6):
            assert get(f"{server.url}stories/library")[0] == 200
        assert get(f"{server.url}stories/nothing")[0] == 404
        assert get(f"{server.url}metrics")[0] == 404, "not on the public side"
        text = get(f"http://127.0.0.1:{port}/metrics")[1]
    counted = [
        (dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value))
        for labels, value in re.findall(
            r"^story_history_requests_total\{(.*)\} ([\d.]+)$", text, re.M
        )
    ]
    story_page = [
        (labels["status"], value)
        for labels, value in counted
        if labels["route"] == "/stories/<story>"
    ]
    assert sum(value for status, value in story_page if status == "200") == 6, "of all processes"
    assert ("404", 1.0) in story_page
    assert 'story_history_request_seconds_bucket{le="0.005",route="/stories/<story>"}' in text
    assert "library" not in text, "routes are counted, not addresses"
    with pytest.raises(URLError):
        get(f"http://127.0.0.1:{port}/metrics")


def test_its_logs_are_json_lines(filled: Path, logs: Path) -> None:
    with serving("serve", "--archive", filled, logs=logs) as server:
        get(
            f"{server.url}stories/library?secret=hidden", Authorization="Bearer not-a-token-of-ours"
        )
        get(f"{server.url}api/v1/stories/library", Authorization="Bearer not-a-token-of-ours")
        assert server.stop() == 0
        lines = [json.loads(line) for line in logs.read_text().splitlines()]
    seen = [(line["path"], line["status"]) for line in lines if line["message"] == "request"]
    assert seen == [
        *(("/stories/library", status) for status in (308, 200)),
        ("/api/v1/stories/library", 401),
    ]
    assert all(re.fullmatch(r"[0-9a-f]{16}", line["request"]) for line in lines)
    assert "not-a-token" not in logs.read_text()
    assert "hidden" not in logs.read_text()


def test_the_access_log_can_be_turned_off(filled: Path, logs: Path) -> None:
    with serving("serve", "--archive", filled, logs=logs, STORY_HISTORY_ACCESS_LOG="0") as server:
        get(server.url)
        assert server.stop() == 0
        assert logs.read_text() == ""


def test_stopping_finishes_accepted_requests(filled: Path) -> None:
    """Even a request whose body is still arriving when the server is told to stop."""
    token = new_token(filled)
    body = json.dumps(
        {"content": story(title="Sent while stopping"), "state": "published", "base_version": None}
    ).encode()
    with serving("serve", "--archive", filled) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sending:
            head = (
                "POST /api/v1/stories/stopping/revisions HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            sending.sendall(head.encode() + body[:20])
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            sending.sendall(body[20:])
            answer = sending.recv(65_536).decode()
        assert answer.startswith("HTTP/1.1 201 "), answer
        assert server.process.wait(40) == 0
    with closing(Archive.open(filled, now)) as archive:
        assert archive.index.story("stopping")


def test_no_acknowledged_write_is_lost_when_it_stops_under_load(filled: Path) -> None:
    token = new_token(filled)
    acknowledged: list[str] = []

    def write(server: Server, name: str) -> None:
        for number in range(1_000):
            named = f"{name}-{number}"
            body = {"content": story(), "state": "published", "base_version": None}
            url = f"{server.url}api/v1/stories/{named}/revisions"
            try:
                if post(url, token, body)[0] != 201:
                    return
            except OSError:
                return  # it has stopped
            acknowledged.append(named)

    with serving("serve", "--archive", filled) as server:
        writers = [threading.Thread(target=write, args=(server, f"w{n}")) for n in range(4)]
        for each in writers:
            each.start()
        deadline = time.monotonic() + 60
        while len(acknowledged) <= 20 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert server.stop() == 0
        for each in writers:
            each.join(60)
    assert len(acknowledged) > 20
    with closing(Archive.open(filled, now)) as archive:
        assert [name for name in acknowledged if not archive.index.story(name)] == []
        assert not archive.verify().findings
