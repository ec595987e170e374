"""Where a phrase stands: in every part of what is recorded, a bounded page at a time."""

import pytest

from repo_store import Content, Malformed, Revision, State, Tombstone, Verb, parse_content
from repo_store.archive import Archive
from repo_store.ids import Author
from repo_store.sameness import Certainty
from service.accounts import Person, Role
from service.accounts.permissions import Forbidden
from service.present.wording import Part, counted_parts
from service.usecases.mentions import TEXTS_PER_PAGE, Mention, MentionPage, Mentions
from tests.redactions import removal
from tests.samples import action, append, content, entry

EDITOR = Person("1", "Dara Voss", Role.EDITOR, "t")


def _pages(archive: Archive, phrase: str, story: str = "", limit: int = 50) -> list[MentionPage]:
    mentions, pages, cursor = Mentions(archive), list[MentionPage](), ""
    while True:
        if story:
            page = mentions.in_story(story, phrase, EDITOR, cursor, limit)
        else:
            page = mentions.everywhere(phrase, EDITOR, cursor, limit)
        pages.append(page)
        if page.next is None:
            return pages
        cursor = page.next


def _found(archive: Archive, phrase: str, story: str = "library") -> list[Mention]:
    return [each for page in _pages(archive, phrase, story) for each in page.mentions]


def _revisions(archive: Archive, phrase: str) -> list[int]:
    return [each.revision.revision for each in _found(archive, phrase)]


@pytest.mark.parametrize(
    ("fields", "part", "at"),
    [
        ({"title": "On Anna Berg"}, Part.TEXT, "title"),
        ({"summary": "Anna\u00a0Berg."}, Part.TEXT, "summary"),
        ({"analysis": ["x", "ANNA BERG"]}, Part.TEXT, "analysis[1]"),
        (
            {"sources": [{"name": "A", "url": "https://a.example/", "title": "Anna Berg"}]},
            Part.TEXT,
            "sources[0].title",
        ),
        (
            {"sources": [{"name": "A", "url": "https://a.example/anna-berg"}]},
            Part.SOURCE_ADDRESS,
            "sources[0].url",
        ),
        ({"faq": [{"question": "", "answer": "A\u0301nna Berg"}]}, Part.TEXT, "faq[0].answer"),
    ],
)
def test_every_field_of_a_text_is_looked_at(
    archive: Archive, fields: dict[str, object], part: Part, at: str
) -> None:
    append(archive, entry(content(**fields)), entry(content()))
    [found] = _found(archive, "anna berg")
    assert (found.revision.revision, found.part, found.at) == (1, part, at)


@pytest.mark.parametrize(
    ("phrase", "part"),
    [
        ("Anna Berg", Part.TEXT),
        ("Karl Marxen", Part.TEXT),
        ("unspeakable", Part.TEXT),
        ("eva-dahl", Part.SOURCE_ADDRESS),
        ("Seen in Lund", Part.TEXT),
    ],
)
def test_a_name_is_found_that_is_partly_set_otherwise(
    archive: Archive, phrase: str, part: Part
) -> None:
    body = [
        "Anna **Berg** and [Karl](https://a.example/eva-dahl) Marxen.",
        "An un*speak*able day.",
    ]
    image = {"url": "https://a.example/1.jpg", "caption": "Seen in Lund"}
    said = {"shape": "article", "title": "T", "image": image, "body": body}
    append(archive, entry(parse_content(said)))
    found = [each for each in _found(archive, phrase) if each.match.certainty is Certainty.WHOLE]
    assert [each.part for each in found] == [part]


def test_notes_comments_and_reasons_are_told_apart(archive: Archive) -> None:
    with archive.batch() as batch:
        batch.append(entry(content(), note="About Anna Berg"))
        batch.append(entry(content(title="2"), note="Anna Berg", state=State.DRAFT))
        batch.act(action(2, Verb.COMMENT, "Is it Anna Berg?"))
        batch.act(action(2, Verb.PUBLISH, "New", override="Anna Berg asked", idempotency_key="k"))
    found = _found(archive, "Anna Berg")
    assert [(each.entry, each.part) for each in found] == [
        (4, Part.OVERRIDE_REASON),
        (3, Part.COMMENT),
        (2, Part.NOTE),
        (1, Part.NOTE),
    ]
    assert found[2].revision.note == "New", "the draft's own note is found, though it is not shown"
    assert counted_parts(each.part for each in found) == "2 notes, 1 comment and 1 override reason"


def test_what_was_added_to_a_public_version_is_told_apart(archive: Archive) -> None:
    append(archive, entry(content()))
    with archive.batch() as batch:
        batch.act(action(1, Verb.EXPLAIN, "We had named Anna Berg."))
        batch.act(action(1, Verb.WAIVE, "So Anna Berg said", value="Anna Berg, 45"))
        batch.act(action(1, Verb.WITHDRAW, "Anna Berg was right."))
    assert [(each.entry, each.part) for each in _found(archive, "Anna Berg")] == [
        (4, Part.NOTE),
        (3, Part.NOTE),
        (3, Part.WAIVED_VALUE),
        (2, Part.EXPLANATION),
    ]


