"""openapi-python-client makes a client of the document, with which the whole job is done."""

import os
import sys
from pathlib import Path
from subprocess import run

from tests.clients.day import HERE, newsroom, succeeds

PROGRAMS = Path(sys.executable).parent


def test_the_job_is_done_with_a_generated_client(tmp_path: Path) -> None:
    client = tmp_path / "story_history_client"
    with newsroom(tmp_path) as here:
        succeeds(
            *(PROGRAMS / "openapi-python-client", "generate", "--meta", "none"),
            *("--fail-on-warning", "--path", here.document, "--output-path", client),
            folder=tmp_path,
            PATH=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        )
        here.plays(sys.executable, HERE / "job.py", PYTHONPATH=str(tmp_path))
    redirects = (tmp_path / "log").read_text().count('"status": 308')
    assert redirects == 1, "from the alias: parameters come in an address's one spelling"
    checked = run(
        [PROGRAMS / "mypy", "--strict", "--config-file=", "--no-error-summary", HERE / "job.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"MYPYPATH": str(tmp_path)},
    )
    # What every client has that this generator makes is not the document's.
    errors = [
        line for line in checked.stdout.splitlines() if f"{client.name}/client.py" not in line
    ]
    assert (errors, checked.stderr) == ([], "")
