"""Bulk imports: a large file is one stream; killed, its import resumes."""

from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.write import bulk_import
from service.usecases import importing
from service.usecases.importing import ImportOutcome, import_file
from service.usecases.publishing import Publishing
from tests.cli.conftest import Run, line, ndjson
from tests.samples import story, ticking

LINES = [
    line(
        f"story-{number % 7}",
        title=f"Title {number}",
        state="draft" if number == 40 else "published",
    )
    for number in range(60)
]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint every ten lines."""
    monkeypatch.setattr(bulk_import, "CHECKPOINT", 10)


def _take(
    archive: Archive, path: Path, keep_going: bool = False, stop: int = 0
) -> tuple[ImportOutcome, list[int]]:
    """Import, and the numbers of the lines it read. `stop`: as if killed at that line."""

    def progress(outcome: ImportOutcome) -> None:
        if not outcome.indexed:
            read.append(outcome.lines)
        if outcome.lines == stop:
            raise KeyboardInterrupt

    read: list[int] = []
    clock = ticking()
    stories = Publishing(archive, clock)
    outcome = import_file(
        archive, stories, path, clock, keep_going=keep_going, progress=progress, bulk_size=0
    )
    return outcome, read


@pytest.mark.usefixtures("small")
def test_a_killed_import_resumes_and_ends_as_if_it_had_not_been_killed(
    archive: Archive, tmp_path: Path
) -> None:
    file = ndjson(tmp_path / "all.ndjson", *LINES, LINES[-1])
    with pytest.raises(KeyboardInterrupt):
        _take(archive, file, stop=37)
    assert archive.index.tips() == {}
    outcome, read = _take(archive, file)
    assert read == list(range(31, 62)), "from the last note on"
    assert (outcome.stored, outcome.unchanged) == (60, 1)
    assert [len(archive.index.chain(f"story-{n}")) for n in range(7)] == [9, 9, 9, 9, 8, 8, 8]
    assert archive.verify().findings == ()


@pytest.mark.usefixtures("small")
def test_other_ids_are_known_after_a_kill(archive: Archive, tmp_path: Path) -> None:
    renamed = line("old", aliases=["new"])
    file = ndjson(tmp_path / "all.ndjson", renamed, *LINES, line("new", title="Later"))
    with pytest.raises(KeyboardInterrupt):
        _take(archive, file, stop=37)
    assert _take(archive, file)[0].bad == []
    assert (archive.index.tip("old").live, archive.index.tip("new").head) == (2, None)


@pytest.mark.usefixtures("small")
def test_a_modified_file_is_imported_from_the_beginning(archive: Archive, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "all.ndjson", *LINES)
    with pytest.raises(KeyboardInterrupt):
        _take(archive, file, stop=37)
    ndjson(file, *LINES[:50])
    assert _take(archive, file)[0].stored == 50


@pytest.mark.usefixtures("small")
def test_with_a_bad_line_nothing_is_stored_and_nothing_is_left(
    archive: Archive, archive_path: Path, tmp_path: Path
) -> None:
    file = ndjson(tmp_path / "all.ndjson", *LINES[:30], "bad", *LINES[30:], "worse")
    outcome, _ = _take(archive, file)
    assert [message.split(":")[0] for message in outcome.bad] == [
        "all.ndjson line 31",
        "all.ndjson line 62",
    ]
    assert archive.index.tips() == {}
    assert list((archive_path / "imports").iterdir()) == []


@pytest.mark.usefixtures("small")
def test_keep_going_remembers_the_bad_lines_after_a_kill(archive: Archive, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "all.ndjson", "bad", *LINES)
    with pytest.raises(KeyboardInterrupt):
        _take(archive, file, keep_going=True, stop=37)
    outcome, _ = _take(archive, file, keep_going=True)
    assert (outcome.stored, [message.split(":")[0] for message in outcome.bad]) == (
        60,
        ["all.ndjson line 1"],
    )


def test_a_large_file_by_the_command_line(run: Run, tmp_path: Path) -> None:
    paragraph = "The council voted nine to six to keep the library open. " * 80
    lines = [
        {"story": f"story-{n}", "content": story(overview=[f"{paragraph}{n}"])}
        for n in range(1_000)
    ]
    file = ndjson(tmp_path / "all.ndjson", *lines)
    assert file.stat().st_size > importing.BULK_SIZE
    assert run("import", file).stdout == (
        "all.ndjson: 1000 stored, 0 unchanged (story-0, story-1, story-2 …)\n"
    )
    assert "1,000 stories, 1,000 revisions" in run("verify").stdout
