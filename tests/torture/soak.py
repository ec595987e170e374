"""Minutes of mixed load on the real server: readers, writers, exports, regular runs. Workers and
whole servers are killed during the first half; in the second, memory must stay level.

Nothing acknowledged may be lost, and no answer may be 5xx but a 503 that says when to come back.
"""

import json
import os
import random
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from repo_store.archive import Archive
from service.demo import fill
from service.monitor import memory
from service.usecases.publishing import Publishing
from service.wiring import now
from tests.chance import seeded
from tests.samples import new_token, story
from tests.servers import PROGRAM, Server, serving

_READERS, _WRITERS = 4, 3
_STORIES = [f"soak-{number}" for number in range(_WRITERS)]
_READ = (
    "/",
    "/?q=council",
    "/history.atom",
    "/stories/{story}",
    "/stories/{story}/history",
    "/stories/{story}/versions/{old}",
    "/stories/{story}/diff/{old}..{new}",
    "/stories/{story}/provenance",
    "/stories/{story}/history.atom",
    "/timemap/stories/{story}",
    "/api/v1/stories",
    "/api/v1/stories/{story}/diff/{old}..{new}",
    "/sitemap.xml",
    "/healthz",
    "/readyz",
    "/stories/nothing-here",
)
_RUNS = (["maintain"], ["verify"], ["log", "checkpoint", "--short"])
# Seconds between two kills of a worker, and between two kills of the whole server.
_WORKER_KILLS, _SERVER_KILLS = 3.0, 40.0
# How much the memory may grow after the kills.
_GROWTH = 1.25


@dataclass
class Counts:
    """`acknowledged`: by story, the titles in the order of their versions."""

    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: dict[str, list[str]] = field(default_factory=lambda: {s: [] for s in _STORIES})
    kills: int = 0
    refused: int = 0
    memory: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def run(seconds: float, seed: int, progress: Callable[[Counts], None] = lambda _: None) -> Counts:
    """Load a server for so long, then check what it kept."""
    with tempfile.TemporaryDirectory(prefix="story-history-soak-") as folder:
        path = Path(folder) / "archive"
        with closing(Archive.open(path, now, create=True)) as archive:
            fill(archive, Publishing(archive, now))
        soak = _Soak(path, new_token(path, now=now()), seeded(seed))
        soak.play(seconds, progress)
        soak.check()
        return soak.counts


