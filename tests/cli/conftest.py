"""The command line from its entry point on: arguments in; an exit code and two streams out.

It runs in the tests' own process, since starting Python a hundred times takes longer than all
the commands together. What needs a process of its own (`serve`, `demo`, a kill) starts PROGRAM.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.cli.commands import main
from tests.samples import story
from tests.servers import PROGRAM

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
def run(tmp_path: Path, archive_path: Path) -> Run:
    """Run `story-history`; the archive is the test's own unless `environ` says otherwise."""

    def call(*arguments: str | Path, environ: dict[str, str] | None = None) -> Done:
        default = {"STORY_HISTORY_ARCHIVE": str(archive_path)}
        command = [str(PROGRAM), *map(str, arguments)]
        out, err = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.chdir(tmp_path),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            patch.setattr(sys, "argv", command)
            for name in [each for each in os.environ if each.startswith("STORY_HISTORY_")]:
                patch.delenv(name)
            for name, value in (default if environ is None else environ).items():
                patch.setenv(name, value)
            main()
        code = ended.value.code
        assert isinstance(code, int)
        return Done(command, code, out.getvalue(), err.getvalue())

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


@pytest.fixture
def library(run: Run, tmp_path: Path) -> None:
    """A story with two versions and a draft."""
    file = ndjson(
        tmp_path / "library.ndjson",
        line(title="The first title"),
        line(title="The second title", note="Why it changed"),
        line(title="A third title", state="draft"),
    )
    assert run("import", file).returncode == 0
