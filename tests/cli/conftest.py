"""The command line as a user has it: a process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.samples import story

PROGRAM = Path(sys.executable).with_name("story-history")
PAGE = """\
Night trains return
The first leaves on Friday.

Overview
Night trains to the coast run again from Friday.
A bed costs 60 crowns.
Analysis
Reported alike by all.
Sources (3)
FAQ
How long does it take?
The journey takes eight hours.
A bed must be booked.
History
This story does not have any previous versions.
"""


class Done(subprocess.CompletedProcess[str]):
    """What a command did."""

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, archive: Path) -> Run:
    """Run `story-history`; the archive is the test's own unless `environ` says otherwise."""

    def call(*arguments: str | Path, environ: dict[str, str] | None = None) -> Done:
        default = {"STORY_HISTORY_ARCHIVE": str(archive)}
        done = subprocess.run(
            [PROGRAM, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
            check=False,
            env={**os.environ, **(default if environ is None else environ)},
        )
        return Done(done.args, done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE)
    return path


def line(name: str = "library", **fields: Any) -> dict[str, Any]:
    """One line of NDJSON; `title` goes into the content."""
    content = story(title=fields.pop("title", "A title"))
    return {"story": name, "content": content, **fields}


def ndjson(path: Path, *lines: dict[str, Any] | str) -> Path:
    path.write_text(
        "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines)
    )
    return path
