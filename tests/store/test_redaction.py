"""Redaction: the text is gone from the disk, its entry stays, the log stays consistent."""

import json
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Moved
from repo_store.git.refs import Refs
from repo_store.history.records import Kind, Record, Revision, State, Verb
from repo_store.history.redaction import is_authorised
from tests.plain_git import add_object, git, mirror
from tests.redactions import CANARY, removal, remove, rewritten, traces
from tests.samples import action, append, checkpoint, content, entry, matches, ticking, title_of
from tests.store.dump import dump


def secret() -> object:
    return content(overview=[f"The {CANARY} was seen at the harbour."])


@pytest.fixture
def story(archive: Archive) -> Archive:
    """Version 2 holds the canary; version 3 does not; revision 4 is a draft, published as 4."""
    append(archive, entry(content(title="One")))
    append(archive, entry(content(title=f"Two {CANARY}"), note=f"Now with {CANARY}"))
    append(archive, entry(content(title="Three")), entry(content(title="Four"), state=State.DRAFT))
    with archive.batch() as batch:
        batch.act(action(2, Verb.COMMENT, f"{CANARY}?"))
        batch.act(action(4, Verb.PUBLISH))
    append(archive, entry(content(), "other"))
    checkpoint(archive)
    return archive


def test_the_text_is_gone_from_the_whole_disk(story: Archive, archive_path: Path) -> None:
    assert traces(archive_path)
    remove(story, removal(2))
    assert traces(archive_path) == []
    assert git(archive_path, "fsck", "--full", "--strict", "--no-dangling") == ""
    assert story.verify().findings == ()


def test_its_entry_stays_with_its_number_hash_and_time(story: Archive, archive_path: Path) -> None:
    before = {each.revision: each for each in story.index.chain("library")}
    done = remove(story, removal(2))
    after = {each.revision: each for each in story.index.chain("library")}
    assert [each.version for each in after.values()] == [1, 2, 3, 4]
    assert after[2].state is State.REMOVED
    for name in ("version", "sha256", "created_at", "recorded_at", "author", "kind", "changes"):
        assert getattr(after[2], name) == getattr(before[2], name), name
    assert after[2].note == ""
    assert after[1] == before[1], "what stands before it is untouched"
    for number in (3, 4):
        assert after[number]._replace(commit="") == before[number]._replace(commit="")
        assert story.content(after[number]) == story.content(before[number])
    [told] = story.index.removals("library")
    assert told == done
    assert done.removal == removal(2).removal
    assert (done.note, done.author.name, done.version) == ("By order", "Ines Marr", None)
    comment = story.index.actions("library", 2)[0]
    assert (comment.verb, comment.note) == (Verb.COMMENT, "")
    stone = json.loads(git(archive_path, "cat-file", "blob", after[2].blob))
    assert stone["removed"]["sha256"] == before[2].sha256


def test_the_log_records_a_redaction_and_stays_consistent(
    story: Archive, archive_path: Path
) -> None:
    log = story.index.log
    size, root = log.size(), log.root(log.size())
    old = [leaf.commit for leaf in log.of_story("library")]
    remove(story, removal(2))
    assert log.root(size) == root
    new = [json.loads(leaf.body) for leaf in log.leaves(size, log.size())]
    assert [each.get("was") for each in new] == [*old[1:], None]
    assert new[0]["removed"]
    assert new[0]["sha256"] == story.index.chain("library")[1].sha256
    assert new[-1]["action"] == "remove"
    newest = checkpoint(story)
    assert newest.size == log.size()
    assert story.verify().findings == ()


def test_the_live_version_can_be_removed_and_the_story_continued(
    story: Archive, archive_path: Path
) -> None:
    remove(story, removal(4, (1, 2, 3)))
    known = story.index.story("library")
    assert known
    assert (known.live, known.title, known.summary) == (4, "library", "")
    listed = [each.id for each in story.index.stories(None, 9)]
    assert listed == ["other"]
    for word in ("Four", "library", CANARY):
        assert matches(story, word) == (["other"] if word == "library" else [])
    append(story, entry(content(title="Five")))
    again = story.index.story("library")
    assert again
    assert (again.live, again.title) == (5, "Five")
    assert matches(story, "Five") == ["library"]
    assert story.verify().findings == ()


