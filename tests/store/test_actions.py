"""Actions: commits in a story's chain about a revision, without a new text."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.git.objects import commit_of
from repo_store.git.refs import story_ref
from repo_store.history.records import ActionInput, Kind, State, Verb
from repo_store.ids import Author
from repo_store.index.review_queue import QueueFilter, queue_order
from tests.plain_git import add_object, git
from tests.samples import action, append, content, entry, matches, ticking
from tests.store.dump import dump

DRAFT = State.DRAFT


def _act(archive: Archive, *actions: ActionInput) -> None:
    with archive.batch() as batch:
        for each in actions:
            batch.act(each)


@pytest.fixture
def drafted(archive: Archive) -> Archive:
    """A published version, then two drafts upon it."""
    append(archive, entry(content(title="One"), note="first"))
    append(archive, entry(content(title="Two"), state=DRAFT, note="as drafted", base_version=1))
    append(archive, entry(content(title="Three"), state=DRAFT, base_version=1))
    return archive


def test_a_draft_goes_live_as_the_next_version(drafted: Archive) -> None:
    at = datetime(2026, 5, 2, tzinfo=UTC)
    _act(drafted, action(2, Verb.PUBLISH, "Why", kind=Kind.CORRECTION, created_at=at))
    found = drafted.index.version("library", 2)
    assert found
    assert (found.revision, found.state, found.kind) == (2, State.PUBLISHED, Kind.CORRECTION)
    assert (found.note, found.published_at) == ("Why", at)
    assert found.created_at < at
    assert drafted.index.newest("library", State.PUBLISHED) == found
    assert drafted.index.tip("library")[1:4] == (4, 3, 2)
    listed = drafted.index.story("library")
    assert listed
    assert (listed.title, listed.changed_at) == ("Two", at)
    assert matches(drafted, "two") == ["library"]


def test_a_publication_that_says_nothing_leaves_the_drafts_own_note(drafted: Archive) -> None:
    _act(drafted, action(2, Verb.PUBLISH))
    found = drafted.index.version("library", 2)
    assert found
    assert (found.note, found.kind) == ("as drafted", Kind.UPDATE)


def test_versions_are_numbered_as_they_are_published_not_as_they_are_written(
    drafted: Archive,
) -> None:
    _act(drafted, action(3, Verb.PUBLISH))
    _act(drafted, action(2, Verb.PUBLISH))
    versions = drafted.index.versions("library", None, 9)
    assert [(each.version, each.revision) for each in versions] == [(3, 2), (2, 3), (1, 1)]
    live = drafted.index.newest("library", State.PUBLISHED)
    assert live
    assert live.revision == 2


def test_an_action_is_a_commit_that_plain_git_reads(drafted: Archive, archive_path: Path) -> None:
    said = "Is this figure right?\n\nThe source has 58."
    _act(drafted, action(2, Verb.COMMENT, said, section="overview", block=1, token="t1"))
    shown = git(archive_path, "log", "-1", "--format=%an%n%B", story_ref("library"))
    assert shown.startswith(f"Dara Voss\nlibrary: comment on revision 2\n\n{said}\n\n")
    assert "Action: comment\nOn-Revision: 2\nSection: overview\nBlock: 1\nToken-Id: t1" in shown
    [found] = drafted.index.actions("library", 2)
    assert (found.note, found.section, found.block, found.entry) == (said, "overview", 1, 4)


def test_an_action_holds_the_text_that_it_is_about(drafted: Archive, archive_path: Path) -> None:
    _act(drafted, action(2, Verb.PUBLISH))
    assert '"title": "Two"' in git(archive_path, "show", f"{story_ref('library')}:story.json")


def test_a_rebuilt_index_lists_the_same_actions(drafted: Archive, archive_path: Path) -> None:
    _act(drafted, action(2, Verb.APPROVE), action(2, Verb.PUBLISH, "x", override="asked by law"))
    _act(drafted, action(3, Verb.REJECT, "no"))
    append(drafted, entry(content(title="Four"), state=DRAFT, supersedes=3, base_version=2))
    before = dump(archive_path / "index.db")
    drafted.reindex()
    assert dump(archive_path / "index.db") == before
    assert drafted.verify().findings == ()


def test_actions_in_the_batch_that_writes_their_revision(archive: Archive) -> None:
    with archive.batch() as batch:
        batch.append(entry(content(title="One"), state=DRAFT))
        batch.act(action(1, Verb.PUBLISH))
        found = batch.newest("library", State.PUBLISHED)
        assert found
        assert found.version == 1
        batch.append(entry(content(title="Two"), state=DRAFT))
        batch.act(action(2, Verb.REJECT))
    states = [each.state for each in archive.index.chain("library")]
    assert states == [State.PUBLISHED, State.REJECTED]
    assert archive.verify().findings == ()


def test_no_action_on_a_missing_revision(drafted: Archive) -> None:
    with pytest.raises(KeyError):
        _act(drafted, action(9, Verb.APPROVE))
    assert drafted.index.tip("library").entries == 3


def test_the_timeline_has_both_newest_first_and_goes_on_where_it_was(drafted: Archive) -> None:
    _act(drafted, action(2, Verb.COMMENT, "a"), action(2, Verb.APPROVE), action(2, Verb.PUBLISH))
    append(drafted, entry(content(title="Four"), state=DRAFT))
    entries, before = [], None
    while page := drafted.index.timeline("library", before, 2):
        entries += [each.entry for each in page]
        revisions = [each.revision for each in page if each in drafted.index.chain("library")]
        before = (page[-1].entry, min(revisions, default=before[1] if before else 2**62))
    assert entries == [7, 6, 5, 4, 3, 2, 1]


# The queue


def _waiting(archive: Archive, **chosen: Any) -> list[int]:
    found = archive.index.waiting(QueueFilter(**chosen), None, 50)
    return [each.revision.revision for each in found]


def test_a_draft_waits_until_it_is_decided_or_superseded(drafted: Archive) -> None:
    append(drafted, entry(content(title="Four"), state=DRAFT, supersedes=3))
    assert _waiting(drafted) == [2, 4]
    _act(drafted, action(2, Verb.COMMENT, "hm"), action(2, Verb.APPROVE))
    assert _waiting(drafted) == [2, 4]
    _act(drafted, action(2, Verb.PUBLISH))
    assert _waiting(drafted) == [4]
    _act(drafted, action(4, Verb.REJECT, "no"))
    assert _waiting(drafted) == []


def test_facts_come_first_slight_edits_last_then_who_waits_longest(archive: Archive) -> None:
    def draft(minute: int, facts: tuple[str, ...] = (), slight: bool = False) -> None:
        made = entry(
            content(title=f"Title {minute}"),
            state=DRAFT,
            created_at=datetime(2026, 5, 1, 9, minute, tzinfo=UTC),
        )
        changes = made.changes._replace(facts=facts, cosmetic=slight)
        append(archive, entry(made.content, **{**_fields(made), "changes": changes}))

    draft(1, slight=True)
    draft(2)
    draft(3, ("number",))
    draft(5)
    draft(4, ("name", "number"))
    assert _waiting(archive) == [3, 5, 2, 4, 1]
    assert _waiting(archive, facts=True) == [3, 5]
    whole = archive.index.waiting(QueueFilter(), None, 50)
    for at, each in enumerate(whole):
        assert (
            archive.index.waiting(QueueFilter(), queue_order(each.revision), 50) == whole[at + 1 :]
        )


def _fields(made: Any) -> dict[str, Any]:
    return {"state": made.state, "created_at": made.created_at}


def test_the_queue_is_filtered(archive: Archive) -> None:
    changes = entry(content()).changes._replace(sections=("overview", "faq"))
    append(archive, entry(content(), "one", state=DRAFT, changes=changes))
    append(archive, entry(content(), "two", state=DRAFT, kind=Kind.MINOR))
    assert _waiting(archive, section="faq") == [1]
    assert _waiting(archive, section="a") == []
    assert len(_waiting(archive, author="Dara Voss")) == 2
    assert _waiting(archive, author="Nobody") == []
    assert len(_waiting(archive, story="two", kind=Kind.MINOR)) == 1
    assert archive.index.waiting_authors(9) == ["Dara Voss"]


def test_the_queue_tells_of_a_later_draft_of_the_same_author(drafted: Archive) -> None:
    _act(drafted, action(2, Verb.APPROVE), action(2, Verb.COMMENT, "x"))
    first, second = drafted.index.waiting(QueueFilter(), None, 9)
    assert (first.newer, first.approvals, first.comments, first.live) == (3, 1, 1, 1)
    assert (second.newer, second.approvals) == (None, 0)


def test_a_later_draft_of_another_author_is_not_reported(archive: Archive) -> None:
    for name in ("Dara Voss", "Mika Lund"):
        append(archive, entry(content(title=name), state=DRAFT, author=Author(name=name)))
    assert [each.newer for each in archive.index.waiting(QueueFilter(), None, 9)] == [None, None]


# What verify finds


def _rewrite(archive: Archive, archive_path: Path, old: str, new: str) -> list[str]:
    """Put another head commit in place of the story's own, its message changed."""
    head = git(archive_path, "cat-file", "commit", story_ref("library"))
    assert old in head
    oid = add_object(archive_path, head.replace(old, new), "commit")
    git(archive_path, "update-ref", story_ref("library"), oid)
    checked = Archive.open_as_found(archive_path, ticking())
    try:
        return [str(each) for each in checked.verify().findings]
    finally:
        checked.close()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Story-Version: 2", "Story-Version: 3", "its version is out of order: 3"),
        ("On-Revision: 2", "On-Revision: 7", "an action is on a revision that is not there"),
        ("On-Revision: 2", "On-Revision: 3", "holds another text than the revision it is on"),
        ("Story-Entry: 4", "Story-Entry: 5", "its commit says library r2, entry 5"),
        ("Action: publish", "Action: bless", "its trailers cannot be read"),
    ],
)
def test_a_forged_action_is_found(
    drafted: Archive, archive_path: Path, old: str, new: str, told: str
) -> None:
    _act(drafted, action(2, Verb.PUBLISH))
    assert any(told in each for each in _rewrite(drafted, archive_path, old, new))


