"""What is recorded of a version that is public already: explanations, withdrawal, other ids."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from repo_store.archive import Archive
from repo_store.history.records import ActionInput, Kind, State, Verb
from repo_store.index.search.documents import Place as SearchPlace
from tests.redactions import removal
from tests.samples import action, append, content, entry, matches, ticking, title_of
from tests.store.dump import dump


def _act(archive: Archive, *actions: ActionInput) -> None:
    with archive.batch() as batch:
        for each in actions:
            batch.act(each)


@pytest.fixture
def two(archive: Archive) -> Archive:
    append(
        archive,
        entry(content(), unexplained=("number", "name")),
        entry(content(title="Two"), kind=Kind.MINOR),
    )
    return archive


def _same_when_rebuilt(archive: Archive, path: Path) -> None:
    before = dump(path / "index.db")
    archive.reindex()
    assert dump(path / "index.db") == before
    assert archive.verify().findings == ()


def test_an_explanation_is_added_to_its_version(two: Archive, archive_path: Path) -> None:
    assert [each.unexplained for each in two.index.chain("library")] == [("number", "name"), ()]
    _act(
        two,
        action(1, Verb.EXPLAIN, "It was 14."),
        action(1, Verb.EXPLAIN, "And “so”,\n\nsaid: Ann", kind=Kind.CLARIFICATION),
    )
    first = two.index.version("library", 1)
    assert first
    assert first.unexplained == ()
    assert [(each.entry, each.note, each.kind) for each in first.explanations] == [
        (3, "It was 14.", Kind.CORRECTION),
        (4, "And “so”,\n\nsaid: Ann", Kind.CLARIFICATION),
    ]
    assert first.explanations[0].recorded_at > first.explanations[0].created_at
    assert first.note == entry(content()).note, "the version's own note stays as it was"
    _same_when_rebuilt(two, archive_path)


def test_a_removed_version_keeps_no_explanation_that_may_quote_it(
    two: Archive, archive_path: Path
) -> None:
    _act(two, action(1, Verb.EXPLAIN, "Canary."), action(2, Verb.EXPLAIN, "Stays."))
    two.remove(removal(1))
    noted = [[each.note for each in found.explanations] for found in two.index.chain("library")]
    assert noted == [[""], ["Stays."]]
    _same_when_rebuilt(two, archive_path)


def test_a_withdrawn_story_is_not_found_until_it_is_published_again(
    two: Archive, archive_path: Path
) -> None:
    assert matches(two, "two") == ["library"]
    _act(two, action(2, Verb.WITHDRAW, "Wrong in all parts."))
    assert two.index.stories(None, 9) == []
    assert matches(two, "two") == []
    assert matches(two, "two", SearchPlace.HISTORY) == ["library"]
    assert two.index.numbered(1, 9) == []
    story = two.index.story("library")
    assert story
    assert (story.withdrawn, story.live, story.title) == (3, 2, "Two")
    assert two.index.version("library", 2), "what it said stays readable"
    _same_when_rebuilt(two, archive_path)
    append(two, entry(content(title="Two"), state=State.DRAFT))
    assert two.index.tip("library").withdrawn == 3, "a draft changes nothing"
    append(two, entry(content(title="Two")))
    assert two.index.tip("library").withdrawn is None
    assert matches(two, "two") == ["library"]
    _same_when_rebuilt(two, archive_path)


def test_a_withdrawn_story_is_not_found_after_a_removal_either(two: Archive) -> None:
    _act(two, action(2, Verb.WITHDRAW, "Wrong."))
    two.remove(removal(1))
    assert matches(two, "two") == []


def test_another_id_leads_to_the_story(two: Archive, archive_path: Path) -> None:
    _act(two, action(2, Verb.ALIAS, alias="library-hours"), action(1, Verb.ALIAS, alias="lib"))
    index = two.index
    assert [index.resolve(each) for each in ("library-hours", "lib", "library", "none")] == [
        *["library"] * 3,
        "none",
    ]
    assert index.aliases("library") == ["library-hours", "lib"]
    _same_when_rebuilt(two, archive_path)
    assert index.resolve("lib") == "library"


def test_a_chain_of_its_own_comes_before_an_alias(two: Archive) -> None:
    _act(two, action(2, Verb.ALIAS, alias="lib"))
    append(two, entry(content(), "lib"))
    assert two.index.resolve("lib") == "lib"
    assert two.index.aliases("library") == []


def test_of_two_stories_with_one_alias_the_first_has_it(two: Archive) -> None:
    append(two, entry(content(), "a-library"))
    _act(two, action(1, Verb.ALIAS, alias="lib"))
    _act(two, action(1, Verb.ALIAS, story="a-library", alias="lib"))
    assert (two.index.aliases("library"), two.index.aliases("a-library")) == (["lib"], [])
    two.reindex()
    assert two.index.resolve("lib") == "library"


def test_a_waiver_is_kept_with_the_value(two: Archive, archive_path: Path) -> None:
    _act(two, action(2, Verb.WAIVE, "So it was in May.", value="1.2 million"))
    [found] = two.index.actions("library", 2)
    assert (found.value, found.note) == ("1.2 million", "So it was in May.")
    _same_when_rebuilt(two, archive_path)


def test_an_action_on_an_older_version_leaves_the_live_one_the_newest(two: Archive) -> None:
    with two.batch() as batch:
        batch.act(action(1, Verb.EXPLAIN, "Why."))
        newest = batch.newest("library", State.PUBLISHED)
    assert newest
    assert newest.version == 2


def test_an_archive_of_the_format_before_opens_verifies_and_reads_as_before(
    archive: Archive, archive_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With texts as they were normalised then, notes, and times in disorder. The records of that
    format are written just as before.
    """
    days, names = (20, 18, 19), ("Caf\u00e9", "\u795e\u8c37", "Third")
    for day, name in zip(days, names, strict=True):
        at = datetime(2026, 4, day, tzinfo=UTC)
        append(archive, entry(content(title=name), created_at=at, note=f"Of {day} April."))
    before = [each.commit for each in archive.index.chain("library")]
    archive._git.write_format("story-history archive, format 3\n")
    archive.close()
    (archive_path / "index.db").unlink()
    opened = Archive.open(archive_path, ticking())
    assert "upgrading from format 3 to 4" in caplog.text
    versions = opened.index.chain("library")
    assert [each.commit for each in versions] == before
    assert [(each.version, each.note) for each in versions] == [
        (number, f"Of {day} April.") for number, day in enumerate(days, 1)
    ]
    assert [title_of(opened, each) for each in versions] == list(names)
    assert [each.out_of_order for each in versions] == [False, True, True]
    live = opened.index.live_at("library", datetime(2026, 4, 18, 12, tzinfo=UTC))
    assert live
    assert live.version == 2
    report = opened.verify()
    assert report.findings == ()
    assert [each.version for each in report.disorder] == [2, 3]
    opened.close()
