"""The other commands: reading, checking, serving, and errors in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.app import create_app
from service.config import Settings
from tests.cli.conftest import Run, line, ndjson
from tests.plain_git import git
from tests.samples import ticking
from tests.servers import PROGRAM, get, post, serving
from tests.word import VERBS, found_in, lines


def test_another_id_of_a_story_names_it(run: Run, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "ids.ndjson", line("old", title="One", aliases=["new"]))
    run("import", file)
    for command in (
        ("show", "{}"),
        ("show", "{}", "r1"),
        ("diff", "{}", "1", "1"),
        ("log", "{}"),
        ("log", "proof", "{}", "1"),
        ("export", "{}", "--format", "ndjson"),
    ):
        first, other = (run(*(each.format(name) for each in command)) for name in ("old", "new"))
        assert (other.returncode, other.stdout) == (0, first.stdout), command
    assert run("export", "new", "-o", tmp_path / "new.zip").returncode == 0


@pytest.mark.usefixtures("library")
def test_json_is_what_the_api_returns(run: Run, archive_path: Path) -> None:
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


@pytest.mark.usefixtures("library")
def test_diff_writes_a_word_document(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "changes.docx"
    done = run("diff", "library", "1", "2", "--format", "docx", "-o", path)
    assert done.stdout == f"{path}: library, 1 to 2, with tracked changes\n"
    document = path.read_bytes()
    titles = [lines(document, verb)[0] for verb in VERBS]
    assert titles == ["The second title", "The first title"]
    assert found_in(document, "//w:p", "word/footer.xml") == ["Page 1 of 1"]


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
        ["diff", "library", "1", "2", "--format", "docx"],
        ["diff", "library", "1", "2", "-o", "x"],
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
def test_reading_creates_no_archive(run: Run, archive_path: Path, command: str) -> None:
    done = run(*command.split())
    assert done.returncode == 2
    assert done.stderr == f"story-history: {archive_path}: there is no archive here\n"
    assert not archive_path.exists()


def test_a_directory_that_is_not_an_archive_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("--archive", tmp_path, "token", "create", "--role", "editor", "--name", "x")
    assert done.returncode == 2
    assert "not a story-history archive" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.usefixtures("library")
def test_the_archive_is_chosen_before_or_after_the_command_or_by_the_environment(
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
def test_verify_passes_on_an_intact_archive(run: Run) -> None:
    done = run("verify")
    assert done.returncode == 0
    assert done.stdout.startswith("1 story, 3 revisions: every chain is unbroken")


@pytest.mark.usefixtures("library")
def test_verify_fails_on_a_damaged_archive_and_says_where(run: Run, archive_path: Path) -> None:
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
def test_reindex_rebuilds_the_index(run: Run, archive_path: Path) -> None:
    before = run("log", "library", "--json").stdout
    (archive_path / "index.db").write_bytes(b"garbage" * 1_000)
    assert run("reindex").stdout == "3 revisions indexed\n"
    assert run("log", "library", "--json").stdout == before


@pytest.mark.usefixtures("library")
def test_a_real_server_serves_takes_a_token_and_stops(
    run: Run, archive_path: Path, tmp_path: Path
) -> None:
    with serving("serve", "--archive", archive_path, cwd=tmp_path) as server:
        assert "The second title" in get(f"{server.url}stories/library")[1]
        created = run("token", "create", "--role", "editor", "--name", "Dara")
        assert created.stdout.count("\n") == 1
        token = created.stdout.strip()
        assert len(token) == 43
        content = line(title="Third")["content"]
        body = {"content": content, "state": "published", "note": "x", "base_version": 2}
        revisions = f"{server.url}api/v1/stories/library/revisions"
        status, made = post(revisions, token, body)
        assert (status, made["version"]) == (201, 3)
        assert "Third" in get(f"{server.url}stories/library")[1]
        assert post(revisions, token + "x", body)[0] == 401
    assert token not in (archive_path / "accounts.db").read_bytes().decode("latin-1")
    assert run("verify").returncode == 0


def test_a_port_in_use_is_reported_at_once(run: Run, tmp_path: Path, archive_path: Path) -> None:
    with serving("serve", "--archive", archive_path, cwd=tmp_path) as server:
        done = run("serve", "--port", str(server.port))
        assert done.returncode == 2
        assert (
            done.stderr == f"story-history: 127.0.0.1 port {server.port}: Address already in use\n"
        )


def test_the_demo_fills_an_archive_once_and_serves_it(run: Run, tmp_path: Path) -> None:
    for _ in range(2):
        with serving("demo", cwd=tmp_path) as server:
            items = json.loads(get(f"{server.url}api/v1/stories?limit=100")[1])["items"]
    versions = {each["story"]: each["version"] for each in items}
    assert len(versions) == 12
    assert versions["river-lind-flood"] == 40
    assert versions["library-night-hours"] == 1
    assert run("verify", "--archive", tmp_path / "demo-archive").returncode == 0


@pytest.mark.usefixtures("library")
def test_the_demo_leaves_a_real_archive_alone(run: Run) -> None:
    done = run("demo", "--port", "0")
    assert done.returncode == 2
    assert "contains stories other than the samples" in done.stderr


@pytest.mark.parametrize("command", ["serve", "log library", "verify", "verify page.txt"])
def test_without_git_each_command_says_so_in_one_line(
    page: Path, tmp_path: Path, command: str
) -> None:
    done = subprocess.run(
        [PROGRAM, *command.split()],
        cwd=tmp_path,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = "story-history: git is not installed, or not on the PATH\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_every_command_is_in_the_readme(run: Run) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    listed = run("--help").stdout.split("Commands:")[1].splitlines()
    names = [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "]
    assert len(names) == 18
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