def test_the_same_text_written_again_is_another_revision(
    story: Archive, archive_path: Path
) -> None:
    old = story.index.chain("library")[1]
    remove(story, removal(2))
    append(story, entry(content(title=f"Two {CANARY}")))
    known = {each.version: each for each in story.index.chain("library")}
    assert known[2].state is State.REMOVED
    assert known[2].sha256 == old.sha256
    assert known[5].sha256 != old.sha256, "another salt, another hash"
    assert known[5].state is State.PUBLISHED
    remove(story, removal(5))
    assert traces(archive_path) == []


@pytest.mark.parametrize("full", [False, True])
def test_packs_are_rewritten_without_the_text(
    story: Archive, archive_path: Path, full: bool
) -> None:
    story.maintain(full)
    assert git(archive_path, "count-objects").startswith("0 objects")
    remove(story, removal(2))
    assert traces(archive_path) == []
    assert git(archive_path, "fsck", "--full", "--strict", "--no-dangling") == ""
    git(archive_path, "commit-graph", "verify")
    story.maintain()
    append(story, entry(content(title="Later")))
    assert story.verify().findings == ()


def test_a_rebuilt_index_lists_the_same_removals(story: Archive, archive_path: Path) -> None:
    remove(story, removal(2))
    checkpoint(story)
    before = dump(archive_path / "index.db")
    story.reindex()
    assert dump(archive_path / "index.db") == before
    assert story.verify().findings == ()


def test_a_copy_of_the_text_left_by_a_crash_is_deleted_too(
    story: Archive, archive_path: Path
) -> None:
    """A blob that was written and never led to."""
    blob = story.index.chain("library")[1].blob
    data = git(archive_path, "cat-file", "blob", blob).replace("9", "8")
    orphan = add_object(archive_path, data)
    (archive_path / "stories.git/objects/pack/tmp_pack_999999999-1").write_text(CANARY)
    remove(story, removal(2))
    assert traces(archive_path) == []
    assert orphan not in git(archive_path, "cat-file", "--batch-all-objects", "--batch-check")


