"""An archive from elsewhere runs nothing here, whatever its files say.

Each plant is one that git, or plain git's user, would act on: it touches `marker`.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import ArchiveError
from repo_store.git import command
from service.wiring import now
from tests.cli.conftest import Run
from tests.samples import append, content, entry
from tests.servers import PROGRAM

COMMANDS = (
    ("verify",),
    ("log", "library"),
    ("show", "library"),
    ("diff", "library", "1", "2"),
    ("export", "library", "-o", "x.zip"),
    ("maintain",),
    ("reindex",),
)
Plant = Callable[[Path, Path], None]
"""Takes the archive's repository, and a program that touches the marker."""


def _config(text: str) -> Plant:
    def plant(repository: Path, program: Path) -> None:
        with (repository / "config").open("a") as config:
            config.write(text.replace("PROGRAM", str(program)))

    return plant


def _promisor(url: str) -> Plant:
    more = (
        '[extensions]\n\tpartialClone = evil\n[remote "evil"]\n'
        f'\tpromisor = true\n\turl = {url}\n[protocol "ext"]\n\tallow = always\n'
    )

    def plant(repository: Path, program: Path) -> None:
        _lose_texts(repository)
        _config(more)(repository, program)
        config = repository / "config"
        config.write_text(config.read_text().replace("version = 0", "version = 1"))

    return plant


def _lose_texts(repository: Path) -> None:
    """So that git looks for them elsewhere, when it is told where."""
    with closing(Archive.open_as_found(repository.parent, now)) as archive:
        texts = [each.blob for each in archive.index.chain("library")]
    (repository.parent / "index.db").unlink()
    for oid in texts:
        (repository / "objects" / oid[:2] / oid[2:]).unlink()


def _file(name: str, text: str = "PROGRAM", mode: int = 0o644) -> Plant:
    def plant(repository: Path, program: Path) -> None:
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("PROGRAM", str(program)))
        path.chmod(mode)

    return plant


def _hook(repository: Path, program: Path) -> None:
    (repository / "hooks").mkdir(exist_ok=True)
    shutil.copy(program, repository / "hooks" / "reference-transaction")


def _elsewhere(name: str) -> Plant:
    """What was there is now a link to the same elsewhere."""

    def plant(repository: Path, _: Path) -> None:
        path = Path(os.path.normpath(repository / name))
        path.symlink_to(path.rename(repository.parent.parent / "elsewhere"))

    return plant


def _fifo(repository: Path, _: Path) -> None:
    os.mkfifo(repository / "packed-refs")


def _object_as_fifo(repository: Path, _: Path) -> None:
    path = next(repository.glob("objects/??/*"))
    path.unlink()
    os.mkfifo(path)


PLANTS: dict[str, tuple[Plant, str]] = {
    "promisor": (_promisor("ext::PROGRAM x"), "config line"),
    "promisor by ssh": (_promisor("ssh://x/y\n[core]\n\tsshCommand = PROGRAM"), "config line"),
    "remote helper": (_config('[remote "origin"]\n\turl = ext::PROGRAM\n'), "remote.url"),
    "fsmonitor": (_config("[core]\n\tfsmonitor = PROGRAM\n"), "core.fsmonitor"),
    "hooksPath": (_config("[core]\n\thooksPath = /tmp\n"), "core.hookspath"),
    "pager": (_config("[core]\n\tpager = PROGRAM\n"), "core.pager"),
    "worktree": (_config("[core]\n\tworktree = /\n"), "core.worktree"),
    "include": (_config("[include]\n\tpath = /tmp/x\n"), "config line"),
    "alias": (_config("[alias]\n\tfsck = !PROGRAM\n"), "config line"),
    "external diff": (_config("[diff]\n\texternal = PROGRAM\n"), "config line"),
    "filter": (_config('[filter "x"]\n\tsmudge = PROGRAM\n'), "config line"),
    "gpg": (_config("[gpg]\n\tprogram = PROGRAM\n"), "config line"),
    "pack hook": (_config("[uploadpack]\n\tpackObjectsHook = PROGRAM\n"), "config line"),
    "an alias in one line": (_config("[alias] fsck = !PROGRAM\n"), "config line"),
    "a setting continued": (_config("[gc]\n\tauto = \\\n0\n"), "gc.auto"),
    "hook": (_hook, "hooks/reference-transaction"),
    "alternates": (_file("objects/info/alternates", "/tmp\n"), "objects/info/alternates"),
    "commondir": (_file("commondir", "/tmp\n"), "commondir"),
    "grafts": (_file("info/grafts", "\n"), "info/grafts"),
    "shallow": (_file("shallow", "\n"), "shallow"),
    "worktrees": (_file("worktrees/x/gitdir"), "worktrees"),
    "linked config": (_elsewhere("config"), "config: it is a symbolic link"),
    "linked refs": (_elsewhere("refs"), "refs: it is a symbolic link"),
    "linked packs": (_elsewhere("objects/pack"), "objects/pack: it is a symbolic link"),
    "linked repository": (_elsewhere("../stories.git"), "stories.git: it is a symbolic link"),
    "linked index": (_elsewhere("../index.db"), "index.db: it is a symbolic link"),
    "fifo": (_fifo, "packed-refs: it is not a plain file"),
    "object as fifo": (_object_as_fifo, "it is not a plain file"),
    "gitfile": (_file("../.git", "gitdir: /tmp\n"), ".git: it leads git elsewhere"),
}


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


