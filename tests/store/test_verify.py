"""Verifying an archive: each planted fault is found and named."""

import re
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.git.objects import commit_of, git_object, tree_of
from repo_store.git.refs import Refs, story_ref
from repo_store.git.repository import Repository
from repo_store.ids import Author
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
    assert any(each.startswith("archive: git fsck: ") for each in found)
    assert any(re.match(r"story-\d r\d \(version \d\): object \w+ ", each) for each in found), found


def test_the_index_s_list_of_stories_is_held_against_git(
    archive_path: Path, chain: list[dict[str, str]]
) -> None:
    with sqlite3.connect(archive_path / "index.db") as connection:
        connection.execute("update story set title = 'x' where id = 'library'")
    connection.close()
    told = "library: the index's list of stories does not say what git says"
    assert _findings(archive_path) == [told]
