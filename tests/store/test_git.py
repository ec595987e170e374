"""The git repository: real objects and refs that plain git understands."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Damaged
from repo_store.git.objects import commit_of, git_object, tree_of
from repo_store.git.refs import SHARDS, Refs, story_ref
from repo_store.git.repository import Repository
from repo_store.history.records import State
from repo_store.ids import Author
from tests.plain_git import git
from tests.samples import append, content, entry, story, ticking


def _commit(archive: Repository, parent: str | None = None, text: bytes = b"x") -> str:
    blob = git_object("blob", text)
    tree = tree_of(blob.id)
    commit = commit_of(tree.id, parent, Author(name="A"), 0, 0, "message\n")
    archive.write([blob, tree, commit])
    return commit.id


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Repository]:
    made = Repository.create(tmp_path / "git")
    yield made
    made.close()


def test_a_ref_is_made_of_the_id_and_two_digits_of_its_hash() -> None:
    digits = sha256(b"night-trains").hexdigest()[:2]
    assert story_ref("night-trains") == f"refs/stories/{digits}/night-trains"


def test_plain_git_reads_the_history_like_prose(archive: Archive, archive_path: Path) -> None:
    changed = content(overview=[story()["overview"][0], "It will cost 1.4 million crowns a year."])
    append(archive, entry(content()))
    append(archive, entry(changed, note="The council's own figure."))
    log = git(archive_path, "log", "-p", "--all", "-1")
    assert '-    "It will cost 1.2 million crowns a year."' in log
    assert '+    "It will cost 1.4 million crowns a year."' in log
    assert "library: version 2, update" in log
    assert "    The council's own figure." in log
    versions = git(archive_path, "log", "--all", "--format=%(trailers:key=Story-Version,valueonly)")
    assert versions.split() == ["2", "1"]


def test_git_finds_nothing_to_complain_of(archive: Archive, archive_path: Path) -> None:
    append(archive, entry(content()), entry(content(title="Two")), entry(content(), "other"))
    assert git(archive_path, "fsck", "--full", "--strict") == ""


def test_the_author_date_is_the_writer_s_and_the_committer_date_the_archive_s(
    archive: Archive, archive_path: Path
) -> None:
    append(archive, entry(content()))
    told = git(archive_path, "log", "--all", "--date=iso-strict", "--format=%an %ad, %cn %cd")
    by_writer, by_archive = told.strip().split(", ")
    assert by_writer == "Dara Voss 2026-05-01T09:00:00+00:00"
    assert by_archive == "story-history 2026-05-01T10:00:00+00:00"


def test_the_environment_does_not_lead_git_elsewhere(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Repository.create(tmp_path / "elsewhere").close()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    append(archive, entry(content()))
    archive.reindex()
    assert archive.index.tip("library").live == 1
    assert Refs(tmp_path / "elsewhere").heads(SHARDS) == {}


def test_a_user_s_own_git_settings_change_nothing(
    archive: Archive, archive_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[i18n]\nlogOutputEncoding = latin1\n[log]\nshowSignature = true\n[core]\nabbrev = 4\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    append(archive, entry(content(), note="Schönes 京都"))
    before = archive.index.chain("library")
    archive.reindex()
    assert archive.index.chain("library") == before


def test_a_relative_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    archive = Archive.open(Path("here"), ticking(), create=True)
    append(archive, entry(content()))
    assert archive.index.tip("library").live == 1
    archive.close()


def test_an_object_that_is_missing_is_damage(bare: Repository) -> None:
    with pytest.raises(Damaged, match="is missing"):
        bare.read_blob("1" * 40)
    item = git_object("blob", b"still readable afterwards")
    bare.write([item])
    assert bare.read_blob(item.id) == b"still readable afterwards"


def test_an_object_that_git_dies_of_costs_no_other(bare: Repository) -> None:
    items = [git_object("blob", b"text %d" % number) for number in range(4)]
    bare.write(items)
    broken = bare.path / "objects" / items[1].id[:2] / items[1].id[2:]
    broken.chmod(0o600)
    broken.write_bytes(b"no object at all")
    found = bare.read_each("blob", [item.id for item in items])
    assert isinstance(found[1], Damaged)
    assert [found[0], *found[2:]] == [b"text 0", b"text 2", b"text 3"]


def test_an_object_that_unpacks_to_very_much_is_damage_and_costs_no_other(bare: Repository) -> None:
    items = [git_object("blob", data) for data in (b"one", bytes(9 * 2**20), b"two")]
    bare.write(items)
    before, large, after = bare.read_each("blob", [item.id for item in items])
    assert (before, after) == (b"one", b"two")
    assert isinstance(large, Damaged)
    assert "it has 9,437,184 bytes, more than 8,388,608" in str(large)
    assert bare.read_blob(items[1].id, 10 * 2**20) == items[1].data


@pytest.mark.parametrize("count", [1, 12, 13, 700])
def test_git_reads_loose_and_packed_objects_that_were_written(bare: Repository, count: int) -> None:
    items = [git_object("blob", b"%d " % number * (number * 9)) for number in range(count)]
    bare.write(items)
    assert bare.read("blob", [item.id for item in items]) == [item.data for item in items]
    assert git(bare.path, "fsck", "--full", "--strict", "--no-dangling") == ""
    packs = list(bare.path.glob("objects/pack/*.pack"))
    assert len(packs) == (count > 12)
    for index in bare.path.glob("objects/pack/*.idx"):
        git(bare.path, "verify-pack", str(index))


def test_drafts_stand_on_the_same_chain(archive: Archive, archive_path: Path) -> None:
    append(archive, entry(content()), entry(content(title="Two"), state=State.DRAFT))
    subjects = git(archive_path, "log", "--all", "--format=%s").splitlines()
    assert subjects == ["library: draft, revision 2", "library: version 1, update"]
