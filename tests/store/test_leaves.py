"""Leaves of version 2: a removal excuses the words that it takes, and nothing else."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.history import redaction
from repo_store.history.commits import redact_message
from repo_store.history.records import ActionInput, Record, Redacted, State, Verb
from repo_store.log import leaves
from tests.plain_git import git
from tests.redactions import removal, remove
from tests.samples import action, append, checkpoint, content, entry, ticking


def _story(archive: Archive) -> Archive:
    """Entries 2 to 5 have words: a version's note, a draft's, a comment, a publication's reason."""
    append(archive, entry(content(title="One")), entry(content(title="Two"), note="Two, then"))
    append(archive, entry(content(title="Three"), state=State.DRAFT, note="A draft"))
    with archive.batch() as batch:
        batch.act(action(3, Verb.COMMENT, "Three?"))
        batch.act(action(3, Verb.PUBLISH, "For all", override="The court said so"))
    checkpoint(archive)
    return archive


@pytest.fixture
def story(archive: Archive) -> Archive:
    return _story(archive)


@pytest.fixture
def old(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """An archive whose log has leaves of version 1 only, since an earlier release wrote it."""
    with monkeypatch.context() as patch:
        patch.setattr(leaves, "leaf_body", leaves.leaf_body_1)
        return _story(archive)


def _records(archive: Archive) -> dict[int, Record]:
    found: list[Record] = [*archive.index.chain("library"), *archive.index.actions("library")]
    return {each.entry: each for each in found}


def _leaves(archive: Archive) -> dict[int, list[dict[str, Any]]]:
    """The leaves of each entry, oldest first."""
    found: dict[int, list[dict[str, Any]]] = {}
    for leaf in archive.index.log.of_story("library"):
        found.setdefault(leaf.entry, []).append(json.loads(leaf.body))
    return found


def _findings(archive: Archive) -> list[str]:
    return [str(each) for each in archive.verify().findings]


def _notes() -> ActionInput:
    return removal(3, redacts=(2, 4, 5), text_stays=True)


def test_bare_bytes_are_people_subject_and_trailers_without_words(
    story: Archive, archive_path: Path
) -> None:
    published = _records(story)[5]
    stored = git(archive_path, "cat-file", "commit", published.commit)
    head, subject, note, trailers = stored.split("\n\n")
    people = [line for line in head.split("\n") if line.startswith(("author ", "committer "))]
    lost = ("Override-Reason: The court said so", f"Salt: {published.salt}")
    kept = [line for line in trailers.split("\n") if line not in lost]
    assert note == "For all"
    assert len(kept) == len(trailers.split("\n")) - 2
    bare = "\n".join([*people, "", subject, "", *kept])
    assert published.bare == sha256(bare.encode()).hexdigest()


def test_words_have_a_salt_that_goes_with_them(story: Archive) -> None:
    salts = {number: each.salt for number, each in _records(story).items()}
    assert salts[1] is None
    made = [salt for salt in salts.values() if salt]
    assert len({*made}) == 3, "a published draft has the note of its publication"
    assert all(len(bytes.fromhex(salt)) == 32 for salt in made)
    remove(story, removal(3, redacts=(2,)))
    assert [each.salt for each in _records(story).values() if each.entry < 6] == [None] * 5


@pytest.mark.parametrize("removed", [removal(3, (2,)), _notes()], ids=["with texts", "alone"])
def test_what_replaces_a_leaf_has_its_record_words_and_text(story: Archive, removed: Any) -> None:
    remove(story, removed)
    for first, *later in (each for each in _leaves(story).values() if len(each) > 1):
        for name in ("record", "words", "sha256", "time"):
            assert {each[name] for each in later} == {first[name]}, name
    records = _records(story)
    changed = [number for number, each in _leaves(story).items() if len(each) > 1]
    lost = [
        number for number in changed if records[number].digest != _leaves(story)[number][0]["words"]
    ]
    assert lost == ([2, 3, 4, 5] if removed.removal.also else [2, 4, 5])
    assert _findings(story) == []


def test_a_leaf_may_be_replaced_twice(story: Archive) -> None:
    remove(story, _notes())
    remove(story, removal(2))
    assert [len(each) for each in _leaves(story).values()] == [1, 3, 3, 3, 3, 2, 1]
    assert _findings(story) == []


def test_leaves_of_version_1_keep_their_bytes_and_meaning(old: Archive, archive_path: Path) -> None:
    before = old.index.log.of_story("library")
    assert all("words" not in json.loads(each.body) for each in before)
    assert _findings(old) == []
    old.close()
    (archive_path / "index.db").unlink()
    again = Archive.open(archive_path, ticking())
    append(again, entry(content(title="Four")))
    assert again.index.log.of_story("library")[:-1] == before
    assert "words" in _leaves(again)[6][0]
    assert _findings(again) == []
    again.close()


def test_a_leaf_of_version_2_replaces_one_of_version_1(old: Archive) -> None:
    remove(old, _notes())
    remove(old, removal(2))
    for first, *later in (each for each in _leaves(old).values() if "words" not in each[0]):
        assert {each["words"] for each in later} <= {first["record"]}
    assert _findings(old) == []


FORGED = {
    "kind": ("Change-Kind: update", "Change-Kind: minor"),
    "version": ("Story-Version: 2", "Story-Version: 1"),
    "time": ("Dara Voss <> 17", "Dara Voss <> 16"),
    "author": ("Dara Voss", "Mika Lund"),
    "words counted": ("Words-Added: 0", "Words-Added: 9"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_removal_excuses_no_other_change(
    story: Archive, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The operator's own software changes more while it redacts; index and log agree with it."""
    true = redaction._commit

    def forged(raw: bytes, *rest: Any) -> bytes:
        was, becomes = FORGED[what]
        return true(raw, *rest).replace(was.encode(), becomes.encode())

    monkeypatch.setattr(redaction, "_commit", forged)
    story.remove(removal(2))
    told = "library r2 (version 2): more of it was changed than a removal takes"
    if what == "version":
        told = "library r2 (version 1): its leaf says something else than the one that it replaces"
    assert told in _findings(story)


def test_a_rewrite_of_what_no_removal_names_is_found(
    story: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entry 3 keeps its text, but not its words."""
    true = redaction._commit

    def forged(raw: bytes, *rest: Any) -> bytes:
        return true(raw, *rest).replace(b"\n\nA draft\n\n", b"\n\n")

    monkeypatch.setattr(redaction, "_commit", forged)
    story.remove(removal(2))
    told = "library r3 (version 3): it was rewritten, and no removal says so"
    assert told.replace(" (version 3)", "") in _findings(story)


def test_a_note_cannot_take_the_place_of_a_removed_one(
    story: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forged(message: str, trace: Redacted | None = None) -> str:
        return redact_message(message, trace).replace("\n\n", "\n\nAll is well.\n\n", 1)

    monkeypatch.setattr(redaction, "redact_message", forged)
    story.remove(removal(2))
    told = "library r2 (version 2): it was rewritten, and has words that no removal left"
    assert told in _findings(story)


def _fault(old: dict[str, Any], **changed: Any) -> str:
    new = {name: value for name, value in (old | changed).items() if value is not None}
    return leaves.fault_of_replacement(old, new)


def test_what_a_leaf_that_replaces_another_may_not_say(story: Archive) -> None:
    second = _leaves(story)[2][0]
    one = {name: value for name, value in second.items() if name != "words"}
    one["record"] = second["words"]
    assert _fault(second) == _fault(second, removed=True) == ""
    assert _fault(one, record="0" * 64, words=one["record"]) == "", "not bound by version 1"
    for name in ("story", "entry", "revision", "action", "version", "sha256", "time"):
        for before in (one, second):
            assert "says something else" in _fault(before, **{name: "other"}), name
    assert "another hash of its words" in _fault(second, words="0" * 64)
    assert "another hash of its words" in _fault(one, words="0" * 64)
    assert "more of it was changed" in _fault(second, record="0" * 64)
    assert "older version" in _fault(second, words=None)
    assert "brings back" in _fault(second | {"removed": True}, removed=None)
