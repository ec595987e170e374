"""A release: what `make dist` makes of the last commit, and the checker that anyone can install."""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from repo_store.archive import Archive
from service.audit.log import AuditLog
from tests.audit.conftest import Make
from tests.audit.conftest import audit as audit
from tests.audit.conftest import export as export
from tests.audit.conftest import settings as settings
from tests.audit.conftest import story as story

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
NEEDED = ["Makefile", "pyproject.toml", "requirements.lock", "wsgi.py", "docs"]


def _make(folder: Path) -> Path:
    """What `make dist` makes there, in its own folder."""
    command = ["make", "dist", f"BIN={BIN}", "-o", ".venv/run.stamp"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "dist"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of one commit, in which something else is not committed."""
    folder = tmp_path_factory.mktemp("source")
    for name in (*NEEDED, "service", "repo_store", "connectors/checker"):
        copied = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(exist_ok=True)
        copied(ROOT / name, folder / name)
    identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    for command in (["init"], ["add", "."], [*identity, "commit", "-m", "All of it"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    with (folder / "pyproject.toml").open("a") as changed:
        changed.write('version = "not committed"\n')
    return folder


@pytest.fixture(scope="module")
def dist(source: Path) -> Path:
    return _make(source)


def test_a_release_holds_what_installing_needs(dist: Path) -> None:
    manual = (ROOT / "docs/deploy.md").read_text("utf-8")
    [unpacked] = re.findall(r"tar -xf (\S+) -C /opt/\S+ --strip-components=1", manual)
    folder = unpacked.removesuffix(".tar.gz")
    with tarfile.open(dist / unpacked) as release:
        held = set(release.getnames())
    assert {f"{folder}/{name}" for name in NEEDED} <= held


def test_no_release_is_made_of_nothing(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    command = ["make", "dist", f"BIN={BIN}", "-o", ".venv/run.stamp"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode
    assert not (tmp_path / "dist").exists()


def test_its_checksums_are_of_what_an_export_has(
    dist: Path, export: Make, audit: AuditLog, tmp_path: Path
) -> None:
    listed = dict(line.split("  ")[::-1] for line in (dist / "CHECKSUMS").read_text().splitlines())
    made = {each.name for each in dist.iterdir()}
    assert {*listed} == made - {"CHECKSUMS"}
    for name, digest in listed.items():
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest
    with zipfile.ZipFile(export("library")) as packed:
        for name in ("verify.py", "verify.html", "VERIFY.txt"):
            assert hashlib.sha256(packed.read(f"library/{name}")).hexdigest() == listed[name]


def test_a_release_made_again_is_the_same(source: Path, dist: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    subprocess.run(["git", "clone", "-q", source, again], check=True)
    _make(again)
    assert (again / "dist/CHECKSUMS").read_text() == (dist / "CHECKSUMS").read_text()


def test_the_checker_checks_by_itself(
    dist: Path, export: Make, story: Archive, audit: AuditLog, tmp_path: Path
) -> None:
    """In an environment with nothing else, installed without a network."""
    [wheel] = dist.glob("story_history_checker-*.whl")
    uv = str(BIN / "uv")
    subprocess.run([uv, "venv", "-q", tmp_path / "env"], check=True)
    install = ["pip", "install", "-q", "--offline", "--no-index", "--python", f"{tmp_path}/env"]
    subprocess.run([uv, *install, wheel], check=True)

    def check(*arguments: str | Path) -> tuple[int, str]:
        done = subprocess.run(
            [tmp_path / "env/bin/story-history-check", *arguments],
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin"},
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    with zipfile.ZipFile(export("library")) as packed:
        packed.extractall(tmp_path)  # noqa: S202 made here
    key = audit.public_keys()[-1]
    for printed in (key.line, key.fingerprint):
        code, said = check("--key", printed, tmp_path / "library")
        assert (code, said.splitlines()[-1]) == (0, "verified")
    text = tmp_path / "library/data/stories/library/versions/0001.txt"
    text.write_text("Forged.")
    code, said = check("--key", key.line, tmp_path / "library")
    assert (code, "FAILED: " in said) == (1, True)
    _, page = check("--page")
    assert Path(page.strip()).read_bytes() == (dist / "verify.html").read_bytes()
