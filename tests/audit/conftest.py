"""Exports of small archives, verified by our checker and by hand with common tools."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.history.records import State, Verb
from service.audit.export.exports import ExportRequest, Exports
from service.audit.keys import Signer
from service.audit.log import AuditLog
from service.audit.verify.verifier import verify
from service.config import Settings
from service.wiring import Services
from tests.samples import action, append, content, entry

SEVERAL = ("airport", "library", "other")
"""The stories of the archive below, in the order of exports."""
BY_HAND = Path(__file__).with_name("by_hand.sh")
GUIDE = Path(__file__).parents[2] / "service/audit/verify/VERIFY.txt"
TOOLS = ("sha256sum", "unzip", "git", "ssh-keygen", "python3", "openssl", "cut", "diff", "awk")


@pytest.fixture
def settings(archive_path: Path) -> Settings:
    return Settings(archive_path)


@pytest.fixture
def audit(archive: Archive, settings: Settings) -> AuditLog:
    return Services(settings, archive).audit


@pytest.fixture
def story(archive: Archive) -> Archive:
    """A story with three versions, one of which was a draft, and a rejected draft. Exports place it
    between two others.
    """
    append(archive, entry(content(title="One")))
    append(
        archive, entry(content(title="Two", overview=["Nine of 15 ."]), note="The sum was wrong.")
    )
    append(archive, entry(content(title="Three"), state=State.DRAFT))
    append(archive, entry(content(title="Never"), state=State.DRAFT))
    with archive.batch() as batch:
        batch.act(action(3, Verb.APPROVE, "Read it."))
        batch.act(action(3, Verb.PUBLISH))
        batch.act(action(4, Verb.REJECT, "No."))
    append(archive, entry(content(), "other"))
    append(archive, entry(content(), "airport"), entry(content(title="Open"), "airport"))
    return archive


Files = dict[str, bytes]
Make = Callable[..., Path]


@pytest.fixture
def export(story: Archive, audit: AuditLog, tmp_path: Path) -> Make:
    """Write an export to a file."""

    def make(*stories: str, name: str = "export.zip", **fields: Any) -> Path:
        request = ExportRequest(stories, **fields)
        path = tmp_path / name
        path.write_bytes(b"".join(Exports(story, audit).prepare(request).parts()))
        return path

    return make


def files_of(path: Path) -> Files:
    """The files of an export by their paths in the bag."""
    with zipfile.ZipFile(path) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


def forget(signer: Signer) -> None:
    """As an operator does who is about to contradict what the key signed."""
    signer.memory.path.unlink()


def by_hand(
    path: Path,
    printed: str,
    authority: Path | None = None,
    stamped: datetime | None = None,
    shell: str = "dash",
) -> str:
    """The result of following VERIFY.txt on a machine without our software: “verified”, or the step
    that failed. `printed`: the key's line or fingerprint; `stamped`: when an authority whose
    certificate has run out stamped it.
    """
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    assert not missing, missing
    folders = os.pathsep.join(sorted({str(Path(_system(tool)).parent) for tool in TOOLS}))
    at = str(int(stamped.timestamp())) if stamped else ""
    arguments = [str(GUIDE), str(path), printed, str(authority or ""), at]
    done = subprocess.run(
        [shell, str(BY_HAND), *arguments],
        capture_output=True,
        text=True,
        env={"PATH": folders},
        cwd=path.parent,
        check=False,
    )
    return done.stdout.strip() or done.stderr


def _system(tool: str) -> str:
    """The tool's path outside our own environment."""
    path = os.pathsep.join(
        each for each in os.environ["PATH"].split(os.pathsep) if ".venv" not in each
    )
    system = shutil.which(tool, path=path)
    assert system, tool
    return system


def failures(path: Path, key: str = "") -> list[str]:
    """The faults that our checker finds."""
    return verify(path, key).faults
