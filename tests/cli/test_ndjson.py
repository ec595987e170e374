"""The public versions of an archive as NDJSON, imported again as the same."""

import json
import os
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from repo_store import rfc3339
from repo_store.archive import Archive
from repo_store.history.records import Kind, State, Verb
from repo_store.ids import Author
from service.usecases.importing import import_file
from service.usecases.publishing import Publishing
from service.wiring import now
from tests.cli.conftest import Done, Run, line, ndjson
from tests.redactions import removal, remove
from tests.samples import NOON, action, append, content, entry
from tests.servers import PROGRAM

COPIED = ("version", "kind", "note", "author", "created_at", "content")


@pytest.fixture
def stories(archive_path: Path) -> None:
    """Two public stories, one of them published through a draft, and one with a draft alone."""
    by = Author("Dara Voss", "dara@paper.example")
    with closing(Archive.open(archive_path, now, create=True)) as archive:
        append(
            archive, entry(content(title="神\u200f e\u0301"), author=by, note="One\n\nTwo\\ \u00a0")
        )
        append(archive, entry(content(title="Draft"), state=State.DRAFT, author=Author("A W")))
        append(archive, entry(content(title="Never"), state=State.DRAFT))
        with archive.batch() as batch:
            batch.act(action(2, Verb.PUBLISH, "At last", kind=Kind.CORRECTION, created_at=NOON))
        append(archive, entry(content(title="Third"), created_at=NOON, kind=Kind.RESTORE))
        append(archive, entry(content(), "airport"), entry(content(title="Open"), "airport"))
        append(archive, entry(content(), "secret", state=State.DRAFT))


def _versions(run: Run, environ: dict[str, str] | None = None) -> list[dict[str, Any]]:
    found = []
    for name in ("airport", "library"):
        numbers = [
            each["version"] for each in run("log", name, "--json", environ=environ).json["items"]
        ]
        for number in sorted(numbers):
            version = run("show", name, str(number), "--json", environ=environ).json
            found.append({key: version[key] for key in COPIED} | {"story": name})
    return found


def _lines(done: Done) -> list[dict[str, Any]]:
    return list(map(json.loads, done.stdout.splitlines()))


def test_a_history_that_is_imported_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    days = ("2020-05-01", "2020-05-02", "2020-05-03")
    lines = [line(title=day, created_at=f"{day}T10:00:00Z", note="Why") for day in days]
    lines[0] |= {"explanations": [{"note": "More"}], "withdrawn": {"note": "For now"}}
    file = ndjson(tmp_path / "all.ndjson", *lines)
    assert "3 stored, 0 unchanged" in run("import", file).stdout
    assert "0 stored, 3 unchanged" in run("import", file).stdout
    others: list[dict[str, Any]] = [
        {"content": lines[1]["content"]},
        {"note": "Another"},
        {"explanations": [{"note": "Another"}]},
    ]
    for other in others:
        refused = run("import", ndjson(tmp_path / "other.ndjson", lines[0] | other))
        assert "is before an earlier version" in refused.stderr


@pytest.mark.usefixtures("stories")
def test_what_is_exported_imports_as_the_same_versions(run: Run, tmp_path: Path) -> None:
    done = run("export", "--all", "--format", "ndjson", "-o", tmp_path / "all.ndjson")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'all.ndjson'}: 5 versions\n"
    text = (tmp_path / "all.ndjson").read_text()
    assert "Never" not in text
    assert "secret" not in text
    assert "@" not in text
    other = {"STORY_HISTORY_ARCHIVE": str(tmp_path / "other")}
    assert run("import", tmp_path / "all.ndjson", environ=other).returncode == 0
    versions = _versions(run)
    assert _versions(run, other) == versions
    assert [each["created_at"] for each in versions[-2:]] == ["2026-05-01T12:00:00Z"] * 2
    assert (versions[-2]["note"], versions[-2]["kind"]) == ("At last", "correction")
    assert run("verify", environ=other).returncode == 0
    again = run("export", "--all", "--format", "ndjson", environ=other)
    assert again.stdout.encode().decode() == run("export", "--all", "--format", "ndjson").stdout


@pytest.mark.usefixtures("stories")
def test_stories_are_named_and_standard_output_is_the_default(run: Run) -> None:
    arguments = ("export", "library", "airport", "library", "--format", "ndjson")
    done = run(*arguments)
    assert [each["story"] for each in _lines(done)] == ["library"] * 3 + ["airport"] * 2
    assert done.stderr == "standard output: 5 versions\n"
    assert run(*arguments, "-o", "-").stdout == done.stdout
    first = _lines(done)[0]
    assert list(first) == ["story", "content", "note", "kind", "state", "author", "created_at"]
    assert first["author"] == {"name": "Dara Voss"}
    for unknown in ("secret", "nothing", "../x"):
        missing = run("export", "library", unknown, "--format", "ndjson")
        assert (missing.returncode, missing.stdout) == (2, "")
        assert f"no story “{unknown}”" in missing.stderr


