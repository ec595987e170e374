"""An archive with a damaged story opens, indexes the others, and says which it is."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Damaged
from repo_store.git.objects import git_object, tree_of
from repo_store.git.refs import Refs, story_ref
from repo_store.git.repository import Repository
from repo_store.history.records import Revision, State, Verb
from repo_store.story import story_json
from tests.redactions import removal
from tests.samples import action, append, content, entry, matches, ticking
from tests.store.dump import dump


def _object(archive_path: Path, oid: str) -> Path:
    path = archive_path / "stories.git" / "objects" / oid[:2] / oid[2:]
    path.chmod(0o600)
    return path


@pytest.fixture
def opened(archive_path: Path) -> Iterator[Callable[[], Archive]]:
    """Opens the archive once more, without its index unless told."""
    archives: list[Archive] = []

    def again(without_index: bool = True) -> Archive:
        if without_index:
            for path in archive_path.glob("index.db*"):
                path.unlink()
        archives.append(Archive.open(archive_path, ticking()))
        return archives[-1]

    yield again
    for each in archives:
        each.close()


@pytest.fixture
def hurt(archive: Archive) -> list[Revision]:
    """The revisions of a story between two others."""
    append(archive, *(entry(content(title=each), each) for each in ("before", "hurt", "later")))
    append(archive, entry(content(title="Hurt again"), "hurt"))
    archive.close()
    return archive.index.chain("hurt")


@pytest.mark.parametrize("number", [0, 1])
def test_a_story_with_an_unreadable_commit_is_left_out_until_it_is_mended(
    hurt: list[Revision],
    number: int,
    archive_path: Path,
    opened: Callable[..., Archive],
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = _object(archive_path, hurt[number].commit)
    kept = path.read_bytes()
    path.write_bytes(kept[:20])
    found = opened()
    assert [each.id for each in found.index.stories(None, 9)] == ["before", "later"]
    assert "hurt is damaged" in caplog.text
    assert any(each.story == "hurt" for each in found.verify().findings)
    path.write_bytes(kept)
    mended = opened(without_index=False)
    assert [each.id for each in mended.index.stories(None, 9)] == ["before", "hurt", "later"]
    assert mended.verify().findings == ()


def test_a_story_whose_live_text_is_gone_is_listed_by_its_id(
    hurt: list[Revision],
    archive_path: Path,
    opened: Callable[..., Archive],
    caplog: pytest.LogCaptureFixture,
) -> None:
    _object(archive_path, hurt[1].blob).unlink()
    found = opened()
    titles = {each.id: each.title for each in found.index.stories(None, 9)}
    assert titles == {"before": "before", "hurt": "hurt", "later": "later"}
    assert f"object {hurt[1].blob} is missing" in caplog.text


def test_an_action_on_a_story_whose_live_text_is_gone_is_recorded(
    hurt: list[Revision], archive_path: Path, archive: Archive
) -> None:
    _object(archive_path, hurt[1].blob).unlink()
    archive._contents.clear()
    with archive.batch() as batch:
        batch.act(action(1, Verb.COMMENT, "Look.", story="hurt"))
    append(archive, entry(content(title="A draft"), "hurt", state=State.DRAFT))
    assert archive.index.tip("hurt").entries == 4


def test_a_live_text_that_is_gone_can_still_be_removed_by_law(
    hurt: list[Revision], archive_path: Path, archive: Archive
) -> None:
    _object(archive_path, hurt[1].blob).unlink()
    archive._contents.clear()
    archive.remove(removal(2, story="hurt"))
    assert matches(archive, "hurt") == []
    assert sorted(matches(archive, "library")) == ["before", "later"]
    before = dump(archive_path / "index.db")
    archive.reindex()
    assert dump(archive_path / "index.db") == before


def _put(archive_path: Path, head: str, old: bytes, new: bytes, text: bytes = b"") -> None:
    """A commit on top of `head`, which differs from it, and holds `text` if there is one, with the
    right hash.
    """
    repository = Repository(archive_path / "stories.git")
    [data] = repository.read("commit", [head])
    data = re.sub(rb"parent \w+", b"parent " + head.encode(), data)
    data, count = re.subn(old, new, data)
    assert count
    blob = git_object("blob", text)
    if text:
        data = re.sub(rb"(?<=^tree )\w+", tree_of(blob.id).id.encode(), data)
        data = re.sub(rb"(?<=SHA256: )\w+", story_json.digest(text).encode(), data)
    commit = git_object("commit", data)
    repository.write([blob, tree_of(blob.id), commit])
    repository.close()
    Refs(archive_path / "stories.git").set(story_ref("hurt"), commit.id)


_NINES = b"9" * 40


@pytest.mark.parametrize("without_index", [True, False])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"(?<=> )\d+(?= .*\ncommitter)", b"9" * 12),
        (rb"(?<=> )\d+(?= .*\ncommitter)", b"9" * 30),
        (rb"(?<=> )\d+(?= .*\n\n)", b"9" * 5_000),
        (rb"(?<=Words-Added: )\d+", _NINES),
        (rb"(?<=Story-Revision: )\d+", _NINES),
    ],
    ids=["year 33658", "time", "long time", "words", "revision"],
)
def test_a_malformed_commit_costs_no_other_story(
    hurt: list[Revision],
    archive_path: Path,
    opened: Callable[..., Archive],
    old: bytes,
    new: bytes,
    without_index: bool,
) -> None:
    _put(archive_path, hurt[1].commit, old, new)
    found = opened(without_index)
    listed = ["before", "later"] if without_index else ["before", "hurt", "later"]
    assert [each.id for each in found.index.stories(None, 9)] == listed
    assert {each.story for each in found.verify().findings} == {"hurt"}


@pytest.mark.parametrize(
    "text",
    [b"[" * 1_000_000, b"[]", b'{"title": 5}', b'{\n  "removed": {"story": ' + b"[" * 1_000_000],
    ids=["deep", "list", "number", "tombstone"],
)
def test_a_malformed_text_costs_no_other_story(
    hurt: list[Revision], archive_path: Path, opened: Callable[..., Archive], text: bytes
) -> None:
    number = rb"((?:Story-Entry|Story-Revision|Story-Version): )2"
    _put(archive_path, hurt[1].commit, number, rb"\g<1>3", text)
    found = opened()
    titles = {each.id: each.title for each in found.index.stories(None, 9)}
    assert titles == {"before": "before", "hurt": "hurt", "later": "later"}
    assert {each.story for each in found.verify().findings} == {"hurt"}
    with pytest.raises(Damaged):
        found.content(found.index.chain("hurt")[-1])


@pytest.mark.parametrize("packed", [True, False])
def test_a_ref_s_name_that_is_not_utf8_costs_no_other_story(
    hurt: list[Revision], archive_path: Path, opened: Callable[..., Archive], packed: bool
) -> None:
    repository = archive_path / "stories.git"
    if packed:
        line = f"{hurt[0].commit} refs/stories/aa/b".encode() + b"\xff\n"
        (repository / "packed-refs").write_bytes(line)
    else:
        folder = (repository / story_ref("hurt")).parent
        Path(folder, os.fsdecode(b"b\xff")).write_text(f"{hurt[0].commit}\n")
    found = opened()
    assert [each.id for each in found.index.stories(None, 9)] == ["before", "hurt", "later"]
    assert {each.story for each in found.verify().findings} == {"b\ufffd"}
