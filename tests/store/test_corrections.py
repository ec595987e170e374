"""The corrections of all stories: how they are listed, searched and counted, and forgotten."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from repo_store.archive import Archive
from repo_store.history.records import ActionInput, Kind, State, Verb
from repo_store.index import corrections
from repo_store.index.corrections import CorrectionCounts, CorrectionFilter, CorrectionRow, Span
from repo_store.index.search.query import parse
from repo_store.index.search.tokens import tokens
from repo_store.story.content import Content, parse_content
from tests.redactions import CANARY, removal, remove, traces
from tests.samples import action, append, content, entry
from tests.store.dump import dump

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANY = CorrectionFilter()


def article(title: str = "A tram", section: str = "Politics", **fields: Any) -> Content:
    return parse_content({"shape": "article", "title": title, "section": section, **fields})


def days(number: int) -> datetime:
    return DAY + timedelta(days=number)


def act(archive: Archive, *actions: ActionInput) -> None:
    with archive.batch() as batch:
        for each in actions:
            batch.act(each)


def listed(
    archive: Archive, chosen: CorrectionFilter = ANY, words: str = "", limit: int = 100
) -> list[tuple[str, int]]:
    query = parse(words) if words else None
    found, _ = archive.index.list_corrections(chosen, query, None, limit)
    return [(each.story, each.version) for each in found]


def counted(archive: Archive, since: int = 0, until: int = 31) -> CorrectionCounts:
    parts = [Span.of(days(since), days(until))]
    return archive.index.count_corrections(parts, (3600, 86_400 * 3))


@pytest.fixture
def paper(archive: Archive, archive_path: Path) -> Archive:
    """Two stories: a tram, corrected in version 2 and explained in 3; a bridge, retracted."""
    append(
        archive,
        entry(article(), "tram", created_at=days(0)),
        entry(article(body=["14 cars"]), "tram", created_at=days(1), kind=Kind.CORRECTION),
        entry(article("A bridge", "Économie"), "bridge", created_at=days(2)),
        entry(
            article("A bridge", "Économie", body=["5"]),
            "bridge",
            created_at=days(3),
            kind=Kind.RETRACTION,
            note="The Zoë bridge was never closed.",
        ),
        entry(article(body=["15 cars"]), "tram", created_at=days(4), kind=Kind.MINOR),
    )
    act(
        archive,
        action(3, Verb.EXPLAIN, "It has 15 cars.", story="tram", created_at=days(7)),
        action(3, Verb.EXPLAIN, "More.", story="tram", kind=Kind.UPDATE, created_at=days(8)),
    )
    return archive


def same_when_rebuilt(archive: Archive) -> None:
    before = dump(archive.path / "index.db")
    archive.reindex()
    assert dump(archive.path / "index.db") == before
    assert archive.verify().findings == ()


def test_the_newest_come_first_and_other_kinds_not_at_all(paper: Archive) -> None:
    assert listed(paper) == [("tram", 3), ("bridge", 2), ("tram", 2)]
    found, _ = paper.index.list_corrections(ANY, None, None, 9)
    assert [(each.title, each.section) for each in found] == [
        ("A tram", "Politics"),
        ("A bridge", "Économie"),
        ("A tram", "Politics"),
    ]
    same_when_rebuilt(paper)


def test_a_page_goes_on_after_the_one_before(paper: Archive) -> None:
    for words in ("", "a"):
        query = parse(words) if words else None
        first, after = paper.index.list_corrections(ANY, query, None, 2)
        assert after == first[-1].position
        assert [each.version for each in first] == [3, 2]
        rest, end = paper.index.list_corrections(ANY, query, after, 2)
        assert ([(each.story, each.version) for each in rest], end) == ([("tram", 2)], None)


@pytest.mark.parametrize("words", ["", "a"])
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (ANY._replace(kind=Kind.CORRECTION), [("tram", 3), ("tram", 2)]),
        (ANY._replace(kind=Kind.CLARIFICATION), []),
        (ANY._replace(section="POLITICS"), [("tram", 3), ("tram", 2)]),
        (ANY._replace(section="economie", kind=Kind.RETRACTION), [("bridge", 2)]),
        (ANY._replace(section="economie", kind=Kind.CORRECTION), []),
        (ANY._replace(section="!"), []),
        (ANY._replace(since=days(3)), [("tram", 3), ("bridge", 2)]),
        (ANY._replace(since=days(3) + timedelta(microseconds=1)), [("tram", 3)]),
        (ANY._replace(since=days(1), until=days(3)), [("tram", 2)]),
        (ANY._replace(until=datetime.min.replace(tzinfo=UTC)), []),
        (ANY._replace(since=datetime.max.replace(tzinfo=UTC)), []),
    ],
    ids=str,
)
def test_filters_go_together(
    paper: Archive, chosen: CorrectionFilter, expected: list[tuple[str, int]], words: str
) -> None:
    assert listed(paper, chosen, words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("zoe", [("bridge", 2)]),
        ("BRIDGE clos*", [("bridge", 2)]),
        ('"a tram"', [("tram", 3), ("tram", 2)]),
        ('"cars a"', []),
        ("never 15", []),
        ("…", []),
        ("kind*", []),
    ],
)
def test_notes_and_titles_are_searched_by_the_one_notion_of_sameness(
    paper: Archive, words: str, expected: list[tuple[str, int]]
) -> None:
    assert listed(paper, words=words) == expected


def test_many_words_with_one_beginning_are_looked_for_in_the_notes(archive: Archive) -> None:
    for number in range(120):
        note = f"Word{number:03}x"
        new = entry(content(title=f"{number}"), f"s{number}", kind=Kind.CORRECTION, note=note)
        append(archive, new)
    assert len(listed(archive, words="word*", limit=200)) == 120
    assert len(listed(archive, words="word* word05*", limit=200)) == 10


def test_they_go_by_what_the_story_is_called_now(paper: Archive) -> None:
    append(paper, entry(article("A train", "Sports"), "tram", created_at=days(9)))
    assert listed(paper, words="train") == [("tram", 3), ("tram", 2)]
    assert listed(paper, words="tram") == []
    assert listed(paper, words='"has 15"') == [("tram", 3)]
    assert listed(paper, ANY._replace(section="sports"), "cars") == [("tram", 3)]
    assert paper.index.correction_sections(9) == ["Économie", "Sports"]
    assert paper.index.correction_sections(1) == ["Économie"]
    same_when_rebuilt(paper)


def test_what_lists_leave_out_is_left_out_and_counted(paper: Archive) -> None:
    act(paper, action(2, Verb.WITHDRAW, "Gone", story="bridge", created_at=days(9)))
    assert listed(paper) == [("tram", 3), ("tram", 2)]
    assert listed(paper, words="bridge") == []
    assert paper.index.correction_sections(9) == ["Politics"]
    assert counted(paper).unlisted == 1
    same_when_rebuilt(paper)
    append(paper, entry(article("A bridge", "Économie"), "bridge", created_at=days(10)))
    assert listed(paper, words="bridge") == [("bridge", 2)]
    assert counted(paper).unlisted == 0
    same_when_rebuilt(paper)


def test_drafts_are_no_corrections_until_they_are_published(paper: Archive) -> None:
    before = listed(paper), counted(paper)
    draft = entry(article("Secret"), "tram", state=State.DRAFT, kind=Kind.RETRACTION)
    append(paper, draft, entry(article(), "hidden", state=State.DRAFT, kind=Kind.CORRECTION))
    assert (listed(paper), counted(paper)) == before
    act(paper, action(1, Verb.PUBLISH, "So.", story="hidden", created_at=days(11)))
    assert listed(paper)[0] == ("hidden", 1)
    same_when_rebuilt(paper)


def test_they_are_counted(paper: Archive) -> None:
    found = counted(paper)
    assert found.by_kind == {(0, Kind.CORRECTION): 2, (0, Kind.RETRACTION): 1}
    # A day, a day, and three days from the version that was explained.
    assert (found.delayed, found.delays, found.median) == (3, (0, 2), 86_400)
    assert (found.stories, found.corrected) == (2, 2)
    assert counted(paper, 1, 3).by_kind == {(0, Kind.CORRECTION): 1}
    assert counted(paper, 2, 31).stories == 1
    empty = counted(paper, 20)
    assert (empty.by_kind, empty.delays, empty.median) == ({}, (0, 0), None)
    assert paper.index.time_span() == (days(0), days(4))


def test_a_delay_is_counted_where_it_is_known(archive: Archive) -> None:
    """Not of a first version, nor of one that claims to be older than what it corrects."""
    first = entry(article(), "tram", created_at=days(5), kind=Kind.CORRECTION)
    earlier = entry(article(body=["1"]), "tram", created_at=days(1), kind=Kind.CORRECTION)
    append(archive, first, earlier)
    assert counted(archive).delayed == 0
    assert sum(counted(archive).by_kind.values()) == 2


def test_silent_edits_are_counted_as_explained_or_not(archive: Archive) -> None:
    append(
        archive,
        entry(article(), "tram", created_at=days(0), unexplained=("number",)),
        entry(article(body=["1"]), "tram", created_at=days(1), unexplained=("name",)),
        entry(article(body=["2"]), "tram", created_at=days(2), unexplained=("name",)),
        entry(article(body=["3"]), "tram", state=State.DRAFT),
    )
    publish = action(4, Verb.PUBLISH, story="tram", created_at=days(3), unexplained=("date",))
    act(archive, publish)
    explain = action(2, Verb.EXPLAIN, "Misspelt.", story="tram", created_at=days(40))
    act(archive, explain)
    found = counted(archive)
    assert (found.explained, found.unexplained) == ({0: 1}, {0: 3})
    same_when_rebuilt(archive)
    remove(archive, removal(1, story="tram"))
    assert counted(archive).unexplained == {0: 2}, "what was removed is neither"
    same_when_rebuilt(archive)


@pytest.mark.parametrize("text_stays", [True, False])
def test_a_removal_leaves_nothing_of_a_note(
    archive: Archive, archive_path: Path, text_stays: bool
) -> None:
    append(
        archive,
        entry(content()),
        entry(content(title="Two"), kind=Kind.CORRECTION, note=f"Not {CANARY}."),
        entry(content(title="Three")),
    )
    act(archive, action(2, Verb.EXPLAIN, f"{CANARY}, again."))
    assert len(listed(archive, words=CANARY)) == 2
    entries = (2, 4) if text_stays else ()
    remove(archive, removal(2, redacts=entries, text_stays=text_stays))
    assert traces(archive_path) == []
    assert listed(archive, words=CANARY) == []
    assert len(listed(archive)) == 2, "that there were corrections is still said"
    same_when_rebuilt(archive)


def test_a_story_whose_live_text_was_removed_is_left_out_as_of_every_list(
    paper: Archive,
) -> None:
    remove(paper, removal(2, story="bridge"))
    assert listed(paper) == [("tram", 3), ("tram", 2)]
    assert listed(paper, words="bridge") == []
    assert counted(paper).unlisted == 1
    same_when_rebuilt(paper)


def _steps(connection: sqlite3.Connection, what: Callable[[], object]) -> int:
    """The steps of SQLite's machine that something takes, in tens."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.set_progress_handler(step, 10)
    what()
    connection.set_progress_handler(None, 0)
    return taken


def _filled(archive: Archive, number: int) -> sqlite3.Connection:
    """With so many corrections of as many stories, of which few are retractions or in Sports."""
    connection = archive.index.connection()
    names = "(number, id, title, section, live, published_at, searched)"
    for each in range(number):
        rare = each % (number // 10) == 0
        section = "Sports" if rare else "Politics"
        story = (each + 9, f"s{each}", "Title", section, 2, 1_000 + each, "x")
        connection.execute(f"insert into story {names} values (?, ?, ?, ?, ?, ?, ?)", story)
        kind = Kind.RETRACTION if rare else Kind.CORRECTION
        words = "rare" if each % (number // 5) == 3 else "plain"
        row = CorrectionRow(2, 2, kind, 2_000 + each, 60, tokens(words))
        fields = ("number", "id", "title", "section", "live", "published_at", "searched")
        change = corrections.CorrectionChange(False, [row], [])
        corrections.write(connection, [(dict(zip(fields, story, strict=True)), change)])
    connection.commit()
    return connection


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (ANY, ""),
        (ANY._replace(kind=Kind.RETRACTION), ""),
        (ANY._replace(section="sports"), ""),
        (ANY._replace(section="sports", kind=Kind.CORRECTION), ""),
        (ANY._replace(until=datetime.fromtimestamp(2_100, UTC)), ""),
        (ANY, "title"),
        (ANY, "rare"),
        (ANY._replace(kind=Kind.RETRACTION), "plain"),
    ],
    ids=str,
)
def test_a_page_costs_the_same_however_many_there_are(
    tmp_path: Path, chosen: CorrectionFilter, words: str
) -> None:
    taken = []
    for size in (200, 5_000):
        with closing(Archive.open(tmp_path / str(size), lambda: DAY, create=True)) as archive:
            connection = _filled(archive, size)
            taken.append(_steps(connection, lambda: listed(archive, chosen, words, 5)))
            sections = _steps(connection, lambda: archive.index.correction_sections(9))
            taken[-1] += sections
    assert taken[1] <= 1.5 * taken[0] + 20, taken