@pytest.mark.usefixtures("stories")
def test_removed_versions_are_counted_and_the_shift_is_said(
    run: Run, archive_path: Path, tmp_path: Path
) -> None:
    with closing(Archive.open(archive_path, now)) as archive:
        remove(archive, removal(1))
        remove(archive, removal(2, story="airport"))
    done = run("export", "--all", "--format", "ndjson")
    assert done.returncode == 0
    assert [each["content"]["title"] for each in _lines(done)] == [
        "Council keeps the library open",
        "Draft",
        "Third",
    ]
    assert done.stderr.splitlines() == [
        "airport: removed and left out: version 2",
        "library: removed and left out: version 1",
        "library: later versions get lower numbers where this is imported",
        "standard output: 3 versions; 2 left out, since they were removed",
    ]
    (tmp_path / "all.ndjson").write_text(done.stdout)
    other = {"STORY_HISTORY_ARCHIVE": str(tmp_path / "other")}
    assert "3 stored" in run("import", tmp_path / "all.ndjson", environ=other).stdout
    assert run("show", "library", "2", "--json", environ=other).json["content"]["title"] == "Third"


@pytest.mark.usefixtures("stories")
def test_a_damaged_version_is_named_and_the_others_are_written(
    run: Run, archive_path: Path, tmp_path: Path
) -> None:
    with closing(Archive.open(archive_path, now)) as archive:
        version = archive.index.version("library", 2)
        assert version
    (archive_path / "stories.git/objects" / version.blob[:2] / version.blob[2:]).unlink()
    done = run("export", "--all", "--format", "ndjson", "-o", tmp_path / "all.ndjson")
    assert done.returncode == 1
    assert "library: version 2 is damaged and left out: " in done.stderr
    assert "later versions get lower numbers" in done.stderr
    assert len((tmp_path / "all.ndjson").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "ndjson"],
        *(["--all", "--format", "ndjson", *more] for more in (["--drafts"], ["--pdf"])),
        ["--since", "2026-01-01", "--format", "ndjson"],
        ["--all"],
        ["--all", "-o", "-"],
        ["--all", "--format", "ndjson", "-o", "no/such/folder/x"],
    ],
)
def test_what_does_not_go_together_is_bad_usage(
    run: Run, tmp_path: Path, arguments: list[str]
) -> None:
    run("import", ndjson(tmp_path / "a.ndjson", line()))
    done = run("export", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("story-history: ")
    assert done.stdout == ""


@pytest.mark.usefixtures("stories")
def test_a_pipe_leads_from_one_archive_to_another(run: Run, archive_path: Path) -> None:
    other = {"STORY_HISTORY_ARCHIVE": str(archive_path.with_name("other"))}
    done = subprocess.run(
        [
            "bash",
            "-c",
            '"$0" export --all --format ndjson | "$0" import --archive other -',
            PROGRAM,
        ],
        env=os.environ | {"STORY_HISTORY_ARCHIVE": str(archive_path)},
        cwd=archive_path.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "standard input: 5 stored, 0 unchanged (airport, library)\n"
    assert _versions(run, other) == _versions(run)


@pytest.mark.usefixtures("stories")
def test_named_pipes_are_written_and_read_once(run: Run, tmp_path: Path) -> None:
    pipe, through = tmp_path / "pipe", tmp_path / "through.ndjson"
    os.mkfifo(pipe)
    reader = Thread(target=lambda: through.write_bytes(pipe.read_bytes()))
    reader.start()
    assert run("export", "--all", "--format", "ndjson", "-o", pipe).returncode == 0
    reader.join()
    assert pipe.is_fifo()
    writer = Thread(target=lambda: pipe.write_bytes(through.read_bytes()))
    writer.start()
    other = {"STORY_HISTORY_ARCHIVE": str(tmp_path / "other")}
    assert run("import", pipe, environ=other).stdout.startswith("pipe: 5 stored, 0 unchanged")
    writer.join()
    assert _versions(run, other) == _versions(run)


@pytest.mark.usefixtures("stories")
@pytest.mark.parametrize("size", [0, 10**9], ids=["in bulk", "in a batch"])
def test_what_was_said_afterwards_is_moved_too(
    archive_path: Path, tmp_path: Path, run: Run, size: int
) -> None:
    with closing(Archive.open(archive_path, now)) as archive, archive.batch() as batch:
        batch.act(action(1, Verb.EXPLAIN, "It was 14.", kind=Kind.CLARIFICATION))
        batch.act(action(4, Verb.ALIAS, alias="lib"))
        batch.act(action(4, Verb.WITHDRAW, "Wrong in all parts."))
    file = tmp_path / "all.ndjson"
    assert run("export", "--all", "--format", "ndjson", "-o", file).returncode == 0
    last = json.loads(file.read_text().splitlines()[-1])
    assert (last["withdrawn"]["note"], last["aliases"]) == ("Wrong in all parts.", ["lib"])
    with closing(Archive.open(tmp_path / "copy", now, create=True)) as copy:
        done = import_file(copy, Publishing(copy, now), file, now, bulk_size=size)
        assert (done.stored, done.bad) == (5, [])
        assert copy.index.tip("library").withdrawn
        again = ndjson(tmp_path / "again.ndjson", last | {"withdrawn": None, "created_at": None})
        assert import_file(copy, Publishing(copy, now), again, now).bad == []
        assert copy.index.tip("library").withdrawn is None, "published again"
        [said] = copy.index.chain("library")[0].explanations
        assert (said.note, said.kind, said.author) == ("It was 14.", "clarification", "Dara Voss")
        assert copy.index.resolve("lib") == "library"
        assert copy.verify().findings == ()


@pytest.mark.parametrize("size", [0, 10**9], ids=["in bulk", "in a batch"])
def test_a_version_that_ended_a_withdrawal_is_moved_too(
    archive_path: Path, tmp_path: Path, run: Run, size: int
) -> None:
    with closing(Archive.open(archive_path, now, create=True)) as archive:
        append(archive, entry(content(), created_at=NOON))
        with archive.batch() as batch:
            later = NOON + timedelta(hours=1)
            batch.act(action(1, Verb.WITHDRAW, "Under review.", created_at=later))
        append(archive, entry(content(), created_at=NOON + timedelta(hours=2), note="Back."))
    file = tmp_path / "all.ndjson"
    run("export", "--all", "--format", "ndjson", "-o", file)
    with closing(Archive.open(tmp_path / "copy", now, create=True)) as copy:
        publishing = Publishing(copy, now)
        assert import_file(copy, publishing, file, now, bulk_size=size).stored == 2
        assert [each.note for each in copy.index.chain("library")] == ["", "Back."]
        [withdrawal] = copy.index.actions("library")
        assert (withdrawal.note, copy.index.tip("library").withdrawn) == ("Under review.", None)
        again = import_file(copy, publishing, file, now, bulk_size=size, out_of_order=True)
        assert again.unchanged == 2


@pytest.mark.parametrize("size", [0, 10**9], ids=["in bulk", "in a batch"])
def test_a_note_on_the_same_content_is_kept(archive: Archive, tmp_path: Path, size: int) -> None:
    first = line(note="One.", created_at="2026-01-01T00:00:00Z")
    told = line(note="It was 14.", kind="correction", created_at="2026-01-02T00:00:00Z")
    again = line(note="One.", created_at="2026-01-03T00:00:00Z")
    file = ndjson(tmp_path / "a.ndjson", first, told, again, told | {"created_at": None})
    done = import_file(archive, Publishing(archive, now), file, now, bulk_size=size)
    assert (done.stored, done.unchanged, done.bad) == (2, 2, [])
    [version] = archive.index.chain("library")
    [said] = version.explanations
    assert (said.note, said.kind, rfc3339(said.created_at)) == (
        "It was 14.",
        "correction",
        "2026-01-02T00:00:00Z",
    )


@pytest.mark.parametrize("size", [0, 10**9], ids=["in bulk", "in a batch"])
def test_an_id_is_one_storys_within_a_file_too(archive: Archive, tmp_path: Path, size: int) -> None:
    def take(*lines: dict[str, Any]) -> list[str]:
        file = ndjson(tmp_path / "a.ndjson", *lines)
        return import_file(archive, Publishing(archive, now), file, now, bulk_size=size).bad

    renamed = line("old", aliases=["new"])
    own, taken = line("own"), line("b", aliases=["own"])
    assert take(own, taken) == ["a.ndjson line 2: alias: is the id of another story"]
    assert take(renamed, line("b", aliases=["new"])) == [
        "a.ndjson line 2: alias: leads to the story “old”"
    ]
    assert take(renamed, line("new", title="Later")) == []
    assert archive.index.tip("old").live == 2
    assert archive.index.aliases("old") == ["new"]


def test_a_draft_says_nothing_afterwards(run: Run, tmp_path: Path) -> None:
    said = {"explanations": [{"note": "x"}]}
    file = ndjson(tmp_path / "a.ndjson", line(state="draft") | said)
    done = run("import", file)
    assert "line 1: a draft has no explanations" in done.stderr


def test_a_published_line_is_not_taken_for_the_draft_that_says_the_same(
    run: Run, tmp_path: Path
) -> None:
    lines = line(title="One"), line(title="Two", state="draft"), line(title="Two")
    assert run("import", ndjson(tmp_path / "a.ndjson", *lines)).returncode == 0
    assert run("show", "library", "--json").json["version"] == 2
