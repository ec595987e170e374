"""A note is removed while its text stays: what the store keeps, and what it refuses."""

import json
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Moved
from repo_store.git.refs import Refs
from repo_store.history.records import Action, Ground, Record, Redacted, Revision, State, Verb
from repo_store.history.redaction import is_authorised
from tests.plain_git import add_object, git
from tests.redactions import CANARY, removal, remove, rewritten, traces
from tests.samples import action, append, checkpoint, content, entry, ticking, title_of
from tests.store.dump import dump

ENTRIES = (2, 4, 5)


@pytest.fixture
def story(archive: Archive) -> Archive:
    """Entries 2, 4 and 5 say it: a version's note, a comment, the reason of a publication."""
    append(archive, entry(content(title="One")), entry(content(title="Two"), note=f"On {CANARY}"))
    append(archive, entry(content(title="Three"), state=State.DRAFT, note="A draft"))
    with archive.batch() as batch:
        batch.act(action(3, Verb.COMMENT, f"{CANARY}?"))
        batch.act(action(3, Verb.PUBLISH, "For all", override=f"Told by {CANARY}"))
    checkpoint(archive)
    return archive


def _records(archive: Archive) -> dict[int, Record]:
    found: list[Record] = [*archive.index.chain("library"), *archive.index.actions("library")]
    return {each.entry: each for each in found}


def _trace(note: bool = True, reason: bool = False) -> Redacted:
    return Redacted(Ground.COURT_ORDER, removal(1).created_at, note, reason)


def test_notes_go_and_every_text_stays(story: Archive, archive_path: Path) -> None:
    before = _records(story)
    done = remove(story, removal(2, redacts=ENTRIES, text_stays=True))
    assert (done.redacts, done.text_stays, done.removed) == (ENTRIES, True, ())
    assert traces(archive_path) == []
    assert git(archive_path, "fsck", "--full", "--strict", "--no-dangling") == ""
    after = _records(story)
    assert (after[2].note, after[2].redacted) == ("", _trace())
    assert (after[4].note, after[4].redacted) == ("", _trace())
    assert (after[5].override, after[5].redacted) == (None, _trace(True, True))
    for number, old in before.items():
        new = after[number]
        assert new.bare == old.bare
        assert (new.digest == old.digest) is (number not in ENTRIES)
    titles = [title_of(story, each) for each in story.index.chain("library")]
    assert titles == ["One", "Two", "Three"]
    assert story.index.chain("library")[1].state is State.PUBLISHED
    assert story.verify().findings == ()


def test_a_draft_s_own_note_does_not_take_the_place_of_a_removed_one(story: Archive) -> None:
    remove(story, removal(3, redacts=(5,), text_stays=True))
    [*_, third] = story.index.chain("library")
    assert (third.note, third.redacted) == ("", _trace(True, True))


def test_the_log_names_what_was_replaced(story: Archive) -> None:
    log = story.index.log
    size, old = log.size(), [leaf.commit for leaf in log.of_story("library")]
    remove(story, removal(2, redacts=(4,), text_stays=True))
    new = [json.loads(leaf.body) for leaf in log.leaves(size, log.size())]
    assert [each.get("was") for each in new] == [old[3], old[4], None]
    assert [each.get("redacted") for each in new] == [True, None, None]
    checkpoint(story)
    assert story.verify().findings == ()


def test_texts_and_notes_go_in_one_removal(story: Archive, archive_path: Path) -> None:
    done = remove(story, removal(1, redacts=ENTRIES))
    assert done.removed == (1,)
    assert traces(archive_path) == []
    states = [each.state for each in story.index.chain("library")]
    assert states == [State.REMOVED, State.PUBLISHED, State.PUBLISHED]
    assert story.verify().findings == ()
    remove(story, removal(2))
    assert story.index.chain("library")[1].redacted == _trace(), "the trace stays with the entry"
    assert story.verify().findings == ()


def test_a_rebuilt_index_says_the_same(story: Archive, archive_path: Path) -> None:
    remove(story, removal(2, redacts=ENTRIES, text_stays=True))
    checkpoint(story)
    before = dump(archive_path / "index.db")
    story.reindex()
    assert dump(archive_path / "index.db") == before


@pytest.mark.parametrize(
    ("redacts", "also"),
    [((1,), ()), ((9,), ()), ((2,), (2,))],
    ids=["no note", "no entry", "goes with its text"],
)
def test_an_entry_that_has_no_note_to_lose_is_refused(
    story: Archive, redacts: tuple[int, ...], also: tuple[int, ...]
) -> None:
    before = _records(story)
    with pytest.raises(Moved):
        story.remove(removal(1, also, redacts=redacts, text_stays=not also))
    assert _records(story) == before


