"""Verifying an archive: each planted fault is found and named."""

import os
import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.git.objects import commit_of, git_object, tree_of
from repo_store.git.refs import Refs, story_ref
from repo_store.git.repository import Repository
from repo_store.ids import Author
from repo_store.index.read_model import Index
from repo_store.maintenance import verify
from repo_store.maintenance.verify import finding_lines
from repo_store.maintenance.verify_stories import Checked
from tests.plain_git import add_object, git
from tests.samples import append, content, entry, ticking


def _findings(archive_path: Path) -> list[str]:
    archive = Archive.open_as_found(archive_path, ticking())
    try:
        return [str(finding) for finding in archive.verify().findings]
    finally:
        archive.close()


def _object(archive_path: Path, oid: str) -> Path:
    path = archive_path / "stories.git" / "objects" / oid[:2] / oid[2:]
    path.chmod(0o600)
    return path


@pytest.fixture
def chain(archive: Archive) -> list[dict[str, str]]:
    for number in (1, 2, 3):
        append(archive, entry(content(title=f"Title {number}")))
    append(archive, entry(content(), "other"))
    return [{"commit": each.commit, "blob": each.blob} for each in archive.index.chain("library")]


def test_a_sound_archive_has_no_fault(
    archive: Archive, archive_path: Path, chain: list[dict[str, str]]
) -> None:
    assert _findings(archive_path) == []
    report = archive.verify()
    assert (report.stories, report.revisions) == (2, 4)


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def _forge(data: bytes) -> bytes:
    """Another text that unpacks without complaint."""
    return zlib.compress(zlib.decompress(data).replace(b"Title 2", b"Title 9"))


@pytest.mark.parametrize("damage", [_flip, _forge, lambda data: b"", lambda data: data[:40]])
def test_a_damaged_text_is_found_by_story_and_revision(
    archive_path: Path, chain: list[dict[str, str]], damage: Callable[[bytes], bytes]
) -> None:
    path = _object(archive_path, chain[1]["blob"])
    path.write_bytes(damage(path.read_bytes()))
    assert any(found.startswith("library r2 (version 2): ") for found in _findings(archive_path))


def test_a_missing_text_is_found(archive_path: Path, chain: list[dict[str, str]]) -> None:
    _object(archive_path, chain[1]["blob"]).unlink()
    assert any(found.startswith("library r2 (version 2): ") for found in _findings(archive_path))


def test_a_missing_commit_is_found(archive_path: Path, chain: list[dict[str, str]]) -> None:
    _object(archive_path, chain[1]["commit"]).unlink()
    assert any(found.startswith("library") for found in _findings(archive_path))


def test_a_ref_moved_back_is_found(archive_path: Path, chain: list[dict[str, str]]) -> None:
    git(archive_path, "update-ref", story_ref("library"), chain[1]["commit"])
    assert "library r3 (version 3): the index lists it, git does not reach it" in _findings(
        archive_path
    )


def test_a_story_gone_from_git_is_found(archive_path: Path, chain: list[dict[str, str]]) -> None:
    git(archive_path, "update-ref", "-d", story_ref("library"))
    assert _findings(archive_path) == ["library: listed in the index, gone from git"]


def test_a_foreign_commit_is_found(archive_path: Path, chain: list[dict[str, str]]) -> None:
    repository = Repository(archive_path / "stories.git")
    head = chain[-1]["commit"]
    blob = git_object("blob", b"{}")
    tree = tree_of(blob.id)
    forged = commit_of(tree.id, head, Author(name="X"), 0, 0, "nothing to see\n")
    repository.write([blob, tree, forged])
    repository.close()
    Refs(archive_path / "stories.git").move({"library": (head, forged.id)})
    assert any("trailers cannot be read" in found for found in _findings(archive_path))


def test_another_story_s_chain_is_found(archive_path: Path, chain: list[dict[str, str]]) -> None:
    head = git(archive_path, "rev-parse", story_ref("other")).strip()
    git(archive_path, "update-ref", story_ref("library"), head)
    found = _findings(archive_path)
    assert "library r1 (version 1): its commit says other r1, entry 1" in found


