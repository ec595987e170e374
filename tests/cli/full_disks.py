"""Run in a mount namespace of its own: commands for which one disk after another takes no writes.

Prints each command's exit code and what it says of errors, as JSON.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from service.cli import commands
from service.wiring import now
from tests.cli.conftest import line, ndjson
from tests.samples import new_token
from tests.servers import PROGRAM
from tests.small_disk import fill, mount, remount


def main(folder: Path) -> None:
    answers: dict[str, tuple[int, str]] = {}
    archive = mount(folder / "disk", "64m") / "archive"
    other = mount(folder / "other", "8m")
    temporary = mount(folder / "temporary", "4m")

    def run(what: str, *arguments: str | Path, **environ: str) -> None:
        # In a fork: starting Python takes longer than all that the command does.
        errors = folder / "errors"
        if not (child := os.fork()):
            sys.argv = [str(PROGRAM), "--archive", str(archive), *map(str, arguments)]
            os.environ.update(environ)
            os.chdir(folder)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(os.open(errors, os.O_CREAT | os.O_TRUNC | os.O_WRONLY), 2)
            commands.main()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        answers[what] = code, errors.read_text()

    def prepare(*arguments: str | Path) -> None:
        run("prepared", *arguments)
        assert answers["prepared"] == (0, ""), answers

    lines = [line(f"story-{number}", title=f"No {number}") for number in range(20)]
    prepare("import", ndjson(folder / "stories.ndjson", *lines))
    run("key created", "log", "checkpoint")
    prepare("export", "--all", "-o", "export.zip")
    new_token(archive, now=now())

    ballast = fill(other)
    run("backup", "backup", "other/backup")
    run("export", "export", "--all", "-o", "other/e.zip")
    run("key", "--archive", "none", "key", "create", STORY_HISTORY_KEY="other/key")
    ballast.unlink()
    run("backed up", "backup", "other/backup")
    ballast = fill(other, 40_000)
    run("backup of accounts", "backup", "other/backup")
    ballast.unlink()
    remount(other, "ro")
    run("backup, read-only", "backup", "other/backup")
    run("export, read-only", "export", "--all", "-o", "other/e.zip")

    size = (folder / "export.zip").stat().st_size
    for quarters in (2, 5, 11, 60):
        ballast = fill(temporary, size * quarters // 4)
        run(f"verify {quarters}", "verify", "export.zip", TMPDIR=str(temporary))
        ballast.unlink()

    prepare("import", ndjson(folder / "more.ndjson", line("more")))
    remount(other, "rw")
    for each in archive.parent.glob("archive.key*"):
        shutil.copy(each, other / each.name)
    ballast = fill(other, 0)
    run("memory", "log", "checkpoint", STORY_HISTORY_KEY=str(other / "archive.key"))
    ballast.unlink()
    remount(other, "ro")
    run("memory, read-only", "log", "checkpoint", STORY_HISTORY_KEY=str(other / "archive.key"))
    fill(archive.parent)
    run("checkpoint", "log", "checkpoint")
    run("rotate", "key", "rotate")
    print(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
