"""How long nginx sends a removed text that nobody purged: no longer than the manual says.

It takes five minutes, nearly all of them asleep.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from repo_store.archive import Archive
from service.wiring import now
from tests.nginx import nginx
from tests.samples import append, content, entry, new_token
from tests.servers import ask, post, serving

ALWAYS, AWAY = 25.0, 305.0
"""Seconds after a page was fetched, as docs/deploy.md has them: while the server answers, and while
it is away."""
_SECRETS = {"one": b"xylocarp", "two": b"quagga"}
"""A word of each story's first version."""
_ORDER = {
    **{"action": "remove", "note": "By order.", "reason": "court-order"},
    "legal_reference": "District Court, 12 O 44/26",
}


@dataclass
class Done:
    pages: int = 0
    """Pages that showed a text before its removal."""
    faults: list[str] = field(default_factory=list)


def run(show: Callable[[str], None] = lambda _: None) -> Done:
    done = Done()
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "archive"
        archive = Archive.open(path, now, create=True)
        for story, secret in _SECRETS.items():
            told = content(title=f"A {secret.decode()}", overview=["It was seen at the harbour."])
            append(archive, entry(told, story), entry(content(title="Other"), story))
        archive.close()
        token = new_token(path, now=now())
        with (
            serving("serve", "--archive", path, STORY_HISTORY_PROXIES="1") as server,
            nginx(folder, server.port, folder / "cache", path) as url,
        ):
            _remove_after_reading(done, url, server.url, token, "one")
            show("the server answers")
            time.sleep(ALWAYS + 1)
            _check(done, url, "one", "while the server answers")
            _remove_after_reading(done, url, server.url, token, "two")
            server.stop()
            time.sleep(6)
            if not _showing(url, "two"):
                done.faults.append("nginx does not go on while the server is away")
            show("the server is away")
            time.sleep(AWAY + 1 - 6)
            _check(done, url, "two", "while the server is away")
    return done


def _addresses(story: str) -> tuple[str, ...]:
    page, api = f"/stories/{story}", f"/api/v1/stories/{story}"
    return (
        *(f"{page}/versions/1", f"{page}/diff/1..2", f"{page}/play/1", f"{page}/history.atom"),
        *(f"{api}/versions/1", f"{api}/diff/1..2", "/history.atom"),
    )


def _showing(url: str, story: str) -> list[str]:
    return [each for each in _addresses(story) if _SECRETS[story] in ask(url, each).body]


def _remove_after_reading(done: Done, url: str, server: str, token: str, story: str) -> None:
    done.pages += len(_showing(url, story))
    address = f"{server}api/v1/stories/{story}/revisions/1/actions"
    status, answer = post(address, token, _ORDER)
    if status != 201:
        done.faults.append(f"not removed: {answer}")


def _check(done: Done, url: str, story: str, when: str) -> None:
    for _ in range(2):  # the first may have had to fetch it
        done.faults += [
            f"{address} still shows the text {when}" for address in _showing(url, story)
        ]