def test_a_revision_with_a_wrong_number_is_found(
    archive_path: Path, chain: list[dict[str, str]]
) -> None:
    shown = git(archive_path, "cat-file", "commit", chain[-1]["commit"])
    forged = shown.replace("Story-Revision: 3", "Story-Revision: 4")
    git(
        archive_path, "update-ref", story_ref("library"), add_object(archive_path, forged, "commit")
    )
    found = _findings(archive_path)
    assert any("it is numbered 4, expected 3" in each for each in found)


def test_a_merge_commit_is_found(archive_path: Path, chain: list[dict[str, str]]) -> None:
    shown = git(archive_path, "cat-file", "commit", chain[-1]["commit"])
    parent = f"parent {chain[1]['commit']}\n"
    merged = shown.replace(parent, f"{parent}parent {chain[0]['commit']}\n")
    git(
        archive_path, "update-ref", story_ref("library"), add_object(archive_path, merged, "commit")
    )
    found = _findings(archive_path)
    assert "library r3 (version 3): its parent is not the commit before it" in found


def test_a_chain_that_starts_over_is_found(archive_path: Path, chain: list[dict[str, str]]) -> None:
    """The newest revision committed again without its past, as a rewrite of history would."""
    shown = git(archive_path, "cat-file", "commit", chain[-1]["commit"])
    orphan = "\n".join(line for line in shown.split("\n") if not line.startswith("parent "))
    oid = add_object(archive_path, orphan, "commit")
    git(archive_path, "update-ref", story_ref("library"), oid)
    found = _findings(archive_path)
    assert "library r1 (version 3): its commit says library r3, entry 3" in found


@pytest.mark.parametrize(
    "change",
    [
        "update revision set note = 'x' where story = 'library' and revision = 2",
        "update revision set words_added = 99 where story = 'library' and revision = 2",
        "update revision set sha256 = 'x' where story = 'library' and revision = 2",
    ],
)
def test_a_changed_row_of_the_index_is_found(
    archive_path: Path, chain: list[dict[str, str]], change: str
) -> None:
    with sqlite3.connect(archive_path / "index.db") as connection:
        connection.execute(change)
    connection.close()
    assert _findings(archive_path) == [
        "library r2 (version 2): the index does not say what git says"
    ]


def test_a_missing_index_is_reported(archive_path: Path, chain: list[dict[str, str]]) -> None:
    for file in archive_path.glob("index.db*"):
        file.unlink()
    assert _findings(archive_path) == ["archive: the index is missing: run reindex"]


def test_an_index_of_another_release_is_reported_as_such(
    archive_path: Path, chain: list[dict[str, str]]
) -> None:
    with closing(sqlite3.connect(archive_path / "index.db")) as connection, connection:
        connection.execute("update meta set format = format - 1")
    found = _findings(archive_path)
    assert found == ["archive: the index was made by another release: run reindex"]


def test_an_unreadable_index_is_reported(archive_path: Path, chain: list[dict[str, str]]) -> None:
    for file in archive_path.glob("index.db*"):
        file.unlink()
    (archive_path / "index.db").write_bytes(b"no database at all, but longer than a header" * 9)
    assert _findings(archive_path) == ["archive: the index is damaged: run reindex"]


def _flip_in_the_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.chmod(0o600)
    path.write_bytes(data)