@pytest.fixture
def program(tmp_path: Path, marker: Path) -> Path:
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\ntouch {marker}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a story of two versions."""
    path = tmp_path_factory.mktemp("sound") / "archive"
    with closing(Archive.open(path, now, create=True)) as archive:
        append(archive, entry(content(title="One")), entry(content(title="Two")))
    return path


@pytest.fixture
def library(sound: Path, archive_path: Path) -> None:
    shutil.copytree(sound, archive_path)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", PLANTS)
def test_a_foreign_archive_is_refused_and_runs_nothing(
    run: Run, archive_path: Path, program: Path, marker: Path, name: str
) -> None:
    plant, named = PLANTS[name]
    plant(archive_path / "stories.git", program)
    for arguments in COMMANDS:
        done = run(*arguments)
        assert not marker.exists(), arguments
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert done.stderr.startswith(f"story-history: {archive_path}"), done.stderr
        assert named in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.usefixtures("library")
def test_serve_refuses_it_too(archive_path: Path, program: Path, marker: Path) -> None:
    PLANTS["promisor"][0](archive_path / "stories.git", program)
    serve = [str(PROGRAM), "--archive", str(archive_path), "serve", "--port", "0"]
    done = subprocess.run(serve, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "is not a setting that story-history makes" in done.stderr
    assert not marker.exists()


def test_nothing_of_the_caller_s_own_git_reaches_ours(
    run: Run, page: Path, tmp_path: Path, program: Path, marker: Path
) -> None:
    """Neither the user's configuration nor git's variables, which a hook, say, sets."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(program, hooks / "reference-transaction")
    (tmp_path / ".gitconfig").write_text(f"[core]\n\thooksPath = {hooks}\n")
    environ = {
        "STORY_HISTORY_ARCHIVE": str(tmp_path / "new"),
        "HOME": str(tmp_path),
        "GIT_DIR": "/nowhere",
        "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": str(hooks),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor'='{program}'",
    }
    assert run("import", page, "--id", "library", environ=environ).returncode == 0
    for arguments in ("verify",), ("log", "library"), ("show", "library"), ("maintain",):
        assert run(*arguments, environ=environ).returncode == 0, arguments
    assert not marker.exists()


def test_an_older_git_is_refused_by_name(
    archive_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.39.3\n")
    old.chmod(0o755)
    monkeypatch.setattr(command.Command, "GIT_PYTHON_GIT_EXECUTABLE", str(old))
    command._check_version.cache_clear()
    try:
        told = r"^git 2\.39\.3 is too old: install git 2\.39\.4 or newer$"
        with pytest.raises(ArchiveError, match=told):
            Archive.open(archive_path, now, create=True)
    finally:
        command._check_version.cache_clear()