def test_what_was_redacted_is_not_redacted_again(story: Archive) -> None:
    story.remove(removal(2, redacts=(2,), text_stays=True))
    with pytest.raises(Moved):
        story.remove(removal(2, redacts=(2,), text_stays=True))


def test_a_chain_may_have_lost_just_its_note(story: Archive) -> None:
    old = list(_records(story).values())
    remove(story, removal(2, redacts=ENTRIES, text_stays=True))
    new = {each.entry: _as_written(story, each) for each in _records(story).values()}

    def authorised(changed: dict[int, Record]) -> bool:
        return is_authorised(old, list(changed.values()))

    second, comment, done = new[2], new[4], new[6]
    assert isinstance(second, Revision)
    assert isinstance(comment, Action)
    assert isinstance(done, Action)
    assert authorised(new)
    assert not authorised(new | {6: done._replace(redacts=(4, 5))}), "named by no removal"
    assert not authorised(new | {2: second._replace(note="Another")}), "replaced, not removed"
    assert not authorised(new | {2: second._replace(redacted=None)}), "without a trace"
    assert not authorised(new | {2: second._replace(blob="0" * 40)}), "another text"
    assert not authorised(new | {4: rewritten(comment, section="title")}), "another place"
    assert not authorised(new | {4: rewritten(comment, author=done.author)}), "another author"


def _as_written(archive: Archive, record: Record) -> Record:
    [found] = archive.records([record.commit])
    assert isinstance(found, Revision | Action)
    return found


def _findings(archive: Archive, archive_path: Path) -> list[str]:
    archive.close()
    (archive_path / "index.db").unlink()
    again = Archive.open(archive_path, ticking())
    found = [str(each) for each in again.verify().findings]
    again.close()
    return found


def test_a_trace_without_a_removal_is_found(story: Archive, archive_path: Path) -> None:
    """The removal is cut off with plain git."""
    remove(story, removal(2, redacts=(4,), text_stays=True))
    head = story.index.tip("library").head
    _move(archive_path, git(archive_path, "rev-parse", f"{head}^").strip())
    told = "library r3: its note is marked as removed, and no removal says so"
    assert told in _findings(story, archive_path)


def test_a_removal_whose_note_is_still_there_is_found(story: Archive) -> None:
    with story.batch() as batch:
        batch.act(removal(2, redacts=(4,), text_stays=True))
    told = "library r3: a removal says that its note is gone, and it is not"
    assert told in [str(each) for each in story.verify().findings]


def test_a_note_that_was_changed_under_cover_of_a_removal_is_found(
    story: Archive, archive_path: Path
) -> None:
    """In the chain that git has, the entry that lost its note gets another one."""
    remove(story, removal(2, redacts=(5,), text_stays=True))
    tip = story.index.tip("library")
    published, done = [
        git(archive_path, "cat-file", "commit", f"{tip.head}{end}") for end in ("^", "")
    ]
    forged = add_object(
        archive_path, published.replace("\n\nStory-Id", "\n\nAll is well.\n\nStory-Id"), "commit"
    )
    parent = git(archive_path, "rev-parse", f"{tip.head}^").strip()
    _move(archive_path, add_object(archive_path, done.replace(parent, forged), "commit"))
    told = "library r3 (version 3): a removal says that its note is gone, and it is not"
    assert told in _findings(story, archive_path)


def _move(archive_path: Path, head: str) -> None:
    ref = git(archive_path, "for-each-ref", "--format=%(refname)", "refs/stories/*/library").strip()
    git(archive_path, "update-ref", ref, head)


@pytest.mark.parametrize("stage", ["move", "index"])
def test_a_crash_leaves_the_old_state_or_the_new(
    story: Archive, archive_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(archive_path / "index.db")
    with monkeypatch.context() as patch:
        if stage == "move":
            patch.setattr(Refs, "move", _crash)
        else:
            patch.setattr(type(story.index), "rewrite", _crash)
        with pytest.raises(KeyboardInterrupt):
            remove(story, removal(2, redacts=ENTRIES, text_stays=True))
    story.close()
    again = Archive.open(archive_path, ticking())
    assert (dump(archive_path / "index.db") == before) is (stage == "move")
    again.purge()
    again.purged(again.purge_due())
    assert (traces(archive_path) == []) is (stage == "index")
    assert again.verify().findings == ()
    again.close()


def _crash(*_: object) -> None:
    raise KeyboardInterrupt
