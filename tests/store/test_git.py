"""The git side: real refs and objects that plain git understands."""

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from repo_store.errors import ArchiveError, Damaged
from repo_store.git import GitStore, story_ref
from repo_store.models import Author, State
from repo_store.store import Store
from tests.samples import append, content, entry, story, ticking


def git(archive: Path, *arguments: str) -> str:
    """Plain git, as an auditor would call it in the archive's directory."""
    done = subprocess.run(
        ["git", "-C", archive, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def _commit(store: GitStore, parent: str | None = None, text: bytes = b"x") -> str:
    return store.write_commit(text, parent, "message\n", Author(name="A"), 0, 0).id


def test_a_ref_is_made_of_the_id_and_two_digits_of_its_hash() -> None:
    digits = sha256(b"night-trains").hexdigest()[:2]
    assert story_ref("night-trains") == f"refs/stories/{digits}/night-trains"


def test_plain_git_reads_the_history_like_prose(store: Store, archive: Path) -> None:
    changed = content(overview=[story()["overview"][0], "It will cost 1.4 million crowns a year."])
    append(store, entry(content()))
    append(store, entry(changed, note="The council's own figure."))
    log = git(archive, "log", "-p", "--all", "-1")
    assert '-    "It will cost 1.2 million crowns a year."' in log
    assert '+    "It will cost 1.4 million crowns a year."' in log
    assert "library: version 2, update" in log
    assert "    The council's own figure." in log
    versions = git(archive, "log", "--all", "--format=%(trailers:key=Story-Version,valueonly)")
    assert versions.split() == ["2", "1"]


def test_git_finds_nothing_to_complain_of(store: Store, archive: Path) -> None:
    append(store, entry(content()), entry(content(title="Two")), entry(content(), "other"))
    assert git(archive, "fsck", "--full", "--strict") == ""


def test_the_author_date_is_the_writer_s_and_the_committer_date_the_archive_s(
    store: Store, archive: Path
) -> None:
    append(store, entry(content()))
    told = git(archive, "log", "--all", "--date=iso-strict", "--format=%an %ad, %cn %cd")
    by_writer, by_archive = told.strip().split(", ")
    assert by_writer == "Dara Voss 2026-05-01T09:00:00+00:00"
    assert by_archive == "story-history 2026-05-01T10:00:00+00:00"


def test_a_ref_moves_only_from_the_head_that_the_writer_saw(tmp_path: Path) -> None:
    store = GitStore.create(tmp_path / "git")
    first = _commit(store)
    second, third = _commit(store, first, b"2"), _commit(store, first, b"3")
    assert store.move({"a": (None, first)})
    assert not store.move({"a": (None, second)})
    assert not store.move({"a": (third, second)})
    assert store.head("a") == first
    assert store.move({"a": (first, second)})
    assert not store.move({"a": (first, third)})
    assert store.refs() == {"a": second}


def test_several_refs_move_together_or_not_at_all(tmp_path: Path) -> None:
    store = GitStore.create(tmp_path / "git")
    first, second = _commit(store), _commit(store, None, b"2")
    assert store.move({"b": (None, first)})
    assert not store.move({"a": (None, first), "b": (second, first), "c": (None, first)})
    assert store.refs() == {"b": first}
    assert store.move({"a": (None, first), "b": (first, second), "c": (None, first)})
    assert store.refs() == {"a": first, "b": second, "c": first}


def test_a_lock_left_behind_is_said_and_is_no_conflict(tmp_path: Path) -> None:
    store = GitStore.create(tmp_path / "git")
    first = _commit(store)
    lock = tmp_path / "git" / f"{story_ref('a')}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(ArchiveError, match=r"lock"):
        store.move({"a": (None, first)})


def test_the_environment_does_not_lead_git_elsewhere(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = GitStore.create(tmp_path / "elsewhere")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    append(store, entry(content()))
    store.reindex()
    assert store.index.tip("library").live == 1
    assert elsewhere.refs() == {}


def test_a_user_s_own_git_settings_change_nothing(
    store: Store, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[i18n]\nlogOutputEncoding = latin1\n[log]\nshowSignature = true\n[core]\nabbrev = 4\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    append(store, entry(content(), note="Schönes 京都"))
    before = store.index.chain("library")
    store.reindex()
    assert store.index.chain("library") == before


def test_a_relative_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store.open(Path("here"), ticking(), create=True)
    append(store, entry(content()))
    assert store.index.tip("library").live == 1
    store.close()


def test_an_object_that_is_missing_is_damage(tmp_path: Path) -> None:
    store = GitStore.create(tmp_path / "git")
    with pytest.raises(Damaged, match="cannot be read"):
        store.read_blob("1" * 40)
    oid = store.write_blob(b"still readable afterwards")
    assert store.read_blob(oid) == b"still readable afterwards"


def test_drafts_stand_on_the_same_chain(store: Store, archive: Path) -> None:
    append(store, entry(content()), entry(content(title="Two"), state=State.DRAFT))
    subjects = git(archive, "log", "--all", "--format=%s").splitlines()
    assert subjects == ["library: draft, revision 2", "library: version 1, update"]
