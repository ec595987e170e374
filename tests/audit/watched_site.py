"""A real site on a real archive, over HTTP, whose publisher can make it serve something else."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from flask import Flask

from service.audit.published import origin_of
from service.config import Settings
from service.wiring import Services
from tests.audit import public_tlog
from tests.audit.written_log import WrittenLog
from tests.samples import NOON, append, content, entry
from tests.web.conftest import application


class WatchedSite:
    """`overrides`: an answer by its path, a status or bytes, in place of the site's own."""

    def __init__(self, folder: Path) -> None:
        self.now, self.url = NOON, ""
        self._settings = Settings(folder / "archive")
        self.app: Flask = application(self._settings, lambda: self.now)
        self.services: Services = self.app.extensions["story_history"]
        self.overrides: dict[str, bytes | int] = {}
        self.asked: list[str] = []

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator["WatchedSite"]:
        made = cls(folder)
        handler = type("Handler", (_Handler,), {"site": made})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            made.url = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, args=[0.01])
            thread.start()
            try:
                yield made
            finally:
                server.shutdown()
                thread.join()

    def publish(self, story: str = "library", title: str = "A title", **fields: Any) -> None:
        append(self.services.archive, entry(content(title=title), story, **fields))

    def sign(self) -> None:
        """As the server does in the background."""
        self.services.published.checkpoint()

    def wait(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now

    @property
    def vkey(self) -> str:
        return origin_of(self.services.audit.signer().public).vkey

    def get(self, path: str) -> tuple[int, bytes, str]:
        self.asked.append(path)
        if path in self.overrides:
            answer = self.overrides[path]
            return (answer, b"", "text/plain") if isinstance(answer, int) else (200, answer, "")
        found = self.app.test_client().get(path)
        return found.status_code, found.data, found.content_type

    def api(self, path: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.get(path)[1])
        return value

    def leaves(self) -> list[bytes]:
        def fetch(name: str) -> bytes:
            return self.get(f"/log/{name}")[1]

        return public_tlog.leaves(fetch, public_tlog.checkpoint(fetch, self.vkey)[1])

    def forge(self, entries: list[bytes], checkpoint: str = "") -> WrittenLog:
        """Serve another log that is signed with the site's own key."""
        private = load_ssh_private_key(self._settings.signing_key.read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey)
        made = WrittenLog(origin=self.vkey.split("+")[0], key=private)
        made.entries = entries
        folder = self._settings.archive.parent / f"forged-{len(self.asked)}"
        made.write(folder, checkpoint)
        for file in folder.rglob("*"):
            if file.is_file():
                self.overrides[f"/log/{file.relative_to(folder)}"] = file.read_bytes()
        return made


class _Handler(BaseHTTPRequestHandler):
    site: WatchedSite

    def do_GET(self) -> None:
        status, data, kind = self.site.get(self.path)
        self.send_response(status)
        self.send_header("Content-Type", kind or "application/octet-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass
