"""Running git: in a closed environment, on one repository, with files that only their owner reads.

With `repository` the only modules that import GitPython. Nothing reaches git from outside: no
variable of the caller's, no system or user configuration, no hook, no remote. The repository's own
configuration is checked before (`trust`).
"""

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import IO, Any

import git
from git.exc import GitCommandError

from repo_store.errors import ArchiveError

OLDEST = (2, 39, 4)
"""The oldest git that never fetches what is missing, if told so."""

_PRIVATE = 0o077
_BUFFER = 128 * 1024  # more than a pipe holds
_SETTINGS = {
    # By default git flushes neither loose objects nor all refs, and repacks when it likes.
    "core.fsync": "all",
    "core.logAllRefUpdates": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.fsmonitor": "false",
    "protocol.allow": "never",
}
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    # Otherwise glibc returns zlib's memory to the kernel after each object and asks for it again:
    # half of fast-import's time.
    "MALLOC_TOP_PAD_": str(16 * 1024 * 1024),
}


class Command(git.Git):
    """git's commands as methods, on the repository in this directory, or on none.

    The repository is named to git, so that it looks for none, and asks nobody whose it is. Raises
    ArchiveError if git is missing or too old.
    """

    def __init__(self, repository: Path | None = None) -> None:
        super().__init__(repository)
        _check_version()
        self.set_persistent_git_options(
            **({"git_dir": str(repository)} if repository else {}),
            c=[f"{name}={value}" for name, value in _SETTINGS.items()],
        )

    def execute(  # type: ignore[override]  # only what is used here
        self, command: list[str], istream: IO[bytes] | int | None = None, as_process: bool = False
    ) -> Any:
        """What git prints, or its running process. Raises GitCommandError if it fails."""
        process = _started(command, istream, self.working_dir)
        if as_process:
            return self.AutoInterrupt(process, command)
        out, err = process.communicate()
        if process.returncode:
            raise GitCommandError(command, process.returncode, err, out)
        return out.decode(errors="surrogateescape").removesuffix("\n")


def _started(
    command: list[str], stdin: IO[bytes] | int | None = None, folder: Any = None
) -> subprocess.Popen[bytes]:
    # Where programs and temporary files are is all that is taken over from the caller.
    inherited = {"PATH": os.pathsep.join(os.get_exec_path()), "TMPDIR": tempfile.gettempdir()}
    try:
        return subprocess.Popen(  # noqa: S603 options made here, ids and paths: see the docstring
            command,
            env=inherited | _ENVIRONMENT,
            cwd=folder,
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=_BUFFER,
            umask=_PRIVATE,
        )
    except FileNotFoundError as error:
        raise ArchiveError(f"{error.filename} is not there: install git") from None


@cache
def _check_version() -> None:
    told, _ = _started([Command.GIT_PYTHON_GIT_EXECUTABLE or "git", "version"]).communicate()
    version = told.decode(errors="replace").removeprefix("git version ").split()[0]
    digits = version.split(".")[:3]
    if [int(each) if each.isdecimal() else 0 for each in digits] < list(OLDEST):
        oldest = ".".join(map(str, OLDEST))
        raise ArchiveError(f"git {version} is too old: install git {oldest} or newer")
