"""A small disk, for a module that is run in a mount namespace of its own and prints JSON."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def answers_of(module: str, folder: Path) -> dict[str, Any]:
    """What a module's `main` prints, which is given a folder for its disks."""
    possible = shutil.which("unshare")
    if not possible or subprocess.run([*_NAMESPACE, "true"], check=False).returncode:
        pytest.skip("this system lets no one mount a small disk")
    done = subprocess.run(
        [*_NAMESPACE, sys.executable, "-m", module, folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=Path(__file__).parent.parent,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def mount(path: Path, size: str) -> Path:
    """A disk of this size at the path, which is made."""
    path.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path))
    return path


def remount(path: Path, how: str) -> None:
    """`ro` or `rw`. Linux makes no disk read-only while a file is open for writing."""
    _mount("-o", f"remount,{how}", str(path))


def fill(path: Path, room: int = 0) -> Path:
    """Leave no more room than this on the disk; returns the file to delete for all of it."""
    ballast = path / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**16, 2**12):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    os.truncate(ballast, ballast.stat().st_size - room)
    return ballast


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
