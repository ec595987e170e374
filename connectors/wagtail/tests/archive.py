"""A real archive's server, and what it has of a story."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PROGRAM = os.environ["STORY_HISTORY_PROGRAM"]
"""The command `story-history`."""


class Archive:
    """At one address however often it is stopped."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="story-history-")
        self._path = str(Path(self._folder.name) / "archive")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.token = self.new_token("The site")
        self._editor = self.new_token("The desk", "editor")

    def new_token(self, name: str, role: str = "integration", *more: str) -> str:
        command = [PROGRAM, "--archive", self._path, "token", "create", "--role", role]
        command += ["--name", name, *more]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def start(self) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                [PROGRAM, "--archive", self._path, "serve", "--port", str(self._port)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        for _ in range(200):
            try:
                urlopen(f"{self.url}/readyz").close()
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(self.url)

    def kill(self) -> None:
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()

    def versions(self, story: str) -> list[dict[str, Any]]:
        """First to last, each with its content, as an editor sees them."""
        status, found = self.get(f"stories/{story}/versions?limit=100")
        if status != 200:
            return []
        numbers = sorted(each["version"] for each in found["items"])
        return [self.get(f"stories/{story}/versions/{number}")[1] for number in numbers]

    def status(self, story: str) -> int:
        return self.get(f"stories/{story}")[0]

    def withdrawn(self, story: str) -> str:
        """What readers are told."""
        status, found = self.get(f"stories/{story}")
        assert status == 410, found
        return str(found)

    def act(self, story: str, **body: Any) -> None:
        """As an editor, on the newest version."""
        newest = self.versions(story)[-1]["revision"]
        status, found = self.get(f"stories/{story}/revisions/{newest}/actions", body)
        assert status < 300, found

    def get(self, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._editor}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body else None
        try:
            with urlopen(Request(f"{self.url}/api/v1/{path}", data, headers)) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)
