"""The other commands: reading, checking, tokens, and errors in one line."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from service.app import create_app
from service.config import Settings
from tests.cli.conftest import PROGRAM, Run, line, ndjson
from tests.plain_git import git
from tests.samples import ticking


@pytest.fixture
def library(run: Run, tmp_path: Path) -> None:
    file = ndjson(
        tmp_path / "library.ndjson",
        line(title="The first title"),
        line(title="The second title", note="Why it changed"),
        line(title="A third title", state="draft"),
    )
    assert run("import", file).returncode == 0


@pytest.mark.usefixtures("library")
def test_json_is_what_the_api_answers(run: Run, archive_path: Path) -> None:
    api = create_app(Settings(archive_path), ticking()).test_client()
    for arguments, path in (
        (["show", "library"], "library"),
        (["show", "library", "1"], "library/versions/1"),
        (["log", "library"], "library/versions"),
        (["diff", "library", "1", "2"], "library/diff/1..2"),
    ):
        assert run(*arguments, "--json").json == api.get(f"/api/v1/stories/{path}").json


@pytest.mark.usefixtures("library")
def test_log_lists_the_versions_newest_first(run: Run) -> None:
    lines = run("log", "library").stdout.splitlines()
    assert [text.split("  ")[0] for text in lines if not text.startswith(" ")] == [
        "version 2",
        "version 1",
    ]
    assert "    Why it changed" in lines


@pytest.mark.usefixtures("library")
def test_diff_takes_versions_and_revisions(run: Run) -> None:
    assert "The [-first-]{+second+} title" in run("diff", "library", "1", "2").stdout
    assert "[-The second-]{+A third+} title" in run("diff", "library", "2", "r3").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "nothing"],
        ["show", "library", "9"],
        ["show", "library", "x"],
        ["show", "library", "r99"],
        ["log", "../x"],
        ["diff", "library", "1"],
        ["diff", "library", "1", "--output=x"],
        ["diff", "library", "0", "1"],
        ["frobnicate"],
        ["show", "library", "--frobnicate"],
        ["token", "create", "--role", "king", "--name", "x"],
        ["token", "create", "--role", "editor", "--name", "a <b>"],
        ["serve", "--port", "99999"],
    ],
)
@pytest.mark.usefixtures("library")
def test_bad_usage_or_input_is_one_line_and_exit_code_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("story-history: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["log x", "show x", "diff x 1 2", "verify", "reindex"])
def test_reading_makes_no_archive(run: Run, archive_path: Path, command: str) -> None:
    done = run(*command.split())
    assert done.returncode == 2
    assert done.stderr == f"story-history: {archive_path}: there is no archive here\n"
    assert not archive_path.exists()


def test_a_directory_that_is_no_archive_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("--archive", tmp_path, "token", "create", "--role", "editor", "--name", "x")
    assert done.returncode == 2
    assert "not a story-history archive" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.usefixtures("library")
def test_the_archive_is_named_before_or_after_the_command_or_outside(
    run: Run, archive_path: Path
) -> None:
    shown = run("show", "library").stdout
    assert shown.startswith("The second title")
    none = {"STORY_HISTORY_ARCHIVE": ""}
    assert run("--archive", archive_path, "show", "library", environ=none).stdout == shown
    assert run("show", "library", "--archive", archive_path, environ=none).stdout == shown
    assert run("show", "library", environ=none).stdout == shown  # ./archive, where this runs
    assert run("show", "library", "--archive", archive_path.parent / "none").returncode == 2


@pytest.mark.usefixtures("library")
def test_verify_is_content_with_a_sound_archive(run: Run) -> None:
    done = run("verify")
    assert done.returncode == 0
    assert done.stdout.startswith("1 stories, 3 revisions: every chain is unbroken")


@pytest.mark.usefixtures("library")
def test_verify_fails_on_a_damaged_one_and_names_the_place(run: Run, archive_path: Path) -> None:
    blob = git(archive_path, "rev-parse", "--glob=refs/stories").strip()
    path = archive_path / "stories.git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-4])
    done = run("verify")
    assert done.returncode == 1
    assert "library" in done.stderr


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("command", ["verify", "show library", "reindex"])
def test_an_archive_that_git_cannot_read_is_one_line_and_exit_code_1(
    run: Run, archive_path: Path, command: str
) -> None:
    (archive_path / "stories.git" / "packed-refs").write_text("garbage\n")
    done = run(*command.split())
    assert done.returncode == 1
    assert "packed-refs" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("library")
def test_reindex_makes_the_index_anew(run: Run, archive_path: Path) -> None:
    before = run("log", "library", "--json").stdout
    (archive_path / "index.db").write_bytes(b"garbage" * 1_000)
    assert run("reindex").stdout == "3 revisions indexed\n"
    assert run("log", "library", "--json").stdout == before


@contextmanager
def _server(*arguments: str | Path, cwd: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    environ = {**os.environ, "STORY_HISTORY_ARCHIVE": ""}
    with subprocess.Popen(
        [PROGRAM, *arguments], stdout=subprocess.PIPE, text=True, cwd=cwd, env=environ
    ) as server:
        assert server.stdout
        first = server.stdout.readline()
        assert first.startswith("Serving on http://127.0.0.1:"), first
        try:
            yield first.split()[-1], server
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=20)
    assert server.returncode == 0


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def _post(url: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        told: dict[str, Any] = json.loads(answer.read())
        return told


@pytest.mark.usefixtures("library")
def test_a_real_server_serves_takes_a_token_and_stops(
    run: Run, archive_path: Path, tmp_path: Path
) -> None:
    with _server("serve", "--port", "0", "--archive", archive_path, cwd=tmp_path) as (url, _):
        assert "The second title" in _get(f"{url}stories/library")
        made = run("token", "create", "--role", "editor", "--name", "Dara")
        assert made.stdout.count("\n") == 1
        token = made.stdout.strip()
        assert len(token) == 43
        content = line(title="Third")["content"]
        body = {"content": content, "state": "published", "note": "x", "base_version": 2}
        post = f"{url}api/v1/stories/library/revisions"
        assert _post(post, token, body)["version"] == 3
        assert "Third" in _get(f"{url}stories/library")
        with pytest.raises(HTTPError, match="401") as refused:
            _post(post, token + "x", body)
        refused.value.close()
    assert token not in (archive_path / "accounts.db").read_bytes().decode("latin-1")
    assert run("verify").returncode == 0


def test_a_port_that_is_taken_is_said_at_once(run: Run, tmp_path: Path, archive_path: Path) -> None:
    with _server("serve", "--port", "0", "--archive", archive_path, cwd=tmp_path) as (url, _):
        port = url.rstrip("/").rpartition(":")[2]
        done = run("serve", "--port", port)
        assert done.returncode == 2
        assert done.stderr == f"story-history: 127.0.0.1 port {port}: Address already in use\n"


def test_the_demo_fills_an_archive_once_and_serves_it(run: Run, tmp_path: Path) -> None:
    for _ in range(2):
        with _server("demo", "--port", "0", cwd=tmp_path) as (url, _):
            items = json.loads(_get(f"{url}api/v1/stories?limit=100"))["items"]
    versions = {each["story"]: each["version"] for each in items}
    assert len(versions) == 11
    assert versions["river-lind-flood"] == 40
    assert versions["library-night-hours"] == 1
    assert run("verify", "--archive", tmp_path / "demo-archive").returncode == 0


@pytest.mark.usefixtures("library")
def test_the_demo_leaves_a_real_archive_alone(run: Run) -> None:
    done = run("demo", "--port", "0")
    assert done.returncode == 2
    assert "holds stories that are no samples" in done.stderr


def test_every_command_is_in_the_readme(run: Run) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    listed = run("--help").stdout.split("Commands:")[1].splitlines()
    names = [told.split()[0] for told in listed if told.startswith("  ") and told[2] != " "]
    assert len(names) == 13
    for name in names:
        assert f"`{name}" in readme, name


def test_the_wsgi_module_serves_what_the_environment_names(
    archive_path: Path, tmp_path: Path
) -> None:
    code = "import wsgi; print(wsgi.app.test_client().get('/').status_code)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "STORY_HISTORY_ARCHIVE": str(archive_path)},
        check=True,
    )
    assert done.stdout == "200\n"
    assert (archive_path / "stories.git").is_dir()
