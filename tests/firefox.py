"""A real Firefox, driven by WebDriver BiDi, which it speaks by itself: no other program between.

Nothing that uses it skips: no browser, no pass.
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "ArrowLeft": "\ue012", "ArrowRight": "\ue014"}
_PATIENCE = 10.0
"""Seconds until something must be so."""
# What it would load from elsewhere, and a window that asks.
_SETTINGS = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "messaging-system.rsexperimentloader.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


class BidiError(Exception):
    """What the browser answered instead of a result."""


class Firefox:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._count = connection, 0
        self.send("session.new", capabilities={})
        self._tab = self.send("browsingContext.create", type="tab")["context"]

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        command = {"id": self._count, "method": method, "params": params}
        self._connection.send(json.dumps(command))
        while True:
            answer = json.loads(self._connection.recv(timeout=60))
            if answer.get("id") == self._count:
                if answer["type"] == "error":
                    raise BidiError(f"{method}: {answer['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def size(self, width: int, height: int) -> None:
        viewport = {"width": width, "height": height}
        self.send("browsingContext.setViewport", context=self._tab, viewport=viewport)

    def goto(self, url: str) -> None:
        self.send("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def back(self) -> None:
        self.send("browsingContext.traverseHistory", context=self._tab, delta=-1)

    def run(self, expression: str) -> Any:
        """The value of an expression of JavaScript; None, text, number or truth."""
        target = {"context": self._tab}
        found = self.send(
            "script.evaluate", expression=expression, target=target, awaitPromise=True
        )
        if found["type"] != "success":
            raise BidiError(found["exceptionDetails"]["text"])
        return found["result"].get("value")

    def click(self, selector: str) -> None:
        """With the pointer, in the middle of the first element."""
        name = json.dumps(selector)
        self.wait(f"document.querySelector({name})?.checkVisibility()")
        # The sheet of a phone rises: what is in it stays nowhere until it has.
        self.wait("document.getAnimations().every((each) => each.playState === 'finished')")
        near = "{ block: 'nearest', behavior: 'instant' }"
        self.run(f"document.querySelector({name}).scrollIntoView({near})")
        box = f"document.querySelector({name}).getBoundingClientRect()"
        x, y = (
            round(self.run(f"{box}.{start} + {box}.{size} / 2"))
            for start, size in (("left", "width"), ("top", "height"))
        )
        move = {"type": "pointerMove", "x": x, "y": y}
        press = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        source = {"type": "pointer", "id": "mouse", "actions": [move, *press]}
        self.send("input.performActions", context=self._tab, actions=[source])

    def press(self, key: str) -> None:
        actions = [{"type": kind, "value": KEYS.get(key, key)} for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keys", "actions": actions}
        self.send("input.performActions", context=self._tab, actions=[source])

    def wait(self, expression: str) -> None:
        """Until it is so; AssertionError if it never is."""
        end = time.monotonic() + _PATIENCE
        while not self.run(expression):
            assert time.monotonic() < end, expression
            time.sleep(0.05)


@contextmanager
def firefox(scripts: bool = True) -> Iterator[Firefox]:
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    assert path, "Firefox is missing: `make test` installs it"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = _SETTINGS | {"javascript.enabled": scripts}
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(on)});" for name, on in settings.items()
        ]
        Path(folder, "user.js").write_text("\n".join(lines))
        options = ["--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
        with subprocess.Popen([path, *options], stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr
            found = (
                re.search(r"WebDriver BiDi listening on (ws://\S+)", line)
                for line in process.stderr
            )
            address = next(filter(None, found), None)
            assert address, "Firefox did not start"
            try:
                with connect(f"{address[1]}/session", max_size=None, proxy=None) as connection:
                    yield Firefox(connection)
            finally:
                process.terminate()
                process.stderr.close()
                process.wait(20)
