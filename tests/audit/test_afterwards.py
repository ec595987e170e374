"""Exports of what was said of versions afterwards, and of times that are not what they seem."""

import csv
import io
import re
import subprocess
import sys
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.history.records import Kind, Verb
from service.audit.verify.verifier import verify
from tests.audit.conftest import Make, files_of
from tests.samples import action, append, content, entry


def _words(page: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


@pytest.fixture
def disorder(archive: Archive) -> Archive:
    for day in (3, 2, 4):
        at = datetime(2026, 4, day, 9, tzinfo=UTC)
        append(archive, entry(content(title=f"On {day} April"), "late", created_at=at))
    with archive.batch() as batch:
        of = {"story": "late", "kind": Kind.CLARIFICATION}
        batch.act(action(1, Verb.EXPLAIN, "It was\nthe 3rd.", **of))
        batch.act(action(3, Verb.WITHDRAW, "All of it was wrong.", story="late"))
    return archive


@pytest.mark.usefixtures("disorder")
def test_an_export_says_what_was_added_when_and_what_is_out_of_order(export: Make) -> None:
    path = export("late")
    files = files_of(path)
    rows = list(csv.DictReader(io.StringIO(files["data/stories/late/versions.csv"].decode())))
    assert [row["out_of_order"] for row in rows] == ["", "yes", ""]
    assert [row["live_until"][:10] for row in rows] == ["2026-04-02", "2026-04-04", ""]
    assert all(row["recorded_at"].startswith("2026-05-01") for row in rows)
    assert rows[0]["explanations"] == "clarification, 2026-05-01T09:30:00Z: It was\nthe 3rd."
    report = _words(files["data/stories/late/report.html"])
    assert "Clarification added 1 May 2026, 09:30 UTC" in report
    assert "By the times that versions claim, never live: it is of 3 April" in report
    assert "(recorded 1 May 2026" in report
    assert "(out of order)" in report
    assert "All of it was wrong." in report
    assert "out of order" in _words(files["data/stories/late/differences/0001-0002.html"])
    verdict = verify(path)
    assert verdict.faults == []
    said = [line for line in verdict.unproven if "as it claims" in line]
    assert len(said) == 3
    assert (
        "late version 2 was published at 2026-04-02T09:00:00Z, as it claims, out of order"
        in said[1]
    )


@pytest.mark.usefixtures("disorder")
def test_the_standalone_checker_takes_it(export: Make, tmp_path: Path) -> None:
    path = export("late")
    subprocess.run(["unzip", "-q", path, "-d", tmp_path / "out"], check=True)
    root = tmp_path / "out" / "late"
    done = subprocess.run(
        [sys.executable, "-I", root / "verify.py", "--any-signer"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_many_claimed_times_are_counted(archive: Archive, export: Make) -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(9):
        append(archive, entry(content(title=f"{number}"), "old", created_at=at))
    said = [line for line in verify(export("old")).unproven if "more versions" in line]
    assert said == ["the same of 4 more versions: see recorded_at in versions.csv"]
