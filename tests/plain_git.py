"""Plain git on an archive, as an auditor or an attacker would call it."""

import os
import subprocess
from pathlib import Path

_IDENTITY = {
    f"GIT_{who}_{what}": text
    for who in ("AUTHOR", "COMMITTER")
    for what, text in (("NAME", "Tests"), ("EMAIL", "tests@example.org"))
}
"""Git asks for one, and a fresh machine has none."""


def git(folder: Path, *arguments: str | Path, stdin: str = "") -> str:
    """What git prints. `folder`: an archive or a repository."""
    done = subprocess.run(
        ["git", "-C", folder, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | _IDENTITY,
    )
    return done.stdout


def add_object(folder: Path, data: str, kind: str = "blob") -> str:
    """The id of a new object."""
    return git(folder, "hash-object", "-t", kind, "-w", "--stdin", stdin=data).strip()


def mirror(source: Path, target: Path) -> None:
    git(source.parent, "clone", "--quiet", "--mirror", source, target)
