"""An archive's directory: creating one, and telling whether a directory is one we can read.

Its format is recorded in git itself, under a ref of its own.
"""

import logging
import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from repo_store import durable, locks
from repo_store.errors import ArchiveError
from repo_store.git import trust
from repo_store.git.repository import FORMAT_REF, Repository
from repo_store.history.declared_shapes import SHAPES_REF
from repo_store.log.checkpoint_commits import LOG_REF, PUBLISHED_REF
from repo_store.log.stamps import STAMPS_REF

log = logging.getLogger(__name__)

FORMAT = 4
FORMAT_TEXT = f"""story-history archive, format {FORMAT}

Each story is a chain of commits, one a revision or an action: refs/stories/<two digits>/<id>.
Each commit holds story.json, the text that it records or is about; its message holds the note
and, as trailers, the record. A text that was lawfully removed has a tombstone in its place.
refs/archive/log holds the log of all commits and its signed checkpoints.
`git log -p refs/stories/<two digits>/<id>` reads a story's history with plain git.
"""
ACCOUNTS_REF = "refs/archive/accounts"
ACCOUNTS_TEXT = """This archive has accounts: tokens, sessions, webhooks. They are in accounts.db
beside this repository, not in git. If that file is missing, it was lost.
"""
IDENTITY_REF = "refs/archive/identity"
"""A line that names the archive for good: what its feeds' ids begin with."""
OTHER_REFS = (
    *(FORMAT_REF, ACCOUNTS_REF, IDENTITY_REF),
    *(PUBLISHED_REF, LOG_REF, SHAPES_REF, STAMPS_REF),
)
"""The refs that are not of a story. In this order they are read for a copy, before the stories', so
that each has all that the one before it refers to: the public log ties in the other one.
"""
MANIFEST = "backup.json"
"""What a backup notes of itself: a folder that has it is no archive."""
_TEMPORARY = ".new-"
_POINTER, _POINTS = ".git", b"gitdir: stories.git\n"


def repository(archive: Path) -> Path:
    return archive / "stories.git"


def create(path: Path) -> None:
    """Make an archive of an absent or empty directory; any other is left alone."""

    def fill(folder: Path) -> None:
        git = Repository.create(repository(folder))
        git.write_format(FORMAT_TEXT)
        git.close()

    make(path, fill)


def make(path: Path, fill: Callable[[Path], object]) -> bool:
    """Make an archive of an absent or empty directory, with all that `fill` makes in the folder it
    is given, or with nothing; False, and nothing is changed, if the directory is not empty.

    Raises ArchiveError if it cannot be made there, or if root would make it in another's directory.
    """
    try:
        path.mkdir(0o700, parents=True, exist_ok=True)
        _check_owner(path)
        with locks.locked(str(path)):
            if not all(_counts_as_empty(entry.name) for entry in path.iterdir()):
                return False
            clear_unfinished(path)
            with TemporaryDirectory(prefix=_TEMPORARY, dir=path) as temporary:
                fill(Path(temporary))
                # The repository last: with it the archive is there.
                names = [each.name for each in Path(temporary).iterdir()]
                for name in sorted(names, key=lambda name: name == repository(path).name):
                    (Path(temporary) / name).rename(path / name)
            # With this file plain git works in the archive directory itself.
            durable.replace(str(path / _POINTER), _POINTS)
    except OSError as error:
        raise ArchiveError(f"{path}: no archive can be made there: {error.strerror}") from None
    return True


def _counts_as_empty(name: str) -> bool:
    """What a crash or a new disk leaves in a directory."""
    return name.startswith(_TEMPORARY) or name == "lost+found"


def clear_unfinished(path: Path) -> tuple[int, int]:
    """Remove the folders of archives that were never finished, with the texts in them: how many
    there were, and how many are left, which is logged.

    None is in use, however young: whoever makes an archive holds the lock of its folder until it is
    there. So this is for the holder of that lock, or where there is an archive.
    """
    found = [each for each in path.glob(f"{_TEMPORARY}*") if each.is_dir()]
    for each in found:
        try:
            shutil.rmtree(each)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.error("%s: left by a process that was killed, and not removed: %s", each, error)
    left = sum(os.path.lexists(each) for each in found)
    return len(found) - left, left


def make_repository(folder: Path) -> None:
    """Put a new, empty repository where an archive has its own, whole or not at all."""
    with TemporaryDirectory(prefix=_TEMPORARY, dir=folder) as temporary:
        Repository.create(repository(Path(temporary))).close()
        repository(Path(temporary)).rename(repository(folder))


def check(path: Path) -> None:
    """Raises ArchiveError for a directory that is not an archive, or that is another's for root."""
    if not path.is_dir():
        raise ArchiveError(f"{path}: there is no archive here")
    if os.path.lexists(path / MANIFEST):
        # An index would keep the words of a text that is removed later.
        raise ArchiveError(
            f"{path}: this is a backup: restore it, `story-history --archive NEW restore {path}`"
        )
    if not repository(path).is_dir():
        raise ArchiveError(f"{path}: this directory is not a story-history archive")
    _check_owner(path)
    trust.check_plain(path, "", "locks")
    pointer = path / _POINTER
    if pointer.exists() and (not pointer.is_file() or pointer.read_bytes() != _POINTS):
        raise ArchiveError(f"{pointer}: it leads git elsewhere than to stories.git: remove it")


def _check_owner(path: Path) -> None:
    """Raises ArchiveError if root would leave files there that the archive's owner cannot read."""
    owner = path.stat().st_uid
    if os.geteuid() == 0 != owner:
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"#{owner}"
        raise ArchiveError(
            f"{path}: this archive belongs to the user {name}, who could not read what root writes"
            f" there: run this as that user (sudo -u '{name}' …)"
        )


def check_format(path: Path, git: Repository) -> None:
    """Raises ArchiveError for a format that is none, or newer than this one."""
    text = git.format_text(FORMAT_TEXT)
    title, _, number = (text or "").partition("\n")[0].rpartition(" ")
    if title != "story-history archive, format" or not number.isdigit():
        raise ArchiveError(f"{path}: this directory is not a story-history archive")
    if int(number) > FORMAT:
        raise ArchiveError(
            f"{path}: the archive has format {number}; this story-history reads up to {FORMAT}:"
            " use a newer one"
        )


def upgrade(path: Path, git: Repository) -> None:
    """Mark an older archive as one of this format, after saying what that means.

    The first format knew revisions only, the second no log, and the third no action but those on
    drafts and removals.
    """
    text = git.format_text(FORMAT_TEXT) or ""
    if text != FORMAT_TEXT:
        number = text.partition("\n")[0].rpartition(" ")[2]
        log.warning(
            "%s: upgrading from format %s to %s: no text is rewritten, but releases that read only"
            " up to format %s will refuse this archive; for a way back keep a backup made before",
            *(path, number, FORMAT, number),
        )
        git.write_format(FORMAT_TEXT)
