"""The report says in short what each version changed, and where all of it is marked."""

import re
from datetime import UTC, datetime

from repo_store.archive import Archive
from service.audit.export import report
from service.audit.snapshot import Snapshot
from tests.audit.conftest import Make, files_of
from tests.samples import append, content, entry


def _words(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page.decode()))


def test_the_report_names_the_redline_of_each_change(export: Make) -> None:
    folder = "data/stories/library"
    files = files_of(export("library"))
    page = files[f"{folder}/report.html"].decode()
    named = re.findall(r'href="([^"]+)"', page)
    assert named == ["differences/0001-0002.html", "differences/0002-0003.html"]
    assert all(f"{folder}/{name}" in files for name in named)


def test_the_report_quotes_the_first_words_of_a_change_and_counts_the_rest(
    archive: Archive,
) -> None:
    old, new = (f"{word} two three four five six seven eight nine ten" for word in ("Un", "One"))
    append(archive, entry(content(overview=[old, *(f"Old {n} text" for n in range(20))])))
    append(archive, entry(content(overview=[f"{new} eleven", *("New" * n for n in range(1, 21))])))
    story = Snapshot(archive, archive.index.log.size()).story("library")
    texts = Snapshot(archive, archive.index.log.size()).texts(story.revisions)
    *_, step = report.steps([(each, texts[each.revision][1]) for each in story.versions])
    page = _words(report.section(step, datetime(2026, 5, 1, tzinfo=UTC)))
    assert "Overview: Paragraph 1 changed: Un → One" in page
    assert "words added" in page
    assert re.search(r"and \d+ more changes", page)
    assert "New" * 20 not in page


def test_a_redline_shows_all_of_a_difference_however_large(archive: Archive) -> None:
    """A web page shows as much in several parts."""
    for word in ("old", "new"):
        lines = [f"{word} number {n} {'x' * n}" for n in range(900)]
        append(archive, entry(content(overview=lines)))
    snapshot = Snapshot(archive, archive.index.log.size())
    story = snapshot.story("library")
    texts = snapshot.texts(story.revisions)
    *_, step = report.steps([(each, texts[each.revision][1]) for each in story.versions])
    page = _words(report.redline(step))
    for n in range(900):
        assert f"number {n} " in page, n