def test_an_action_that_the_index_lost_is_found(drafted: Archive, archive_path: Path) -> None:
    _act(drafted, action(2, Verb.APPROVE))
    with drafted.index._writing() as db:
        db.execute("delete from action")
    found = [str(each) for each in drafted.verify().findings]
    assert found == ["library r2: the index does not list it"]


def test_an_archive_of_the_first_format_is_upgraded(
    archive: Archive, archive_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It had revisions only, whose commits did not number the chain's entries."""
    append(archive, entry(content()))
    message = git(archive_path, "log", "-1", "--format=%B", story_ref("library")).strip() + "\n"
    tree = git(archive_path, "rev-parse", f"{story_ref('library')}^{{tree}}").strip()
    old = message.replace("Story-Entry: 1\n", "")
    made = commit_of(tree, None, entry(content()).author, 1, 2, old)
    add_object(archive_path, made.data.decode(), "commit")
    git(archive_path, "update-ref", story_ref("library"), made.id)
    mark = add_object(archive_path, "story-history archive, format 1\n")
    git(archive_path, "update-ref", "refs/archive/format", mark)
    archive.close()
    for file in archive_path.glob("index.db*"):
        file.unlink()
    opened = Archive.open(archive_path, ticking())
    assert "upgrading from format 1 to 4" in caplog.text
    _act(opened, action(1, Verb.COMMENT, "still here"))
    assert opened.index.tip("library").entries == 2
    assert opened.verify().findings == ()
    assert "format 4" in git(archive_path, "cat-file", "blob", "refs/archive/format")
    opened.close()
