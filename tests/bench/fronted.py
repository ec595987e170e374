"""What nginx, as docs/nginx.conf has it, takes off the server."""

import json
import re
import subprocess
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from rich.table import Table

from tests.bench.servers import ours
from tests.bench.writers import scratch
from tests.chance import seeded
from tests.nginx import UNLIMITED, nginx
from tests.servers import free_port

SECONDS = 30
STORIES = 200


def _paths(story: str) -> list[str]:
    """What readers ask for: few stories often, most of them their pages; `story` most of all."""
    chance = seeded(7)
    stories = [story, *(f"story-{number}" for number in range(STORIES - 1))]
    weights = [1 / (rank + 1) for rank in range(STORIES)]
    pages = ["", "/history", "/versions/1", "/history.atom"]
    parts = zip(
        chance.choices(stories, weights, k=5_000),
        chance.choices(pages, [60, 25, 10, 5], k=5_000),
        strict=True,
    )
    return [f"/stories/{name}{page}" for name, page in parts]


def taken_off(archive_path: Path, story: str) -> tuple[int, int]:
    """(requests that readers sent, those of them that reached the server)."""
    port = free_port()
    metrics = f"127.0.0.1:{port}"
    with (
        scratch() as folder,
        ours(archive_path, STORY_HISTORY_METRICS=metrics, STORY_HISTORY_PROXIES="1") as server,
        nginx(folder, urlsplit(server).port or 0, folder / "cache", others=UNLIMITED) as url,
    ):
        script = folder / "readers.lua"
        paths = ",".join(json.dumps(path) for path in _paths(story))
        script.write_text(
            f"local paths = {{{paths}}}\n"
            "request = function() return wrk.format('GET', paths[math.random(#paths)]) end\n"
        )
        command: list[str | Path] = ["wrk", "-t1", "-c32", f"-d{SECONDS}s", "-s", script, url]
        before = _counted(metrics)
        done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        reached = _counted(metrics) - before
    sent = re.search(r"(\d+) requests in", done)
    assert sent, done
    assert "Non-2xx" not in done, done
    return int(sent[1]), reached


def _counted(address: str) -> int:
    with urllib.request.urlopen(f"http://{address}/metrics") as answer:
        text = answer.read().decode()
    return int(
        sum(map(float, re.findall(r"^story_history_requests_total\{.*\} (.+)$", text, re.M)))
    )


def table(sent: int, reached: int) -> Table:
    title = f"nginx in front for {SECONDS} s: {STORIES} stories, one written 20 times a second"
    shown = Table(title=title, title_justify="left")
    for column in ("readers' requests", "a second", "reached the server", "taken off"):
        shown.add_column(column, justify="right")
    share = 1 - reached / sent
    shown.add_row(f"{sent:,}", f"{sent / SECONDS:,.0f}", f"{reached:,}", f"{share:.2%}")
    return shown
