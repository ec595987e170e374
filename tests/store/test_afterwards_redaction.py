"""Words that were added to a public version are removed while its text stays, or with it."""

from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.errors import Moved
from repo_store.history.records import Ground, Kind, Redacted, Verb
from tests.redactions import CANARY, removal, remove, traces
from tests.samples import action, append, checkpoint, content, entry
from tests.store.dump import dump

EXPLAINED, WAIVED, WITHDRAWN = 3, 5, 6
TRACE = Redacted(Ground.COURT_ORDER, removal(1).created_at)


@pytest.fixture
def story(archive: Archive) -> Archive:
    """Two versions; the first is explained twice, the second has a waiver and is withdrawn."""
    append(archive, entry(content(), unexplained=("name",)), entry(content(title="Two")))
    with archive.batch() as batch:
        batch.act(action(1, Verb.EXPLAIN, f"It was not {CANARY}."))
        batch.act(action(1, Verb.EXPLAIN, "Nor 14.", kind=Kind.CLARIFICATION))
        batch.act(action(2, Verb.WAIVE, f"Says {CANARY}", value=f"{CANARY} 12"))
        batch.act(action(2, Verb.WITHDRAW, f"{CANARY} was right."))
    checkpoint(archive)
    return archive


def test_their_words_go_and_what_they_did_stays(story: Archive, archive_path: Path) -> None:
    events = story.index.events(0, 99)
    entries = (EXPLAINED, WAIVED, WITHDRAWN)
    remove(story, removal(2, redacts=entries, text_stays=True))
    assert traces(archive_path) == []
    first, second = story.index.chain("library")
    assert [(each.note, each.redacted) for each in first.explanations] == [
        ("", TRACE),
        ("Nor 14.", None),
    ]
    assert first.unexplained == ()
    waived, withdrawn, _ = story.index.actions("library", second.revision)
    assert (waived.note, waived.value) == ("", None)
    assert waived.redacted == TRACE._replace(value=True)
    assert (withdrawn.note, withdrawn.redacted) == ("", TRACE)
    assert story.index.tip("library").withdrawn == WITHDRAWN
    assert story.index.events(0, 99) == events, "no version's text went"
    assert story.verify().findings == ()
    checkpoint(story)
    before = dump(archive_path / "index.db")
    story.reindex()
    assert dump(archive_path / "index.db") == before


def test_a_version_may_lose_its_own_note_and_an_explanation(archive: Archive) -> None:
    append(archive, entry(content(), note=CANARY))
    with archive.batch() as batch:
        batch.act(action(1, Verb.EXPLAIN, CANARY))
    remove(archive, removal(1, redacts=(1, 2), text_stays=True))
    [version] = archive.index.chain("library")
    assert version.redacted == version.explanations[0].redacted == TRACE
    assert archive.verify().findings == ()


def test_a_waiver_that_says_it_in_its_value_alone_can_be_removed(archive: Archive) -> None:
    append(archive, entry(content()))
    with archive.batch() as batch:
        batch.act(action(1, Verb.WAIVE, "", value=CANARY))
    remove(archive, removal(1, redacts=(2,), text_stays=True))
    waived, _ = archive.index.actions("library", 1)
    assert waived.redacted == TRACE._replace(note=False, value=True)
    with pytest.raises(Moved):
        archive.remove(removal(1, redacts=(2,), text_stays=True))


def test_with_the_text_all_words_about_it_go(story: Archive, archive_path: Path) -> None:
    remove(story, removal(1, also=(2,)))
    assert traces(archive_path) == []
    assert story.index.tip("library").withdrawn == WITHDRAWN
    assert story.verify().findings == ()
