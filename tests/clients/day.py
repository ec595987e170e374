"""The day that `job.py` and `job.ts` play: the server, and what each step of it shows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import run
from typing import Any

from repo_store.archive import Archive
from service.accounts import Role
from service.wiring import now
from tests.samples import new_token
from tests.servers import get, serving

HERE = Path(__file__).parent
_NOTE = "An earlier version of this story said 1.2 million crowns; it is 1.4 million."
SEEN: list[Any] = [
    [404, "A valid token is required", ["title"]],
    ["published", 1, None, "update", "Dara Voss"],
    ["held", 1, [["1.2 million crowns", "1.4 million crowns"]]],
    ["corrected", 2, 2, _NOTE],
    ["corrected", 2, 2, _NOTE],
    ["comment", "Is it?", None],
    ["approve", "", None],
    ["publish", "The cost is 1.5 million.", 3],
    ["explain", "The council had said so by mistake.", 3],
    [["comment", "approve", "publish", "explain"]],
    ["restore", 4],
    ["versions", [4, 3, 2, 1]],
    ["It will cost 1.5 million crowns a year.", 3, ["The council had said so by mistake."]],
    [[["overview", "delete", "1.2"], ["overview", "insert", "1.4"]], 1, ["number"]],
    [
        [
            "--- library 1",
            "+++ library 2",
            "-It will cost 1.2 million crowns a year.",
            "+It will cost 1.4 million crowns a year.",
        ]
    ],
    [[["library", "Council keeps the library open"]]],
    ["export", True],
    ["urn:story-history:problem:withdrawn", "The vote was annulled."],
    [
        [
            *(["published", 1], ["published", 2], ["published", 3], ["explained", 3]),
            *(["published", 4], ["alias", 4], ["withdrawn", 4]),
        ]
    ],
    ["article", ["Dara Voss"], ["## What changed", "It opened **on Monday**."]],
    ["draft", ["body"]],
]


class Newsroom:
    """A server with an empty archive. `document`: its OpenAPI document, in a file."""

    def __init__(self, url: str, token: str, document: Path) -> None:
        self._url, self._token, self.document = url, token, document

    def plays(self, *job: str | Path, **environ: str) -> None:
        """Assert that this program sees of the day what there is to see."""
        done = run(
            [*job, self._url, self._token], capture_output=True, text=True, env=environ or None
        )
        assert done.returncode == 0, done.stderr
        assert [json.loads(line) for line in done.stdout.splitlines()] == SEEN


@contextmanager
def newsroom(folder: Path) -> Iterator[Newsroom]:
    archive = folder / "archive"
    Archive.open(archive, now, create=True).close()
    token = new_token(archive, Role.ADMIN, "Dara Voss", now())
    with serving("serve", "--archive", archive, logs=folder / "log") as server:
        document = folder / "openapi.json"
        document.write_text(get(f"{server.url}api/v1/openapi.json")[1])
        yield Newsroom(server.url.rstrip("/"), token, document)


def succeeds(*command: str | Path, folder: Path, **environ: str) -> str:
    """What this command prints."""
    done = run(command, capture_output=True, text=True, cwd=folder, env=environ or None)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