def test_what_names_the_story_or_its_author_is_told_apart(archive: Archive) -> None:
    append(archive, entry(content(), "anna-berg", author=Author("Anna Berg")))
    with archive.batch() as batch:
        batch.act(action(1, Verb.ALIAS, story="anna-berg", alias="the-case-of-anna-berg"))
    [page] = _pages(archive, "Anna Berg", "anna-berg")
    found = [(each.entry, each.part) for each in page.mentions]
    assert (found, page.by_author) == ([(2, Part.STORY_ID), (1, Part.STORY_ID)], 1)


def test_the_passage_is_shown_as_it_is_written(archive: Archive) -> None:
    text = f"{'x' * 80} An\u00adna\u00a0Bergs dog. {'y' * 80}"
    append(archive, entry(content(overview=[text, "Anna-Berg"])))
    [found] = _found(archive, "anna berg")
    assert (found.said, found.places) == ("An\u00adna\u00a0Berg", 2)
    assert found.match.certainty is Certainty.WHOLE
    assert found.before == f"…{'x' * 59} "
    assert found.after.startswith("s dog. y")
    assert found.after.endswith("y…")


def test_what_was_removed_is_not_found_and_what_is_left_is(archive: Archive) -> None:
    append(
        archive,
        entry(content(title="Witness 1"), note="The witness"),
        entry(content(), note="Another witness"),
    )
    archive.remove(removal(1))
    assert [(each.entry, each.part) for each in _found(archive, "witness")] == [(2, Part.NOTE)]


def _fill(archive: Archive, count: int, saying: frozenset[int], story: str = "library") -> None:
    append(
        archive,
        *(
            entry(content(title=f"Number {n}{' The Witness' if n in saying else ''}"), story)
            for n in range(1, count + 1)
        ),
    )


def test_each_entry_is_found_once_over_all_pages(archive: Archive) -> None:
    saying = frozenset({1, 3, TEXTS_PER_PAGE + 2, TEXTS_PER_PAGE + 20})
    _fill(archive, 2 * TEXTS_PER_PAGE + 30, saying)
    pages = _pages(archive, "the WITNESS", "library", 2)
    assert max(len(each.mentions) for each in pages) == 2
    assert [m.entry for page in pages for m in page.mentions] == sorted(saying, reverse=True)
    assert [page.searched for page in pages] == sorted(page.searched for page in pages)
    assert pages[-1].searched == pages[-1].total == 2 * TEXTS_PER_PAGE + 30


def test_a_scan_of_all_stories_misses_nothing_that_is_written_meanwhile(archive: Archive) -> None:
    _fill(archive, 3, frozenset({1}), "one")
    _fill(archive, 3, frozenset({2}), "two")
    mentions = Mentions(archive)
    first = mentions.everywhere("witness", EDITOR, limit=1)
    assert [each.revision.story for each in first.mentions] == ["one"]
    assert first.next
    _fill(archive, 1, frozenset({1}), "one")
    archive.remove(removal(1, story="two"))
    rest = mentions.everywhere("witness", EDITOR, first.next)
    assert [(each.revision.story, each.entry) for each in rest.mentions] == [("one", 4), ("two", 2)]
    assert (rest.next, rest.searched) == (None, rest.total)


@pytest.mark.parametrize("story", ["library", ""])
def test_a_page_reads_no_more_of_a_long_history_than_of_a_shorter_one(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    read: list[int] = []
    content_of = Archive.content

    def counted(archive: Archive, revision: Revision) -> Content | Tombstone:
        read.append(revision.revision)
        return content_of(archive, revision)

    monkeypatch.setattr(Archive, "content", counted)
    costs = []
    for more in (TEXTS_PER_PAGE + 50, 3 * TEXTS_PER_PAGE):
        _fill(archive, more, frozenset())
        statements: list[str] = []
        archive.index._db().conn.set_trace_callback(statements.append)
        mentions = Mentions(archive)
        if story:
            mentions.in_story(story, "absent", EDITOR)
        else:
            mentions.everywhere("absent", EDITOR)
        archive.index._db().conn.set_trace_callback(None)
        costs.append((len(read), len(statements)))
        read.clear()
    assert costs[0] == costs[1]
    assert costs[0][0] == TEXTS_PER_PAGE


@pytest.mark.parametrize(("phrase", "texts"), [("absent", 4), ("a " * 24, 1)])
def test_a_page_of_very_long_texts_or_a_long_phrase_ends_early(
    archive: Archive, phrase: str, texts: int
) -> None:
    long = ["x" * 20_000] * 50
    append(archive, *(entry(content(title=str(n), overview=long)) for n in range(6)))
    first = Mentions(archive).in_story("library", phrase, EDITOR)
    assert (first.texts, first.next) == (texts, str(7 - texts))


@pytest.mark.parametrize("phrase", ["", " – ", "x" * 501])
def test_a_phrase_that_says_nothing_or_is_too_long_is_refused(
    archive: Archive, phrase: str
) -> None:
    with pytest.raises(Malformed):
        Mentions(archive).everywhere(phrase, EDITOR)


def test_only_those_who_may_remove_may_look(archive: Archive) -> None:
    with pytest.raises(Forbidden):
        Mentions(archive).everywhere("x", Person("2", "Mika", Role.CONTRIBUTOR, "t"))