class _Soak:
    def __init__(self, path: Path, token: str, chance: random.Random) -> None:
        self._path, self._chance = path, chance
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.counts = Counts()
        self._server: Server | None = None
        self._over = threading.Event()
        self._lock = threading.Lock()

    def play(self, seconds: float, progress: Callable[[Counts], None]) -> None:
        workers = [threading.Thread(target=self._read) for _ in range(_READERS)]
        workers += [threading.Thread(target=self._write, args=(each,)) for each in _STORIES]
        workers += [threading.Thread(target=work) for work in (self._export, self._regular_runs)]
        begun = time.monotonic()
        half, end = begun + seconds / 2, begun + seconds
        logs = self._path.with_name("server.log")
        while not self._over.is_set():
            with (
                suppress(AssertionError),  # of a server that was killed
                serving(
                    "serve", "--archive", self._path, logs=logs, STORY_HISTORY_ACCESS_LOG="0"
                ) as server,
            ):
                first, self._server = self._server is None, server
                for each in workers if first else ():
                    each.start()
                if time.monotonic() < half:
                    self._kill(min(half, time.monotonic() + _SERVER_KILLS), progress)
                    # Not even the arbiter gets to say goodbye.
                    for pid in [server.process.pid, *_children(server.process.pid)]:
                        self._kill_process(pid)
                    continue
                while time.monotonic() < end:
                    self.counts.memory.append(memory(server.process.pid))
                    progress(self.counts)
                    time.sleep(0.5)
                self._over.set()
                for each in workers:
                    each.join(120)

    def _kill(self, end: float, progress: Callable[[Counts], None]) -> None:
        """Kill a worker now and then."""
        assert self._server
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _WORKER_KILLS))
            if children := _children(self._server.process.pid):
                self._kill_process(self._chance.choice(children))
            progress(self.counts)

    def _kill_process(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.counts.kills += 1

    # What goes on meanwhile

    def _read(self) -> None:
        chance = seeded(self._chance.random())
        while not self._over.is_set():
            story = chance.choice([*_STORIES, "harbour-bridge-closure"])
            new = max(2, len(self.counts.acknowledged.get(story, "xxx")))
            old = chance.randrange(1, new)
            address = chance.choice(_READ).format(story=story, old=old, new=new)
            if chance.random() < 0.3:
                address += f"?_={chance.random()}"
            self._ask("GET", address)

    def _write(self, name: str) -> None:
        number = 0
        titles = self.counts.acknowledged[name]
        while not self._over.is_set():
            number += 1
            title = f"{name} number {number}"
            body: dict[str, Any] = {
                "content": story(
                    title=title, overview=[f"Paragraph {n} of {title}." for n in range(number % 30)]
                ),
                "state": "published",
                "note": f"Number {number}.",
                "kind": "correction",
                "base_version": None,
            }
            address = f"/api/v1/stories/{name}"
            while not self._over.is_set():
                # As a client does that got no answer: read what is live, and try once more.
                status, live = self._ask("GET", address)
                if status == 404:
                    body["base_version"] = None
                elif status == 200:
                    if live["content"]["title"] == title:
                        break
                    body["base_version"] = live["version"]
                else:
                    continue
                key = {"Idempotency-Key": f"{name}-{number}"}
                status, answer = self._ask("POST", f"{address}/revisions", body, key)
                if status in (200, 201):
                    titles.append(title)
                    break
                if status == 422:
                    self._fault(f"{address}: {answer}")
            time.sleep(0.05)

    def _export(self) -> None:
        while not self._over.wait(2):
            self._ask("GET", f"/api/v1/stories/{self._chance.choice(_STORIES)}/export")

    def _regular_runs(self) -> None:
        """What the timers do, far more often."""
        number = 0
        while not self._over.wait(3):
            command: list[str | Path] = [
                PROGRAM,
                "--archive",
                self._path,
                *_RUNS[number % len(_RUNS)],
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                self._fault(f"{' '.join(_RUNS[number % len(_RUNS)])}: {done.stderr.strip()}")
            number += 1

    def _ask(
        self, method: str, address: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """The status (0: no answer) and the JSON of the answer."""
        server = self._server
        assert server
        where = urlsplit(server.url)
        sent = (self._headers if address.startswith("/api") else {}) | (headers or {})
        connection = HTTPConnection(where.hostname or "", where.port, timeout=60)
        try:
            connection.request(method, address, json.dumps(body) if body else None, sent)
            answer = connection.getresponse()
            data, status = answer.read(), answer.status
        except (OSError, HTTPException):
            # A killed worker takes its connections with it, and a killed server all of them.
            with self._lock:
                self.counts.refused += 1
            time.sleep(0.1)
            return 0, {}
        finally:
            connection.close()
        with self._lock:
            self.counts.statuses[status] += 1
        if status >= 500 and not (status == 503 and answer.headers["Retry-After"]):
            self._fault(f"{method} {address}: {status} {data[:300]!r}")
        is_json = (answer.headers["Content-Type"] or "").startswith("application/")
        with suppress(ValueError):
            return status, json.loads(data) if is_json and status < 500 else {}
        return status, {}

    def _fault(self, text: str) -> None:
        with self._lock:
            self.counts.faults.append(text)

    # What has to be true

    def check(self) -> None:
        with closing(Archive.open(self._path, now)) as archive:
            self.counts.faults += [f"verify: {each}" for each in archive.verify().findings]
            for name, titles in self.counts.acknowledged.items():
                self.counts.faults += _lost(archive, name, titles)
        early, late = (statistics.median(part or [0]) for part in self._thirds())
        if late > early * _GROWTH:
            self.counts.faults.append(f"memory grew from {early:,.0f} to {late:,.0f} bytes")
        if not sum(map(len, self.counts.acknowledged.values())):
            self.counts.faults.append("nothing was written")

    def _thirds(self) -> tuple[list[int], list[int]]:
        """The memory in the second and in the last third of the half without kills."""
        third = len(self.counts.memory) // 3
        return self.counts.memory[third : 2 * third], self.counts.memory[2 * third :]


def _lost(archive: Archive, name: str, titles: list[str]) -> list[str]:
    stored = []
    for each in archive.index.chain(name):
        content = archive.content(each)
        stored.append(getattr(content, "title", ""))
    lost = [title for title in titles if title not in stored]
    twice = [title for title, count in Counter(stored).items() if count > 1]
    return [f"{name}: lost {title}" for title in lost] + [f"{name}: twice {t}" for t in twice]


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        return list(map(int, text.split()))
    return []