def _cut_off(path: Path) -> None:
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(data[: len(data) // 3])


@pytest.mark.parametrize("damage", [_flip_in_the_middle, _cut_off])
def test_a_damaged_pack_is_found_by_story_revision_and_version(
    archive: Archive, archive_path: Path, damage: Callable[[Path], None]
) -> None:
    for number in range(6):
        append(archive, *(entry(content(title=f"{number} {n}"), f"story-{n}") for n in range(6)))
    archive.maintain(full=True)
    assert _findings(archive_path) == []
    damage(next(archive_path.glob("stories.git/objects/pack/*.pack")))
    found = _findings(archive_path)
    assert any(re.fullmatch(r"archive: pack-\w+\.pack is damaged: .+", each) for each in found)
    assert any(re.match(r"story-\d r\d \(version \d\): object \w+ ", each) for each in found), found


def test_the_index_s_list_of_stories_is_held_against_git(
    archive_path: Path, chain: list[dict[str, str]]
) -> None:
    with sqlite3.connect(archive_path / "index.db") as connection:
        connection.execute("update story set title = 'x' where id = 'library'")
    connection.close()
    told = "library: the index's list of stories does not say what git says"
    assert _findings(archive_path) == [told]


def _packed(archive: Archive) -> None:
    for number in range(3):
        append(archive, *(entry(content(title=f"{number} {n}"), f"story-{n}") for n in range(30)))
    archive.maintain(full=True)


@pytest.mark.parametrize("suffixes", [(".pack",), (".pack", ".idx", ".rev")])
def test_a_missing_pack_is_one_finding_that_names_it(
    archive: Archive, archive_path: Path, suffixes: tuple[str, ...]
) -> None:
    _packed(archive)
    [pack] = archive_path.glob("stories.git/objects/pack/*.pack")
    for suffix in suffixes:
        pack.with_suffix(suffix).unlink(missing_ok=True)
    assert _findings(archive_path) == [
        f"archive: {pack.name} is missing, and with it objects of 30 stories"
        " (story-0, story-1, story-10, …): restore it from a backup"
    ]


def test_what_follows_from_a_missing_commit_is_no_finding_of_its_own(
    archive_path: Path, chain: list[dict[str, str]]
) -> None:
    _object(archive_path, chain[1]["commit"]).unlink()
    missing = f"library r2 (version 2): object {chain[1]['commit']} is missing"
    assert _findings(archive_path) == [missing]


def test_of_many_findings_of_a_kind_the_first_are_shown(archive: Archive) -> None:
    _packed(archive)
    archive.index.connection().execute("update revision set note = 'x' where story != 'story-7'")
    archive.index.connection().commit()
    findings = archive.verify().findings
    assert len(findings) == 87
    shown = list(finding_lines(findings))
    assert len(shown) == 21
    more = "archive: the same of 67 more in 23 stories (story-14, story-15, story-16, …)"
    assert shown[-1] == more


def test_what_is_no_plain_file_is_found_and_nothing_is_read(
    archive: Archive, archive_path: Path
) -> None:
    """A read of it might never end."""
    os.mkfifo(archive_path / "stories.git" / "objects" / "00" / f"{'0' * 38}")
    found = [str(each) for each in archive.verify().findings]
    assert found == [f"archive: stories.git/objects/00/{'0' * 38}: not a plain file"]


def test_processes_find_the_same(
    archive: Archive, archive_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _packed(archive)
    append(archive, entry(content(), "story-3"))
    _object(archive_path, archive.index.chain("story-3")[-1].blob).unlink()
    alone = archive.verify()
    monkeypatch.setattr(verify, "_WORTH", 0)
    monkeypatch.setattr(verify, "_SHARE", 10)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    told: list[tuple[int, int]] = []
    assert archive.verify(lambda *count: told.append(count)) == alone
    assert len(alone.findings) == 1
    assert told[-1] == (87, 91), "the revisions of sound stories"


def _meanwhile(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_write_that_is_in_git_and_not_yet_in_the_index_is_no_damage(
    archive: Archive, archive_path: Path, chain: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = threading.Event()
    apply = Index.apply

    def slowly(index: Index, *rows: Any) -> None:
        moved.set()
        time.sleep(0.3)
        apply(index, *rows)

    monkeypatch.setattr(Index, "apply", slowly)
    writer = _meanwhile(lambda: append(archive, entry(content(title="Later"))))
    assert moved.wait(10)
    assert _findings(archive_path) == []
    writer.join()


def test_an_import_that_the_index_is_still_taking_in_is_no_damage(
    archive: Archive, archive_path: Path, chain: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_PAUSE", 0.2)
    with archive.bulk("ab") as bulk:
        for each in [entry(content(title="Later")), entry(content(title="New"), "new")]:
            bulk.append(each)
    lags = "archive: the index lags behind git in 2 stories (library, new): run reindex"
    assert _findings(archive_path) == [lags]
    look = verify._Verification._check_again

    def after(verification: verify._Verification, story: str) -> Checked:
        checked = look(verification, story)
        archive.catch_up()
        return checked

    monkeypatch.setattr(verify._Verification, "_check_again", after)
    assert _findings(archive_path) == []
