"""Refusing a repository that makes git do more than read and write its own objects.

A configuration, or a file that git looks for, can name programs to run, other repositories to read
and places to fetch from. An archive may come from anyone, so its configuration must be one that
this program or `git clone --mirror` writes, line by line, and such files must not be there.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from repo_store.errors import ArchiveError

_FLAG = "true|false"
_ALLOWED = {
    "core.repositoryformatversion": "0",
    "core.filemode": _FLAG,
    "core.bare": "true",
    "core.ignorecase": _FLAG,
    "core.precomposeunicode": _FLAG,
    "core.symlinks": _FLAG,
    "core.fsync": "all",
    "core.logallrefupdates": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    # Of a mirror: where it was cloned from, which no command of ours uses. `::` names a program.
    "remote.url": r"(?!-)(?:(?!::)[^\"\\#;\x00-\x1f\x7f])+",
    "remote.fetch": r"\+refs/\*:refs/\*",
    "remote.mirror": "true",
}
"""Each setting that may be there, with its values."""
_SECTION = re.compile(r'\[(core|gc|maintenance)\]|\[(remote) "[\w.-]+"\]')
_SETTING = re.compile(r"\t([A-Za-z]+) = (.*)")
_MOST_BYTES = 64 * 1024

_REDIRECTING = (
    *("commondir", "config.worktree", "gitdir", "info/grafts", "modules", "reftable", "shallow"),
    *("objects/info/alternates", "objects/info/http-alternates", "refs/replace", "worktrees"),
)
"""What makes git look elsewhere, or see another history than the objects'."""
_FOLDERS = (
    *("", "objects", "objects/pack", "objects/info", "refs", "refs/stories", "refs/archive"),
    *(f"objects/{number:02x}" for number in range(256)),
)


def check(repository: Path) -> None:
    """Raises ArchiveError, naming the file and what to do, if it is not one of this program's."""
    check_plain(repository, *_FOLDERS)
    for name in ("HEAD", "config", "objects", "refs"):
        if not (repository / name).exists():
            raise ArchiveError(f"{repository} is not a git repository: it has no {name}")
    for name in _REDIRECTING:
        if os.path.lexists(repository / name):
            raise _foreign(repository / name, "it makes git look elsewhere")
    for hook in _entries(str(repository / "hooks")):
        if not hook.name.endswith(".sample") and os.access(hook.path, os.X_OK):
            raise _foreign(Path(hook.path), "git would run it")
    _check_config(repository / "config")


def check_plain(folder: Path, *names: str) -> None:
    """Raises ArchiveError if something in these folders is neither a file nor a directory."""
    for name in names:
        for entry in _entries(os.path.join(folder, name)):
            if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                with suppress(FileNotFoundError):  # a temporary file of a writer
                    raise _foreign(Path(entry.path), _kind(entry.stat(follow_symlinks=False)))


def not_plain(folder: Path) -> Iterator[Path]:
    """Whatever in it, at any depth, is neither a file nor a directory."""
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            with suppress(FileNotFoundError):  # a temporary file of a writer
                mode = os.lstat(os.path.join(root, name)).st_mode
                if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
                    yield Path(root, name)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _kind(found: os.stat_result) -> str:
    return "it is a symbolic link" if stat.S_ISLNK(found.st_mode) else "it is not a plain file"


def _foreign(path: Path, why: str) -> ArchiveError:
    return ArchiveError(
        f"{path}: {why}, and story-history did not make it; move it out of the archive if you"
        " trust where the archive comes from"
    )


def _check_config(path: Path) -> None:
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    section = ""
    for number, line in enumerate(_lines(path, data), 1):
        if found := _SECTION.fullmatch(line):
            section = found[1] or found[2]
            continue
        setting = _SETTING.fullmatch(line)
        name = f"{section}.{setting[1].lower()}" if setting else line.strip()
        allowed = setting and _ALLOWED.get(name)
        if not (setting and allowed and re.fullmatch(allowed, setting[2])):
            shown = f"{name} = {setting[2]}" if setting else name
            raise ArchiveError(
                f"{path} line {number}: “{shown[:80]}” is not a setting that story-history makes;"
                " remove the line if you trust where the archive comes from"
            )


def _lines(path: Path, data: bytes) -> list[str]:
    try:
        if len(data) > _MOST_BYTES:
            raise ValueError("too long")
        return data.decode().removesuffix("\n").split("\n")
    except ValueError:
        raise ArchiveError(f"{path}: it is not the configuration of an archive") from None