def _crash(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("stage", ["note", "move", "index", "purge"])
def test_a_crash_leaves_the_old_state_or_the_new(
    story: Archive, archive_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(archive_path / "index.db")
    with monkeypatch.context() as patch:
        if stage == "note":
            patch.setattr(Archive, "_note_purge_due", _crash)
        elif stage == "move":
            patch.setattr(Refs, "move", _crash)
        elif stage == "index":
            patch.setattr(type(story.index), "rewrite", _crash)
        else:
            patch.setattr(Archive, "purge", _crash)
        with pytest.raises(KeyboardInterrupt):
            remove(story, removal(2))
    story.close()
    again = Archive.open(archive_path, ticking())
    revision = again.index.revision("library", 2)
    assert revision
    if stage in ("note", "move"):
        assert dump(archive_path / "index.db") == before
        assert revision.state is State.PUBLISHED
    else:
        assert revision.state is State.REMOVED
    assert bool(again.purge_due()) is (stage != "note")
    again.purge()
    again.purged(again.purge_due())
    assert again.purge_due() == []
    assert (traces(archive_path) == []) is (stage not in ("note", "move"))
    assert again.verify().findings == ()
    again.close()


def test_a_backup_with_plain_git_takes_the_removal_over(story: Archive, archive_path: Path) -> None:
    backup = archive_path.parent / "backup.git"
    mirror(archive_path / "stories.git", backup)
    remove(story, removal(2))
    commands = [
        ["fetch", "-q", "origin", "+refs/*:refs/*"],
        ["reflog", "expire", "--expire=now", "--all"],
        ["gc", "-q", "--prune=now"],
    ]
    for command in commands:
        git(backup, *command)
    restored = archive_path.parent / "restored"
    mirror(backup, restored / "stories.git")
    assert traces(restored) == []
    found = Archive.open(restored, ticking())
    assert found.index.chain("library") == story.index.chain("library")
    assert found.verify().findings == ()
    found.close()


def test_a_rewrite_without_a_removal_is_refused(story: Archive, archive_path: Path) -> None:
    """A tombstone that no removal explains: put there with plain git."""
    remove(story, removal(2))
    tip = story.index.tip("library")
    parent = git(archive_path, "rev-parse", f"{tip.head}^").strip()
    ref = git(archive_path, "for-each-ref", "--format=%(refname)", "refs/stories/*/library").strip()
    git(archive_path, "update-ref", ref, parent)
    story.close()
    (archive_path / "index.db").unlink()
    again = Archive.open(archive_path, ticking())
    found = [str(each) for each in again.verify().findings]
    told = "library r2 (version 2): it is marked as removed, and no removal says so"
    assert told in found
    again.close()


def test_a_revision_that_is_not_there_or_a_chain_that_moved(story: Archive) -> None:
    with pytest.raises(Moved):
        story.remove(removal(9))
    with pytest.raises(Moved):
        story.remove(removal(2, (7,)))


def test_what_another_writer_has_removed_is_not_removed_again(story: Archive) -> None:
    """Both decided before either wrote: the second finds out under the lock."""
    first = story.remove(removal(2))
    for second in (removal(2), removal(1, (2,))):
        with pytest.raises(Moved):
            story.remove(second)
    actions = story.index.actions("library", 2)
    assert [each.note for each in actions if each.verb is Verb.REMOVE] == [first.note]


def test_a_running_reader_sees_the_removal(story: Archive, archive_path: Path) -> None:
    other = Archive.open(archive_path, ticking())
    old = other.index.revision("library", 2)
    assert old
    assert CANARY in title_of(other, old)
    remove(story, removal(2))
    new = other.index.revision("library", 2)
    assert isinstance(new, Revision)
    assert new.state is State.REMOVED
    append(other, entry(content(title="From the other")))
    assert other.verify().findings == ()
    other.close()


def test_an_unfinished_import_keeps_its_packs_and_the_text_goes(
    story: Archive, archive_path: Path
) -> None:
    """Several stories: git's own ref of the import leads to the last of them only."""
    names = ("imported-1", "imported-2", "imported-3")
    story.maintain()
    with story.bulk("ab") as bulk:
        for name in names:
            bulk.append(entry(content(title=f"Imported {name}"), name))
        bulk.checkpoint()
        remove(story, removal(2))
        assert traces(archive_path) == []
        for name in names:
            bulk.append(entry(content(title=f"More of {name}"), name))
    story.catch_up()
    for name in names:
        titles = [title_of(story, each) for each in story.index.chain(name)]
        assert titles == [f"Imported {name}", f"More of {name}"]
    assert story.verify().findings == ()


def test_a_removal_whose_text_is_still_there_is_found(story: Archive) -> None:
    """The removal was recorded, and the chain not redacted."""
    with story.batch() as batch:
        batch.act(removal(2))
    told = "library r2 (version 2): a removal says that its text is gone, and it is not"
    assert told in [str(each) for each in story.verify().findings]


def test_a_chain_may_differ_only_as_its_own_removals_say(story: Archive) -> None:
    def records() -> dict[int, Record]:
        found: list[Record] = [*story.index.chain("library"), *story.index.actions("library")]
        return {each.entry: each for each in found}

    old = records()
    remove(story, removal(2))
    new = records()
    redacted, untouched = new[2], new[3]
    assert isinstance(redacted, Revision)
    assert isinstance(untouched, Revision)

    def authorised(changed: dict[int, Record]) -> bool:
        return is_authorised(list(old.values()), list(changed.values()))

    assert authorised(new)
    assert not authorised({entry: each for entry, each in new.items() if entry != 3}), "one is lost"
    assert not authorised(new | {3: untouched._replace(digest="0" * 64)}), "not named by a removal"
    assert not authorised(new | {2: rewritten(redacted, revision=9)}), "another revision"
    assert not authorised(new | {2: rewritten(redacted, kind=Kind.MINOR)}), "another kind"
    assert not authorised(new | {2: rewritten(redacted, note="Another")}), "another note"
    assert not authorised(
        {entry: each for entry, each in new.items() if isinstance(each, Revision)}
    )
